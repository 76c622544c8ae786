"""Published data come in through the command, and their scales have the published values.

Small data sets stand here. Larger ones are used where they are: beside this repository, or in an R that has them.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from bedoeling_nb.analysis.reliability import reliability
from bedoeling_nb.cli import main
from bedoeling_nb.community import Unit
from bedoeling_nb.store import Store, units
from tests.analysis.test_scales import ATTITUDE

DATA = Path(__file__).parents[3] / "shared" / "data"
BFI = DATA / "bfi.csv"

INSECTS = {
    "A": "10 7 20 14 14 12 10 23 17 20 14 13",
    "B": "11 17 21 11 16 14 17 17 19 21 7 13",
    "C": "0 1 7 2 3 1 2 1 3 0 1 4",
    "D": "3 5 12 6 4 3 5 5 5 5 2 4",
    "E": "3 5 3 5 3 6 1 1 3 2 6 4",
    "F": "11 9 15 22 15 16 13 10 26 26 24 13",
}
"""R's data set `InsectSprays` (Beall 1942): the number of insects on twelve plots of each spray."""


@cache
def in_r(*sets: str) -> list[str]:
    """Which of these data sets of R's package multilevel are on this machine."""
    if not shutil.which("Rscript"):
        return []
    return [one for one in sets if "no" not in run_r(f'd <- data({one}, package = "multilevel"); cat(exists("{one}"))')]


def run_r(code: str) -> str:
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 and "FALSE" not in done.stdout else "no"


Bring = Callable[..., Store]


@pytest.fixture
def bring(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Import a file with the command, into a store in which each team of the file is."""
    shutil.copy(sqlite_template, tmp_path / "store.db")
    address = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("BEDOELING_STORE", address)
    monkeypatch.chdir(tmp_path)

    def imported(file: Path, questionnaire: Path, *more: str, teams: list[str] | None = None) -> Store:
        store = Store.open(address)
        units.add(store, [Unit("all", None, "location", "All"), *(Unit(t, "all", "team", t) for t in teams or [])])
        arguments = ["bedoeling", "import", "responses", str(file), "--instrument", str(questionnaire)]
        monkeypatch.setattr(sys, "argv", [*arguments, "--unit", "all", "--date", "2010-06-30", *more])
        with pytest.raises(SystemExit) as left:
            main()
        assert not left.value.code
        return store

    return imported


def questionnaire(path: Path, items: str, names: list[str]) -> Path:
    paths = ", ".join(f"all.{name}" for name in names)
    listed = "\n".join(f"      - {{id: {name}, text: {name}, {items}}}" for name in names)
    path.write_text(
        "id: published\nversion: 1\npace: own\ntitle: T\nsource: s\nlicence: l\nconsent: c\nsteps:\n"
        f"  - id: all\n    title: All\n    items:\n{listed}\n"
        f"scales:\n  - {{id: whole, title: Whole, items: [{paths}]}}\n"
    )
    return path


def values(found: pd.DataFrame, scale: str) -> dict[str, float]:
    rows = found[(found["scale"] == scale) & found["item"].isna()].set_index("measure")
    return dict(rows["estimate"].dropna())


def test_alpha_of_attitude_is_that_of_psych(bring: Bring, tmp_path: Path) -> None:
    """x <- psych::alpha(attitude); x$total$raw_alpha; x$feldt; x$item.stats$r.drop"""
    ATTITUDE.to_csv(tmp_path / "attitude.csv", index=False)
    slider = 'kind: slider, min: 0, max: 100, low: "0", high: "100"'
    form = questionnaire(tmp_path / "published.yaml", slider, list(ATTITUDE.columns))
    found = reliability(bring(tmp_path / "attitude.csv", form), "published")
    alpha = found[found["measure"] == "alpha"].iloc[0]
    assert alpha["n"] == 30
    assert (alpha["estimate"], alpha["low"], alpha["high"]) == pytest.approx(
        (0.84314276956476, 0.739375685643107, 0.915773072159982)
    )
    assert values(found, "whole")["omega"] == pytest.approx(0.840544816900636, abs=1e-6)
    rest = found[found["measure"] == "item_rest"].set_index("item")["estimate"]
    assert rest["all.critical"] == pytest.approx(0.265034339196676)
    assert set(found["measure"]) == {"alpha", "omega", "item_rest", "alpha_without"}  # one unit: nothing on teams


if BFI.is_file():  # 2,800 people are not copied into this repository

    def test_alpha_of_bfi_is_the_published_one(bring: Bring) -> None:
        leave = [f"--ignore={name}" for name in ("gender", "education", "age")]
        store = bring(BFI, Path(__file__).with_name("bfi.yaml"), *leave)
        with (DATA / "expected.csv").open() as lines:
            expected = {row["key"]: float(row["value"]) for row in csv.DictReader(lines)}
        found = reliability(store, "bfi")
        for scale in ("agree", "conscientious", "extraversion", "neuroticism", "openness"):
            one = found[found["scale"] == scale]
            alpha = one[one["measure"] == "alpha"].iloc[0]
            assert alpha["estimate"] == pytest.approx(expected[f"bfi.{scale}.alpha.raw"])
            assert alpha["low"] < alpha["estimate"] < alpha["high"]
            omega = one[one["measure"] == "omega"].iloc[0]
            assert omega["n"] == expected[f"bfi.{scale}.n.complete"]
            assert omega["estimate"] == pytest.approx(expected[f"bfi.{scale}.omega.total.ml1.cor"], abs=1e-4)
            for _, row in one[one["measure"] == "item_rest"].iterrows():
                item = row["item"].partition(".")[2].upper()
                assert row["estimate"] == pytest.approx(expected[f"bfi.{scale}.itemrest.{item}"])


def test_icc_of_insect_sprays_is_that_of_multilevel(bring: Bring, tmp_path: Path) -> None:
    """m <- aov(count ~ spray, InsectSprays); ICC1(m); ICC2(m)"""
    rows = [f"{count},{spray}" for spray, counts in INSECTS.items() for count in counts.split()]
    (tmp_path / "insects.csv").write_text("\n".join(["count,spray", *rows]))
    slider = 'kind: slider, min: 0, max: 30, low: "0", high: "30"'
    form = questionnaire(tmp_path / "published.yaml", slider, ["count"])
    store = bring(tmp_path / "insects.csv", form, "--unit-column", "spray", teams=list(INSECTS))
    found = values(reliability(store, "published"), "whole")
    assert (found["icc1"], found["icc2"]) == pytest.approx((0.737431054637, 0.971183451325))


def test_of_small_teams_nothing_is_said(bring: Bring, tmp_path: Path) -> None:
    """Of teams of four nothing is said, however many there are."""
    slider = 'kind: slider, min: 0, max: 30, low: "0", high: "30"'
    form = questionnaire(tmp_path / "published.yaml", slider, ["count"])
    rows = [
        (f"{spray}{number // 4}", count)
        for spray, counts in INSECTS.items()
        for number, count in enumerate(counts.split())
    ]
    (tmp_path / "small.csv").write_text("\n".join(["count,team", *(f"{count},{team}" for team, count in rows)]))
    teams = sorted({team for team, _ in rows})
    found = reliability(bring(tmp_path / "small.csv", form, "--unit-column", "team", teams=teams), "published")
    of_teams = found[found["measure"].isin(["icc1", "icc2", "rwg_j"])]
    assert of_teams["estimate"].isna().all()
    assert set(of_teams["why"]) == {"Not shown: too few teams with enough people."}


if in_r("bh1996", "bhr2000"):  # Bliese's data are part of an R package, not of ours

    @pytest.mark.parametrize(
        ("name", "items", "kind", "expected"),
        [
            ("bh1996", "HRS", "kind: slider, min: 0, max: 24, low: few, high: many", (0.133106679086, 0.919673195379)),
            (
                "bhr2000",
                "AF06 AF07 AP12 AP17 AP33 AP34 AS14 AS15 AS16 AS17 AS28",
                "kind: likert",
                (0.135699187809, 0.895439994879, 0.887611501265),
            ),
        ],
    )
    def test_companies_of_soldiers_are_those_of_multilevel(
        bring: Bring, tmp_path: Path, name: str, items: str, kind: str, expected: tuple[float, ...]
    ) -> None:
        """m <- aov(rowMeans(items) ~ as.factor(GRP)); ICC1(m); ICC2(m); mean(rwg.j(items, GRP, ranvar = 2)$rwg.j)

        Bliese & Halverson (1996) and Bliese, Halverson & Rothberg (2000), in R's package multilevel 2.7.
        """
        columns = ", ".join(f'"{one}"' for one in ["GRP", *items.split()])
        text = run_r(
            f'data({name}, package = "multilevel"); d <- {name}[, c({columns})]; d$GRP <- paste0("g", d$GRP); '
            "write.csv(d, row.names = FALSE, quote = FALSE)"
        )
        (tmp_path / "soldiers.csv").write_text(text)
        teams = sorted({line.split(",")[0] for line in text.splitlines()[1:]})
        form = questionnaire(tmp_path / "published.yaml", kind, items.lower().split())
        store = bring(tmp_path / "soldiers.csv", form, "--unit-column", "GRP", teams=teams)
        found = values(reliability(store, "published", size="mean"), "whole")
        kept = ("icc1", "icc2", "rwg_j")[: len(expected)]
        assert tuple(found[one] for one in kept) == pytest.approx(expected)

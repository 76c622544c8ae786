"""Questionnaires and answers from elsewhere, as somebody types the commands."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bedoeling_nb.instruments import find, load
from tests.cli.conftest import Typed


def test_out_as_a_spreadsheet_and_in_again(typed: Typed, tmp_path: Path) -> None:
    assert typed("instrument", "export-xlsform", "climate", "climate.xlsx") == (0, "climate.xlsx\n")
    code, told = typed("instrument", "import-xlsform", "climate.xlsx", "--out", "mine.yaml")
    assert code == 0, told
    assert "21 vragen / questions" in told
    assert load(tmp_path / "mine.yaml") == find("climate")
    assert typed("instrument", "check", "mine.yaml")[0] == 0
    code, told = typed("instrument", "import-xlsform", "climate.xlsx", "--out", "mine.yaml")
    assert (code, "--out" in told) == (1, True)
    (tmp_path / "climate.xlsx").write_text("my own work")
    code, told = typed("instrument", "export-xlsform", "climate", "climate.xlsx")
    assert (code, "climate.xlsx is er al" in told) == (1, True)
    assert (tmp_path / "climate.xlsx").read_text() == "my own work"


def test_a_spreadsheet_with_errors_leaves_nothing(typed: Typed, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "survey"  # type: ignore[union-attr]
    for row in (["type", "name", "label"], ["geopoint", "where", "Where?"]):
        book["survey"].append(row)
    book.save(tmp_path / "own.xlsx")
    code, told = typed("instrument", "import-xlsform", "own.xlsx")
    assert code == 1
    assert told.startswith("Dat lukt niet.")
    assert "Blad “survey”, rij 2, kolom “type”: “geopoint” kan hier niet." in told
    assert not (tmp_path / "own.yaml").exists()
    assert "eindigt op .xlsx" in typed("instrument", "export-xlsform", "climate", "climate.xls")[1]
    assert "pace: own" in typed("instrument", "export-xlsform", "resonance", "r.xlsx")[1]
    assert [path.name for path in tmp_path.glob("*.x*")] == ["own.xlsx"]


def test_answers_come_in_and_their_scales_are_told(typed: Typed, tmp_path: Path) -> None:
    items = [f"safety.s{number}" for number in range(1, 8)]
    people = ["2523424", "1514255", "3423334", "2424243", "4332422", "1515155"]
    rows = [",".join([*digits, f"wekerom-0{1 + number // 5}", "x"]) for number, digits in enumerate(people)]
    (tmp_path / "answers.csv").write_text("\n".join([",".join([*items, "team", "remark"]), *rows]))
    asked = ("import", "responses", "answers.csv", "--instrument", "climate", "--unit", "wekerom")
    code, told = typed(*asked, "--date", "2026-03-01", "--unit-column", "team")
    assert code == 1
    assert "De kolom “remark” is geen vraag van “climate”." in told
    assert typed("wave", "list")[1].count("climate") == 0
    code, told = typed(*asked, "--date", "2026-03-01", "--unit-column", "team", "--ignore", "remark")
    assert code == 0, told
    assert "Samen / together: 6" in told
    assert "expertise.exp1" in told
    code, told = typed(*asked, "--date", "2026-03-01", "--unit-column", "team", "--ignore", "remark")
    assert (code, "was er al" in told) == (0, True)
    code, told = typed(*asked, "--date", "2026-04-01", "--unit-column", "team", "--ignore", "remark")
    assert code == 1
    assert "staan al in de store, van 2026-03-01 en niet van 2026-04-01" in " ".join(told.split())
    code, told = typed(*asked, "--date", "2026-03-01", "--unit-column", "team", "--ignore", "remark")
    assert "opgeruimd" not in told
    code, told = typed("scales", "climate", "--items")
    assert code == 0, told
    assert "Cronbachs alpha" in told
    assert "safety.s7" in told
    assert "te weinig teams" in told
    assert typed("scales", "climate", "--csv", "out.csv")[0] == 0
    assert (tmp_path / "out.csv").read_text().startswith("scale,measure,item,n,estimate,low,high,why,note\n")


def test_of_a_wave_that_runs_no_scales_are_told(typed: Typed) -> None:
    assert typed("wave", "open", "climate", "--unit", "wekerom", "--closes", "2099-12-01")[0] == 0
    code, told = typed("scales", "climate")
    assert code == 1
    assert "is voorbij en heeft antwoorden" in told.replace("\n", " ")


def test_answers_that_are_too_old_to_keep_are_told(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("s1\n3\n")
    code, told = typed(
        "import", "responses", "old.csv", "--instrument", "climate", "--unit", "wekerom", "--date", "2001-03-01"
    )
    assert code == 0
    assert "ouder dan 84 maanden worden opgeruimd" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("scales", "climate"), "bedoeling wave list"),
        (("import", "responses", "no.csv", "--instrument", "climate", "--unit", "wekerom"), "no.csv"),
        (("import", "responses", "no.csv", "--instrument", "nothing", "--unit", "wekerom"), "climate"),
        (("import", "responses", "a.csv", "--instrument", "climate", "--unit", "wekerom", "--map", "m.yaml"), "m.yaml"),
        (("import", "responses", "a.csv", "--instrument", "climate", "--unit", "wekerom", "--date", "x"), "2026-12-01"),
        (("instrument", "preview", "nothing"), "climate"),
        (("instrument", "import-xlsform", "no.xlsx"), "no.xlsx"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(
    typed: Typed, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "a.csv").write_text("safety.s1\n3\n")
    code, told = typed(*arguments)
    assert code == 1
    assert told.startswith("Dat lukt niet.")
    assert words in told.replace("\n", " ")
    assert "Traceback" not in told


def test_what_the_answers_are_about_is_told_before_their_columns(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("unknown\n3\n")
    code, told = typed("import", "responses", "a.csv", "--instrument", "resonance", "--unit", "wekerom")
    assert (code, "script van een sessie" in told) == (1, True)
    code, told = typed("import", "responses", "a.csv", "--instrument", "climate", "--unit", "nergens")
    assert (code, "bedoeling units" in told, "unknown" in told) == (1, True, False)


def test_a_spreadsheet_that_is_given_as_csv_is_known(typed: Typed, tmp_path: Path) -> None:
    assert typed("instrument", "export-xlsform", "climate", "answers.xlsx")[0] == 0
    for command in (
        ("responses", "answers.xlsx", "--instrument", "climate", "--unit", "wekerom"),
        ("units", "answers.xlsx"),
    ):
        code, told = typed("import", *command)
        assert code == 1
        assert "answers.xlsx is een rekenblad. Bewaar het als CSV" in told
        assert "PK" not in told

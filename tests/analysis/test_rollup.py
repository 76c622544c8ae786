"""Totals of waves: intervals against other implementations, what goes up, and an attack on all of it together."""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from bedoeling_nb.analysis import scales
from bedoeling_nb.analysis.rollup import ENOUGH, Rollup, Total, _change, _Teams, roll_up
from bedoeling_nb.analysis.steering import LEAST
from bedoeling_nb.community import Unit, new_id, now
from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, instruments, tables, units, waves
from bedoeling_nb.store.events import SETTLED
from tests.reports.test_subtraction import isolated

CLIMATE = find("climate")
SPAN = (1.0, 5.0)
TREE = (
    Unit("whole", None, "organisation", "Whole"),
    Unit("north", "whole", "region", "North"),
    Unit("south", "whole", "region", "South"),
    *(Unit(f"l{place}", "south" if place == 2 else "north", "location", f"Location {place}") for place in range(3)),
    *(Unit(f"l{place}-{team}", f"l{place}", "team", f"Team {place}{team}") for place in range(3) for team in range(4)),
)
TEAMS = [one.id for one in TREE if one.level == "team"]
ABOVE = [one.id for one in TREE if one.level != "team"]
Told = Mapping[str, tuple[int, float, float]]  # unit: people, mean, standard deviation


@pytest.fixture(scope="module")
def template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the tree and the questionnaire."""
    path = tmp_path_factory.mktemp("rollup") / "store.db"
    shutil.copy(sqlite_template, path)
    opened = Store.open(f"sqlite:///{path}")
    units.add(opened, TREE)
    instruments.keep(opened, CLIMATE)
    opened.close()
    return path


@pytest.fixture
def tree(template: Path, tmp_path: Path) -> Iterator[Store]:
    with opened(template, tmp_path) as store:
        yield store


class opened:  # noqa: N801 - reads as a function
    """A copy of the template, open."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.path = folder / f"{new_id()}.db"
        shutil.copy(template, self.path)

    def __enter__(self) -> Store:
        self.store = Store.open(f"sqlite:///{self.path}")
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()
        self.path.unlink()


def held(
    store: Store, told: Told, closed: datetime, top: str = "whole", scale: str = "peace", k: int = 5
) -> waves.Wave:
    """A wave that closed, with what would be kept of it."""
    wave = waves.Wave(CLIMATE.id, CLIMATE.version, top, closed, created_at=closed - timedelta(days=9))
    parents = {one.id: one.parent for one in units.all_units(store)}
    sessions = {unit: new_id() for unit in told}
    with store.write() as connection:
        connection.execute(sa.insert(tables.wave), [vars(wave)])
        for unit, (n, mean, sd) in told.items():
            about = {"instrument": CLIMATE.id, "instrument_version": CLIMATE.version, "created_at": wave.created_at}
            session = {"id": sessions[unit], "code": sessions[unit][-12:], "unit": unit, "language": "nl", "k": k}
            session["above"] = parents[unit]
            connection.execute(sa.insert(tables.session), [session | about])
            asked = {"session": sessions[unit], "wave": wave.id}
            connection.execute(sa.insert(tables.wave_session), [asked])
            score = {"session": sessions[unit], "scale": scale, "n": n, "least": n, "mean": mean, "sd": sd, "seq": 0}
            connection.execute(sa.insert(tables.score), [score])
    return wave


def day(number: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)


def total(rollup: Rollup | None, wave: int = -1, scale: str = "peace") -> Total:
    assert rollup is not None
    return next(one for one in rollup.waves[wave].totals if one.scale.id == scale)


def of_people(scores: Mapping[str, Sequence[float]]) -> Told:
    return {unit: (len(some), statistics.fmean(some), statistics.stdev(some)) for unit, some in scores.items()}


def people(seed: int, sizes: Sequence[int], between: float = 0.6) -> dict[str, list[float]]:
    dice = np.random.default_rng(seed)
    return {
        team: list(3 + dice.normal(0, between) + dice.normal(0, 0.8, size))
        for team, size in zip(TEAMS, sizes, strict=False)
    }


# How sure it is


@pytest.mark.parametrize("seed", range(3))
def test_with_equal_teams_it_is_students_interval_of_team_means_and_that_of_clustered_errors(
    tree: Store, seed: int
) -> None:
    scores = people(seed, [7] * 12)
    held(tree, of_people(scores), day(0))
    found = total(roll_up(tree, "whole", "climate", day(99)))
    means = [statistics.fmean(some) for some in scores.values()]
    low, high = stats.t.interval(0.95, 11, statistics.fmean(means), stats.sem(means))
    assert (found.mean, found.low, found.high) == pytest.approx((statistics.fmean(means), low, high))
    assert (found.n, found.teams) == (84, 12)
    everybody = np.concatenate(list(scores.values()))
    groups = np.repeat(np.arange(12), 7)
    fit = sm.OLS(everybody, np.ones(84)).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int()[0]))


@pytest.mark.parametrize("seed", range(3))
def test_with_unequal_teams_it_is_the_design_effect(tree: Store, seed: int) -> None:
    scores = people(seed, [5, 14, 6, 9, 5, 7, 12, 8, 5, 6, 11, 13])
    held(tree, of_people(scores), day(0))
    frame = pd.DataFrame([(team, value) for team, some in scores.items() for value in some], columns=["team", "score"])
    icc = scales.icc(frame, "team")
    found = total(roll_up(tree, "whole", "climate", day(99)))
    within = sum(statistics.variance(some) * (len(some) - 1) for some in scores.values()) / (len(frame) - 12)
    assert icc.estimate is not None
    variance = within / (1 - icc.estimate) * icc.design_effect.estimate / len(frame)
    half = stats.t.ppf(0.975, 11) * math.sqrt(variance)
    assert found.icc == pytest.approx(icc.estimate)
    assert found.clear is (icc.icc1.low is not None and icc.icc1.low > 0)
    assert found.mean == pytest.approx(frame["score"].mean())
    assert (found.low, found.high) == pytest.approx((frame["score"].mean() - half, frame["score"].mean() + half))
    part = total(roll_up(tree, "l0", "climate", day(99)))  # the spread of all teams, for four of them
    n = np.array([5, 14, 6, 9])
    between = within / (1 - icc.estimate) * icc.estimate
    half = stats.t.ppf(0.975, 11) * math.sqrt(float((n / 34) ** 2 @ (between + within / n)))
    assert part.mean == pytest.approx(np.concatenate([scores[f"l0-{one}"] for one in range(4)]).mean())
    assert (part.high - part.mean, part.icc) == pytest.approx((half, found.icc))  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(3))
def test_with_equal_teams_a_change_is_students_paired_one_of_team_means(tree: Store, seed: int) -> None:
    first = people(seed, [7] * 12)
    level = {team: statistics.fmean(some) - 3 for team, some in first.items()}
    second = {team: [value + level[team] for value in some] for team, some in people(seed + 50, [7] * 12, 0.2).items()}
    held(tree, of_people(first), day(0))
    held(tree, of_people(second), day(90))
    change = total(roll_up(tree, "whole", "climate", day(99))).change
    assert change is not None
    before, after = ([statistics.fmean(some) for some in wave.values()] for wave in (first, second))
    test = stats.ttest_rel(after, before)
    assert (change.before, change.after) == pytest.approx((statistics.fmean(before), statistics.fmean(after)))
    assert (change.low, change.high) == pytest.approx(tuple(test.confidence_interval()))
    assert change.p == pytest.approx(test.pvalue)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """A thousand communities of unequal teams whose true mean is 3: of the whole, and of a third of it.

    For a part it is a little wide: a part that is far from the rest makes the spread of all teams larger.
    """
    dice = np.random.default_rng(5)
    scale = CLIMATE.scales[0]
    hits = np.zeros(2)
    parts = [f"l{number % 3}" for number in range(18)]
    for _ in range(1000):
        n = dice.integers(5, 15, 18)
        true = 3 + dice.normal(0, 0.5, 18)
        means = true + dice.normal(0, 0.9, 18) / np.sqrt(n)
        sd = 0.9 * np.sqrt(dice.chisquare(n - 1) / (n - 1))
        cell = pd.DataFrame({"unit": range(18), "above": parts, "n": n, "mean": means, "sd": sd})
        for place, within in enumerate(({"l0", "l1", "l2"}, {"l1"})):
            found = _Teams.of(cell, within).total(scale, (-9, 9))
            assert found.low is not None
            assert found.high is not None
            hits[place] += found.low <= 3 <= found.high
    assert 0.93 < hits[0] / 1000 < 0.97
    assert 0.94 < hits[1] / 1000 < 0.985


def drawn(dice: np.random.Generator, n: Any, level: Any) -> _Teams:
    """What teams of so many people with these true means answer."""
    means = level + dice.normal(0, 0.9, len(n)) / np.sqrt(n)
    sd = 0.9 * np.sqrt(dice.chisquare(n - 1) / (n - 1))
    return _Teams.of(pd.DataFrame({"unit": range(len(n)), "above": "l0", "n": n, "mean": means, "sd": sd}), {"l0"})


@pytest.mark.parametrize("seed", range(4))
def test_a_change_of_unequal_teams_is_that_of_their_covariances_scaled_as_hartung_and_knapp_do(seed: int) -> None:
    dice = np.random.default_rng(seed)
    n = np.array([5, 30, 7, 9, 14, 60, 6, 8])
    level = dice.normal(3, 0.4, 8)
    first, second = drawn(dice, n, level), drawn(dice, n + 1, level + dice.normal(0, 0.1, 8))
    assert first.between is not None
    assert second.between is not None
    assert first.within is not None
    assert second.within is not None
    moved, errors = second.means - first.means, np.array([first.within / n, second.within / (n + 1)])
    floor = (first.between**0.5 - second.between**0.5) ** 2
    covariance = (first.between + second.between - max(moved.var(ddof=1) - errors.sum(axis=0).mean(), floor)) / 2
    variance, each = 0.0, []
    for team in range(8):
        matrix = np.diag([first.between, second.between] + errors[:, team]) + covariance * (1 - np.eye(2))
        weights = np.array([-n[team] / n.sum(), (n[team] + 1) / (n.sum() + 8)])
        variance += weights @ matrix @ weights
        each.append(np.array([-1, 1]) @ matrix @ [-1, 1])
    scale = combine_effects(moved, np.array(each)).scale_hksj_fe
    total = [one.total(CLIMATE.scales[0], SPAN) for one in (first, second)]
    change = _change(first, total[0], second, total[1])
    assert change is not None
    half = stats.t.ppf(0.975, 7) * math.sqrt(scale * variance)
    assert change.high - change.estimate == pytest.approx(half)  # type: ignore[operator]


def test_a_change_of_unequal_teams_always_has_an_interval_that_holds_the_truth() -> None:
    """One team of forty and seven small ones that hardly differ: taking off a covariance that is none left under 0."""
    dice = np.random.default_rng(3)
    n, hits = np.array([40, 6, 6, 7, 8, 6, 5, 9]), 0
    for _ in range(1000):
        level = dice.normal(3, 0.1, 8)
        first, second = drawn(dice, n, level), drawn(dice, n, level)
        total = [one.total(CLIMATE.scales[0], SPAN) for one in (first, second)]
        change = _change(first, total[0], second, total[1])
        assert change is not None
        assert change.low is not None
        assert change.high is not None
        hits += change.low <= 0 <= change.high
    assert 0.93 < hits / 1000 < 0.975


def test_of_few_teams_no_spread_is_shown_since_it_would_tell_the_last_two(tree: Store) -> None:
    told = of_people(people(1, [6] * (ENOUGH - 1)))
    held(tree, told, day(0), "l0")
    held(tree, told, day(90), "l0")
    found = total(roll_up(tree, "l0", "climate", day(99)))
    assert found.mean is not None
    assert (found.low, found.high, found.icc) == (None, None, None)
    assert found.change is not None
    assert (found.change.estimate, found.change.low) == (0, None)


def test_everybody_the_same_has_no_width_and_no_change(tree: Store) -> None:
    for number in (0, 90):
        held(tree, dict.fromkeys(TEAMS, (6, 4.0, 0.0)), day(number))
    found = total(roll_up(tree, "whole", "climate", day(99)))
    assert (found.mean, found.low, found.high, found.icc) == (4, 4, 4, None)
    assert found.change is not None
    assert (found.change.estimate, found.change.low) == (0, None)


# What goes up


def test_small_teams_and_parts_with_few_teams_are_in_no_total(tree: Store) -> None:
    told = dict.fromkeys(TEAMS, (6, 3.0, 1.0)) | {"l0-0": (4, 5.0, 1.0), "l1-0": (4, 5.0, 1.0), "l1-1": (0, 0.0, 0.0)}
    held(tree, told, day(0))
    seen = {unit: total(roll_up(tree, unit, "climate", day(99))) for unit in ABOVE}
    assert {unit: (one.teams, one.n, one.mean and round(one.mean, 9)) for unit, one in seen.items()} == {
        "whole": (7, 42, 3),
        "north": (3, 18, 3),
        "south": (4, 24, 3),
        "l0": (3, 18, 3),
        "l1": (0, 0, None),
        "l2": (4, 24, 3),
    }


def test_a_higher_threshold_of_a_session_holds(tree: Store) -> None:
    held(tree, dict.fromkeys(TEAMS, (6, 3.0, 1.0)), day(0), k=7)
    assert total(roll_up(tree, "whole", "climate", day(99))).mean is None


def test_only_waves_that_are_over_of_this_unit_or_one_above(tree: Store) -> None:
    told = dict.fromkeys(TEAMS, (6, 3.0, 1.0))
    held(tree, {team: told[team] for team in TEAMS[:4]}, day(0), "l0")
    held(tree, told, day(50))
    held(tree, told, now() - SETTLED / 2)  # answers may still be on their way
    held(tree, told, now() + timedelta(days=3))
    for unit, count in (("l0", 2), ("l1", 1), ("north", 1), ("whole", 1)):
        found = roll_up(tree, unit, "climate", now() + timedelta(days=30))
        assert found is not None
        assert len(found.waves) == count
        assert found.side_by_side == ()
    assert roll_up(tree, "l1", "climate", day(40)) is None
    assert roll_up(tree, "l1", "space", day(99)) is None
    with pytest.raises(NotFound, match="nergens"):
        roll_up(tree, "nergens", "climate", day(99))


def test_a_changed_scale_is_not_compared(tree: Store) -> None:
    other = CLIMATE.model_copy(
        update={
            "version": 2,
            "scales": tuple(
                one.model_copy(update={"items": one.items[:1]}) if one.id == "peace" else one for one in CLIMATE.scales
            ),
        }
    )
    instruments.keep(tree, other)
    told = dict.fromkeys(TEAMS, (6, 3.0, 1.0))
    held(tree, told, day(0))
    later = held(tree, told, day(50))
    with tree.write() as connection:
        connection.execute(
            sa.update(tables.wave).where(tables.wave.c.id == later.id).values(instrument_version=other.version)
        )
    found = total(roll_up(tree, "whole", "climate", day(99)))
    assert found.mean == 3
    assert found.change is None


# The attack


def decoded(one: Total, teams: Told) -> frozenset[str]:
    """The teams that a total is about: team number j has the mean 10^j, so the digits of the sum are their sizes."""
    if one.mean is None:
        return frozenset()
    digits = str(round(one.mean * one.n))[::-1]
    assert sum(map(int, digits)) == one.n
    within = frozenset(TEAMS[place] for place, digit in enumerate(digits) if digit != "0")
    assert all(teams[team][0] == int(digits[TEAMS.index(team)]) for team in within)
    assert len(within) == one.teams
    return within


moves = st.tuples(
    st.sampled_from([*TEAMS, "l0", "l1", "l2"]), st.sampled_from(["l0", "l1", "l2", "north", "south", "whole"])
)


def moved(store: Store, unit: str, to: str) -> None:
    """A team goes to a location, a location to a region or right below the whole."""
    known = units.get(store, unit)
    if (known.level == "team") == to.startswith("l"):
        units.add(store, [replace(known, parent=to)])


@settings(max_examples=10)
@given(
    st.lists(st.lists(st.sampled_from((0, 4, 5, 7)), min_size=12, max_size=12), min_size=1, max_size=3),
    st.lists(moves, max_size=6),
)
def test_no_combination_of_all_reports_is_about_fewer_teams_than_a_total(
    template: Path, tmp_path_factory: pytest.TempPathFactory, sizes: list[list[int]], steps: list[tuple[str, str]]
) -> None:
    """Of all units, after each wave and after each time that somebody moved."""
    cells: set[frozenset[tuple[str, int]]] = set()
    told: list[Told] = []

    def read_all(store: Store) -> None:
        for unit in ABOVE:
            found = roll_up(store, unit, "climate", day(9999))
            for wave in found.waves if found else ():
                one = next(one for one in wave.totals if one.scale.id == "peace")
                number = (wave.wave.closes_at - day(0)).days // 90
                cells.add(frozenset((team, number) for team in decoded(one, told[number])))

    with opened(template, tmp_path_factory.getbasetemp()) as store:
        for number, wave in enumerate(sizes):
            told.append(
                {team: (n, float(10**place), 0.0) for place, (team, n) in enumerate(zip(TEAMS, wave, strict=True))}
            )
            held(store, told[number], day(90 * number))
            read_all(store)
            for unit, to in steps[number::3]:
                moved(store, unit, to)
                read_all(store)
    assert isolated([set(one) for one in cells if one], LEAST - 1) == []


def test_the_attack_bites(template: Path, tmp_path: Path) -> None:
    """Were a team to move along with its old waves, the totals of before and after would be its answers."""
    told = {team: (6, float(10**place), 0.0) for place, team in enumerate(TEAMS)}
    cells = []
    with opened(template, tmp_path) as store:
        held(store, told, day(0))
        for _ in range(2):
            cells.append({(team, 0) for team in decoded(total(roll_up(store, "l0", "climate", day(9))), told)})
            with store.write() as connection:
                along = sa.update(tables.session).where(tables.session.c.unit == "l0-0")
                connection.execute(along.values(above="l1"))
    assert (("l0-0", 0),) in isolated(cells, LEAST - 1)


def test_a_circle_in_the_tree_ends(tree: Store) -> None:
    held(tree, dict.fromkeys(TEAMS, (6, 3.0, 1.0)), day(0))
    units.add(tree, [replace(units.get(tree, "whole"), parent="north")])
    assert total(roll_up(tree, "north", "climate", day(99))).mean == 3


# Levels


def levels(store: Store, unit: str, until: datetime) -> dict[str, Any]:
    found = roll_up(store, unit, "climate", until)
    assert found is not None
    return {one.group.id: (one.mean, one.n) for one in found.levels if one.scale == "peace"}


def test_levels_are_the_people_of_the_units_of_that_level_within(tree: Store) -> None:
    held(tree, dict.fromkeys(TEAMS, (6, 3.0, 1.0)), day(0))
    above = {"whole": (8, 2.0, 1.0), "north": (5, 4.0, 1.0), "south": (6, 5.0, 1.0)}
    held(tree, above | {"l0": (5, 1.0, 1.0), "l1": (6, 2.0, 1.0), "l2": (3, 5.0, 1.0)}, day(50))
    assert levels(tree, "whole", day(99)) == {
        "leaders": (pytest.approx((5 + 12 + 15) / 14), 14),
        "directors": (pytest.approx((16 + 20 + 30) / 19), 19),
    }
    assert levels(tree, "north", day(99)) == {"leaders": (None, 0), "directors": (4, 5)}
    assert levels(tree, "l0", day(99)) == {"leaders": (None, 0)}
    assert levels(tree, "l1", day(99)) == {"leaders": (2, 6)}
    found = roll_up(tree, "whole", "climate", day(99))
    assert found is not None
    assert [one.group.id for one in found.side_by_side if one.scale == "peace"] == ["teams", "leaders", "directors"]
    assert levels(tree, "whole", day(40)) == {}


def test_a_level_is_that_of_the_latest_wave_that_may_be_shown(tree: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (n, mean) in enumerate(((8, 2.0), (9, 3.0), (15, 4.0))):
        held(tree, {"whole": (n, mean, 1.0)}, day(90 * number))
    directors = [levels(tree, "whole", day(90 * number + 9))["directors"] for number in range(3)]
    assert directors == [(2, 8), (2, 8), (4, 15)]  # of nine the ninth would follow, were the eight to say the same
    monkeypatch.setenv("BEDOELING_OVER_TIME", "0")
    assert levels(tree, "whole", day(99))["directors"] == (3, 9)


def test_what_was_shown_of_leaders_stays_as_it_was_when_a_unit_moves_or_asks_for_more(tree: Store) -> None:
    held(tree, {"l0": (2, 1.5, 0.1), "l1": (8, 4.0, 0.1), "l2": (9, 3.0, 0.1)}, day(0))
    held(tree, {"l2": (13, 3.5, 0.1)}, day(90))
    before = [levels(tree, unit, day(60)) for unit in ("whole", "north", "south", "l1")]
    units.add(tree, [replace(units.get(tree, "l0"), parent=other_region(units.get(tree, "l0").parent))])
    assert [levels(tree, unit, day(60)) for unit in ("whole", "north", "south", "l1")] == before
    assert before[0]["leaders"] == (pytest.approx((3 + 32 + 27) / 19), 19)
    assert levels(tree, "l2", day(99))["leaders"] == (3, 9)  # of thirteen four came
    held(tree, {"l2": (40, 4.0, 0.1)}, day(180), k=10)
    assert levels(tree, "l2", day(99))["leaders"] == (3, 9)
    assert levels(tree, "l2", day(199))["leaders"] == (4, 40)


def other_region(one: str | None) -> str:
    return "south" if one == "north" else "north"


@settings(max_examples=10)
@given(
    st.lists(
        st.fixed_dictionaries({name: st.integers(0, 9) for name in ("l0", "l1", "l2", "north", "south", "whole")}),
        min_size=1,
        max_size=3,
    )
)
def test_no_few_leaders_follow_from_all_reports_of_all_waves(
    template: Path, tmp_path_factory: pytest.TempPathFactory, sizes: list[dict[str, int]]
) -> None:
    """In each wave: no shown unit, nor what is left of one outside the shown units within it, is fewer than five.

    Over waves: who counts the people of a unit sees as many as in any earlier wave, or a difference of at least five.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    with opened(template, tmp_path_factory.getbasetemp()) as store:
        for number, wave in enumerate(sizes):
            held(store, {unit: (n, 3.0, 0.5) for unit, n in wave.items()}, day(90 * number))
            shown: dict[str, dict[str, int]] = {"leaders": {}, "directors": {}}
            for unit in ABOVE:
                found = roll_up(store, unit, "climate", day(90 * number + 1))
                for one in found.levels if found else ():
                    if one.scale == "peace" and one.mean is not None and one.wave.closes_at == day(90 * number):
                        shown[one.group.id][unit] = one.n
            for group, cells in shown.items():
                rests = dict(cells)
                for unit in cells:
                    above = next((up for up in lineage(unit)[1:] if up in cells), None)
                    if above:
                        rests[above] -= cells[unit]
                assert not [n for n in (*cells.values(), *rests.values()) if 0 < n < 5]
                for unit, n in cells.items():
                    assert not [was for was in counts.get((group, unit), ()) if 0 < abs(was - n) < 5]
                    counts.setdefault((group, unit), []).append(n)


def lineage(unit: str) -> list[str]:
    parents = {one.id: one.parent for one in TREE}
    found = [unit]
    while above := parents[found[-1]]:
        found.append(above)
    return found

"""What goes up gives no team away, also not to somebody who has every report and can subtract."""

from __future__ import annotations

import re
import shutil
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedoeling_nb.analysis import trends
from bedoeling_nb.analysis.frames import ANSWERS
from bedoeling_nb.analysis.steering import LEAST, going_up
from bedoeling_nb.community import PeriodKind, Unit, new_id
from bedoeling_nb.errors import SessionEnded
from bedoeling_nb.instruments import Instrument, find
from bedoeling_nb.reports.team import team_report
from bedoeling_nb.reports.unit import unit_report
from bedoeling_nb.store import Store, sessions, submissions, units
from bedoeling_nb.store.submissions import Submission

HERE = ZoneInfo("Europe/Amsterdam")
ENERGY = "voelen.energy"
QUARTERS = ("2026-01-15", "2026-04-15", "2026-07-15", "2026-10-15")
Held = tuple[str, int, int]  # team, quarter from 0, people

TREE = [
    Unit("whole", None, "organisation", "Whole"),
    Unit("north", "whole", "region", "North"),
    *(Unit(f"l{place}", "north", "location", f"Location {place}") for place in range(3)),
    *(Unit(f"l{place}-{team}", f"l{place}", "team", f"Team {place}{team}") for place in range(3) for team in range(5)),
]
UNITS = {unit.id: unit for unit in TREE}
TEAMS = [unit.id for unit in TREE if unit.level == "team"]
ABOVE = [unit.id for unit in TREE if unit.level != "team"]

meetings = st.lists(
    st.tuples(st.sampled_from(TEAMS), st.integers(0, 3), st.integers(3, 7)),
    max_size=40,
    unique_by=lambda one: one[:2],
)


def frame(held: list[Held]) -> pd.DataFrame:
    """As `frames.answers`: everybody gives the same number, of their own team and quarter."""
    rows = [
        dict.fromkeys(ANSWERS)
        | {
            "session": f"{team}/{quarter}",
            "unit": team,
            "level": "team",
            "location": team[:2],
            "region": "north",
            "part": team[:2],
            "held_on": QUARTERS[quarter],
            "k": 5,
            "step": "voelen",
            "entry": "1",
            "participant": f"p{person}",
            "item": "energy",
            "column": "energy",
            "value_number": float(TEAMS.index(team) * 4 + quarter),
            "not_applicable": False,
            "hidden": False,
        }
        for team, quarter, people in held
        for person in range(people)
    ]
    types = {name: kind for name, kind in ANSWERS.items() if name != "at"}
    return pd.DataFrame(rows, columns=list(ANSWERS)).astype(types)


def shown(held: list[Held], goes_up: pd.DataFrame) -> Iterator[set[tuple[str, int]]]:
    """The meetings that each number is about, in the reports of all units and of both kinds of period.

    What `trends` gives is compared with what these meetings give by themselves.
    """
    people = {(team, quarter): count for team, quarter, count in held}
    inside = {(one.unit, QUARTERS.index(str(one.held_on.date()))) for one in goes_up.itertuples()}
    for above in ABOVE:
        below = {team for team in TEAMS if above in (team[:2], "north", "whole")}
        mine = goes_up[goes_up["unit"].isin(below)].assign(unit="here")
        for per in ("quarter", "year"):
            kind: PeriodKind = "quarter" if per == "quarter" else "year"
            for row in trends.scales(mine, [ENERGY], per=kind).itertuples():
                period = getattr(row, per)
                cell = {one for one in inside if one[0] in below and (per == "year" or period[-1] == str(one[1] + 1))}
                total = sum(people[one] for one in cell)
                assert row.n == total
                assert row.mean == pytest.approx(
                    sum(people[one] * (TEAMS.index(one[0]) * 4 + one[1]) for one in cell) / total
                )
                yield cell


def isolated(cells: list[set[tuple[str, int]]], most: int) -> list[tuple[tuple[str, int], ...]]:
    """Sets of at most so many meetings about which some combination of the numbers is, and about no other."""
    if not cells:
        return []
    atoms = sorted(set().union(*cells))
    matrix = np.array([[atom in cell for atom in atoms] for cell in cells], dtype=float)
    full = np.linalg.matrix_rank(matrix)
    return [
        tuple(atoms[one] for one in few)
        for size in range(1, most + 1)
        for few in combinations(range(len(atoms)), size)
        if np.linalg.matrix_rank(np.delete(matrix, few, axis=1)) < full
    ]


@settings(max_examples=25)
@given(meetings)
def test_no_combination_of_all_totals_is_about_fewer_teams_than_a_total(held: list[Held]) -> None:
    answers = frame(held)
    assert isolated(list(shown(held, going_up(answers, ENERGY))), LEAST - 1) == []


def test_the_attack_bites() -> None:
    """Without the rule a year gives away the quarter in which one team met."""
    held: list[Held] = [("l0-0", 0, 6), *((f"l0-{team}", 1, 6) for team in range(3))]
    assert isolated(list(shown(held, frame(held))), 1) == [(("l0-0", 0),)]


def test_small_meetings_and_small_groups_of_teams_stay_below() -> None:
    held: list[Held] = [("l0-0", 0, 6), ("l0-1", 0, 6), ("l0-2", 0, 4), *((f"l1-{team}", 0, 5) for team in range(3))]
    assert set(going_up(frame(held), ENERGY)["unit"]) == {"l1-0", "l1-1", "l1-2"}
    assert going_up(frame([]), ENERGY).empty


@pytest.fixture(scope="module")
def quarters(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, script: Instrument) -> Iterator[Store]:
    """One team meets in the first quarter and three in the second; a fourth is small."""
    path = tmp_path_factory.mktemp("subtraction") / "store.db"
    shutil.copy(sqlite_template, path)
    opened = Store.open(f"sqlite:///{path}")
    units.add(opened, TREE)
    energies: Mapping[Held, int] = {
        ("l0-0", 0, 6): 10,
        ("l0-0", 1, 6): 4,
        ("l0-1", 1, 5): 5,
        ("l0-2", 1, 8): 6,
        ("l0-3", 1, 4): 0,
    }
    for (team, quarter, people), energy in energies.items():
        at = datetime.fromisoformat(QUARTERS[quarter]).replace(hour=10, tzinfo=UTC)
        session = sessions.create(opened, team, script, created_at=at)
        told = [
            Submission(new_id(), session.id, "voelen", "1", f"p{person}", {"energy": energy, "safety": energy})
            for person in range(people)
        ]
        submissions.import_past(opened, told)
    yield opened
    opened.close()


@pytest.mark.parametrize("unit", ["l0", "north", "whole"])
def test_a_year_counts_the_quarters_that_are_shown(quarters: Store, unit: str) -> None:
    mean = statistics.mean([4] * 6 + [5] * 5 + [6] * 8)
    told = f"{mean:.1f}"
    for period in ("2026-Q2", "2026"):
        assert told in unit_report(quarters, unit, period, "en")._repr_html_()
    everything = f"{statistics.mean([10] * 6 + [4] * 6 + [5] * 5 + [6] * 8):.1f}"
    year = unit_report(quarters, unit, "2026", "en")._repr_html_()
    assert everything != told
    assert f"<td>{everything}</td>" not in year
    first = unit_report(quarters, unit, "2026-Q1", "en")._repr_html_()
    assert "<td>10</td>" not in first
    assert "Those are too few to count together without showing one team." in first


PLACES = ("l0-0", "l0-1", "l0-2", "l1-0", "l1-1")


def community(template: Path, folder: Path, held: list[Held], turned: set[Held]) -> Store:
    """A store in which everybody of a meeting says 2, or 8 where it is turned."""
    path = folder / f"{new_id()}.db"
    shutil.copy(template, path)
    opened = Store.open(f"sqlite:///{path}")
    units.add(opened, TREE)
    for one in held:
        team, quarter, people = one
        at = datetime.fromisoformat(QUARTERS[quarter]).replace(hour=10, tzinfo=UTC)
        session = sessions.create(opened, team, find("resonance"), created_at=at)
        said = {"energy": 8, "safety": 8} if one in turned else {"energy": 2, "safety": 2}
        told = [Submission(new_id(), session.id, "voelen", "1", f"p{person}", said) for person in range(people)]
        submissions.import_past(opened, told)
    return opened


@settings(max_examples=4, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.integers(1, 2), st.sampled_from((3, 4, 5, 7))),
        min_size=1,
        max_size=8,
        unique_by=lambda one: one[:2],
    )
)
def test_what_is_held_back_could_have_been_anything(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, held: list[Held]
) -> None:
    """No report depends on the answers of a small meeting; none above the teams on those of too few teams.

    So no sum or difference of any reports tells them. A team does read its own.
    """
    folder = tmp_path_factory.mktemp("anything")
    passing = Counter((team[:2], quarter) for team, quarter, people in held if people >= 5)
    small = {one for one in held if one[2] < 5}
    alone = {one for one in held if passing[one[0][:2], one[1]] < LEAST}
    true = community(sqlite_template, folder, held, set())
    others = [community(sqlite_template, folder, held, turned) for turned in (small, small | alone)]
    for team in PLACES:
        page, without_small, without_alone = (
            team_report(one, team, "2026-Q3", "en")._repr_html_() for one in (true, *others)
        )
        assert page == without_small
        own = [one for one in alone - small if one[0] == team]
        assert (page != without_alone) == bool(own)
    for unit in ("l0", "l1", "north", "whole"):
        assert unit_report(true, unit, "2026-Q3")._repr_html_() == unit_report(others[1], unit, "2026-Q3")._repr_html_()
    for one in (true, *others):
        one.close()


def test_a_team_that_moves_takes_nothing_of_before_along(
    sqlite_template: Path, tmp_path: Path, script: Instrument
) -> None:
    """Were it to, the report of its old location, made before and after, would give its answers away."""
    shutil.copy(sqlite_template, tmp_path / "moves.db")
    opened = Store.open(f"sqlite:///{tmp_path / 'moves.db'}")
    units.add(opened, TREE)
    for number in range(4):
        hold(opened, script, f"l0-{number}", datetime(2026, 2, 2, tzinfo=UTC), 1 + number)
        hold(opened, script, f"l1-{number}", datetime(2026, 2, 2, tzinfo=UTC), 9)

    def energies() -> list[list[str]]:
        return [means(unit_report(opened, unit, "2026-Q1")._repr_html_()) for unit in ("l0", "l1", "north")]

    before = energies()
    units.add(opened, [Unit("l0-0", "l1", "team", "Moved")])
    assert energies() == before
    assert "2,5" in before[0][0]
    opened.close()


def hold(store: Store, script: Instrument, team: str, at: datetime, energy: int) -> None:
    session = sessions.create(store, team, script, created_at=at)
    told = [Submission(new_id(), session.id, "voelen", "1", f"p{n}", {"energy": energy}, at) for n in range(6)]
    submissions.import_past(store, told)


def means(page: str) -> list[str]:
    """What a report tells of energy."""
    return re.findall(r"alt=\"[^\"]*?(Hoeveel energie[^\"]*)\"", page)


def test_a_meeting_that_was_left_open_changes_no_report_of_a_quarter_that_is_over(
    store: Store, script: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One late answer would move the mean by just what that person said."""
    units.add(store, TREE)
    evening = datetime(2026, 6, 30, 21, tzinfo=HERE)
    for number in range(3):
        session = sessions.create(store, f"l0-{number}", script, created_at=evening)
        sessions.go(store, session.id, "voelen", rev=0, at=evening)
        told = [Submission(new_id(), session.id, "voelen", "1", f"p{n}", {"energy": 60}, evening) for n in range(5)]
        submissions.import_past(store, told)

    def energies() -> list[str]:
        return means(unit_report(store, "l0", "2026-Q2")._repr_html_())

    before = energies()
    assert before
    late = Submission(new_id(), session.id, "voelen", "1", "late", {"energy": 0})
    assert isinstance(submissions.add(store, [late])[0], SessionEnded)
    assert energies() == before
    for at, counted in (("2026-07-01T03:59", []), ("2026-07-01T04:02", before)):  # the meetings may still go on
        moment = datetime.fromisoformat(at).replace(tzinfo=HERE)
        monkeypatch.setattr("bedoeling_nb.reports.unit.now", lambda moment=moment: moment)
        assert energies() == counted

"""The course that a unit sets itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bedoeling_nb.errors import BadRequest, BedoelingError, InvalidAnswer, NotFound
from bedoeling_nb.store import Store, courses
from bedoeling_nb.store.courses import Course, Goal

REVIEW = date(2026, 9, 1)
GOALS = {"good_life": Goal("Elke  dag naar\tbuiten", "We horen vogels", "Bea")}
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def past(unit: str, days: int, *, shared: bool = True, goal: str = "Samen eten") -> Course:
    at = START + timedelta(days=days)
    return Course(unit, {"good_work": Goal(goal)}, ["hulp"], [], REVIEW, shared, id=f"{unit}-{days}", created_at=at)


def test_a_course_is_kept_as_it_was_written_but_tidy(store: Store, session: object) -> None:
    made = courses.set_course(store, "wekerom-01", GOALS, REVIEW, asks=[" een  dag hulp "], shared=True)
    assert made.goals == {"good_life": Goal("Elke dag naar buiten", "We horen vogels", "Bea")}
    assert made.asks == ["een dag hulp"]
    assert courses.of_unit(store, "wekerom-01") == made
    assert courses.of_unit(store, "wekerom-02") is None


def test_the_same_course_is_not_kept_twice(store: Store, session: object) -> None:
    first = courses.set_course(store, "wekerom-01", GOALS, REVIEW, asks=["hulp"])
    assert courses.set_course(store, "wekerom-01", GOALS, REVIEW, asks=["hulp"]) == first
    assert courses.set_course(store, "wekerom-01", GOALS, REVIEW, asks=["hulp"], shared=True) != first


def test_the_last_one_counts_and_what_was_stays_readable(store: Store, session: object) -> None:
    first, second = past("wekerom-01", 0), past("wekerom-01", 90, goal="Samen zingen")
    courses.import_past(store, [second, first])
    courses.import_past(store, [first])
    courses.import_past(store, [])
    assert courses.of_unit(store, "wekerom-01") == second
    assert courses.of_unit(store, "wekerom-01", START + timedelta(days=90)) == first
    assert courses.of_unit(store, "wekerom-01", START) is None


def test_only_what_is_shared_now_goes_up(store: Store, session: object) -> None:
    own = past("wekerom", 0)
    private, shared = past("wekerom-01", 0, shared=False), past("wekerom-02", 0)
    courses.import_past(store, [own, private, shared])
    assert courses.shared_below(store, "wekerom", START) == []
    assert courses.shared_below(store, "wekerom", START + timedelta(days=30)) == [shared]
    taken_back = past("wekerom-02", 30, shared=False)
    courses.import_past(store, [taken_back])
    assert courses.shared_below(store, "wekerom") == []
    assert courses.shared_below(store, "wekerom", START + timedelta(days=30)) == []  # nor in a report of the past
    assert courses.shared_below(store, "oost") == [own]
    assert courses.shared_below(store, "wekerom-02") == []


@pytest.mark.parametrize(
    ("unit", "goals", "asks", "error"),
    [
        ("nergens", GOALS, [], NotFound),
        ("wekerom-01", {}, [], BadRequest),
        ("wekerom-01", {"profit": Goal("Meer")}, [], BadRequest),
        ("wekerom-01", {"good_life": Goal(" ")}, [], InvalidAnswer),
        ("wekerom-01", {"good_life": Goal("x" * 281)}, [], InvalidAnswer),
        ("wekerom-01", GOALS, [""], InvalidAnswer),
    ],
)
def test_a_course_without_sense_is_refused(
    unit: str, goals: dict[str, Goal], asks: list[str], error: type[BedoelingError], store: Store, session: object
) -> None:
    with pytest.raises(error):
        courses.set_course(store, unit, goals, REVIEW, asks=asks)
    assert courses.of_unit(store, "wekerom-01") is None

"""The course that a unit sets itself: a goal for each promise, what it asks of others and what it offers.

Rows are only ever added; the last one of a unit counts. It is the unit's own, and goes up only when the unit shares it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import sqlalchemy as sa

from bedoeling_nb.community import PROMISES, new_id, now
from bedoeling_nb.errors import BadRequest
from bedoeling_nb.instruments.wording import clean
from bedoeling_nb.store import tables, units
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["LONGEST", "Course", "Goal", "import_past", "of_unit", "set_course", "shared_below"]

LONGEST = 280


@dataclass(frozen=True)
class Goal:
    """What a unit wants for one promise, the sign by which it will notice, and who does what."""

    goal: str
    sign: str = ""
    who: str = ""


@dataclass(frozen=True)
class Course:
    """One unit's course as it was set at one moment; ``goals`` by the key of the promise."""

    unit: str
    goals: Mapping[str, Goal]
    asks: Sequence[str]
    offers: Sequence[str]
    review_on: date
    shared: bool
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)


def set_course(
    store: Store,
    unit: str,
    goals: Mapping[str, Goal],
    review_on: date | None,
    *,
    asks: Sequence[str] = (),
    offers: Sequence[str] = (),
    shared: bool = False,
) -> Course:
    """Record a unit's new course; what it was stays readable. One that is as the last one is not kept again.

    Raises NotFound for an unknown unit, BadRequest for no day, an unknown promise or a course without any goal,
    and InvalidAnswer for a text that is empty or too long.
    """
    units.get(store, unit)
    if review_on is None:
        raise BadRequest(N_("Choose the day on which you look at your course again."))
    if not goals:
        raise BadRequest(N_("A course has a goal for at least one of the three promises."))
    if unknown := set(goals) - {promise.key for promise in PROMISES}:
        raise BadRequest(N_("There is no promise “{key}”."), key=min(unknown))
    course = Course(
        unit=unit,
        goals={
            key: Goal(
                clean(one.goal, LONGEST, one_line=True),
                *(clean(part, LONGEST, one_line=True) if part.strip() else "" for part in (one.sign, one.who)),
            )
            for key, one in goals.items()
        },
        asks=[clean(text, LONGEST, one_line=True) for text in asks],
        offers=[clean(text, LONGEST, one_line=True) for text in offers],
        review_on=review_on,
        shared=shared,
    )
    last = of_unit(store, unit)
    if last and replace(course, id=last.id, created_at=last.created_at) == last:
        return last
    with store.write() as connection:
        connection.execute(sa.insert(tables.course), [_row(course)])
    return course


def import_past(store: Store, courses: Iterable[Course]) -> None:
    """Keep courses; ids that are there already are left alone."""
    if rows := [_row(one) for one in courses]:
        with store.write() as connection:
            connection.execute(store.insert_new(tables.course), rows)


def of_unit(store: Store, unit: str, until: datetime | None = None) -> Course | None:
    """The course that the unit had at a moment, by default now."""
    return next(iter(_last(store, tables.course.c.unit == unit, until)), None)


def shared_below(store: Store, unit: str, until: datetime | None = None) -> list[Course]:
    """The courses that the units below this one had at a moment, of those that shared it then and share theirs now."""
    below = tables.course.c.unit.in_([one.id for one in units.below(store, unit) if one.id != unit])
    share = {one.unit for one in _last(store, below, None) if one.shared}
    return [one for one in _last(store, below, until) if one.shared and one.unit in share]


def _last(store: Store, condition: sa.ColumnElement[bool], until: datetime | None) -> list[Course]:
    table = tables.course
    query = sa.select(table).where(condition).order_by(table.c.created_at, table.c.id)
    if until is not None:
        query = query.where(table.c.created_at < until)
    with store.read() as connection:
        found = {row["unit"]: row for row in connection.execute(query).mappings()}
    return [
        Course(**{**row, "goals": {key: Goal(**goal) for key, goal in row["goals"].items()}})
        for _, row in sorted(found.items())
    ]


def _row(course: Course) -> dict[str, object]:
    goals = {key: vars(goal) for key, goal in course.goals.items()}
    return vars(course) | {"goals": goals, "asks": list(course.asks), "offers": list(course.offers)}

"""The organisation's tree and the people in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from bedoeling_nb.community import Person, Unit
from bedoeling_nb.errors import NotFound
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["add", "all_units", "below", "get", "headcount", "names", "people", "since", "tree"]


def add(store: Store, units: Iterable[Unit], people: Iterable[Person] = ()) -> None:
    """Add or update units (parents first) and people."""
    with store.write() as connection:
        store.upsert(tables.unit, [asdict(unit) for unit in units], connection)
        store.upsert(tables.person, [asdict(person) for person in people], connection)


def all_units(store: Store) -> list[Unit]:
    """Every unit, by id."""
    with store.read() as connection:
        return [Unit(**row) for row in connection.execute(sa.select(tables.unit).order_by(tables.unit.c.id)).mappings()]


def get(store: Store, unit_id: str) -> Unit:
    """The unit with this id."""
    with store.read() as connection:
        row = connection.execute(sa.select(tables.unit).where(tables.unit.c.id == unit_id)).mappings().first()
    if row is None:
        raise NotFound(
            N_("There is no unit “{unit}”. See the list with: bedoeling units"), code="unknown_unit", unit=unit_id
        )
    return Unit(**row)


def below(store: Store, unit_id: str) -> list[Unit]:
    """The unit itself and all units below it."""
    top = get(store, unit_id)
    children: dict[str | None, list[Unit]] = {}
    for unit in all_units(store):
        children.setdefault(unit.parent, []).append(unit)
    found = [top]
    for unit in found:  # grows while we walk: breadth first
        found.extend(child for child in children.pop(unit.id, ()) if child != top)  # even a circle ends
    return found


def tree(store: Store) -> dict[str, list[Unit]]:
    """Each unit's id to the unit itself and all units below it, by id."""
    known = {unit.id: unit for unit in all_units(store)}
    found: dict[str, list[Unit]] = {unit: [] for unit in known}
    for unit in known.values():
        above: str | None = unit.id
        seen: set[str] = set()
        while above and above not in seen:  # even a circle ends
            seen.add(above)
            found[above].append(unit)
            above = known[above].parent
    return found


def names(store: Store) -> tuple[list[str], list[str]]:
    """The names of all people, and those of all units."""
    with store.read() as connection:
        return (
            list(connection.execute(sa.select(tables.person.c.name)).scalars()),
            list(connection.execute(sa.select(tables.unit.c.name)).scalars()),
        )


def people(store: Store, unit_id: str) -> list[Person]:
    """Who works in this unit itself."""
    query = sa.select(tables.person).where(tables.person.c.unit == unit_id).order_by(tables.person.c.id)
    with store.read() as connection:
        return [Person(**row) for row in connection.execute(query).mappings()]


def since(store: Store) -> datetime | None:
    """From when on something is kept of any unit: a meeting, a wave or a course. None when there is nothing yet."""
    with store.read() as connection:
        firsts = [
            connection.execute(sa.select(sa.func.min(table.c.created_at))).scalar()
            for table in (tables.session, tables.course)
        ]
    return min((one for one in firsts if one is not None), default=None)


def headcount(store: Store) -> dict[str, int]:
    """How many people work in each unit itself; units without people are left out."""
    query = sa.select(tables.person.c.unit, sa.func.count()).group_by(tables.person.c.unit)
    with store.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}

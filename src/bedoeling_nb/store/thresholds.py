"""Units that ask for a larger smallest group than the installation has. It is raised, and never lowered again."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import tables, units
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["MOST", "check", "of_units", "raise_to"]

MOST = 100


def of_units(store: Store, wanted: Collection[str], least: int) -> dict[str, int]:
    """The smallest group of each of these units: the largest that it, or one above it, asked for, or ``least``."""
    with store.read() as connection:
        asked = {row.unit: row.k for row in connection.execute(sa.select(tables.threshold))}
    if not asked:
        return dict.fromkeys(wanted, least)
    parents = {unit.id: unit.parent for unit in units.all_units(store)}
    found = {}
    for unit in wanted:
        k, above, seen = least, unit, set[str]()
        while above and above not in seen:  # even a circle ends
            seen.add(above)
            k = max(k, asked.get(above, k))
            above = parents.get(above) or ""
        found[unit] = k
    return found


def check(store: Store, unit: str, k: int) -> None:
    """Whether a unit's smallest group can be raised to ``k``.

    Raises NotFound, and BadRequest when it is lower than it was or than the installation has, or above 100.
    """
    units.get(store, unit)
    was = of_units(store, [unit], Settings().k)[unit]
    if k < was:
        raise BadRequest(
            N_("The smallest group of “{unit}” is {was}. It can be raised, up to 100, and not lowered to {k}."),
            unit=unit,
            was=was,
            k=k,
        )
    if k > MOST:
        raise BadRequest(
            N_("The smallest group of “{unit}” can be raised to {most} at most, and {k} is more."),
            unit=unit,
            most=MOST,
            k=k,
        )


def raise_to(store: Store, unit: str, k: int) -> None:
    """From now on show nothing of this unit, or of one below it, about fewer than ``k`` people.

    It holds for meetings and waves that begin from now on. Raises what `check` raises.
    """
    units.get(store, unit)
    with store.write() as connection:  # alone: nobody raises it after we looked
        check(store, unit, k)
        store.upsert(tables.threshold, [{"unit": unit, "k": k}], connection)

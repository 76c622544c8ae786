"""An organisation from CSV files: its units, and who works where. All of it comes in, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

import sqlalchemy as sa

from bedoeling_nb.community import LEVELS, Level, Person, Role, Unit, lineage
from bedoeling_nb.errors import BadRequest, BedoelingError, listed
from bedoeling_nb.exchange import csv_file
from bedoeling_nb.store import Store, tables, units
from bedoeling_nb.texts import N_

__all__ = ["Brought", "Counts", "bring_in"]

UNIT_COLUMNS = ("id", "parent", "level", "name")
PERSON_COLUMNS = ("id", "unit", "role", "name")
ROLES: tuple[Role, ...] = get_args(Role)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # it stands in the names of files and in addresses

One = TypeVar("One", Unit, Person)


@dataclass(frozen=True)
class Counts:
    """What became of the rows of a file."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Brought:
    """What an import did."""

    units: Counts
    people: Counts
    ignored: tuple[str, ...]
    """Columns that were left out."""


@dataclass(frozen=True)
class _File(Generic[One]):
    """What was read of a file, by id, and in which row each stands."""

    name: str
    found: dict[str, One]
    rows: dict[str, int]
    ignored: tuple[str, ...]


class _Problems:
    """All that is wrong, with its file, row and column."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, BedoelingError]] = []

    def row(self, file: str, row: int, column: str, msgid: str, **values: Any) -> None:
        problem = BedoelingError(
            N_("Row {row}, column “{column}”: {problem}"),
            row=row,
            column=column,
            problem=BedoelingError(msgid, **values),
        )
        self.add(file, row, problem)

    def add(self, file: str, row: int, problem: BedoelingError) -> None:
        self.told.append((file, row, BedoelingError("{file}: {problem}", file=file, problem=problem)))

    def refuse(self) -> None:
        """Raise BadRequest with all of them, in the order of the files, when there is any."""
        if not self.told:
            return
        files = list(dict.fromkeys(file for file, _, _ in self.told))
        in_order = sorted(self.told, key=lambda one: (files.index(one[0]), one[1]))
        raise BadRequest(
            N_("Nothing was imported. There are {n} problem(s):\n{problems}"),
            n=len(in_order),
            problems=listed([one for _, _, one in in_order]),
        )


def bring_in(store: Store, units_path: Path, people_path: Path | None = None) -> Brought:
    """Add units and people of CSV files to a store, and change those that it has, in one transaction; nobody leaves.

    Units have the columns id, parent, level and name; people id, unit, role and name. Rows may be in any order.

    Raises NotFound for a file that is not there, and BadRequest with all that is wrong in both: what is not filled in,
    an id that is given twice, a level or role that does not exist, a parent or unit that is neither in the file nor in
    the store, a circle, and a level that does not fit below its parent.
    """
    problems = _Problems()
    before = {unit.id: unit for unit in units.all_units(store)}
    given = _read(units_path, UNIT_COLUMNS, _unit, problems)
    known = before | given.found
    _check_tree(given, known, problems)
    people: _File[Person] | None = None
    if people_path is not None:
        people = _read(people_path, PERSON_COLUMNS, _person, problems)
        for person in people.found.values():
            if person.unit and person.unit not in known:
                problems.row(
                    people.name, people.rows[person.id], "unit", N_("there is no unit “{id}”."), id=person.unit
                )
    problems.refuse()

    staff = people.found if people else {}
    were = _people(store, staff)
    units.add(store, _parents_first(given.found), staff.values())
    ignored = dict.fromkeys((*given.ignored, *(people.ignored if people else ())))
    return Brought(_counts(given.found, before), _counts(staff, were), tuple(ignored))


def _read(
    path: Path,
    columns: Sequence[str],
    make: Callable[[dict[str, str], Callable[..., None]], One],
    problems: _Problems,
) -> _File[One]:
    heading, rows = csv_file.table(csv_file.content(path), path.name)
    names = [name.casefold() for name in heading]
    if missing := [column for column in columns if column not in names]:
        raise BadRequest(
            N_("{file} has no column “{column}”. It needs the columns {wanted}, and has: {known}."),
            file=path.name,
            column="”, “".join(missing),
            wanted=", ".join(columns),
            known=", ".join(heading),
        )
    found: dict[str, One] = {}
    at: dict[str, int] = {}
    for number, cells in rows:
        if len(cells) != len(heading):
            problems.add(path.name, number, csv_file.wrong_length(number, cells, heading))
            continue
        row = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if name in columns}
        wrong = partial(problems.row, path.name, number)
        for column in columns:
            if not row[column] and column != "parent":
                wrong(column, N_("this is empty."))
        one = make(row, wrong)
        if one.id in at:
            wrong("id", N_("“{id}” is also in row {other}."), id=one.id, other=at[one.id])
        elif one.id:
            at[one.id], found[one.id] = number, one
    ignored = tuple(name for name in heading if name and name.casefold() not in columns)
    return _File(path.name, found, at, ignored)


def _unit(row: Mapping[str, str], wrong: Callable[..., None]) -> Unit:
    level = _one_of(row["level"], LEVELS, "level", wrong)
    if row["id"] and not _ID.fullmatch(row["id"]):
        wrong("id", N_("“{id}” cannot be an id. Allowed: letters without accents, digits, - and _."), id=row["id"])
    return Unit(row["id"], row["parent"] or None, level, row["name"])


def _person(row: Mapping[str, str], wrong: Callable[..., None]) -> Person:
    return Person(row["id"], row["unit"], _one_of(row["role"], ROLES, "role", wrong), row["name"])


def _one_of(text: str, allowed: Sequence[Any], column: str, wrong: Callable[..., None]) -> Any:
    """The word that is allowed, however it is capitalised; any other is a problem."""
    if text and text.casefold() not in allowed:
        wrong(column, N_("“{text}” is not allowed. Allowed: {allowed}."), text=text, allowed=", ".join(allowed))
    return text.casefold()


def _check_tree(given: _File[Unit], known: Mapping[str, Unit], problems: _Problems) -> None:
    """Every unit that is given, and every one below it that is there already, has its place below its parent."""
    for unit in known.values():
        own, above = unit.id in given.found, known.get(unit.parent or "")
        if not own and (above is None or above.id not in given.found):
            continue  # nothing here was given
        row = given.rows[unit.id if own or above is None else above.id]
        if own and unit.parent and above is None:
            problems.row(given.name, row, "parent", N_("there is no unit “{id}”."), id=unit.parent)
        elif own and not unit.parent and unit.level in LEVELS[1:]:
            told = N_("this is empty. Only an {top} has no unit above it.")
            problems.row(given.name, row, "parent", told, top=LEVELS[0])
        elif own and _in_circle(unit, known):
            problems.row(given.name, row, "parent", N_("“{id}” would stand below itself."), id=unit.id)
        elif above is not None and not _fits(unit.level, above.level):
            told = N_("a {level} (“{id}”) does not fit below a {above} (“{parent}”). From the top down: {order}.")
            problems.row(
                given.name,
                row,
                "level",
                told,
                level=unit.level,
                id=unit.id,
                above=above.level,
                parent=above.id,
                order=", ".join(LEVELS),
            )


def _fits(level: Level, above: Level) -> bool:
    if level not in LEVELS or above not in LEVELS:
        return True  # which is told already
    return LEVELS.index(level) > LEVELS.index(above)


def _in_circle(unit: Unit, known: Mapping[str, Unit]) -> bool:
    """Whether this unit is above itself; of a unit that only hangs below a circle the others are told."""
    return known[lineage(known, unit.id)[-1]].parent == unit.id


def _parents_first(given: Mapping[str, Unit]) -> list[Unit]:
    return sorted(given.values(), key=lambda unit: len(lineage(given, unit.id)))


def _people(store: Store, wanted: Iterable[str]) -> dict[str, Person]:
    if not (ids := set(wanted)):
        return {}
    with store.read() as connection:
        rows = connection.execute(sa.select(tables.person)).mappings()
        return {row["id"]: Person(**row) for row in rows if row["id"] in ids}


def _counts(given: Mapping[str, One], before: Mapping[str, One]) -> Counts:
    added = sum(one not in before for one in given)
    changed = sum(id_ in before and before[id_] != one for id_, one in given.items())
    return Counts(added, changed, len(given) - added - changed)

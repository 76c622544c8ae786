"""Complementary suppression: which cells may be shown, so that no small group follows from the others.

A *cell* is what is shown of one unit in one wave, perhaps of a part of its people (a filter). Its count and its mean
tell a sum: of the unknown contributions of its people. Somebody who has every report can add and subtract these sums.

The criterion
-------------
Write each shown cell as the 0/1 vector of its people in its wave. The release is safe when

1. no linear combination of shown cells is about fewer than *k* people, other than about nobody: every vector but 0 in
   the row space has at least *k* people in its support. Totals, sisters, complements and overlapping filters are all
   combinations;
2. no withheld cell is itself a combination of shown cells;
3. of one unit and filter no two waves are both shown of which the people differ in fewer than *k*, unless they are the
   same people: if the others answered as before, the difference would be about the few who came or left. The same
   holds for the rest of a unit: its people outside the shown units within it.

People whom every cell treats alike are one *atom* with a weight, so the vectors are short. In a tree, where units lie
apart or inside each other, (1) is simply: what remains of a shown unit outside the shown units within it is nobody or
at least *k* people. In general it asks for the lightest vector of a row space. Here that search is exact, and cheap
since combinations with an atom of *k* or more people are ruled out first, and what is left falls apart in small
blocks; a block that is too large to search is treated as unsafe. The arithmetic is that of whole numbers: no rounding.

The choice
----------
Waves are taken in order, and a later one never changes what was shown of an earlier one, since that has been read
already. For each unsafe combination its smallest cell is withheld (fewest people, then by name), until none is left:
totals stay, and of the parts the one that the fewest people miss. Not the least possible: that problem is NP-hard
(Fischetti & Salazar 2001, doi:10.1287/mnsc.47.7.1008.9805); see Hundepool et al. (2012), Statistical Disclosure
Control, chapter 4, for the trade.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import gcd
from typing import NamedTuple

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.settings import K, checked_k
from bedoeling_nb.texts import N_

__all__ = ["DERIVABLE", "FEW", "Cell", "Key", "Shown", "Withheld", "suppress"]

FEW = N_("Too few people answered to show this.")
DERIVABLE = N_("This is not shown: otherwise one could work out what a few people answered.")

_LARGEST_BLOCK = 10  # dimensions; the search takes at most (dimensions + k - 1 choose k - 1) steps: 1,001 for k = 5


class Key(NamedTuple):
    """Which cell: `filter` is empty for everybody in the unit."""

    unit: str
    wave: str
    filter: str = ""


@dataclass(frozen=True)
class Cell:
    """The people whose answers a number is about.

    Parameters
    ----------
    unit
        The unit's id; the people of the units below it are its people too.
    wave
        A name that sorts in the order of time: "2026-Q3", a UUIDv7.
    people
        Who answered, as ids that mean nothing but are the same in every cell (and, for the people who can be
        recognised, in every wave); or only how many.
    filter
        Which part of the unit's people: "role=professional".
    """

    unit: str
    wave: str
    people: int | frozenset[str]
    filter: str = ""

    @property
    def key(self) -> Key:
        """Its key in the answer of `suppress`."""
        return Key(self.unit, self.wave, self.filter)

    @property
    def place(self) -> tuple[str, str]:
        """Its unit and filter: what it has in common with itself in other waves."""
        return self.unit, self.filter

    @property
    def count(self) -> int:
        """How many people."""
        return self.people if isinstance(self.people, int) else len(self.people)


@dataclass(frozen=True)
class Shown:
    """The cell may be shown: its count, mean and distribution."""

    people: int


@dataclass(frozen=True)
class Withheld:
    """Nothing of the cell is shown, its count neither; `reason` is a sentence to translate."""

    reason: str


def suppress(
    cells: Iterable[Cell],
    parents: Mapping[str, str | None],
    k: int | Mapping[str, int] = K,
    *,
    over_time: bool = True,
    moved: Mapping[str, Mapping[str, str | None]] | None = None,
) -> Mapping[Key, Shown | Withheld]:
    """What may be shown, so that no group of fewer than ``k`` people follows from all of it together.

    Parameters
    ----------
    cells
        One for each unit, wave and filter of which a number could be shown; give all, also those of other reports.
        Where only counts are known, units of one wave must fit in each other, and there are no filters.
    parents
        {unit: the unit above it, or None}.
    k
        The smallest group, at least 5; or that of each wave.
    over_time
        Whether waves are compared (criterion 3). False only for reports that nobody can compare, or when people's
        answers certainly are new ones.
    moved
        {wave: {unit: what was above it then}}, for units that had another place in the tree in that wave.

    Returns
    -------
    {key of each cell: Shown or Withheld}, in the order of waves, units and filters.

    Raises BadRequest: a cell twice, a unit that is not in the tree, a circle in the tree, a count that does not fit, a
    filter of which it is not known who is in it, a threshold under 5.
    """
    ordered = sorted(cells, key=lambda cell: (cell.wave, cell.unit, cell.filter))
    answer: dict[Key, Shown | Withheld] = {}
    earlier: _History = defaultdict(list)
    for name, group in groupby(ordered, key=lambda cell: cell.wave):
        wave = list(group)
        least = checked_k(k if isinstance(k, int) else k[name])
        tree = parents if moved is None or name not in moved else {**parents, **moved[name]}
        _check(wave, tree)
        shown = _shown_of_wave(wave, tree, least, earlier if over_time else defaultdict(list))
        for place, people in (*shown.items(), *_rests(shown, tree).items()):
            earlier[place].append(people)
        for cell in wave:
            if cell.place in shown:
                answer[cell.key] = Shown(cell.count)
            else:
                answer[cell.key] = Withheld(FEW if cell.count < least else DERIVABLE)
    return answer


_People = int | frozenset[str]
_Place = tuple[str, str]  # unit, filter
_History = defaultdict[_Place, list[_People]]  # whole cells and rests alike: each is a group of which the sum is known


def _shown_of_wave(
    wave: Sequence[Cell], parents: Mapping[str, str | None], k: int, earlier: _History
) -> dict[_Place, _People]:
    """What is shown of this wave, after what was shown of the earlier ones."""
    shape = _in_atoms(wave, parents, k)
    shown = [cell for cell in wave if cell.count >= k and not _compares(cell.people, earlier[cell.place], k)]
    while True:
        shown = _safe_together(shape, shown, wave, k)
        groups = {cell.place: cell.people for cell in shown}
        telling = {place for place, rest in _rests(groups, parents).items() if _compares(rest, earlier[place], k)}
        if not telling:
            return groups
        smallest: dict[_Place | None, Cell] = {}  # of the parts of each place; it goes, and joins the rest
        for cell in reversed(shown):
            smallest[_nearest(cell.place, groups, parents)] = cell
        gone = {smallest[place].key for place in telling}
        shown = [cell for cell in shown if cell.key not in gone]


def _size(cell: Cell) -> tuple[int, Key]:
    return cell.count, cell.key


def _nearest(place: _Place, shown: Collection[_Place], parents: Mapping[str, str | None]) -> _Place | None:
    """The nearest place above that is shown, of the same filter."""
    return next(((one, place[1]) for one in _above(place[0], parents) if (one, place[1]) in shown), None)


def _rests(shown: Mapping[_Place, _People], parents: Mapping[str, str | None]) -> dict[_Place, _People]:
    """Of shown units with shown units within them: the people outside those."""
    rests: dict[_Place, _People] = {}
    for place, people in shown.items():
        if (above := _nearest(place, shown, parents)) is not None:
            rests[above] = _without(rests.get(above, shown[above]), people)
    return rests


def _without(people: _People, part: _People) -> _People:
    if isinstance(people, frozenset) and isinstance(part, frozenset):
        return people - part
    return _number(people) - _number(part)


def _number(people: _People) -> int:
    return people if isinstance(people, int) else len(people)


def _compares(people: _People, earlier: Iterable[_People], k: int) -> bool:
    """Whether the difference with an earlier wave would be about few people (criterion 3).

    Of counts only the difference is known: as many people are taken for the same people.
    """
    for was in earlier:
        if not (people and was):
            continue  # beside nobody the other is only itself, and that was judged by the smallest group of its wave
        if isinstance(people, frozenset) and isinstance(was, frozenset):
            few = len(people ^ was)
        else:
            few = abs(_number(people) - _number(was))
        if 0 < few < k:
            return True
    return False


def _check(cells: Sequence[Cell], parents: Mapping[str, str | None]) -> None:
    seen: set[Key] = set()
    for cell in cells:
        if cell.key in seen:
            raise BadRequest(N_("{unit} is given twice in wave {wave}."), unit=cell.unit, wave=cell.wave)
        seen.add(cell.key)
        if cell.filter and isinstance(cell.people, int):
            raise BadRequest(
                N_("Of “{filter}” in {unit} only a count is known. For a filter it must be known who is in it."),
                filter=cell.filter,
                unit=cell.unit,
            )
        for _ in _above(cell.unit, parents):
            pass


def _above(unit: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """The units above this one, the nearest first."""
    passed = {unit}
    above: str | None = unit
    while above is not None:
        if above not in parents:
            raise BadRequest(N_("There is no unit {unit}."), code="unknown_unit", unit=above)
        above = parents[above]
        if above in passed:
            raise BadRequest(N_("The unit {unit} lies within itself."), unit=above)
        if above is not None:
            passed.add(above)
            yield above


# One wave: atoms, and vectors of whole numbers

_Row = dict[int, int]
"""A combination of cells: what it is about (atom, from 0: how often) and how it is made (cell, ~number: how often)."""


@dataclass(frozen=True)
class _Wave:
    """The cells of one wave as sets of atoms; the first `big` atoms have at least k people each."""

    atoms: Mapping[Key, Sequence[int]]
    weights: Sequence[int]
    big: int


def _in_atoms(wave: Sequence[Cell], parents: Mapping[str, str | None], k: int) -> _Wave:
    signatures = _signatures(wave)
    if signatures is None:
        signatures = _signatures_of_counts(wave, parents)
    groups = sorted(((weight, key) for key, weight in signatures.items() if weight), key=lambda one: (-one[0], one[1]))
    atoms: dict[Key, list[int]] = {cell.key: [] for cell in wave}
    for number, (_, within) in enumerate(groups):
        for index in within:
            atoms[wave[index].key].append(number)
    weights = [weight for weight, _ in groups]
    return _Wave(atoms, weights, sum(weight >= k for weight in weights))


def _signatures(wave: Sequence[Cell]) -> dict[tuple[int, ...], int] | None:
    """{cells that a person is in: how many such people}; None when of some cell only the count is known."""
    within: defaultdict[str, list[int]] = defaultdict(list)
    for index, cell in enumerate(wave):
        if isinstance(cell.people, int):
            return None
        for person in cell.people:
            within[person].append(index)
    counted: defaultdict[tuple[int, ...], int] = defaultdict(int)
    for cells in within.values():
        counted[tuple(cells)] += 1
    return counted


def _signatures_of_counts(wave: Sequence[Cell], parents: Mapping[str, str | None]) -> dict[tuple[int, ...], int]:
    """As `_signatures`, of a tree: each cell has its own people outside the cells below it."""
    if any(cell.filter for cell in wave):
        raise BadRequest(
            N_("In wave {wave} of some units only a count is known. Filters need to know who is where."),
            wave=wave[0].wave,
        )
    number = {cell.unit: index for index, cell in enumerate(wave)}
    paths = {cell.unit: [number[one] for one in _above(cell.unit, parents) if one in number] for cell in wave}
    own = [cell.count for cell in wave]
    for cell in wave:
        if paths[cell.unit]:
            own[paths[cell.unit][0]] -= cell.count
    for index, cell in enumerate(wave):
        if own[index] < 0:
            raise BadRequest(
                N_("In wave {wave} the units within {unit} have more people than {unit} has."),
                unit=cell.unit,
                wave=cell.wave,
            )
    return {(number[unit], *path): own[number[unit]] for unit, path in paths.items()}


def _safe_together(shape: _Wave, shown: Sequence[Cell], wave: Sequence[Cell], k: int) -> list[Cell]:
    """Those of the cells that may be shown together (criteria 1 and 2), the smallest first."""
    shown = sorted(shown, key=_size)
    while gone := _to_withhold(shape, shown, wave, k):
        shown = [cell for index, cell in enumerate(shown) if index not in gone]
    return shown


def _to_withhold(shape: _Wave, shown: Sequence[Cell], wave: Sequence[Cell], k: int) -> set[int]:
    """The smallest cell of each unsafe combination that is still whole; `shown` is ordered by size."""
    space, none = _Space(), _Space()
    for index in sorted(range(len(shown)), key=lambda one: len(shape.atoms[shown[one].key])):
        row = space.reduced(dict.fromkeys(shape.atoms[shown[index].key], 1) | {~index: 1})
        pivot = min((column for column in row if column >= 0), default=None)  # a big atom if there is one
        if pivot is None:
            row = none.reduced(row)  # a sum of shown cells that is nothing
            none.add(row, max(row))  # ~0, the smallest cell, is the highest
        else:
            space.add(row, pivot)
    gone: set[int] = set()
    keys = {cell.key for cell in shown}
    for unsafe in (*_light(space, shape, k), *_found(space, shape, wave, keys)):
        made_of = {~column for column in none.reduced({c: n for c, n in unsafe.items() if c < 0})}
        if not made_of & gone:
            gone.add(min(made_of))
    return gone


def _found(space: _Space, shape: _Wave, wave: Sequence[Cell], shown: set[Key]) -> Iterator[_Row]:
    """The withheld cells that are combinations of shown ones."""
    for cell in wave:
        if cell.key not in shown and shape.atoms[cell.key]:
            row = space.reduced(dict.fromkeys(shape.atoms[cell.key], 1))
            if all(column < 0 for column in row):
                yield row


def _light(space: _Space, shape: _Wave, k: int) -> Iterator[_Row]:
    """Combinations about fewer than k people: at least one of each block of the space that has any."""
    small = [row for pivot, row in space.rows.items() if pivot >= shape.big]  # nothing else leaves the big atoms out
    for block in _blocks(small):
        light = [row for row in block if _people(row, shape.weights) < k]
        if light or len(block) == 1:
            yield from light
        elif len(block) > _LARGEST_BLOCK:
            yield min(block, key=lambda row: _people(row, shape.weights))
        elif (found := _lightest(block, shape.weights, k - 1, frozenset())) is not None:
            yield found


def _people(row: _Row, weights: Sequence[int]) -> int:
    return sum(weights[column] for column in row if column >= 0)


def _blocks(rows: Iterable[_Row]) -> list[list[_Row]]:
    """The rows that share atoms, directly or through others: a lightest vector lies in one block."""
    blocks: list[tuple[set[int], list[_Row]]] = []
    for row in rows:
        columns, members = {column for column in row if column >= 0}, [row]
        apart = []
        for block in blocks:
            if block[0].isdisjoint(columns):
                apart.append(block)
            else:
                columns |= block[0]
                members = block[1] + members
        blocks = [*apart, (columns, members)]
    return [members for _, members in blocks]


def _lightest(rows: list[_Row], weights: Sequence[int], budget: int, paid: frozenset[int]) -> _Row | None:
    """A combination of independent rows with at most `budget` people outside the paid atoms; None if there is none.

    Either an atom is in the combination, and is paid, or it is not, and the rows are reduced to those without it.
    """
    open_columns = [{c for c in row if c >= 0 and c not in paid} for row in rows]
    for row, columns in zip(rows, open_columns, strict=True):
        if sum(weights[column] for column in columns) <= budget:
            return row
    if len(rows) < 2:
        return None
    column = min(set().union(*open_columns), key=lambda one: (-sum(one in columns for columns in open_columns), one))
    pivot = next(row for row, columns in zip(rows, open_columns, strict=True) if column in columns)
    rest = [_cleared(row, pivot, column) for row in rows if row is not pivot]
    found = _lightest(rest, weights, budget, paid)
    if found is None and weights[column] <= budget:
        found = _lightest(rows, weights, budget - weights[column], paid | {column})
    return found


def _cleared(row: _Row, by: _Row, column: int) -> _Row:
    """The row without this column, by a multiple of another."""
    row = row.copy()
    _clear(row, by, column)
    return row


def _clear(row: _Row, by: _Row, column: int) -> None:
    """Clear a column of the row, by a multiple of another; a multiple of the row itself keeps the numbers whole."""
    mine = row.get(column, 0)
    if not mine:
        return
    common = gcd(mine, by[column])
    times, less = by[column] // common, mine // common
    if times != 1:
        for one in row:
            row[one] *= times
    for one, number in by.items():
        value = row.get(one, 0) - less * number
        if value:
            row[one] = value
        else:
            del row[one]
    if times not in (1, -1) and (shared := gcd(*row.values())) > 1:
        for one in row:
            row[one] //= shared


class _Space:
    """A row space in reduced echelon form, over whole numbers: each pivot is a column of one row only."""

    def __init__(self) -> None:
        self.rows: dict[int, _Row] = {}
        self._in: defaultdict[int, set[int]] = defaultdict(set)  # {column: pivots of rows that have or had it}

    def reduced(self, row: _Row) -> _Row:
        """The row (or a multiple) without any pivot."""
        rest = row.copy()
        for column in row:
            if column in self.rows:
                _clear(rest, self.rows[column], column)
        return rest

    def add(self, row: _Row, pivot: int) -> None:
        """One more row, which is reduced; `pivot` is one of its columns."""
        self.rows[pivot] = row
        for other in [one for one in self._in[pivot] if pivot in self.rows[one]]:
            _clear(self.rows[other], row, pivot)
            for column in row:
                self._in[column].add(other)
        for column in row:
            self._in[column].add(pivot)

"""No small group follows from what is shown, also not for somebody who can solve equations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.privacy import suppression
from bedoeling_nb.privacy.suppression import DERIVABLE, FEW, Cell, Key, Shown, Withheld, suppress

K = 5
Answer = Mapping[Key, Shown | Withheld]
Tree = dict[str, str | None]

DEEP = [*((seed, 9, 6, 9) for seed in (42, 143)), *((seed, 20, 2, 10) for seed in (238, 369, 524, 659))]

LOCATION: Tree = {"l": None, "a": "l", "b": "l", "c": "l", "d": "l"}


def people(*names: str | int) -> frozenset[str]:
    return frozenset(map(str, names))


def some(first: int, count: int) -> frozenset[str]:
    return people(*range(first, first + count))


def counts(**units: int) -> list[Cell]:
    return [Cell(unit, "1", count) for unit, count in units.items()]


def shown(answer: Answer) -> set[str]:
    return {key.unit + key.wave + key.filter for key, what in answer.items() if isinstance(what, Shown)}


# Examples that can be followed by hand


def test_the_example_of_the_course_a_sister_goes_so_that_the_small_team_does_not_follow() -> None:
    """Location 12, team A 9, team B 3: with both totals B is their difference."""
    answer = suppress(counts(l=12, a=9, b=3), LOCATION)
    assert answer == {Key("a", "1"): Withheld(DERIVABLE), Key("b", "1"): Withheld(FEW), Key("l", "1"): Shown(12)}


def test_the_sister_that_goes_is_the_one_that_the_fewest_people_miss() -> None:
    assert shown(suppress(counts(l=30, a=9, b=3, c=7, d=11), LOCATION)) == {"l1", "a1", "d1"}


def test_two_small_teams_hide_each_other_when_they_are_enough_together() -> None:
    assert shown(suppress(counts(l=25, a=9, b=3, c=4, d=9), LOCATION)) == {"l1", "a1", "d1"}
    assert shown(suppress(counts(l=21, a=8, b=2, c=2, d=9), LOCATION)) == {"l1", "d1"}


def test_nothing_is_withheld_without_need() -> None:
    assert shown(suppress(counts(l=33, a=9, b=8, c=5, d=11), LOCATION)) == {"l1", "a1", "b1", "c1", "d1"}
    assert shown(suppress(counts(l=0, a=0), LOCATION)) == set()


def test_a_wave_in_which_nobody_answered_is_no_error() -> None:
    nobody = suppress([Cell("a", "1", frozenset()), Cell("a", "1", frozenset(), "nurse")], LOCATION)
    assert set(nobody.values()) == {Withheld(FEW)}
    assert suppress([], LOCATION) == {}


def test_people_of_the_location_itself_are_a_group_too() -> None:
    """A manager is in the location and in no team: the teams together give the manager's answer."""
    assert shown(suppress(counts(l=10, a=9), LOCATION)) == {"l1"}
    assert shown(suppress(counts(l=14, a=9), LOCATION)) == {"l1", "a1"}


def test_a_location_that_equals_its_teams_does_not_protect_the_region() -> None:
    """Hiding location m alone is no use: its teams, which are all shown, give it back."""
    tree: Tree = {"r": None, "m": "r", "n": "r", "m1": "m", "m2": "m"}
    assert shown(suppress(counts(r=19, m=15, n=4, m1=7, m2=8), tree)) == {"r1", "m21"}
    tree |= {"p": "r", "p1": "p", "p2": "p"}
    answer = suppress(counts(r=35, m=15, n=4, p=16, m1=7, m2=8, p1=7, p2=9), tree)
    assert shown(answer) == {"r1", "m21", "p1", "p11", "p21"}


def test_filters_that_overlap_and_their_complement() -> None:
    """Of 12 people 9 are nurses: the other 3 follow. Nurses and new people overlap in all but two."""
    team = some(0, 12)
    cells = [Cell("a", "1", team), Cell("a", "1", some(0, 9), "nurse")]
    assert shown(suppress(cells, LOCATION)) == {"a1"}
    cells = [Cell("a", "1", some(0, 6), "nurse"), Cell("a", "1", some(1, 6), "new")]
    assert len(shown(suppress(cells, LOCATION))) == 1


def test_a_withheld_cell_of_many_people_does_not_follow_either() -> None:
    """In wave 2 one person joined team a, so that it is withheld; the total and the sister would give it back."""
    cells = [
        Cell("l", "1", some(0, 20)),
        Cell("a", "1", some(0, 8)),
        Cell("b", "1", some(8, 12)),
        Cell("l", "2", some(0, 21) | some(50, 10)),
        Cell("a", "2", some(0, 8) | people("20")),
        Cell("b", "2", some(8, 12) | some(50, 10)),
    ]
    assert shown(suppress(cells, LOCATION)) == {"l1", "a1", "b1", "l2"}


def test_one_person_joins_and_the_second_wave_would_give_the_answer() -> None:
    cells = [Cell("a", "1", some(0, 8)), Cell("a", "2", some(0, 9))]
    assert shown(suppress(cells, LOCATION)) == {"a1"}
    assert shown(suppress(cells, LOCATION, over_time=False)) == {"a1", "a2"}


def test_a_wave_is_compared_with_all_earlier_ones_that_were_shown() -> None:
    """Wave 3 differs from wave 2 in many people, but from wave 1 in two. The same people again are no news."""
    first = some(0, 10)
    cells = [Cell("a", "1", first), Cell("a", "2", some(7, 10)), Cell("a", "3", some(1, 10)), Cell("a", "4", first)]
    assert shown(suppress(cells, LOCATION)) == {"a1", "a2", "a4"}


def test_of_counts_the_difference_must_be_nobody_or_many() -> None:
    cells = [Cell("a", str(wave), count) for wave, count in enumerate((8, 8, 9, 13))]
    assert shown(suppress(cells, LOCATION)) == {"a0", "a1", "a3"}


def test_the_rest_of_a_location_is_compared_over_time_as_well() -> None:
    """Teams b and c are never shown. One person joins them while team a and the location change enough."""
    rest = some(20, 6)
    before, after = some(0, 8), some(3, 9)
    cells = [
        Cell("l", "1", before | rest),
        Cell("a", "1", before),
        Cell("l", "2", after | rest | people("new")),
        Cell("a", "2", after),
    ]
    assert shown(suppress(cells, LOCATION)) == {"l1", "a1", "l2"}


# Errors


@pytest.mark.parametrize(
    ("cells", "tree", "k"),
    [
        (counts(x=9), LOCATION, 5),
        (counts(a=9), {"a": "b", "b": "a"}, 5),
        (counts(a=9), {"a": "b"}, 5),
        (counts(l=9, a=5, b=5), LOCATION, 5),
        ([*counts(a=9), *counts(a=9)], LOCATION, 5),
        ([Cell("a", "1", 9, "nurse")], LOCATION, 5),
        ([Cell("a", "1", 9), Cell("b", "1", some(0, 9), "nurse")], LOCATION, 5),
        (counts(a=9), LOCATION, 4),
    ],
)
def test_what_cannot_be_decided_is_refused(cells: list[Cell], tree: Tree, k: int) -> None:
    with pytest.raises(BadRequest) as caught:
        suppress(cells, tree, k)
    assert "{" not in caught.value.message("nl")


# The attack: everything that linear algebra finds


def community(random: Random, waves: int, filters: bool) -> tuple[list[Cell], Tree]:
    """Teams in locations, clusters and an organisation, with people who move, join, leave, answer or do not."""
    tree: Tree = {"o": None}
    teams = []
    for place in range(random.randint(1, 3)):
        tree[f"l{place}"] = "o"
        for team in range(random.randint(1, 4)):
            above = f"l{place}"
            if random.random() < 0.2:
                tree.setdefault(f"k{place}", above)
                above = f"k{place}"
            tree[f"t{place}{team}"] = above
            teams.append(f"t{place}{team}")
    home = {f"p{person}": random.choice(teams) for person in range(random.randint(4, 9) * len(teams))}
    home |= {f"m{place}": place for place in tree if place[0] == "l" and random.random() < 0.5}
    role = {person: random.choice(("nurse", "nurse", "coach")) for person in home}
    new = {person for person in home if random.random() < 0.4}
    cells = []
    for wave in range(waves):
        who: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for person, team in list(home.items()):
            if random.random() < 0.1:
                home[person] = random.choice(teams)
            if random.random() < 0.05:
                del home[person]
                role[f"{person}+"] = role[person]
                home[f"{person}+"] = team
            unit: str | None = home.get(person)
            marks = ["", role[person], "new"] if filters and person in new else ["", role[person]] if filters else [""]
            while unit is not None and (waves == 1 or random.random() < 0.9):
                for mark in marks:
                    who[unit, mark].add(person)
                unit = tree[unit]
        cells += [Cell(unit, str(wave), frozenset(ids), mark) for (unit, mark), ids in who.items()]
    return cells, tree


def members(cell: Cell) -> frozenset[str]:
    assert isinstance(cell.people, frozenset)
    return cell.people


def atoms(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The finest disjoint groups that these generate."""
    groups = list(groups)
    found: defaultdict[tuple[int, ...], set[str]] = defaultdict(set)
    for person in frozenset().union(*groups):
        found[tuple(index for index, group in enumerate(groups) if person in group)].add(person)
    return [frozenset(one) for one in found.values()]


def rank(rows: Sequence[Sequence[int]]) -> int:
    """The rank, by Gauss on fractions: exact, and nothing like the code under test."""
    matrix = [[Fraction(value) for value in row] for row in rows]
    done = 0
    for column in range(len(matrix[0]) if matrix else 0):
        pivot = next((row for row in range(done, len(matrix)) if matrix[row][column]), None)
        if pivot is None:
            continue
        matrix[done], matrix[pivot] = matrix[pivot], matrix[done]
        for row in range(done + 1, len(matrix)):
            if factor := matrix[row][column] / matrix[done][column]:
                matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[done], strict=True)]
        done += 1
    return done


def leaks(cells: Sequence[Cell], visible: set[Key], k: int = K) -> list[str]:
    """What somebody finds who has everything that is shown of one wave and can calculate."""
    groups = {cell.key: members(cell) for cell in cells}
    known = [groups[key] for key in groups if key in visible]
    fine = atoms(groups.values())
    rows = [[int(atom <= group) for atom in fine] for group in known]
    matrix = np.array(rows, dtype=float).reshape(len(rows), len(fine))
    full = rank(rows)

    def follows(target: frozenset[str]) -> bool:
        wanted = [int(atom <= target) for atom in fine]
        exactly = rank([*rows, wanted]) == full
        if rows:
            found = np.linalg.lstsq(matrix.T, np.array(wanted, dtype=float), rcond=None)[0]
            assert exactly == bool(np.allclose(found @ matrix, wanted, atol=1e-7))
        return exactly

    found = [f"withheld {key}" for key, group in groups.items() if key not in visible and group and follows(group)]
    found += [f"group of {len(atom)}" for atom in fine if len(atom) < k and follows(atom)]
    found += [f"difference of {len(one ^ two)}" for one, two in combinations(known, 2) if 0 < len(one ^ two) < k]
    small = [index for index, atom in enumerate(fine) if len(atom) < k]
    for size in range(1, k):
        for few in combinations(small, size):
            if sum(len(fine[index]) for index in few) < k and rows:
                left = np.delete(matrix, few, axis=1)
                if left.size == 0 or np.linalg.matrix_rank(left) < full:
                    found.append(f"a combination about {few}")
    return found


def by_wave(cells: Iterable[Cell]) -> list[list[Cell]]:
    waves: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        waves[cell.wave].append(cell)
    return [waves[wave] for wave in sorted(waves)]


def visible(answer: Answer) -> set[Key]:
    return {key for key, what in answer.items() if isinstance(what, Shown)}


def naive(cells: Iterable[Cell]) -> set[Key]:
    """What many a report does: only the small groups are left out."""
    return {cell.key for cell in cells if cell.count >= K}


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.booleans())
def test_nothing_small_follows_from_one_wave(random: Random, filters: bool) -> None:
    cells, tree = community(random, 1, filters)
    assert leaks(cells, visible(suppress(cells, tree))) == []


@settings(max_examples=20)
@given(st.randoms(use_true_random=False), st.booleans())
def test_nothing_small_follows_from_several_waves(random: Random, filters: bool) -> None:
    cells, tree = community(random, 3, filters)
    answer = suppress(cells, tree)
    for wave in by_wave(cells):
        assert leaks(wave, visible(answer)) == []
    series: defaultdict[tuple[str, str], list[frozenset[str]]] = defaultdict(list)
    for cell in cells:
        if isinstance(answer[cell.key], Shown):
            series[cell.place].append(members(cell))
    for sets in series.values():
        assert all(one == two or len(one ^ two) >= K for one, two in combinations(sets, 2))


@given(st.randoms(use_true_random=False), st.booleans())
def test_a_new_wave_changes_nothing_of_what_was_read_before(random: Random, filters: bool) -> None:
    cells, tree = community(random, 3, filters)
    whole = suppress(cells, tree)
    for upto in ("0", "1"):
        part = suppress([cell for cell in cells if cell.wave <= upto], tree)
        assert part == {key: what for key, what in whole.items() if key.wave <= upto}


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_cells_does_not_matter(random: Random) -> None:
    cells, tree = community(random, 2, True)
    assert suppress(random.sample(cells, len(cells)), tree) == suppress(cells, tree)


def test_it_does_not_matter_how_people_are_called() -> None:
    for seed in range(60):
        cells = overlapping(Random(seed), 14, 3, 12)
        called = [Cell("a", "1", frozenset(f"x{seed}{one}" for one in members(cell)), cell.filter) for cell in cells]
        assert suppress(called, LOCATION) == suppress(cells, LOCATION)


@given(st.randoms(use_true_random=False))
def test_counts_decide_as_people_do_in_a_tree(random: Random) -> None:
    cells, tree = community(random, 1, False)
    assert suppress([Cell(cell.unit, cell.wave, cell.count) for cell in cells], tree) == suppress(cells, tree)


def overlapping(random: Random, most_groups: int = 9, most_people: int = 6, cuts: int = 9) -> list[Cell]:
    """Filters of one unit that cut its people in all ways: what no tree has."""
    groups = [some(10 * number, random.randint(1, most_people)) for number in range(random.randint(4, most_groups))]
    return [
        Cell("a", "1", frozenset().union(*random.sample(groups, random.randint(1, len(groups)))), f"filter{cut}")
        for cut in range(cuts)
    ]


@settings(max_examples=200)
@given(st.randoms(use_true_random=False))
def test_nothing_small_follows_from_filters_that_overlap(random: Random) -> None:
    cells = overlapping(random)
    assert leaks(cells, visible(suppress(cells, LOCATION))) == []


@pytest.mark.parametrize(("seed", "most_groups", "most_people", "cuts"), DEEP)
def test_a_combination_of_many_cells_about_few_people_is_found(
    seed: int, most_groups: int, most_people: int, cuts: int
) -> None:
    """Rare: no cell, no difference and no reduced row is about few people, only a sum of several of them is."""
    cells = overlapping(Random(seed), most_groups, most_people, cuts)
    assert leaks(cells, visible(suppress(cells, LOCATION))) == []


def test_what_is_too_large_to_search_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """With hardly any searching it is as safe, and shows no more."""
    communities = [overlapping(Random(seed)) for seed in range(60)]
    searched = [visible(suppress(cells, LOCATION)) for cells in communities]
    monkeypatch.setattr(suppression, "_LARGEST_BLOCK", 1)
    for cells, before in zip(communities, searched, strict=True):
        after = visible(suppress(cells, LOCATION))
        assert leaks(cells, after) == []
        assert len(after) <= len(before)


@pytest.mark.parametrize("filters", [False, True])
def test_the_attack_bites(filters: bool) -> None:
    """Leaving out small groups alone leaks in most communities; what is withheld besides is what it takes."""
    communities = [community(Random(seed), 1, filters) for seed in range(30)]
    broken = [seed for seed, (cells, _) in enumerate(communities) if leaks(cells, naive(cells))]
    assert len(broken) > 15
    assert not any(leaks(cells, visible(suppress(cells, tree))) for cells, tree in communities)


def test_no_second_withholding_is_idle() -> None:
    """In a tree each cell that is withheld besides would, shown again, give something away."""
    idle = total = 0
    for seed in range(30):
        cells, tree = community(Random(seed), 1, False)
        answer = suppress(cells, tree)
        for key in [key for key, what in answer.items() if what == Withheld(DERIVABLE)]:
            total += 1
            idle += not leaks(cells, visible(answer) | {key})
    assert total > 30
    assert idle <= total // 10


def test_a_threshold_of_more_people_shows_no_more() -> None:
    cells, tree = community(Random(1), 1, True)
    steps = [visible(suppress(cells, tree, k)) for k in (5, 8, 12)]
    assert all(len(more) >= len(fewer) for more, fewer in pairwise(steps))
    assert leaks(cells, steps[1], 5) == []


def test_a_person_in_two_teams_is_one_person() -> None:
    """Two teams share two people; with the total, each other's rest would follow."""
    cells = [Cell("l", "1", some(0, 12)), Cell("a", "1", some(0, 7)), Cell("b", "1", some(5, 7))]
    assert leaks(cells, visible(suppress(cells, LOCATION))) == []

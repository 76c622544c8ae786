"""What is left to see in the sample community: privacy that hides everything helps nobody.

The shares in docs/privacy.md are made with `asked` and `share`.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random

import pytest

from bedoeling_nb import sample
from bedoeling_nb.privacy import Cell, Shown, suppress


def asked(
    response: float, waves: int, *, own: bool = False, roles: bool = False
) -> tuple[list[Cell], dict[str, str | None]]:
    """Waves in the sample community: each person answers with this chance; between waves 4 % leave and others come.

    With `own` the one or two managers of a location, region or organisation count in its totals.
    """
    community = sample.make()
    parents = {unit.id: unit.parent for unit in community.units}
    locations = {unit.id for unit in community.units if unit.level == "location"}
    random = Random(4)
    homes = {
        person.id: (person.unit, "new" if random.random() < 0.3 else "longer")
        for person in community.people
        if own or parents[person.unit] in locations
    }
    cells = []
    for wave in range(waves):
        who: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for person, (home, since) in list(homes.items()):
            if wave and random.random() < 0.04:
                del homes[person]
                homes[f"{person}+"] = (home, "new")
                continue
            unit: str | None = home if random.random() < response else None
            while unit is not None:
                who[unit, ""].add(person)
                if roles:
                    who[unit, since].add(person)
                unit = parents[unit]
        cells += [Cell(unit, str(wave), frozenset(ids), mark) for (unit, mark), ids in who.items()]
    return cells, parents


def share(cells: list[Cell], parents: dict[str, str | None], level: int, mark: str = "", **options: bool) -> float:
    """The share of the people who answered whose cell is shown: of teams (level 3), locations (2), regions (1)."""
    answer = suppress(cells, parents, **options)

    def depth(unit: str) -> int:
        above = parents[unit]
        return 0 if above is None else 1 + depth(above)

    here = [cell for cell in cells if depth(cell.unit) == level and cell.filter == mark]
    return sum(cell.count for cell in here if isinstance(answer[cell.key], Shown)) / sum(cell.count for cell in here)


@pytest.mark.parametrize(("response", "teams"), [(0.9, 0.9), (0.75, 0.85), (0.6, 0.75)])
def test_in_one_wave_most_people_see_their_team_and_everybody_their_location(response: float, teams: float) -> None:
    cells, parents = asked(response, 1)
    assert share(cells, parents, 3) > teams
    assert share(cells, parents, 2) == share(cells, parents, 1) == share(cells, parents, 0) == 1


def test_the_few_people_of_a_unit_itself_cost_a_part_of_it() -> None:
    """Region minus its locations is its manager: of each region a location goes, and one of its teams."""
    cells, parents = asked(0.75, 1, own=True)
    assert 0.6 < share(cells, parents, 2) < 1
    assert share(cells, parents, 0) == 1


def test_over_a_year_teams_are_seen_now_and_then_and_locations_nearly_always() -> None:
    cells, parents = asked(0.75, 4)
    assert share(cells, parents, 3) > 0.4
    assert share(cells, parents, 2) > 0.9
    assert share(cells, parents, 3, over_time=False) > 0.85


def test_a_filter_is_for_locations_and_above() -> None:
    cells, parents = asked(0.75, 1, roles=True)
    assert share(cells, parents, 3) > 0.85
    assert share(cells, parents, 2, "new") > 0.6
    assert share(cells, parents, 1, "new") == 1

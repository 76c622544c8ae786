"""The organisation's tree and the people in it."""

from __future__ import annotations

import pytest

from bedoeling_nb.community import Person, Unit
from bedoeling_nb.errors import NotFound
from bedoeling_nb.store import Store, units


def test_units_come_back_as_they_were(store: Store, organisation: tuple[Unit, ...]) -> None:
    assert units.all_units(store) == sorted(organisation, key=lambda unit: unit.id)
    assert units.get(store, "heeren-loo") == organisation[0]


def test_adding_a_unit_again_updates_it(store: Store, organisation: tuple[Unit, ...]) -> None:
    renamed = Unit("wekerom-02", "west", "team", "Team West")
    units.add(store, [renamed])
    assert units.get(store, "wekerom-02") == renamed
    assert len(units.all_units(store)) == len(organisation)


def test_the_units_below_a_unit_are_itself_and_everything_under_it(
    store: Store, organisation: tuple[Unit, ...]
) -> None:
    assert [unit.id for unit in units.below(store, "oost")] == ["oost", "wekerom", "wekerom-01", "wekerom-02"]
    assert units.below(store, "heeren-loo")[0].id == "heeren-loo"
    assert set(units.below(store, "heeren-loo")) == set(organisation)
    assert [unit.id for unit in units.below(store, "wekerom-01")] == ["wekerom-01"]


def test_units_in_a_circle_are_each_given_once(store: Store, organisation: tuple[Unit, ...]) -> None:
    units.add(store, [Unit("oost", "wekerom", "region", "Oost")])
    assert [unit.id for unit in units.below(store, "oost")] == ["oost", "wekerom", "wekerom-01", "wekerom-02"]


def test_an_unknown_unit_says_how_to_find_the_known_ones(store: Store) -> None:
    for ask in (units.get, units.below):
        with pytest.raises(NotFound, match="bedoeling units") as refused:
            ask(store, "nowhere")
        assert refused.value.name == "unknown_unit"


def test_people_belong_to_one_unit_and_can_move(store: Store, organisation: tuple[Unit, ...]) -> None:
    bea = Person("p2", "wekerom-01", "professional", "Bea")
    ann = Person("p1", "wekerom-01", "manager", "Ann")
    units.add(store, [], [bea, ann])
    assert units.people(store, "wekerom-01") == [ann, bea]
    assert units.people(store, "wekerom") == []
    moved = Person("p2", "wekerom-02", "professional", "Bea")
    units.add(store, [], [moved])
    assert units.people(store, "wekerom-01") == [ann]
    assert units.people(store, "wekerom-02") == [moved]

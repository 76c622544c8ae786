"""The made-up organisation: units and the people in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bedoeling_nb.community import Person, Role, Unit
from bedoeling_nb.sample.dice import Dice
from bedoeling_nb.sample.phrases import Kind

__all__ = ["DEMO_UNIT", "kinds", "people", "units"]

DEMO_UNIT = "wekerom-03"
"""The team of the demo; it always has eleven people and a meeting in each quarter."""

_NAMES: dict[Kind, str] = {"wonen": "Wonen", "dag": "Dagbesteding", "ambulant": "Ambulant"}


@cache
def _file() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("organisation.yaml").read_text(encoding="utf-8"))
    return data


def _teams() -> Iterator[tuple[Unit, Kind]]:
    for region in _file()["regions"]:
        for location in region["locations"]:
            named = [(kind, name) for kind in _NAMES for name in location[kind]]
            for number, (kind, name) in enumerate(named, start=1):
                yield Unit(f"{location['id']}-{number:02}", location["id"], "team", f"{_NAMES[kind]} {name}"), kind


def units() -> list[Unit]:
    """The tree, parents first."""
    top = _file()["organisation"]
    found = [Unit(top["id"], None, "organisation", top["name"])]
    found += [Unit(region["id"], top["id"], "region", region["name"]) for region in _file()["regions"]]
    found += [
        Unit(location["id"], region["id"], "location", location["name"])
        for region in _file()["regions"]
        for location in region["locations"]
    ]
    return found + [team for team, _ in _teams()]


def kinds() -> dict[str, Kind]:
    """Unit to its kind of work."""
    above: dict[str, Kind] = {unit.id: "locatie" if unit.level == "location" else "leiding" for unit in units()}
    return above | {team.id: kind for team, kind in _teams()}


def people(seed: int, units: list[Unit]) -> list[Person]:
    """Who works in each unit: 5 to 14 in a team, and those who lead and support in the units above."""
    found: list[Person] = []
    taken: set[str] = set()
    for unit in units:
        dice = Dice(seed, "people", unit.id)
        for number, role in enumerate(_roles(unit, dice), start=1):
            name = _name(dice)
            while name in taken:
                name = _name(dice)
            taken.add(name)
            found.append(Person(f"{unit.id}-p{number:02}", unit.id, role, name))
    return found


def _roles(unit: Unit, dice: Dice) -> list[Role]:
    counts: dict[Role, int]
    match unit.level:
        case "organisation":
            counts = {"director": 4, "facilitator": 2, "professional": 3}
        case "region":
            counts = {"director": 1, "manager": 2, "facilitator": 1, "professional": 2}
        case "location":
            counts = {"manager": dice.whole(1, 2), "facilitator": 1, "professional": 2}
        case _:
            counts = {"professional": 11 if unit.id == DEMO_UNIT else dice.whole(5, 14)}
    return [role for role, count in counts.items() for _ in range(count)]


def _name(dice: Dice) -> str:
    group = dice.weighted(_file()["names"], [names["share"] for names in _file()["names"]])
    return f"{dice.pick(group['first'])} {dice.pick(group['last'])}"

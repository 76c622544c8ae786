"""The courses that the made-up teams set themselves, each after one of their meetings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bedoeling_nb.community import PROMISES, Unit, local_time
from bedoeling_nb.sample.dice import Dice
from bedoeling_nb.sample.organisation import DEMO_UNIT, kinds
from bedoeling_nb.sample.phrases import Kind, said
from bedoeling_nb.store.courses import Course, Goal
from bedoeling_nb.store.sessions import Session

__all__ = ["courses"]

_KEYS = tuple(promise.key for promise in PROMISES)


@cache
def _file() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("courses.yaml").read_text(encoding="utf-8"))
    return data


def courses(seed: int, units: Sequence[Unit], sessions: Sequence[Session]) -> list[Course]:
    """In order of time. Four of five units that met have one, some of these have set it anew; two of three share it."""
    kind_of = kinds()
    found: list[Course] = []
    for unit in units:
        held = [session for session in sessions if session.unit == unit.id]
        dice = Dice(seed, "course", unit.id)
        if held and (unit.id == DEMO_UNIT or dice.chance(0.8)):
            found += _of_unit(unit, held, kind_of[unit.id], dice)
    return sorted(found, key=lambda one: one.created_at)


def _of_unit(unit: Unit, held: Sequence[Session], kind: Kind, dice: Dice) -> Iterator[Course]:
    shares = unit.level != "team" or dice.chance(2 / 3)
    after = [held[0], *([held[-1]] if len(held) > 1 and dice.chance(0.5) else [])]
    if unit.id == DEMO_UNIT:
        after = [held[0], held[-1]]
    for number, session in enumerate(after):
        at = session.created_at + timedelta(days=dice.whole(1, 9), seconds=dice.whole(0, 9000))
        written = _file()["demo"] if unit.id == DEMO_UNIT and number else None
        promises = _KEYS if dice.chance(0.8) else dice.shuffled(_KEYS)[:2]
        goals = {
            key: Goal(said(goal, kind, dice), said(sign, kind, dice), dice.pick(_file()["who"]))
            for key in _KEYS
            if key in promises
            for goal, sign in [dice.pick(_file()["goals"][key]).split(" → ")]
        }
        if written:
            goals = {key: Goal(*parts.split(" → ")) for key, parts in written["goals"].items()}
        yield Course(
            unit=unit.id,
            goals=goals,
            asks=written["asks"] if written else _some("asks", kind, dice),
            offers=written["offers"] if written else _some("offers", kind, dice),
            review_on=local_time(at).date() + timedelta(days=7 * dice.whole(10, 20)),
            shared=True if written else shares,
            id=dice.uuid7(at),
            created_at=at,
        )


def _some(name: str, kind: Kind, dice: Dice) -> list[str]:
    lines = dice.shuffled(_file()[name])
    return [said(line, kind, dice) for line in lines[: dice.whole(0, 2)]]

"""Earlier waves of questionnaires in the made-up organisation, as phones would have sent them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from bedoeling_nb.community import LEVELS, Level, Person, Unit, start_of_day
from bedoeling_nb.instruments import NOT_APPLICABLE, Instrument, Item, find
from bedoeling_nb.sample.dice import Dice
from bedoeling_nb.sample.organisation import DEMO_UNIT
from bedoeling_nb.sample.rows import Asked
from bedoeling_nb.store.sessions import CODE_ALPHABET
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave

__all__ = ["WAVES", "Surveys"]

WAVES: tuple[tuple[str, date, date, tuple[Level, ...]], ...] = (
    ("climate", date(2026, 3, 2), date(2026, 3, 15), LEVELS),
    ("promises-pulse", date(2026, 6, 1), date(2026, 6, 14), ("team",)),
    ("climate", date(2026, 9, 1), date(2026, 9, 14), LEVELS),
    ("promises-pulse", date(2026, 9, 15), date(2026, 9, 28), ("team",)),
)
"""Questionnaire, first and last day, and who was asked."""

_ROSIER: Mapping[str, float] = {"team": 0.0, "cluster": 0.35, "location": 0.35, "region": 0.6, "organisation": 0.7}
"""Who is further from the work thinks that it is safer there."""


@dataclass
class Surveys:
    """All rows about waves; `ask` adds those of the whole organisation."""

    seed: int
    waves: list[Wave] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    told: list[Submission] = field(default_factory=list)

    def ask(self, units: Sequence[Unit], people: Sequence[Person]) -> None:
        """Every wave, in order of time."""
        staff = Counter(person.unit for person in people)
        top = units[0].id
        for number, (name, first, last, levels) in enumerate(WAVES):
            script = find(name)
            dice = Dice(self.seed, "wave", number)
            opened = start_of_day(first) + timedelta(hours=8, seconds=dice.whole(0, 5400))
            closes = start_of_day(last + timedelta(days=1))
            wave = Wave(script.id, script.version, top, closes, dice.uuid7(opened), opened)
            self.waves.append(wave)
            for unit in units:
                if unit.level in levels:
                    self._unit(wave, script, unit, staff[unit.id])

    def _unit(self, wave: Wave, script: Instrument, unit: Unit, people: int) -> None:
        dice = Dice(self.seed, "asked", wave.id, unit.id)
        asked = Asked(
            wave.id, dice.uuid7(wave.created_at), "".join(dice.pick(CODE_ALPHABET) for _ in range(6)), unit.id
        )
        self.asked.append(asked)
        lasts = Dice(self.seed, "climate of", unit.id)  # what a unit is like, in each wave
        general, change = lasts.normal(0, 0.35), lasts.normal(0.08, 0.2) if wave.created_at.month > 6 else 0.0
        own = {scale.id: lasts.normal(0, 0.22) for scale in script.scales}
        if unit.id == DEMO_UNIT:
            general, change = -0.35, 0.55 if wave.created_at.month > 6 else 0.0
        rosier = _ROSIER[unit.level] + general + change
        told = [
            one
            for _ in range(people)
            if dice.chance(0.78)
            for one in self._person(
                asked.session, wave, script, {key: rosier + value for key, value in own.items()}, dice
            )
        ]
        self.told += sorted(told, key=lambda one: one.at)

    def _person(
        self, session: str, wave: Wave, script: Instrument, levels: Mapping[str, float], dice: Dice
    ) -> Iterator[Submission]:
        participant, mood = dice.hexadecimal(32), dice.normal(0, 0.4)
        days = (wave.closes_at - wave.created_at).days - 1
        at = datetime.combine(wave.created_at.date(), time(6), wave.created_at.tzinfo) + timedelta(
            days=dice.whole(0, days) + 1, seconds=dice.whole(0, 14 * 3600)
        )
        scale_of = {path: scale for scale in script.scales for path in scale.items}
        for step in script.steps:
            answers: dict[str, Any] = {}
            for item in step.items:
                scale = scale_of.get(path := f"{step.id}.{item.id}")
                level = mood + levels.get(scale.id, 0.0) if scale else mood
                turned = scale is not None and path in scale.reversed
                if not dice.chance(0.02):  # a question is skipped now and then
                    answers[item.id] = item.check(_answer(item, -level if turned else level, turned, dice))
                at += timedelta(seconds=dice.whole(4, 25))
            if answers:
                yield Submission(dice.uuid4(), session, step.id, "1", participant, answers, at)
            if dice.chance(0.01):  # and some stop halfway
                return


def _answer(item: Item, level: float, turned: bool, dice: Dice) -> Any:
    """What somebody answers to an item of five steps, or to the balance of the promises."""
    if item.kind == "triad":
        weights = [dice.between(0.2, 1.4), dice.between(0.2, 1.2), dice.between(0.3, 1.6)]
        corners = [corner.id for corner in item.corners]  # type: ignore[attr-defined]
        return {corner: weight / sum(weights) for corner, weight in zip(corners, weights, strict=True)}
    if item.not_applicable and dice.chance(0.015):
        return NOT_APPLICABLE
    middle = 2.6 if turned else 3.4
    return min(max(round(dice.normal(middle + level, 0.75)), 1), 5)

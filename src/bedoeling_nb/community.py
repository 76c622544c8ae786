"""The vocabulary: promises, units, people, ids, time."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import Literal, Self
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.texts import N_

__all__ = [
    "LEVELS",
    "PERIOD_KINDS",
    "PROMISES",
    "Level",
    "Period",
    "PeriodKind",
    "Person",
    "Promise",
    "Role",
    "Unit",
    "in_order",
    "lineage",
    "local_time",
    "new_id",
    "now",
    "start_of_day",
]


@dataclass(frozen=True)
class Promise:
    """One of the three promises of the Koers (course)."""

    key: str
    nl: str
    en: str


PROMISES: tuple[Promise, ...] = (
    Promise("good_life", "Goed Leven", "Good life"),
    Promise("good_work", "Mooi Werk", "Good work"),
    Promise("healthy_organisation", "Gezonde organisatie", "Healthy organisation"),
)

Level = Literal["organisation", "region", "location", "cluster", "team"]
LEVELS: tuple[Level, ...] = ("organisation", "region", "location", "cluster", "team")

Role = Literal["director", "manager", "facilitator", "professional"]


@dataclass(frozen=True)
class Unit:
    """A part of the organisation; `id` is a readable key (wekerom-03), `parent` the id of the unit above it."""

    id: str
    parent: str | None
    level: Level
    name: str


def lineage(units: Mapping[str, Unit], unit: str | None) -> list[str]:
    """The unit and those above it, nearest first; nothing for one that is not there."""
    found: list[str] = []
    while unit and unit in units and unit not in found:  # even a circle ends
        found.append(unit)
        unit = units[unit].parent
    return found


def in_order(units: Iterable[Unit]) -> list[tuple[Unit, int]]:
    """Units as people choose from them: each part, then what is below it, by id; and how deep each stands."""
    known = {unit.id: unit for unit in units}
    paths = sorted(lineage(known, unit)[::-1] for unit in known)
    return [(known[path[-1]], len(path) - 1) for path in paths]


@dataclass(frozen=True)
class Person:
    """Somebody who works here; people's answers are never stored with this id."""

    id: str
    unit: str
    role: Role
    name: str


PeriodKind = Literal["month", "quarter", "year"]
PERIOD_KINDS: tuple[PeriodKind, ...] = ("month", "quarter", "year")

_MONTHS: dict[PeriodKind, int] = {"month": 1, "quarter": 3, "year": 12}
_PERIOD = re.compile(r"((?:19|20|21)\d\d)(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month, quarter or year on the clock of people here; the days are those from `first` until `end`."""

    first: date
    kind: PeriodKind

    @classmethod
    def parse(cls, text: str) -> Self:
        """The period that is written as 2026-09, 2026-Q3 or 2026. Raises BadRequest."""
        found = _PERIOD.fullmatch(text.strip().upper())
        if found is None:
            raise BadRequest(
                N_("“{text}” is not a period. Write a month (2026-09), a quarter (2026-Q3) or a year (2026)."),
                code="unknown_period",
                text=text,
            )
        year, quarter, month = found.groups()
        if quarter:
            return cls(date(int(year), 3 * int(quarter) - 2, 1), "quarter")
        return cls(date(int(year), int(month or 1), 1), "month" if month else "year")

    @classmethod
    def containing(cls, day: date, kind: PeriodKind) -> Self:
        """The period of this kind in which a day falls."""
        months = _MONTHS[kind]
        return cls(date(day.year, (day.month - 1) // months * months + 1, 1), kind)

    @property
    def id(self) -> str:
        """As it is written: 2026-09, 2026-Q3 or 2026."""
        if self.kind == "quarter":
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        return f"{self.first:%Y-%m}" if self.kind == "month" else f"{self.first.year}"

    @property
    def end(self) -> date:
        """The first day after it."""
        return self.shifted(1).first

    def shifted(self, by: int) -> Self:
        """The period so many later; earlier when negative."""
        month = self.first.year * 12 + self.first.month - 1 + by * _MONTHS[self.kind]
        return type(self)(date(month // 12, month % 12 + 1, 1), self.kind)

    def name(self, language: str) -> str:
        """As people say it: "september 2026", "3e kwartaal 2026"."""
        pattern = {"month": "LLLL y", "quarter": "QQQQ y", "year": "y"}[self.kind]
        return str(format_date(self.first, pattern, locale=language))

    def short(self, language: str) -> str:
        """As on an axis: "sep 2026", "K3 2026"."""
        pattern = {"month": "LLL y", "quarter": "QQQ y", "year": "y"}[self.kind]
        return str(format_date(self.first, pattern, locale=language))

    def in_words(self, language: str) -> str:
        """As within a sentence: "september 2026", "het 3e kwartaal van 2026"."""
        if self.kind != "quarter":
            return self.name(language)
        quarter = format_date(self.first, "QQQQ", locale=language)
        return f"the {quarter} of {self.first.year}" if language == "en" else f"het {quarter} van {self.first.year}"

    def __str__(self) -> str:
        return self.id


def new_id() -> str:
    """A UUIDv7 as text (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits. Sorts by time."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def local_time(moment: datetime) -> datetime:
    """The same moment on the clock of people here."""
    return moment.astimezone(ZoneInfo("Europe/Amsterdam"))


def start_of_day(day: date) -> datetime:
    """The moment at which a day begins here."""
    return datetime.combine(day, clock_time(), ZoneInfo("Europe/Amsterdam"))

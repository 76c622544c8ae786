"""The vocabulary: promises, units, people, ids, time."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

__all__ = ["LEVELS", "PROMISES", "Level", "Person", "Promise", "Role", "Unit", "local_time", "new_id", "now"]


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


@dataclass(frozen=True)
class Person:
    """Somebody who works here; people's answers are never stored with this id."""

    id: str
    unit: str
    role: Role
    name: str


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

"""Waves: a questionnaire that is asked of all teams of a unit, until a moment, each team with a code of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bedoeling_nb.community import Level, Period, local_time, new_id, now
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.settings import K
from bedoeling_nb.store import events, instruments, sessions, tables, thresholds, units
from bedoeling_nb.store.database import Store
from bedoeling_nb.store.events import SETTLED, Event
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.taking_part import took_part
from bedoeling_nb.texts import N_, Language

__all__ = [
    "SETTLED",
    "Response",
    "Wave",
    "asked_of",
    "close",
    "closed_of",
    "ended",
    "finished",
    "get",
    "import_past",
    "insert",
    "open_wave",
    "recent",
    "responses",
    "running",
    "sessions_of",
    "sessions_of_unit",
    "settled",
    "turnout",
]


TEAMS: tuple[Level, ...] = ("team",)


@dataclass(frozen=True)
class Wave:
    """One time that a questionnaire is asked."""

    instrument: str
    instrument_version: int
    unit: str
    closes_at: datetime
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)
    closed_at: datetime | None = None

    @property
    def closing(self) -> datetime:
        """When it closes by the clock, or somebody closed it before."""
        return min(self.closed_at or self.closes_at, self.closes_at)

    @property
    def last_day(self) -> date:
        """The last day on which answers are taken, or were when it was closed early; here."""
        return local_time(self.closing - timedelta.resolution).date()

    def is_open(self, at: datetime) -> bool:
        """Whether answers are taken at a moment."""
        return self.closed_at is None and at < self.closes_at


@dataclass(frozen=True)
class Response:
    """Of one team: its code, how many people took part, and how many work there. A number of people, never who."""

    unit: str
    name: str
    code: str
    participants: int
    people: int


def open_wave(
    store: Store,
    instrument: Instrument,
    unit: str,
    closes_at: datetime,
    *,
    levels: Collection[Level] = TEAMS,
    language: Language = "nl",
    k: int = K,
) -> Wave:
    """Ask a questionnaire of every unit of these levels below a unit, itself included.

    ``k`` is higher where a unit asked for a larger smallest group.

    Raises NotFound for an unknown unit; BadRequest when the questionnaire is the script of a session, the last day is
    past, or there is no unit of these levels.
    """
    if instrument.pace != "own":
        raise BadRequest(
            N_("“{instrument}” is the script of a session. Start it with: bedoeling session start"),
            instrument=instrument.id,
        )
    if closes_at <= now():
        raise BadRequest(
            N_("The last day would be {day}, and that is past. Choose today or a later day."),
            day=Wave(instrument.id, instrument.version, unit, closes_at).last_day,
        )
    asked = [one for one in units.below(store, unit) if one.level in levels]
    if not asked:
        raise BadRequest(N_("There is no {levels} in “{unit}” to ask."), levels=", ".join(sorted(levels)), unit=unit)
    instruments.keep(store, instrument)
    wave = Wave(instrument.id, instrument.version, unit, closes_at)
    least = thresholds.of_units(store, [one.id for one in asked], k)
    made = [
        sessions.new(one.id, instrument, language=language, k=least[one.id], created_at=wave.created_at)
        for one in asked
    ]
    with store.write() as connection:  # all of it, or nothing
        insert(connection, wave, sessions.with_free_codes(connection, made), sa.insert)
    return wave


def import_past(store: Store, wave: Wave, asked: Collection[Session]) -> None:
    """Keep a wave that is over, with its sessions (sample data, import); what is there already is left alone.

    Its questionnaire and the units must be in the store; answers follow with `submissions.import_past`.
    """
    with store.write() as connection:
        insert(connection, wave, asked, store.insert_new)


def insert(connection: sa.Connection, wave: Wave, asked: Collection[Session], how: Callable[[sa.Table], Any]) -> None:
    """Keep a wave and its sessions, within a transaction; ``how`` is what makes an INSERT of a table."""
    until = {"until": wave.closes_at.isoformat()}
    begun = [Event(0, one.id, 1, "own_pace", until, wave.created_at) for one in asked]
    connection.execute(how(tables.wave), [vars(wave)])
    connection.execute(how(tables.session), sessions.rows(connection, asked))
    connection.execute(how(tables.session_event), events.rows(begun))
    connection.execute(how(tables.wave_session), [{"session": one.id, "wave": wave.id} for one in asked])


def get(store: Store, wave: str) -> Wave:
    """The wave with this id, or the latest whose questionnaire has it. Raises NotFound."""
    table = tables.wave
    query = (
        sa.select(table).where((table.c.id == wave) | (table.c.instrument == wave)).order_by(table.c.created_at.desc())
    )
    with store.read() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(N_("There is no wave “{wave}”. See the list with: bedoeling wave list"), wave=wave)
    return Wave(**row)


def finished(store: Store, wave: str) -> Wave:
    """The wave with this id, or the latest of a questionnaire that is over and got answers.

    Raises NotFound for an unknown name, and BadRequest when no wave of the questionnaire is so far.
    """
    newest = get(store, wave)
    if newest.id == wave:
        return newest
    told = (
        sa.select(1)
        .select_from(tables.wave_session)
        .join(tables.submission, tables.submission.c.session == tables.wave_session.c.session)
        .where(tables.wave_session.c.wave == tables.wave.c.id)
    )
    moment = now()
    with store.read() as connection:
        rows = connection.execute(sa.select(tables.wave).where(tables.wave.c.instrument == wave, told.exists()))
        over = [one for row in rows.mappings() if not (one := Wave(**row)).is_open(moment)]
    if not over:
        raise BadRequest(
            N_("No wave of “{instrument}” is over and has answers. See the list with: bedoeling wave list"),
            instrument=wave,
        )
    return max(over, key=lambda one: (one.closing, one.created_at))


def running(store: Store, instrument: str, some: Collection[str]) -> tuple[set[str], date | None]:
    """Which of these units are being asked a questionnaire already, and the last day of that (None: of none)."""
    moment = now()
    query = sa.select(tables.wave).where(
        tables.wave.c.instrument == instrument, tables.wave.c.closed_at.is_(None), tables.wave.c.closes_at > moment
    )
    with store.read() as connection:
        found = [Wave(**row) for row in connection.execute(query).mappings()]
    asked = [(one, set(some) & {part.unit for part in sessions_of(store, one)}) for one in found]
    last = max((one.last_day for one, both in asked if both), default=None)
    return set().union(*(both for _, both in asked)), last


def recent(store: Store, limit: int = 50) -> list[Wave]:
    """The last waves, newest first."""
    query = sa.select(tables.wave).order_by(tables.wave.c.created_at.desc()).limit(limit)
    with store.read() as connection:
        return [Wave(**row) for row in connection.execute(query).mappings()]


def close(store: Store, wave: Wave) -> None:
    """End a wave now; answers that come later are refused. All of it, or nothing; a part may have ended before."""
    event, asked, at = tables.session_event.c, tables.wave_session.c, now()
    ended = sa.func.max(sa.case((event.kind == "end", 1), else_=0))
    going_on = (
        sa.select(asked.session, sa.func.max(event.rev))
        .join(tables.session_event, event.session == asked.session)
        .where(asked.wave == wave.id)
        .group_by(asked.session)
        .having(ended == 0)
    )
    with store.write() as connection:
        acts = [Event(0, session, rev + 1, "end", {}, at) for session, rev in connection.execute(going_on)]
        if acts:
            connection.execute(sa.insert(tables.session_event), events.rows(acts))
        closed = sa.update(tables.wave).where(tables.wave.c.id == wave.id, tables.wave.c.closed_at.is_(None))
        connection.execute(closed.values(closed_at=at))


def sessions_of(store: Store, wave: Wave) -> list[Session]:
    """The wave's sessions, one a unit, by unit."""
    query = (
        sa.select(tables.session)
        .join(tables.wave_session, tables.wave_session.c.session == tables.session.c.id)
        .where(tables.wave_session.c.wave == wave.id)
        .order_by(tables.session.c.unit)
    )
    with store.read() as connection:
        return [Session(**row) for row in connection.execute(query).mappings()]


def responses(store: Store, wave: Wave) -> list[Response]:
    """How many took part, of each unit that was asked."""
    session, person = tables.session.c, tables.person.c
    count = sa.func.count
    staff = sa.select(person.unit, count().label("people")).group_by(person.unit).subquery()
    asked = sa.select(tables.wave_session.c.session).where(tables.wave_session.c.wave == wave.id)
    took = took_part(asked).c
    answered = sa.select(took.session, count().label("participants")).group_by(took.session).subquery()
    query: sa.Select[Any] = (
        sa.select(session.unit, tables.unit.c.name, session.code, answered.c.participants, staff.c.people)
        .select_from(tables.wave_session)
        .join(tables.session, session.id == tables.wave_session.c.session)
        .join(tables.unit, tables.unit.c.id == session.unit)
        .outerjoin(answered, answered.c.session == session.id)
        .outerjoin(staff, staff.c.unit == session.unit)
        .where(tables.wave_session.c.wave == wave.id)
        .order_by(session.unit)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [Response(row.unit, row.name, row.code, row.participants or 0, row.people or 0) for row in rows]


def settled(wave: Wave, at: datetime) -> bool:
    """Whether a wave is over, and its last answers have arrived."""
    return events.settled(wave.closing, at)


def closed_of(store: Store, unit: str, period: Period) -> list[Wave]:
    """The waves in which this unit was asked, that are over and of which the last day is in this period, in order."""
    at = now()
    found = sorted(asked_of(store, unit), key=lambda one: one.closing)
    return [one for one in found if period.first <= one.last_day < period.end and settled(one, at)]


def turnout(store: Store, some: Collection[Wave]) -> dict[str, tuple[int, int]]:
    """Of each of these waves, by id: how many people took part, and how many work in the units that were asked."""
    ids = [one.id for one in some]
    asked, count = tables.wave_session.c, sa.func.count
    part = took_part(sa.select(asked.session).where(asked.wave.in_(ids)))
    took = (
        sa.select(asked.wave, count())
        .select_from(part)
        .join(tables.wave_session, asked.session == part.c.session)
        .group_by(asked.wave)
    )
    staff = (
        sa.select(asked.wave, count())
        .join(tables.session, tables.session.c.id == asked.session)
        .join(tables.person, tables.person.c.unit == tables.session.c.unit)
        .where(asked.wave.in_(ids))
        .group_by(asked.wave)
    )
    with store.read() as connection:
        some_, all_ = ({row[0]: row[1] for row in connection.execute(query)} for query in (took, staff))
    return {one: (some_.get(one, 0), all_.get(one, 0)) for one in ids}


def ended(store: Store, wave: Wave) -> set[str]:
    """The units of a wave whose part somebody ended, perhaps before the others'."""
    query = (
        sa.select(tables.session.c.unit)
        .join(tables.wave_session, tables.wave_session.c.session == tables.session.c.id)
        .join(tables.session_event, tables.session_event.c.session == tables.session.c.id)
        .where(tables.wave_session.c.wave == wave.id, tables.session_event.c.kind == "end")
    )
    with store.read() as connection:
        return set(connection.execute(query).scalars())


def sessions_of_unit(store: Store, some: Collection[str], unit: str) -> dict[str, Session]:
    """The session of a unit in each of these waves in which it was asked, by the wave's id."""
    asked = tables.wave_session.c
    query = (
        sa.select(tables.session, asked.wave)
        .join(tables.wave_session, asked.session == tables.session.c.id)
        .where(asked.wave.in_(some), tables.session.c.unit == unit)
    )
    with store.read() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return {row.pop("wave"): Session(**row) for row in rows}


def asked_of(store: Store, unit: str) -> list[Wave]:
    """The waves in which a unit was asked, in the order in which they began."""
    query = (
        sa.select(tables.wave)
        .join(tables.wave_session, tables.wave_session.c.wave == tables.wave.c.id)
        .join(tables.session, tables.session.c.id == tables.wave_session.c.session)
        .where(tables.session.c.unit == unit)
        .order_by(tables.wave.c.created_at, tables.wave.c.id)
    )
    with store.read() as connection:
        return [Wave(**row) for row in connection.execute(query).mappings()]

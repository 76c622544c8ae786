"""Sessions: a meeting of a unit with a script, and what the facilitator did in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bedoeling_nb.community import local_time, new_id, now, start_of_day
from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.settings import K, checked_k
from bedoeling_nb.store import events as happened
from bedoeling_nb.store import instruments, tables, thresholds, units
from bedoeling_nb.store.database import Store
from bedoeling_nb.store.events import GRACE, Event, State, first_open_day, fold
from bedoeling_nb.texts import N_, Language

__all__ = [
    "CODE_ALPHABET",
    "GRACE",
    "READY",
    "Event",
    "Session",
    "State",
    "by_code",
    "changed_since",
    "create",
    "end",
    "events",
    "first_open_day",
    "fold",
    "go",
    "import_past",
    "lately_held",
    "latest_event",
    "moderate",
    "new",
    "new_code",
    "of_unit",
    "open_sessions",
    "rows",
    "state",
    "tidy_code",
    "with_free_codes",
]

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 and O, no 1, I and L."""

CODE_LENGTH = 6

READY = timedelta(days=14)
"""So long a meeting may have been made ready before it begins; after that nobody comes back to it."""

LATELY = timedelta(days=7)
"""So long a meeting that is over can be found again where meetings begin."""

Moderation = Literal["hide", "show", "merge", "split"]


@dataclass(frozen=True)
class Session:
    """A meeting. `k` is the smallest number of people about whom anything is shown.

    ``above`` is what was right above the unit when it was kept: a unit that moves takes nothing along.
    """

    id: str
    code: str
    unit: str
    instrument: str
    instrument_version: int
    language: Language
    k: int
    created_at: datetime
    above: str | None = None


def new(
    unit: str, script: Instrument, *, language: Language = "nl", k: int = K, created_at: datetime | None = None
) -> Session:
    """A session that is not kept yet, with a code to join it. Raises BadRequest when ``k`` is under what is allowed."""
    return Session(
        id=new_id(),
        code=new_code(),
        unit=unit,
        instrument=script.id,
        instrument_version=script.version,
        language=language,
        k=checked_k(k),
        created_at=created_at or now(),
    )


def new_code() -> str:
    """A code that people type or scan to join."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def create(
    store: Store,
    unit: str,
    script: Instrument,
    *,
    language: Language = "nl",
    k: int = K,
    created_at: datetime | None = None,
) -> Session:
    """Open a session for a unit; nobody is asked anything before the first step. Raises as `new` does.

    ``k`` is higher where the unit, or one above it, asked for a larger smallest group.
    """
    units.get(store, unit)
    k = thresholds.of_units(store, [unit], k)[unit]
    instruments.keep(store, script)
    insert = store.insert_new(tables.session).returning(tables.session.c.id)
    made = None
    while made is None:  # one in 887 million codes for each session that ever was; then another one
        session = new(unit, script, language=language, k=k, created_at=created_at)
        with store.write() as connection:
            [row] = rows(connection, [session])
            made = connection.execute(insert, row).scalar()
    return Session(**row)


def import_past(store: Store, past: Iterable[Session], events: Iterable[Event]) -> None:
    """Keep sessions that are over, with their events (sample data, import); what is there already is left alone.

    Their units and instruments must be in the store.
    """
    with store.write() as connection:
        if held := rows(connection, past):
            connection.execute(store.insert_new(tables.session), held)
        if acts := happened.rows(events):
            connection.execute(store.insert_new(tables.session_event), acts)


def tidy_code(text: str) -> str:
    """The code as it is kept: upper case, without spaces and hyphens."""
    return text.upper().replace(" ", "").replace("-", "")


def by_code(store: Store, code: str) -> Session:
    """The session that people join with this code."""
    code, row = tidy_code(code), None
    if len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET):
        query = sa.select(tables.session).where(tables.session.c.code == code)
        with store.read() as connection:
            row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(
            N_("There is no session with this code. Look at the screen and type the six characters again."),
            code="unknown_session",
        )
    return Session(**row)


def of_unit(store: Store, unit: str) -> list[Session]:
    """The sessions of this unit itself, latest first."""
    query = sa.select(tables.session).where(tables.session.c.unit == unit).order_by(tables.session.c.created_at.desc())
    with store.read() as connection:
        return [Session(**row) for row in connection.execute(query).mappings()]


def open_sessions(store: Store) -> list[Session]:
    """The meetings that have not ended, latest first; a questionnaire at one's own pace is none.

    One that never began is listed for `READY`, as long as somebody may have made it ready for later.
    """
    used, event = tables.session.c, tables.session_event.c
    begun = sa.select(event.session).where(event.kind == "step")
    return _latest_first(store, used.id.not_in(_over()) & (used.id.in_(begun) | (used.created_at >= now() - READY)))


def lately_held(store: Store) -> list[Session]:
    """The meetings of the last `LATELY` that began and are over, latest first."""
    used, event = tables.session.c, tables.session_event.c
    begun = sa.select(event.session).where((event.kind == "step") & (event.at >= now() - LATELY))
    return _latest_first(store, used.id.in_(begun) & used.id.in_(_over()))


def _over() -> sa.Select[tuple[str]]:
    """What is no meeting that goes on: it ended, also by the clock, or people answer at their own pace."""
    event = tables.session_event.c
    by_the_clock = (event.kind == "step") & (event.at < start_of_day(happened.first_open_day(now())))
    return sa.select(event.session).where(event.kind.in_(("end", "own_pace")) | by_the_clock)


def _latest_first(store: Store, which: sa.ColumnElement[bool]) -> list[Session]:
    query = sa.select(tables.session).where(which).order_by(tables.session.c.created_at.desc())
    with store.read() as connection:
        return [Session(**row) for row in connection.execute(query).mappings()]


def events(store: Store, session: str, after: int = 0) -> list[Event]:
    """What the facilitator did after rev ``after``, in order."""
    with store.read() as connection:
        return happened.of_sessions(connection, [session], after)


def latest_event(store: Store) -> int:
    """The sequence number of the latest event of any session."""
    with store.read() as connection:
        return int(
            connection.execute(sa.select(sa.func.coalesce(sa.func.max(tables.session_event.c.seq), 0))).scalar_one()
        )


def changed_since(store: Store, seq: int) -> tuple[int, set[str]]:
    """The latest event's number and the sessions that had an event after ``seq``."""
    event = tables.session_event.c
    with store.read() as connection:
        rows = connection.execute(sa.select(event.seq, event.session).where(event.seq > seq)).all()
    return max((row.seq for row in rows), default=seq), {row.session for row in rows}


def state(store: Store, session: str) -> State:
    """Where the session is now."""
    with store.read() as connection:
        return happened.states(connection, [session])[session]


def go(store: Store, session: str, step: str, *, open: bool = True, rev: int, at: datetime | None = None) -> State:
    """Go to a step and open or close it. ``rev`` is what the facilitator's screen showed.

    A meeting is held on the day of its first step, also when it was made ready before, and ends in the night after it.
    Raises NotFound for a step that the script does not have, SessionEnded, and Conflict when another facilitator did
    something in the meantime; nothing is changed then.
    """
    at = at or now()
    used = tables.session.c
    with store.read() as connection:
        row = connection.execute(sa.select(used.instrument, used.instrument_version).where(used.id == session)).one()
    instruments.get(store, row.instrument, row.instrument_version).step(step)
    made_ready = (used.id == session) & (used.created_at < start_of_day(local_time(at).date()))
    with store.write() as connection:
        before = happened.states(connection, [session])[session]
        if (before.step, before.open) == (step, open) and rev < before.rev and not before.over(at):
            return before  # a double click, or another facilitator who wanted the same: it is as they wish
        begins = before.step is None
        after = happened.append(connection, session, "step", {"step": step, "open": open}, rev=rev, at=at)
        if begins:
            connection.execute(sa.update(tables.session).where(made_ready).values(created_at=at))
    return after


def end(store: Store, session: str, *, rev: int, at: datetime | None = None) -> State:
    """End the session for good."""
    with store.write() as connection:
        return happened.append(connection, session, "end", {}, rev=rev, at=at)


def moderate(store: Store, session: str, action: Moderation, text: str, into: str | None = None) -> State:
    """Hide a text or bring it back, merge it into another or take it out again. Order among facilitators is free."""
    with store.write() as connection:
        return happened.append(connection, session, action, {"text": text} | ({"into": into} if into else {}))


def with_free_codes(connection: sa.Connection, some: Iterable[Session]) -> list[Session]:
    """Sessions that are not kept yet, each with a code that nobody has; within the transaction that keeps them.

    A code is one of 887 million: with a thousand teams and years of waves one is taken now and then, or drawn twice.
    """
    code = tables.session.c.code
    free: dict[str, Session] = {}
    waiting = list(some)
    while waiting:
        drawn = [one.code for one in waiting]
        taken = set(connection.execute(sa.select(code).where(code.in_(drawn))).scalars())
        again = [one for one in waiting if one.code in taken or free.setdefault(one.code, one) is not one]
        waiting = [replace(one, code=new_code()) for one in again]
    return list(free.values())


def rows(connection: sa.Connection, some: Iterable[Session]) -> list[dict[str, Any]]:
    """Sessions as rows to keep, each with what is right above its unit now, when nobody says what was."""
    found = [vars(one) for one in some]
    if any(row["above"] is None for row in found):
        parents = {one.id: one.parent for one in connection.execute(sa.select(tables.unit.c.id, tables.unit.c.parent))}
        found = [row | {"above": row["above"] or parents.get(row["unit"])} for row in found]
    return found

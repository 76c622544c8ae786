"""Sessions: a meeting of a unit with a script, and what the facilitator did in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bedoeling_nb.community import new_id, now
from bedoeling_nb.errors import Conflict, NotFound, SessionEnded
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.settings import K, checked_k
from bedoeling_nb.store import instruments, tables, thresholds, units
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_, Language

__all__ = [
    "CODE_ALPHABET",
    "Event",
    "Session",
    "State",
    "by_code",
    "changed_since",
    "create",
    "end",
    "events",
    "fold",
    "go",
    "import_past",
    "latest_event",
    "moderate",
    "new",
    "new_code",
    "of_unit",
    "open_all",
    "open_sessions",
    "state",
    "tidy_code",
]

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 and O, no 1, I and L."""

CODE_LENGTH = 6

LONGEST = timedelta(days=1)
"""A step that nobody closed takes no answers after so long: a meeting that was left open would change its report."""

GRACE = timedelta(seconds=3)
"""An answer sent just before its step closed may still be on its way, over a busy Wi-Fi."""

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


@dataclass(frozen=True)
class Event:
    """One thing that the facilitator did; `rev` counts from 1 in each session."""

    seq: int
    session: str
    rev: int
    kind: str
    data: dict[str, Any]
    at: datetime


@dataclass(frozen=True)
class State:
    """Where a session is: the sum of its events."""

    rev: int = 0
    step: str | None = None
    open: bool = False
    moved_at: datetime | None = field(default=None, compare=False)
    """When the facilitator last went to a step, or opened or closed one."""
    left: str | None = None
    """The step that was open before, and `left_at` when it closed."""
    left_at: datetime | None = None
    ended: bool = False
    ended_at: datetime | None = None
    hidden: frozenset[str] = frozenset()
    merged: dict[str, str] = field(default_factory=dict)
    """Text to the text that stands for it."""
    own_pace: bool = False
    """All steps are open at once, for a questionnaire, until the session ends or `until`."""
    until: datetime | None = None

    def over(self, at: datetime) -> bool:
        """Whether it has ended, also when nobody has said so yet."""
        return self.ended or (self.until is not None and at >= self.until)

    def accepts(self, step: str, at: datetime) -> bool:
        """Whether an answer to this step counts: it is open, or closed so shortly ago that it was on its way."""
        if self.own_pace:
            ends = [moment for moment in (self.ended_at, self.until) if moment is not None]
            return not ends or at - min(ends) <= GRACE
        if self.open and self.step == step:
            return self.moved_at is None or at - self.moved_at <= LONGEST
        return self.left == step and self.left_at is not None and at - self.left_at <= GRACE

    def root(self, text: str) -> str:
        """The text that stands for this one."""
        while text in self.merged:
            text = self.merged[text]
        return text


def fold(state: State, events: Iterable[Event]) -> State:
    """The state after these events."""
    for event in events:
        text, merged, hidden = event.data.get("text", ""), dict(state.merged), state.hidden
        state = replace(state, rev=event.rev)
        match event.kind:
            case "step":
                state = replace(_leave(state, event.at), step=event.data["step"], open=event.data["open"])
                state = replace(state, moved_at=event.at)
            case "own_pace":
                until = event.data.get("until")
                state = replace(state, own_pace=True, open=True, until=datetime.fromisoformat(until) if until else None)
            case "end":
                state = replace(_leave(state, event.at), open=False, ended=True, ended_at=event.at)
            case "hide":
                state = replace(state, hidden=hidden | {text})
            case "show":
                state = replace(state, hidden=hidden - {text})
            case "merge" if state.root(event.data["into"]) != text:  # never a circle
                state = replace(state, merged=merged | {text: state.root(event.data["into"])})
            case "split":
                merged.pop(text, None)
                state = replace(state, merged=merged)
    return state


def _leave(state: State, at: datetime) -> State:
    return replace(state, left=state.step, left_at=at) if state.open else state


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
            [row] = _rows_of(connection, [session])
            made = connection.execute(insert, row).scalar()
    return Session(**row)


def import_past(store: Store, past: Iterable[Session], events: Iterable[Event]) -> None:
    """Keep sessions that are over, with their events (sample data, import); what is there already is left alone.

    Their units and instruments must be in the store.
    """
    with store.write() as connection:
        if rows := _rows_of(connection, past):
            connection.execute(store.insert_new(tables.session), rows)
        if rows := [_row(one) for one in events]:
            connection.execute(store.insert_new(tables.session_event), rows)


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
    """The meetings that have not ended, latest first; a questionnaire at one's own pace is none."""
    ended = sa.select(tables.session_event.c.session).where(tables.session_event.c.kind.in_(("end", "own_pace")))
    query = (
        sa.select(tables.session).where(tables.session.c.id.not_in(ended)).order_by(tables.session.c.created_at.desc())
    )
    with store.read() as connection:
        return [Session(**row) for row in connection.execute(query).mappings()]


def events(store: Store, session: str, after: int = 0) -> list[Event]:
    """What the facilitator did after rev ``after``, in order."""
    with store.read() as connection:
        return _events(connection, session, after)


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
    return fold(State(), events(store, session))


def go(store: Store, session: str, step: str, *, open: bool = True, rev: int, at: datetime | None = None) -> State:
    """Go to a step and open or close it. ``rev`` is what the facilitator's screen showed.

    Raises NotFound for a step that the script does not have, and Conflict when another facilitator did something in
    the meantime; nothing is changed then.
    """
    with store.read() as connection:
        used = tables.session.c
        row = connection.execute(sa.select(used.instrument, used.instrument_version).where(used.id == session)).one()
    instruments.get(store, row.instrument, row.instrument_version).step(step)
    return _append(store, session, "step", {"step": step, "open": open}, rev=rev, at=at)


def open_all(store: Store, session: str, until: datetime | None = None) -> State:
    """Open all steps at once, for a questionnaire that everybody fills in at their own pace, until a moment."""
    return _append(store, session, "own_pace", {"until": until.isoformat() if until else None})


def end(store: Store, session: str, *, rev: int, at: datetime | None = None) -> State:
    """End the session for good."""
    return _append(store, session, "end", {}, rev=rev, at=at)


def moderate(store: Store, session: str, action: Moderation, text: str, into: str | None = None) -> State:
    """Hide a text or bring it back, merge it into another or take it out again. Order among facilitators is free."""
    return _append(store, session, action, {"text": text} | ({"into": into} if into else {}))


def _append(
    store: Store, session: str, kind: str, data: dict[str, Any], *, rev: int | None = None, at: datetime | None = None
) -> State:
    with store.write() as connection:
        return _append_to(connection, session, kind, data, rev=rev, at=at)


def _append_to(
    connection: sa.Connection,
    session: str,
    kind: str,
    data: dict[str, Any],
    *,
    rev: int | None = None,
    at: datetime | None = None,
) -> State:
    before = fold(State(), _events(connection, session))
    if before.ended:
        raise SessionEnded
    if rev is not None and rev != before.rev and _moved(connection, session, rev):
        raise Conflict(N_("Somebody else just moved this session. Your screen is up to date again; look and choose."))
    event = Event(seq=0, session=session, rev=before.rev + 1, kind=kind, data=data, at=at or now())
    connection.execute(sa.insert(tables.session_event), [{k: v for k, v in vars(event).items() if k != "seq"}])
    return fold(before, [event])


def _with_free_codes(connection: sa.Connection, some: Sequence[Session]) -> Sequence[Session]:
    """Sessions that are not kept yet, each with a code that nobody has.

    A code is one of 887 million: with a thousand teams and years of waves one is taken now and then.
    """
    code = tables.session.c.code
    while taken := set(connection.execute(sa.select(code).where(code.in_([one.code for one in some]))).scalars()):
        some = [replace(one, code=new_code()) if one.code in taken else one for one in some]
    return some


def _rows_of(connection: sa.Connection, some: Iterable[Session]) -> list[dict[str, Any]]:
    """Sessions as rows, each with what is right above its unit now, when nobody says what was."""
    found = [vars(one) for one in some]
    if any(row["above"] is None for row in found):
        parents = {one.id: one.parent for one in connection.execute(sa.select(tables.unit.c.id, tables.unit.c.parent))}
        found = [row | {"above": row["above"] or parents.get(row["unit"])} for row in found]
    return found


def _row(event: Event) -> dict[str, Any]:
    return {key: value for key, value in vars(event).items() if key != "seq"}


def _moved(connection: sa.Connection, session: str, rev: int) -> bool:
    """Whether the step changed after rev; hiding and merging texts do not stand in anybody's way."""
    return any(event.kind in ("step", "end") for event in _events(connection, session, rev))


def _events(connection: sa.Connection, session: str, after: int = 0) -> list[Event]:
    event = tables.session_event
    query = sa.select(event).where(event.c.session == session, event.c.rev > after).order_by(event.c.rev)
    return [Event(**row) for row in connection.execute(query).mappings()]

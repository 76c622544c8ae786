"""What happened in a session, and what it adds up to. The modules of the store write events in their own transaction.

Phones, apps and reports have `sessions` for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bedoeling_nb.community import local_time, now, start_of_day
from bedoeling_nb.errors import Conflict, SessionEnded
from bedoeling_nb.store import tables
from bedoeling_nb.texts import N_

__all__ = [
    "GRACE",
    "SETTLED",
    "Event",
    "State",
    "append",
    "first_open_day",
    "fold",
    "of_sessions",
    "rows",
    "settled",
    "states",
]

GRACE = timedelta(seconds=3)
"""An answer sent just before its step closed may still be on its way, over a busy Wi-Fi."""

SETTLED = timedelta(seconds=10)
"""So long after it ended nothing comes any more: answers that were on their way have arrived, on every clock."""

NIGHT = timedelta(hours=4)
"""At this time of the night a meeting ends that nobody ended: what is left open would change the report of its day."""


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
    until: datetime | None = field(default=None, compare=False)
    """When it ends by the clock: a questionnaire as it was opened, a meeting in the night after its first step."""

    def over(self, at: datetime) -> bool:
        """Whether it has ended, also when nobody has said so yet."""
        return self.ended or (self.until is not None and at >= self.until)

    @property
    def closing(self) -> datetime | None:
        """When it ended, or ends by the clock."""
        return min((moment for moment in (self.ended_at, self.until) if moment is not None), default=None)

    def settled(self, at: datetime) -> bool:
        """Whether it is over, and everything that could still come is in (`settled`)."""
        return self.closing is not None and settled(self.closing, at)

    def accepts(self, step: str, at: datetime) -> bool:
        """Whether an answer to this step counts: it is open, or closed so shortly ago that it was on its way."""
        if self.closing is not None and at - self.closing > GRACE:
            return False
        if self.own_pace or (self.open and self.step == step):
            return True
        return self.left == step and self.left_at is not None and at - self.left_at <= GRACE

    def root(self, text: str) -> str:
        """The text that stands for this one."""
        while text in self.merged:
            text = self.merged[text]
        return text


def settled(closing: datetime, at: datetime) -> bool:
    """Whether everything that could still come to what closed then is in.

    Who looks before sees, when they look again, what came between.
    """
    return closing + SETTLED <= at


def fold(state: State, events: Iterable[Event]) -> State:
    """The state after these events."""
    for event in events:
        text, merged, hidden = event.data.get("text", ""), dict(state.merged), state.hidden
        state = replace(state, rev=event.rev)
        match event.kind:
            case "step":
                state = replace(_leave(state, event.at), step=event.data["step"], open=event.data["open"])
                state = replace(state, until=state.until or _night_after(event.at))
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


def _night_after(at: datetime) -> datetime:
    return start_of_day(local_time(at).date() + timedelta(days=1)).astimezone(UTC) + NIGHT


def first_open_day(at: datetime) -> date:
    """The first day of which a meeting may still take answers; what was held before it is as it stays."""
    return local_time(at - NIGHT - SETTLED).date()


def of_sessions(connection: sa.Connection, some: Collection[str], after: int = 0) -> list[Event]:
    """The events of these sessions after rev ``after``, in order of each session."""
    event = tables.session_event
    query = sa.select(event).where(event.c.session.in_(some), event.c.rev > after)
    return [Event(**row) for row in connection.execute(query.order_by(event.c.session, event.c.rev)).mappings()]


def states(connection: sa.Connection, some: Collection[str]) -> dict[str, State]:
    """Where each of these sessions is now."""
    found = dict.fromkeys(some, State())
    for event in of_sessions(connection, some):
        found[event.session] = fold(found[event.session], [event])
    return found


def append(
    connection: sa.Connection,
    session: str,
    kind: str,
    data: dict[str, Any],
    *,
    rev: int | None = None,
    at: datetime | None = None,
) -> State:
    """Add what the facilitator did. ``rev`` is what their screen showed, where it matters that nobody moved it since.

    Raises SessionEnded, also when it ended by the clock (to say so then is fine), and Conflict when somebody moved it.
    """
    at = at or now()
    before = states(connection, [session])[session]
    if before.ended or (before.over(at) and kind != "end"):
        raise SessionEnded
    if rev is not None and rev != before.rev:
        moved = any(event.kind in ("step", "end") for event in of_sessions(connection, [session], rev))
        if moved:  # to hide and merge texts stands in nobody's way
            raise Conflict(
                N_("Somebody else just moved this session. Your screen is up to date again; look and choose.")
            )
    event = Event(seq=0, session=session, rev=before.rev + 1, kind=kind, data=data, at=at)
    connection.execute(sa.insert(tables.session_event), rows([event]))
    return fold(before, [event])


def rows(some: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as rows, which the database numbers."""
    return [{key: value for key, value in vars(event).items() if key != "seq"} for event in some]

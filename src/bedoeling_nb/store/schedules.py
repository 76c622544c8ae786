"""When each entry of the schedule is due, and each time that it was: who runs it, and how that ended.

A `DueRun` goes from ``due`` to ``running`` and on to ``done`` or ``failed``, by way of ``waiting`` when it is tried
again. One that a later time overtook before it began, that waited when somebody paused its entry, or that somebody
started by hand and broke off, is ``skipped``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.errors import Conflict
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = [
    "Claim",
    "DueRun",
    "EntryState",
    "RunState",
    "claim",
    "claim_now",
    "end",
    "entries",
    "keep",
    "last_runs",
    "note_due",
    "pause",
    "put",
    "renew",
    "resume",
    "runs",
]

RunState = Literal["due", "running", "waiting", "done", "failed", "skipped"]


@dataclass(frozen=True)
class EntryState:
    """What the store knows of an entry; ``trigger`` is its cron expression. Paused, it is never due."""

    id: str
    trigger: str
    next_run_at: datetime | None
    paused: bool


@dataclass(frozen=True)
class DueRun:
    """One time that an entry was due. The counts are reports; ``failed`` are those not made or not delivered."""

    entry: str
    due_at: datetime
    state: RunState
    attempts: int
    next_try_at: datetime | None
    worker: str
    lease_until: datetime
    made: int
    unchanged: int
    failed: int
    problem: str | None
    traceback: str | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Claim:
    """A due run that is ours until its lease ends; ``attempts`` counts this one."""

    entry: str
    due_at: datetime
    worker: str
    attempts: int


_entry, _due = tables.schedule_entry, tables.due_run


def entries(store: Store) -> dict[str, EntryState]:
    """Every entry that the store knows, by id."""
    with store.read() as connection:
        return {row["id"]: EntryState(**row) for row in connection.execute(sa.select(_entry)).mappings()}


def put(store: Store, entry: str, trigger: str, next_run_at: datetime | None) -> None:
    """Know this entry. One that is known keeps its time and its pause; with another trigger it gets the new time."""
    row = {"id": entry, "trigger": trigger, "next_run_at": next_run_at, "paused": False}
    other = sa.update(_entry).where(_entry.c.id == entry, _entry.c.trigger != trigger)
    with store.write() as connection:
        connection.execute(store.insert_new(_entry), [row])
        connection.execute(other.values(trigger=trigger, next_run_at=next_run_at))


def keep(store: Store, kept: Collection[str]) -> None:
    """Forget every entry but these, and skip what still waits of them. `runs` still tells what was due before."""
    with store.write() as connection:
        connection.execute(sa.delete(_entry).where(_entry.c.id.not_in(list(kept))))
        _skip(connection, _due.c.entry.not_in(list(kept)))


def pause(store: Store, entry: str, trigger: str) -> None:
    """Do not run this entry any more, nor what still waits; what runs now is not cut off."""
    with store.write() as connection:
        row = {"id": entry, "trigger": trigger, "next_run_at": None, "paused": True}
        store.upsert(_entry, [row], connection)
        _skip(connection, _due.c.entry == entry)


def resume(store: Store, entry: str, trigger: str, next_run_at: datetime | None) -> None:
    """Run this entry again, first at this time: what it missed, or what failed since, is not caught up."""
    with store.write() as connection:
        paused = sa.exists().where(_entry.c.id == _due.c.entry, _entry.c.paused)
        _skip(connection, (_due.c.entry == entry) & paused)
        row = {"id": entry, "trigger": trigger, "next_run_at": next_run_at, "paused": False}
        store.upsert(_entry, [row], connection)


def note_due(store: Store, entry: str, due_at: datetime, next_run_at: datetime | None) -> None:
    """Note that an entry was due, and when it is due next: both or neither. Noting it twice is the same as once.

    An earlier time that nobody began is skipped: what was missed is caught up once.
    """
    with store.write() as connection:
        moved = sa.update(_entry).where(_entry.c.id == entry, sa.not_(_entry.c.paused), _entry.c.next_run_at <= due_at)
        if not connection.execute(moved.values(next_run_at=next_run_at)).rowcount:
            return  # paused, or another scheduler noted it
        _skip(connection, (_due.c.entry == entry) & (_due.c.due_at < due_at), "due")
        connection.execute(store.insert_new(_due), [_row(entry, due_at)])


def claim(store: Store, worker: str, known: Collection[str], lease: timedelta) -> Claim | None:
    """Take the due run that waits longest and whose time has come; None when there is none.

    Also one whose worker let its lease end: it was killed. Of one entry only one run goes on at a time, and none while
    it is paused.
    """
    with store.read() as connection:  # writers stand in line: do not join them for nothing
        if connection.execute(_claimable(known, now()).limit(1)).first() is None:
            return None
    with store.write() as connection:
        moment = now()
        row = connection.execute(_claimable(known, moment).limit(1)).mappings().first()
        if row is None:
            return None
        taken = Claim(row["entry"], row["due_at"], worker, row["attempts"] + 1)
        values = {"state": "running", "worker": worker, "lease_until": moment + lease, "attempts": taken.attempts}
        # A problem of the attempt before stays to be seen until this one ends.
        connection.execute(sa.update(_due).where(_this(taken.entry, taken.due_at)).values(values))
        return taken


def claim_now(store: Store, worker: str, entry: str, lease: timedelta) -> Claim:
    """Make an entry due at this moment, and take it. Raises Conflict while it is being run."""
    with store.write() as connection:
        moment = now()
        busy = sa.select(_due.c.worker).where(_due.c.entry == entry, _held(moment))
        if (other := connection.execute(busy).scalar()) is not None:
            raise Conflict(
                N_("“{entry}” is being run now, by {worker}. Wait until it is ready."), entry=entry, worker=other
            )
        row = _row(entry, moment) | {
            "state": "running",
            "worker": worker,
            "lease_until": moment + lease,
            "attempts": 1,
        }
        connection.execute(sa.insert(_due), [row])
        return Claim(entry, moment, worker, 1)


def renew(store: Store, claimed: Claim, lease: timedelta) -> bool:
    """Hold a claim longer. False when it is not ours any more."""
    with store.write() as connection:
        held = sa.update(_due).where(_ours(claimed)).values(lease_until=now() + lease)
        return bool(connection.execute(held).rowcount)


def end(store: Store, claimed: Claim, state: RunState, **values: Any) -> bool:
    """Let go of a claim, with the columns that tell how it went. False when it was not ours any more."""
    moment = now()
    over = {"ended_at": moment} if state in ("done", "failed", "skipped") else {}
    with store.write() as connection:
        ended = sa.update(_due).where(_ours(claimed)).values(state=state, lease_until=moment, **over, **values)
        return bool(connection.execute(ended).rowcount)


def runs(store: Store, limit: int = 200) -> list[DueRun]:
    """The last times that something was due, newest first."""
    query = sa.select(_due).order_by(_due.c.due_at.desc(), _due.c.entry).limit(limit)
    with store.read() as connection:
        return [DueRun(**row) for row in connection.execute(query).mappings()]


def last_runs(store: Store) -> dict[str, DueRun]:
    """Of each entry the last time that it was due and not skipped."""
    counted = _due.c.state != "skipped"
    last = (
        sa.select(_due.c.entry, sa.func.max(_due.c.due_at).label("at")).where(counted).group_by(_due.c.entry).subquery()
    )
    query = sa.select(_due).join(last, (_due.c.entry == last.c.entry) & (_due.c.due_at == last.c.at))
    with store.read() as connection:
        return {row["entry"]: DueRun(**row) for row in connection.execute(query).mappings()}


def _row(entry: str, due_at: datetime) -> dict[str, Any]:
    return {
        "entry": entry,
        "due_at": due_at,
        "state": "due",
        "attempts": 0,
        "worker": "",
        "lease_until": due_at,
        "made": 0,
        "unchanged": 0,
        "failed": 0,
        "started_at": now(),
    }


def _skip(connection: sa.Connection, which: sa.ColumnElement[bool], *states: RunState) -> None:
    waiting = which & _due.c.state.in_(states or ("due", "waiting"))
    connection.execute(sa.update(_due).where(waiting).values(state="skipped", ended_at=now()))


def _this(entry: str, due_at: datetime) -> sa.ColumnElement[bool]:
    return (_due.c.entry == entry) & (_due.c.due_at == due_at)


def _ours(claimed: Claim) -> sa.ColumnElement[bool]:
    return _this(claimed.entry, claimed.due_at) & (_due.c.state == "running") & (_due.c.worker == claimed.worker)


def _held(moment: datetime) -> sa.ColumnElement[bool]:
    return (_due.c.state == "running") & (_due.c.lease_until > moment)


def _claimable(known: Collection[str], moment: datetime) -> sa.Select[Any]:
    other = _due.alias()
    busy = sa.exists().where(other.c.entry == _due.c.entry, other.c.state == "running", other.c.lease_until > moment)
    paused = sa.exists().where(_entry.c.id == _due.c.entry, _entry.c.paused)
    ready = sa.or_(
        _due.c.state == "due",
        (_due.c.state == "waiting") & (_due.c.next_try_at <= moment),
        (_due.c.state == "running") & (_due.c.lease_until <= moment),
    )
    return (
        sa.select(_due.c.entry, _due.c.due_at, _due.c.attempts)
        .where(_due.c.entry.in_(list(known)), ready, sa.not_(busy), sa.not_(paused))
        .order_by(_due.c.due_at, _due.c.entry)
    )

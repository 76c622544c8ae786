"""What was brought to whom: a row before it is sent, so that nobody gets the same report twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.store.schedules import Claim

__all__ = ["Answer", "Delivery", "Parcel", "State", "begin", "end"]

State = Literal["sending", "sent", "same", "failed", "refused"]
"""`same`: this recipient had it already. `failed` is tried again, `refused` never."""

Answer = Literal["send", "sent", "same", "refused", "lost"]


@dataclass(frozen=True)
class Parcel:
    """One report for one recipient (``folder:PATH`` or ``mail:ADDRESS``), at one time that it was due."""

    entry: str
    due_at: datetime
    report: str
    unit: str
    recipient: str
    period: str
    fingerprint: str
    message_id: str | None = None


@dataclass(frozen=True)
class Delivery(Parcel):
    """A parcel, and how it went."""

    state: State = "sending"
    problem: str | None = None
    at: datetime | None = None


_table = tables.delivery


def begin(store: Store, claimed: Claim, parcel: Parcel) -> tuple[Answer, str | None]:
    """Say whether to send a parcel, and if so record that we are about to; when it was refused before, also why.

    ``sent`` and ``refused``: that was done before, for this due time. ``same``: what this recipient got last of this
    entry, unit and period is the same report. ``lost``: the run is not ours any more.
    """
    due = tables.due_run.c
    ours = sa.select(due.worker).where(
        due.entry == claimed.entry,
        due.due_at == claimed.due_at,
        due.worker == claimed.worker,
        due.state == "running",
        due.lease_until > now(),
    )
    before = sa.select(_table.c.state, _table.c.problem).where(_this(parcel))
    last = (
        sa.select(_table.c.fingerprint)
        .where(
            _table.c.entry == parcel.entry,
            _table.c.report == parcel.report,
            _table.c.unit == parcel.unit,
            _table.c.period == parcel.period,
            _table.c.recipient == parcel.recipient,
            _table.c.state == "sent",
        )
        .order_by(_table.c.at.desc())
        .limit(1)
    )
    with store.write() as connection:
        if connection.execute(ours).first() is None:
            return "lost", None
        state, problem = connection.execute(before).one_or_none() or (None, None)
        if state == "refused":
            return "refused", problem
        if state in ("sent", "same"):
            return "sent", None
        same = connection.execute(last).scalar() == parcel.fingerprint
        row = asdict(Delivery(**asdict(parcel), state="same" if same else "sending", at=now()))
        store.upsert(_table, [row], connection)
        return ("same" if same else "send"), None


def end(store: Store, parcel: Parcel, state: State, problem: str | None = None) -> None:
    """Record how sending went. A run that comes further each time that it is killed may be killed often."""
    due = tables.due_run
    again = (due.c.entry == parcel.entry) & (due.c.due_at == parcel.due_at) & (due.c.attempts > 1)
    with store.write() as connection:
        connection.execute(sa.update(_table).where(_this(parcel)).values(state=state, problem=problem, at=now()))
        if state == "sent":
            connection.execute(sa.update(due).where(again).values(attempts=1))


def _this(parcel: Parcel) -> sa.ColumnElement[bool]:
    return sa.and_(
        _table.c.entry == parcel.entry,
        _table.c.due_at == parcel.due_at,
        _table.c.report == parcel.report,
        _table.c.unit == parcel.unit,
        _table.c.recipient == parcel.recipient,
    )

"""What only tests ask of a store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bedoeling_nb.store import Store, events, tables
from bedoeling_nb.store.deliveries import Delivery


def open_all(store: Store, session: str, until: datetime | None = None) -> None:
    """Open all steps of a session at once, as a wave does."""
    with store.write() as connection:
        events.append(connection, session, "own_pace", {"until": until.isoformat() if until else None})


def codes(store: Store, some: Collection[str]) -> dict[tuple[str, str], str]:
    """The hash of each (session, participant) of these sessions that made a code."""
    query = sa.select(tables.link).where(tables.link.c.session.in_(list(some)))
    with store.read() as connection:
        return {(row["session"], row["participant"]): row["code"] for row in connection.execute(query).mappings()}


def deliveries_of(store: Store, entry: str, due_at: datetime) -> list[Delivery]:
    """What was delivered of one time that an entry was due, by unit and recipient."""
    kept = tables.delivery
    query = (
        sa.select(kept).where(kept.c.entry == entry, kept.c.due_at == due_at).order_by(kept.c.unit, kept.c.recipient)
    )
    with store.read() as connection:
        return [Delivery(**row) for row in connection.execute(query).mappings()]

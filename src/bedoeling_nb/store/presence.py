"""How many phones are here now: each server process writes a number, never who."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store

__all__ = ["STALE", "phones", "report"]

STALE = timedelta(seconds=30)
"""A server that wrote nothing for so long has stopped."""


def report(store: Store, server: str, phones_by_session: Mapping[str, int]) -> None:
    """One server process says how many phones it holds for each session."""
    at = now()
    rows = [
        {"server": server, "session": session, "phones": count, "at": at}
        for session, count in phones_by_session.items()
    ]
    with store.write() as connection:
        connection.execute(sa.delete(tables.presence).where(tables.presence.c.at < at - 10 * STALE))
        store.upsert(tables.presence, rows, connection)


def phones(store: Store, session: str) -> int:
    """How many phones all servers hold for this session."""
    here = tables.presence.c
    query = sa.select(sa.func.coalesce(sa.func.sum(here.phones), 0)).where(
        here.session == session, here.at >= now() - STALE
    )
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())

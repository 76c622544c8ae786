"""How many phones are here now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, presence, sessions, tables


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time that presence sees: the last of this list."""
    times = [now()]
    monkeypatch.setattr(presence, "now", lambda: times[-1])
    return times


def test_the_phones_of_all_servers_are_added_up(store: Store, session: sessions.Session, script: Instrument) -> None:
    other = sessions.create(store, "wekerom-02", script)
    assert presence.phones(store, session.id) == 0
    presence.report(store, "server-1", {session.id: 12, other.id: 5})
    presence.report(store, "server-2", {session.id: 30})
    assert presence.phones(store, session.id) == 42
    assert presence.phones(store, other.id) == 5


def test_the_last_number_of_a_server_counts(store: Store, session: sessions.Session) -> None:
    presence.report(store, "server-1", {session.id: 12})
    presence.report(store, "server-1", {session.id: 7})
    assert presence.phones(store, session.id) == 7
    presence.report(store, "server-1", {session.id: 0})
    presence.report(store, "server-2", {})
    assert presence.phones(store, session.id) == 0


def test_a_server_that_says_nothing_any_more_does_not_count(
    store: Store, session: sessions.Session, clock: list[datetime]
) -> None:
    presence.report(store, "stopped", {session.id: 12})
    clock.append(clock[0] + presence.STALE)
    presence.report(store, "running", {session.id: 30})
    assert presence.phones(store, session.id) == 42
    clock.append(clock[-1] + timedelta(microseconds=1))
    assert presence.phones(store, session.id) == 30


def test_servers_that_stopped_long_ago_are_forgotten(
    store: Store, session: sessions.Session, clock: list[datetime]
) -> None:
    presence.report(store, "stopped", {session.id: 12})
    clock.append(clock[0] + 11 * presence.STALE)
    presence.report(store, "running", {session.id: 30})
    with store.read() as connection:
        assert connection.execute(sa.select(tables.presence.c.server)).scalars().all() == ["running"]

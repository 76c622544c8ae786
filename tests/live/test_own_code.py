"""A code of one's own: what is kept of it, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bedoeling_nb import privacy
from bedoeling_nb.community import now
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, secrets, sessions, waves
from bedoeling_nb.store.sessions import GRACE, Session
from tests.kept import codes
from tests.live.conftest import Go, Served
from tests.servers import Reply, ask, participant


def send(served: Served, session: Session, person: str, code: object) -> Reply:
    body = json.dumps({"participant": person, "code": code}).encode()
    kind = {"Content-Type": "application/json"}
    return ask(served.port, "POST", f"/s/{session.code}/own-code", body, kind)


@pytest.fixture
def asked(store: Store, organisation: object) -> Session:
    """The pulse, asked of team wekerom-01."""
    wave = waves.open_wave(store, find("promises-pulse"), "wekerom-01", now() + timedelta(days=7))
    [session] = waves.sessions_of(store, wave)
    return session


@pytest.mark.parametrize("typed", ["MAJO07RN", "ma jo-7 rn", "Màjö07rñ"])
def test_of_a_code_only_a_hash_is_kept(served: Served, asked: Session, store: Store, typed: str) -> None:
    me = participant()
    reply = send(served, asked, me, typed)
    assert (reply.status, reply.json) == (200, {"stored": True})
    hashed = privacy.linking_hash("MAJO07RN", secrets.linking_key(store))
    assert codes(store, [asked.id]) == {(asked.id, privacy.participant(me, asked.id)): hashed}
    assert send(served, asked, me, "").json == {"stored": False}
    assert codes(store, [asked.id]) == {}


@pytest.mark.parametrize("typed", ["MAJO32RN", "MAJO00RN", "M1JO07RN", "MAJO07RNX", "07", "' OR 1=1 --", "ßßßß07ßß"])
def test_what_is_no_code_is_refused(served: Served, asked: Session, store: Store, typed: str) -> None:
    reply = send(served, asked, participant(), typed)
    assert (reply.status, reply.error) == (400, "personal_code")
    assert codes(store, [asked.id]) == {}


def test_a_meeting_takes_none(served: Served, session: Session, go: Go) -> None:
    go("zien")
    assert send(served, session, participant(), "MAJO07RN").error == "no_code_here"


def test_a_wave_that_is_over_takes_none(served: Served, asked: Session, store: Store) -> None:
    long_ago = now() - GRACE - timedelta(seconds=1)
    sessions.end(store, asked.id, rev=sessions.state(store, asked.id).rev, at=long_ago)
    assert send(served, asked, participant(), "MAJO07RN").error == "session_ended"


@pytest.mark.parametrize(("person", "code"), [("short", "MAJO07RN"), ("a" * 32, 7), ("a" * 32, "x" * 41)])
def test_a_message_that_is_not_as_described(served: Served, asked: Session, person: str, code: object) -> None:
    assert send(served, asked, person, code).error == "bad_request"

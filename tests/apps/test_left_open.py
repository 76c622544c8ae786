"""A meeting that somebody forgot to end, seen by who opens it again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bedoeling_nb.apps.resonance import LiveSession, Resonance
from bedoeling_nb.community import now
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, sessions


def test_who_opens_a_meeting_that_was_left_open_reads_that_it_ended(
    store: Store, organisation: object, script: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bedoeling_nb.apps.resonance.in_background", lambda work: work.close())
    at = now() - timedelta(days=3)
    session = sessions.create(store, "wekerom-01", script, created_at=at)
    sessions.go(store, session.id, "zien", rev=0, at=at)
    live = LiveSession(store, session, leads=True)
    assert live.stage.view["ended"]
    [page] = live.board.children
    assert "ze eindigde vanzelf in de nacht" in page.value
    live._act({"do": "go", "step": "voelen", "open": True, "rev": 1})
    assert "voorbij" in live.stage.notice


def test_who_wanted_what_is_there_already_is_told_nothing(
    store: Store, organisation: object, script: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bedoeling_nb.apps.resonance.in_background", lambda work: work.close())
    session = sessions.create(store, "wekerom-01", script)
    live = LiveSession(store, session, leads=True)
    for _ in range(2):  # a double click: both are about the screen of the first
        live._act({"do": "go", "step": "voelen", "open": True, "rev": 0})
    assert (live.stage.notice, sessions.state(store, session.id).rev) == ("", 1)
    live._act({"do": "go", "step": "zien", "open": True, "rev": 0})
    assert "Iemand anders" in live.stage.notice
    sessions.go(store, session.id, "zien", rev=1)
    live.refresh()
    assert live.stage.notice == ""
    for _ in range(2):
        live._act({"do": "end", "rev": 2})
    assert (live.stage.notice, live.stage.view["ended"]) == ("", True)


def test_a_session_that_never_began_leaves_the_list_by_itself(
    store: Store, organisation: object, script: Instrument
) -> None:
    old = sessions.create(store, "wekerom-01", script, created_at=now() - sessions.READY - timedelta(hours=1))
    ready = sessions.create(store, "wekerom-01", script, created_at=now() - timedelta(days=3))
    assert sessions.open_sessions(store) == [ready]
    assert sessions.by_code(store, old.code) == old  # who has its address may still begin


def test_what_was_held_lately_can_be_found_again(store: Store, organisation: object, script: Instrument) -> None:
    held = sessions.create(store, "wekerom-01", script)
    sessions.go(store, held.id, "zien", rev=0)
    assert sessions.lately_held(store) == []
    sessions.end(store, held.id, rev=1)
    never = sessions.create(store, "wekerom-02", script)
    sessions.end(store, never.id, rev=0)
    assert sessions.lately_held(store) == [held]
    app = Resonance(store, None, None, "nl")
    buttons = [one.description for one in app.box.children[0].children if held.code in getattr(one, "description", "")]
    assert buttons == [buttons[0]]
    assert buttons[0].startswith("Team 1 · Resonantieoverleg · ")

"""A meeting that somebody forgot to end, seen by who opens it again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bedoeling_nb.apps.resonance import LiveSession
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

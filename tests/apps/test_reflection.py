"""A team looks at itself when everything is in: nobody sees what one person said by looking twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from bedoeling_nb.analysis.reflection import reflect
from bedoeling_nb.apps import reflection
from bedoeling_nb.apps.reflection import ReflectionApp
from bedoeling_nb.community import now
from bedoeling_nb.errors import SessionEnded
from bedoeling_nb.store import Store, events, submissions, waves
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import translate
from tests.apps.conftest import filled_in
from tests.apps.screens import buttons, press, words

TEAM = "wekerom-01"
CLOSE, LOOK, TALK = "Close it for our team, and look", "Look together", "Begin the talk, with phones"
WAITING = translate("One moment, the last answers are coming in. Then you see it here.", "nl")


@pytest.fixture
def backend() -> str:
    """SQLite: this is about the screen."""
    return "sqlite"


def shows(app: ReflectionApp) -> bool:
    """Whether the team sees its results."""
    return translate(TALK, "nl") in {one.description for one in buttons(app.box)}


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """The clock of the app and of the store's answers goes on."""

    def moment() -> datetime:
        return now() + by

    for module in (reflection, submissions):
        monkeypatch.setattr(module, "now", moment)


def test_who_closes_it_sees_nothing_while_answers_are_on_their_way(
    store: Store, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    [session] = waves.sessions_of(store, wave)
    app = ReflectionApp(store, wave.id, TEAM, "nl")
    press(app.box, CLOSE)
    assert WAITING in words(app.box)
    assert not shows(app)
    assert set(submissions.add(store, filled_in(session.id, "the sixth", 1))) == {True}  # it was on its way
    press(app.box, LOOK)
    assert not shows(app)
    for seconds in (events.GRACE.total_seconds() + 0.1, events.SETTLED.total_seconds()):
        later(monkeypatch, timedelta(seconds=seconds))
        assert isinstance(submissions.add(store, filled_in(session.id, f"after {seconds}", 1))[0], SessionEnded)
        press(app.box, LOOK)
        if not shows(app):
            assert WAITING in words(app.box)
    assert shows(app)
    assert {one.n for one in reflect(store, wave, TEAM).scales} == {6}


def test_it_shows_by_itself_when_everything_is_in(store: Store, wave: Wave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SETTLED", timedelta(seconds=0.5))

    async def look() -> Any:
        app = ReflectionApp(store, wave.id, TEAM, "nl")
        press(app.box, CLOSE)
        assert WAITING in words(app.box)
        assert [one.disabled for one in buttons(app.box)] == [True]  # there is nothing to press yet
        assert app._waiting is not None
        await app._waiting
        return app

    assert shows(asyncio.run(look()))


def test_a_second_screen_that_closes_the_same_looks_too(
    store: Store, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (ReflectionApp(store, wave.id, TEAM, "nl") for _ in range(2))
    for app in (first, second):
        press(app.box, CLOSE)
    later(monkeypatch, events.SETTLED)
    for app in (first, second):
        press(app.box, LOOK)
        assert shows(app)

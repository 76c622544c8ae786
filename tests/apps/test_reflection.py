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
from bedoeling_nb.store import Store, events, sessions, submissions, waves
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import translate
from tests.apps.conftest import filled_in
from tests.apps.screens import buttons, press, words

TEAM = "wekerom-01"
CLOSE, LOOK, TALK = "Close it for our team, and look", "Look together", "Begin the talk, with phones"
YES, BACK, ON = "Yes, close it for our team", "Not yet, back", "On to our course"
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
    press(app.box, YES)
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
        press(app.box, YES)
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
        press(app.box, YES)
    later(monkeypatch, events.SETTLED)
    for app in (first, second):
        press(app.box, LOOK)
        assert shows(app)


def test_nothing_is_closed_by_who_goes_back(store: Store, wave: Wave) -> None:
    app = ReflectionApp(store, wave.id, TEAM, "nl")
    press(app.box, CLOSE)
    press(app.box, BACK)
    assert translate(LOOK, "nl") in {one.description for one in buttons(app.box)}
    assert waves.ended(store, wave) == set()


def test_a_talk_begins_once_comes_back_by_its_code_and_leads_to_the_course(
    store: Store, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    waves.close(store, wave)
    later(monkeypatch, events.SETTLED)
    app = ReflectionApp(store, wave.id, TEAM, "nl")
    assert app.course is not None
    app.course.asks.value = "half getypt"
    next(iter(app.themes.values())).value = True
    [begin] = [one for one in buttons(app.box) if one.description == translate(TALK, "nl")]
    for _ in range(2):  # a double click
        begin.click()
    [talk] = sessions.open_sessions(store)
    again = ReflectionApp(store, None, None, "nl", talk.code)
    screen = ReflectionApp(store, None, None, "nl", talk.code, "screen")
    for one, leads in ((app, True), (again, True), (screen, False)):
        assert one.live is not None
        assert (one.live.session.id, one.live.leads) == (talk.id, leads)
        assert not buttons(one.box)
    sessions.end(store, talk.id, rev=0)
    for one in (app, again, screen):
        assert one.live is not None
        one.live.refresh()
    assert not buttons(screen.box)
    for one, kept in ((app, "half getypt"), (again, "")):
        press(one.box, ON)
        assert one.course is not None
        assert one.course.unit == TEAM
        assert one.course.asks.value == kept


def test_a_code_that_is_not_there_says_so(store: Store, wave: Wave) -> None:
    app = ReflectionApp(store, None, None, "nl", "QQQQQQ")
    assert "geen sessie met deze code" in words(app.box)

"""No button does nothing: what is refused is a sentence, and what goes wrong is one too, and a traceback in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import ipywidgets
import pytest

from bedoeling_nb.apps.background import follow
from bedoeling_nb.apps.course import CourseApp
from bedoeling_nb.apps.course_form import CourseForm
from bedoeling_nb.apps.reflection import ReflectionApp
from bedoeling_nb.apps.reports import ReportDesk
from bedoeling_nb.apps.resonance import LiveSession, Resonance
from bedoeling_nb.apps.waves import WavesApp
from bedoeling_nb.community import new_id, now
from bedoeling_nb.instruments import find
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, courses, events, sessions, waves
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import translate
from tests.apps.screens import buttons, press, widgets, words

CLIMATE = find("climate")
TEAM = "wekerom-01"
OUR_FAULT = translate("Something went wrong here. Try again.", "nl")


@pytest.fixture
def backend() -> str:
    """SQLite: this is about the screens."""
    return "sqlite"


Broken = Callable[[], None]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    """From now on the store fails, in words of a programmer."""

    def fail(*_: object) -> NoReturn:
        raise RuntimeError("NOT NULL constraint failed: course.review_on")

    def break_it() -> None:
        for name in ("read", "write"):
            monkeypatch.setattr(Store, name, fail)

    return break_it


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as our fault."""
    return [str(one.exc_info[1]) for one in caplog.records if one.exc_info and one.levelno == logging.ERROR]


def test_every_button_says_that_it_fails(
    store: Store, wave: Wave, session: Session, broken: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    [asked] = waves.sessions_of(store, wave)
    sessions.end(store, asked.id, rev=1, at=now() - events.SETTLED)
    shown = ReflectionApp(store, wave.id, TEAM, "nl")
    boxes = [
        Resonance(store, TEAM, None, "nl").box,
        ReflectionApp(store, None, None, "nl").box,
        shown.box,
        CourseApp(store, "oost", "nl").box,
        CourseForm(store, TEAM, "nl", "–").box,
    ]
    for theme in (one for one in widgets(shown.box) if isinstance(one, ipywidgets.Checkbox)):
        theme.value = theme.description == "Veiligheid"
    broken()
    pressed = 0
    for box in boxes:
        for button in buttons(box):
            caplog.clear()
            button.click()
            assert OUR_FAULT in words(box), button.description
            assert "NOT NULL" not in words(box)
            pressed += 1
    assert pressed > 5


def test_what_is_chosen_says_that_it_fails(
    store: Store, wave: Wave, broken: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    waves.open_wave(store, CLIMATE, "oost", now() + timedelta(days=3))
    reflection, course = ReflectionApp(store, wave.id, None, "nl"), CourseApp(store, TEAM, "nl")
    broken()
    reflection.wave.value = next(value for _, value in reflection.wave.options if value != wave.id)
    course.unit.value = "oost"
    for box in (reflection.box, course.box):
        assert OUR_FAULT in words(box)
    assert len(tracebacks(caplog)) == 2


def test_what_a_desk_is_asked_says_that_it_fails(
    store: Store, wave: Wave, broken: Broken, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desks = (
        WavesApp(store, None, None, "nl").desk,
        ReportDesk(store, "nl", Settings(schedule=tmp_path / "none.yaml")).desk,
    )
    day = (now() + timedelta(days=9)).date().isoformat()
    broken()
    for desk, asked in [
        (desks[0], {"do": "open", "questionnaire": "climate", "unit": TEAM, "levels": ["team"], "day": day}),
        (desks[0], {"do": "close", "wave": wave.id}),
        (desks[0], {"do": "look", "wave": wave.id}),
        (desks[1], {"do": "make", "report": "team", "unit": TEAM, "period": "2026-Q3", "pdf": False}),
        (desks[1], {"do": "again", "run": new_id()}),
    ]:
        caplog.clear()
        desk.notice = ""
        desk._handle_custom_msg(asked, [])
        assert desk.notice == OUR_FAULT, asked
        assert tracebacks(caplog) == ["NOT NULL constraint failed: course.review_on"]


def test_what_a_live_session_is_asked_says_that_it_fails(
    store: Store, session: Session, broken: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveSession(store, session, leads=True)
    broken()
    live.stage._handle_custom_msg({"do": "go", "step": "zien", "open": True, "rev": 0}, [])
    assert live.stage.notice == OUR_FAULT
    assert tracebacks(caplog) == ["NOT NULL constraint failed: course.review_on"]


def test_a_course_without_a_day_is_refused_in_a_sentence(store: Store, organisation: object) -> None:
    form = CourseForm(store, TEAM, "nl", "–")
    form.goals["good_work"][0].value = "We leren van elkaar"
    form.review.value = None
    press(form.box, "Keep our course")
    assert form.told.value == translate("Choose the day on which you look at your course again.", "nl")
    assert courses.of_unit(store, TEAM) is None
    form.review.value = now().date()
    press(form.box, "Keep our course")
    assert form.told.value == translate("Your course is kept.", "nl")


def test_a_screen_that_cannot_look_says_so_once_and_takes_it_back(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    looks = iter([RuntimeError("database is locked"), RuntimeError("database is locked"), None, None])
    left = [1, 2, 3, 4]

    def refresh() -> None:
        left.pop()
        if problem := next(looks):
            raise problem

    asyncio.run(follow(lambda: True, refresh, told.append, "nl", every=0, some=2, going=lambda: bool(left)))
    assert told == [OUR_FAULT, ""]
    assert tracebacks(caplog) == ["database is locked"]

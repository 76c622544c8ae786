"""A wave that one team answers, and apps of which no error is lost."""

from __future__ import annotations

from asyncio import events
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import ipywidgets
import pytest

from bedoeling_nb.community import new_id, now
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, submissions, waves
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave


def filled_in(session: str, person: str, value: int) -> list[Submission]:
    """The same answer to all questions of the questionnaire on a safe climate."""
    return [
        Submission(new_id(), session, step.id, "1", person, {item.id: value for item in step.items})
        for step in find("climate").steps
    ]


@pytest.fixture
def wave(store: Store, organisation: object) -> Wave:
    """A wave of team wekerom-01, still open, in which five people answered."""
    made = waves.open_wave(store, find("climate"), "wekerom-01", now() + timedelta(days=3))
    [asked] = waves.sessions_of(store, made)
    for number in range(5):
        assert set(submissions.add(store, filled_in(asked.id, f"person {number}", 2 + number % 3))) == {True}
    return made


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Without the event loop that a browser of another test left running in this thread: nothing of ours goes there."""
    others = events._get_running_loop()
    events._set_running_loop(None)
    yield
    events._set_running_loop(others)


@pytest.fixture(autouse=True)
def _nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a notebook what leaves a callback is lost; here it would fail the test."""

    def call(self: ipywidgets.CallbackDispatcher, *given: Any, **named: Any) -> None:
        for one in self.callbacks:
            one(*given, **named)

    monkeypatch.setattr(ipywidgets.CallbackDispatcher, "__call__", call)

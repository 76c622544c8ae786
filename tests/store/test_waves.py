"""Waves: who is asked, until when, and how many answered."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest

from bedoeling_nb.community import Period, Person, new_id, now
from bedoeling_nb.errors import BadRequest, NotFound, SessionEnded
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, instruments, scores, sessions, submissions, units, waves
from bedoeling_nb.store.sessions import State, fold
from bedoeling_nb.store.submissions import Submission
from tests.conftest import ORGANISATION
from tests.kept import open_all

PULSE = find("promises-pulse")


@pytest.fixture
def wave(store: Store, organisation: object) -> waves.Wave:
    units.add(store, [], [Person(f"p{number}", "wekerom-01", "professional", f"P {number}") for number in range(6)])
    return waves.open_wave(store, PULSE, "heeren-loo", now() + timedelta(days=7))


def tell(store: Store, session: str, person: str, **answers: object) -> object:
    one = Submission(new_id(), session, "good_life", "1", person, dict(answers))
    return submissions.add(store, [one])[0]


def test_every_team_below_gets_a_code_of_its_own(store: Store, wave: waves.Wave) -> None:
    told = waves.responses(store, wave)
    assert [(one.unit, one.participants, one.people) for one in told] == [("wekerom-01", 0, 6), ("wekerom-02", 0, 0)]
    assert len({one.code for one in told}) == 2
    assert waves.get(store, wave.id) == waves.get(store, "promises-pulse") == wave
    assert waves.recent(store) == [wave]
    state = sessions.state(store, sessions.by_code(store, told[0].code).id)
    assert state.own_pace
    assert state.until == wave.closes_at


def test_all_steps_are_open_at_once_and_people_are_counted_once(store: Store, wave: waves.Wave) -> None:
    session = sessions.by_code(store, waves.responses(store, wave)[0].code).id
    assert tell(store, session, "a", gl1=4) is True
    assert tell(store, session, "a", gl1=4, gl2=2) is True
    assert submissions.add(store, [Submission(new_id(), session, "good_work", "1", "b", {"gw1": 5})]) == [True]
    assert [one.participants for one in waves.responses(store, wave)] == [2, 0]
    assert {one.participant: one.answers for one in submissions.current(store, session)} == {
        "a": {"gl1": 4, "gl2": 2},
        "b": {"gw1": 5},
    }


def test_after_closing_nothing_is_taken(store: Store, wave: waves.Wave) -> None:
    waves.close(store, wave)
    closed = waves.get(store, wave.id)
    assert not closed.is_open(now())
    waves.close(store, closed)  # again is harmless
    assert waves.get(store, wave.id).closed_at == closed.closed_at
    for session in waves.sessions_of(store, wave):
        assert sessions.state(store, session.id).ended
    session = waves.sessions_of(store, wave)[0].id
    assert tell(store, session, "a", gl1=1) is True  # it was on its way
    later = sessions.state(store, session)
    assert not later.accepts("good_life", now() + timedelta(seconds=10))


def test_a_team_that_closes_its_part_meanwhile_does_not_stop_the_closing_of_all(
    store: Store, wave: waves.Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = waves.sessions_of(store, wave)
    sessions.end(store, first.id, rev=1)
    real = waves.events.rows

    def slow(acts: Iterable[sessions.Event]) -> object:
        """The second team closes its part now; it is alone, or it waits."""
        other = Thread(target=lambda: suppress_ended(store, second.id))
        other.start()
        other.join(0.3)
        threads.append(other)
        return real(acts)

    threads: list[Thread] = []
    monkeypatch.setattr(waves.events, "rows", lambda acts: slow(acts) if not threads else real(acts))
    waves.close(store, wave)
    threads[0].join()
    assert not waves.get(store, wave.id).is_open(now())
    assert waves.ended(store, wave) == {"wekerom-01", "wekerom-02"}
    assert [one.kind for one in sessions.events(store, second.id)] == ["own_pace", "end"]


def test_a_wave_is_closed_as_a_whole_or_not_at_all(
    store: Store, wave: waves.Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = waves.sessions_of(store, wave)
    real = waves.events.rows

    def failing(acts: Iterable[sessions.Event]) -> object:
        acts = list(acts)
        if second.id in {one.session for one in acts}:
            raise OSError("the disk is full")
        return real(acts)

    monkeypatch.setattr(waves.events, "rows", failing)
    with pytest.raises(OSError, match="the disk is full"):
        waves.close(store, wave)
    assert waves.get(store, wave.id).is_open(now())
    assert not sessions.state(store, first.id).ended


def suppress_ended(store: Store, session: str) -> None:
    with suppress(SessionEnded):
        sessions.end(store, session, rev=1)


def test_a_wave_closes_by_itself(store: Store, wave: waves.Wave) -> None:
    state = sessions.state(store, waves.sessions_of(store, wave)[0].id)
    just_before, late = wave.closes_at - timedelta(seconds=1), wave.closes_at + timedelta(seconds=10)
    assert state.accepts("good_life", just_before)
    assert not state.over(just_before)
    assert not state.accepts("good_life", late)
    assert state.over(late)


def test_an_answer_after_its_time_is_refused(store: Store, organisation: object) -> None:
    session = sessions.create(store, "wekerom-01", PULSE)
    open_all(store, session.id, now() - timedelta(minutes=1))
    assert isinstance(tell(store, session.id, "a", gl1=1), SessionEnded)


def test_an_event_without_an_end_is_open_until_somebody_ends_it() -> None:
    event = sessions.Event(0, "s", 1, "own_pace", {"until": None}, now())
    assert fold(State(), [event]).accepts("anything", datetime(2099, 1, 1, tzinfo=UTC))


def test_the_last_day_is_told_not_the_moment_after(store: Store, organisation: object) -> None:
    closes = datetime(2099, 12, 1, 23, tzinfo=UTC)  # midnight here
    assert waves.open_wave(store, PULSE, "wekerom", closes).last_day == date(2099, 12, 1)


def test_the_last_day_of_a_wave_that_was_closed_early_is_when_it_was_closed() -> None:
    wave = waves.Wave("climate", 1, "wekerom", datetime(2026, 12, 1, 23, tzinfo=UTC))
    assert replace(wave, closed_at=datetime(2026, 11, 3, 23, 30, tzinfo=UTC)).last_day == date(2026, 11, 4)
    assert replace(wave, closed_at=wave.closes_at).last_day == date(2026, 12, 1)
    assert replace(wave, closed_at=datetime(2027, 1, 9, tzinfo=UTC)).last_day == date(2026, 12, 1)


def test_a_wave_is_of_the_period_of_its_last_day(store: Store, organisation: object) -> None:
    instruments.keep(store, PULSE)
    began, midnight = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 30, 22, tzinfo=UTC)  # 1 October, here
    moments = (midnight, midnight + timedelta(microseconds=1), now() - timedelta(seconds=5))
    some = [waves.Wave(PULSE.id, PULSE.version, "wekerom", moment, created_at=began) for moment in moments]
    for one in some:
        asked = sessions.new("wekerom-01", PULSE, created_at=began)
        waves.import_past(store, one, [asked])
    third, fourth = Period.parse("2026-Q3"), Period.parse("2026-Q4")
    assert [one.last_day for one in some[:2]] == [date(2026, 9, 30), date(2026, 10, 1)]
    assert waves.closed_of(store, "wekerom-01", third) == some[:1]
    assert waves.closed_of(store, "wekerom-01", fourth) == some[1:2]  # of the last answers may be on their way
    assert scores.closed(store, PULSE.id, midnight) == some[:1]
    assert scores.closed(store, PULSE.id, now()) == some[:2]


def test_of_a_questionnaire_the_last_wave_that_is_over_and_has_answers_is_finished(
    store: Store, wave: waves.Wave
) -> None:
    with pytest.raises(BadRequest, match="is over and has answers"):
        waves.finished(store, "promises-pulse")
    tell(store, waves.sessions_of(store, wave)[0].id, "a", gl1=4)
    with pytest.raises(BadRequest, match="is over and has answers"):
        waves.finished(store, "promises-pulse")
    waves.close(store, wave)
    without = waves.open_wave(store, PULSE, "wekerom", now() + timedelta(days=1))
    waves.close(store, without)
    running = waves.open_wave(store, PULSE, "wekerom", now() + timedelta(days=1))
    tell(store, waves.sessions_of(store, running)[0].id, "b", gl1=4)
    assert waves.finished(store, "promises-pulse").id == wave.id
    assert waves.get(store, "promises-pulse").id == waves.finished(store, running.id).id == running.id
    with pytest.raises(NotFound, match="wave list"):
        waves.finished(store, "nergens")


def test_which_units_are_asked_the_same_already(store: Store, wave: waves.Wave) -> None:
    later = waves.open_wave(store, PULSE, "wekerom-02", now() + timedelta(days=9))
    assert waves.running(store, "promises-pulse", ["wekerom-01", "oost"]) == ({"wekerom-01"}, wave.last_day)
    both = ({"wekerom-01", "wekerom-02"}, later.last_day)
    assert waves.running(store, "promises-pulse", ["wekerom-01", "wekerom-02"]) == both
    assert waves.running(store, "climate", ["wekerom-01"]) == (set(), None)
    waves.close(store, wave)
    assert waves.running(store, "promises-pulse", ["wekerom-01"]) == (set(), None)


def test_leaders_can_be_asked_too(store: Store, organisation: object) -> None:
    wave = waves.open_wave(
        store, find("climate"), "heeren-loo", now() + timedelta(1), levels=("region", "organisation")
    )
    assert [one.unit for one in waves.responses(store, wave)] == ["heeren-loo", "oost", "west"]


def test_what_cannot_be_asked(store: Store, organisation: object) -> None:
    soon = now() + timedelta(days=1)
    with pytest.raises(BadRequest, match="session start"):
        waves.open_wave(store, find("resonance"), "wekerom", soon)
    with pytest.raises(BadRequest, match=r"2025-11-30, and that is past"):
        waves.open_wave(store, PULSE, "wekerom", datetime(2025, 11, 30, 23, tzinfo=UTC))  # midnight here
    with pytest.raises(BadRequest, match="west"):
        waves.open_wave(store, PULSE, "west", soon)
    with pytest.raises(NotFound):
        waves.open_wave(store, PULSE, "nergens", soon)
    with pytest.raises(NotFound, match="wave list"):
        waves.get(store, "nergens")
    assert waves.recent(store) == []
    assert {unit.id for unit in ORGANISATION} >= {"west"}


def test_a_code_that_is_taken_becomes_another(
    store: Store, organisation: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = sessions.create(store, "wekerom-01", PULSE).code
    drawn = iter([taken, "AAAAAA", "AAAAAA", taken, "BBBBBB"])  # taken before, twice in one wave, both
    monkeypatch.setattr(sessions, "new_code", lambda: next(drawn))
    wave = waves.open_wave(store, PULSE, "heeren-loo", now() + timedelta(days=7))
    assert {one.code for one in waves.sessions_of(store, wave)} == {"AAAAAA", "BBBBBB"}


def test_a_wave_that_cannot_be_opened_leaves_nothing(store: Store, organisation: object) -> None:
    with pytest.raises(BadRequest, match="can only be raised"):
        waves.open_wave(store, PULSE, "heeren-loo", now() + timedelta(days=7), k=4)
    assert waves.recent(store) == []
    assert sessions.of_unit(store, "wekerom-01") == []

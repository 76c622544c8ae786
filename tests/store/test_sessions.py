"""Sessions: made, joined by code, moved by facilitators, moderated, ended."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedoeling_nb.community import Unit, new_id, now
from bedoeling_nb.errors import Conflict, NotFound, SessionEnded
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, interventions, sessions, submissions
from bedoeling_nb.store.events import SETTLED, first_open_day
from bedoeling_nb.store.sessions import CODE_ALPHABET, Event, State, fold
from bedoeling_nb.store.submissions import Submission
from tests.store.processes import SERVER, go_to, running, start_line


def moderation(*steps: tuple[str, ...]) -> list[Event]:
    """Events from ("hide", text), ("merge", text, into), …"""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Event(rev, "session", rev, kind, dict(zip(("text", "into"), texts, strict=False)), at)
        for rev, (kind, *texts) in enumerate(steps, 1)
    ]


# --- making and finding


def test_a_new_session_can_be_found_and_asks_nothing_yet(store: Store, session: sessions.Session) -> None:
    assert sessions.by_code(store, session.code) == session
    assert sessions.of_unit(store, "wekerom-01") == [session]
    assert sessions.open_sessions(store) == [session]
    assert sessions.state(store, session.id) == State(rev=0, step=None, open=False, ended=False)


def test_codes_have_six_characters_that_do_not_look_alike(
    store: Store, organisation: tuple[Unit, ...], script: Instrument
) -> None:
    assert not set(CODE_ALPHABET) & set("01OIL")
    assert len(set(CODE_ALPHABET)) == len(CODE_ALPHABET) == 31
    codes = [sessions.create(store, "wekerom-01", script).code for _ in range(20)]
    assert {len(code) for code in codes} == {6}
    assert set("".join(codes)) <= set(CODE_ALPHABET)
    assert len(set(codes)) == 20


def test_a_code_that_is_taken_is_not_given_again(
    store: Store, session: sessions.Session, script: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = itertools.chain(session.code, "234567")
    monkeypatch.setattr(sessions.secrets, "choice", lambda alphabet: next(drawn))
    other = sessions.create(store, "wekerom-02", script)
    assert other.code == "234567"
    assert sessions.by_code(store, session.code) == session
    assert sessions.by_code(store, "234567") == other


@pytest.mark.parametrize("typed", ["{lower}", " {code} ", "{first}-{last}", "{first} {last}"])
def test_a_code_may_be_typed_with_small_letters_spaces_and_hyphens(
    typed: str, store: Store, session: sessions.Session
) -> None:
    code = session.code
    typed = typed.format(code=code, lower=code.lower(), first=code[:3], last=code[3:])
    assert sessions.by_code(store, typed) == session


@pytest.mark.parametrize("code", ["", "222222", "22222", "2222222", "' OR 1", "\x00\x00", "\ud800", "%%%%%%", "é" * 6])
def test_a_code_of_no_session_says_what_to_do(code: str, store: Store, session: sessions.Session) -> None:
    with pytest.raises(NotFound, match="type the six characters again") as refused:
        sessions.by_code(store, code)
    assert refused.value.name == "unknown_session"


def test_a_session_needs_a_unit_that_exists(store: Store, script: Instrument) -> None:
    with pytest.raises(NotFound) as refused:
        sessions.create(store, "nowhere", script)
    assert refused.value.name == "unknown_unit"
    assert sessions.open_sessions(store) == []


def test_sessions_are_listed_with_the_latest_first(
    store: Store, organisation: tuple[Unit, ...], script: Instrument
) -> None:
    start = now() - timedelta(days=5)
    second, first, other = (
        sessions.create(store, unit, script, created_at=start + timedelta(days=day))
        for unit, day in (("wekerom-01", 2), ("wekerom-01", 1), ("wekerom-02", 3))
    )
    assert sessions.of_unit(store, "wekerom-01") == [second, first]
    assert sessions.open_sessions(store) == [other, second, first]
    sessions.end(store, second.id, rev=0)
    assert sessions.open_sessions(store) == [other, first]
    assert sessions.of_unit(store, "wekerom-01") == [second, first]


# --- moving


def test_a_facilitator_goes_through_the_steps(store: Store, session: sessions.Session) -> None:
    at = [datetime(2026, 3, 1, 10, minute, tzinfo=UTC) for minute in range(4)]
    closed = {"left": "zien", "left_at": at[1]}
    assert sessions.go(store, session.id, "zien", rev=0, at=at[0]) == State(rev=1, step="zien", open=True)
    assert sessions.go(store, session.id, "zien", open=False, rev=1, at=at[1]) == State(rev=2, step="zien", **closed)
    moved = State(rev=3, step="voelen", open=True, **closed)
    assert sessions.go(store, session.id, "voelen", rev=2, at=at[2]) == moved
    moved = State(rev=4, step="uitcheck", open=True, left="voelen", left_at=at[3])
    assert sessions.go(store, session.id, "uitcheck", rev=3, at=at[3]) == moved
    assert sessions.state(store, session.id) == moved


def test_a_step_that_the_script_does_not_have_is_refused(store: Store, session: sessions.Session) -> None:
    with pytest.raises(NotFound) as refused:
        sessions.go(store, session.id, "nowhere", rev=0)
    assert refused.value.name == "unknown_step"
    assert sessions.state(store, session.id) == State()


def test_an_answer_that_was_on_its_way_when_its_step_closed_is_accepted() -> None:
    at = datetime(2026, 3, 1, 10, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    opened = fold(State(), [Event(1, "s", 1, "step", {"step": "zien", "open": True}, at - timedelta(minutes=5))])
    assert opened.accepts("zien", at)
    assert not opened.accepts("voelen", at)
    for closing in (
        Event(2, "s", 2, "step", {"step": "zien", "open": False}, at),
        Event(2, "s", 2, "step", {"step": "voelen", "open": True}, at),
        Event(2, "s", 2, "end", {}, at),
    ):
        closed = fold(opened, [closing])
        assert closed.accepts("zien", at + sessions.GRACE)
        assert not closed.accepts("zien", at + sessions.GRACE + moment)
        assert not closed.accepts("uitcheck", at)


def test_an_ended_session_stays_ended(store: Store, session: sessions.Session) -> None:
    at = datetime(2026, 3, 1, 10, tzinfo=UTC)
    sessions.go(store, session.id, "zien", rev=0)
    ended = sessions.end(store, session.id, rev=1, at=at)
    assert ended == State(rev=2, step="zien", left="zien", left_at=at, ended=True, ended_at=at)
    with pytest.raises(SessionEnded):
        sessions.go(store, session.id, "voelen", rev=2)
    with pytest.raises(SessionEnded):
        sessions.end(store, session.id, rev=2)
    with pytest.raises(SessionEnded):
        sessions.moderate(store, session.id, "hide", "text")
    assert sessions.state(store, session.id) == ended


def test_a_facilitator_whose_screen_is_behind_does_not_move_the_session(
    store: Store, session: sessions.Session
) -> None:
    sessions.go(store, session.id, "zien", rev=0)
    with pytest.raises(Conflict, match="Somebody else just moved this session"):
        sessions.go(store, session.id, "voelen", rev=0)
    with pytest.raises(Conflict):
        sessions.end(store, session.id, rev=0)
    assert sessions.state(store, session.id) == State(rev=1, step="zien", open=True)


def test_moderation_does_not_stand_in_the_way_of_the_next_step(store: Store, session: sessions.Session) -> None:
    sessions.go(store, session.id, "zien", rev=0)
    sessions.moderate(store, session.id, "hide", "a")
    sessions.moderate(store, session.id, "merge", "b", "c")
    state = sessions.go(store, session.id, "voelen", rev=1)
    assert (state.rev, state.step, state.hidden, state.merged) == (4, "voelen", {"a"}, {"b": "c"})


def test_facilitators_of_different_sessions_do_not_conflict(
    store: Store, session: sessions.Session, script: Instrument
) -> None:
    other = sessions.create(store, "wekerom-02", script)
    sessions.go(store, session.id, "zien", rev=0)
    assert sessions.go(store, other.id, "voelen", rev=0) == State(rev=1, step="voelen", open=True)


def test_of_two_facilitators_at_the_same_moment_one_moves_the_session(
    store_url: str, store: Store, session: sessions.Session
) -> None:
    steps = ("zien", "voelen", "uitcheck")
    together = start_line(len(steps))
    ears, mouths = zip(*(SERVER.Pipe(duplex=False) for _ in steps), strict=True)
    calls = [
        (go_to, store_url, session.id, step, 0, together, mouth) for step, mouth in zip(steps, mouths, strict=True)
    ]
    with running(*calls):
        for mouth in mouths:
            mouth.close()  # so that we hear it when a process ends without a word
        said = [ear.recv() for ear in ears]
    assert said.count("conflict") == len(steps) - 1
    (moved_to,) = set(said) - {"conflict"}
    assert sessions.state(store, session.id) == State(rev=1, step=moved_to, open=True)


def test_an_app_hears_which_sessions_changed(store: Store, session: sessions.Session, script: Instrument) -> None:
    other = sessions.create(store, "wekerom-02", script)
    assert sessions.latest_event(store) == 0
    assert sessions.changed_since(store, 0) == (0, set())
    sessions.go(store, session.id, "zien", rev=0)
    first, changed = sessions.changed_since(store, 0)
    assert changed == {session.id}
    sessions.go(store, other.id, "zien", rev=0)
    sessions.moderate(store, other.id, "hide", "a")
    second, changed = sessions.changed_since(store, first)
    assert changed == {other.id}
    assert sessions.latest_event(store) == second > first
    assert sessions.changed_since(store, second) == (second, set())
    assert [event.rev for event in sessions.events(store, other.id, after=1)] == [2]


# --- moderating


def test_a_hidden_text_can_be_brought_back(store: Store, session: sessions.Session) -> None:
    assert sessions.moderate(store, session.id, "hide", "a").hidden == {"a"}
    assert sessions.moderate(store, session.id, "hide", "b").hidden == {"a", "b"}
    assert sessions.moderate(store, session.id, "show", "a").hidden == {"b"}
    assert sessions.state(store, session.id).hidden == {"b"}


def test_a_text_merged_into_a_merged_text_stands_under_the_first_one() -> None:
    state = fold(State(), moderation(("merge", "a", "b"), ("merge", "c", "a")))
    assert {text: state.root(text) for text in "abc"} == {"a": "b", "b": "b", "c": "b"}


def test_texts_follow_the_text_they_were_merged_into() -> None:
    state = fold(State(), moderation(("merge", "a", "b"), ("merge", "b", "c")))
    assert {text: state.root(text) for text in "abc"} == {"a": "c", "b": "c", "c": "c"}


@pytest.mark.parametrize(
    "steps",
    [
        [("merge", "a", "a")],
        [("merge", "a", "b"), ("merge", "b", "a")],
        [("merge", "a", "b"), ("merge", "b", "c"), ("merge", "c", "a")],
    ],
)
def test_texts_cannot_be_merged_in_a_circle(steps: list[tuple[str, ...]]) -> None:
    events = moderation(*steps)
    before = fold(State(), events[:-1])
    after = fold(before, events[-1:])
    assert after.merged == before.merged
    assert after.rev == len(steps)


def test_a_merged_text_can_be_taken_out_again() -> None:
    merged = moderation(("merge", "a", "b"), ("merge", "c", "b"), ("split", "a"))
    assert fold(State(), merged).merged == {"c": "b"}
    assert fold(State(), moderation(("split", "never merged"))).merged == {}


def test_an_event_of_a_later_version_only_counts() -> None:
    assert fold(State(step="zien"), moderation(("somersault", "a"))) == State(rev=1, step="zien")


TEXTS = st.sampled_from("abcdef")
ACTIONS = st.one_of(
    st.tuples(st.just("merge"), TEXTS, TEXTS), st.tuples(st.sampled_from(["split", "hide", "show"]), TEXTS)
)


@given(st.lists(ACTIONS, max_size=30))
def test_whatever_is_merged_every_text_has_one_that_stands_for_itself(steps: list[tuple[str, ...]]) -> None:
    state = fold(State(), moderation(*steps))
    for text in "abcdef":
        seen, root = {text}, text
        while root in state.merged:
            root = state.merged[root]
            assert root not in seen
            seen.add(root)
        assert state.root(text) == root


@given(st.lists(ACTIONS, max_size=12), st.integers(0, 12))
def test_folding_in_two_parts_is_folding_at_once(steps: Sequence[tuple[Any, ...]], cut: int) -> None:
    events = moderation(*steps)
    assert fold(fold(State(), events[:cut]), events[cut:]) == fold(State(), events)


def here(text: str) -> datetime:
    """A moment on the clock of people here."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Amsterdam"))


@pytest.mark.parametrize(
    ("begins", "night"),
    [
        ("2026-09-30T10:00", "2026-10-01T04:00"),
        ("2026-09-30T23:59", "2026-10-01T04:00"),  # there is time to finish
        ("2026-10-01T03:59", "2026-10-02T04:00"),
    ],
)
def test_a_meeting_that_nobody_ended_ends_in_the_night_after_its_first_step(
    store: Store, organisation: object, script: Instrument, begins: str, night: str
) -> None:
    began, over = here(begins), here(night)
    session = sessions.create(store, "wekerom-01", script, created_at=began)
    sessions.go(store, session.id, "zien", rev=0, at=began)
    last = over - timedelta(minutes=1)
    state = sessions.go(store, session.id, "voelen", rev=1, at=last)  # going on does not begin anew
    assert state.until == over
    assert state.accepts("voelen", over + sessions.GRACE)
    assert not state.accepts("voelen", over + sessions.GRACE + timedelta(seconds=1))
    assert not state.over(last)
    assert state.over(over)
    with pytest.raises(SessionEnded):
        sessions.go(store, session.id, "zien", rev=2, at=over)
    with pytest.raises(SessionEnded):
        sessions.moderate(store, session.id, "hide", "a")
    with pytest.raises(SessionEnded):
        interventions.agree(store, session, "Samen eten", "Fatma", began.date(), began.date())
    late = Submission(new_id(), session.id, "voelen", "1", "p", {"energy": 5})
    [refused] = submissions.add(store, [late])
    assert isinstance(refused, SessionEnded)
    assert sessions.open_sessions(store) == []
    ended = sessions.end(store, session.id, rev=2, at=over + timedelta(days=30))  # to say so is harmless
    assert not ended.accepts("voelen", over + timedelta(days=30))


def test_what_is_kept_of_a_day_is_whole_after_its_night() -> None:
    """As soon as a day is no open one, its meetings take nothing; also in the nights when the clock changes."""
    for day in ("2026-09-30", "2026-10-24", "2026-03-28"):
        step = Event(1, "s", 1, "step", {"step": "zien", "open": True}, here(f"{day}T23:59"))
        state = fold(State(), [step])
        assert state.until is not None
        whole = state.until + SETTLED
        assert str(first_open_day(whole - timedelta(seconds=1))) == day
        assert str(first_open_day(whole)) > day
        assert not state.accepts("zien", whole)


def test_a_meeting_that_was_made_ready_is_held_on_the_day_of_its_first_step(
    store: Store, organisation: object, script: Instrument
) -> None:
    session = sessions.create(store, "wekerom-01", script, created_at=now() - timedelta(days=5))
    assert sessions.open_sessions(store) == [session]
    assert not sessions.state(store, session.id).over(now())
    at = now()
    state = sessions.go(store, session.id, "zien", rev=0, at=at)
    assert state.accepts("zien", at)
    assert sessions.by_code(store, session.code) == replace(session, created_at=at)
    sessions.go(store, session.id, "voelen", rev=1, at=at + timedelta(seconds=1))
    assert sessions.by_code(store, session.code).created_at == at


def test_an_old_meeting_may_be_written_with_its_own_times(
    store: Store, organisation: object, script: Instrument
) -> None:
    at = now() - timedelta(days=5)
    session = sessions.create(store, "wekerom-01", script, created_at=at)
    sessions.go(store, session.id, "zien", rev=0, at=at)
    assert sessions.by_code(store, session.code).created_at == at

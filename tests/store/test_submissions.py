"""What people told: append-only, once each, refused when the step is closed, never lost, never missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bedoeling_nb.community import now
from bedoeling_nb.errors import BedoelingError, SessionEnded, StepClosed, TooMany
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, sessions, submissions
from bedoeling_nb.store.submissions import Submission
from tests.store.processes import SERVER, running, start_line, submission, write, write_for_ever


def before() -> datetime:
    """A moment before which no answer can still be on its way."""
    return now() - sessions.GRACE - timedelta(seconds=1)


@pytest.fixture
def asked(store: Store, session: sessions.Session) -> str:
    """The id of a session in which step "zien" is open."""
    sessions.go(store, session.id, "zien", rev=0)
    return session.id


def kinds(results: list[bool | BedoelingError]) -> list[object]:
    """The results, with errors as their class."""
    return [result if isinstance(result, bool) else type(result) for result in results]


def ids(rows: list[Submission]) -> list[str]:
    return [row.id for row in rows]


def test_a_submission_comes_back_as_it_was_sent(store: Store, asked: str) -> None:
    sent = submission(
        asked,
        "a",
        participant="bea",
        entry="2",
        answers={
            "seen": "Café ’t Hoekje 🌻",
            "promise": {"good_life": 0.5, "good_work": 0.0, "healthy_organisation": 0.5},
            "choices": ["b", "a"],
            "energy": 7.0,
            "none": None,
        },
        at=datetime(2026, 3, 1, 10, 30, 15, 123456, tzinfo=UTC),
    )
    assert submissions.add(store, [sent]) == [True]
    (kept,) = submissions.since(store, asked, 0)
    assert kept.seq > 0
    assert Submission(**(vars(kept) | {"seq": 0})) == sent


def test_nothing_to_keep_is_kept(store: Store, asked: str) -> None:
    assert submissions.add(store, []) == []
    assert submissions.count(store, asked) == 0


def test_a_submission_sent_twice_is_stored_once(store: Store, asked: str) -> None:
    assert submissions.add(store, [submission(asked, "a", answers={"seen": "first"})]) == [True]
    assert submissions.add(store, [submission(asked, "a", answers={"seen": "again"})]) == [False]
    (kept,) = submissions.since(store, asked, 0)
    assert kept.answers == {"seen": "first"}


def test_the_same_submission_twice_in_one_batch_is_stored_once(store: Store, asked: str) -> None:
    batch = [submission(asked, "a", answers={"seen": "first"}), submission(asked, "a", answers={"seen": "again"})]
    assert submissions.add(store, batch) == [True, False]
    (kept,) = submissions.since(store, asked, 0)
    assert kept.answers == {"seen": "first"}


def test_a_submission_sent_again_after_the_step_closed_is_acknowledged(store: Store, asked: str) -> None:
    submissions.add(store, [submission(asked, "a")])
    sessions.go(store, asked, "zien", open=False, rev=1, at=before())
    assert submissions.add(store, [submission(asked, "a")]) == [False]
    sessions.end(store, asked, rev=2, at=before())
    assert submissions.add(store, [submission(asked, "a")]) == [False]


def test_the_last_submission_of_a_person_for_an_entry_counts(store: Store, asked: str) -> None:
    for id, fields in {
        "a": {"participant": "ann", "answers": {"seen": "one"}},
        "b": {"participant": "bea"},
        "c": {"participant": "ann", "entry": "2"},
        "d": {"participant": "ann", "answers": {"seen": "two"}},
    }.items():
        assert submissions.add(store, [submission(asked, id, **fields)]) == [True]
    assert ids(submissions.since(store, asked, 0)) == ["a", "b", "c", "d"]
    assert sorted(ids(submissions.current(store, asked))) == ["b", "c", "d"]


def test_an_empty_submission_withdraws_the_entry_and_a_later_one_brings_it_back(store: Store, asked: str) -> None:
    submissions.add(store, [submission(asked, "a"), submission(asked, "b", participant="bea")])
    submissions.add(store, [submission(asked, "c", answers={})])
    assert ids(submissions.current(store, asked)) == ["b"]
    assert submissions.count(store, asked) == 3
    submissions.add(store, [submission(asked, "d")])
    assert sorted(ids(submissions.current(store, asked))) == ["b", "d"]


def test_answers_to_a_step_that_is_not_open_are_refused(store: Store, asked: str) -> None:
    assert kinds(submissions.add(store, [submission(asked, "a", step="voelen")])) == [StepClosed]
    sessions.go(store, asked, "zien", open=False, rev=1, at=before())
    assert kinds(submissions.add(store, [submission(asked, "a")])) == [StepClosed]
    sessions.go(store, asked, "zien", rev=2)
    assert submissions.add(store, [submission(asked, "a")]) == [True]


def test_answers_before_the_first_step_are_refused(store: Store, session: sessions.Session) -> None:
    assert kinds(submissions.add(store, [submission(session.id, "a")])) == [StepClosed]


@pytest.mark.parametrize("how", ["closed", "next", "ended"])
def test_an_answer_that_comes_shortly_after_its_step_closed_is_kept(how: str, store: Store, asked: str) -> None:
    soon = now() + timedelta(hours=1)  # for the store the step closes later than any answer below arrives
    match how:
        case "closed":
            sessions.go(store, asked, "zien", open=False, rev=1, at=soon)
        case "next":
            sessions.go(store, asked, "voelen", rev=1, at=soon)
        case "ended":
            sessions.end(store, asked, rev=1, at=soon)
    assert submissions.add(store, [submission(asked, "a")]) == [True]


def test_answers_to_an_ended_session_are_refused(store: Store, asked: str) -> None:
    sessions.end(store, asked, rev=1, at=before())
    assert kinds(submissions.add(store, [submission(asked, "a")])) == [SessionEnded]
    assert submissions.count(store, asked) == 0


def test_an_unknown_session_has_no_open_step(store: Store) -> None:
    assert kinds(submissions.add(store, [submission("nowhere", "a")])) == [StepClosed]


def test_one_that_is_refused_does_not_harm_the_others(store: Store, asked: str, script: Instrument) -> None:
    ended = sessions.create(store, "wekerom-02", script)
    sessions.end(store, ended.id, rev=0)
    batch = [
        submission(asked, "a"),
        submission(ended.id, "b"),
        submission(asked, "c", step="voelen"),
        submission(asked, "a"),
        submission(asked, "d", participant="bea"),
    ]
    assert kinds(submissions.add(store, batch)) == [True, SessionEnded, StepClosed, False, True]
    assert ids(submissions.since(store, asked, 0)) == ["a", "d"]


def test_a_participant_has_a_limit_that_holds_within_a_batch_too(store: Store, asked: str) -> None:
    assert submissions.add(store, [submission(asked, "a")], most=3) == [True]
    batch = [submission(asked, id) for id in "bcd"] + [submission(asked, "e", participant="bea")]
    results = submissions.add(store, batch, most=3)
    assert kinds(results) == [True, True, TooMany, True]
    assert isinstance(results[2], TooMany)
    assert "You have sent 3 answers" in results[2].message("en")
    assert submissions.add(store, [submission(asked, "b")], most=3) == [False]
    assert kinds(submissions.add(store, [submission(asked, "f")], most=3)) == [TooMany]
    assert ids(submissions.since(store, asked, 0)) == ["a", "b", "c", "e"]


def test_the_limit_counts_one_session(store: Store, asked: str, script: Instrument) -> None:
    other = sessions.create(store, "wekerom-02", script)
    sessions.go(store, other.id, "zien", rev=0)
    assert submissions.add(store, [submission(asked, "a"), submission(other.id, "b")], most=1) == [True, True]


def test_a_reader_gets_only_what_came_after_its_cursor(store: Store, asked: str, script: Instrument) -> None:
    other = sessions.create(store, "wekerom-02", script)
    sessions.go(store, other.id, "zien", rev=0)
    submissions.add(store, [submission(asked, "a"), submission(other.id, "x"), submission(asked, "b")])
    first, second = submissions.since(store, asked, 0)
    assert (first.id, second.id) == ("a", "b")
    assert ids(submissions.since(store, asked, first.seq)) == ["b"]
    assert submissions.since(store, asked, second.seq) == []
    assert submissions.count(store, asked) == 2


def test_past_submissions_can_be_brought_in_twice(store: Store, asked: str) -> None:
    sessions.end(store, asked, rev=1)
    submissions.import_past(store, [submission(asked, "a"), submission(asked, "b")])
    submissions.import_past(store, [submission(asked, "b", answers={"seen": "other"}), submission(asked, "c")])
    submissions.import_past(store, [])
    rows = submissions.since(store, asked, 0)
    assert ids(rows) == ["a", "b", "c"]
    assert rows[1].answers == {"seen": "b"}


def test_a_room_of_a_thousand_fits_in_one_batch(store: Store, asked: str) -> None:
    batch = [submission(asked, f"id-{number}", participant=f"p-{number}") for number in range(1000)]
    assert submissions.add(store, batch) == [True] * 1000
    assert submissions.count(store, asked) == 1000


def test_processes_that_write_together_lose_nothing_and_a_reader_misses_nothing(
    store_url: str, store: Store, asked: str
) -> None:
    writers, batches, size = ("ann", "bea", "cor"), 25, 8
    together = start_line(len(writers))
    seen: list[Submission] = []
    with running(*[(write, store_url, asked, writer, batches, size, together) for writer in writers]) as processes:
        busy = True
        while busy:
            busy = any(process.is_alive() for process in processes)  # before the look, so that the last look is after
            seen += submissions.since(store, asked, seen[-1].seq if seen else 0)
        assert [process.exitcode for process in processes] == [0] * len(writers)
    assert len(seen) == len(writers) * batches * size
    assert seen == submissions.since(store, asked, 0)
    for writer in writers:
        own = [row.id for row in seen if row.participant == writer]
        assert own == [f"{writer}-{batch}-{i}" for batch in range(batches) for i in range(size)]


def test_a_process_that_is_killed_loses_no_submission_it_acknowledged(store_url: str, store: Store, asked: str) -> None:
    ear, mouth = SERVER.Pipe(duplex=False)
    with running((write_for_ever, store_url, asked, mouth)) as (process,):
        mouth.close()
        acknowledged = [ear.recv() for _ in range(40)]
        process.kill()
        process.join()
        while ear.poll():  # what it still said before it died
            try:
                acknowledged.append(ear.recv())
            except EOFError:
                break
    again = Store.open(store_url)
    kept = ids(submissions.since(again, asked, 0))
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) <= len(acknowledged) + 1  # at most one was kept and not yet acknowledged
    assert submissions.add(again, [submission(asked, "after")], most=10**9) == [True]
    again.close()

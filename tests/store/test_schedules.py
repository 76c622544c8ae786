"""What is due: noted once, claimed by one, taken over from who was killed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bedoeling_nb.community import now
from bedoeling_nb.errors import Conflict
from bedoeling_nb.store import Store, schedules
from bedoeling_nb.store.schedules import DueRun

SEVEN, EIGHT, NINE = (datetime(2026, 11, 2, hour, tzinfo=UTC) for hour in (7, 8, 9))
LONG, OVER = timedelta(hours=1), timedelta(seconds=-1)


def run_of(store: Store, due_at: datetime) -> DueRun:
    return next(run for run in schedules.runs(store) if run.due_at == due_at)


@pytest.fixture
def noted(store: Store) -> Store:
    """A store in which entry "a" was due at seven, and comes next at eight."""
    schedules.put(store, "a", "0 * * * *", SEVEN)
    schedules.note_due(store, "a", SEVEN, EIGHT)
    return store


def test_what_was_due_is_noted_once_with_the_time_that_comes_next(noted: Store) -> None:
    schedules.note_due(noted, "a", SEVEN, EIGHT)
    assert [(run.entry, run.due_at, run.state) for run in schedules.runs(noted)] == [("a", SEVEN, "due")]
    assert schedules.entries(noted)["a"].next_run_at == EIGHT


def test_of_times_that_were_missed_only_the_last_is_run(noted: Store) -> None:
    schedules.note_due(noted, "a", NINE, NINE + LONG)
    assert [(run.due_at, run.state) for run in schedules.runs(noted)] == [(NINE, "due"), (SEVEN, "skipped")]
    assert schedules.last_runs(noted)["a"].due_at == NINE


def test_one_of_many_who_want_it_gets_it(noted: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda number: schedules.claim(noted, f"w{number}", ["a"], LONG), range(8)))
    assert len([claim for claim in got if claim]) == 1
    assert schedules.claim(noted, "late", ["a"], LONG) is None


def test_an_entry_that_the_file_does_not_name_is_not_run(noted: Store) -> None:
    assert schedules.claim(noted, "w", ["b"], LONG) is None


def test_an_entry_runs_once_at_a_time(noted: Store) -> None:
    first = schedules.claim(noted, "w1", ["a"], LONG)
    schedules.note_due(noted, "a", EIGHT, NINE)
    assert first is not None
    assert schedules.claim(noted, "w2", ["a"], LONG) is None
    with pytest.raises(Conflict):
        schedules.claim_now(noted, "w2", "a", LONG)
    assert schedules.end(noted, first, "done", made=1)
    second = schedules.claim(noted, "w2", ["a"], LONG)
    assert second is not None
    assert second.due_at == EIGHT


def test_who_let_the_lease_end_lost_the_run(noted: Store) -> None:
    killed = schedules.claim(noted, "killed", ["a"], OVER)
    other = schedules.claim(noted, "other", ["a"], LONG)
    assert killed is not None
    assert other is not None
    assert (killed.attempts, other.attempts) == (1, 2)
    assert not schedules.renew(noted, killed, LONG)
    assert not schedules.end(noted, killed, "done")
    assert schedules.renew(noted, other, LONG)
    assert run_of(noted, SEVEN).worker == "other"


def test_what_failed_is_there_again_when_its_time_has_come(noted: Store) -> None:
    claim = schedules.claim(noted, "w", ["a"], LONG)
    assert claim is not None
    schedules.end(noted, claim, "waiting", next_try_at=now() + LONG, problem="kapot", failed=1)
    assert schedules.claim(noted, "w", ["a"], LONG) is None
    run = run_of(noted, SEVEN)
    assert (run.state, run.problem, run.failed, run.ended_at) == ("waiting", "kapot", 1, None)
    assert schedules.claim_now(noted, "w", "a", OVER).attempts == 1
    schedules.end(noted, replace(claim, worker="nobody"), "done")
    assert run_of(noted, SEVEN).state == "waiting"


def test_a_paused_entry_is_not_due_and_what_waits_is_skipped(noted: Store) -> None:
    schedules.pause(noted, "a", "0 * * * *")
    schedules.note_due(noted, "a", EIGHT, NINE)
    assert [(run.due_at, run.state) for run in schedules.runs(noted)] == [(SEVEN, "skipped")]
    assert schedules.entries(noted)["a"].paused
    schedules.put(noted, "a", "0 * * * *", EIGHT)
    assert schedules.entries(noted)["a"].paused, "a scheduler that starts does not end a pause"
    schedules.resume(noted, "a", "0 * * * *", NINE)
    schedules.note_due(noted, "a", EIGHT, NINE)
    assert schedules.claim(noted, "w", ["a"], LONG) is None
    schedules.note_due(noted, "a", NINE, NINE + LONG)
    assert schedules.claim(noted, "w", ["a"], LONG) is not None


def test_what_fails_while_its_entry_is_paused_is_not_tried_again(noted: Store) -> None:
    claim = schedules.claim(noted, "w", ["a"], LONG)
    assert claim is not None
    schedules.pause(noted, "a", "0 * * * *")
    assert schedules.end(noted, claim, "waiting", next_try_at=now() - LONG, failed=1)
    assert schedules.claim(noted, "w", ["a"], LONG) is None
    schedules.resume(noted, "a", "0 * * * *", EIGHT)
    assert run_of(noted, SEVEN).state == "skipped"
    schedules.note_due(noted, "a", EIGHT, NINE)
    schedules.resume(noted, "a", "0 * * * *", NINE)
    assert run_of(noted, EIGHT).state == "due", "it was not paused"


def test_what_waits_of_an_entry_that_is_gone_is_not_run_when_it_comes_back(noted: Store) -> None:
    schedules.keep(noted, ["b"])
    schedules.put(noted, "a", "0 * * * *", NINE)
    assert schedules.claim(noted, "w", ["a"], LONG) is None
    assert run_of(noted, SEVEN).state == "skipped"


def test_a_time_is_kept_until_the_trigger_changes(noted: Store) -> None:
    schedules.put(noted, "a", "0 * * * *", NINE)
    assert schedules.entries(noted)["a"].next_run_at == EIGHT
    schedules.put(noted, "a", "0 9 * * *", NINE)
    assert schedules.entries(noted)["a"].next_run_at == NINE
    schedules.keep(noted, ["b"])
    assert schedules.entries(noted) == {}
    assert len(schedules.runs(noted)) == 1

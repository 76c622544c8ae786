"""The vocabulary: ids and time."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime

import pytest

from bedoeling_nb import community
from bedoeling_nb.community import PROMISES, local_time, new_id, now


def test_ids_are_uuids_of_version_7_that_carry_their_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1_790_000_000_123
    monkeypatch.setattr(community.time, "time_ns", lambda: moment * 1_000_000)
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == moment


def test_ids_sort_by_time_and_never_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.time_ns()
    moments = iter(range(start, start + 500 * 10**6, 10**6))
    monkeypatch.setattr(community.time, "time_ns", lambda: next(moments))
    ids = [new_id() for _ in range(500)]
    assert ids == sorted(ids)
    monkeypatch.setattr(community.time, "time_ns", lambda: start)
    assert len({new_id() for _ in range(500)}) == 500


def test_time_is_utc_in_the_store_and_dutch_on_the_screen() -> None:
    assert now().tzinfo is UTC
    assert local_time(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)).strftime("%Y-%m-%d %H:%M") == "2026-07-02 00:30"
    assert local_time(datetime(2026, 1, 1, 12, tzinfo=UTC)).strftime("%H:%M") == "13:00"


def test_the_promises_have_their_keys_in_the_order_of_the_course() -> None:
    assert [promise.key for promise in PROMISES] == ["good_life", "good_work", "healthy_organisation"]

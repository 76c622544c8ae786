"""The vocabulary: ids and time."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, date, datetime

import pytest

from bedoeling_nb import community
from bedoeling_nb.community import (
    PERIOD_KINDS,
    PROMISES,
    Period,
    Unit,
    in_order,
    lineage,
    local_time,
    new_id,
    now,
    start_of_day,
)
from bedoeling_nb.errors import BadRequest


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


@pytest.mark.parametrize(
    ("text", "kind", "first", "end", "nl", "en"),
    [
        ("2026-09", "month", date(2026, 9, 1), date(2026, 10, 1), "september 2026", "September 2026"),
        ("2026-12", "month", date(2026, 12, 1), date(2027, 1, 1), "december 2026", "December 2026"),
        ("2026-q3", "quarter", date(2026, 7, 1), date(2026, 10, 1), "3e kwartaal 2026", "3rd quarter 2026"),
        (" 2026 ", "year", date(2026, 1, 1), date(2027, 1, 1), "2026", "2026"),
    ],
)
def test_a_period_is_written_in_three_ways(text: str, kind: str, first: date, end: date, nl: str, en: str) -> None:
    period = Period.parse(text)
    assert (period.kind, period.first, period.end) == (kind, first, end)
    assert (period.name("nl"), period.name("en")) == (nl, en)
    assert str(period) == text.strip().upper()


@pytest.mark.parametrize("text", ["", "2026-13", "2026-Q5", "26-Q1", "2026-9", "2026Q3", "0000", "9999-12", "derde"])
def test_what_is_no_period_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadRequest, match="2026-Q3"):
        Period.parse(text)


def test_periods_follow_each_other_without_a_gap() -> None:
    for kind in PERIOD_KINDS:
        period = Period.containing(date(2024, 2, 29), kind)
        for _ in range(30):
            assert period.shifted(1).first == period.end
            assert period.shifted(1).shifted(-1) == period
            assert Period.parse(period.id) == period
            assert Period.containing(period.first, kind) == period
            period = period.shifted(1)


def test_a_day_begins_on_the_clock_of_people_here() -> None:
    assert start_of_day(date(2026, 7, 1)).astimezone(UTC) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert start_of_day(date(2026, 1, 1)).astimezone(UTC) == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_units_stand_below_what_they_are_part_of_and_a_circle_loses_none() -> None:
    units = [
        Unit("b", None, "region", "B"),
        Unit("a-2", "a", "team", "A2"),
        Unit("a", None, "region", "A"),
        Unit("lost", "nowhere", "team", "Lost"),
        Unit("x", "y", "location", "X"),
        Unit("y", "x", "location", "Y"),
        Unit("a-1", "a", "team", "A1"),
    ]
    found = [(unit.id, depth) for unit, depth in in_order(units)]
    assert found[:4] == [("a", 0), ("a-1", 1), ("a-2", 1), ("b", 0)]
    assert sorted(unit for unit, _ in found) == sorted(unit.id for unit in units)
    assert lineage({unit.id: unit for unit in units}, "a-1") == ["a-1", "a"]
    assert lineage({unit.id: unit for unit in units}, "y") == ["y", "x"]
    assert lineage({}, "y") == lineage({}, None) == []

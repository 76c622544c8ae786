"""Deliveries: nobody gets the same report twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bedoeling_nb.store import Store, deliveries, schedules
from bedoeling_nb.store.deliveries import Parcel
from bedoeling_nb.store.schedules import Claim
from tests.kept import deliveries_of

LONG = timedelta(hours=1)


@pytest.fixture
def claimed(store: Store) -> Claim:
    """A run of entry "a" that is ours."""
    return schedules.claim_now(store, "we", "a", LONG)


@pytest.fixture
def parcel(claimed: Claim) -> Parcel:
    """A report of that run, for one mailbox."""
    return Parcel("a", claimed.due_at, "team", "wekerom-01", "mail:jo@example.org", "2026-Q3", "f1", "<1@x>")


def test_what_was_sent_is_not_sent_again(store: Store, claimed: Claim, parcel: Parcel) -> None:
    assert deliveries.begin(store, claimed, parcel) == ("send", None)
    assert deliveries.begin(store, claimed, parcel) == ("send", None), "nobody knows whether it arrived"
    deliveries.end(store, parcel, "sent")
    assert deliveries.begin(store, claimed, parcel) == ("sent", None)
    assert deliveries.begin(store, claimed, replace(parcel, fingerprint="f2")) == ("sent", None)
    [row] = deliveries_of(store, "a", claimed.due_at)
    assert (row.state, row.message_id, row.fingerprint) == ("sent", "<1@x>", "f1")


def test_what_failed_is_tried_again_and_what_was_refused_is_not(store: Store, claimed: Claim, parcel: Parcel) -> None:
    deliveries.begin(store, claimed, parcel)
    deliveries.end(store, parcel, "failed", "vol")
    assert deliveries.begin(store, claimed, parcel) == ("send", None)
    deliveries.end(store, parcel, "refused", "bestaat niet")
    assert deliveries.begin(store, claimed, parcel) == ("refused", "bestaat niet")


def test_a_later_time_brings_only_another_report(store: Store, claimed: Claim, parcel: Parcel) -> None:
    deliveries.begin(store, claimed, parcel)
    deliveries.end(store, parcel, "sent")
    schedules.end(store, claimed, "done")
    later = schedules.claim_now(store, "we", "a", LONG)
    again = replace(parcel, due_at=later.due_at)
    assert deliveries.begin(store, later, again) == ("same", None)
    assert deliveries.begin(store, later, again) == ("sent", None)
    for other in (
        replace(again, unit="wekerom-02"),
        replace(again, recipient="folder:/tmp"),
        replace(again, period="2026-Q4", unit="wekerom-03"),
    ):
        assert deliveries.begin(store, later, other) == ("send", None)
    schedules.end(store, later, "done")
    last = schedules.claim_now(store, "we", "a", LONG)
    assert deliveries.begin(store, last, replace(parcel, due_at=last.due_at, fingerprint="f2")) == ("send", None)


def test_a_run_that_comes_further_each_time_that_it_is_killed_is_not_given_up(
    store: Store, claimed: Claim, parcel: Parcel
) -> None:
    for number in range(5):
        one = replace(parcel, unit=f"wekerom-{number}")
        assert deliveries.begin(store, claimed, one) == ("send", None)
        deliveries.end(store, one, "sent")
        schedules.renew(store, claimed, -LONG)
        again = schedules.claim(store, "we", ["a"], LONG)
        assert again is not None
        assert again.attempts == 2
        claimed = again
    deliveries.begin(store, claimed, replace(parcel, unit="wekerom-9"))
    deliveries.end(store, replace(parcel, unit="wekerom-9"), "failed")
    schedules.renew(store, claimed, -LONG)
    stuck = schedules.claim(store, "we", ["a"], LONG)
    assert stuck is not None
    assert stuck.attempts == 3


def test_a_run_that_is_not_ours_any_more_delivers_nothing(store: Store, parcel: Parcel, claimed: Claim) -> None:
    assert deliveries.begin(store, replace(claimed, worker="another"), parcel) == ("lost", None)
    schedules.renew(store, claimed, -LONG)
    assert deliveries.begin(store, claimed, parcel) == ("lost", None)
    unknown = Claim("b", datetime(2026, 1, 1, tzinfo=UTC), "we", 1)
    assert deliveries.begin(store, unknown, parcel) == ("lost", None)
    assert deliveries_of(store, "a", claimed.due_at) == []

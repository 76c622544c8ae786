"""The limiter, by a clock that the test moves."""

from __future__ import annotations

import pytest

from bedoeling_nb.live.limits import Limiter


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def allowed(limiter: Limiter, source: str, tries: int) -> int:
    return sum(limiter.allow(source) for _ in range(tries))


def test_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    limiter = Limiter(rate=2, burst=5, clock=clock)
    assert allowed(limiter, "a", 10) == 5
    clock.at += 1
    assert allowed(limiter, "a", 10) == 2
    clock.at += 0.25
    assert allowed(limiter, "a", 10) == 0
    clock.at += 0.25
    assert allowed(limiter, "a", 10) == 1


def test_a_refusal_costs_nothing() -> None:
    clock = Clock()
    limiter = Limiter(rate=1, burst=1, clock=clock)
    assert allowed(limiter, "a", 1000) == 1
    clock.at += 1
    assert limiter.allow("a")


def test_how_long_to_wait_can_be_asked_for_nothing() -> None:
    clock = Clock()
    limiter = Limiter(rate=0.2, burst=2, clock=clock)
    assert limiter.wait("a") == 0
    assert allowed(limiter, "a", 3) == 2
    assert limiter.wait("a") == limiter.wait("a") == pytest.approx(5)
    clock.at += 4
    assert limiter.wait("a") == pytest.approx(1)
    assert limiter.wait("b") == 0
    clock.at += 1
    assert limiter.wait("a") == 0
    assert limiter.allow("a")


def test_a_network_of_ipv6_is_one_source_and_an_address_of_ipv4_is_one_however_it_is_written() -> None:
    limiter = Limiter(rate=1, burst=2, clock=Clock())
    assert sum(limiter.allow(f"2001:db8:0:1::{number:x}") for number in range(9)) == 2
    assert limiter.allow("2001:db8:0:2::1")
    assert limiter.allow("fe80::1%eth0")
    assert [limiter.allow(one) for one in ("192.0.2.7", "::ffff:192.0.2.7", "192.0.2.7")] == [True, True, False]
    assert limiter.allow("::ffff:192.0.2.8")


def test_rest_never_saves_more_than_a_burst() -> None:
    clock = Clock()
    limiter = Limiter(rate=10, burst=3, clock=clock)
    limiter.allow("a")
    clock.at += 1e6
    assert allowed(limiter, "a", 10) == 3


def test_sources_do_not_share() -> None:
    limiter = Limiter(rate=1, burst=1, clock=Clock())
    assert all(limiter.allow(source) for source in "abc")
    assert not any(limiter.allow(source) for source in "abc")


def test_sources_that_are_full_again_are_forgotten_and_others_are_not() -> None:
    clock = Clock()
    limiter = Limiter(rate=1, burst=100, clock=clock)
    for number in range(10_001):
        limiter.allow(f"old {number}")
    clock.at += 1
    assert allowed(limiter, "greedy", 200) == 100
    assert len(limiter._buckets) < 100
    assert not limiter.allow("greedy")

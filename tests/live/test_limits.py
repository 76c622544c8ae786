"""The limiter, by a clock that the test moves."""

from __future__ import annotations

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

"""How much one source may ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network

__all__ = ["Limiter"]


class Limiter:
    """A token bucket for each source: `rate` a second, `burst` at once. Sources are in memory only, never logged."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def allow(self, source: str) -> bool:
        """Whether the source may do one thing more now."""
        at, tokens = self.clock(), self._left(source)
        if len(self._buckets) > 10_000:  # forget those that are full again
            self._buckets = {
                one: (left, seen)
                for one, (left, seen) in self._buckets.items()
                if left + (at - seen) * self.rate < self.burst
            }
        self._buckets[_whole(source)] = (tokens - 1 if tokens >= 1 else tokens, at)
        return tokens >= 1

    def wait(self, source: str) -> float:
        """In how many seconds the source may do one thing more; 0 when it may now. To ask costs nothing."""
        return max(0.0, (1 - self._left(source)) / self.rate)

    def _left(self, source: str) -> float:
        at = self.clock()
        tokens, since = self._buckets.get(_whole(source), (self.burst, at))
        return min(self.burst, tokens + (at - since) * self.rate)


def _whole(source: str) -> str:
    """Of IPv6 the network: who has one address has 2^64, and could make each try from another."""
    if ":" not in source:
        return source
    address = IPv6Address(source.partition("%")[0])
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))

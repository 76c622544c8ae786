"""How much one source may ask."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Limiter"]


class Limiter:
    """A token bucket for each source: `rate` a second, `burst` at once. Sources are in memory only, never logged."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def allow(self, source: str) -> bool:
        """Whether the source may do one thing more now."""
        at = self.clock()
        tokens, since = self._buckets.get(source, (self.burst, at))
        tokens = min(self.burst, tokens + (at - since) * self.rate)
        if len(self._buckets) > 10_000:  # forget those that are full again
            self._buckets = {
                one: (left, seen)
                for one, (left, seen) in self._buckets.items()
                if left + (at - seen) * self.rate < self.burst
            }
        self._buckets[source] = (tokens - 1 if tokens >= 1 else tokens, at)
        return tokens >= 1

"""Chance that gives the same every time."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Random choices that follow from a seed and a name.

    Each unit and each meeting has dice of its own, so that what is added to the sample leaves the rest as it was. Only
    `random()` and `getrandbits()` are used, of which Python promises that they stay the same.
    """

    def __init__(self, *name: object) -> None:
        self._random = random.Random("/".join(map(str, name)))  # noqa: S311 - repeatable is what we want

    def between(self, low: float, high: float) -> float:
        """A number from low to high."""
        return low + (high - low) * self._random.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in this share of the cases."""
        return self._random.random() < share

    def normal(self, mean: float, deviation: float) -> float:
        """About normal: the sum of twelve equal chances, which every machine computes the same."""
        return mean + deviation * (sum(self._random.random() for _ in range(12)) - 6)

    def pick(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[int(self._random.random() * len(things))]

    def weighted(self, things: Sequence[T], weights: Sequence[float]) -> T:
        """One of them, the heavier the more often."""
        point = self.between(0, sum(weights))
        for thing, weight in zip(things, weights, strict=True):
            point -= weight
            if point < 0:
                return thing
        return things[-1]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """All of them in another order."""
        return [thing for _, _, thing in sorted((self._random.random(), i, thing) for i, thing in enumerate(things))]

    def hexadecimal(self, digits: int) -> str:
        """So many digits."""
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def uuid4(self) -> str:
        """A UUID as phones make them."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def uuid7(self, at: datetime) -> str:
        """A UUID as `community.new_id` would have made it at that moment."""
        value = (round(at.timestamp() * 1000) << 80) | self._random.getrandbits(80)
        value = (value & ~(0xF << 76)) | (0x7 << 76)
        value = (value & ~(0x3 << 62)) | (0x2 << 62)
        return str(uuid.UUID(int=value))

"""Live pictures move by groups, so that nobody sees what one person answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

__all__ = ["in_batches"]

One = TypeVar("One")
Person = TypeVar("Person", bound=Hashable)


def in_batches(told: Iterable[One], who: Callable[[One], Person], k: int) -> tuple[list[One], set[Person]]:
    """What a picture may show while more comes in: all up to the last moment at which k others had said something new.

    ``told`` is in order of arrival, with what was said before and has been replaced since; so what is shown at one
    moment does not depend on when somebody looks, and between two pictures at least ``k`` people said something. Also
    gives who waits for the next.
    """
    shown: list[One] = []
    waiting: list[One] = []
    people: set[Person] = set()
    for one in told:
        waiting.append(one)
        people.add(who(one))
        if len(people) >= k:
            shown += waiting
            waiting, people = [], set()
    return shown, people

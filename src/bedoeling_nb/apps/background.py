"""Work that goes on beside a notebook's cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["follow", "in_background"]


async def follow(
    changed: Callable[[], bool], refresh: Callable[[], None], told: Callable[[str], None], *, every: float, some: int
) -> None:
    """Refresh a screen for ever: when the store may have changed, and at each so many looks in any case.

    ``every`` are the seconds between two looks. A refresh that fails is told, and the next look tries again.
    """
    looks = 0
    while True:
        await asyncio.sleep(every)
        looks += 1
        try:
            if changed() or looks % some == 0:
                refresh()
        except Exception as error:  # noqa: BLE001 - the screen must go on; it says what is wrong
            told(str(error))


def in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run beside the notebook's cells; where there is no event loop (a plain script, a test) the caller refreshes."""
    try:
        return asyncio.get_running_loop().create_task(work)
    except RuntimeError:
        work.close()
        return None

"""Work that goes on beside a notebook's cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bedoeling_nb.apps.attempts import sentence
from bedoeling_nb.texts import Language

__all__ = ["follow", "in_background"]


async def follow(
    changed: Callable[[], bool],
    refresh: Callable[[], object],
    told: Callable[[str], None],
    language: Language,
    *,
    every: float,
    some: int,
    going: Callable[[], bool] = lambda: True,
    beat: Callable[[], object] = lambda: None,
) -> None:
    """Refresh a screen while it is ``going``: when the store may have changed, and at each so many looks in any case.

    ``every`` are the seconds between two looks; ``beat`` is called at each so many, whatever happens. A refresh that
    fails is told, once, and the next look tries again.
    """
    looks, failed = 0, False
    while going():
        await asyncio.sleep(every)
        looks += 1
        try:
            if failed or changed() or looks % some == 0:
                refresh()
                if failed:
                    told("")
                failed = False
        except Exception as error:  # noqa: BLE001 - the screen must go on; it says what is wrong
            if not failed:
                told(sentence(error, language))
            failed = True
        if looks % some == 0:
            beat()


def in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run beside the notebook's cells; where there is no event loop (a plain script, a test) the caller refreshes."""
    try:
        return asyncio.get_running_loop().create_task(work)
    except RuntimeError:
        work.close()
        return None

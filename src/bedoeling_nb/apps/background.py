"""Work that goes on beside a notebook's cells."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["in_background"]


def in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run beside the notebook's cells; where there is no event loop (a plain script, a test) the caller refreshes."""
    try:
        return asyncio.get_running_loop().create_task(work)
    except RuntimeError:
        work.close()
        return None

"""Group commit: answers that arrive together are kept in one transaction, and acknowledged after it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bedoeling_nb.errors import BadRequest, BedoelingError, TooMany
from bedoeling_nb.store import Store, submissions
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.texts import N_

__all__ = ["Committer"]

log = logging.getLogger(__name__)

BATCH = 500
WAITING = 20_000
"""More waiting answers than this are refused with a request to come back."""


class Committer:
    """One writer; while it commits, the next batch gathers: a slow disk makes batches larger, not queues longer."""

    def __init__(self, store: Store, most_per_participant: int) -> None:
        self.store = store
        self.most = most_per_participant
        self._waiting: deque[tuple[Submission, asyncio.Future[bool]]] = deque()
        self._running: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")

    async def add(self, submission: Submission) -> bool:
        """Keep a submission; returns after the commit. True when it is new, False when it was there already.

        Raises what `submissions.add` says about this one, or a BadRequest with status 503 when the store is silent.
        """
        if len(self._waiting) >= WAITING:
            raise TooMany(N_("It is very busy. Your answer is sent again in a moment."))
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._commit())
        return await future

    async def alone(self, write: Callable[..., None], *arguments: object) -> None:
        """Let this write something else, in the writer's turn. Raises a BadRequest with status 503 when it cannot."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, write, *arguments)
        except BedoelingError:
            raise
        except Exception:
            log.exception("Something could not be kept.")
            raise BadRequest(N_("The store does not answer. Try again in a moment."), code="busy", status=503) from None

    async def stop(self) -> None:
        """Finish what is waiting."""
        if self._running is not None:
            await self._running
        self._writer.shutdown(wait=True)

    async def _commit(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            for (_, future), result in zip(batch, await self._try([one for one, _ in batch]), strict=True):
                if future.cancelled():
                    continue
                if isinstance(result, BedoelingError):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    async def _try(self, batch: list[Submission]) -> list[bool | BedoelingError]:
        add = lambda: submissions.add(self.store, batch, most=self.most)  # noqa: E731
        try:
            return await asyncio.get_running_loop().run_in_executor(self._writer, add)
        except Exception:  # nobody may wait for ever for an answer
            log.exception("Answers could not be kept; the phones send them again.")
            busy = N_("The store does not answer. Your answer is sent again in a moment.")
            return [BadRequest(busy, code="busy", status=503) for _ in batch]

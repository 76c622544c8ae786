"""A client that knows when a kernel is ready: no fixed waits.

jupyter_client's own reads the iopub channel until nothing has come for 0.2 s, to be sure that nothing old is left on
it. But each request ends with the message "idle" on that channel: what came before it is old, and after it there is
nothing.
"""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient

__all__ = ["ReadyClient"]

_AGAIN = 0.01  # seconds: our subscription may reach the kernel after its answer has left; then ask again
_ALIVE = 1.0  # seconds between two looks at whether the kernel still lives


class ReadyClient(AsyncKernelClient):
    """Give its name as ``AsyncKernelManager.client_class``, and every program that starts kernels waits no longer."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - its name there
        """Until it has answered, and both channels are quiet. Raises RuntimeError when it has died, or too late."""
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        again = _AGAIN
        while True:
            request = self.kernel_info()
            reply = await self._next(self.shell_channel, request, until, patience=_ALIVE)
            if reply and await self._next(self.iopub_channel, request, until, patience=again, state="idle"):
                self._handle_kernel_info_reply(reply)
                return
            again = min(2 * again, _ALIVE)
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")

    wait_for_ready = _async_wait_for_ready

    async def _next(
        self, channel: Any, request: str, until: float, *, patience: float, state: str | None = None
    ) -> dict[str, Any] | None:
        """The answer to a request, or None after some time; what comes before it is dropped."""
        until = min(until, time.monotonic() + patience)
        while (left := until - time.monotonic()) > 0:
            try:
                message: dict[str, Any] = await channel.get_msg(timeout=left)
            except Empty:
                return None
            ours = message["parent_header"].get("msg_id") == request
            if ours and (state is None or message["content"].get("execution_state") == state):
                return message
        return None

"""A kernel that the fork server made, as `subprocess.Popen` would show it."""

from __future__ import annotations

import asyncio
import select
import signal
import socket
from contextlib import suppress
from os import close, pidfd_open
from pathlib import Path
from typing import IO

from bedoeling_nb.kernels import wire

__all__ = ["UNKNOWN", "ForkedProcess"]

UNKNOWN = 255
"""The exit status when the fork server was killed first, so that nobody was told."""


class ForkedProcess:
    """Its exit is learnt from the fork server, over the connection that asked for it; failing that, from a pidfd."""

    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None
    stderr: IO[bytes] | None = None

    def __init__(self, pid: int, pidfd: int, connection: socket.socket | None) -> None:
        self.pid, self.returncode = pid, None
        self._pidfd, self._connection = pidfd, connection
        if connection:
            connection.setblocking(False)

    returncode: int | None

    @classmethod
    def attach(cls, pid: int, started: int) -> ForkedProcess | None:
        """The process that had this id and start time, if it still runs; its exit status will be unknown."""
        with suppress(OSError):
            pidfd = pidfd_open(pid)
            if start_time(pid) == started:
                return cls(pid, pidfd, None)
            close(pidfd)
        return None

    def poll(self) -> int | None:
        """The exit status, negative when it was a signal; None while it runs."""
        if self.returncode is None and self._connection:
            try:
                notice = wire.receive_notice(self._connection)
            except BlockingIOError:
                return None
            except OSError:
                notice = None
            self._connection.close()
            self._connection = None
            if notice:
                self._ended(notice[1])
        if self.returncode is None and select.select([self._pidfd], [], [], 0)[0]:
            self._ended(UNKNOWN)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Block until it has ended."""
        while (status := self.poll()) is None:
            if not select.select([self._watched()], [], [], timeout)[0]:
                raise TimeoutError
        return status

    async def ended(self) -> int:
        """Wait until it has ended, without looking again and again."""
        loop = asyncio.get_running_loop()
        while (status := self.poll()) is None:
            watched, readable = self._watched(), asyncio.Event()
            loop.add_reader(watched, readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(watched)
        return status

    def send_signal(self, number: int) -> None:
        """Signal the process: never another one that got its id."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _watched(self) -> int:
        return self._connection.fileno() if self._connection else self._pidfd

    def _ended(self, status: int) -> None:
        self.returncode = status
        close(self._pidfd)

    def __del__(self) -> None:
        if self.__dict__.get("returncode", 0) is None:
            close(self._pidfd)


def start_time(pid: int) -> int:
    """When a process started, in the system's ticks: with the id it names one process for ever."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    return int(after_name.split()[19])

"""The fork server: imports once, then forks a child for each kernel, and tells how each one ended.

`python -m bedoeling_nb.kernels.server DESCRIPTOR SOCKET IDLE`, started by `client.py`, which made the socket and
listens on it already: who comes while we import waits in the queue. One thread, no event loop, no signal
handlers: all that happens is a descriptor that can be read.
"""

from __future__ import annotations

import fcntl
import logging
import os
import selectors
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bedoeling_nb.installation import fingerprint
from bedoeling_nb.kernels import wire

__all__ = ["ForkServer", "Job", "main"]

_log = logging.getLogger("bedoeling_nb.kernels")
_PATIENCE = 5.0  # seconds for a request that has begun to arrive
_LOOK = 20.0  # seconds between two looks at whether the package has changed


@dataclass(frozen=True)
class Job:
    """What a child is to become; `connection` leads to who asked."""

    launch: wire.Launch
    descriptors: list[int]
    connection: socket.socket


@dataclass(frozen=True)
class _Kernel:
    pid: int
    pidfd: int
    connection: socket.socket


class ForkServer:
    """Listens until it has had no kernels for ``idle`` seconds, or none and the package has changed."""

    def __init__(self, listener: socket.socket, path: Path, idle: float) -> None:
        self._listener, self._path, self._idle = listener, path, idle
        self._kernels: dict[int, _Kernel] = {}
        self._fingerprint = fingerprint()

    def serve(self) -> Job | None:
        """Answer until it is time to end. Returns None in the server, and in each child what that is to become."""
        since = time.monotonic()
        while True:
            if self._kernels:
                since = time.monotonic()
            elif self._done(since) and self._retire():
                return None
            for descriptor in self._readable():
                if descriptor != self._listener.fileno():
                    self._reap(self._kernels.pop(descriptor))
                elif job := self._answer():
                    return job

    def _readable(self) -> list[int]:
        """Descriptors that can be read; none when it is time to look whether to end."""
        with selectors.PollSelector() as selector:  # not epoll, which a child would share with us
            for descriptor in (self._listener.fileno(), *self._kernels):
                selector.register(descriptor, selectors.EVENT_READ)
            ready = selector.select(None if self._kernels else min(self._idle, _LOOK))
        return [found.fd for found, _ in ready]

    def _answer(self) -> Job | None:
        connection, _ = self._listener.accept()
        connection.settimeout(_PATIENCE)
        try:
            if wire.peer(connection)[1] != os.getuid():
                raise PermissionError("another user")
            launch, descriptors = wire.receive_launch(connection)
        except (OSError, ValueError, TypeError) as problem:  # `client.warm` connects, and asks for nothing
            _log.debug("no launch: %s", problem)
            connection.close()
            return None
        try:
            pid = os.fork()
        except (
            OSError
        ):  # no memory, too many processes: whoever asked sees the connection close, and goes the stock way
            _log.exception("cannot fork")
            connection.close()
            pid = -1
        if pid == 0:
            self._forget()
            return Job(launch, descriptors, connection)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid > 0:
            pidfd = os.pidfd_open(pid)
            self._kernels[pidfd] = _Kernel(pid, pidfd, connection)
        return None

    def _reap(self, kernel: _Kernel) -> None:
        _, status = os.waitpid(kernel.pid, 0)
        os.close(kernel.pidfd)
        with kernel.connection, suppress(OSError):  # whoever asked may be gone
            wire.send_notice(kernel.connection, wire.EXIT, os.waitstatus_to_exitcode(status))

    def _forget(self) -> None:
        """In a child: nothing of the server stays open."""
        self._listener.close()
        for kernel in self._kernels.values():
            os.close(kernel.pidfd)
            kernel.connection.close()
        self._kernels.clear()

    def _done(self, since: float) -> bool:
        return time.monotonic() - since >= self._idle or fingerprint() != self._fingerprint

    def _retire(self) -> bool:
        """Take the socket away, unless somebody is just coming (`client.connect` holds the same lock)."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with selectors.PollSelector() as selector:
                selector.register(self._listener, selectors.EVENT_READ)
                if selector.select(0):
                    return False
            self._path.unlink(missing_ok=True)
            self._path.with_suffix(".log").unlink(missing_ok=True)  # it ends well: nobody needs to read why
            return True


def main(arguments: list[str]) -> None:
    """Leave whoever started us, warm up, serve; each child leaves by way of `child.become`."""
    descriptor, path, idle = int(arguments[0]), Path(arguments[1]), float(arguments[2])
    if os.fork():
        os._exit(0)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    from bedoeling_nb.kernels.warmup import warm_up  # noqa: PLC0415 - the parent above must not wait for it

    server = ForkServer(
        socket.socket(fileno=descriptor), path, idle
    )  # before the imports: they may be changed meanwhile
    warm_up()
    _log.warning("warm, in process %d", os.getpid())
    job = server.serve()
    if job:
        from bedoeling_nb.kernels.child import become  # noqa: PLC0415 - imported by warm_up's time already

        become(job.launch, job.descriptors, job.connection)


if __name__ == "__main__":
    del sys.path[0]  # the working directory, as ipykernel_launcher does
    main(sys.argv[1:])

"""A server process: its sockets, its signals, its start and its end."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.live.proxies import Listener
from bedoeling_nb.texts import N_

__all__ = ["bound", "lan_address", "run"]

BACKLOG = 4096
"""Phones that scan at once wait here; with the usual 128 the rest would wait a second for a second try."""


class Running(Protocol):
    """What starts with the server and ends before it."""

    def start(self) -> None:
        """Begin, on the running event loop."""

    async def stop(self) -> None:
        """Finish what was begun."""


def run(
    application: Any,
    host: str,
    port: int,
    phones: Running,
    announce: Callable[[], None],
    proxies: Iterable[str] = (),
) -> None:
    """Listen and serve; finish the answers that are waiting before the end. ``proxies`` are those that we trust."""
    _allow_many_files()
    loop = IOLoop.current()
    with bound(host, port) as sockets:
        Listener(application, proxies).add_sockets(sockets)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: loop.add_callback_from_signal(loop.stop))
        loop.add_callback(phones.start)
        loop.add_callback(announce)
        loop.start()
        loop.run_sync(phones.stop)


@contextlib.contextmanager
def bound(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Sockets that listen; raises BadRequest when the port is taken."""
    try:
        sockets = bind_sockets(port, host, backlog=BACKLOG)
    except OSError as problem:
        raise BadRequest(
            N_("Cannot listen on {host}, port {port}: {problem}. Choose another with --port."),
            code="port",
            host=host,
            port=port,
            problem=problem.strerror,
        ) from None
    try:
        yield sockets
    finally:
        for one in sockets:
            one.close()


def _allow_many_files() -> None:
    """Each phone is an open file: take what the system lets us have (Windows has no such limit)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def lan_address() -> str:
    """The address of this machine that phones on the same network can reach (nothing is sent to find it)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"

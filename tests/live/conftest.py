"""The phones' real application on a port of its own, in this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from bedoeling_nb.live.phones import Phones
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, sessions
from bedoeling_nb.store.sessions import Session
from tests.servers import Reply, Stream, ask, post


@dataclass
class Served:
    """The phones' application, listening."""

    port: int
    phones: Phones
    _streams: list[Stream] = field(default_factory=list)

    def get(self, path: str, headers: dict[str, str] | None = None, **options: Any) -> Reply:
        """GET a path."""
        return ask(self.port, "GET", path, headers=headers, **options)

    def post(self, code: str, body: Any, **options: Any) -> Reply:
        """Hand in a submission."""
        return post(self.port, code, body, **options)

    def stream(self, code: str, **options: Any) -> Stream:
        """Follow a session; closed at the end of the test."""
        self._streams.append(Stream(self.port, code, **options))
        return self._streams[-1]

    def hang_up(self) -> None:
        """Close all streams."""
        while self._streams:
            self._streams.pop().close()


@contextmanager
def serving(store: Store, settings: Settings | None = None) -> Iterator[Served]:
    """Serve the phones of a store in a thread."""
    begun = threading.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        phones = Phones(store, settings)
        [socket, *_] = sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(phones.application)
        server.add_sockets(sockets)
        phones.start()
        end = asyncio.Event()
        found.update(served=Served(socket.getsockname()[1], phones), end=end, loop=asyncio.get_running_loop())
        begun.set()
        await end.wait()
        server.stop()
        await server.close_all_connections()
        await phones.stop()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert begun.wait(30)
    served: Served = found["served"]
    try:
        yield served
    finally:
        served.hang_up()
        found["loop"].call_soon_threadsafe(found["end"].set)
        thread.join(30)


@pytest.fixture
def backend() -> str:
    """SQLite; a test that asks for more says so itself."""
    return "sqlite"


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    """The phones of an empty store."""
    with serving(store) as running:
        yield running


Go = Callable[..., int]


@pytest.fixture
def go(store: Store, session: Session) -> Go:
    """Lead the session: ``go("zien")`` opens a step, ``go("zien", open=False)`` closes it; gives the new rev."""

    def lead(step: str, *, open: bool = True) -> int:
        rev = sessions.state(store, session.id).rev
        return sessions.go(store, session.id, step, open=open, rev=rev).rev

    return lead

"""A thousand phones in one process, as lean as can be: what is measured is the server, not this.

A phone is one `asyncio.Protocol`: it asks for the page and then, on the same connection, for the stream. An answer
goes over a second connection, as in a browser. docs/phone-api.md describes the wire.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
import uuid
import zlib
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Answer", "Phone", "Room", "percentile"]

PHONES_A_SOURCE = 1000
"""A room behind one Wi-Fi router is one address for the server; more phones come from more addresses (127.0.0.x)."""

CONNECTING_AT_ONCE = 400  # more would only queue in this process
PATIENCE = 60.0

_REV = re.compile(rb'"rev":(\d+)')


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which so many percent of the values are (nearest rank); NaN when there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else float("nan")


class Phone(asyncio.Protocol):
    """Joins, and then hears of every change. `heard` has for each rev the moment at which all of it was here."""

    def __init__(self, host: str, path: str, joined: Callable[[], None], *, compressed: bool) -> None:
        self.host, self.path, self.joined = host, path, joined
        self.secret = secrets.token_hex(16)
        self.heard: dict[int, float] = {}
        self.closed = self.has_page = self.has_stream = False
        self.accept = "Accept-Encoding: gzip\r\n" if compressed else ""
        self.unpack: Any = None
        self.raw = bytearray()
        self.unread: list[tuple[float, bytes]] = []

    def connection_made(self, transport: Any) -> None:
        """Ask for the page."""
        self.transport = transport
        self._ask(self.path)

    def _ask(self, path: str) -> None:
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n{self.accept}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """The page, then the stream."""
        self.raw += data
        if not self.has_page and (body := _whole(self.raw)) is not None:
            assert b"</html>" in body
            self.has_page = True
            self.raw.clear()
            self._ask(f"{self.path}/events")
        elif self.has_page:
            if not self.has_stream:
                head, found, rest = bytes(self.raw).partition(b"\r\n\r\n")
                if not found:
                    return
                assert head.startswith(b"HTTP/1.1 200"), head
                self.has_stream, self.raw = True, bytearray(rest)
                self.unpack = zlib.decompressobj(31).decompress if b"Content-Encoding: gzip" in head else bytes
            self._read_chunks()

    def _read_chunks(self) -> None:
        """One chunk is one event. Unpacked later: each phone has its own processor, these share one."""
        at = 0
        while (end := self.raw.find(b"\r\n", at)) >= 0:
            size = int(self.raw[at:end], 16)
            if len(self.raw) < end + 2 + size + 2:
                break
            self.unread.append((time.perf_counter(), bytes(self.raw[end + 2 : end + 2 + size])))
            at = end + 2 + size + 2
            self.joined()
        del self.raw[:at]

    def read(self) -> None:
        """Look which revs came in, and when."""
        for moment, event in self.unread:
            for rev in _REV.findall(self.unpack(event)):
                self.heard.setdefault(int(rev), moment)
        self.unread.clear()

    def connection_lost(self, _error: Exception | None) -> None:
        """The server let go of this phone."""
        self.closed = True


class Answer(asyncio.Protocol):
    """One submission on a connection of its own; `reply` becomes the status."""

    def __init__(self, host: str, path: str, body: dict[str, Any]) -> None:
        sent = json.dumps(body).encode()
        head = f"POST {path}/answers HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        self.request = f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent
        self.reply: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.raw = bytearray()

    def connection_made(self, transport: Any) -> None:
        """Send."""
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """The acknowledgement."""
        self.raw += data
        if _whole(self.raw) is not None and not self.reply.done():
            self.reply.set_result(int(self.raw[9:12]))
            self.transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        """Without an answer it was not acknowledged."""
        if not self.reply.done():
            self.reply.set_result(0)


def _whole(raw: bytearray) -> bytes | None:
    """The body of a response with a length, when all of it is here."""
    head, found, body = bytes(raw).partition(b"\r\n\r\n")
    if not found:
        return None
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    assert length, head
    return body if len(body) >= int(length[1]) else None


class Room:
    """Many phones in one session of the server at these ports (the phones are divided over them)."""

    def __init__(self, code: str, ports: Sequence[int], *, compressed: bool = True) -> None:
        self.path, self.ports, self.compressed = f"/s/{code}", ports, compressed
        self.phones: list[Phone] = []
        self.acknowledged: dict[str, float] = {}
        """The id of each answer that is kept, as the server said, and when it said so (`time.time`)."""
        self.refused: dict[int, int] = {}

    async def join(self, number: int) -> list[float]:
        """All scan the code at once. Seconds until each has the page and the session's state."""
        door = asyncio.Semaphore(CONNECTING_AT_ONCE)
        begun = time.perf_counter()
        took = await asyncio.gather(*(self._join(len(self.phones) + i, door, begun) for i in range(number)))
        return list(took)

    async def _join(self, index: int, door: asyncio.Semaphore, begun: float) -> float:
        joined = asyncio.Event()
        async with door:
            phone = await self._connect(
                index, lambda host: Phone(host, self.path, joined.set, compressed=self.compressed)
            )
        self.phones.append(phone)
        await asyncio.wait_for(joined.wait(), PATIENCE)
        return time.perf_counter() - begun

    async def heard(self, rev: int, since: float, patience: float = PATIENCE) -> list[float]:
        """Seconds from `since` until each phone had this rev; those that never got it have `patience`."""
        waiting = list(self.phones)
        while waiting and time.perf_counter() - since < patience:
            await asyncio.sleep(0.02)
            if all(phone.unread for phone in waiting):
                for phone in waiting:
                    phone.read()
                waiting = [phone for phone in waiting if rev not in phone.heard]
        return [phone.heard.get(rev, since + patience) - since for phone in self.phones]

    async def answer(
        self, step: str, answers: Callable[[int], dict[str, Any]], *, seconds: float = 0.0, entry: str = "1"
    ) -> list[float]:
        """All phones answer, evenly over some seconds or in one instant. Seconds until each was acknowledged."""
        pause = seconds / len(self.phones)
        door = asyncio.Semaphore(10 * CONNECTING_AT_ONCE)
        return list(
            await asyncio.gather(
                *(self._answer(i, step, entry, answers(i), i * pause, door) for i in range(len(self.phones)))
            )
        )

    async def _answer(
        self, index: int, step: str, entry: str, answers: dict[str, Any], after: float, door: asyncio.Semaphore
    ) -> float:
        await asyncio.sleep(after)
        body = {
            "id": str(uuid.uuid4()),
            "participant": self.phones[index].secret,
            "step": step,
            "entry": entry,
            "answers": answers,
        }
        begun = time.perf_counter()
        async with door:
            sent = await self._connect(index, lambda host: Answer(host, self.path, body))
            done, _ = await asyncio.wait([sent.reply], timeout=PATIENCE)
            status = sent.reply.result() if done else 0
        if status in (200, 201):
            self.acknowledged[body["id"]] = time.time()
        else:
            self.refused[status] = self.refused.get(status, 0) + 1
        return time.perf_counter() - begun

    async def _connect(self, index: int, make: Callable[[str], Any]) -> Any:
        port = self.ports[index % len(self.ports)]
        source = f"127.0.0.{2 + index // PHONES_A_SOURCE}"
        _, protocol = await asyncio.get_running_loop().create_connection(
            lambda: make(f"127.0.0.1:{port}"), "127.0.0.1", port, local_addr=(source, 0)
        )
        return protocol

    def leave(self) -> None:
        """All phones go."""
        for phone in self.phones:
            phone.transport.close()
        self.phones.clear()

"""The rooms that this process serves: each session with phones, followed in the store."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from sqlalchemy.exc import DBAPIError

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.community import now
from bedoeling_nb.errors import InvalidAnswer, NotFound
from bedoeling_nb.store import Store, presence, sessions

__all__ = ["Message", "Room", "Rooms"]

LOOK_SECONDS = 0.1
"""How often the store is asked whether something changed: a tenth of a second is felt as at once."""

PING = timedelta(seconds=15)
PRESENCE = timedelta(seconds=2)
PHONES_AT_ONCE = 200
"""After so many phones the loop first does what else is waiting, such as an answer that came in."""

log = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Message:
    """An event for the phones, as text and as a piece of a gzip stream, made once for all of them.

    A thousand texts to choose from are 100 KB, for each phone, over the Wi-Fi of one room. The pieces may follow each
    other in any phone's stream (after `GZIP_HEAD`), because no piece refers to an earlier one.
    """

    plain: bytes
    packed: bytes

    GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # no annotation: not a field

    @classmethod
    def of(cls, plain: bytes) -> Self:
        """Make both forms."""
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return cls(plain, packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH))


Send = Callable[[Message], None]


class Reading:
    """A meeting as it was read from the store, and how the phones hear of it. Made in the thread that reads."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        self.over = meeting.state.over(now())
        self.state = json.dumps(meeting.public(), ensure_ascii=False, separators=(",", ":")).encode()
        self.message = Message.of(b"event: state\nid: %d\ndata: %s\n\n" % (meeting.state.rev, self.state))

    @classmethod
    def first(cls, store: Store, code: str) -> Self:
        """Of the session with this code. Raises NotFound."""
        return cls(Meeting.load(store, sessions.by_code(store, code)))

    def again(self, store: Store) -> Self:
        """As the store is now."""
        return type(self)(self.meeting.follow(store, answers=False))


class Room:
    """One session in this process: what was read of it last, and the streams of the phones."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.told = reading.state
        self.streams: set[Send] = set()

    @property
    def meeting(self) -> Meeting:
        """As it was read last."""
        return self.reading.meeting

    @property
    def closes(self) -> datetime | None:
        """When the phones still have to be told that it is over; None when nothing closes by itself."""
        return None if self.reading.over else self.meeting.state.until

    def update(self, reading: Reading) -> None:
        """Take a new reading, unless a newer one came in before it."""
        if reading.meeting.state.rev >= self.meeting.state.rev:
            self.reading = reading


class Rooms:
    """Follows the store and tells the phones. There is no state here that the store does not have."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.server = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._rooms: dict[str, Room] = {}
        self._loading: dict[str, asyncio.Task[Room]] = {}
        self._reader = ThreadPoolExecutor(2, thread_name_prefix="store-reader")
        self._told: dict[str, int] = {}
        self._behind: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to follow the store, on the running event loop."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._follow()),
                asyncio.create_task(self._ping()),
                asyncio.create_task(self._count()),
            ]

    async def stop(self) -> None:
        """Let go of everything; the phones come back by themselves."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._reader.shutdown(wait=True)

    async def room(self, code: str) -> Room:
        """The room of a session. Raises NotFound for a code that is none."""
        code = sessions.tidy_code(code)
        if room := self._rooms.get(code):
            return room
        if code not in self._loading:  # a room full of phones comes at once: read the store once
            self._loading[code] = asyncio.create_task(self._load(code))
        return await asyncio.shield(self._loading[code])

    async def _load(self, code: str) -> Room:
        try:
            room = Room(await self._read(Reading.first, self.store, code))
            self._rooms[code] = room
            self._behind.add(room.meeting.session.id)  # it may have changed while it was read
            return room
        finally:
            del self._loading[code]

    async def check(self, room: Room, step: str, entry: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        """One submission's answers, checked (`Meeting.check`).

        Where people choose from texts, an answer that does not fit is checked again by the store as it is now: the
        phone may know more than this process. What fitted once fits for ever, so the store is not asked before.
        """
        try:
            return room.meeting.check(step, entry, answers)
        except (InvalidAnswer, NotFound):
            if not room.meeting.asks_about_texts(step):
                raise
        room.update(await self._read(room.reading.again, self.store))
        return room.meeting.check(step, entry, answers)

    async def _read(self, function: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._reader, function, *arguments)

    async def _follow(self) -> None:
        """Bring the rooms up to date when the store changes, also by another process."""
        changed = await self._read(self.store.changed)
        seen = await self._read(sessions.latest_event, self.store)
        look = False
        while True:
            try:
                look = await self._read(changed) or look  # it says so only once
                if look:
                    seen, moved = await self._read(sessions.changed_since, self.store, seen)
                    self._behind |= set(moved)
                    look = False
                at = now()
                for room in list(self._rooms.values()):
                    closed = room.closes is not None and room.closes <= at  # a wave closes by the clock
                    if closed or room.meeting.session.id in self._behind:
                        try:
                            await self._catch_up(room)
                        except Exception:  # the other rooms do not wait for this one
                            log.exception("Session %s could not be read.", room.meeting.session.code)
                self._behind &= {room.meeting.session.id for room in self._rooms.values()}
            except Exception:  # whatever it is: the phones keep their step, and the next look tries again
                log.exception("The store could not be followed.")
            await asyncio.sleep(LOOK_SECONDS)

    async def _catch_up(self, room: Room) -> None:
        """Read a room again, and tell its phones what is new to them."""
        room.update(await self._read(room.reading.again, self.store))
        self._behind.discard(room.meeting.session.id)
        if room.reading.state != room.told:
            room.told = room.reading.state
            await self._tell(room, room.reading.message)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING.total_seconds())
            message = Message.of(f"event: ping\ndata: {now().isoformat()}\n\n".encode())
            for room in list(self._rooms.values()):
                await self._tell(room, message)

    async def _count(self) -> None:
        """Say how many phones are here when that changed, and every ten seconds."""
        told_at = now()
        while True:
            await asyncio.sleep(PRESENCE.total_seconds())
            phones = {room.meeting.session.id: len(room.streams) for room in self._rooms.values()}
            due = now() - told_at > presence.STALE / 3 and any(phones.values())
            if phones == self._told and not due:
                continue
            try:
                await self._read(presence.report, self.store, self.server, phones)
            except DBAPIError as error:
                log.warning("The number of phones was not kept: %s", error.orig)
                continue
            self._told, told_at = phones, now()
            self._rooms = {
                code: room for code, room in self._rooms.items() if room.streams or not room.meeting.state.over(now())
            }

    @staticmethod
    async def _tell(room: Room, message: Message) -> None:
        for number, send in enumerate(list(room.streams), start=1):
            send(message)
            if number % PHONES_AT_ONCE == 0:
                await asyncio.sleep(0)

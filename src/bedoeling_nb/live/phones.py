"""The phones' routes, as one Tornado application: mounted in Voila's process, or alone in a process of its own.

Everything a phone can reach is here. There is no cookie, no kernel, no file of the machine. docs/phone-api.md describes
the wire.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import sys
import uuid
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from tornado.ioloop import IOLoop
from tornado.iostream import StreamBufferFullError, StreamClosedError
from tornado.template import Loader
from tornado.web import Application, Finish, HTTPError, RequestHandler, stream_request_body

from bedoeling_nb import privacy
from bedoeling_nb.errors import BadRequest, BedoelingError, NotFound, TooMany
from bedoeling_nb.live.committer import Committer
from bedoeling_nb.live.limits import Limiter
from bedoeling_nb.live.process import run
from bedoeling_nb.live.rooms import Message, Room, Rooms
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, links, secrets, sessions
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.texts import N_
from bedoeling_nb.widgets.assets import phone_bundle

__all__ = ["Phones", "serve_phones"]

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
MAX_UNSENT = 256 * 1024
"""Bytes that may wait, before one message more, for a phone that does not read; then its stream is closed, and it comes
back for the state."""

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Phones:
    """The phones' application and what runs behind it."""

    def __init__(self, store: Store, settings: Settings | None = None, base_url: str = "/") -> None:
        settings = settings or Settings()
        self.prefix = f"/{base_url.strip('/')}/s/".replace("//", "/")
        self.rooms = Rooms(store)
        self.committer = Committer(store, settings.answers_per_participant)
        self.answers = Limiter(settings.rate_per_source, 10 * settings.rate_per_source)
        self.guesses = Limiter(2, 60)
        code = r"(?P<code>[^/]{1,32})"
        self.application = Application(
            [
                (self.prefix, Page),
                (rf"{self.prefix}-/[0-9a-f]+/phone\.(?P<extension>js|css)", Asset),
                (rf"{self.prefix}{code}", Page),
                (rf"{self.prefix}{code}/state", State),
                (rf"{self.prefix}{code}/events", Events),
                (rf"{self.prefix}{code}/answers", Answers),
                (rf"{self.prefix}{code}/own-code", OwnCode),
            ],
            default_handler_class=Nothing,
            log_function=lambda _handler: None,  # the usual log line has the phone's network address
            phones=self,
        )

    def start(self) -> None:
        """Begin to follow the store, on the running event loop."""
        self.rooms.start()

    async def stop(self) -> None:
        """Finish the answers that are waiting, and stop."""
        await self.committer.stop()
        await self.rooms.stop()


@stream_request_body
class Handler(RequestHandler):
    """What the phones' routes share: headers, limits, and errors as JSON in both languages."""

    @property
    def phones(self) -> Phones:
        """The application's parts."""
        phones: Phones = self.settings["phones"]
        return phones

    def set_default_headers(self) -> None:
        """Only our own page may use what we send; no server name."""
        self.clear_header("Server")
        for name, value in SECURITY.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "no-store")

    def prepare(self) -> None:
        """Refuse a body that is too large before it is read."""
        self.body = bytearray()
        length = self.request.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            self._too_large()

    def data_received(self, chunk: bytes) -> None:
        """Gather the body, also one that did not say its length."""
        self.body += chunk
        if len(self.body) > MAX_BODY:
            self._too_large()

    def _too_large(self) -> None:
        self.set_header("Connection", "close")
        self.refuse(
            BadRequest(
                N_("This message is too large ({most} bytes at most)."), code="too_large", status=413, most=MAX_BODY
            )
        )

    def refuse(self, error: BedoelingError) -> None:
        """Answer with an error and stop."""
        self.set_status(error.http_status if isinstance(error, BadRequest) else error.status)
        if isinstance(error, TooMany):
            self.set_header("Retry-After", str(error.retry_after))
        elif self.get_status() == HTTPStatus.SERVICE_UNAVAILABLE:
            self.set_header("Retry-After", "2")
        self.finish_json(error.as_json())
        raise Finish

    def finish_json(self, body: Any) -> None:
        """Answer with JSON."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(body if isinstance(body, bytes) else json.dumps(body))

    async def room(self, code: str) -> Room:
        """The room of a code; guessing codes is slowed down."""
        try:
            return await self.phones.rooms.room(code)
        except NotFound as error:
            if not self.phones.guesses.allow(self.request.remote_ip or ""):
                self.refuse(TooMany(N_("Too many wrong codes. Wait a moment and try again."), retry_after=5))
            self.refuse(error)
            raise

    def log_exception(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        """Log what is our fault; Tornado would also log a client's mistakes, with the phone's network address."""
        if not isinstance(error, HTTPError):
            log.error("%s failed.", type(self).__name__, exc_info=(kind, error, trace) if kind and error else None)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error is JSON with a sentence for people."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, BedoelingError):
            self.set_status(error.status)
            self.finish_json(error.as_json())
            return
        sentence = (
            N_("Something went wrong here. Try again.") if status_code >= 500 else N_("This address does not do that.")
        )
        self.finish_json(BedoelingError(sentence, code="error" if status_code >= 500 else "bad_request").as_json())


class Page(Handler):
    """The phone page, with or without a code."""

    _templates = Loader(str(Path(__file__).parent / "pages"))

    def get(self, code: str = "") -> None:
        """The page; what is in it comes by the state."""
        self.page(code)

    def page(self, code: str) -> None:
        """Answer with the page, which asks for the code when there is none."""
        accepted = re.findall(r"\b(nl|en)\b", self.request.headers.get("Accept-Language", ""))
        html = self._templates.load("phone.html").generate(
            code=sessions.tidy_code(code),
            base=self.phones.prefix,
            version=phone_bundle().version,
            language=accepted[0] if accepted else "nl",
        )
        self.finish(html)


class Nothing(Page):
    """Any other address: who typed one in a browser comes where people take part, a program reads that it is none."""

    def prepare(self) -> None:
        """Send a browser on: from the address without its end, or with the code at another place."""
        super().prepare()
        browser = self.request.method in ("GET", "HEAD") and "text/html" in self.request.headers.get("Accept", "")
        if not browser:
            self.refuse(NotFound(N_("There is nothing at this address.")))
        elif (code := self._typed()) is not None:
            self.redirect(f"{self.phones.prefix}{code}")
        else:
            self.set_status(HTTPStatus.NOT_FOUND)
            self.page("")

    def _typed(self) -> str | None:
        """The code in an address that was nearly right, "" where only the code is missing, None in any other.

        Only letters and digits of codes go on, so the address that follows from it is always ours.
        """
        path = unquote(self.request.path).removeprefix(self.phones.prefix.removesuffix("s/"))
        found = re.fullmatch(r"/*(?:s(?:/+|$))?([^/]{0,32})/*", path, re.IGNORECASE)
        code = sessions.tidy_code(found[1]) if found else None
        return code if code is not None and set(code) <= set(sessions.CODE_ALPHABET) else None


class Asset(Handler):
    """The page's script and style sheet."""

    def get(self, extension: str) -> None:
        """From memory; the address has the version, so it may be kept for ever."""
        bundle = phone_bundle()
        text = bundle.script if extension == "js" else bundle.style
        self.set_header("Content-Type", f"text/{'javascript' if extension == 'js' else 'css'}; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(_compressed(text))
        else:
            self.finish(text)


@cache
def _compressed(text: str) -> bytes:
    return gzip.compress(text.encode(), 9)


class State(Handler):
    """The session's state, once."""

    async def get(self, code: str) -> None:
        """As in the event stream."""
        self.finish_json((await self.room(code)).reading.state)


_RETRY = Message.of(b"retry: 1000\n\n")


class Events(Handler):
    """The session's state, and each change of it, as server-sent events."""

    async def get(self, code: str) -> None:
        """Stay connected until the phone leaves."""
        room = await self.room(code)
        self._room = room
        self._packed = "gzip" in self.request.headers.get("Accept-Encoding", "")
        self.request.connection.stream.set_nodelay(True)  # type: ignore[union-attr]
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("X-Accel-Buffering", "no")
        self.set_header("Vary", "Accept-Encoding")
        if self._packed:
            self.set_header("Content-Encoding", "gzip")
            self.write(Message.GZIP_HEAD)
        self._auto_finish = False
        room.streams.add(self.send)
        self.write(_RETRY.packed if self._packed else _RETRY.plain)
        self.send(room.reading.message)

    def send(self, message: Message) -> None:
        """Send without waiting for the phone: a slow one must not hold up the room."""
        piece = message.packed if self._packed else message.plain
        stream = self.request.connection.stream  # type: ignore[union-attr]
        stream.max_write_buffer_size = MAX_UNSENT + len(piece)  # one message always fits
        self.write(piece)
        try:
            self.flush()
        except (StreamClosedError, StreamBufferFullError):
            self.on_connection_close()
            stream.close()

    def on_connection_close(self) -> None:
        """The phone left, or sleeps."""
        room: Room | None = getattr(self, "_room", None)
        if room is not None:
            room.streams.discard(self.send)


Secret = Annotated[str, Field(min_length=22, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Body(BaseModel):
    """What a phone sends: one submission."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    participant: Secret
    step: Annotated[str, Field(min_length=1, max_length=64)]
    entry: Annotated[str, Field(min_length=1, max_length=64)]
    answers: Annotated[dict[str, Any], Field(max_length=100)]

    @field_validator("id")
    @classmethod
    def _uuid(cls, value: str) -> str:
        return str(uuid.UUID(value))


class CodeBody(BaseModel):
    """What a phone sends of a code of somebody's own; an empty one takes it back."""

    model_config = ConfigDict(extra="forbid", strict=True)

    participant: Secret
    code: Annotated[str, Field(max_length=40)]


Sent = TypeVar("Sent", bound=BaseModel)


class Incoming(Handler):
    """What comes from a phone."""

    def read(self, model: type[Sent]) -> Sent:
        """The body, when it is as described; else an answer that says what is wrong, and nothing more happens."""
        kind = self.request.headers.get("Content-Type", "").partition(";")[0]
        if kind.strip().lower() != "application/json":
            self.refuse(BadRequest(N_("Send JSON (Content-Type: application/json)."), code="wrong_type", status=415))
        try:
            data = json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            self.refuse(BadRequest(N_("This message is not JSON."), code="bad_json"))
        try:
            return model.model_validate(data)
        except ValidationError as invalid:
            first = invalid.errors()[0]
            field = ".".join(map(str, first["loc"])) or "top"
            self.refuse(
                BadRequest(
                    N_("This message is not as described: {field}: {problem}"), field=field, problem=first["msg"]
                )
            )
            raise

    def slow_down(self) -> None:
        """Refuse when too much comes from one address."""
        if not self.phones.answers.allow(self.request.remote_ip or ""):
            self.refuse(TooMany(N_("It is very busy. Your answer is sent again in a moment.")))


class Answers(Incoming):
    """One submission of a phone."""

    async def post(self, code: str) -> None:
        """Check it and keep it; the answer comes after the commit."""
        self.slow_down()
        room = await self.room(code)
        body = self.read(Body)
        try:
            answers = await self.phones.rooms.check(room, body.step, body.entry, body.answers)
            session = room.meeting.session.id
            submission = Submission(
                id=body.id,
                session=session,
                step=body.step,
                entry=body.entry,
                participant=privacy.participant(body.participant, session),
                answers=answers,
            )
            new = await self.phones.committer.add(submission)
        except BedoelingError as error:
            self.refuse(error)
        self.set_status(HTTPStatus.CREATED if new else HTTPStatus.OK)
        self.finish_json({"id": body.id, "stored": True})


class OwnCode(Incoming):
    """The code that somebody makes, by which their answers in the next wave belong to these, and can be erased."""

    async def post(self, code: str) -> None:
        """Keep its hash; the code itself is kept nowhere."""
        self.slow_down()
        room = await self.room(code)
        body = self.read(CodeBody)
        store, session = self.phones.rooms.store, room.meeting.session.id

        def keep() -> None:
            key = secrets.linking_key(store)
            hashed = privacy.linking_hash(privacy.personal_code(body.code), key) if body.code else None
            links.keep(store, session, privacy.participant(body.participant, session), hashed)

        try:
            await self.phones.committer.alone(keep)
        except BedoelingError as error:
            self.refuse(error)
        self.finish_json({"stored": bool(body.code)})


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def serve_phones(
    store: Store,
    *,
    host: str,
    port: int,
    base_url: str = "/",
    proxies: Iterable[str] = (),
    beside: bool = False,
) -> None:
    """Serve only the phones' routes, until SIGINT or SIGTERM; any number of these may run on one store.

    ``proxies`` are those that we trust; ``beside`` says that another process started this one, which then stops when
    its stdin closes.
    """
    phones = Phones(store, base_url=base_url)

    def begin() -> None:
        if beside:
            loop = IOLoop.current()
            loop.add_handler(sys.stdin.fileno(), lambda *_: loop.stop(), IOLoop.READ)

    run(phones.application, host, port, phones, begin, proxies)

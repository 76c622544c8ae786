"""A real mail server for tests, that keeps what it gets and does what it is told."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers import PATIENCE


class PostOffice:
    """What arrived, in order; answers of the server by address, used up one by one."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.answers: dict[str, list[str]] = {}
        self.stop_at: int | None = None
        self.stopped, self.go_on = threading.Event(), threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.arrived]

    def to(self) -> list[str]:
        return [str(message["To"]) for message in self.arrived]

    async def handle_MAIL(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _o: Any) -> str:  # noqa: N802
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _o: Any) -> str:  # noqa: N802
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        parsed = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
        self.arrived.append(cast(EmailMessage, parsed))
        if self.stop_at == len(self.arrived):
            self.stopped.set()
            await asyncio.to_thread(self.go_on.wait, PATIENCE)
        return "250 OK"


def _jo(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = data.login == b"jo" and data.password == b"p@ss/word"
    return AuthResult(success=right, handled=right)  # not handled: aiosmtpd says 535


class _AnyPort(Controller):
    """On a port that the system chose; aiosmtpd calls that port to see whether it began."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def post_office(tls: ssl.SSLContext | None = None) -> Iterator[PostOffice]:
    """A mail server on a free port; with TLS it offers STARTTLS, and wants a login."""
    office = PostOffice()
    wants: dict[str, Any] = {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": _jo}
    controller = _AnyPort(office, hostname="127.0.0.1", port=0, **(wants if tls else {}))
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        office.go_on.set()
        controller.stop()

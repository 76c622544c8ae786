"""Bring a report to a folder or a mailbox, such that doing it again after a crash harms nobody.

In a folder a file is whole or not there. Of mail nobody can know whether it arrived when we are killed between the
server's answer and our record of it; then it is sent again with the same Message-ID, which mail systems recognise.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import re
import shutil
import smtplib
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from bedoeling_nb.community import Period, Unit, local_time, now
from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.instruments import in_language
from bedoeling_nb.reports import catalogue
from bedoeling_nb.reports.batch import Job, Outcome
from bedoeling_nb.reports.clock import UNREACHABLE
from bedoeling_nb.reports.schedule_file import Entry
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, deliveries
from bedoeling_nb.store.deliveries import Parcel
from bedoeling_nb.store.schedules import Claim
from bedoeling_nb.texts import N_, translate

__all__ = ["Carrier", "DeliveryError", "LostRun", "Post", "message_id", "put"]

SMTP_SECONDS = 60
"""How long we wait for a mail server that has no message of ours in hand."""

DATA_SECONDS = 600
"""How long for its answer to a message (RFC 5321, 4.5.3.2.6): who waits less sends again what had arrived."""

RECORD_AGAIN = (0.2, 1, 3, 9, 27)
"""Seconds before each new try to record what was sent, in a store that is locked or away."""

_TEXT = N_(
    "Hello,\n\nAttached: {title}, {unit}, {period}.\n{summary}\n\nOpen the attachment to read it. "
    "It never shows the answers of one person.\n\nThis message was sent automatically."
)

TOO_LARGE = 552
"""What a server that tells its limit (RFC 1870) answers to MAIL FROM."""

_LOCAL = ("localhost", "127.0.0.1", "::1")


class DeliveryError(BedoelingError):
    """A report that was made, but not delivered. When ``permanent``, trying again will not help."""

    code: ClassVar[str] = "delivery"

    def __init__(self, msgid: str, *, permanent: bool = False, **values: Any) -> None:
        super().__init__(msgid, **values)
        self.permanent = permanent


def put(files: Mapping[str, Path], folder: Path, entry: str) -> None:
    """Put files into a folder under these names, making the folder: each whole, or as it was. Raises DeliveryError.

    What is not whole yet has the entry in its name: of one entry only one run goes on, also with several schedulers.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, file in files.items():
            aside = folder / f".{name}.{entry}.part"
            try:
                with file.open("rb") as source, aside.open("wb") as target:
                    shutil.copyfileobj(source, target)
                    target.flush()
                    os.fsync(target.fileno())
                aside.replace(folder / name)
            finally:
                aside.unlink(missing_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)  # the names too must outlive a power cut
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as problem:
        raise DeliveryError(
            N_("{folder} cannot be written: {problem}"), folder=folder, problem=problem.strerror or problem
        ) from problem


def message_id(parcel: Parcel) -> str:
    """The same for the same parcel at the same due time, for ever."""
    told = (parcel.entry, parcel.due_at.isoformat(), parcel.report, parcel.unit, parcel.recipient)
    digest = hashlib.blake2b("\n".join(told).encode(), digest_size=20).hexdigest()
    return f"<{digest}@bedoeling-nb.invalid>"  # a name that nobody can have (RFC 2606)


class Post:
    """A mail server, with one connection for many messages.

    Parameters
    ----------
    url
        ``smtps://USER:PASSWORD@HOST:465``, or ``smtp://HOST:587``; the latter with STARTTLS when the server offers it.
    sender
        The address that mail comes from.
    """

    def __init__(self, url: str, sender: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise DeliveryError(N_("BEDOELING_SMTP_URL is like smtps://USER:PASSWORD@HOST:465 or smtp://HOST:587"))
        self.sender = sender
        self.host, self._secure = parts.hostname, parts.scheme == "smtps"
        self.port = port or (465 if self._secure else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._server: smtplib.SMTP | None = None
        self._entered = False
        self._no_entry: DeliveryError | None = None

    @classmethod
    def from_settings(cls) -> Self:
        """The server that this installation names. Raises DeliveryError when it names none."""
        settings = Settings()
        if settings.smtp_url is None or not settings.mail_from:
            raise DeliveryError(N_("To send mail, set BEDOELING_SMTP_URL and BEDOELING_MAIL_FROM."))
        return cls(settings.smtp_url.get_secret_value(), settings.mail_from)

    def send(self, message: EmailMessage) -> None:
        """Send a message to the one it is for. Raises DeliveryError.

        A server that did not let us in is not asked again for the next message: a thousand times a minute is a night,
        and a thousand times a wrong password is a closed account.
        """
        if self._no_entry is not None:
            raise self._no_entry
        try:
            self._send(message)
        except DeliveryError as problem:
            if self._server is None and not self._entered:
                self._no_entry = problem
            raise

    def _send(self, message: EmailMessage) -> None:
        where = f"{self.host}:{self.port}"
        try:
            server = self._connected()
            with _patience(server):
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            raise self._refused(message["To"], code, said) from refused
        except smtplib.SMTPAuthenticationError as refused:  # 5xx, but somebody can mend the password meanwhile
            self.close()
            raise DeliveryError(
                N_("The mail server {server} does not accept the name and password: {said}"),
                server=where,
                said=_words(refused.smtp_error),
            ) from refused
        except smtplib.SMTPResponseException as refused:
            self.close()
            told = f"{refused.smtp_code} {_words(refused.smtp_error)}"
            # Not about this report but about us: also with 5xx somebody can mend it meanwhile.
            if not self._entered:
                raise DeliveryError(
                    N_("The mail server {server} does not let us in: {said}"), server=where, said=told
                ) from refused
            if isinstance(refused, smtplib.SMTPSenderRefused) and refused.smtp_code != TOO_LARGE:
                raise DeliveryError(
                    N_("The mail server {server} takes no mail from {sender}: {said}"),
                    server=where,
                    sender=self.sender,
                    said=told,
                ) from refused
            raise self._refused(message["To"], refused.smtp_code, refused.smtp_error) from refused
        except (smtplib.SMTPNotSupportedError, UnicodeError) as unable:
            self.close()
            raise DeliveryError(
                N_("The mail server {server} cannot do this: {problem}"),
                permanent=self._entered,
                server=where,
                problem=unable,
            ) from unable
        except (OSError, smtplib.SMTPException) as problem:  # also what is not there, or does not answer
            self.close()
            raise DeliveryError(
                N_("The mail server {server} does not answer as it should: {problem}"), server=where, problem=problem
            ) from problem

    def close(self) -> None:
        """Hang up, politely where that is possible."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                if self._server.noop()[0] == 250:
                    return self._server
            self.close()  # it hung up while the next report was made
        self._entered = False
        context = ssl.create_default_context()
        if self._secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SMTP_SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SMTP_SECONDS)
        self._server = server
        server.ehlo_or_helo_if_needed()
        if not self._secure and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if self._user:
            if not isinstance(server.sock, ssl.SSLSocket) and self.host not in _LOCAL:
                self.close()
                raise DeliveryError(
                    N_("The mail server {server} offers no encryption, so it does not get our password."),
                    server=f"{self.host}:{self.port}",
                )
            server.login(self._user, self._password)
        self._entered = True
        return server

    def _refused(self, to: str, code: int, said: bytes | str) -> DeliveryError:
        permanent = code >= 500
        return DeliveryError(
            N_("The mail server refused the report for {to}, and will not take it later: {status} {said}")
            if permanent
            else N_("The mail server could not take the report for {to} now: {status} {said}"),
            permanent=permanent,
            to=to,
            status=code,
            said=_words(said),
        )


@contextmanager
def _patience(server: smtplib.SMTP) -> Iterator[None]:
    """Wait longer while we are in it."""
    try:
        if server.sock is not None:
            server.sock.settimeout(DATA_SECONDS)
        yield
    finally:
        if server.sock is not None:
            server.sock.settimeout(SMTP_SECONDS)


def _words(said: bytes | str | Sequence[bytes]) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return re.sub(r"\s+", " ", text).strip()


class LostRun(Exception):
    """The run is not ours any more: another scheduler took it over."""


class Carrier:
    """Brings the reports of one run to their recipients. Use it in a ``with``.

    Parameters
    ----------
    store
        An open store, in which each delivery is recorded before and after.
    claimed
        The run that we hold.
    entry
        What the schedule says of it.
    """

    def __init__(self, store: Store, claimed: Claim, entry: Entry) -> None:
        self._store, self._claimed, self._entry = store, claimed, entry
        self._post: Post | None = None

    def bring(self, outcome: Outcome, unit: Unit) -> list[tuple[str, bool]]:
        """Bring a report to everybody who gets it and has it not yet.

        Gives, of each who did not get it, why (in both languages), and whether trying again can help. Raises LostRun.
        """
        job, problems = outcome.job, []
        for recipient in self._recipients(unit, job):
            parcel = Parcel(
                entry=self._claimed.entry,
                due_at=self._claimed.due_at,
                report=job.report,
                unit=job.unit,
                recipient=recipient,
                period=job.period,
                fingerprint=" ".join((outcome.fingerprint, *sorted(self._entry.formats))),
            )
            parcel = replace(parcel, message_id=message_id(parcel) if recipient.startswith("mail:") else None)
            answer, before = deliveries.begin(self._store, self._claimed, parcel)
            if answer == "lost":
                raise LostRun
            if answer == "refused":
                problems.append((before or "", False))
            if answer != "send":
                continue
            try:
                self._carry(parcel, outcome, unit)
            except DeliveryError as problem:
                self._record(parcel, "refused" if problem.permanent else "failed", str(problem))
                problems.append((str(problem), not problem.permanent))
            else:
                self._record(parcel, "sent")
        return problems

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._post is not None:
            self._post.close()

    def _record(self, parcel: Parcel, state: deliveries.State, problem: str | None = None) -> None:
        """Insist: a mail of which nobody recorded that it was sent is sent again."""
        for seconds in RECORD_AGAIN:
            try:
                return deliveries.end(self._store, parcel, state, problem)
            except UNREACHABLE:
                time.sleep(seconds)
        return deliveries.end(self._store, parcel, state, problem)

    def _recipients(self, unit: Unit, job: Job) -> list[str]:
        """Each once, however often the file names it."""
        given = (one.of(unit, job.report, job.period) for one in self._entry.recipients)
        return list(dict.fromkeys(recipient for some in given for recipient in some))

    def _carry(self, parcel: Parcel, outcome: Outcome, unit: Unit) -> None:
        name = f"{outcome.job.name}-{parcel.period}"
        files = {f"{name}.{suffix}": outcome.path.with_suffix(f".{suffix}") for suffix in self._entry.formats}
        way, _, place = parcel.recipient.partition(":")
        if way == "folder":
            put(files, Path(place), parcel.entry)
            return
        if self._post is None:
            self._post = Post.from_settings()
        report, language = catalogue.find(parcel.report), self._entry.language
        about = {
            "title": in_language(report.title, language),
            "unit": _words(unit.name),
            "period": Period.parse(parcel.period).name(language),
        }
        message = EmailMessage()
        message["From"], message["To"] = self._post.sender, place
        message["Subject"] = "{title}: {unit}, {period}".format(**about)
        message["Date"], message["Message-ID"] = format_datetime(local_time(now())), parcel.message_id
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: absence notes do not answer it
        message.set_content(
            translate(_TEXT, language).format(summary=in_language(report.summary, language), **about),
            cte="quoted-printable",
        )
        try:
            for file_name, file in files.items():
                kind, _, sub = (mimetypes.guess_type(file_name)[0] or "application/octet-stream").partition("/")
                how = {"charset": "utf-8"} if kind == "text" else {}
                message.add_attachment(file.read_bytes(), maintype=kind, subtype=sub, filename=file_name, params=how)
        except OSError as problem:
            raise DeliveryError(
                N_("{folder} cannot be read: {problem}"), folder=outcome.path, problem=problem.strerror or problem
            ) from problem
        self._post.send(message)

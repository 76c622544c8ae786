"""Our servers as a person starts them (`python -m bedoeling_nb serve`), and a plain client for the phones' wire."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import make_url

__all__ = ["Reply", "Server", "Stream", "ask", "participant", "post", "submission", "until"]

PATIENCE = 180.0
"""Seconds before a test gives up. Nothing is expected to take so long; a busy machine is not a failure."""


def until(holds: Any, what: str = "what should come", patience: float = PATIENCE) -> Any:
    """Wait until `holds()` is true, and give what it gave."""
    end = time.monotonic() + patience
    while not (found := holds()):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.02)
    return found


# ── The wire ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Reply:
    """An answer of a server."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The code of the error that the body tells."""
        return str(self.json["error"]["code"])


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | Iterator[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    source: str = "127.0.0.1",
    timeout: float = PATIENCE,
) -> Reply:
    """One request on a connection of its own; an iterator as body is sent in chunks, without a length."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout, source_address=(source, 0))
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        sent = dict(headers or {})
        chunked = body is not None and not isinstance(body, bytes)
        if chunked:
            sent["Transfer-Encoding"] = "chunked"
        elif body is not None:
            sent.setdefault("Content-Length", str(len(body)))  # type: ignore[arg-type]
        for name, value in sent.items():
            connection.putheader(name, value)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a server may refuse before it has read all
            connection.endheaders(body, encode_chunked=chunked)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def participant() -> str:
    """What a phone makes once for a session."""
    return uuid.uuid4().hex


def submission(step: str = "zien", entry: str = "1", **answers: Any) -> dict[str, Any]:
    """One submission, with a new id, of a new participant."""
    return {"id": str(uuid.uuid4()), "participant": participant(), "step": step, "entry": entry, "answers": answers}


def post(port: int, code: str, body: Any, base: str = "/s/", **options: Any) -> Reply:
    """Hand in a submission."""
    sent = json.dumps(body).encode() if isinstance(body, dict | list) else body
    headers = {"Content-Type": "application/json"} | options.pop("headers", {})
    return ask(port, "POST", f"{base}{code}/answers", sent, headers, **options)


class Stream:
    """An event stream, read one event at a time."""

    def __init__(self, port: int, code: str, *, packed: bool = False, source: str = "127.0.0.1") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(source, 0))
        headers = {"Accept": "text/event-stream"} | ({"Accept-Encoding": "gzip"} if packed else {})
        self._connection.request("GET", f"/s/{code}/events", headers=headers)
        self.response = self._connection.getresponse()
        self._unpack = zlib.decompressobj(wbits=31) if packed else None
        self._text = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def block(self) -> dict[str, str]:
        """The next event, as {field: value}; `retry` is a block of its own."""
        while b"\n\n" not in self._text:
            piece = self.response.read1()
            if not piece:
                raise ConnectionError("the stream ended")
            self._text += self._unpack.decompress(piece) if self._unpack else piece
        block, _, self._text = self._text.partition(b"\n\n")
        return dict(line.split(": ", 1) for line in block.decode().split("\n"))

    def event(self, kind: str) -> dict[str, str]:
        """The next event of this kind."""
        while (block := self.block()).get("event") != kind:
            pass
        return block

    def state(self, rev: int = 0) -> dict[str, Any]:
        """The next state whose `rev` is at least this."""
        while (state := json.loads(self.event("state")["data"]))["rev"] < rev:
            pass
        found: dict[str, Any] = state
        return found

    def close(self) -> None:
        """Hang up."""
        self.response.close()
        self._connection.close()


# ── The processes ──────────────────────────────────────────────────────────────────────────────────────────────────


def _free_ports() -> int:
    """A port that is free, and the one after it too.

    Below those that the system gives to connections (32768 and up on Linux): between our look and the server's start
    one of these could be taken by any test that connects to anything.
    """
    while True:
        port = random.SystemRandom().randrange(12_000, 32_000)  # no test's seed gives the same
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def answers_at(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """`python -m bedoeling_nb serve`: the apps with the phones' page on the next port, or only the phones."""

    TOKEN = "token-of-the-tests"

    def __init__(self, store_url: str, folder: Path, *options: str, apps: bool = False) -> None:
        self.store_url, self.apps, self.options = store_url, apps, options
        self.port = _free_ports()
        self.log_file = folder / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def phones_port(self) -> int:
        """Where the phones' routes are."""
        return self.port + 1 if self.apps else self.port

    @property
    def url(self) -> str:
        """Where the apps (or the phones' page) are."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def join(self) -> str:
        """The address that the QR code has, without the session's code."""
        return f"http://127.0.0.1:{self.phones_port}/s/"

    @property
    def log(self) -> str:
        """All that the server said."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def start(self) -> Self:
        """Start, and wait until it listens."""
        command = [sys.executable, "-m", "bedoeling_nb", "serve", f"--port={self.port}", *self.options]
        environment = os.environ | {"BEDOELING_STORE": self.store_url, "BEDOELING_TOKEN": self.TOKEN, "COLUMNS": "200"}
        environment |= {"IPYTHONDIR": str(self.log_file.parent / "ipython")}
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command if self.apps else [*command, "--phones"],
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        ports = {self.port, self.phones_port}
        until(lambda: self.process.poll() is not None or all(map(answers_at, ports)), f"{command}\n{self.log}")  # type: ignore[union-attr]
        assert self.process.poll() is None, f"{command} stopped:\n{self.log}"
        return self

    def kill(self) -> None:
        """As when the power goes: SIGKILL for the server, what it started, and its kernels."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for kernel in self.kernels():
            with contextlib.suppress(ProcessLookupError):
                os.kill(kernel, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """As with Ctrl-C in a terminal; gives the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.kill()

    def kernels(self) -> list[int]:
        """The process ids of the kernels that have this store open; warm ones are children of a fork server."""
        import psutil

        store = make_url(self.store_url).database
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                commands = [*process.cmdline(), *(parent.cmdline() if (parent := process.parent()) else ())]
                named = any(part in ("ipykernel_launcher", "bedoeling_nb.kernels.server") for part in commands)
                if named and store in [file.path for file in process.open_files()]:
                    found.append(process.pid)
        return found

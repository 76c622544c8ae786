"""Real servers on a store of their own, started for a benchmark and stopped after it."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bedoeling_nb.community import Unit
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, sessions, units
from bedoeling_nb.store.sessions import Session

__all__ = ["Server", "fetch", "free_ports", "memory", "notebook", "prepare", "run", "serving", "table"]

TOKEN = "benchmark"


@dataclass
class Server:
    """`bedoeling serve` on a store in a folder that goes away."""

    store: Store
    folder: Path
    port: int
    main: psutil.Process

    @property
    def phones_port(self) -> int:
        """Where the phones' own process listens."""
        return self.port + 1

    def process(self, port: int) -> psutil.Process:
        """The process that answers the phones at this port."""
        if port == self.port:
            return self.main
        return next(child for child in self.main.children() if f"--port={port}" in child.cmdline())

    def session(self, script: str = "resonance") -> Session:
        """A new session, before its first step."""
        return sessions.create(self.store, "wekerom", find(script))

    def app(self, session: Session) -> str:
        """The address of the facilitator's app."""
        return f"http://127.0.0.1:{self.port}/voila/render/resonance.ipynb?token={TOKEN}&session={session.code}"


@contextmanager
def serving(more_phones: int = 0) -> Iterator[Server]:
    """Start `bedoeling serve`, with this many phones' processes more at the ports after it."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="bedoeling-bench-")))
        store = Store.open(f"sqlite:///{folder / 'store.db'}")
        running.callback(store.close)
        units.add(store, [Unit(id="wekerom", parent=None, level="location", name="Wekerom")])
        port = free_ports(2 + more_phones)
        environment = os.environ | {"BEDOELING_STORE": store.url, "BEDOELING_TOKEN": TOKEN}
        serve = [sys.executable, "-m", "bedoeling_nb", "serve"]
        address = "http://127.0.0.1:{}/s/".format
        main = running.enter_context(run([*serve, f"--port={port}"], environment, folder / "serve.log", address(port)))
        _wait(address(port + 1), main)
        for more in range(port + 2, port + 2 + more_phones):
            command = [*serve, "--phones", f"--port={more}"]
            running.enter_context(run(command, environment, folder / f"phones-{more}.log", address(more)))
        yield Server(store, folder, port, main)


@contextmanager
def run(command: Sequence[str], environment: dict[str, str], log: Path, address: str) -> Iterator[psutil.Process]:
    """A server that runs until the block ends, and answers at this address."""
    process = _start(command, environment, log)
    try:
        _wait(address, process)
        yield process
    except BaseException:
        print(log.read_text(errors="replace")[-3000:], file=sys.stderr)
        raise
    finally:
        _stop(process)


def _start(command: Sequence[str], environment: dict[str, str], log: Path) -> psutil.Process:
    with log.open("w") as output:
        return psutil.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)


def _wait(address: str, process: psutil.Process, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            break
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"no server at {address}")


def _stop(process: psutil.Process) -> None:
    """Ask it to stop; what is still there of its group after that is killed."""
    with suppress(psutil.NoSuchProcess):
        children = process.children(recursive=True)
        process.send_signal(signal.SIGTERM)
        _, left = psutil.wait_procs([process, *children], timeout=10)
        for one in left:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(left, timeout=5)


def prepare() -> None:
    """Take as many open files as we may have (each phone is two), and stop the servers also when we are terminated."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def fetch(address: str, seconds: float) -> bytes | None:
    """A page, or None when it is not whole in time: Voila keeps a visitor waiting for ever whose kernel died."""
    until, body = time.monotonic() + seconds, b""
    trouble = suppress(urllib.error.URLError, ConnectionError, TimeoutError)
    with trouble, urllib.request.urlopen(address, timeout=seconds) as page:
        while time.monotonic() < until:
            part = page.read1()
            if not part:
                return body
            body += part
    return None


def free_ports(number: int) -> int:
    """The first of some free ports in a row."""
    start = 10_000 + os.getpid() % 1000 * 20  # two benchmarks at the same time look in different places
    for first in range(start, start + 2000, 10):
        with suppress(OSError):
            held = []
            try:
                for port in range(first, first + number):
                    held.append(socket.socket())
                    held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    held[-1].bind(("127.0.0.1", port))
                return first
            finally:
                for one in held:
                    one.close()
    raise RuntimeError("no free ports")


def memory(processes: Sequence[psutil.Process]) -> int:
    """Bytes that these processes take together (PSS: what is shared is counted once)."""
    return sum(process.memory_full_info().pss for process in processes)


def notebook(source: str) -> dict[str, Any]:
    """A notebook of one cell."""
    cell = {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": [], "source": source}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table."""
    lines = [("", *columns), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns) + 1)]
    print(f"\n{title}")
    for line in lines:
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        print("  " + "  ".join(cells))
    sys.stdout.flush()

"""Fork servers of these tests alone: one that all may share, and one for a test that mistreats it."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from bedoeling_nb.kernels import provisioner
from bedoeling_nb.kernels.notebooks import WarmManager
from bedoeling_nb.kernels.process import ForkedProcess
from tests.servers import until


@pytest.fixture(scope="session")
def shared_folder() -> Iterator[Path]:
    """Where the shared fork server lives; a short path, as sockets need."""
    with tempfile.TemporaryDirectory(prefix="bn-") as name:
        yield Path(name)
        _stop(Path(name))


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, shared_folder: Path) -> None:
    """No test meets the fork server of whoever runs it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared_folder))
    monkeypatch.delenv("BEDOELING_WARM_KERNELS", raising=False)
    monkeypatch.setattr(provisioner, "_said", set())


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch, _apart: None) -> Iterator[Path]:
    """A fork server for one test."""
    with tempfile.TemporaryDirectory(prefix="bn-") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", name)
        yield Path(name)
        _stop(Path(name))


def servers(folder: Path) -> list[psutil.Process]:
    """The fork servers whose sockets are in this folder. A kernel leads a session of its own; they do not."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            line = process.cmdline()
            ours = "bedoeling_nb.kernels.server" in line and any(part.startswith(f"{folder}/") for part in line)
            if ours and os.getsid(process.pid) != process.pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _stop(folder: Path) -> None:
    for process in servers(folder):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    until(lambda: not servers(folder), "the fork servers of the tests are gone")


class Kernel:
    """A kernel that runs, with a client."""

    def __init__(self, manager: Any, client: Any) -> None:
        self.manager, self.client = manager, client

    @property
    def process(self) -> ForkedProcess:
        """Its process, which the fork server made."""
        process = self.manager.provisioner.process
        assert isinstance(process, ForkedProcess), "it was started the stock way"
        return process

    async def run(self, code: str) -> str:
        """What the code prints, or the name of its error."""
        out: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            out.append(message["content"].get("text", message["content"].get("ename", "")))

        await self.client.execute_interactive(code, output_hook=hear, allow_stdin=False, timeout=60)
        return "".join(out).strip()

    async def begin(self, code: str) -> None:
        """Start code that prints `begun` and goes on; returns when it has."""
        self.client.execute(code, stop_on_error=False)  # else what is asked next may be dropped
        while (await self.client.get_iopub_msg(timeout=60))["content"].get("text", "").strip() != "begun":
            pass


@asynccontextmanager
async def kernel(manager: Any = None, **options: Any) -> AsyncIterator[Kernel]:
    """A warm kernel."""
    manager = manager or WarmManager()
    await manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        if manager.has_kernel:
            await manager.shutdown_kernel(now=True)


def run(coroutine: Any) -> Any:
    """Run a test's coroutine."""
    # In a thread: a browser of another test's may have left an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def exists(pid: int) -> bool:
    """Whether there is a process of this id, a zombie included."""
    return Path(f"/proc/{pid}").exists() and os.getpid() != pid


def ended(pid: int) -> bool:
    """Whether this process, which is not ours to reap, runs no longer."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True

"""From "start a kernel" to its first answer, and its memory: forked from a warm server, beside ipykernel's own.

    python -m benchmarks.kernels --kernels 1 10 30

All kernels of a round are started at once, and are ready when the notebook's imports have run and it has answered: that
is where a report or an app can begin. Both ways get the same client, without the fixed wait of 0.2 s, and are asked the
same. The time without the imports is told too. Memory: what is of these processes alone (USS), and with their share of
what several have (PSS); in the PSS of the warm ones the server is counted as well.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

from bedoeling_nb.kernels import client
from bedoeling_nb.kernels.notebooks import WarmManager
from bedoeling_nb.kernels.ready import ReadyClient
from benchmarks.servers import table

IMPORTS = "import bedoeling_nb.apps.resonance, bedoeling_nb.reports.session, pandas, matplotlib.pyplot"
MIB = 2**20


class StockManager(AsyncKernelManager):  # type: ignore[misc]
    """ipykernel's kernel, with our client and sockets: over TCP, of ten at once some find their port taken."""

    client_factory = Type(ReadyClient)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.transport = "ipc"
        self.connection_file = str(Path(os.environ["XDG_RUNTIME_DIR"], f"{uuid.uuid4().hex[:12]}.json"))


@dataclass
class Round:
    """What one number of kernels took."""

    answered: float
    imported: float
    uss: float
    pss: float


def servers() -> list[psutil.Process]:
    """The fork servers of this benchmark."""
    folder = os.environ["XDG_RUNTIME_DIR"]
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(part.startswith(f"{folder}/") for part in process.cmdline()):
                found.append(process)
    ids = {process.pid for process in found}
    return [process for process in found if process.ppid() not in ids]


async def start(kind: type[AsyncKernelManager]) -> tuple[Any, Any]:
    """One kernel that has answered."""
    manager = kind()
    await manager.start_kernel(stdout=-3, stderr=-3)
    asked: ReadyClient = manager.client()
    asked.start_channels()
    await asked.wait_for_ready(timeout=300)
    return manager, asked


async def ask(asked: Any) -> None:
    """Run the imports."""
    reply = await asked.execute_interactive(IMPORTS, allow_stdin=False, timeout=300, output_hook=lambda _: None)
    assert reply["content"]["status"] == "ok"


async def measure(kind: type[AsyncKernelManager], number: int) -> Round:
    """Start this many at once, and stop them."""
    before = time.perf_counter()
    running = await asyncio.gather(*(start(kind) for _ in range(number)))
    answered = time.perf_counter() - before
    await asyncio.gather(*(ask(asked) for _, asked in running))
    imported = time.perf_counter() - before
    sizes = [psutil.Process(manager.provisioner.process.pid).memory_full_info() for manager, _ in running]
    shared = [process.memory_full_info().pss for process in servers()] if kind is WarmManager else []
    for manager, asked in running:
        asked.stop_channels()
        await manager.shutdown_kernel(now=True)
    uss = sum(size.uss for size in sizes) / number
    return Round(answered, imported, uss / MIB, (sum(size.pss for size in sizes) + sum(shared)) / number / MIB)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kernels", type=int, nargs="+", default=[1, 10, 30])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    os.environ.pop("BEDOELING_WARM_KERNELS", None)
    with tempfile.TemporaryDirectory(prefix="bn-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            before = time.perf_counter()
            client.warm()
            asyncio.run(measure(WarmManager, 1))
            print(f"The first warm kernel, with the start of its server: {time.perf_counter() - before:.2f} s")
            for number in options.kernels:
                compare(number, options.rounds)
        finally:
            for process in servers():
                process.send_signal(signal.SIGTERM)
            assert Path(folder).is_dir()


def compare(number: int, rounds: int) -> None:
    """One table: medians of the rounds, ours and stock by turns."""
    ours, stock = [], []
    for _ in range(rounds):
        ours.append(asyncio.run(measure(WarmManager, number)))
        stock.append(asyncio.run(measure(StockManager, number)))
    rows = []
    for title, name, unit in (
        ("answered", "answered", "s"),
        ("ready: with the notebook's imports", "imported", "s"),
        ("memory of its own (USS) a kernel", "uss", "MiB"),
        ("memory with its share (PSS) a kernel", "pss", "MiB"),
    ):
        warm, cold = (statistics.median(getattr(one, name) for one in found) for found in (ours, stock))
        form = "{:.2f} s".format if unit == "s" else "{:.1f} MiB".format
        rows.append((title, form(warm), form(cold), f"{cold / warm:.1f}"))
    table(f"{number} kernels at once (median of {rounds})", ("ours", "stock", "ratio"), rows)


if __name__ == "__main__":
    main()

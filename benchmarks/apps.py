"""From the request for an app to its first widget in a real browser, and its memory: warm kernels beside stock ones.

    python -m benchmarks.apps --visits 5

The same server and the same app both times; only the way in which its kernel starts is another one. Visits
come one after the other and stay open; the first of each server is not counted (it fills the browser's and Voila's
caches, and starts the fork server).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil
from playwright.async_api import Browser, async_playwright

from benchmarks import servers
from benchmarks.board import CHROMIUM, QUIET
from benchmarks.load import percentile
from benchmarks.servers import table

WIDGET = ".bn-live"


def kernels(folder: str, server: servers.Server, *, warm: bool) -> list[psutil.Process]:
    """The processes of the open apps, with the fork server."""
    if not warm:
        return [one for one in server.main.children() if "ipykernel_launcher" in one.cmdline()]
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(part.startswith(f"{folder}/") for part in process.cmdline()):
                found.append(process)
    return found


async def measure(browser: Browser, visits: int, *, warm: bool) -> tuple[list[float], float, float]:
    """Seconds until the first widget of each visit; MiB of its own and with its share, for each open app."""
    with tempfile.TemporaryDirectory(prefix="bn-") as folder:
        os.environ |= {"XDG_RUNTIME_DIR": folder, "BEDOELING_WARM_KERNELS": "1" if warm else "0"}
        try:
            with servers.serving() as server:
                address = server.app(server.session())
                context = await browser.new_context()
                took = []
                for _ in range(visits + 1):
                    page = await context.new_page()
                    before = time.perf_counter()
                    await page.goto(address, wait_until="commit", timeout=120_000)
                    await page.wait_for_selector(WIDGET, state="attached", timeout=120_000)
                    took.append(time.perf_counter() - before)
                open_ = kernels(folder, server, warm=warm)
                sizes = [one.memory_full_info() for one in open_]
                own = [size.uss for size, one in zip(sizes, open_, strict=True) if os.getsid(one.pid) == one.pid]
                await context.close()
                return took[1:], sum(own) / len(own) / 2**20, sum(size.pss for size in sizes) / (visits + 1) / 2**20
        finally:
            for process in kernels(folder, server, warm=True):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)


async def compare(visits: int) -> None:
    """Print the table."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        (ours, own, share), (stock, their_own, their_share) = [
            await measure(browser, visits, warm=warm) for warm in (True, False)
        ]
        await browser.close()
    seconds, size = "{:.2f} s".format, "{:.1f} MiB".format
    rows = [
        (name, form(mine), form(theirs), f"{theirs / mine:.1f} x")
        for name, form, mine, theirs in (
            ("first widget p50", seconds, percentile(ours, 50), percentile(stock, 50)),
            ("first widget, slowest", seconds, max(ours), max(stock)),
            ("memory of its own (USS) an app", size, own, their_own),
            ("memory with its share (PSS) an app", size, share, their_share),
        )
    ]
    table(f"The resonance app, {visits} visits", ("ours", "stock", "ratio"), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.apps", description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=5)
    asyncio.run(compare(parser.parse_args(arguments).visits))


if __name__ == "__main__":
    main()

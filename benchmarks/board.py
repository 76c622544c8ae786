"""From "your answer is kept" on a phone to the answer on the facilitator's screen, in a real browser.

    python -m benchmarks.board --phones 1000

The k-th answer that was acknowledged is on the screen at the first frame in which every question of the board counts k
people or more. The stock way, in the same run and of the same answers: a Voila app that reads the table with pandas and
draws a figure with Matplotlib in an Output widget, every second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

import psutil
from playwright.async_api import Browser, Page, async_playwright

from bedoeling_nb.store.sessions import Session
from benchmarks import servers
from benchmarks.join import ANSWERS_A_SECOND, Figures, felt, median_of, push, seen, shown
from benchmarks.load import Room, percentile
from benchmarks.servers import Server, table

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
COMPARED = ("on the screen", "worst", "processor")
ANSWERS = {"voelen": felt, "zien": seen}
DRAWN = ("voelen",)
"""Steps that the stock board draws; a wall of texts in triads has no stock picture to compare with."""

WATCH = """(selector) => {
  window.seenOnBoard = [];
  let last = 0;
  const look = () => requestAnimationFrame(() => {
    const counts = [...document.querySelectorAll(selector)].map((part) => Number(part.dataset.n ?? part.textContent));
    const n = counts.length ? Math.min(...counts) : 0;
    if (n > last) window.seenOnBoard.push([(last = n), Date.now() / 1000]);
  });
  const options = { subtree: true, childList: true, characterData: true, attributeFilter: ["data-n"] };
  new MutationObserver(look).observe(document.body, options);
}"""

STOCK = """\
import asyncio, json
import ipywidgets as w, matplotlib.pyplot as plt, pandas as pd, sqlalchemy as sa
from IPython.display import clear_output, display
engine = sa.create_engine({store!r})
out, count = w.Output(), w.HTML("<b class='count'>0</b>")
display(w.VBox([out, count]))

def draw():
    table = pd.read_sql("select * from submission where session = {session!r} and step = {step!r}", engine)
    table = table.drop_duplicates(["participant", "entry"], keep="last")
    answers = pd.DataFrame([json.loads(one) for one in table.answers])
    figure, axes = plt.subplots(1, 3, figsize=(12, 3))
    for axis, column in zip(axes, [name for name in ("energy", "safety", "lead") if name in answers]):
        answers[column].plot.hist(ax=axis, title=column)
    with out:
        clear_output(wait=True)
        display(figure)
    plt.close(figure)
    count.value = f"<b class='count'>{{table.participant.nunique()}}</b>"

async def follow():
    while True:
        await asyncio.sleep(1)
        draw()

task = asyncio.create_task(follow())
"""


def delays(acknowledged: Sequence[float], seen_on_board: Sequence[tuple[int, float]]) -> list[float]:
    """Seconds from each acknowledgement to the screen; infinite for what never came there."""
    counts = list(accumulate((n for n, _ in seen_on_board), max))
    waited = []
    for k, moment in enumerate(sorted(acknowledged), start=1):
        at = bisect_left(counts, k)
        waited.append(max(0.0, seen_on_board[at][1] - moment) if at < len(counts) else float("inf"))
    return waited


async def measure(
    server: Server, session: Session, page: Page, selector: str, step: str, *, phones: int, seconds: float
) -> Figures:
    """All phones answer one step while the page watches."""
    room = Room(session.code, [server.phones_port])
    await room.join(phones)
    await push(server, room, session, step)
    await page.wait_for_selector(selector, state="attached", timeout=60_000)
    await page.evaluate(WATCH, selector)
    await asyncio.sleep(1)
    kernels = [child for child in psutil.process_iter(["cmdline"]) if _is_kernel(child, server)]
    before = sum(_cpu(one) for one in kernels)
    acknowledgements = await room.answer(step, ANSWERS[step], seconds=seconds)
    for _ in range(200):
        on_board = await page.evaluate("window.seenOnBoard")
        if on_board and on_board[-1][0] >= len(room.acknowledged):
            break
        await asyncio.sleep(0.1)
    waited = delays(list(room.acknowledged.values()), on_board)
    room.leave()
    return {
        "acknowledged p95": percentile(acknowledgements, 95),
        "on the screen p50": percentile(waited, 50),
        "on the screen p95": percentile(waited, 95),
        "worst": max(waited),
        "times the board was drawn": len(on_board),
        "processor time of the kernel": sum(_cpu(one) for one in kernels) - before,
    }


def _is_kernel(process: psutil.Process, server: Server) -> bool:
    """Whether it has this store open, and is a kernel: a warm one is a child of a fork server."""
    try:
        parent = process.parent()
        commands = [*process.cmdline(), *(parent.cmdline() if parent else ())]
        named = any(part in ("ipykernel_launcher", "bedoeling_nb.kernels.server") for part in commands)
        return named and server.store.engine.url.database in [file.path for file in process.open_files()]
    except psutil.Error:
        return False


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def ours(browser: Browser, step: str, *, phones: int, seconds: float) -> Figures:
    """The resonance app."""
    with servers.serving() as server:
        session = server.session()
        page = await browser.new_page()
        await page.goto(server.app(session))
        figures = await measure(server, session, page, ".bn-show", step, phones=phones, seconds=seconds)
        await page.close()
        return figures


async def stock(browser: Browser, step: str, *, phones: int, seconds: float) -> Figures:
    """A notebook that reads and draws everything again each second; the phones are on our server."""
    with servers.serving() as server:
        session = server.session()
        folder = server.folder / "stock"
        folder.mkdir()
        source = STOCK.format(store=server.store.url, session=session.id, step=step)
        (folder / "board.ipynb").write_text(json.dumps(servers.notebook(source)))
        port = servers.free_ports(1)
        command = [sys.executable, "-m", "voila", str(folder), "--no-browser", f"--port={port}"]
        environment = os.environ | {"BEDOELING_STORE": server.store.url}
        with servers.run(command, environment, server.folder / "voila.log", f"http://127.0.0.1:{port}/"):
            page = await browser.new_page()
            await page.goto(f"http://127.0.0.1:{port}/voila/render/board.ipynb", timeout=60_000)
            figures = await measure(server, session, page, ".count", step, phones=phones, seconds=seconds)
            await page.close()
            return figures


async def compare(phones: int, steps: Sequence[str], rounds: int, with_stock: bool) -> None:
    """Print a table for each step and pace."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for step in steps:
            for pace, seconds in (("200 answers a second", phones / ANSWERS_A_SECOND), ("all in one instant", 0.0)):
                how = {"phones": phones, "seconds": seconds}
                mine = median_of([await ours(browser, step, **how) for _ in range(rounds)])
                theirs = (
                    median_of([await stock(browser, step, **how) for _ in range(rounds)])
                    if with_stock and step in DRAWN
                    else {}
                )
                rows = [
                    (
                        name,
                        shown(name, value),
                        shown(name, theirs.get(name)),
                        f"{theirs[name] / value:.1f} x" if theirs and name.startswith(COMPARED) else "",
                    )
                    for name, value in mine.items()
                ]
                title = f"From phone to screen, step “{step}”, {phones:,} phones, {pace}"
                table(title, ["ours", "stock", "ratio"], rows)
        await browser.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.board", description=__doc__.splitlines()[0])
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--steps", nargs="+", default=list(ANSWERS), choices=list(ANSWERS))
    parser.add_argument("--rounds", type=int, default=1, help="how often; the medians are printed")
    parser.add_argument("--no-stock", action="store_true")
    asked = parser.parse_args(arguments)
    servers.prepare()
    asyncio.run(compare(asked.phones, asked.steps, asked.rounds, not asked.no_stock))


if __name__ == "__main__":
    main()

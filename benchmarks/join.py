"""A room joins, is asked something, and answers: how long does each part take, and what does a phone cost?

    python -m benchmarks.join --phones 1000 5000

Ours with the phones in a process beside Voila (as `bedoeling serve` does) and inside it, while nothing else
happens and while facilitators open apps. The stock way, in the same run: the same question as a Voila app with
ipywidgets, which starts a kernel for each visitor.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bedoeling_nb.store import sessions, tables
from bedoeling_nb.store.sessions import Session
from benchmarks import servers
from benchmarks.load import Room, percentile
from benchmarks.servers import Server, table

ANSWERS_A_SECOND = 200
"""People read before they answer: a room of 1,000 that answers within five seconds is a quick one."""

OPENING = 60.0
"""Seconds after which a visitor of an app has given up."""

QUESTION = """\
import ipywidgets as w
text = w.Text(description="Ik zie…", placeholder="Kort en concreet.")
promise = [w.FloatSlider(description=name, min=0, max=1) for name in ("leven", "werk", "organisatie")]
send = w.Button(description="Verstuur")
w.VBox([w.HTML("<h2>Wat zien we?</h2>"), text, *promise, send])
"""

Figures = dict[str, float]


def seen(phone: int) -> dict[str, Any]:
    """What a phone answers to the first question."""
    corners = {"good_life": 0.5, "good_work": 0.25, "healthy_organisation": 0.25}
    return {"seen": f"De avonddienst stond er vandaag alleen voor ({phone}).", "promise": corners}


def felt(phone: int) -> dict[str, Any]:
    """What a phone answers to the second question."""
    return {"energy": phone % 11, "safety": phone % 7, "lead": (phone % 101) / 100, "word": f"woord{phone % 50}"}


async def push(server: Server, room: Room, session: Session, step: str) -> list[float]:
    """The facilitator goes to a step. Seconds from the click until each phone has it."""
    loop = asyncio.get_running_loop()
    rev = (await loop.run_in_executor(None, sessions.state, server.store, session.id)).rev
    begun = time.perf_counter()
    state = await loop.run_in_executor(None, lambda: sessions.go(server.store, session.id, step, rev=rev))
    return await room.heard(state.rev, begun)


def kept(server: Server, session: Session) -> set[str]:
    """The ids of the answers that are in the store."""
    query = sa.select(tables.submission.c.id).where(tables.submission.c.session == session.id)
    with server.store.read() as connection:
        return set(connection.execute(query).scalars())


async def ours(phones: int, *, inside: bool, apps: int) -> Figures:
    """One room on a fresh server."""
    with servers.serving() as server:
        port = server.port if inside else server.phones_port
        session = server.session()
        first = Room(session.code, [port])  # the first phone makes the server compile its page
        await first.join(1)
        await push(server, first, session, "zien")
        await first.answer("zien", seen, entry="2")
        process = server.process(port)
        await asyncio.sleep(1)
        before = servers.memory([process])

        room = Room(session.code, [port])
        joined = await room.join(phones)
        await asyncio.sleep(1)
        figures = {
            "join p50": percentile(joined, 50),
            "join p95": percentile(joined, 95),
            "all in after": max(joined),
            "never got in": phones - len(joined),
            "KiB a phone": (servers.memory([process]) - before) / 1024 / phones,
        }
        pushed = [took for step in ("voelen", "zien") * 3 for took in await push(server, room, session, step)]
        figures |= {"push p95": percentile(pushed, 95), "push worst": max(pushed)}
        calm = await room.answer("zien", seen, seconds=phones / ANSWERS_A_SECOND)
        burst = await room.answer("zien", seen)
        figures |= {"acknowledged p95": percentile(calm, 95), "same, all in one instant": percentile(burst, 95)}

        if apps:
            figures |= await _while_apps_open(server, room, session, apps)
        figures |= await _choose_from_texts(server, room, session)

        lost = (room.acknowledged.keys() | first.acknowledged.keys()) - kept(server, session)
        figures |= {
            "answers lost": len(lost),
            "answers refused": sum(room.refused.values()),
            "phones cut off": sum(phone.closed for phone in room.phones),
        }
        room.leave()
        first.leave()
        return figures


async def _while_apps_open(server: Server, room: Room, session: Session, apps: int) -> Figures:
    """Facilitators open apps, kernels start, Voila renders; the room goes on."""

    def opened(_: int) -> float:
        begun = time.perf_counter()
        servers.fetch(server.app(session), OPENING)
        return time.perf_counter() - begun

    pushed: list[float] = []
    with ThreadPoolExecutor(apps) as visitors:
        opening = [asyncio.get_running_loop().run_in_executor(visitors, opened, number) for number in range(apps)]
        while not all(one.done() for one in opening):
            await asyncio.sleep(0.2)
            pushed += await push(server, room, session, "zien" if len(pushed) // len(room.phones) % 2 else "voelen")
        took = await asyncio.gather(*opening)
    for kernel in [child for child in server.main.children() if "ipykernel_launcher" in " ".join(child.cmdline())]:
        kernel.kill()
    return {f"push p95 while {apps} apps open": percentile(pushed, 95), f"{apps} apps open after": max(took)}


async def _choose_from_texts(server: Server, room: Room, session: Session) -> Figures:
    """The step in which everybody chooses from what everybody wrote: much to send to each phone, much to check."""
    pushed = await push(server, room, session, "bijsturing")
    with urllib.request.urlopen(f"http://127.0.0.1:{room.ports[0]}{room.path}/state", timeout=30) as reply:
        state = reply.read()
    options = [option["id"] for option in json.loads(state)["step"]["items"][0]["options"]]
    calm = await room.answer(
        "bijsturing",
        lambda phone: {"votes": {options[phone % len(options)]: 3}},
        seconds=len(room.phones) / ANSWERS_A_SECOND,
    )
    return {
        "choosing from so many texts": len(options),
        "push p95 of these": percentile(pushed, 95),
        "acknowledged p95 of these": percentile(calm, 95),
    }


async def two_servers(phones: int) -> Figures:
    """Two processes for phones on one store; each holds half of the room."""
    with servers.serving(more_phones=1) as server:
        session = server.session()
        room = Room(session.code, [server.phones_port, server.phones_port + 1])
        joined = await room.join(phones)
        pushed = [took for step in ("voelen", "zien") * 3 for took in await push(server, room, session, step)]
        calm = await room.answer("zien", seen, seconds=phones / ANSWERS_A_SECOND)
        lost = room.acknowledged.keys() - kept(server, session)
        room.leave()
        return {
            "all in after": max(joined),
            "push p95": percentile(pushed, 95),
            "acknowledged p95": percentile(calm, 95),
            "answers lost": len(lost),
        }


def stock(visitors: int) -> Figures:
    """The same question as a Voila app: seconds until each visitor's page is rendered, and memory of the kernels."""
    with tempfile.TemporaryDirectory(prefix="bedoeling-bench-") as name:
        folder = Path(name)
        (folder / "apps").mkdir()
        (folder / "apps" / "question.ipynb").write_text(json.dumps(servers.notebook(QUESTION)))
        port = servers.free_ports(1)
        command = [sys.executable, "-m", "voila", str(folder / "apps"), "--no-browser", f"--port={port}"]
        address = f"http://127.0.0.1:{port}/"
        with servers.run(command, dict(os.environ), folder / "voila.log", address) as main:

            def visit(_: int) -> float | None:
                page = servers.fetch(f"{address}voila/render/question.ipynb", OPENING)
                whole = page is not None and b"application/vnd.jupyter.widget-view+json" in page
                return time.perf_counter() - begun if whole else None

            begun = time.perf_counter()
            with ThreadPoolExecutor(visitors) as room:
                rendered = [took for took in room.map(visit, range(visitors)) if took is not None]
            kernels = main.children(recursive=True)
            return {
                "join p50": percentile(rendered, 50),
                "join p95": percentile(rendered, 95),
                "all in after": max(rendered),
                "never got in": visitors - len(rendered),
                "KiB a phone": servers.memory(kernels) / 1024 / visitors,
            }


def median_of(rounds: Sequence[Figures]) -> Figures:
    """The median of each figure; of what must be zero the worst."""
    worst = ("never got in", "answers lost", "answers refused", "phones cut off")
    return {name: (max if name in worst else statistics.median)([one[name] for one in rounds]) for name in rounds[0]}


def shown(name: str, value: float | None) -> str:
    """A figure as text: times in ms or s, counts as they are."""
    if value is None:
        return "-"
    if name.startswith(("answers", "phones", "choosing", "times", "never")):
        return f"{value:,.0f}"
    if name.startswith("KiB"):
        return f"{value:,.1f} KiB"
    return f"{value * 1000:,.0f} ms" if value < 1 else f"{value:,.1f} s"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.join", description=__doc__.splitlines()[0])
    parser.add_argument("--phones", type=int, nargs="+", default=[1000], help="sizes of the room")
    parser.add_argument("--visitors", type=int, default=10, help="visitors of the stock way; 0 leaves it out")
    parser.add_argument("--apps", type=int, default=5, help="apps that are opened in the meantime; 0: none")
    parser.add_argument("--rounds", type=int, default=1, help="how often; the medians are printed")
    parser.add_argument("--where", choices=["beside", "inside", "both"], default="both", help="the phones' routes")
    parser.add_argument("--no-second-server", action="store_true")
    asked = parser.parse_args(arguments)
    servers.prepare()

    voila = median_of([stock(asked.visitors) for _ in range(asked.rounds)]) if asked.visitors else {}
    places = ["beside", "inside"] if asked.where == "both" else [asked.where]
    for phones in asked.phones:
        of = {
            place: median_of(
                [asyncio.run(ours(phones, inside=place == "inside", apps=asked.apps)) for _ in range(asked.rounds)]
            )
            for place in places
        }
        best = of[places[0]]
        rows = [
            (
                name,
                *(shown(name, of[place][name]) for place in places),
                shown(name, voila.get(name)),
                f"{voila[name] / best[name]:,.0f} x" if voila.get(name) and best[name] else "",
            )
            for name in best
        ]
        columns = [*(f"{phones:,} phones, {place} Voila" for place in places), f"stock, {asked.visitors} visitors"]
        table("Joining, following and answering", [*columns, "ratio"], rows)
    if not asked.no_second_server:
        shared = median_of([asyncio.run(two_servers(asked.phones[0])) for _ in range(asked.rounds)])
        rows = [(name, shown(name, value)) for name, value in shared.items()]
        table("Two servers on one store", [f"{asked.phones[0]:,} phones, half at each"], rows)


if __name__ == "__main__":
    main()

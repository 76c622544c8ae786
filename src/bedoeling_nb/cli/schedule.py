"""The command `bedoeling schedule`."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from bedoeling_nb.cli.options import StoreUrl
from bedoeling_nb.community import local_time, now
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, retention

if TYPE_CHECKING:
    from bedoeling_nb.reports.schedule_file import Schedule
    from bedoeling_nb.store.schedules import DueRun

__all__ = ["schedule_app"]

schedule_app = typer.Typer(help="Verslagen op vaste tijden / reports at set times", no_args_is_help=True)
console = Console(highlight=False)

File = Annotated[
    Path | None,
    typer.Option("--file", help="schedule.yaml, of/or BEDOELING_SCHEDULE", show_default=False),
]
EntryId = Annotated[str, typer.Argument(help="Uit het bestand. / From the file.")]

LATE = timedelta(minutes=2)

STATES = {
    "due": "aan de beurt / due",
    "running": "bezig / running",
    "waiting": "wordt opnieuw geprobeerd / tried again",
    "done": "klaar / done",
    "failed": "mislukt / failed",
}


@schedule_app.command("run")
def run(file: File = None, store: StoreUrl = None) -> None:
    """Maak en bezorg verslagen op tijd; Ctrl-C stopt. / Make and deliver reports in time; Ctrl-C stops."""
    from bedoeling_nb.reports.schedule import Service  # noqa: PLC0415 - takes a second to import, and not for help

    opened, path = Store.open(store), _path(file)
    service = Service(opened, path, say=_say)
    # In a thread: what runs a notebook in the main thread takes the signals for itself.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: service.stop())
    with ThreadPoolExecutor(1) as pool, retention.daily(opened, Settings()):
        serving = pool.submit(service.run)
        while not serving.done():  # a wait without an end would not hear a signal
            wait([serving], 0.5)
        serving.result()
    opened.close()


@schedule_app.command("list")
def list_entries(file: File = None, store: StoreUrl = None) -> None:
    """Laat zien wat wanneer komt, en hoe het de vorige keer ging. / Show what comes when, and how it went."""
    from bedoeling_nb.store import schedules  # noqa: PLC0415

    read, opened = _read(file), Store.open(store, make=False)
    known, last = schedules.entries(opened), schedules.last_runs(opened)
    headings = ("verslag / report", "over / about", "volgende / next", "vorige / last", "uitkomst / outcome")
    table = Table(Column("id", no_wrap=True), *headings, box=None)
    for entry in read.entries:
        state, before = known.get(entry.id), last.get(entry.id)
        if state is not None and state.paused:
            coming = "gepauzeerd / paused"
        else:
            due_at = state.next_run_at if state and state.next_run_at else entry.when.after(now())
            coming = _time(due_at)
            if due_at and due_at < now() - LATE:  # a service that runs would have noted it, and what comes after it
                coming = f"[yellow]{coming}\nte laat: draait de dienst? / late: does the service run?[/]"
        table.add_row(
            f"[bold]{entry.id}[/]",
            f"{entry.report}, {entry.period}",
            str(entry.units),
            coming,
            _time(before.due_at) if before else "",
            _outcome(before) if before else "",
        )
    console.print(table)


@schedule_app.command("run-now")
def run_now(entry: EntryId, file: File = None, store: StoreUrl = None) -> None:
    """Maak en bezorg nu, ook naast de dienst. / Make and deliver now, also beside the service."""
    from bedoeling_nb.reports.schedule import Service  # noqa: PLC0415

    wanted, opened = _read(file).entry(entry), Store.open(store, make=False)
    tally = Service(opened, _path(file), say=_say).run_now(wanted)
    opened.close()
    if tally.state != "done":
        raise typer.Exit(1)


@schedule_app.command()
def pause(entry: EntryId, file: File = None, store: StoreUrl = None) -> None:
    """Maak dit voorlopig niet. / Do not make this for now."""
    from bedoeling_nb.store import schedules  # noqa: PLC0415

    wanted = _read(file).entry(entry)
    schedules.pause(Store.open(store, make=False), wanted.id, str(wanted.when))
    console.print(f"{wanted.id}: gepauzeerd / paused")


@schedule_app.command()
def resume(entry: EntryId, file: File = None, store: StoreUrl = None) -> None:
    """Maak dit weer; wat intussen viel wordt niet ingehaald. / Make this again; what was missed is not caught up."""
    from bedoeling_nb.store import schedules  # noqa: PLC0415

    wanted = _read(file).entry(entry)
    coming = wanted.when.after(now())
    schedules.resume(Store.open(store, make=False), wanted.id, str(wanted.when), coming)
    console.print(f"{wanted.id}: {_time(coming)}")


@schedule_app.command()
def check(
    path: Annotated[
        Path | None, typer.Argument(help="Anders / otherwise: BEDOELING_SCHEDULE", show_default=False)
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Controleer het bestand, en wie wat krijgt. / Check the file, and who gets what."""
    from bedoeling_nb.reports import catalogue  # noqa: PLC0415
    from bedoeling_nb.store import units  # noqa: PLC0415

    read, opened, moment = _read(path), Store.open(store, make=False), now()
    headings = (Column("volgende / next", no_wrap=True), Column("verslagen\n/ reports", no_wrap=True))
    table = Table(Column("id", no_wrap=True), *headings, Column("naar / to", overflow="fold"), box=None)
    without = []
    for entry in read.entries:
        due_at = entry.when.after(moment)
        period = entry.period_at(due_at or moment)
        report = catalogue.find(entry.report)
        chosen = entry.units.chosen(opened, report)
        to: list[str] = []
        for unit in chosen:
            report.check(unit, period)
            places = [_place(one) for given in entry.recipients for one in given.of(unit, entry.report, period.id)]
            to += places
            if not places:
                without.append(f"{entry.id}, {unit.id}")
        for named in {unit for given in entry.recipients if isinstance(given.mail, dict) for unit in given.mail}:
            units.get(opened, named)  # one that is not there would never get its mail, and nobody would know
        shown = [*to[:2], f"… {len(to)}"] if len(to) > 3 else to
        made = f"{len(chosen)} × {period.id}"
        table.add_row(f"[bold]{entry.id}[/]", _time(due_at), made, Text("\n".join(shown) or "–"))
    console.print(table)
    for one in without:
        console.print(f"[yellow]{one}: niemand krijgt dit / nobody gets this[/]")


def _place(recipient: str) -> str:
    """A folder as one sees it from here, or an address."""
    way, _, place = recipient.partition(":")
    return os.path.relpath(place) if way == "folder" and Path(place).is_relative_to(Path.cwd()) else place


def _path(file: Path | None) -> Path:
    return file or Settings().schedule


def _read(file: Path | None) -> Schedule:
    from bedoeling_nb.reports import schedule_file  # noqa: PLC0415

    return schedule_file.read(_path(file))


def _time(moment: datetime | None) -> str:
    return f"{local_time(moment):%Y-%m-%d %H:%M}" if moment else "nooit / never"


def _outcome(run: DueRun) -> Text:
    told = Text(STATES[run.state], style="red" if run.state == "failed" else "")
    if run.state in ("waiting", "done", "failed"):
        told.append(f" · {run.made + run.unchanged} goed / good", style="dim")
        if run.failed:
            told.append(f" · {run.failed} niet / not")
    if run.problem:
        told.append(f"\n{run.problem.splitlines()[0]}", style="dim")
    return told


def _say(told: str) -> None:
    dutch, _, english = told.partition("\n")
    line = Text(f"{local_time(now()):%Y-%m-%d %H:%M:%S}  ", style="dim").append(dutch, style="not dim")
    console.print(line.append(f"  {english}") if english else line, soft_wrap=True)

"""The command `bedoeling report`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from bedoeling_nb.cli.options import Spoken, StoreUrl
from bedoeling_nb.community import Period, local_time, now
from bedoeling_nb.errors import BadRequest
from bedoeling_nb.instruments import in_language
from bedoeling_nb.reports.catalogue import catalogue, find
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, units
from bedoeling_nb.texts import N_

__all__ = ["report"]

console = Console(highlight=False)

STATES = {
    "made": "gemaakt / made",
    "unchanged": "niets veranderd / unchanged",
    "busy": "wordt al gemaakt / being made",
    "failed": "mislukt / failed",
}


def report(
    name: Annotated[
        str | None, typer.Argument(help="Welk verslag; zonder naam de lijst. / Which report; without it the list.")
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="Een onderdeel; mag vaker. / A unit; may be repeated. wekerom-03")
    ] = None,
    below: Annotated[str | None, typer.Option(help="Alles onder dit onderdeel. / Everything below this unit.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Alle onderdelen. / All units.")] = False,
    period: Annotated[
        str | None,
        typer.Option(
            help="2026-09, 2026-Q3, 2026; anders het laatste hele kwartaal. / By default the last whole quarter.",
            show_default=False,
        ),
    ] = None,
    session: Annotated[str | None, typer.Option(help="De code van een sessie. / The code of a session.")] = None,
    language: Spoken = "nl",
    folder: Annotated[
        Path | None,
        typer.Option(help="Waar ze komen; anders / where they go; otherwise: data/output", show_default=False),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Ook als PDF. / Also as PDF.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processen. / Processes.")] = os.cpu_count() or 1,
    dask: Annotated[str | None, typer.Option(help="Of een Dask-cluster / or a Dask cluster: tcp://HOST:8786")] = None,
    force: Annotated[bool, typer.Option("--force", help="Ook wat niet veranderde. / Also what is unchanged.")] = False,
    store: StoreUrl = None,
) -> None:
    """Maak verslagen van teams, onderdelen en sessies. / Make reports of teams, units and sessions."""
    if name is None:
        console.print(_listed())
        return
    from bedoeling_nb.reports import batch  # noqa: PLC0415 - takes a second to import, and not for help

    folder = folder or Settings().reports
    described = find(name)
    opened = Store.open(store, make=False)
    if not described.periods:
        if not session:
            raise BadRequest(N_("The report “{report}” is about a session: give its code."), report=name)
        _refuse_given(name, {"--unit": unit, "--below": below, "--all": every, "--period": period})
        jobs = [batch.session_job(opened, session, language)]
    else:
        _refuse_given(name, {"--session": session})
        given = [unit is not None, below is not None, every]
        if sum(given) != 1:
            raise BadRequest(N_("Say about what: --unit UNIT, --below UNIT or --all."))
        wanted: Sequence[str] | None = unit
        if below is not None:
            wanted = [one.id for one in units.below(opened, below) if one.level in described.levels]
        last = Period.containing(local_time(now()).date(), "quarter").shifted(-1)
        jobs = batch.plan(opened, name, wanted, Period.parse(period) if period else last, language)
    opened.close()

    counts: Counter[str] = Counter()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("nog / left"),
        TimeRemainingColumn(),
    )
    paths = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{in_language(described.title, language)}", total=len(jobs))
        outcomes = batch.make_all(opened.url, jobs, folder, pdf=pdf, workers=workers, dask=dask, force=force)
        for outcome in outcomes:
            counts[outcome.state] += 1
            paths.append(outcome.path)
            if outcome.problem:
                console.print(f"[red]{outcome.job.unit}[/] {outcome.problem.message('nl')}")
                console.print(f"  [dim]{outcome.problem.message('en')}[/]")
            progress.advance(task)
    if len(jobs) == 1 and not counts["failed"] and not counts["busy"]:
        console.print(paths[0])
    else:
        told = [f"{STATES[state]}: [bold]{counts[state]}[/]" for state in STATES if counts[state]]
        console.print(" · ".join(told) or "niets / nothing", f"→ {folder}")
    if counts["failed"] or counts["busy"]:
        raise typer.Exit(1)


def _refuse_given(name: str, options: Mapping[str, object]) -> None:
    """An option that would be left aside is not what somebody meant."""
    if given := [option for option, value in options.items() if value]:
        raise BadRequest(
            N_("{options} does not go with the report “{report}”. See what each is about with: bedoeling report"),
            options=", ".join(given),
            report=name,
        )


def _listed() -> Table:
    table = Table("verslag / report", "over / about", "periode / period", "voor / for", "", box=None)
    for one in catalogue():
        about = ", ".join(one.levels) if one.periods else "session"
        table.add_row(
            f"[bold]{one.id}[/]",
            about,
            ", ".join(one.periods),
            in_language(one.recipients, "nl"),
            in_language(one.summary, "nl"),
        )
    return table

"""The command `bedoeling wave`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from bedoeling_nb.cli.options import JoinUrl, Spoken, StoreUrl, Yes, ask_first, warn_of_loopback
from bedoeling_nb.community import LEVELS, Level, now, start_of_day
from bedoeling_nb.errors import BadRequest
from bedoeling_nb.instruments import Instrument, find, in_language
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, instruments, units, waves
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_, translate

__all__ = ["wave_app"]

wave_app = typer.Typer(help="Metingen / waves of a questionnaire", no_args_is_help=True)
console = Console(highlight=False)

WaveId = Annotated[
    str, typer.Argument(help="Het nummer, of de vragenlijst: dan de laatste. / Its id, or the questionnaire: the last.")
]


@wave_app.command("open")
def open_(
    instrument: Annotated[str, typer.Argument(help="Uit de catalogus, of een YAML-bestand / or a file: climate")],
    unit: Annotated[str, typer.Option(help="Alle teams hieronder. / All teams below this. wekerom")],
    closes: Annotated[str, typer.Option(help="De laatste dag / the last day: 2026-12-01")],
    level: Annotated[
        list[str] | None, typer.Option(help="In plaats van teams / instead of teams: location, region, organisation")
    ] = None,
    language: Spoken = "nl",
    yes: Yes = False,
    store: StoreUrl = None,
) -> None:
    """Vraag een vragenlijst aan alle teams van een onderdeel. / Ask a questionnaire of all teams of a unit."""
    opened = Store.open(store, make=False)
    levels: list[Level] = [one for one in LEVELS if one in (level or ["team"])]
    if unknown := set(level or ()) - set(LEVELS):
        raise BadRequest(
            N_("There is no level {levels}. There are: {known}."),
            levels=", ".join(sorted(unknown)),
            known=", ".join(LEVELS),
        )
    asked, closes_at = find(instrument), start_of_day(_day(closes) + timedelta(days=1))
    if asked.pace == "own" and closes_at > now():  # else it is refused below, and nobody need be asked
        _not_twice(opened, asked, unit, levels, yes)
    wave = waves.open_wave(opened, asked, unit, closes_at, levels=levels, language=language, k=Settings().k)
    _show(opened, wave)
    console.print(f"\nUitnodigingen om te printen / to print:  bedoeling wave invite {wave.id}")


@wave_app.command("list")
def list_(store: StoreUrl = None) -> None:
    """Laat de metingen zien. / Show the waves."""
    opened = Store.open(store, make=False)
    headings = (
        "vragenlijst / questionnaire",
        "onderdeel / unit",
        "tot en met / until",
        "stand / state",
        "meegedaan / took part",
    )
    table = Table(*headings, Column("nummer / id", no_wrap=True), box=None)
    for wave in waves.recent(opened):
        told = waves.responses(opened, wave)
        state = "open" if wave.is_open(now()) else "gesloten / closed"
        people = str(sum(one.participants for one in told))
        table.add_row(wave.instrument, wave.unit, f"{wave.last_day}", state, people, wave.id)
    console.print(table)


@wave_app.command()
def show(wave: WaveId, store: StoreUrl = None) -> None:
    """Hoeveel mensen deden mee? / How many people took part?"""
    opened = Store.open(store, make=False)
    _show(opened, waves.get(opened, wave))


@wave_app.command()
def invite(
    wave: WaveId,
    folder: Annotated[Path | None, typer.Option(help="Waar het komt / where it goes", show_default=False)] = None,
    language: Spoken = "nl",
    join_url: JoinUrl = None,
    store: StoreUrl = None,
) -> None:
    """Maak een blad met QR-code voor elk team (A4). / Make a sheet with a QR code for each team (A4)."""
    from bedoeling_nb.reports.invitations import write_invitations  # noqa: PLC0415 - not for help

    opened, reached = Store.open(store, make=False), join_url or Settings().join_url
    asked = waves.get(opened, wave)
    path = (folder or Settings().reports) / "waves" / f"{asked.id}.html"
    console.print(write_invitations(opened, asked, path, reached, language))
    warn_of_loopback(reached)


@wave_app.command()
def close(wave: WaveId, yes: Yes = False, store: StoreUrl = None) -> None:
    """Sluit een meting nu; open gaat hij niet meer. / Close a wave now; it cannot be opened again."""
    opened = Store.open(store, make=False)
    closing = waves.get(opened, wave)
    if closing.is_open(now()):
        took, people = waves.turnout(opened, [closing])[closing.id]
        console.print(
            f"{closing.instrument} · {closing.unit} · tot en met / until {closing.last_day}\n"
            f"{took} van de {people} mensen deden mee. / {took} of {people} people took part."
        )
        ask_first("Voorgoed sluiten? Open gaat hij niet meer. / Close it for good?", yes)
        waves.close(opened, closing)
    _show(opened, waves.get(opened, closing.id))


def _not_twice(store: Store, asked: Instrument, unit: str, levels: list[Level], yes: bool) -> None:
    """Ask whether it is meant when units that would be asked are being asked the same already."""
    wanted = {one.id for one in units.below(store, unit) if one.level in levels}
    twice, last = waves.running(store, asked.id, wanted)
    if last is not None:
        console.print(
            f"{asked.id} loopt al tot en met {last}, bij {len(twice)} van de {len(wanted)} die je vraagt: zij krijgen "
            f"dezelfde vragen twee keer.\n[dim]{asked.id} is running already until {last}, at {len(twice)} of the "
            f"{len(wanted)} that you ask.[/]"
        )
        ask_first("Toch openen? / Open it all the same?", yes)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(N_("“{text}” is not a day. Example: 2026-12-01."), text=text) from None


def _show(store: Store, wave: Wave) -> None:
    title = in_language(instruments.get(store, wave.instrument, wave.instrument_version).title, "nl")
    until = "tot en met / until" if wave.is_open(now()) else "gesloten / closed"
    console.print(f"[bold]{title}[/] · {wave.unit} · {until} {wave.last_day}\n[dim]{wave.id}[/]\n")
    table = Table("team", "code", "meegedaan / took part", "van / of", box=None)
    told = waves.responses(store, wave)
    for one in told:
        table.add_row(one.name, one.code, str(one.participants), str(one.people))
    console.print(table)
    some, all_ = sum(one.participants for one in told), sum(one.people for one in told)
    share = f" ({round(100 * some / all_)} %)" if all_ else ""
    console.print(f"\nSamen / together: {some} van / of {all_}{share}")
    if wave.is_open(now()):
        reminder = N_("Have you told how it is for you? It takes a few minutes, without names, until and with {day}.")
        told_so = translate(reminder, "nl").format(day=f"{wave.last_day:%d-%m-%Y}")
        console.print(f"\n[dim]Herinnering / reminder:[/] {told_so}")

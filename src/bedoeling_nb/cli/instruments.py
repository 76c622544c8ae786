"""The command `bedoeling instrument`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from bedoeling_nb.instruments import Instrument, available, find, in_language

__all__ = ["instrument_app"]

instrument_app = typer.Typer(help="Vragenlijsten en scripts / questionnaires and scripts", no_args_is_help=True)
console = Console(highlight=False)

PACES = {"together": "sessie / session", "own": "vragenlijst / questionnaire"}


@instrument_app.command("list")
def list_() -> None:
    """Laat zien wat er is. / Show what there is."""
    table = Table(Column("id", no_wrap=True), "soort / kind", "titel / title", "vragen / questions", box=None)
    for one in available():
        table.add_row(one.id, PACES[one.pace], in_language(one.title, "nl"), str(_questions(one)))
    console.print(table)


@instrument_app.command()
def check(
    name: Annotated[str, typer.Argument(help="Een YAML-bestand, of uit de catalogus. / A YAML file, or its id.")],
    language: Annotated[str, typer.Option(help="nl of/or en")] = "nl",
) -> None:
    """Controleer een bestand, en laat zien wat het vraagt. / Check a file, and show what it asks."""
    found = find(name)
    console.print(f"[bold]{in_language(found.title, language)}[/] · {PACES[found.pace]} · {found.id} {found.version}")
    console.print(f"[dim]{found.source} · {found.licence}[/]\n\n{in_language(found.consent, language)}")
    for step in found.steps:
        console.print(f"\n[bold]{in_language(step.title, language)}[/] [dim]{step.id}[/]")
        for item in step.items:
            console.print(f"  {in_language(item.text, language)} [dim]{item.id}, {item.kind}[/]")
    for scale in found.scales:
        turned = f", ↔ {', '.join(scale.reversed)}" if scale.reversed else ""
        console.print(
            f"\n{in_language(scale.title, language)}: {', '.join(scale.items)}"
            f" [dim](≥ {scale.needed} van / of {len(scale.items)}{turned})[/]"
        )


def _questions(instrument: Instrument) -> int:
    return sum(len(step.items) for step in instrument.steps)

"""The command `bedoeling instrument`."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import segno
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bedoeling_nb.cli.options import Spoken
from bedoeling_nb.errors import BadRequest
from bedoeling_nb.instruments import Instrument, available, find, in_language
from bedoeling_nb.instruments.yaml_text import write_yaml
from bedoeling_nb.texts import N_

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
    language: Spoken = "nl",
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


@instrument_app.command("export-xlsform")
def export_xlsform(
    name: Annotated[str, typer.Argument(help="Uit de catalogus, of een YAML-bestand. / Its id, or a YAML file.")],
    file: Annotated[Path, typer.Argument(help="Het rekenblad / the spreadsheet: climate.xlsx")],
) -> None:
    """Schrijf een vragenlijst als XLSForm, voor ODK, KoboToolbox of Enketo. / Write a questionnaire as an XLSForm."""
    from bedoeling_nb.instruments.xlsform import write_xlsform  # noqa: PLC0415 - not for help

    found, path = find(name), _spreadsheet(file)
    if path.exists():
        raise BadRequest(N_("{path} is there already. Give another name, or remove it first."), path=path)
    write_xlsform(found, path)
    console.print(file)


@instrument_app.command("import-xlsform")
def import_xlsform(
    file: Annotated[Path, typer.Argument(help="Het rekenblad / the spreadsheet: climate.xlsx")],
    out: Annotated[
        Path | None, typer.Option(help="Waar de YAML komt / where the YAML goes", show_default=False)
    ] = None,
) -> None:
    """Maak van een XLSForm een vragenlijst. / Make a questionnaire of an XLSForm."""
    from bedoeling_nb.instruments.xlsform import read_xlsform  # noqa: PLC0415 - not for help

    path = out or file.with_suffix(".yaml")
    if path.exists():
        raise BadRequest(N_("{path} is there already. Give another name with --out, or remove it first."), path=path)
    found = read_xlsform(_spreadsheet(file))
    write_yaml(found.instrument, path)
    for remark in found.remarks:
        console.print(f"· {escape(remark.message('nl'))}\n  [dim]{escape(remark.message('en'))}[/]")
    count = _questions(found.instrument)
    console.print(f"{path}  {count} vragen / questions. Kijk hem na / look at it: bedoeling instrument check {path}")


@instrument_app.command()
def preview(
    name: Annotated[str, typer.Argument(help="Een YAML-bestand, of uit de catalogus. / A YAML file, or its id.")],
    language: Spoken = "nl",
    host: Annotated[
        str, typer.Option(help="0.0.0.0: ook op een telefoon op dezelfde wifi / also on a phone on the same Wi-Fi.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: een die vrij is / one that is free.")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open de browser. / Open the browser.")
    ] = True,
) -> None:
    """Laat zien hoe een telefoon het vraagt; er wordt niets bewaard. / See it as on a phone; nothing is kept."""
    from bedoeling_nb.live.preview import free_port, opened, serve_preview  # noqa: PLC0415 - takes a second
    from bedoeling_nb.live.process import lan_address  # noqa: PLC0415

    found = find(name)
    port = port or free_port()
    reached = lan_address() if host == "0.0.0.0" else host  # noqa: S104 - asked for
    with opened(found, language) as shown:
        address = f"http://{reached}:{port}/s/{shown.session.code}"

        def announce() -> None:
            console.print(f"[bold]{in_language(found.title, language)}[/] · {address}", soft_wrap=True)
            console.print("Er wordt niets bewaard. Ctrl-C stopt. / Nothing is kept. Ctrl-C stops.")
            if found.pace == "together":
                console.print(
                    "Enter: de volgende stap; teksten van anderen zijn voorbeelden. / Enter: the next step; texts of "
                    "others are examples."
                )
            if host != "127.0.0.1":
                segno.make(address, error="m").terminal(compact=True, border=2)
            if browser:
                webbrowser.open(address)

        serve_preview(shown, host, port, announce)


def _spreadsheet(path: Path) -> Path:
    if path.suffix.lower() != ".xlsx":
        raise BadRequest(N_("{path} is no spreadsheet: its name ends in .xlsx."), path=path)
    return path


def _questions(instrument: Instrument) -> int:
    return sum(len(step.items) for step in instrument.steps)

"""The commands `bedoeling import` and `bedoeling scales`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Column, Table

from bedoeling_nb.analysis.estimates import Estimate
from bedoeling_nb.cli.options import Spoken, StoreUrl
from bedoeling_nb.community import now
from bedoeling_nb.errors import BadRequest, Conflict
from bedoeling_nb.instruments import find, in_language
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, instruments, waves
from bedoeling_nb.texts import N_, translate

__all__ = ["import_app", "scales"]

import_app = typer.Typer(help="Van elders / from elsewhere", no_args_is_help=True)
console = Console(highlight=False)

MEASURES = {
    "alpha": "Cronbachs alpha",
    "omega": "McDonalds omega",
    "icc1": "ICC(1)",
    "icc2": "ICC(2)",
    "rwg_j": "r_wg(j)",
}


@import_app.callback()
def _group() -> None:
    """Van elders / from elsewhere."""


@import_app.command("responses")
def responses(
    file: Annotated[Path, typer.Argument(help="CSV: een rij per persoon / a row for each person")],
    instrument: Annotated[
        str, typer.Option(help="De vragenlijst, of een YAML-bestand. / The questionnaire, or a YAML file.")
    ],
    unit: Annotated[str, typer.Option(help="Van wie: een onderdeel / of whom: a unit. wekerom")],
    date: Annotated[
        str | None, typer.Option(help="Wanneer er is geantwoord / when people answered: 2026-03-01", show_default=False)
    ] = None,
    unit_column: Annotated[
        str | None, typer.Option(help="De kolom met het team. / The column with the team.", show_default=False)
    ] = None,
    date_column: Annotated[
        str | None, typer.Option(help="De kolom met de dag. / The column with the day.", show_default=False)
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option(
            help="Nummer van elke persoon; wordt niet bewaard. / A number of each person; it is not kept.",
            show_default=False,
        ),
    ] = None,
    map_: Annotated[
        Path | None,
        typer.Option(
            "--map", help="YAML: welke kolom is welke vraag. / Which column is which item.", show_default=False
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Een kolom om weg te laten; mag vaker. / A column to leave out.")
    ] = None,
    language: Spoken = "nl",
    store: StoreUrl = None,
) -> None:
    """Zet antwoorden die elders zijn verzameld als gesloten meting in de store. / Bring in answers as a closed wave."""
    from bedoeling_nb.exchange.answers_file import Columns, read_answers, read_columns  # noqa: PLC0415 - not for help
    from bedoeling_nb.exchange.responses import check_asked, keep_responses  # noqa: PLC0415

    asked, opened = find(instrument), Store.open(store, make=False)
    check_asked(opened, asked, unit)  # before the columns, which mean nothing for another questionnaire
    columns = read_columns(map_) if map_ else Columns()
    given = {"unit": unit_column, "date": date_column, "respondent": id_column}
    chosen = {name: column for name, column in given.items() if column is not None}
    columns = columns.model_copy(update={**chosen, "ignore": (*columns.ignore, *(ignore or ()))})
    told = read_answers(file, asked, columns)
    kept = keep_responses(opened, asked, unit, told, _day(date) if date else None, language=language, k=Settings().k)
    if not kept.new:
        _same_day(waves.get(opened, kept.wave.id), kept.wave)
        console.print(f"Dit bestand was er al; er is niets veranderd. / This file was there already.  {kept.wave.id}")
        return
    table = Table("team", "mensen / people", box=None)
    for one in waves.responses(opened, kept.wave):  # a number of people, never what they said
        table.add_row(one.name, str(one.participants))
    console.print(table)
    people = sum(kept.people.values())
    console.print(
        f"\nSamen / together: {people} · {kept.wave.instrument} · {kept.wave.last_day}  [dim]{kept.wave.id}[/]"
    )
    months = Settings().keep_answers_months
    if kept.wave.created_at < now() - timedelta(days=round(months * 365.25 / 12)):
        console.print(
            f"Let op: antwoorden ouder dan {months} maanden worden opgeruimd (BEDOELING_KEEP_ANSWERS_MONTHS). / Note: "
            f"answers of more than {months} months ago are removed."
        )
    if told.empty:
        console.print(f"Zonder antwoord, niet bewaard / without an answer, not kept: {told.empty}")
    if told.unasked:
        console.print(f"Niet in het bestand / not in the file: {', '.join(told.unasked)}")
    if told.ignored:
        console.print(f"Weggelaten / left out: {', '.join(told.ignored)}")
    if asked.scales:
        console.print(f"\nHoe goed zijn de schalen? / How good are the scales?  bedoeling scales {kept.wave.id}")


def _same_day(there: waves.Wave, given: waves.Wave) -> None:
    """Raise Conflict when answers that the store has are given again for another day."""
    if (there.created_at, there.last_day) != (given.created_at, given.last_day):
        raise Conflict(
            N_("These answers are in the store already, of {there} and not of {given}. Nothing was changed."),
            there=there.last_day,
            given=given.last_day,
        )


def scales(
    name: Annotated[
        str,
        typer.Argument(
            help="De vragenlijst: dan de laatste gesloten meting met antwoorden; of een nummer. / Its last closed wave "
            "with answers; or an id."
        ),
    ],
    items: Annotated[bool, typer.Option("--items", help="Ook elke vraag. / Also each item.")] = False,
    csv: Annotated[
        Path | None, typer.Option(help="Schrijf de tabel als CSV. / Write the table as CSV.", show_default=False)
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Hoe betrouwbaar zijn de schalen van een meting? / How reliable are the scales of a wave?"""
    from bedoeling_nb.analysis.reliability import reliability  # noqa: PLC0415 - takes a second to import

    opened = Store.open(store, make=False)
    wave = waves.finished(opened, name)
    found = reliability(opened, wave.id)
    if csv is not None:
        from bedoeling_nb.instruments.files import write_whole  # noqa: PLC0415

        write_whole(csv, found.to_csv(index=False).encode())
        console.print(csv)
        return
    script = instruments.get(opened, wave.instrument, wave.instrument_version)
    titles = {scale.id: in_language(scale.title, "nl") for scale in script.scales}
    console.print(f"[bold]{in_language(script.title, 'nl')}[/] · {wave.unit} · {wave.last_day}\n")
    console.print(_table(found[found["measure"].isin(list(MEASURES))], titles))
    if items:
        console.print()
        console.print(_item_table(found, titles))
    for why in dict.fromkeys([*found["why"].dropna(), *found["note"].dropna()]):
        console.print(f"· {translate(why, 'nl')}\n  [dim]{translate(why, 'en')}[/]")


def _table(found: pd.DataFrame, titles: dict[str, str]) -> Table:
    headings = ("schaal / scale", "maat / measure")
    right = [Column(name, justify="right") for name in ("", "95 %", "mensen / people")]
    table = Table(*headings, *right, box=None)
    last = None
    for row in found.to_dict("records"):
        interval = f"{_shown(row['low'])} – {_shown(row['high'])}" if pd.notna(row["low"]) else ""
        title = titles[row["scale"]] if row["scale"] != last else ""
        table.add_row(title, MEASURES[row["measure"]], _shown(row["estimate"]), interval, _count(row["n"]))
        last = row["scale"]
    return table


def _item_table(found: pd.DataFrame, titles: dict[str, str]) -> Table:
    right = [Column(name, justify="right") for name in ("item-rest", "alpha zonder / without", "mensen / people")]
    table = Table("schaal / scale", "vraag / item", *right, box=None)
    rest, without = (found[found["measure"] == one].to_dict("records") for one in ("item_rest", "alpha_without"))
    last = None
    for row, other in zip(rest, without, strict=True):
        title = titles[row["scale"]] if row["scale"] != last else ""
        table.add_row(title, row["item"], _shown(row["estimate"]), _shown(other["estimate"]), _count(row["n"]))
        last = row["scale"]
    return table


def _count(people: Any) -> str:
    return "–" if pd.isna(people) else str(people)


def _shown(value: Any) -> str:
    return "–" if pd.isna(value) else Estimate.shown(float(value), "nl")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(N_("“{text}” is not a day. Example: 2026-12-01."), text=text) from None

"""The command `bedoeling import units`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bedoeling_nb.cli.options import StoreUrl
from bedoeling_nb.store import Store

__all__ = ["import_units"]

console = Console(highlight=False)


def import_units(
    file: Annotated[Path, typer.Argument(metavar="UNITS.CSV", help="CSV: id, parent, level, name")],
    people: Annotated[
        Path | None, typer.Argument(metavar="PEOPLE.CSV", help="CSV: id, unit, role, name", show_default=False)
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Zet je eigen organisatie in de store, of werk haar bij. / Bring in your own organisation, or what changed."""
    from bedoeling_nb.exchange.organisation import bring_in  # noqa: PLC0415 - not for help

    brought = bring_in(Store.open(store), file, people)
    for heading, counts in (("Onderdelen / units", brought.units), ("Mensen / people", brought.people)):
        console.print(
            f"{heading}: {counts.added} nieuw / new, {counts.changed} gewijzigd / changed, "
            f"{counts.unchanged} gelijk gebleven / unchanged"
        )
    if brought.ignored:
        console.print(f"Weggelaten / left out: {', '.join(brought.ignored)}")
    console.print(
        "Niemand is verwijderd. Bekijk het met bedoeling units. / Nobody was removed. See it with: bedoeling units"
    )

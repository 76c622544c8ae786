"""What people may ask of privacy: `bedoeling forget`, `bedoeling retention` and `bedoeling smallest-group`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from bedoeling_nb.cli.options import StoreUrl, Yes, ask_first
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.privacy import linking_hash, personal_code
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, links, retention, secrets, thresholds, units
from bedoeling_nb.texts import N_

__all__ = ["forget", "retention_command", "smallest_group"]

console = Console(highlight=False)


def forget(
    code: Annotated[str, typer.Argument(help="De eigen code van iemand / somebody's own code: MAJO07RN")],
    unit: Annotated[
        str | None, typer.Option(help="Alleen in dit onderdeel / only in this unit", show_default=False)
    ] = None,
    yes: Yes = False,
    store: StoreUrl = None,
) -> None:
    """Wis alles wat iemand met deze code vertelde. / Erase everything that somebody with this code told."""
    opened = Store.open(store, make=False)
    hashed = linking_hash(personal_code(code), secrets.linking_key(opened))
    within = None if unit is None else [one.id for one in units.below(opened, unit)]
    found = links.linked(opened, hashed, within)
    if not found:
        raise NotFound(
            N_("Nobody has told anything with this code here. Is it made in the same way as then?"), code="unknown_code"
        )
    if unit is None and len({one.wave or one.session for one in found}) < len(found):
        raise BadRequest(
            N_(
                "In one wave this code occurs more than once: two people, or one person with two phones. "
                "Say with --unit which team it is about; all who have it there are erased."
            )
        )
    for one in found:
        console.print(f"{one.unit}  {one.instrument}  {one.submissions} antwoorden / answers")
    if len({one.unit for one in found}) > 1 and unit is None:
        console.print(
            "Dit zijn meer teams: werkte iemand in allebei, of zijn het twee mensen met dezelfde code? "
            "Kies zo nodig met --unit.\n[dim]More than one team: choose with --unit if these may be two people.[/]"
        )
    ask_first("Voorgoed wissen? / Erase for good?", yes)
    rows, scrubbed = links.erase(opened, found)
    console.print(f"Gewist: {rows} antwoorden. / Erased: {rows} answers.")
    months = Settings().keep_codes_months
    console.print(f"[dim]Van langer dan {months} maanden geleden is geen code meer bekend. / No codes are older.[/]")
    if not scrubbed:
        console.print(
            "Uit het bestand van de opslag is het nog niet weg: iemand leest erin. De dienst ruimt het vandaag op.\n"
            "[dim]Not gone from the store's file yet, as somebody reads it; the service clears that today.[/]"
        )


def retention_command(
    only_count: Annotated[
        bool, typer.Option("--count", help="Alleen tellen wat weg zou gaan / only count what would go")
    ] = False,
    store: StoreUrl = None,
) -> None:
    """Verwijder wat ouder is dan we bewaren; gebeurt ook elke dag. / Remove what is older than is kept."""
    rules = Settings()
    removed = retention.apply(Store.open(store, make=False), rules, only_count=only_count)
    console.print(
        f"Antwoorden / answers (> {rules.keep_answers_months} maanden / months): {removed.answers}\n"
        f"Open teksten / open texts (> {rules.keep_texts_months}): {removed.texts}\n"
        f"Eigen codes / codes of one's own (> {rules.keep_codes_months}): {removed.codes}\n"
        f"Namen bij afspraken / names with agreements (> {rules.keep_texts_months}): {removed.names}"
    )


def smallest_group(
    unit: Annotated[str, typer.Argument(help="Geldt ook voor wat eronder hoort / also for all below it")],
    k: Annotated[int, typer.Argument(help="Over minder mensen wordt niets getoond / of fewer people nothing is shown")],
    yes: Yes = False,
    store: StoreUrl = None,
) -> None:
    """Verhoog de kleinste groep van een onderdeel; verlagen kan niet. / Raise a unit's smallest group, for good."""
    opened = Store.open(store, make=False)
    thresholds.check(opened, unit, k)
    ask_first(f"Verlagen kan daarna niet meer: {k} voor {unit}? / It cannot be lowered again: {k} for {unit}?", yes)
    thresholds.raise_to(opened, unit, k)
    console.print(f"{unit}: over minder dan {k} mensen wordt niets getoond. / Nothing about fewer than {k} people.")

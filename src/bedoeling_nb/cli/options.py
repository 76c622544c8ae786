"""Options that several commands have, what they warn of, and the question before what cannot be undone."""

from __future__ import annotations

import sys
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.texts import N_, Language

__all__ = ["JoinUrl", "Spoken", "StoreUrl", "Yes", "ask_first", "warn_of_loopback"]

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store", envvar="BEDOELING_STORE", help="sqlite:///PATH or postgresql+psycopg://…", show_default=False
    ),
]

JoinUrl = Annotated[
    str | None,
    typer.Option(
        "--join-url",
        envvar="BEDOELING_JOIN_URL",
        help="Het adres dat telefoons bereiken, eindigt op /s/. / The address that phones reach.",
        show_default=False,
    ),
]

Spoken = Annotated[Language, typer.Option("--language", help="De taal / the language", show_default=False)]

Yes = Annotated[bool, typer.Option("--yes", help="Zonder vragen / do not ask")]


def ask_first(question: str, yes: bool) -> None:
    """Go on only when somebody says yes, now or with ``--yes``; raises BadRequest where there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadRequest(N_("Nobody can be asked here, and nothing was done. Say --yes when you mean it."))
    typer.confirm(question, abort=True)


def warn_of_loopback(join_url: str) -> None:
    """Say so when no phone reaches the address that is printed: a QR code on paper that leads nowhere is found late."""
    if not _is_loopback(urlsplit(join_url).hostname or ""):
        return
    console = Console(stderr=True, highlight=False, width=200)
    console.print(
        f"[yellow]Let op: telefoons bereiken {join_url} niet; dat is deze computer zelf. Zet BEDOELING_JOIN_URL, of "
        "geef --join-url, bijvoorbeeld https://voorbeeld.nl/s/.[/]"
    )
    console.print(
        f"[dim]Note: phones do not reach {join_url}, which is this computer itself. Set BEDOELING_JOIN_URL, or give "
        "--join-url.[/]"
    )


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified

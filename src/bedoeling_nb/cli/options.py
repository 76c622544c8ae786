"""Options that several commands have, and the question before what cannot be undone."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.texts import N_, Language

__all__ = ["Spoken", "StoreUrl", "Yes", "ask_first"]

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store", envvar="BEDOELING_STORE", help="sqlite:///PATH or postgresql+psycopg://…", show_default=False
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

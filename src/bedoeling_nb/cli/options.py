"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["StoreUrl"]

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store", envvar="BEDOELING_STORE", help="sqlite:///PATH or postgresql+psycopg://…", show_default=False
    ),
]

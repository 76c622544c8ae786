"""Alembic runs this; the connection comes from `Store`, or from `alembic -x url=…` when a migration is written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from bedoeling_nb.store.tables import metadata

connection: sa.Connection | None = context.config.attributes.get("connection")


def run(on: sa.Connection) -> None:
    """Run the migrations in the transaction that is open."""
    context.configure(connection=on, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()


if connection is not None:
    run(connection)
else:
    with sa.create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as own:
        run(own)

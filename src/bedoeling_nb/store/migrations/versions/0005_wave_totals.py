"""Totals of waves of which all scores are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "wave_total",
        sa.Column("wave", sa.Text(), nullable=False),
        sa.Column("scale", sa.Text(), nullable=False),
        sa.Column("teams", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["wave"], ["wave.id"], name="fk_wave_total_wave"),
        sa.PrimaryKeyConstraint("wave", "scale", name="pk_wave_total"),
    )

    op.execute(
        "UPDATE wave_session SET above = "
        "(SELECT unit.parent FROM session JOIN unit ON unit.id = session.unit WHERE session.id = wave_session.session) "
        "WHERE above IS NULL"
    )
    op.create_index("ix_wave_session_above", "wave_session", ["above"], unique=False)


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_index("ix_wave_session_above", "wave_session")
    op.drop_table("wave_total")

"""Waves of a questionnaire, and the codes that link a person's waves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bedoeling_nb.store.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "wave",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("instrument_version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("closes_at", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["instrument", "instrument_version"], ["instrument.id", "instrument.version"], name="fk_wave_instrument"
        ),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name="fk_wave_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_wave"),
    )
    op.create_index("ix_wave_unit", "wave", ["unit"], unique=False)
    op.create_table(
        "wave_session",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("wave", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_wave_session_session"),
        sa.ForeignKeyConstraint(["wave"], ["wave.id"], name="fk_wave_session_wave"),
        sa.PrimaryKeyConstraint("session", name="pk_wave_session"),
    )
    op.create_index("ix_wave_session_wave", "wave_session", ["wave"], unique=False)
    op.create_table(
        "link",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_link_session"),
        sa.PrimaryKeyConstraint("session", "participant", name="pk_link"),
    )
    op.create_index("ix_link_code", "link", ["code"], unique=False)


def downgrade() -> None:
    """Bring the tables back."""
    for table in ("link", "wave_session", "wave"):
        op.drop_table(table)

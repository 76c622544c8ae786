"""Scores of sessions of waves that closed, and what was above a team when its wave began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "score",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("scale", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=True),
        sa.Column("sd", sa.Double(), nullable=True),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_score_session"),
        sa.PrimaryKeyConstraint("session", "scale", name="pk_score"),
    )
    op.add_column("wave_session", sa.Column("above", sa.Text(), nullable=True))
    op.execute(
        "UPDATE wave_session SET above = "
        "(SELECT unit.parent FROM session JOIN unit ON unit.id = session.unit WHERE session.id = wave_session.session)"
    )


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_column("wave_session", "above")
    op.drop_table("score")

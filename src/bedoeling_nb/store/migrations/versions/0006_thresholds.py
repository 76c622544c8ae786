"""Units that ask for a larger smallest group."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "threshold",
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name="fk_threshold_unit"),
        sa.PrimaryKeyConstraint("unit", name="pk_threshold"),
    )


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_table("threshold")

"""What was right above a unit when it met, of meetings as of waves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("session", sa.Column("above", sa.Text(), nullable=True))
    op.execute(
        "UPDATE session SET above = coalesce("
        "(SELECT wave_session.above FROM wave_session WHERE wave_session.session = session.id), "
        "(SELECT unit.parent FROM unit WHERE unit.id = session.unit))"
    )
    op.create_index("ix_session_above", "session", ["above"], unique=False)
    op.drop_index("ix_wave_session_above", "wave_session")
    op.drop_column("wave_session", "above")


def downgrade() -> None:
    """Bring the tables back."""
    op.add_column("wave_session", sa.Column("above", sa.Text(), nullable=True))
    op.execute(
        "UPDATE wave_session SET above = (SELECT session.above FROM session WHERE session.id = wave_session.session)"
    )
    op.create_index("ix_wave_session_above", "wave_session", ["above"], unique=False)
    op.drop_index("ix_session_above", "session")
    op.drop_column("session", "above")

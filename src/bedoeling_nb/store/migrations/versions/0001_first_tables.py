"""First tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bedoeling_nb.store.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "instrument",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_instrument"),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secret"),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["unit.id"], name="fk_unit_parent"),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
    )
    op.create_index("ix_unit_parent", "unit", ["parent"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name="fk_person_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_unit", "person", ["unit"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("instrument_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument", "instrument_version"], ["instrument.id", "instrument.version"], name="fk_session_instrument"
        ),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name="fk_session_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("code", name="uq_session_code"),
    )
    op.create_index("ix_session_unit", "session", ["unit"], unique=False)

    op.create_table(
        "intervention",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_intervention_session"),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name="fk_intervention_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_intervention"),
    )
    op.create_index("ix_intervention_session", "intervention", ["session"], unique=False)
    op.create_index("ix_intervention_unit", "intervention", ["unit"], unique=False)

    op.create_table(
        "presence",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("phones", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_presence_session"),
        sa.PrimaryKeyConstraint("server", "session", name="pk_presence"),
    )
    op.create_table(
        "session_event",
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_session_event_session"),
        sa.PrimaryKeyConstraint("seq", name="pk_session_event"),
        sa.UniqueConstraint("session", "rev", name="uq_session_event_session_rev"),
    )
    op.create_table(
        "submission",
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_submission_session"),
        sa.PrimaryKeyConstraint("seq", name="pk_submission"),
        sa.UniqueConstraint("id", name="uq_submission_id"),
    )
    op.create_index("ix_submission_session_participant", "submission", ["session", "participant"], unique=False)
    op.create_index("ix_submission_session_seq", "submission", ["session", "seq"], unique=False)


def downgrade() -> None:
    """Bring the tables back."""
    for table in (
        "submission",
        "session_event",
        "presence",
        "intervention",
        "session",
        "person",
        "unit",
        "secret",
        "instrument",
    ):
        op.drop_table(table)

"""Courses, and what reports need: their runs, the schedule, the deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from bedoeling_nb.store.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "course",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("goals", JSON, nullable=False),
        sa.Column("asks", JSON, nullable=False),
        sa.Column("offers", JSON, nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name="fk_course_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_course"),
    )
    op.create_index("ix_course_unit", "course", ["unit"], unique=False)
    op.create_table(
        "report_run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_report_run"),
    )
    op.create_index("ix_report_run_started_at", "report_run", ["started_at"], unique=False)
    op.create_index("ix_report_run_path", "report_run", ["path", "started_at"], unique=False)
    op.create_table(
        "schedule_entry",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("next_run_at", UtcDateTime, nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_entry"),
    )
    op.create_table(
        "due_run",
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime, nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("lease_until", UtcDateTime, nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("entry", "due_at", name="pk_due_run"),
    )
    op.create_table(
        "delivery",
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("entry", "due_at", "report", "unit", "recipient", name="pk_delivery"),
    )


def downgrade() -> None:
    """Bring the tables back."""
    for table in ("delivery", "due_run", "schedule_entry", "report_run", "course"):
        op.drop_table(table)

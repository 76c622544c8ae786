"""The tables. A change here needs a migration in `migrations/versions/`; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

__all__ = [
    "UtcDateTime",
    "course",
    "delivery",
    "due_run",
    "instrument",
    "intervention",
    "link",
    "metadata",
    "person",
    "presence",
    "report_run",
    "schedule_entry",
    "score",
    "secret",
    "session",
    "session_event",
    "submission",
    "threshold",
    "unit",
    "wave",
    "wave_session",
    "wave_total",
]


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A moment in UTC, also where the database keeps no time zone (SQLite)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a moment without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give back what was put in."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


Json = sa.JSON().with_variant(JSONB(), "postgresql")
Sequence = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows itself only for INTEGER

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *columns: Any, holds: str) -> sa.Table:
    return sa.Table(name, metadata, *columns, info={"holds": holds})


unit = _table(
    "unit",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("parent", sa.Text, sa.ForeignKey("unit.id"), index=True),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    holds="The organisation's tree: organisation, region, location, cluster, team.",
)

person = _table(
    "person",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.id"), nullable=False, index=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    holds="Who works where; never joined to an answer.",
)

threshold = _table(
    "threshold",
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.id"), primary_key=True),
    sa.Column("k", sa.Integer, nullable=False),
    holds="The smallest group of a unit that asked for a larger one; it holds for all units below it.",
)

instrument = _table(
    "instrument",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("definition", Json, nullable=False),
    holds="Each version of each questionnaire and script that was ever used, as it was then.",
)

session = _table(
    "session",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.id"), nullable=False, index=True),
    sa.Column("instrument", sa.Text, nullable=False),
    sa.Column("instrument_version", sa.Integer, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("k", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("above", sa.Text, index=True),
    sa.ForeignKeyConstraint(
        ["instrument", "instrument_version"], ["instrument.id", "instrument.version"], name="fk_session_instrument"
    ),
    holds="A meeting: which unit, and what was right above it then; which script, code to join and smallest group.",
)

session_event = _table(
    "session_event",
    sa.Column("seq", Sequence, primary_key=True, autoincrement=True),
    sa.Column("session", sa.Text, sa.ForeignKey("session.id"), nullable=False),
    sa.Column("rev", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("session", "rev"),
    holds="What the facilitator did, in order; a session's state is the sum, and of two with one rev one wins.",
)

submission = _table(
    "submission",
    sa.Column("seq", Sequence, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("session", sa.Text, sa.ForeignKey("session.id"), nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("participant", sa.Text, nullable=False),
    sa.Column("answers", Json, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_submission_session_seq", "session", "seq"),
    sa.Index("ix_submission_session_participant", "session", "participant"),
    holds="What people told, append-only: the last row of a participant, step and entry counts; empty withdraws.",
)

intervention = _table(
    "intervention",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, sa.ForeignKey("session.id"), nullable=False, index=True),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.id"), nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("review_on", sa.Date, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    holds="What a session agreed: who does what, by when, and when we look back.",
)

presence = _table(
    "presence",
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, sa.ForeignKey("session.id"), primary_key=True),
    sa.Column("phones", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    holds="How many phones each server process holds now; a number, never who.",
)

secret = _table(
    "secret",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    holds="The hashed password, the key that signs logins, and the one with which codes of one's own are hashed.",
)

course = _table(
    "course",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.id"), nullable=False, index=True),
    sa.Column("goals", Json, nullable=False),
    sa.Column("asks", Json, nullable=False),
    sa.Column("offers", Json, nullable=False),
    sa.Column("review_on", sa.Date, nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    holds="The course that a unit set itself, append-only: its latest row counts; it goes up only when it was shared.",
)

report_run = _table(
    "report_run",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("report", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("session", sa.Text),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("traceback", sa.Text),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False, index=True),
    sa.Column("ended_at", UtcDateTime),
    sa.Index("ix_report_run_path", "path", "started_at"),
    holds="Each time that a report was made, or failed: of what, from which data, into which file, and why it failed.",
)

schedule_entry = _table(
    "schedule_entry",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("trigger", sa.Text, nullable=False),
    sa.Column("next_run_at", UtcDateTime),
    sa.Column("paused", sa.Boolean, nullable=False),
    holds="When each entry of the schedule file is due next, and whether somebody paused it.",
)

due_run = _table(
    "due_run",
    sa.Column("entry", sa.Text, primary_key=True),
    sa.Column("due_at", UtcDateTime, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try_at", UtcDateTime),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("lease_until", UtcDateTime, nullable=False),
    sa.Column("made", sa.Integer, nullable=False),
    sa.Column("unchanged", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("traceback", sa.Text),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    holds="Each time that a scheduled entry was due: whoever inserts the row, or takes over its lease, runs it alone.",
)

delivery = _table(
    "delivery",
    sa.Column("entry", sa.Text, primary_key=True),
    sa.Column("due_at", UtcDateTime, primary_key=True),
    sa.Column("report", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text),
    sa.Column("problem", sa.Text),
    sa.Column("at", UtcDateTime, nullable=False),
    holds="What was brought to whom, once for each time that it was due.",
)

wave = _table(
    "wave",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("instrument", sa.Text, nullable=False),
    sa.Column("instrument_version", sa.Integer, nullable=False),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.id"), nullable=False, index=True),
    sa.Column("closes_at", UtcDateTime, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.ForeignKeyConstraint(
        ["instrument", "instrument_version"], ["instrument.id", "instrument.version"], name="fk_wave_instrument"
    ),
    holds="Each time that a questionnaire is asked of the teams of a unit, until a moment.",
)

wave_session = _table(
    "wave_session",
    sa.Column("session", sa.Text, sa.ForeignKey("session.id"), primary_key=True),
    sa.Column("wave", sa.Text, sa.ForeignKey("wave.id"), nullable=False, index=True),
    holds="Which sessions, one a team, are of which wave.",
)

score = _table(
    "score",
    sa.Column("session", sa.Text, sa.ForeignKey("session.id"), primary_key=True),
    sa.Column("scale", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("least", sa.Integer, nullable=False),
    sa.Column("mean", sa.Double),
    sa.Column("sd", sa.Double),
    sa.Column("seq", Sequence, nullable=False),
    holds="Of a wave that closed, each team's scales: how many people, their mean and spread, up to which submission.",
)

wave_total = _table(
    "wave_total",
    sa.Column("wave", sa.Text, sa.ForeignKey("wave.id"), primary_key=True),
    sa.Column("scale", sa.Text, primary_key=True),
    sa.Column("teams", sa.Integer, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("total", sa.Double, nullable=False),
    holds="Of a wave of which all scores are kept, the teams that go up together: how many, their people, the sum.",
)

link = _table(
    "link",
    sa.Column("session", sa.Text, sa.ForeignKey("session.id"), primary_key=True),
    sa.Column("participant", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False, index=True),
    holds="A keyed hash of the code that a participant makes from things only they know: the same in each wave.",
)

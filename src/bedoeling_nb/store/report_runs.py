"""Each time that a report was made or failed, and what the data were from which it was made."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from bedoeling_nb.community import new_id, now
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store

__all__ = ["DataState", "ReportRun", "RunState", "begin", "end", "get", "latest", "recent"]

RunState = Literal["running", "made", "failed", "interrupted"]


@dataclass(frozen=True)
class ReportRun:
    """One run of one report; ``path`` is its HTML file, ``fingerprint`` names all that it was made from."""

    report: str
    unit: str
    period: str
    language: str
    path: str
    fingerprint: str
    worker: str
    session: str | None = None
    state: RunState = "running"
    problem: str | None = None
    traceback: str | None = None
    id: str = field(default_factory=new_id)
    started_at: datetime = field(default_factory=now)
    ended_at: datetime | None = None


def begin(store: Store, run: ReportRun) -> None:
    """Record that a run has begun. One of the same file that never ended was interrupted: only one can make a file."""
    table = tables.report_run
    unfinished = (table.c.path == run.path) & (table.c.state == "running")
    with store.write() as connection:
        connection.execute(sa.update(table).where(unfinished).values(state="interrupted", ended_at=now()))
        connection.execute(sa.insert(table), [asdict(run)])


def end(store: Store, run: str, state: RunState, *, problem: str | None = None, traceback: str | None = None) -> None:
    """Record how the run with this id ended."""
    values = {"state": state, "problem": problem, "traceback": traceback, "ended_at": now()}
    with store.write() as connection:
        connection.execute(sa.update(tables.report_run).where(tables.report_run.c.id == run).values(values))


def get(store: Store, run: str) -> ReportRun | None:
    """The run with this id."""
    query = sa.select(tables.report_run).where(tables.report_run.c.id == run)
    with store.read() as connection:
        row = connection.execute(query).mappings().first()
    return ReportRun(**row) if row else None


def latest(store: Store, paths: Iterable[str]) -> dict[str, ReportRun]:
    """The latest run of each of these files that was run at all."""
    table, wanted = tables.report_run, list(paths)
    found: dict[str, ReportRun] = {}
    with store.read() as connection:
        for first in range(0, len(wanted), 500):  # databases limit how many values a query names
            some = table.c.path.in_(wanted[first : first + 500])
            last = (
                sa.select(table.c.path, sa.func.max(table.c.started_at).label("at")).where(some).group_by(table.c.path)
            )
            one = last.subquery()
            query = sa.select(table).join(one, (table.c.path == one.c.path) & (table.c.started_at == one.c.at))
            found |= {row["path"]: ReportRun(**row) for row in connection.execute(query).mappings()}
    return found


def recent(store: Store, limit: int = 200) -> list[ReportRun]:
    """The last runs, newest first."""
    query = sa.select(tables.report_run).order_by(tables.report_run.c.started_at.desc()).limit(limit)
    with store.read() as connection:
        return [ReportRun(**row) for row in connection.execute(query).mappings()]


class DataState:
    """What the store holds of each unit until a moment: enough to tell whether a report of it would be another one.

    Rows are added, and some are taken away again (an agreement, what somebody has erased), and none is changed; so
    numbers of rows and the last ones tell.
    """

    def __init__(self, store: Store, until: datetime) -> None:
        session, submission, event, intervention, course = (
            table.c
            for table in (
                tables.session,
                tables.submission,
                tables.session_event,
                tables.intervention,
                tables.course,
            )
        )
        count, last = sa.func.count(), sa.func.max
        before = session.created_at < until
        queries: tuple[sa.Select[Any], ...] = (
            sa.select(session.unit, count, last(session.id)).where(before).group_by(session.unit),
            sa.select(session.unit, count, last(submission.seq))
            .join(tables.submission, submission.session == session.id)
            .where(before)
            .group_by(session.unit),
            sa.select(session.unit, count, last(event.seq))
            .join(tables.session_event, event.session == session.id)
            .where(before)
            .group_by(session.unit),
            sa.select(intervention.unit, count, last(intervention.id))
            .where(intervention.created_at < until)
            .group_by(intervention.unit),
            sa.select(course.unit, count, last(course.id)).where(course.created_at < until).group_by(course.unit),
            sa.select(tables.person.c.unit, count, last(tables.person.c.id)).group_by(tables.person.c.unit),
        )
        over = sa.func.coalesce(tables.wave.c.closed_at, tables.wave.c.closes_at) <= min(until, now())
        of_waves = (
            sa.select(count, last(submission.seq), sa.func.count(sa.distinct(tables.wave.c.id)))
            .select_from(tables.wave)
            .join(tables.wave_session, tables.wave_session.c.wave == tables.wave.c.id)
            .join(tables.submission, submission.session == tables.wave_session.c.session)
            .where(over)
        )
        self._of: dict[str, list[str]] = defaultdict(list)
        with store.read() as connection:
            # Of waves that are over: what others said, and what may be shown, depends on what there is of all units.
            self.waves = ":".join(map(str, connection.execute(of_waves).one()))
            for number, query in enumerate(queries):
                for unit, rows, newest in connection.execute(query):
                    self._of[unit].append(f"{number}:{rows}:{newest}")

    def of(self, units: Iterable[str]) -> str:
        """A digest of what there is of these units."""
        told = "\n".join(f"{unit} {' '.join(self._of[unit])}" for unit in sorted(units) if unit in self._of)
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

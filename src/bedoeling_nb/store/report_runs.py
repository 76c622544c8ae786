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
from bedoeling_nb.store.waves import Wave, settled

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

    Rows are added, and some go again (an agreement that is taken back, what somebody has erased, what is too old); of
    others retention takes a text or a name away. So numbers of rows, the last ones, and how much stands in them tell.
    """

    def __init__(self, store: Store, until: datetime) -> None:
        session, asked, course, person = (
            table.c for table in (tables.session, tables.wave_session, tables.course, tables.person)
        )
        submission, event, agreed = (
            table.c for table in (tables.submission, tables.session_event, tables.intervention)
        )
        count, last = sa.func.count(), sa.func.max

        def size(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
            return sa.func.sum(sa.func.length(sa.cast(column, sa.Text)))

        held = sa.select(session.id, session.unit, session.above, asked.wave, session.created_at).outerjoin(
            tables.wave_session, asked.session == session.id
        )
        # A pass over each table, a session at a time, as its index has it: a join takes three times as long.
        in_sessions: tuple[sa.Select[Any], ...] = (
            sa.select(submission.session, count, last(submission.seq), size(submission.answers)),
            sa.select(event.session, count, last(event.rev)),
            sa.select(agreed.session, count, last(agreed.id), size(agreed.who)),
        )
        of_units: tuple[sa.Select[Any], ...] = (
            sa.select(course.unit, count, last(course.id), size(course.goals)).where(course.created_at < until),
            sa.select(person.unit, count, last(person.id)),
        )
        set_out = sa.select(course.unit, course.shared, course.created_at).order_by(course.created_at, course.id)
        with store.read() as connection:

            def found(query: sa.Select[Any]) -> dict[str, tuple[Any, ...]]:
                """By the first column."""
                rows = connection.execute(query.group_by(query.selected_columns[0]))
                return {key: tuple(values) for key, *values in rows}

            told, *others = (found(query) for query in in_sessions)
            counted = [found(query) for query in of_units]
            sessions = connection.execute(held).all()
            waves = [Wave(**row) for row in connection.execute(sa.select(tables.wave)).mappings()]
            courses = connection.execute(set_out).all()
        self._of: dict[str, list[str]] = defaultdict(list)
        in_waves: dict[str, list[str]] = defaultdict(list)
        for id_, unit, above, wave, began in sessions:
            if wave is not None:
                in_waves[wave].append(f"{id_} {told.get(id_)}")
            if began < until:
                line = f"{id_} {told.get(id_)} {[other.get(id_) for other in others]}"
                self._of[unit].append(line)
                if above is not None:  # what a team told goes up there, also when it moved since
                    self._of[above].append(line)
        for number, rows in enumerate(counted):
            for unit, values in rows.items():
                self._of[unit].append(f"{number} {values}")
        then = {one.unit: one.shared for one in courses if one.created_at < until}
        today = {one.unit: one.shared for one in courses}
        self._shared = {unit for unit, shared in then.items() if shared and today[unit]}
        # Of waves that are over: what others said, and what may be shown, depends on what there is of all units.
        at = now()
        over = [one for one in waves if one.closing <= until and settled(one, at)]
        self.waves = _digest(line for one in over for line in (f"{one.id} {one.closing}", *in_waves[one.id]))

    def of(self, unit: str, below: Iterable[str]) -> str:
        """A digest of what there is of a unit and of those below it, and of which of these share their course.

        A course that is no longer shared leaves the reports above, also those of the past.
        """
        within = {unit, *below}
        shared = (within - {unit}) & self._shared
        return _digest([*shared, *(line for one in within for line in self._of.get(one, ()))])


def _digest(lines: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(lines)).encode(), digest_size=16).hexdigest()

"""APScheduler's clock, with its times in our database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from apscheduler.executors.debug import DebugExecutor
from apscheduler.job import Job
from apscheduler.jobstores.base import BaseJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bedoeling_nb import community
from bedoeling_nb.errors import StoreError
from bedoeling_nb.reports.schedule_file import Schedule
from bedoeling_nb.store import Store, schedules

__all__ = ["UNREACHABLE", "Clock"]

UNREACHABLE = (sa.exc.DBAPIError, sa.exc.TimeoutError, StoreError)
"""A store that is locked, or not there for a while."""

ASK_AGAIN = timedelta(seconds=5)


class Clock:
    """Notes in the store, when an entry is due, that it is; running it is for others.

    Parameters
    ----------
    store
        An open store.
    trouble
        Is told of a store that cannot be reached; what is due then stays due.
    look
        How long a time that another process wrote can stay unseen.
    """

    def __init__(self, store: Store, trouble: Callable[[Exception], None], look: timedelta) -> None:
        self._store, self._trouble = store, trouble
        self._schedule = Schedule(entries=())
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            jobstores={"default": _Times(store, trouble, look)},
            executors={"default": DebugExecutor()},  # in the clock's own thread: noting is one short transaction
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to look."""
        self._scheduler.start()

    def stop(self) -> None:
        """Look no more."""
        self._scheduler.shutdown()

    def set(self, schedule: Schedule) -> None:
        """Follow this schedule. An entry that is new, or has another time, is due from now on."""
        for gone in {entry.id for entry in self._schedule.entries} - {entry.id for entry in schedule.entries}:
            self._scheduler.remove_job(gone)
        self._schedule = schedule
        for entry in schedule.entries:
            self._scheduler.add_job(self._note, entry.when, args=[entry.id], id=entry.id, replace_existing=True)
        schedules.keep(self._store, [entry.id for entry in schedule.entries])

    def _note(self, id: str) -> None:
        when, moment = self._schedule.entry(id).when, community.now()
        try:
            if due_at := when.latest(moment):
                schedules.note_due(self._store, id, due_at, when.after(moment))
        except UNREACHABLE as problem:
            self._trouble(problem)


class _Times(BaseJobStore):  # type: ignore[misc]
    """A job store of which the jobs come from the file, and their times from `schedule_entry`.

    It does not write the time that APScheduler computes after it called a job: the job moved its time on itself, in the
    transaction in which it noted that it was due. So no crash can come between, and a job that failed stays due.
    """

    def __init__(self, store: Store, trouble: Callable[[Exception], None], look: timedelta) -> None:
        self._store, self._trouble, self._look = store, trouble, look
        self._jobs: dict[str, Job] = {}

    def add_job(self, job: Job) -> None:
        schedules.put(self._store, job.id, str(job.trigger), job.next_run_time)
        self._jobs[job.id] = job

    def update_job(self, job: Job) -> None:
        pass

    def remove_job(self, job_id: str) -> None:
        self._jobs.pop(job_id, None)

    def remove_all_jobs(self) -> None:
        self._jobs.clear()

    def lookup_job(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def get_all_jobs(self) -> list[Job]:
        return list(self._jobs.values())

    def get_due_jobs(self, now: datetime) -> list[Job]:
        try:
            due = [(at, job) for at, job in self._timed() if at <= now]
        except UNREACHABLE as problem:
            self._trouble(problem)
            return []
        for at, job in due:
            job._modify(next_run_time=job.trigger.latest(now) or at)  # however often it was missed: once
        return [job for _, job in due]

    def get_next_run_time(self) -> datetime:
        moment = community.now()
        try:
            first = min((at for at, _ in self._timed()), default=moment + self._look)
        except UNREACHABLE:
            first = moment
        return moment + ASK_AGAIN if first <= moment else min(first, moment + self._look)

    def _timed(self) -> list[tuple[datetime, Job]]:
        known: list[Any] = [
            (entry.next_run_at, self._jobs[entry.id])
            for entry in schedules.entries(self._store).values()
            if entry.id in self._jobs and entry.next_run_at is not None and not entry.paused
        ]
        return sorted(known, key=lambda timed: timed[0])

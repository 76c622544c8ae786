"""Many reports: which there are to make, which need not be made again, and who makes them."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import socket
import threading
import traceback as tracebacks
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from papermill.exceptions import PapermillExecutionError

from bedoeling_nb.community import Period, local_time, now, start_of_day
from bedoeling_nb.errors import BadRequest, BedoelingError, MissingExtra
from bedoeling_nb.installation import fingerprint as installed
from bedoeling_nb.reports.catalogue import Report, find, refuse_future
from bedoeling_nb.reports.html import BeingMade, ReportError, make, reserved, unwritable
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, report_runs, sessions, units
from bedoeling_nb.store.events import first_open_day
from bedoeling_nb.store.report_runs import DataState, ReportRun
from bedoeling_nb.texts import N_, Language

__all__ = ["Job", "Outcome", "make_all", "plan", "session_job"]

TRIES = 2
"""How often a report is tried of which the worker was killed (by the system, when memory ran out)."""

_EVER = datetime.max.replace(tzinfo=UTC)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Job:
    """One report to make. ``period`` is as `Period.id`, or empty when the report is about a session."""

    report: str
    unit: str
    period: str
    language: Language = "nl"
    session: str | None = None

    @property
    def name(self) -> str:
        """Of its files, without what comes behind the dot."""
        parts = [self.report, self.unit, self.session, None if self.language == "nl" else self.language]
        return "-".join(part for part in parts if part)

    def path(self, folder: Path) -> Path:
        """Where its HTML is; the executed notebook and the PDF stand beside it."""
        return folder / (self.period or "sessions") / f"{self.name}.html"


@dataclass(frozen=True)
class Outcome:
    """What became of a job. ``busy``: another run is making it now."""

    job: Job
    state: Literal["made", "unchanged", "failed", "busy"]
    path: Path
    fingerprint: str
    problem: BedoelingError | None = None
    traceback: str | None = None


def plan(
    store: Store, report: str, wanted: Sequence[str] | None, period: Period | None, language: Language = "nl"
) -> list[Job]:
    """The jobs for these units; None is every unit that the report is about.

    Raises NotFound for an unknown report or unit, and BadRequest for a unit or period that the report is not about, a
    period that has not begun, and a report about sessions.
    """
    described = find(report)
    if not described.periods:
        raise BadRequest(N_("The report “{report}” is about a session: give its code."), report=report)
    if period is not None:
        refuse_future(period)
    if wanted is None:
        chosen = [unit for unit in units.all_units(store) if unit.level in described.levels]
    else:
        chosen = [units.get(store, unit) for unit in dict.fromkeys(wanted)]
    for unit in chosen:
        described.check(unit, period)
    return [Job(report, unit.id, period.id if period else "", language) for unit in chosen]


def session_job(store: Store, code: str, language: Language | None = None) -> Job:
    """The job for the report of a session, by default in its own language. Raises NotFound."""
    session = sessions.by_code(store, code)
    return Job("session", session.unit, "", language or session.language, session.code)


def make_all(
    store_url: str,
    jobs: Sequence[Job],
    folder: Path,
    *,
    pdf: bool = False,
    workers: int = 1,
    dask: str | None = None,
    force: bool = False,
) -> Iterator[Outcome]:
    """Make reports, and tell of each what became of it, in order of completion.

    What was made before from the same data by the same software is not made again: a run that was cut off goes on where
    it was. A report that fails does not stop the others.

    Parameters
    ----------
    store_url
        SQLAlchemy URL of the store; workers on other machines must reach it too.
    folder
        Where the files go: ``folder/PERIOD/REPORT-UNIT.html``. With Dask all workers must share it.
    pdf
        Also as PDF.
    workers
        Processes that work beside each other; with 1 it is this one.
    dask
        Address of the scheduler of a Dask cluster, whose workers then do it.
    force
        Also what is unchanged.
    """
    folder = folder.absolute()
    store = Store.open(store_url)
    try:
        prints = _fingerprints(store, jobs)
        before = report_runs.latest(store, [str(job.path(folder)) for job in jobs])
    finally:
        store.close()
    todo: list[Job] = []
    for job in dict.fromkeys(jobs):
        path, last = job.path(folder), before.get(str(job.path(folder)))
        files = [path, path.with_suffix(".ipynb"), *([path.with_suffix(".pdf")] if pdf else [])]
        same = last is not None and last.state == "made" and last.fingerprint == prints[job]
        if same and not force and all(file.is_file() for file in files):
            yield Outcome(job, "unchanged", path, prints[job])
        else:
            todo.append(job)
    workers = min(workers, len(todo))
    if workers <= 1 and not dask:
        for job in todo:
            yield _make(store_url, job, folder, pdf, prints[job])
    elif todo:
        yield from _spread(store_url, todo, folder, pdf, prints, workers, dask)


def _spread(
    store_url: str, todo: Sequence[Job], folder: Path, pdf: bool, prints: dict[Job, str], workers: int, dask: str | None
) -> Iterator[Outcome]:
    """The jobs over several processes. When one is killed the pool is lost with it, and the rest goes on in a new one.

    Nobody knows then which of the jobs in hand it was: these run alone afterwards, so that one does not fail for
    another's sake.
    """
    waiting, tried = deque(todo), Counter[Job]()
    while waiting:
        alone = tried[waiting[0]] > 0
        most = len(todo) if dask else 1 if alone else workers
        with _pool(1 if alone else workers, dask) as pool:
            running: dict[Future[Outcome], Job] = {}
            broken = False
            while running or (waiting and not broken and (tried[waiting[0]] > 0) == alone):
                while waiting and not broken and len(running) < most and (tried[waiting[0]] > 0) == alone:
                    job = waiting.popleft()
                    running[pool.submit(_make, store_url, job, folder, pdf, prints[job])] = job
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running.pop(future)
                    try:
                        outcome = future.result()
                    except BrokenProcessPool:
                        broken = True
                        tried[job] += 1
                        if tried[job] < TRIES:
                            waiting.append(job)
                            continue
                        killed = N_("The process that made it was stopped. Perhaps memory ran out: use fewer workers.")
                        outcome = Outcome(job, "failed", job.path(folder), prints[job], ReportError(killed))
                    except Exception as problem:  # noqa: BLE001 - such as a Dask worker that was lost too often
                        outcome = _failed(job, folder, prints[job], problem)
                    try:
                        yield outcome
                    except GeneratorExit:
                        pool.shutdown(wait=False, cancel_futures=True)  # what is in hand is finished, and no more
                        raise


@contextmanager
def _pool(workers: int, dask: str | None) -> Iterator[Executor]:
    if not dask:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _end_with_parent) as pool:
            yield pool
        return
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError as missing:
        raise MissingExtra(N_("Dask is not here. Install: pip install bedoeling-nb[dask]")) from missing
    try:
        client = Client(dask, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as problem:
        raise ReportError(
            N_("There is no Dask scheduler at {address}: {problem}"), address=dask, problem=problem
        ) from problem
    with client, client.get_executor(pure=False, retries=TRIES - 1) as pool:  # type: ignore[no-untyped-call]
        yield pool


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for ever."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True, name="end with parent").start()


def _make(store_url: str, job: Job, folder: Path, pdf: bool, fingerprint: str) -> Outcome:
    """Make one report in this process, with a record of it in the store."""
    described, path = find(job.report), job.path(folder)
    record = ReportRun(
        report=job.report,
        unit=job.unit,
        period=job.period,
        language=job.language,
        session=job.session,
        path=str(path),
        fingerprint=fingerprint,
        worker=f"{socket.gethostname()}:{os.getpid()}",
    )
    try:
        store = Store.open(store_url)
    except BedoelingError as problem:
        return _failed(job, folder, fingerprint, problem)
    try:
        with reserved(path) as aside:
            report_runs.begin(store, record)
            try:
                make(
                    described.path,
                    _parameters(described, job),
                    path,
                    aside,
                    store=store_url,
                    pdf=pdf,
                    provenance={"run": record.id, "fingerprint": fingerprint},
                )
                outcome = Outcome(job, "made", path, fingerprint)
            except Exception as problem:  # noqa: BLE001 - one report must not stop the others; its record says why
                outcome = _failed(job, folder, fingerprint, problem)
            report_runs.end(
                store,
                record.id,
                "made" if outcome.state == "made" else "failed",
                problem=str(outcome.problem) if outcome.problem else None,
                traceback=outcome.traceback,
            )
    except BeingMade as busy:
        return Outcome(job, "busy", path, fingerprint, busy)
    except (BedoelingError, sa.exc.DBAPIError) as problem:
        return _failed(job, folder, fingerprint, problem)
    finally:
        store.close()
    return outcome


def _parameters(described: Report, job: Job) -> dict[str, str]:
    about = {"period": job.period} if described.periods else {"session": job.session or ""}
    return {"unit": job.unit, **about, "language": job.language}


def _failed(job: Job, folder: Path, fingerprint: str, problem: Exception) -> Outcome:
    said: BedoelingError
    if isinstance(problem, BedoelingError):
        said = problem
    elif isinstance(problem, OSError):
        said = unwritable(job.path(folder), problem)
    elif isinstance(problem, sa.exc.DBAPIError):
        said = ReportError(N_("The store is busy or cannot be reached: {problem}"), problem=problem.orig)
    else:
        said = ReportError(
            N_("The report could not be made: {problem}"), problem=f"{type(problem).__name__}: {problem}"
        )
    cause = problem.__cause__
    if isinstance(cause, PapermillExecutionError):
        told = "\n".join(cause.traceback)
    else:
        told = "".join(tracebacks.format_exception(problem))
    return Outcome(job, "failed", job.path(folder), fingerprint, said, _COLOUR.sub("", told))


def _fingerprints(store: Store, jobs: Sequence[Job]) -> dict[Job, str]:
    """Job to a digest of all that its report is made from: software, notebook, data of its units until its end."""
    tree, today, open_day = units.tree(store), local_time(now()).date(), first_open_day(now())
    software = (installed(), str(Settings().k), str(Settings().over_time))
    every = sorted((one.id, one.parent or "", one.level) for one in {one for below in tree.values() for one in below})
    places = hashlib.blake2b(repr(every).encode(), digest_size=16).hexdigest()  # once, not for each of a thousand
    notebooks = {report: find(report).path.read_bytes() for report in {job.report for job in jobs}}
    states: dict[str, DataState] = {}
    found = {}
    for job in jobs:
        period = Period.parse(job.period) if job.period else None
        if job.period not in states:
            states[job.period] = DataState(
                store, start_of_day(period.end) if period else datetime.max.replace(tzinfo=UTC)
            )
        running = period is None or open_day < period.end
        about = tree[job.unit]
        state = states[job.period]
        waves = (state.waves, places) if job.report != "session" else ()
        told = (
            job,
            about,
            state.of(job.unit, [unit.id for unit in about]),
            waves,
            software,
            (today, open_day) if running else None,
        )
        digest = hashlib.blake2b(repr(told).encode() + notebooks[job.report], digest_size=16)
        found[job] = digest.hexdigest()
    return found

"""The service that makes reports when they are due, and delivers them.

The clock notes in the store that an entry is due; the service takes from the store what was noted. So what was noted is
done, whoever noted it and whatever was killed since, and by one scheduler only.
"""

from __future__ import annotations

import os
import socket
import threading
import traceback as tracebacks
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from bedoeling_nb.community import local_time, new_id, now
from bedoeling_nb.errors import BedoelingError, StoreError
from bedoeling_nb.reports import batch, catalogue
from bedoeling_nb.reports.batch import Job, Outcome
from bedoeling_nb.reports.clock import UNREACHABLE, Clock
from bedoeling_nb.reports.deliver import Carrier, LostRun
from bedoeling_nb.reports.schedule_file import Entry, Schedule, read
from bedoeling_nb.store import Store, schedules
from bedoeling_nb.store.schedules import Claim, RunState
from bedoeling_nb.texts import N_

__all__ = ["LEASE", "RETRY_AFTER", "MakeAll", "Say", "Service", "Tally"]

RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=25))
"""How long after a failure it is tried again; after the last it is given up."""

LEASE = timedelta(seconds=60)
"""A scheduler that gave no sign of life for so long was killed: another goes on where it was."""

Say = Callable[[str], None]
"""Told of what happens: a sentence in Dutch, and below it in English."""


class MakeAll(Protocol):
    """As `batch.make_all`."""

    def __call__(
        self, store_url: str, jobs: Sequence[Job], folder: Path, *, pdf: bool = False
    ) -> Iterator[Outcome]: ...


class _Stopped(Exception):
    """Somebody asked us to stop."""


@dataclass
class Tally:
    """What became of the reports of one run; ``failed`` were not made, or not delivered to everybody."""

    state: RunState = "running"
    made: int = 0
    unchanged: int = 0
    failed: int = 0
    again: bool = False
    """Whether trying again can help."""
    problems: list[str] = field(default_factory=list)
    traceback: str | None = None

    def fail(self, problem: str, *, again: bool = True, traceback: str | None = None) -> None:
        """Count a failure."""
        self.failed += 1
        self.again |= again
        self.problems.append(problem)
        self.traceback = self.traceback or traceback

    @property
    def problem(self) -> str | None:
        """What went wrong, each thing once."""
        return "\n".join(dict.fromkeys(self.problems))[:4000] or None


class Service:
    """Runs the entries of a schedule file on one store. Several may do so beside each other, with the same file.

    Parameters
    ----------
    store
        An open store.
    path
        The schedule file, which is read again when it changes.
    make_all
        Makes reports, as `batch.make_all` does.
    retry_after
        The waits before each new try.
    lease
        How long a run stays ours without a sign of life.
    poll
        Seconds between two looks at what is due and at the file. The clock looks thirty times less often whether others
        changed its times: cron counts in minutes.
    say
        Is told what happens.
    """

    def __init__(
        self,
        store: Store,
        path: Path,
        *,
        make_all: MakeAll = batch.make_all,
        retry_after: Sequence[timedelta] = RETRY_AFTER,
        lease: timedelta = LEASE,
        poll: float = 1.0,
        say: Say = lambda _told: None,
    ) -> None:
        self._store, self._path = store, path
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"
        self._make_all, self._retry_after, self._lease, self._poll = make_all, tuple(retry_after), lease, poll
        self._tell = say
        self._stop = threading.Event()
        self._schedule = Schedule(entries=())
        self._seen: tuple[int, int] | None = None
        self._out_of_reach = False

    def stop(self) -> None:
        """Stop after the report in hand; a signal handler may ask."""
        self._stop.set()

    def run(self) -> None:
        """Serve until `stop`. Raises what is wrong with the file at first; later that is told and the old one stays."""
        read(self._path)
        clock = Clock(self._store, self._not_reached, timedelta(seconds=30 * self._poll))
        clock.start()
        try:
            while not self._stop.is_set():
                claimed = None
                try:
                    self._read_again(clock)
                    known = [entry.id for entry in self._schedule.entries]
                    claimed = schedules.claim(self._store, self._worker, known, self._lease)
                    self._reached()
                except UNREACHABLE as problem:
                    self._not_reached(problem)
                if claimed is None:
                    self._stop.wait(self._poll)
                else:
                    self._carry_out(claimed, self._schedule.entry(claimed.entry))
        finally:
            clock.stop()

    def run_now(self, entry: Entry) -> Tally:
        """Run an entry at once, also beside the service. Raises Conflict while it is being run.

        Broken off with Ctrl-C it stays so: the service does not go on with it.
        """
        claimed = schedules.claim_now(self._store, self._worker, entry.id, self._lease)
        try:
            return self._carry_out(claimed, entry)
        except KeyboardInterrupt:
            schedules.end(self._store, claimed, "skipped")
            raise

    def _carry_out(self, claimed: Claim, entry: Entry) -> Tally:
        """Make and deliver what was claimed, and record how that went: nothing is raised."""
        self._say(N_("{entry}: begins"), entry=entry.id)
        tally = Tally()
        try:
            with self._held(claimed):
                self._try(claimed, entry, tally)
        except UNREACHABLE as problem:
            self._not_reached(problem)  # when the lease ends, we or another go on where this was
        return tally

    def _try(self, claimed: Claim, entry: Entry, tally: Tally) -> None:
        if claimed.attempts > len(self._retry_after) + 1:
            stopped = BedoelingError(N_("It was stopped each time that it was tried. Perhaps memory ran out."))
            tally.fail(str(stopped), again=False)
        else:
            try:
                self._make_and_deliver(claimed, entry, tally)
            except (_Stopped, LostRun):
                tally.state = "due"  # if it is still ours, it is there for the next
                schedules.end(self._store, claimed, "due", attempts=claimed.attempts - 1)
                return
        self._record(claimed, tally)

    def _make_and_deliver(self, claimed: Claim, entry: Entry, tally: Tally) -> None:
        try:
            about = {unit.id: unit for unit in entry.units.chosen(self._store, catalogue.find(entry.report))}
            jobs = batch.plan(self._store, entry.report, list(about), entry.period_at(claimed.due_at), entry.language)
            with Carrier(self._store, claimed, entry) as carrier:
                for outcome in self._make_all(self._store.url, jobs, entry.folder, pdf="pdf" in entry.formats):
                    if outcome.problem is not None:
                        tally.fail(f"{outcome.job.unit}: {outcome.problem}", traceback=outcome.traceback)
                    elif problems := carrier.bring(outcome, about[outcome.job.unit]):
                        tally.fail("\n".join(text for text, _ in problems), again=any(again for _, again in problems))
                    elif outcome.state == "unchanged":
                        tally.unchanged += 1
                    else:
                        tally.made += 1
                    self._heed_stop()
        except (_Stopped, LostRun, *UNREACHABLE):
            raise
        except BedoelingError as problem:
            tally.fail(str(problem))
        except Exception as problem:  # noqa: BLE001 - the service goes on, and the record says why this did not
            told = "".join(tracebacks.format_exception(problem))
            tally.fail(f"{type(problem).__name__}: {problem}", traceback=told)

    def _heed_stop(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _record(self, claimed: Claim, tally: Tally) -> None:
        counts = {"made": tally.made, "unchanged": tally.unchanged, "failed": tally.failed}
        next_try_at = None
        if tally.again and claimed.attempts <= len(self._retry_after):
            tally.state, next_try_at = "waiting", now() + self._retry_after[claimed.attempts - 1]
        else:
            tally.state = "failed" if tally.failed else "done"
        told: dict[str, Any] = {"problem": tally.problem, "traceback": tally.traceback, "next_try_at": next_try_at}
        told["attempts"] = claimed.attempts  # of failures each one counts, also of a run that came further
        schedules.end(self._store, claimed, tally.state, **counts, **told)
        self._say(N_("{entry}: {made} made, {unchanged} unchanged, {failed} failed"), entry=claimed.entry, **counts)
        for problem in dict.fromkeys(tally.problems):  # such as a password that is wrong for each of a thousand teams
            self._tell(problem)
        if next_try_at:
            self._say(
                N_("{entry}: is tried again at {time}"), entry=claimed.entry, time=f"{local_time(next_try_at):%H:%M:%S}"
            )

    @contextmanager
    def _held(self, claimed: Claim) -> Iterator[None]:
        """Renew the lease while we are in it. Whether the run is still ours is asked before each delivery."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(self._lease.total_seconds() / 3):
                try:
                    if not schedules.renew(self._store, claimed, self._lease):
                        return
                except UNREACHABLE as problem:
                    self._not_reached(problem)

        thread = threading.Thread(target=renew, daemon=True, name="renew lease")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _read_again(self, clock: Clock) -> None:
        """Follow the file when it changed."""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            seen = (0, 0)
        if seen == self._seen:
            return
        try:
            schedule = read(self._path)
        except BedoelingError as problem:
            self._say(N_("The schedule that was read before stays in force."))
            self._tell(str(problem))
        else:
            clock.set(schedule)
            self._schedule = schedule
            self._say(N_("{file} is read. Entries: {n}."), file=self._path.name, n=len(schedule.entries))
        self._seen = seen

    def _reached(self) -> None:
        if self._out_of_reach:
            self._out_of_reach = False
            self._say(N_("The store is there again."))

    def _not_reached(self, problem: Exception) -> None:
        if not self._out_of_reach:
            self._out_of_reach = True
            said = problem if isinstance(problem, StoreError) else getattr(problem, "orig", None) or problem
            self._say(
                N_("The store cannot be reached. Nothing is lost: this goes on when it can. {problem}"), problem=said
            )

    def _say(self, msgid: str, **values: Any) -> None:
        self._tell(str(BedoelingError(msgid, **values)))

"""The report desk: make reports, see what was made and what failed, and what comes by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from bedoeling_nb.apps.attempts import attempt
from bedoeling_nb.apps.background import follow, in_background
from bedoeling_nb.apps.request import asked
from bedoeling_nb.community import PERIOD_KINDS, Period, in_order, local_time, now
from bedoeling_nb.errors import BedoelingError, Conflict, NotFound
from bedoeling_nb.reports import schedule_file
from bedoeling_nb.reports.catalogue import catalogue, find
from bedoeling_nb.reports.schedule_file import Entry
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, report_runs, schedules, units
from bedoeling_nb.store.report_runs import ReportRun
from bedoeling_nb.store.schedules import DueRun, EntryState
from bedoeling_nb.texts import LANGUAGES, N_, Language, spoken, translate
from bedoeling_nb.widgets.desk import Desk

if TYPE_CHECKING:
    from bedoeling_nb.reports.batch import Job

__all__ = ["ReportDesk"]

POLL_SECONDS = 1.0
SOME_POLLS = 10
"""After so many polls the desk looks even when nothing was written: the schedule is a file."""

RUNS = 120
"""The newest runs: what came before is in the folder."""

PERIODS = 8
"""How many of each kind can be chosen at most, the one that is running first."""

_BUSY = N_("Reports are being made already. Wait until they are ready.")


class ReportDesk:
    """The app."""

    def __init__(self, store: Store, language: Language, settings: Settings | None = None) -> None:
        self.store, self.language, self.settings = store, language, settings or Settings()
        self.desk = Desk(language=language, choices=self._choices())
        self.desk.on_act(self._act)
        self._changed = store.changed()
        self._making: asyncio.Task[None] | None = None
        self.refresh()
        self._following = in_background(
            follow(self._changed, self.refresh, self._tell, self.language, every=POLL_SECONDS, some=SOME_POLLS)
        )

    @classmethod
    def open(cls, store: str | None = None, **parameters: Any) -> Self:
        """The app as the notebook's parameters, and the address in the browser, ask for it."""
        wanted = {name: value for name, value in parameters.items() if value is not None} | asked(language="nl")
        return cls(Store.open(store), spoken(wanted["language"]))

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415

        display(self.desk)  # type: ignore[no-untyped-call]

    def refresh(self) -> None:
        """Bring the desk up to date with the store."""
        names = {unit.id: unit.name for unit in units.all_units(self.store)}
        entries, hint = self._entries()
        runs = [self._run(one, names) for one in report_runs.recent(self.store, RUNS)]
        view = {"runs": runs, "entries": entries, "hint": hint}
        if view != self.desk.view:
            self.desk.view = view

    def _entries(self) -> tuple[list[dict[str, Any]], str]:
        """What the schedule file has, and when it comes; or why there is nothing."""
        try:
            schedule = schedule_file.read(self.settings.schedule)
        except NotFound:
            return [], translate(N_("Nothing comes by itself now."), self.language)
        except BedoelingError as wrong:
            return [], wrong.message(self.language)
        known, last = schedules.entries(self.store), schedules.last_runs(self.store)
        return [self._entry(one, known.get(one.id), last.get(one.id)) for one in schedule.entries], ""

    def _entry(self, entry: Entry, state: EntryState | None, last: DueRun | None) -> dict[str, Any]:
        coming = state.next_run_at if state and state.next_run_at else entry.when.after(now())
        about = str(entry.units)
        named = {
            "all": N_("all units"),
            "team": N_("all teams"),
            "location": N_("all locations"),
            "region": N_("all regions"),
        }
        return {
            "id": entry.id,
            "title": f"{getattr(find(entry.report).title, self.language)} · {entry.id}",
            "about": translate(named.get(about, about), self.language),
            "next": coming.timestamp() * 1000 if coming else None,
            "paused": bool(state and state.paused),
            "last": last
            and {
                "state": last.state,
                "at": (last.ended_at or last.started_at).timestamp() * 1000,
                "told": translate(N_("{good} good, {bad} failed"), self.language).format(
                    good=last.made + last.unchanged, bad=last.failed
                ),
                "problem": self._in_language(last.problem),
                "traceback": last.traceback,
            },
        }

    def _tell(self, problem: str) -> None:
        self.desk.notice = problem

    def _act(self, message: dict[str, Any]) -> None:
        """What somebody asked for on the desk."""
        with attempt(self._tell, self.language):
            match message:
                case {"do": "make", "report": str(report), "unit": unit, "period": str(period), "pdf": pdf}:
                    wanted = None if unit is None else [str(unit)]  # None: all that the report can be about
                    jobs = self._planned(report, wanted, Period.parse(period))
                    self._make(jobs, self.settings.reports.absolute(), pdf=bool(pdf))
                case {"do": "again", "run": str(run)}:
                    self._again(run)
                case {"do": "pause" | "resume" | "now" as what, "entry": str(entry)}:
                    self._steer(what, schedule_file.read(self.settings.schedule).entry(entry))

    def _planned(self, report: str, wanted: Sequence[str] | None, period: Period) -> list[Job]:
        from bedoeling_nb.reports.batch import plan  # noqa: PLC0415 - papermill takes a second to import

        return plan(self.store, report, wanted, period, self.language)

    def _again(self, run: str) -> None:
        from bedoeling_nb.reports.batch import Job  # noqa: PLC0415 - as above

        one = report_runs.get(self.store, run)
        if one is None:
            raise NotFound(N_("This report is not kept any more. Make it above."))
        path = Path(one.path)
        job = Job(one.report, one.unit, one.period, spoken(one.language), one.session)
        self._make([job], path.parents[1], pdf=path.with_suffix(".pdf").is_file(), force=True)

    def _steer(self, what: str, entry: Entry) -> None:
        """Pause an entry of the schedule, resume it, or run it now, also beside the service."""
        if what == "pause":
            schedules.pause(self.store, entry.id, str(entry.when))
        elif what == "resume":
            schedules.resume(self.store, entry.id, str(entry.when), entry.when.after(now()))
        else:
            self._begin(self._run_now(entry))
        self.refresh()

    async def _run_now(self, entry: Entry) -> None:
        from bedoeling_nb.reports.schedule import Service  # noqa: PLC0415 - as above

        with attempt(self._tell, self.language):
            tally = await asyncio.to_thread(Service(self.store, self.settings.schedule).run_now, entry)
            self._tell(self._in_language(tally.problem) or "")
            self.refresh()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        if self._making is not None and not self._making.done():
            work.close()
            raise Conflict(_BUSY)
        self._making = in_background(work)

    def _make(self, jobs: list[Job], folder: Path, *, pdf: bool = False, force: bool = False) -> None:
        self._begin(self._work(jobs, folder, pdf=pdf, force=force))

    async def _work(self, jobs: list[Job], folder: Path, *, pdf: bool, force: bool) -> None:
        """Make reports in another thread, and tell how far it is."""
        from bedoeling_nb.reports.batch import Outcome, make_all  # noqa: PLC0415 - as above

        counts = {"total": len(jobs), "done": 0, "failed": 0, "unchanged": 0}
        self.desk.making = dict(counts)
        workers = min(os.cpu_count() or 1, len(jobs))
        with attempt(self._tell, self.language):
            outcomes: Iterator[Outcome] = make_all(self.store.url, jobs, folder, pdf=pdf, workers=workers, force=force)
            try:
                while (outcome := await asyncio.to_thread(next, outcomes, None)) is not None:
                    counts["done"] += 1
                    counts["failed"] += outcome.state == "failed"
                    counts["unchanged"] += outcome.state == "unchanged"
                    if outcome.problem:
                        self._tell(outcome.problem.message(self.language))
                    self.desk.making = dict(counts)
            finally:
                self.desk.making = {**counts, "total": 0}
                if self.desk.notice == translate(_BUSY, self.language):
                    self._tell("")  # that is no longer so
                self.refresh()

    def _choices(self) -> dict[str, Any]:
        today = local_time(now()).date()
        first = units.since(self.store)
        begun = local_time(first).date() if first else today
        periods = [
            {
                "id": one.id,
                "kind": kind,
                "name": {language: one.name(language) for language in LANGUAGES},
                "running": number == 0,
                "usual": kind == "quarter" and number == 1,
            }
            for kind in PERIOD_KINDS
            for number in range(PERIODS)
            for one in [Period.containing(today, kind).shifted(-number)]
            if number == 0 or one.end > begun
        ]
        return {
            "reports": [
                {
                    "id": one.id,
                    "title": one.title.model_dump(),
                    "levels": list(one.levels),
                    "periods": list(one.periods),
                }
                for one in catalogue()
                if one.periods  # a session's report is made at its end
            ],
            "units": [
                {"id": one.id, "name": one.name, "level": one.level, "depth": depth}
                for one, depth in in_order(units.all_units(self.store))
            ],
            "periods": periods,
        }

    def _run(self, one: ReportRun, names: dict[str, str]) -> dict[str, Any]:
        path = Path(one.path)
        there = [suffix for suffix in ("html", "pdf", "ipynb") if path.with_suffix(f".{suffix}").is_file()]
        title = getattr(find(one.report).title, self.language)
        return {
            "id": one.id,
            "title": title,
            "unit": names.get(one.unit, one.unit),
            "period": Period.parse(one.period).name(self.language) if one.period else f"{one.session}",
            "state": one.state,
            "at": one.started_at.timestamp() * 1000,
            "seconds": (one.ended_at - one.started_at).total_seconds() if one.ended_at else None,
            "problem": self._in_language(one.problem),
            "traceback": one.traceback,
            "files": there,
            "path": one.path,
        }

    def _in_language(self, problem: str | None) -> str | None:
        """A problem is kept as errors say it: a line in Dutch and a line in English."""
        lines = (problem or "").splitlines()
        return lines[LANGUAGES.index(self.language)] if len(lines) == len(LANGUAGES) else problem

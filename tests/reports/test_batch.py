"""Many reports: what is made, what need not be, and what happens when something breaks in the middle."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from bedoeling_nb.community import Period, Unit, now
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.instruments import find as script_of
from bedoeling_nb.reports import batch
from bedoeling_nb.reports.batch import Job, Outcome, make_all, plan, session_job
from bedoeling_nb.reports.catalogue import Report
from bedoeling_nb.reports.html import reserved
from bedoeling_nb.store import Store, instruments, report_runs, sessions, submissions, tables, units, waves
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave

Q3 = Period.parse("2026-Q3")
SHOW = "from IPython.display import HTML, display\ndisplay(HTML(f'<h1>Over {unit}</h1><p>{period}</p>'))"
JOBS = [Job("own", "wekerom-01", "2026-Q3"), Job("own", "wekerom-02", "2026-Q3")]

Describe = Callable[[str], Report]


def states(outcomes: object) -> dict[str, str]:
    return {one.job.unit: one.state for one in outcomes}  # type: ignore[attr-defined]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def runs(url: str) -> list[report_runs.ReportRun]:
    store = Store.open(url)
    try:
        return report_runs.recent(store)
    finally:
        store.close()


def until(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_report_is_a_page_an_executed_notebook_and_a_record(url: str, tmp_path: Path, described: Describe) -> None:
    described(SHOW)
    outcomes = list(make_all(url, JOBS, tmp_path / "out"))
    assert states(outcomes) == {"wekerom-01": "made", "wekerom-02": "made"}
    assert files(tmp_path / "out") == [
        f"2026-Q3/own-wekerom-0{number}.{suffix}" for number in (1, 2) for suffix in ("html", "ipynb")
    ]
    page = outcomes[0].path.read_text()
    assert "<title>Over wekerom-01</title>" in page
    metadata = json.loads(outcomes[0].path.with_suffix(".ipynb").read_text())["metadata"]
    assert metadata["papermill"]["parameters"] == {"unit": "wekerom-01", "period": "2026-Q3", "language": "nl"}
    record = next(one for one in runs(url) if one.unit == "wekerom-01")
    assert metadata["bedoeling"]["run"] == record.id
    assert metadata["bedoeling"]["fingerprint"] == record.fingerprint == outcomes[0].fingerprint
    assert {"python", "pandas", "bedoeling-nb"} <= set(metadata["bedoeling"]["versions"])
    assert (record.state, record.path) == ("made", str(outcomes[0].path))
    assert record.ended_at is not None
    assert record.ended_at >= record.started_at


def test_what_is_made_and_unchanged_is_not_made_again(url: str, tmp_path: Path, described: Describe) -> None:
    described(SHOW)
    folder = tmp_path / "out"

    def again(**options: bool) -> dict[str, str]:
        return states(make_all(url, JOBS, folder, **options))  # type: ignore[arg-type]

    again()
    assert set(again().values()) == {"unchanged"}
    assert set(again(force=True).values()) == {"made"}
    JOBS[0].path(folder).unlink()
    assert again() == {"wekerom-01": "made", "wekerom-02": "unchanged"}
    JOBS[1].path(folder).with_suffix(".ipynb").unlink()
    assert again() == {"wekerom-01": "unchanged", "wekerom-02": "made"}
    assert set(again(pdf=True).values()) == {"made"}
    assert set(again(pdf=True).values()) == {"unchanged"}
    assert JOBS[0].path(folder).with_suffix(".pdf").read_bytes().startswith(b"%PDF-")
    described(SHOW + "  # another notebook")
    assert set(again().values()) == {"made"}
    assert not JOBS[0].path(folder).with_suffix(".pdf").exists()  # it would still be about the notebook before


def test_only_reports_of_units_with_other_data_are_made_again(url: str, tmp_path: Path, described: Describe) -> None:
    described(SHOW)
    folder, script = tmp_path / "out", script_of("resonance")
    jobs = [*JOBS, Job("own", "wekerom", "2026-Q3")]
    store = Store.open(url)

    def again() -> set[str]:
        made = states(make_all(url, jobs, folder))
        return {unit for unit, state in made.items() if state == "made"}

    assert again() == {"wekerom-01", "wekerom-02", "wekerom"}
    held = sessions.create(store, "wekerom-01", script, created_at=datetime(2026, 8, 3, 9, tzinfo=UTC))
    assert again() == {"wekerom-01", "wekerom"}
    submissions.import_past(store, [Submission("a" * 36, held.id, "voelen", "1", "p" * 32, {"energy": 3})])
    assert again() == {"wekerom-01", "wekerom"}
    later = sessions.create(store, "wekerom-02", script, created_at=datetime(2026, 10, 1, 9, tzinfo=UTC))
    sessions.go(store, later.id, "voelen", rev=0)
    assert again() == set()  # after the end of the period
    units.add(store, [Unit("wekerom-02", "wekerom", "team", "Een andere naam")])
    assert again() == {"wekerom-02", "wekerom"}
    pulse, day = script_of("promises-pulse"), datetime(2026, 9, 1, 9, tzinfo=UTC)
    instruments.keep(store, pulse)
    asked = sessions.new("wekerom-02", pulse, created_at=day)
    waves.import_past(store, Wave(pulse.id, 1, "wekerom-02", day + timedelta(days=9), created_at=day), [asked])
    submissions.import_past(store, [Submission("b" * 36, asked.id, "good_life", "1", "p" * 32, {"gl1": 3}, day)])
    assert again() == {"wekerom-01", "wekerom-02", "wekerom"}  # what others said is in each report
    store.close()


def test_a_failing_report_says_why_and_does_not_stop_the_others(url: str, tmp_path: Path, described: Describe) -> None:
    described("assert unit != 'wekerom-01', 'geen gegevens'\n" + SHOW)
    first, second = make_all(url, JOBS, tmp_path / "out")
    assert (first.state, second.state) == ("failed", "made")
    assert first.problem is not None
    assert "AssertionError: geen gegevens" in first.problem.message("nl")
    assert files(tmp_path / "out") == ["2026-Q3/own-wekerom-02.html", "2026-Q3/own-wekerom-02.ipynb"]
    record = next(one for one in runs(url) if one.unit == "wekerom-01")
    assert record.state == "failed"
    assert record.traceback is not None
    assert "AssertionError" in record.traceback
    assert "\x1b" not in record.traceback
    described(SHOW)
    assert states(make_all(url, JOBS, tmp_path / "out"))["wekerom-01"] == "made"


def test_an_earlier_report_stays_when_a_later_run_fails(url: str, tmp_path: Path, described: Describe) -> None:
    described(SHOW)
    (before,) = make_all(url, JOBS[:1], tmp_path / "out")
    page = before.path.read_bytes()
    described("raise RuntimeError('stuk')")
    (after,) = make_all(url, JOBS[:1], tmp_path / "out")
    assert after.state == "failed"
    assert before.path.read_bytes() == page


def test_a_kernel_killed_in_the_middle(url: str, tmp_path: Path, described: Describe) -> None:
    described("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    (outcome,) = make_all(url, JOBS[:1], tmp_path / "out")
    assert outcome.state == "failed"
    assert outcome.problem is not None
    assert "kernel" in outcome.problem.message("en")
    assert files(tmp_path / "out") == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_whole_run_killed_in_the_middle_is_repaired_by_the_next(url: str, tmp_path: Path, workers: int) -> None:
    """The command itself, with SIGKILL while it makes the report of a session."""
    store = Store.open(url)
    held = [sessions.create(store, "wekerom-01", script_of("resonance")) for _ in range(2)]
    store.close()
    jobs = [Job("session", one.unit, "", "nl", one.code) for one in held]
    folder = tmp_path / "out"
    program = (
        "from pathlib import Path\nfrom bedoeling_nb.reports.batch import Job, make_all\n"
        f"if __name__ == '__main__':\n    list(make_all({url!r}, {jobs!r}, Path({str(folder)!r}), workers={workers}))"
    )
    path = tmp_path / "program.py"
    path.write_text(program)
    running = subprocess.Popen([sys.executable, str(path)])
    until(lambda: [one for one in runs(url) if one.state == "running"])
    others = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGKILL)
    running.wait()
    until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in others))
    assert "running" in {one.state for one in runs(url)}
    whole = [path for path in folder.rglob("*") if path.is_file() and ".part" not in str(path)]
    assert {path.suffix for path in whole} <= {".html", ".ipynb"}
    assert {one.state for one in make_all(url, jobs, folder)} <= {"made", "unchanged"}
    assert not list(folder.rglob(".*.part"))
    assert sorted(path.suffix for path in folder.rglob("*") if path.is_file()) == [".html"] * 2 + [".ipynb"] * 2
    assert {one.state for one in runs(url)} == {"made", "interrupted"}


def test_two_runs_at_once_make_it_once(url: str, tmp_path: Path, described: Describe) -> None:
    described(SHOW)
    with reserved(JOBS[0].path(tmp_path / "out").absolute()):
        first, second = make_all(url, JOBS, tmp_path / "out")
    assert (first.state, second.state) == ("busy", "made")
    assert first.problem is not None
    assert "being made" in first.problem.message("en")
    assert states(make_all(url, JOBS, tmp_path / "out")) == {"wekerom-01": "made", "wekerom-02": "unchanged"}


def test_many_who_want_the_same_place_have_it_one_by_one(tmp_path: Path) -> None:
    inside: list[int] = []
    seen: list[object] = []

    def want() -> None:
        for _ in range(60):
            try:
                with reserved(tmp_path / "one.html") as aside:
                    inside.append(1)
                    seen.append(len(inside))
                    (aside / "x").touch()
                    inside.pop()
            except batch.BeingMade:
                pass
            except batch.ReportError as problem:
                seen.append(problem)

    threads = [threading.Thread(target=want) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {1}
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing_half_written(url: str, tmp_path: Path, described: Describe) -> None:
    """The system refuses to let a file grow further than the store: an error of the same kind, at the same place."""
    described("display('x' * 3_000_000)")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    list(make_all(url, JOBS[1:], tmp_path / "warm"))
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    folder = tmp_path / "out"
    size = (tmp_path / "store.db").stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 500_000, before[1]))
        (outcome,) = make_all(url, JOBS[:1], folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert outcome.state == "failed"
    assert outcome.problem is not None
    assert "cannot be written" in outcome.problem.message("en")
    assert files(folder) == []
    assert states(make_all(url, JOBS[:1], folder)) == {"wekerom-01": "made"}


def test_a_folder_that_cannot_be_made(url: str, tmp_path: Path, described: Describe) -> None:
    described(SHOW)
    (tmp_path / "file").touch()
    (outcome,) = make_all(url, JOBS[:1], tmp_path / "file")
    assert outcome.state == "failed"
    assert outcome.problem is not None
    assert "file" in outcome.problem.message("nl")


def test_a_store_that_is_locked(url: str, tmp_path: Path, described: Describe, monkeypatch: pytest.MonkeyPatch) -> None:
    described(SHOW)
    monkeypatch.setattr("bedoeling_nb.store.database.BUSY_SECONDS", 0.1)
    other = Store.open(url)
    with other.write():
        (outcome,) = make_all(url, JOBS[:1], tmp_path / "out")
    other.close()
    assert outcome.state == "failed"
    assert outcome.problem is not None
    assert "locked" in outcome.problem.message("en")
    assert states(make_all(url, JOBS[:1], tmp_path / "out")) == {"wekerom-01": "made"}


def test_what_there_is_to_make(url: str) -> None:
    store = Store.open(url)
    assert [job.unit for job in plan(store, "team", None, Q3)] == ["wekerom-01", "wekerom-02"]
    assert [job.unit for job in plan(store, "unit", None, Q3)] == ["heeren-loo", "oost", "wekerom", "west"]
    twice = plan(store, "team", ["wekerom-02", "wekerom-02"], Q3, "en")
    assert twice == [Job("team", "wekerom-02", "2026-Q3", "en")]
    assert twice[0].path(Path("out")) == Path("out/2026-Q3/team-wekerom-02-en.html")
    for wanted, report, period, error, words in (
        (["nergens"], "team", Q3, NotFound, "nergens"),
        (["wekerom"], "team", Q3, BadRequest, "location"),
        (["wekerom"], "unit", Period.parse("2026-09"), BadRequest, "quarter, year"),
        (["wekerom-01"], "team", None, BadRequest, "2026-Q3"),
        (["wekerom-01"], "geen", Q3, NotFound, "team, unit, session"),
        (["wekerom-01"], "session", None, BadRequest, "session"),
        (["wekerom-01"], "team", Period.containing(now().date() + timedelta(366), "month"), BadRequest, "not begun"),
    ):
        with pytest.raises(error, match=words):
            plan(store, report, wanted, period)
    with pytest.raises(NotFound):
        session_job(store, "ZZZZZZ")
    store.close()


def test_a_worker_that_is_killed_loses_no_report(url: str, tmp_path: Path) -> None:
    """Of the pool's two processes one is killed while it works: the pool is lost, and another makes the reports."""
    store = Store.open(url)
    jobs = []
    for _ in range(4):
        held = sessions.create(store, "wekerom-01", script_of("resonance"))
        jobs.append(Job("session", held.unit, "", "nl", held.code))
    store.close()
    outcomes: list[Outcome] = []
    making = threading.Thread(target=lambda: outcomes.extend(make_all(url, jobs, tmp_path / "out", workers=2)))
    making.start()
    until(lambda: [one for one in runs(url) if one.state == "running"])
    worker = next(one for one in runs(url) if one.state == "running").worker
    os.kill(int(worker.split(":")[-1]), signal.SIGKILL)
    making.join()
    assert [one.state for one in outcomes] == ["made"] * 4
    assert {one.state for one in runs(url)} == {"made", "interrupted"}


def test_a_dask_cluster_makes_them(url: str, tmp_path: Path) -> None:
    """A scheduler and two workers, each a process of its own."""
    from distributed import LocalCluster

    store = Store.open(url)
    jobs = []
    for _ in range(3):
        held = sessions.create(store, "wekerom-01", script_of("resonance"))
        jobs.append(Job("session", held.unit, "", "nl", held.code))
    store.close()
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        outcomes = list(make_all(url, jobs, tmp_path / "out", dask=cluster.scheduler_address))
        assert [one.state for one in outcomes] == ["made"] * 3
        assert {one.state for one in make_all(url, jobs, tmp_path / "out", dask=cluster.scheduler_address)} == {
            "unchanged"
        }
        workers = {int(worker["pid"]) for worker in _identities(cluster)}
    assert {int(one.worker.split(":")[-1]) for one in runs(url)} <= workers
    assert os.getpid() not in workers
    with pytest.raises(batch.ReportError, match=r"tcp://127\.0\.0\.1:1"):
        list(make_all(url, jobs, tmp_path / "out", dask="tcp://127.0.0.1:1", force=True))


def _identities(cluster: object) -> list[dict[str, int]]:
    from distributed import Client

    with Client(cluster, set_as_default=False) as client:
        return [{"pid": pid} for pid in client.run(os.getpid).values()]


def test_a_record_of_a_run_that_never_ended_is_closed_by_the_next(url: str) -> None:
    store = Store.open(url)
    lost = report_runs.ReportRun("own", "wekerom-01", "2026-Q3", "nl", "/a.html", "f", "host:1")
    report_runs.begin(store, lost)
    report_runs.begin(store, report_runs.ReportRun("own", "wekerom-01", "2026-Q3", "nl", "/a.html", "f", "host:2"))
    other = report_runs.ReportRun("own", "wekerom-02", "2026-Q3", "nl", "/b.html", "f", "host:1")
    report_runs.begin(store, other)
    found = {(one.worker, one.path): one.state for one in report_runs.recent(store)}
    assert found == {
        ("host:1", "/a.html"): "interrupted",
        ("host:2", "/a.html"): "running",
        ("host:1", "/b.html"): "running",
    }
    report_runs.end(store, other.id, "made")
    assert report_runs.latest(store, ["/b.html", "/none.html"])["/b.html"].state == "made"
    with store.write() as connection:
        connection.execute(sa.delete(tables.report_run))
    assert report_runs.latest(store, ["/b.html"]) == {}
    store.close()

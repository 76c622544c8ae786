"""The schedule service: everything due is made and delivered once, whatever breaks, stops or is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bedoeling_nb.community import Unit, now
from bedoeling_nb.errors import Conflict
from bedoeling_nb.reports import schedule_file
from bedoeling_nb.reports.batch import Job, Outcome
from bedoeling_nb.reports.html import ReportError
from bedoeling_nb.reports.schedule import MakeAll, Service
from bedoeling_nb.reports.schedule_file import Cron
from bedoeling_nb.store import Store, report_runs, schedules, units
from bedoeling_nb.store.schedules import DueRun
from bedoeling_nb.texts import N_
from tests.conftest import ORGANISATION
from tests.kept import deliveries_of
from tests.postgres import Cluster
from tests.reports.post import PostOffice, post_office
from tests.reports.scheduler import ROOT, pages, process
from tests.servers import PATIENCE, until

FIRST = "0 7 1 * *"
SOON = (timedelta(0),) * 3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A schedule with one entry: both teams, to a folder."""
    return write(tmp_path, {"folder": f"{tmp_path}/to/{{unit}}"})


def write(folder: Path, *recipients: dict[str, Any], when: str = FIRST) -> Path:
    entry = {
        "id": "teams",
        "report": "team",
        "units": {"below": "wekerom"},
        "period": "month",
        "when": when,
        "folder": str(folder / "made"),
        "recipients": list(recipients),
    }
    path = folder / "schedule.yaml"
    path.write_text(str({"entries": [entry]}))  # flow YAML
    return path


def missed(store: Store) -> datetime:
    """Let the entry have been due since half a year; gives the time that must be caught up."""
    schedules.put(store, "teams", FIRST, now() - timedelta(days=180))
    latest = Cron(FIRST).latest(now())
    assert latest is not None
    return latest


def runs(store: Store, *states: str) -> list[DueRun]:
    return [run for run in schedules.runs(store) if not states or run.state in states]


def put_there(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "to").rglob("*") if path.is_file())


@contextmanager
def serving(service: Service) -> Iterator[None]:
    """A service in a thread, until we leave; it must end without an error."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(service.run)
        try:
            yield
        finally:
            service.stop()
        future.result(60)


def failing(made: Path, times: int) -> MakeAll:
    """Makes pages, but that of wekerom-02 not the first times."""
    left = [times]

    def make_all(store: str, jobs: Sequence[Job], folder: Path, *, pdf: bool = False) -> Iterator[Outcome]:
        for outcome in pages(made)(store, jobs, folder, pdf=pdf):
            if outcome.job.unit == "wekerom-02" and left[0]:
                left[0] -= 1
                problem = ReportError(N_("The report could not be made: {problem}"), problem="{stuk}")
                yield Outcome(outcome.job, "failed", outcome.path, outcome.fingerprint, problem, "Traceback: stuk")
            else:
                yield outcome

    return make_all


def test_what_was_missed_is_caught_up_once(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    latest = missed(store)
    with serving(Service(store, file, make_all=pages(tmp_path / "log"), poll=0.02)):
        until(lambda: runs(store, "done"))
    [run] = runs(store)
    assert (run.due_at, run.attempts, run.made, run.failed, run.problem) == (latest, 1, 2, 0, None)
    coming = schedules.entries(store)["teams"].next_run_at
    assert coming == Cron(FIRST).after(now())
    period = schedule_file.read(file).entries[0].period_at(latest).id
    assert put_there(tmp_path) == [f"team-wekerom-0{number}-{period}.html" for number in (1, 2)]


def test_an_entry_that_is_new_waits_for_its_time(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    with serving(Service(store, file, make_all=pages(tmp_path / "log"), poll=0.02)):
        until(lambda: schedules.entries(store))
    assert schedules.entries(store)["teams"].next_run_at == Cron(FIRST).after(now())
    assert runs(store) == []


def test_only_what_failed_is_tried_again(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    missed(store)
    told: list[str] = []
    service = Service(store, file, make_all=failing(tmp_path / "log", 2), retry_after=SOON, poll=0.02, say=told.append)
    with serving(service):
        until(lambda: runs(store, "done"))
    [run] = runs(store)
    assert (run.attempts, run.failed, run.problem, run.traceback) == (3, 0, None, None)
    assert [row.state for row in deliveries_of(store, "teams", run.due_at)] == ["sent", "sent"]
    assert any("{stuk}" in line for line in told)


def test_what_keeps_failing_is_given_up_and_shown(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    missed(store)
    with serving(Service(store, file, make_all=failing(tmp_path / "log", 99), retry_after=SOON, poll=0.02)):
        until(lambda: runs(store, "failed"))
    [run] = runs(store)
    assert (run.attempts, run.made, run.failed) == (4, 1, 1)
    assert "wekerom-02" in str(run.problem)
    assert run.traceback == "Traceback: stuk"
    assert [name[:15] for name in put_there(tmp_path)] == ["team-wekerom-01"]


def test_waits_grow_between_tries(store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path) -> None:
    service = Service(store, file, make_all=failing(tmp_path / "log", 99))
    assert service.run_now(schedule_file.read(file).entries[0]).state == "waiting"
    [run] = runs(store)
    assert run.next_try_at is not None
    assert timedelta(seconds=30) < run.next_try_at - run.started_at <= timedelta(seconds=90)


def test_a_run_that_is_killed_each_time_is_given_up(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    schedules.claim_now(store, "killed", "teams", timedelta(seconds=-1))
    for _ in range(3):
        schedules.claim(store, "killed", ["teams"], timedelta(seconds=-1))
    with serving(Service(store, file, make_all=pages(tmp_path / "log"), poll=0.02)):
        until(lambda: runs(store, "failed"))
    assert not (tmp_path / "log").exists()


def test_what_cannot_be_planned_is_a_failure_with_a_sentence(store: Store, file: Path) -> None:
    tally = Service(store, file).run_now(schedule_file.read(file).entries[0])
    assert tally.state == "waiting"
    assert "wekerom" in str(runs(store)[0].problem)


def test_a_paused_entry_is_not_run_and_not_caught_up(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    missed(store)
    schedules.pause(store, "teams", FIRST)
    told: list[str] = []
    with serving(Service(store, file, make_all=pages(tmp_path / "log"), poll=0.02, say=told.append)):
        until(lambda: told)
        schedules.resume(store, "teams", FIRST, Cron(FIRST).after(now()))
    assert runs(store) == []


def test_run_now_works_beside_the_service_and_delivers_nothing_twice(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path, office: PostOffice
) -> None:
    file = write(tmp_path, {"mail": "{unit}@example.org"})
    entry = schedule_file.read(file).entries[0]
    missed(store)
    office.stop_at = 1
    beside = Service(store, file, make_all=pages(tmp_path / "log"))
    with serving(Service(store, file, make_all=pages(tmp_path / "log"), poll=0.02)):
        assert office.stopped.wait(PATIENCE)
        with pytest.raises(Conflict):
            beside.run_now(entry)
        office.go_on.set()
        until(lambda: runs(store, "done"))
        assert beside.run_now(entry).state == "done"
    assert office.to() == ["wekerom-01@example.org", "wekerom-02@example.org"]
    assert {row.state for row in deliveries_of(store, "teams", runs(store)[0].due_at)} == {"same"}


def test_a_file_with_an_error_leaves_the_schedule_in_force_and_says_so_once(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    good = file.read_text()
    with serving(Service(store, file, make_all=pages(tmp_path / "log"), poll=0.02, say=told.append)):
        until(lambda: schedules.entries(store))
        file.write_text(good.replace("month", "fortnight"))
        until(lambda: any("fortnight" in line or "period" in line for line in told))
        missed(store)
        schedules.claim_now(store, "killed", "teams", timedelta(seconds=-1))
        until(lambda: runs(store, "done"))
        assert len([line for line in told if "schedule.yaml" in line]) == 2
        file.write_text(good.replace(FIRST, "0 8 2 * *"))
        until(lambda: schedules.entries(store)["teams"].trigger == "0 8 2 * *")
        file.unlink()
        until(lambda: len([line for line in told if str(file) in line]) == 1)
        file.write_text(good.replace("'teams'", "'other'"))
        until(lambda: list(schedules.entries(store)) == ["other"])


def test_it_stops_after_the_report_in_hand_and_another_goes_on_at_once(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    latest = missed(store)
    services: list[Service] = []

    def stops(*arguments: Any, **options: Any) -> Iterator[Outcome]:
        for outcome in pages(tmp_path / "log")(*arguments, **options):
            services[0].stop()
            yield outcome

    services.append(Service(store, file, make_all=stops, poll=0.02))
    with serving(services[0]):
        until(lambda: runs(store, "due") and (tmp_path / "to").exists())
    [run] = runs(store)
    assert (run.due_at, run.state, run.attempts) == (latest, "due", 0)
    assert len(put_there(tmp_path)) == 1
    with serving(Service(store, file, make_all=pages(tmp_path / "log"), poll=0.02)):
        until(lambda: runs(store, "done"))
    assert len(put_there(tmp_path)) == 2
    assert (tmp_path / "log").read_text().split() == ["wekerom-01", "wekerom-01", "wekerom-02"]


def test_a_store_that_is_locked_for_a_while_loses_nothing(url: str, file: Path, tmp_path: Path) -> None:
    store, other = Store.open(url), Store.open(url)

    @sa.event.listens_for(store.engine, "connect")
    def _impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=20")

    store.engine.dispose()
    missed(other)
    told: list[str] = []
    with serving(Service(store, file, make_all=pages(tmp_path / "log"), poll=0.02, say=told.append)):
        with other.write():
            until(lambda: any("locked" in line for line in told))
            assert runs(other) == []
        until(lambda: runs(other, "done"))
    assert len([line for line in told if "locked" in line]) == len([line for line in told if "is there again" in line])
    assert len(put_there(tmp_path)) == 2
    store.close()
    other.close()


def test_a_database_that_is_away_in_the_middle_of_a_run_loses_nothing(
    cluster: Cluster, file: Path, tmp_path: Path
) -> None:
    with cluster.database() as url:
        store, server = Store.open(url), sa.create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
        units.add(store, ORGANISATION)
        missed(store)
        told: list[str] = []
        name = sa.make_url(url).database

        def say(*statements: str) -> None:
            with server.connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)

        def cut_off(*arguments: Any, **options: Any) -> Iterator[Outcome]:
            for outcome in pages(tmp_path / "log")(*arguments, **options):
                yield outcome
                if not told_of("cannot be reached"):
                    say(
                        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
                        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
                    )

        def told_of(what: str) -> list[str]:
            return [line for line in told if what in line]

        lease = timedelta(seconds=1)
        with serving(Service(store, file, make_all=cut_off, lease=lease, poll=0.02, say=told.append)):
            until(lambda: told_of("cannot be reached"))
            assert len(put_there(tmp_path)) == 1
            say(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            until(lambda: told_of("is there again") and runs(store, "done"))
        [run] = runs(store)
        assert (run.attempts, run.made, run.problem) == (2, 2, None)
        assert [row.state for row in deliveries_of(store, "teams", run.due_at)] == ["sent", "sent"]
        assert len(put_there(tmp_path)) == 2
        store.close()
        server.dispose()


def test_what_somebody_started_and_broke_off_is_not_gone_on_with(
    store: Store, organisation: tuple[Unit, ...], file: Path, tmp_path: Path
) -> None:
    def broken_off(*arguments: Any, **options: Any) -> Iterator[Outcome]:
        yield next(pages(tmp_path / "log")(*arguments, **options))
        raise KeyboardInterrupt

    entry = schedule_file.read(file).entries[0]
    with pytest.raises(KeyboardInterrupt):
        Service(store, file, make_all=broken_off).run_now(entry)
    assert [run.state for run in runs(store)] == ["skipped"]
    assert Service(store, file, make_all=pages(tmp_path / "log")).run_now(entry).state == "done"
    assert sorted(row.state for row in deliveries_of(store, "teams", runs(store)[0].due_at)) == ["same", "sent"]


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """A mail server, that the settings name."""
    with post_office() as running:
        monkeypatch.setenv("BEDOELING_SMTP_URL", running.url)
        monkeypatch.setenv("BEDOELING_MAIL_FROM", "verslag@example.org")
        yield running


def test_two_schedulers_on_one_store_make_and_deliver_once(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path, office: PostOffice
) -> None:
    file = write(tmp_path, {"mail": "{unit}@example.org"}, {"folder": f"{tmp_path}/to"})
    latest = Cron(FIRST).latest(now())
    assert latest is not None
    coming = Cron(FIRST).after(now())
    schedules.put(store, "teams", FIRST, coming)
    with process(store.url, file, tmp_path / "log") as one, process(store.url, file, tmp_path / "log") as two:
        for running in (one, two):
            assert running.stdout is not None
            assert "schedule.yaml" in running.stdout.readline()
        for _ in range(3):  # also a time that was run comes again, such as after a clock that was wrong
            schedules.resume(store, "teams", FIRST, latest - timedelta(days=180))
            until(lambda: runs(store, "done") and schedules.entries(store)["teams"].next_run_at == coming)
    assert [(run.due_at, run.attempts) for run in runs(store)] == [(latest, 1)]
    assert sorted((tmp_path / "log").read_text().split()) == ["wekerom-01", "wekerom-02"]
    assert sorted(office.to()) == ["wekerom-01@example.org", "wekerom-02@example.org"]


def test_a_scheduler_killed_while_it_mails_delivers_each_report_once(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path, office: PostOffice
) -> None:
    units.add(store, [Unit(f"wekerom-{number:02}", "wekerom", "team", f"Team {number}") for number in range(3, 9)])
    file = write(tmp_path, {"mail": "{unit}@example.org"})
    missed(store)
    office.stop_at = 4
    with process(store.url, file, tmp_path / "log") as killed:
        assert office.stopped.wait(PATIENCE)
        killed.kill()
        killed.wait()
    office.go_on.set()
    [run] = runs(store)
    assert [row.state for row in deliveries_of(store, "teams", run.due_at)] == ["sent"] * 3 + ["sending"]
    with process(store.url, file, tmp_path / "log"):
        until(lambda: runs(store, "done"))
    assert runs(store)[0].attempts == 2
    everybody = [f"wekerom-{number:02}@example.org" for number in range(1, 9)]
    once = {str(message["Message-ID"]): str(message["To"]) for message in office.arrived}
    assert sorted(once.values()) == everybody
    # Only the one in the air was sent again: with the same Message-ID, by which mailboxes know it.
    assert office.to() == [*everybody[:4], *everybody[3:]]
    assert {row.state for row in deliveries_of(store, "teams", run.due_at)} == {"sent"}


def freeze(running: subprocess.Popen[str], store: Store) -> None:
    """Stop a process, but not while it writes: a writer that is frozen, and not killed, holds everybody up."""

    def write_nothing() -> None:
        with store.write():
            pass

    with ThreadPoolExecutor(1) as another:
        for _ in range(50):
            running.send_signal(signal.SIGSTOP)
            try:
                return another.submit(write_nothing).result(1)
            except TimeoutError:
                running.send_signal(signal.SIGCONT)
                time.sleep(0.03)
    raise AssertionError("it writes without end")


def test_a_scheduler_that_was_frozen_delivers_nothing_of_a_run_that_another_took_over(
    url: str, tmp_path: Path, office: PostOffice
) -> None:
    store = Store.open(url)
    file = write(tmp_path, {"mail": "{unit}@example.org"})
    missed(store)
    office.stop_at = 1
    with process(url, file, tmp_path / "log") as frozen:
        assert office.stopped.wait(PATIENCE)
        freeze(frozen, store)
        office.go_on.set()
        with process(url, file, tmp_path / "log"):
            until(lambda: runs(store, "done"))
        frozen.send_signal(signal.SIGCONT)
        schedules.claim_now(store, "killed", "teams", timedelta(seconds=-1))
        until(lambda: len(runs(store, "done")) == 2)  # it gave up the one, and takes the next
    first, second = (f"wekerom-0{number}@example.org" for number in (1, 2))
    assert office.to() == [first, first, second]
    assert office.ids()[0] == office.ids()[1]
    assert {row.state for row in deliveries_of(store, "teams", runs(store)[0].due_at)} == {"same"}
    store.close()


def test_a_scheduler_killed_while_it_makes_real_reports_delivers_each_once(
    url: str, tmp_path: Path, office: PostOffice
) -> None:
    store = Store.open(url)
    units.add(store, [Unit(f"wekerom-{number:02}", "wekerom", "team", f"Team {number}") for number in range(3, 6)])
    file = write(tmp_path, {"folder": f"{tmp_path}/to"}, {"mail": "{unit}@example.org"})
    missed(store)
    with process(url, file) as killed:
        until(lambda: len(office.arrived) == 2)
        until(lambda: any(run.state == "running" for run in report_runs.recent(store)))
        killed.kill()
        killed.wait()
    assert len(office.arrived) < 5
    with process(url, file) as again:
        until(lambda: runs(store, "done"))
        again.send_signal(signal.SIGTERM)
        assert again.wait(PATIENCE) == 0
    [run] = runs(store)
    assert (run.attempts, run.failed) == (2, 0)
    assert sorted(office.to()) == [f"wekerom-{number:02}@example.org" for number in range(1, 6)]
    assert [name[:15] for name in put_there(tmp_path)] == [f"team-wekerom-{number:02}" for number in range(1, 6)]
    store.close()


def bedoeling(url: str, file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bedoeling_nb", "schedule", *words, "--file", str(file), "--store", url]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_lists_pauses_resumes_and_says_what_is_wrong(url: str, file: Path) -> None:
    store = Store.open(url)
    assert "gepauzeerd" in bedoeling(url, file, "pause", "teams").stdout
    assert schedules.entries(store)["teams"].paused
    listed = bedoeling(url, file, "list")
    assert "teams" in listed.stdout
    assert "gepauzeerd" in listed.stdout
    coming = schedule_file.read(file).entries[0].when.after(now())
    bedoeling(url, file, "resume", "teams")
    assert schedules.entries(store)["teams"].next_run_at == coming
    unknown = bedoeling(url, file, "run-now", "nope")
    assert unknown.returncode == 1
    assert "nope" in unknown.stderr
    assert "Traceback" not in unknown.stderr
    file.write_text("entries: [")
    broken = bedoeling(url, file, "run")
    assert broken.returncode == 1
    assert "schedule.yaml" in broken.stderr
    assert "Traceback" not in broken.stderr
    store.close()


def test_the_command_checks_who_gets_what(url: str, file: Path) -> None:
    command = [sys.executable, "-m", "bedoeling_nb", "schedule", "check", str(file), "--store", url]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert "2 × " in checked.stdout
    assert "nobody" not in checked.stdout
    write(file.parent, {"mail": {"wekerom-02": "jo@example.org"}})
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert "jo@example.org" in checked.stdout
    assert "teams, wekerom-01: niemand krijgt dit / nobody gets this" in checked.stdout
    write(file.parent, {"mail": {"wekerom-2": "jo@example.org"}})
    unknown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert unknown.returncode == 1
    assert "wekerom-2" in unknown.stderr

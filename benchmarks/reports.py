"""Reports for 60 teams: `make_all` beside a plain loop of papermill and nbconvert on the same notebook and store.

    python -m benchmarks.reports --stock 60 --teams 1000

Both begin with nothing warm: the start of the fork server and of the workers is in our time. The plain loop writes what
it shows with nbconvert's own HTML exporter, which is made once. Then, ours alone: reports for 1,000 teams, whose
meetings are copies of those of the sample, and the same command once more when nothing has changed.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import papermill
from nbconvert import HTMLExporter

from bedoeling_nb import sample
from bedoeling_nb.community import Period, Unit
from bedoeling_nb.reports.batch import make_all, plan
from bedoeling_nb.reports.catalogue import find
from bedoeling_nb.sample import Sample
from bedoeling_nb.store import Store
from bedoeling_nb.store.sessions import CODE_ALPHABET
from benchmarks.kernels import servers
from benchmarks.servers import table

PERIOD = Period.parse("2026-Q3")


def ours(store: Store, folder: Path, workers: int) -> tuple[float, Counter[str]]:
    """Seconds for a report of each team, and what became of them."""
    before = time.perf_counter()
    outcomes = make_all(store.url, plan(store, "team", None, PERIOD), folder, workers=workers)
    states = Counter(outcome.state for outcome in outcomes)
    return time.perf_counter() - before, states


def stock(store: Store, folder: Path, number: int) -> float:
    """Seconds for each report in a plain loop."""
    notebook = str(find("team").path)
    folder.mkdir(parents=True)
    os.environ |= {"BEDOELING_STORE": store.url, "BEDOELING_WARM_KERNELS": "0"}
    exporter = HTMLExporter(exclude_input=True)
    before = time.perf_counter()
    for job in plan(store, "team", None, PERIOD)[:number]:
        parameters = {"unit": job.unit, "period": job.period, "language": job.language}
        executed = folder / f"{job.name}.ipynb"
        papermill.execute_notebook(notebook, str(executed), parameters, kernel_name="python3", progress_bar=False)
        page, _ = exporter.from_filename(str(executed))
        executed.with_suffix(".html").write_text(page)
    took = time.perf_counter() - before
    del os.environ["BEDOELING_WARM_KERNELS"]
    return took / number


def many(number: int) -> Sample:
    """So many teams, with the meetings of the sample's teams over and over, and without courses and waves."""
    small = sample.make(seed=7)
    kept = [unit for unit in small.units if unit.level != "team"]
    teams: list[Unit] = []
    made: dict[str, list[object]] = {
        name: [] for name in ("people", "sessions", "events", "submissions", "interventions")
    }
    originals = [unit for unit in small.units if unit.level == "team"]

    def other(id_: str, copy: int) -> str:
        return str(uuid5(NAMESPACE_OID, f"{id_} {copy}"))

    def code(id_: str) -> str:
        value = int(id_.replace("-", ""), 16)
        return "".join(CODE_ALPHABET[value // len(CODE_ALPHABET) ** place % len(CODE_ALPHABET)] for place in range(6))

    by_unit = {unit.id: [one for one in small.sessions if one.unit == unit.id] for unit in originals}
    by_session: dict[str, list[object]] = {one.id: [] for one in small.sessions}
    for name in ("events", "submissions", "interventions"):
        for row in getattr(small, name):
            by_session[row.session].append((name, row))
    for copy, unit in enumerate(islice(cycle(originals), number)):
        team = f"{unit.id}-{copy:04}"
        teams.append(Unit(team, unit.parent, "team", f"{unit.name} {copy}"))
        made["people"] += [
            replace(one, id=f"{one.id}-{copy}", unit=team) for one in small.people if one.unit == unit.id
        ]
        for session in by_unit[unit.id]:
            new = other(session.id, copy)
            made["sessions"].append(replace(session, id=new, code=code(new), unit=team))
            for name, row in by_session[session.id]:  # type: ignore[misc]
                changed = {"session": new}
                if name != "events":
                    changed["id"] = other(row.id, copy)
                if name == "interventions":
                    changed["unit"] = team
                if name == "submissions" and row.step == "terugblik":
                    changed["entry"] = other(row.entry, copy)
                made[name].append(replace(row, **changed))
    rows = {name: tuple(found) for name, found in made.items()}
    none = dict.fromkeys(("courses", "waves", "wave_sessions", "wave_submissions"), ())
    return replace(small, units=(*kept, *teams), **none, **rows)  # type: ignore[arg-type]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stock", type=int, default=60, help="how many reports the plain loop makes")
    parser.add_argument("--teams", type=int, default=1000, help="0: only the comparison")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bn-") as name:
        folder = Path(name)
        os.environ["XDG_RUNTIME_DIR"] = name
        try:
            store = Store.open(f"sqlite:///{folder / 'store.db'}")
            sample.fill(store, sample.make(seed=7))
            took, states = ours(store, folder / "ours", options.workers)
            assert states["made"] == sum(states.values()), states
            number = states["made"]
            theirs = stock(store, folder / "stock", options.stock)
            again, states = ours(store, folder / "ours", options.workers)
            store.close()
            form = "{:.2f} s".format
            table(
                f"Reports of {number} teams, {options.workers} workers",
                ("ours", "papermill + nbconvert", "ratio"),
                [
                    ("a report", form(took / number), form(theirs), f"{theirs * number / took:.1f} x"),
                    ("all", form(took), form(theirs * number), f"{theirs * number / took:.1f} x"),
                    (f"again ({states['unchanged']} unchanged)", form(again), form(theirs * number), ""),
                ],
            )
            if options.teams:
                large(folder, options.teams, options.workers)
        finally:
            for process in servers():
                process.send_signal(signal.SIGTERM)


def large(folder: Path, number: int, workers: int) -> None:
    """Print the time for many teams."""
    store = Store.open(f"sqlite:///{folder / 'large.db'}")
    sample.fill(store, many(number))
    rows = []
    for title in ("all", "again"):
        took, states = ours(store, folder / "large", workers)
        told = ", ".join(f"{count} {state}" for state, count in states.items())
        rows.append((title, f"{took:.1f} s", told))
    store.close()
    table(f"Reports of {number:,} teams, {workers} workers", ("ours", ""), rows)


if __name__ == "__main__":
    main()

"""A scheduler as a process of its own, which looks often: python -m tests.reports.scheduler STORE FILE MADE."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from bedoeling_nb.reports import batch
from bedoeling_nb.reports.batch import Job, Outcome
from bedoeling_nb.reports.schedule import MakeAll, Service
from bedoeling_nb.store import Store

ROOT = Path(__file__).parents[2]


def pages(made: Path) -> MakeAll:
    """Writes a page for each job at once, and its name as a line of a file, for tests of what comes after."""

    def make_all(_store: str, jobs: Sequence[Job], folder: Path, *, pdf: bool = False) -> Iterator[Outcome]:
        for job in jobs:
            path = job.path(folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"<h1>{job.unit}</h1>")
            with made.open("a") as lines:
                lines.write(f"{job.unit}\n")
            yield Outcome(job, "made", path, f"print of {job.unit}")

    return make_all


@contextmanager
def process(url: str, file: Path, made: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A scheduler on a store. Without ``made`` its reports are real ones. It is killed at the end."""
    arguments = [sys.executable, "-m", "tests.reports.scheduler", url, str(file), str(made or "")]
    environment = os.environ | {"BEDOELING_STORE": url}
    running = subprocess.Popen(arguments, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def main(url: str, file: str, made: str) -> None:
    make_all = pages(Path(made)) if made else batch.make_all
    store = Store.open(url)
    service = Service(
        store, Path(file), make_all=make_all, lease=timedelta(seconds=4), poll=0.05, say=partial(print, flush=True)
    )
    signal.signal(signal.SIGTERM, lambda *_: service.stop())
    thread = threading.Thread(target=service.run)
    thread.start()
    thread.join()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What the tests of the store let other processes do."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from bedoeling_nb.errors import Conflict
from bedoeling_nb.store import Store, sessions, submissions

# Each process is a fork of one that imported these and opened nothing: it starts at once and shares no connection.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([__name__])


def start_line(runners: int) -> Barrier:
    """Where processes wait for each other; when one of them does not come the others give up."""
    return SERVER.Barrier(runners, timeout=60)


@contextmanager
def running(*calls: tuple[Any, ...]) -> Iterator[list[multiprocessing.process.BaseProcess]]:
    """A process for each (function, argument, …); none outlives the test."""
    processes = [SERVER.Process(target=function, args=arguments) for function, *arguments in calls]
    for process in processes:
        process.start()
    try:
        yield list(processes)
    finally:
        for process in processes:
            process.kill()
            process.join()


def submission(session: str, id: str, **fields: Any) -> submissions.Submission:
    """A submission with an answer to step "zien"."""
    given = {"step": "zien", "entry": "1", "participant": "ann", "answers": {"seen": id}} | fields
    return submissions.Submission(id=id, session=session, **given)


def open_and_close(url: str, together: Barrier) -> None:
    """Open a store at the same moment as others."""
    together.wait()
    Store.open(url).close()


def write(url: str, session: str, writer: str, batches: int, size: int, together: Barrier) -> None:
    """Write batches of submissions, together with others."""
    store = Store.open(url)
    together.wait()
    for batch in range(batches):
        results = submissions.add(
            store, [submission(session, f"{writer}-{batch}-{i}", participant=writer) for i in range(size)]
        )
        if results != [True] * size:
            raise AssertionError(results)
    store.close()


def write_for_ever(url: str, session: str, acknowledge: Connection) -> None:
    """Write one submission after another and name each that the store accepted, until somebody kills us."""
    store = Store.open(url)
    number = 0
    while True:
        number += 1
        if submissions.add(store, [submission(session, f"id-{number}")], most=10**9) == [True]:
            acknowledge.send(f"id-{number}")


def go_to(url: str, session: str, step: str, rev: int, together: Barrier, say: Connection) -> None:
    """A facilitator who goes to a step at the same moment as another."""
    store = Store.open(url)
    together.wait()
    try:
        say.send(sessions.go(store, session, step, rev=rev).step)
    except Conflict:
        say.send("conflict")
    store.close()

"""A private PostgreSQL for the tests: made in a temporary folder, reached over a socket in it, gone afterwards."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bedoeling_nb.store import tables

__all__ = ["Cluster", "binaries", "private_cluster"]

DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"
HOW = "Install PostgreSQL's server (Debian: apt-get install postgresql), or put its `initdb` on the PATH."

# Nothing has to outlive the tests, so nothing has to reach the disk.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=60")


class Cluster:
    """A running server; `database` makes databases in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._number = itertools.count(1)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database; dropped at the end."""
        name = f"test_{next(self._number)}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def empty(self, url: str) -> None:
        """Delete all rows of a store; whoever is still connected is sent away."""
        name = sa.make_url(url).database or ""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        deletions = (f'DELETE FROM "{table}"' for table in reversed(tables.metadata.sorted_tables))
        self._run("; ".join([f"{others} AND pid <> pg_backend_pid()", *deletions]), name)

    def _run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(host=str(self.folder), user=USER, dbname=database, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """Start a server that nobody else uses, and stop it afterwards."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket has room for about 100 characters
    as_user = _as_other_user(folder)
    data, log = folder / "data", folder / "log"
    try:
        initdb = [programs / "initdb", "--pgdata", data, "--username", USER, "--auth", "trust", "--no-sync"]
        _call([*initdb, "--encoding", "UTF8", "--locale", "C"], folder, as_user)
        settings = (*FAST, "listen_addresses=", f"unix_socket_directories={folder}")
        options = " ".join(f"-c {setting}" for setting in settings)
        _call([programs / "pg_ctl", "start", "--wait", "-D", data, "-l", log, "-o", options], folder, as_user)
        # The end of its input, also by the sudden death of these tests, tells this shell to stop the server.
        stop = f"cat; '{programs / 'pg_ctl'}' stop --wait -m immediate -D '{data}'; rm -r '{folder}'"
        apart = {"cwd": "/", "start_new_session": True, "stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
        with subprocess.Popen(["sh", "-c", stop], **apart, **as_user):
            yield Cluster(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binaries() -> Path:
    """The folder of PostgreSQL's server programs; installs them where that is possible, and fails where not."""
    found = _find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("PostgreSQL's server is missing: installing Debian's package `postgresql`", file=sys.stderr)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "postgresql"]
        if subprocess.run(install, env=environment, check=False).returncode != 0:  # perhaps no lists of packages yet
            subprocess.run(["apt-get", "update"], env=environment, check=False)
            subprocess.run(install, env=environment, check=False)
        found = _find()
    if found is None:
        pytest.fail(f"The tests of the store need PostgreSQL. {HOW}", pytrace=False)
    return found


def _find() -> Path | None:
    debian = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return debian[-1].parent if debian else Path(on_path).resolve().parent if on_path else None


def _as_other_user(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root; then it runs as the user that its package makes."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        pytest.fail(f"PostgreSQL refuses to run as root, and there is no user `{USER}`. {HOW}", pytrace=False)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _call(command: list[Any], folder: Path, as_user: dict[str, Any]) -> None:
    # The server inherits what pg_ctl writes to, so that is a file: a pipe would stay open as long as the server runs.
    with (folder / "calls").open("a+") as output:
        done = subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False, **as_user)
    if done.returncode:
        said = "".join(path.read_text() for path in (folder / "calls", folder / "log") if path.exists())
        pytest.fail(f"PostgreSQL does not start: {' '.join(map(str, command))}\n{said}", pytrace=False)

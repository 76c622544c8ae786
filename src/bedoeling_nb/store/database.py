"""The connection to the database: SQLite or PostgreSQL behind one door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite

from bedoeling_nb.errors import StoreError
from bedoeling_nb.settings import Settings
from bedoeling_nb.texts import N_

__all__ = ["Store"]

BUSY_SECONDS = 15
SCRUB_AGAIN = (0, 0.2, 1, 3)  # seconds before each try
WRITERS_LOCK = 8866  # any number, the same in every process

MOUNTS = Path("/proc/mounts")

# File systems on which SQLite's write-ahead log cannot work (its shared memory is not shared between machines).
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs"}


class Store:
    """An open store. Reads see committed data; writes are one at a time, in every process, so `seq` never goes back."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._watches: list[sa.PoolProxiedConnection] = []

    @classmethod
    def open(cls, url: str | None = None, *, make: bool = True) -> Self:
        """Open the store at an SQLAlchemy URL (by default that of the settings), making or migrating the tables.

        Raises StoreError when it cannot be reached, lies on a network share (SQLite), or is of a newer version; and
        without ``make``, when there is no such file (SQLite).
        """
        url = url or Settings().store
        try:
            address = sa.make_url(url)
        except (sa.exc.ArgumentError, ValueError):  # ValueError: a port that is no number
            raise StoreError(
                N_("“{url}” is not the address of a database. Example: sqlite:///.bedoeling/store.db"), url=url
            ) from None
        if address.get_backend_name() not in ("sqlite", "postgresql"):
            raise StoreError(
                N_("The store is SQLite or PostgreSQL, not {backend}."), backend=address.get_backend_name()
            )
        engine = _sqlite(address, make) if address.get_backend_name() == "sqlite" else _postgresql(address)
        store = cls(engine)
        try:
            store._migrate()
        except sa.exc.DBAPIError as error:
            store.close()
            raise StoreError(
                N_("The store {url} cannot be opened: {problem}"),
                url=address.render_as_string(hide_password=True),
                problem=error.orig,
            ) from error
        except StoreError:
            store.close()
            raise
        return store

    @property
    def url(self) -> str:
        """The SQLAlchemy URL, with its password: for our own processes only."""
        return self.engine.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Let go of all connections."""
        while self._watches:
            self._watches.pop().close()
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the store."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:  # its default shows each query another state
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that is alone in writing. Committed at the end, rolled back on an error.

        Being alone makes sequence numbers appear in order: without it a reader that remembers the last number it saw
        could miss a row whose lower number is committed later.
        """
        with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITERS_LOCK)))
            yield connection

    def scrub(self) -> bool:
        """Let what was deleted leave the files too; False when somebody who reads kept us from it.

        Older copies of a page stand in SQLite's log until it is written back, and in PostgreSQL's tables until they are
        written anew. PostgreSQL's own log, and its archive, keep what they keep.
        """
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql("VACUUM (FULL) submission, link, intervention, course, score, wave_total")
                return True
            try:
                connection.exec_driver_sql("PRAGMA busy_timeout=0")  # we hold no writer up while we wait for a reader
                for seconds in SCRUB_AGAIN:
                    time.sleep(seconds)
                    busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
                    if not busy:
                        return True
                return False
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    def changed(self) -> Callable[[], bool]:
        """A function that says, cheaply, whether another connection may have written since it was last called."""
        if not self.is_sqlite:
            return lambda: True  # the queries behind it are cheap too
        # Its own connection, without a transaction: in one it would see the same version, and the same rows, for ever.
        watch = self.engine.raw_connection()
        watch.detach()
        self._watches.append(watch)
        seen: list[tuple[int]] = []

        def look() -> bool:
            cursor = watch.cursor()
            version = cursor.execute("PRAGMA data_version").fetchone()
            cursor.close()
            if seen == [version]:
                return False
            seen[:] = [version]
            return True

        return look

    def insert_new(self, table: sa.Table) -> Any:
        """An INSERT that leaves a row alone when its key is there already."""
        return self._insert(table).on_conflict_do_nothing()

    def upsert(self, table: sa.Table, rows: list[dict[str, Any]], connection: sa.Connection) -> None:
        """Insert rows, or update them where their primary key is there already."""
        if not rows:
            return
        statement = self._insert(table)
        keys = [column.name for column in table.primary_key]
        others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)

    def _insert(self, table: sa.Table) -> Any:
        return (sqlite if self.is_sqlite else postgresql).insert(table)

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        with self.read() as connection:
            if MigrationContext.configure(connection).get_current_revision() == scripts.get_current_head():
                return
        with self.write() as connection:  # alone: two processes that start together do not both migrate
            current = MigrationContext.configure(connection).get_current_revision()
            if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
                raise StoreError(
                    N_("The store was made by a newer version of bedoeling_nb ({revision}). Install that one."),
                    revision=current,
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _postgresql(address: sa.URL) -> sa.Engine:
    address = address.set(drivername="postgresql+psycopg")
    return sa.create_engine(
        address,
        pool_pre_ping=True,
        connect_args={"connect_timeout": BUSY_SECONDS},
        hide_parameters=True,  # what people wrote does not belong in a log
    )


def _sqlite(address: sa.URL, make: bool) -> sa.Engine:
    if not address.database or address.database == ":memory:":
        raise StoreError(N_("The store must be a file that several processes can open: sqlite:///PATH"))
    path = Path(address.database).absolute()
    if not make and not path.is_file():
        raise StoreError(
            N_(
                "There is no store at {path}. Look at --store and BEDOELING_STORE. A new one is made by: bedoeling "
                "serve, demo, or import units"
            ),
            path=path,
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(N_("The store {url} cannot be opened: {problem}"), url=path, problem=error) from None
    if _file_system(path.parent) in _NETWORK:
        raise StoreError(
            N_("{path} is on a network share, where SQLite loses data. Choose a local disk, or PostgreSQL."), path=path
        )
    engine = sa.create_engine(
        address.set(drivername="sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is overwritten; we seldom delete
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A deferred transaction that first reads and then writes fails when another wrote in between; IMMEDIATE waits.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")

    return engine


def _file_system(path: Path) -> str:
    """The type of the file system that holds a path, where /proc tells (Linux); else an empty string."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    # A space in a name is written \040. What is mounted later on the same place hides what was there.
    mounts = [(line.split()[1].replace(r"\040", " "), line.split()[2]) for line in reversed(lines)]
    path = path.resolve()
    fitting = [(point, kind) for point, kind in mounts if path.is_relative_to(point)]
    return max(fitting, key=lambda mount: len(mount[0]), default=("", ""))[1]

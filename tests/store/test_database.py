"""The door to the database: opening, migrating, refusing, one writer at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from bedoeling_nb.errors import StoreError
from bedoeling_nb.store import Store, database, sessions, submissions, tables
from bedoeling_nb.store import units as store_units
from tests.conftest import ORGANISATION
from tests.postgres import Cluster
from tests.store.processes import open_and_close, running, start_line, submission


def config(connection: sa.Connection) -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def rows(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def open_files(part: str) -> list[str]:
    names = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            names.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return [name for name in names if part in name]


# --- migrations


def test_migrations_make_exactly_the_tables_of_the_metadata(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []
        assert set(sa.inspect(connection).get_table_names()) == {*tables.metadata.tables, "alembic_version"}


def test_migrations_can_be_taken_back_and_made_again(new_url: str) -> None:
    store = Store.open(new_url)
    with store.write() as connection:
        command.downgrade(config(connection), "base")
    with store.read() as connection:
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    store.close()
    again = Store.open(new_url)
    store_units.add(again, ORGANISATION)
    assert len(store_units.all_units(again)) == len(ORGANISATION)
    again.close()


def test_a_store_is_kept_when_it_is_opened_again(new_url: str) -> None:
    first = Store.open(new_url)
    store_units.add(first, ORGANISATION)
    first.close()
    second = Store.open(new_url)
    assert store_units.get(second, "wekerom") in ORGANISATION
    second.close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(new_url: str) -> None:
    store = Store.open(new_url)
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer version of bedoeling_nb \(9999\)"):
        Store.open(new_url)
    with store.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "9999"
    store.close()


def test_processes_that_open_a_new_store_at_the_same_moment_all_succeed(new_url: str) -> None:
    together = start_line(4)
    with running(*[(open_and_close, new_url, together)] * 4) as processes:
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4


def test_a_migration_that_fails_leaves_nothing_behind(new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def upgrade(config: Config, revision: str) -> None:
        config.attributes["connection"].execute(sa.text("CREATE TABLE half (id INTEGER)"))
        raise sa.exc.OperationalError("ALTER", {}, Exception("the disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(database.command, "upgrade", upgrade)
        with pytest.raises(StoreError, match="the disk is full"):
            Store.open(new_url)
    store = Store.open(new_url)
    with store.read() as connection:
        assert "half" not in sa.inspect(connection).get_table_names()
    store.close()


# --- addresses


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not an address", "“not an address” is not the address of a database"),
        ("mysql://localhost/db", "The store is SQLite or PostgreSQL, not mysql"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("postgresql://localhost:port/db", "is not the address of a database"),
        ("postgresql://nobody@/nothing?host=/nonexistent", "cannot be opened"),
    ],
)
def test_an_address_that_is_no_store_is_refused_with_a_reason(url: str, said: str) -> None:
    with pytest.raises(StoreError) as refused:
        Store.open(url)
    assert said in refused.value.message("en")


def test_a_wrong_address_in_the_environment_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDOELING_STORE", "somewhere")
    with pytest.raises(StoreError, match="“somewhere” is not the address"):
        Store.open()


def test_the_store_of_the_settings_is_opened_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEDOELING_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    Store.open().close()
    assert (tmp_path / ".bedoeling" / "store.db").is_file()


def test_a_password_is_not_shown_when_the_store_cannot_be_opened() -> None:
    with pytest.raises(StoreError) as refused:
        Store.open("postgresql://bea:hunter2@/nothing?host=/nonexistent")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("driver", ["", "+asyncpg", "+aiosqlite"])
def test_an_address_with_another_driver_means_ours(driver: str, new_url: str) -> None:
    backend, rest = new_url.replace("+psycopg", "").split(":", 1)
    store = Store.open(f"{backend}{driver}:{rest}")
    assert store.engine.driver == {"sqlite": "pysqlite", "postgresql": "psycopg"}[backend]
    store.close()


def test_a_database_that_does_not_exist_is_named(cluster: Cluster) -> None:
    with pytest.raises(StoreError, match='database "nothing" does not exist'):
        Store.open(cluster.url("nothing"))


@pytest.mark.parametrize("what", ["a folder", "other content", "below a file"])
def test_a_path_that_is_no_sqlite_file_is_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    match what:
        case "a folder":
            path.mkdir()
        case "other content":
            path.write_text("Dit is geen database. " * 100, encoding="utf-8")
        case "below a file":
            path.write_text("", encoding="utf-8")
            path = path / "store.db"
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(f"sqlite:///{path}")


def test_folders_of_a_new_sqlite_store_are_made(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path / 'een' / 'twee' / 'store.db'}").close()
    assert (tmp_path / "een" / "twee" / "store.db").is_file()


# --- network shares


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that lists what is mounted where."""
    path = tmp_path / "mounts"
    monkeypatch.setattr(database, "MOUNTS", path)
    return path


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_an_sqlite_store_on_a_network_share_is_refused(kind: str, mounts: Path, tmp_path: Path) -> None:
    share = tmp_path / "share"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/share {share} {kind} rw 0 0\n", encoding="utf-8")
    with pytest.raises(StoreError, match="is on a network share, where SQLite loses data"):
        Store.open(f"sqlite:///{share / 'below' / 'store.db'}")
    assert not (share / "below" / "store.db").exists()
    Store.open(f"sqlite:///{tmp_path / 'shared' / 'store.db'}").close()


def test_a_link_to_a_network_share_is_refused(mounts: Path, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    mounts.write_text(f"server:/share {tmp_path / 'share'} nfs rw 0 0\n", encoding="utf-8")
    with pytest.raises(StoreError, match="network share"):
        Store.open(f"sqlite:///{tmp_path / 'link' / 'store.db'}")


def test_a_network_share_with_a_space_in_its_name_is_refused(mounts: Path, tmp_path: Path) -> None:
    share = tmp_path / "team share"
    mounts.write_text(f"//server/x {tmp_path}/team\\040share cifs rw 0 0\n", encoding="utf-8")
    with pytest.raises(StoreError, match="network share"):
        Store.open(f"sqlite:///{share / 'store.db'}")


def test_what_is_mounted_last_on_a_place_counts(mounts: Path, tmp_path: Path) -> None:
    mounts.write_text(f"auto {tmp_path} autofs rw 0 0\nserver:/x {tmp_path} nfs rw 0 0\n", encoding="utf-8")
    with pytest.raises(StoreError, match="network share"):
        Store.open(f"sqlite:///{tmp_path / 'store.db'}")


def test_a_system_that_lists_no_mounts_can_have_a_store(mounts: Path, tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path / 'store.db'}").close()
    assert not mounts.exists()


# --- transactions


def test_sqlite_commits_reach_the_disk_before_they_are_acknowledged(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    with store.read() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar_one() == 2  # FULL
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
    store.close()


def test_a_writer_is_alone(store: Store) -> None:
    with store.write():
        if store.is_sqlite:
            other = sqlite3.connect(str(store.engine.url.database), timeout=0, isolation_level=None)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            other.close()
        else:
            with store.read() as connection:
                lock = sa.select(sa.func.pg_try_advisory_lock(database.WRITERS_LOCK))
                assert connection.execute(lock).scalar_one() is False


def test_nothing_is_kept_of_a_transaction_that_fails(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:  # noqa: PT012
        connection.execute(sa.insert(tables.secret), [{"name": "a", "value": "b"}])
        raise ZeroDivisionError
    with store.read() as connection:
        assert rows(connection, tables.secret) == 0


def test_a_reader_sees_one_state_while_another_writes(store: Store, session: sessions.Session) -> None:
    sessions.go(store, session.id, "zien", rev=0)
    with store.read() as connection:
        assert rows(connection, tables.submission) == 0
        assert submissions.add(store, [submission(session.id, "a")]) == [True]
        assert rows(connection, tables.submission) == 0
    with store.read() as connection:
        assert rows(connection, tables.submission) == 1


def test_whoever_watches_the_store_hears_of_every_write(store: Store, session: sessions.Session) -> None:
    changed, also = store.changed(), store.changed()
    other = Store.open(store.url)
    assert changed()
    assert also()
    for number, writer in enumerate((store, other, store)):
        sessions.go(writer, session.id, "zien", rev=number)
        assert changed()
        assert also()
    other.close()


def test_watching_an_sqlite_store_is_quiet_while_nobody_writes(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    changed = store.changed()
    assert changed()
    with store.read() as connection:
        assert rows(connection, tables.submission) == 0
    assert not changed()
    store.close()


def test_watching_does_not_hold_up_the_clearing_of_sqlites_log(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    changed = store.changed()
    assert changed()
    store_units.add(store, ORGANISATION)
    with store.engine.connect() as connection:
        busy, log, checkpointed = connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, log, checkpointed) == (0, 0, 0)
    store.close()


def test_many_watchers_leave_connections_for_others(store: Store) -> None:
    watchers = [store.changed() for _ in range(40)]
    assert all(watch() for watch in watchers)
    with store.read() as connection:
        assert rows(connection, tables.unit) == 0


def test_a_closed_sqlite_store_holds_no_file(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    assert store.changed()()
    assert open_files(str(tmp_path))
    store.close()
    assert open_files(str(tmp_path)) == []


def test_a_moment_without_a_time_zone_is_refused(store: Store, session: sessions.Session) -> None:
    naive = session.created_at.replace(tzinfo=None)
    with pytest.raises(sa.exc.StatementError, match="has no time zone"):
        sessions.go(store, session.id, "zien", rev=0, at=naive)
    assert sessions.state(store, session.id) == sessions.State()

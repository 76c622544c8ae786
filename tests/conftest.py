"""What every test may use: a store on both databases, a small organisation, a session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from bedoeling_nb.community import Unit
from bedoeling_nb.instruments import Instrument, find
from bedoeling_nb.store import Store, sessions, units
from tests.postgres import Cluster, private_cluster

hypothesis.settings.register_profile("bedoeling", deadline=None, max_examples=60)  # a slow machine is not a failure
hypothesis.settings.load_profile("bedoeling")

CHROMIUM = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

ORGANISATION = (
    Unit("heeren-loo", None, "organisation", "'s Heeren Loo"),
    Unit("oost", "heeren-loo", "region", "Oost"),
    Unit("wekerom", "oost", "location", "Wekerom"),
    Unit("wekerom-01", "wekerom", "team", "Team 1"),
    Unit("wekerom-02", "wekerom", "team", "Team 2"),
    Unit("west", "heeren-loo", "region", "West"),
)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of these tests alone."""
    with private_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, for all tests: Playwright starts once in a process."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(CHROMIUM), ignore_default_args=["--headless"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgresql_url(cluster: Cluster) -> Iterator[str]:
    """A PostgreSQL database with our tables, for one test after the other: emptying is cheaper than copying."""
    with cluster.database() as url:
        Store.open(url).close()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our tables, to copy."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each of the databases that a store may be kept in."""
    return str(request.param)


@pytest.fixture
def new_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a store that was never opened: no tables."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
    else:
        with request.getfixturevalue("cluster").database() as url:
            yield url


@pytest.fixture
def store_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty store, of which a test may change the rows but not the tables."""
    if backend == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.db")
        yield f"sqlite:///{tmp_path / 'store.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
        yield url
        request.getfixturevalue("cluster").empty(url)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on each database."""
    opened = Store.open(store_url)
    yield opened
    opened.close()


@pytest.fixture
def organisation(store: Store) -> tuple[Unit, ...]:
    """A small organisation, in the store."""
    units.add(store, ORGANISATION)
    return ORGANISATION


@pytest.fixture(scope="session")
def script() -> Instrument:
    """The script of the resonance meeting."""
    return find("resonance")


@pytest.fixture
def session(store: Store, organisation: tuple[Unit, ...], script: Instrument) -> sessions.Session:
    """A session of team wekerom-01; no step is open yet."""
    return sessions.create(store, "wekerom-01", script)

"""Real browsers on the real server: Chromium, driven by Playwright, and what every test of a page asserts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bedoeling_nb import sample
from bedoeling_nb.store import Store
from tests.servers import Server

PATIENCE = int(os.environ.get("PATIENCE", "60000"))
"""Milliseconds before a test gives up. A kernel on a busy machine takes its time, and that is not a failure."""

PHONE = {"width": 360, "height": 740}
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

STILL = """Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < Infinity)
  .map((one) => one.finished.catch(() => {})))"""
"""Colours are judged when what fades in has done so."""

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder drive a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Show what the servers said when a test failed."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Server):
                report.sections.append((f"what the server on port {value.port} said", value.log[-8000:]))
    return report


class Visitors:
    """Browsers as different people have them; watches what their pages ask for and complain about."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def context(self, **options: Any) -> BrowserContext:
        """A browser that nobody used before."""
        context = self.browser.new_context(**({"locale": "nl-NL", "timezone_id": "Europe/Amsterdam"} | options))
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("page", self._watch)
        self.contexts.append(context)
        return context

    def _watch(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: "Content Security Policy" in said.text and self.complaints.append(f"{page.url}: {said.text}"),
        )

    def phone(self, address: str, **options: Any) -> Page:
        """A phone that opens an address."""
        page = self.context(**({"viewport": PHONE, "has_touch": True, "is_mobile": True} | options)).new_page()
        page.goto(address)
        return page

    def screen(self, **options: Any) -> Page:
        """The facilitator's screen."""
        return self.context(**({"viewport": {"width": 1600, "height": 900}} | options)).new_page()

    def leave(self) -> None:
        """Close everything."""
        while self.contexts:
            self.contexts.pop().close()


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Visitors]:
    """People with browsers. Afterwards: no page asked another host for anything, and none broke."""
    here = Visitors(chromium)
    yield here
    here.leave()
    hosts = {urlsplit(url).hostname for url in here.requests if urlsplit(url).scheme not in ("data", "blob", "about")}
    assert hosts <= {"127.0.0.1"}, hosts
    assert not here.complaints, here.complaints


@pytest.fixture(scope="session")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the sample community, to copy."""
    path = tmp_path_factory.mktemp("community") / "store.db"
    store = Store.open(f"sqlite:///{path}")
    sample.fill(store, sample.make(seed=7))
    store.close()
    return path


@pytest.fixture(scope="module")
def server(community: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The apps and the phones' page, on a store with the sample community."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(community, folder / "store.db")
    running = Server(f"sqlite:///{folder / 'store.db'}", folder, apps=True).start()
    yield running
    running.stop()


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    """The store of the server."""
    opened = Store.open(server.store_url)
    yield opened
    opened.close()


Check = Callable[[Page], None]


@pytest.fixture(scope="session")
def accessible() -> Check:
    """Assert that axe-core finds nothing wrong with a page (WCAG 2.2, levels A and AA)."""
    axe = Axe()

    def check(page: Page) -> None:
        for _ in range(3):  # what came in while axe looked fades in too
            page.evaluate(STILL)
            found = axe.run(page, options={"runOnly": {"type": "tag", "values": list(WCAG)}})
            if not found.response["violations"]:
                break
            page.wait_for_timeout(500)
        assert not found.response["violations"], f"{page.url}\n{found.generate_report()}"
        assert found.response["passes"], "axe-core looked at nothing"

    return check

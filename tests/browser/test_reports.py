"""The report desk: make, open, see why something failed, and what comes by itself."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bedoeling_nb.store import Store, report_runs, schedules
from bedoeling_nb.store.report_runs import ReportRun
from tests.browser.conftest import Check, Visitors
from tests.browser.people import Facilitator, nl
from tests.servers import Server

SCHEDULE = """
entries:
  - id: wekerom-kwartaal
    report: unit
    units: [wekerom]
    period: quarter
    when: "0 7 1 jan,apr,jul,oct *"
    folder: {folder}/made
    recipients:
      - folder: {folder}/delivered/{{unit}}
"""


@pytest.fixture(scope="module")
def desk_server(
    community: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Server]:
    """A server with a schedule, and a folder of its own for reports."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(community, folder / "store.db")
    (folder / "schedule.yaml").write_text(SCHEDULE.format(folder=folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEDOELING_SCHEDULE", str(folder / "schedule.yaml"))
        patch.setenv("BEDOELING_REPORTS", str(folder / "asked"))
        running = Server(f"sqlite:///{folder / 'store.db'}", folder, apps=True).start()
    yield running
    running.stop()


@pytest.fixture
def store(desk_server: Server) -> Iterator[Store]:
    opened = Store.open(desk_server.store_url)
    yield opened
    opened.close()


@pytest.fixture
def desk(visitors: Visitors, desk_server: Server) -> Page:
    """Somebody at the desk, by way of the front page."""
    leader = Facilitator(visitors.screen(), desk_server)
    leader.log_in()
    leader.page.get_by_role("link", name="Verslagen").click()
    expect(leader.page.get_by_role("heading", level=1)).to_have_text("Verslagen")
    return leader.page


def test_a_report_is_made_and_opened(
    desk: Page, visitors: Visitors, desk_server: Server, store: Store, accessible: Check
) -> None:
    accessible(desk)
    expect(desk.get_by_label("Periode").locator("option:checked")).to_have_text(re.compile("kwartaal"))
    desk.get_by_label("Over").select_option("wekerom-03")
    desk.get_by_label("Periode").select_option("2026-Q3")
    desk.get_by_label("ook als PDF").check()
    desk.get_by_role("button", name=nl("Make the report")).click()
    row = desk.locator(".bn-run").filter(has_text="Wonen De Linde")
    expect(row).to_contain_text("gemaakt")
    expect(row).to_contain_text("3e kwartaal 2026")
    accessible(desk)
    with desk.expect_popup() as opened:
        row.get_by_role("link", name=re.compile("^Open")).click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text("Wonen De Linde")
    accessible(opened.value)
    [run] = [one for one in report_runs.recent(store) if one.unit == "wekerom-03"]
    base = f"{desk_server.url}bedoeling/reports/{run.id}"
    assert desk.request.get(f"{base}.pdf").body().startswith(b"%PDF-")
    assert desk.request.get(f"{base}.ipynb").json()["metadata"]["papermill"]["parameters"]["unit"] == "wekerom-03"
    assert desk.request.get(f"{base[:-1]}x.html").status == 404
    stranger = visitors.context()
    for suffix in ("html", "pdf", "ipynb"):
        assert "Wonen De Linde" not in stranger.request.get(f"{base}.{suffix}").text()
        assert stranger.request.get(f"{base}.{suffix}", max_redirects=0).status == 302

    row.get_by_role("button", name=re.compile(f"^{nl('Make again')}")).click()
    expect(desk.locator(".bn-run").filter(has_text="Wonen De Linde")).to_have_count(2)


def test_one_press_makes_no_report_of_all(desk: Page) -> None:
    over = desk.get_by_label("Over")
    expect(over.locator("option:checked")).to_have_text(nl("Choose…"))
    desk.get_by_role("button", name=nl("Make the report")).click()
    expect(over).to_be_focused()
    expect(desk.get_by_role("progressbar")).to_have_count(0)
    over.select_option(label="alle (60)")
    expect(desk.get_by_role("button", name="Maak 60 verslagen")).to_be_visible()


def test_only_what_there_is_can_be_chosen_in_the_order_of_the_organisation(desk: Page) -> None:
    desk.get_by_label("Verslag", exact=True).select_option("unit")
    names = desk.get_by_label("Over").locator("option").all_text_contents()
    places = [
        next(at for at, name in enumerate(names) if f"({one})" in name) for one in ("wekerom", "veluwe", "putten")
    ]
    assert places == sorted(places)
    years = desk.get_by_label("Periode").locator("option").filter(has_not_text="kwartaal").all_text_contents()
    assert 1 < len(years) < 4  # the made-up community began last year


def test_that_it_is_busy_is_said_as_long_as_it_is(desk: Page) -> None:
    desk.get_by_label("Over").select_option("wekerom-04")
    desk.get_by_label("Periode").select_option("2026-Q3")
    desk.get_by_role("button", name=nl("Make the report")).click()
    expect(desk.get_by_role("progressbar")).to_be_visible(timeout=500)
    expect(desk.get_by_role("status")).to_have_text("Klaar: 1 gemaakt.")
    desk.get_by_role("button", name=re.compile(f"^{nl('Make again')}")).first.dblclick()
    expect(desk.get_by_role("alert")).to_contain_text(nl("Reports are being made already. Wait until they are ready."))
    expect(desk.get_by_role("alert")).to_have_text("")
    desk.get_by_role("button", name=nl("Make the report")).click()
    expect(desk.get_by_role("status")).to_contain_text("1 al eerder gemaakt")


def test_why_something_failed_stays_open_while_the_desk_goes_on(desk: Page, store: Store, accessible: Check) -> None:
    failed = ReportRun("team", "wekerom-05", "2026-Q2", "nl", "/weg/team.html", "f", "host:1")
    report_runs.begin(store, failed)
    expect(desk.locator(".bn-run").filter(has_text="wordt gemaakt")).to_have_count(1)
    report_runs.end(store, failed.id, "failed", problem="De schijf is vol.", traceback="Traceback\n  OSError: <vol>")
    row = desk.locator(".bn-run").filter(has_text="De schijf is vol.")
    expect(row).to_contain_text("mislukt")
    row.get_by_text(nl("The whole message, for whoever mends it")).click()
    expect(row.locator("pre")).to_have_text("Traceback\n  OSError: <vol>")
    desk.get_by_role("button", name="mislukt (1)").click()
    expect(desk.locator(".bn-run")).to_have_count(1)
    other = ReportRun("team", "wekerom-06", "2026-Q2", "nl", "/weg/ander.html", "f", "host:1")
    report_runs.begin(store, other)
    report_runs.end(store, other.id, "failed", problem="Iets anders.")
    expect(desk.locator(".bn-run")).to_have_count(2)
    expect(row.locator("pre")).to_be_visible()
    accessible(desk)


def test_what_comes_by_itself(desk: Page, store: Store, accessible: Check) -> None:
    entry = desk.locator(".bn-entry")
    expect(entry).to_contain_text("wekerom-kwartaal")
    expect(entry).to_contain_text(nl("Has not run yet."))
    entry.get_by_role("button", name=re.compile("^Pauzeer")).click()
    expect(entry).to_contain_text("gepauzeerd")
    assert schedules.entries(store)["wekerom-kwartaal"].paused
    entry.get_by_role("button", name=re.compile("^Ga verder")).click()
    expect(entry).to_contain_text("volgende:")
    entry.get_by_role("button", name=re.compile("^Doe het nu")).click()
    expect(entry).to_contain_text("1 goed, 0 mislukt")
    accessible(desk)
    made = Path(store.engine.url.database or "").parent
    assert [path.suffix for path in (made / "delivered" / "wekerom").iterdir()] == [".html"]

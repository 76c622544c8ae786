"""The waves' desk: open a wave, share it, see people take part, close it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from bedoeling_nb.community import new_id, now
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, waves
from tests.browser.conftest import PHONE, Check, Visitors
from tests.browser.people import Facilitator, Phone, crowd, nl
from tests.servers import Server

TEAM = "Wonen De Linde"


@pytest.fixture
def desk(visitors: Visitors, server: Server) -> Page:
    """Somebody at the desk, by way of the front page, on a small laptop."""
    page = visitors.screen(viewport={"width": 1366, "height": 768}, permissions=["clipboard-read", "clipboard-write"])
    Facilitator(page, server).log_in()
    page.get_by_role("link", name="Metingen").click()
    return page


def press(page: Page | Locator, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, unit: str) -> None:
    """Fill in the form for the climate of a unit."""
    page.get_by_role("radio", name=re.compile("^Veilig leerklimaat")).check()
    page.get_by_label(nl("Of which unit?")).select_option(unit)


def took_part(row: Locator, people: int) -> None:
    """The desk counts so many people of a team."""
    expect(row.locator(".bn-rate-text")).to_have_text(re.compile(f"^{people} van"))


def test_from_opening_a_wave_until_it_is_closed(
    desk: Page, visitors: Visitors, server: Server, store: Store, accessible: Check
) -> None:
    press(desk, nl("Open a new wave"))
    choose(desk, "wekerom")
    expect(desk.locator(".bn-sentence")).to_contain_text("Hiermee vraag je 9 teams (90 mensen) om “Veilig leerklimaat”")
    press(desk, nl("Open the wave"))
    expect(desk.get_by_role("heading", name="Veilig leerklimaat")).to_be_focused()
    wave = waves.get(store, "climate")
    assert wave.is_open(now())

    row = desk.locator(".bn-team", has_text=TEAM)
    press(row, f"{nl('Link and QR code')}: {TEAM}")
    address = row.get_by_role("link", name=server.join).get_attribute("href") or ""
    press(row, nl("Copy the text"))
    expect(row.get_by_text(nl("Copied ✓"))).to_be_visible()
    assert address in desk.evaluate("navigator.clipboard.readText()")
    accessible(desk)

    desk.evaluate("window.sameLoad = true")
    qr = row.locator(".bn-qr").element_handle()
    took_part(row, 0)
    person = visitors.phone(address)
    Phone(person).take_part()
    person.get_by_role("radio", name="eens", exact=True).check()
    press(person, nl("Next"))
    took_part(row, 1)
    code = address.rsplit("/", maxsplit=1)[-1]
    crowd(server, code, "safety", [{"s1": 3, "s2": 4}] * 5)
    took_part(row, 6)
    expect(desk.locator(".bn-total")).to_contain_text(re.compile(r"6 van 90 · 7\s%"))
    assert desk.evaluate("window.sameLoad")
    assert qr.evaluate("node => node.isConnected")  # what is looked at stays as it is

    press(desk, nl("Close now…"))
    expect(desk.locator(".bn-doubt")).to_contain_text("6 van 90 mensen deden mee")
    expect(desk.get_by_role("button", name=nl("No, leave it open"))).to_be_focused()
    press(desk, nl("Yes, close it"))
    expect(desk.locator(".bn-one .bn-state")).to_contain_text(nl("closed"))
    expect(desk.locator(".bn-qr")).to_have_count(0)
    accessible(desk)
    late = visitors.phone(address)
    expect(late.get_by_text(re.compile(nl("You cannot send anything any more.")))).to_be_visible()
    with desk.expect_popup() as opened:
        row.get_by_role("link", name=nl("Look at it with the team")).click()
    expect(opened.value.get_by_role("heading", name=nl("Our profile"))).to_be_visible()


def test_the_form_says_what_is_missing_and_asks_before_it_asks_people_twice(
    desk: Page, store: Store, accessible: Check
) -> None:
    waves.open_wave(store, find("climate"), "wekerom-05", now() + timedelta(days=7))
    press(desk, nl("Open a new wave"))
    press(desk, nl("Open the wave"))
    expect(desk.get_by_text(nl("Choose a questionnaire."))).to_be_visible()
    expect(desk.get_by_text(nl("Choose the unit whose teams you ask."))).to_be_visible()
    accessible(desk)
    before = len(waves.recent(store))
    choose(desk, "wekerom")
    expect(desk.get_by_text(nl("Choose a questionnaire."))).to_have_count(0)
    press(desk, nl("Open the wave"))
    expect(desk.locator(".bn-doubt")).to_contain_text("bij 1 van de 9")
    accessible(desk)
    desk.get_by_label(nl("Of which unit?")).select_option("wekerom-06")
    expect(desk.locator(".bn-doubt")).to_be_empty()  # that was about something else
    desk.get_by_label(nl("Of which unit?")).select_option("wekerom-05")
    press(desk, nl("Open the wave"))
    expect(desk.locator(".bn-doubt")).to_contain_text("bij 1 van de 1")
    assert len(waves.recent(store)) == before
    press(desk, nl("Open it all the same"))
    expect(desk.locator(".bn-total")).to_be_visible()
    assert len(waves.recent(store)) == before + 1


def test_the_sheets_are_printed_by_who_is_logged_in_and_a_reload_comes_back(
    desk: Page, visitors: Visitors, store: Store, accessible: Check
) -> None:
    wave = waves.open_wave(store, find("vitality"), "wekerom", now() + timedelta(days=7))
    expect(desk.locator(".bn-wave").first).to_contain_text("Leeft het?")
    desk.set_viewport_size(PHONE)
    accessible(desk)
    desk.get_by_role("button", name=re.compile("Leeft het")).first.click()
    with desk.expect_popup() as opened:
        desk.get_by_role("link", name=nl("Print the sheets (A4, one a team)")).click()
    sheets = opened.value
    expect(sheets.locator("section")).to_have_count(9)
    [code] = [one.code for one in waves.responses(store, wave) if one.name == TEAM]
    expect(sheets.locator("section", has_text=TEAM)).to_contain_text(code)
    accessible(sheets)
    for nowhere in (f"{sheets.url}&team=QQQQQQ", sheets.url.replace(wave.id, new_id())):
        assert desk.request.get(nowhere).status == 404
    assert visitors.context().request.get(sheets.url, max_redirects=0).status == 302
    desk.reload()
    expect(desk.get_by_role("heading", name="Leeft het?")).to_be_visible()
    desk.get_by_role("button", name=re.compile(f"^{nl('Link and QR code')}")).first.click()
    expect(desk.locator(".bn-qr")).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    accessible(desk)

"""A questionnaire on the phone: at one's own pace, one question a screen, kept when the page goes away."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from bedoeling_nb.community import now, start_of_day
from bedoeling_nb.instruments import find
from bedoeling_nb.privacy import linking_hash
from bedoeling_nb.store import Store, secrets, sessions, submissions, waves
from bedoeling_nb.store.sessions import Session
from tests.browser.conftest import PHONE, Check, Visitors
from tests.browser.people import nl
from tests.kept import codes, open_all
from tests.servers import Server, until


@pytest.fixture
def asked(store: Store) -> Session:
    """The pulse, asked of team wekerom-03."""
    wave = waves.open_wave(store, find("promises-pulse"), "wekerom-03", now() + timedelta(days=7))
    [session] = waves.sessions_of(store, wave)
    return session


UNCOVERED = """(node) => {
  const {left, top, width, height} = node.getBoundingClientRect();
  return [top + 2, top + height - 2].every((y) => document.elementFromPoint(left + width / 2, y) === node);
}"""
"""Is all of a button or field on the screen, with nothing over it?"""

KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('bn-session-'))"

CLOCK = """
  const real = Date.now;
  Date.now = () => real() + 1.08e7;
  const Stream = EventSource;
  window.EventSource = class extends Stream {
    constructor(...all) {
      super(...all);
      window.ping = (data) => this.dispatchEvent(new MessageEvent("ping", { data }));
    }
  };
"""


def skip_all(page: Page, begin: int = 1) -> None:
    """Answer nothing of the pulse from a question on."""
    for number in range(begin, 11):
        expect(page.locator("header p")).to_have_text(f"Vraag {number} van 10")
        page.get_by_role("button", name=nl("Skip")).click()


def begin(visitors: Visitors, server: Server, session: Session) -> Page:
    page = visitors.phone(f"{server.join}{session.code}")
    page.get_by_role("button", name=nl("Take part")).click()
    expect(page.locator("header p")).to_have_text("Vraag 1 van 10")
    return page


def test_from_the_first_question_to_the_last(
    visitors: Visitors, server: Server, asked: Session, store: Store, accessible: Check
) -> None:
    page = begin(visitors, server, asked)
    accessible(page)
    expect(page.get_by_role("button", name=nl("Back"))).to_have_count(0)
    for number in range(1, 10):
        expect(page.locator("header p")).to_have_text(f"Vraag {number} van 10")
        if number == 3:
            page.get_by_role("button", name=nl("Skip")).click()
            continue
        page.get_by_role("radio", name="eens", exact=True).check()
        page.get_by_role("button", name=nl("Next")).click()
    page.get_by_role("slider").press("ArrowUp")
    page.get_by_role("button", name=nl("Next")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(nl("A code of your own"))
    page.get_by_role("button", name=nl("Skip")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(nl("Thank you for taking part"))
    accessible(page)
    told = {one.step: one.answers for one in submissions.current(store, asked.id)}
    assert told["good_life"] == {"gl1": 4, "gl2": 4}
    assert told["good_work"] == {"gw1": 4, "gw2": 4, "gw3": 4}
    assert max(told["balance"]["balance"], key=told["balance"]["balance"].get) == "good_life"
    assert len({one.participant for one in submissions.current(store, asked.id)}) == 1


def test_a_code_of_ones_own_is_made_of_what_only_one_knows_and_kept_as_a_hash(
    visitors: Visitors, server: Server, asked: Session, store: Store, accessible: Check
) -> None:
    page = begin(visitors, server, asked)
    page.get_by_role("radio", name="eens", exact=True).check()
    for number in range(1, 11):
        expect(page.locator("header p")).to_have_text(f"Vraag {number} van 10")
        page.get_by_role("button", name=nl("Next") if number == 1 else nl("Skip")).click()
    accessible(page)
    letters = [
        "The first two letters of your mother's first name",
        "The first two letters of your father's first name",
        "The day of your birthday (01 to 31)",
        "The last two letters of the place where you were born",
    ]
    mother, father, day, place = (page.get_by_label(nl(label)) for label in letters)
    expect(place).to_have_accessible_description(nl("XX if you do not know it"))
    for field, typed in zip((mother, father, day, place), ("ma", "jö", "42", "r"), strict=True):
        field.fill(typed)
    keep = page.get_by_role("button", name=nl("Keep my code"))
    keep.click()
    expect(day).to_be_focused()
    expect(day).to_have_accessible_description(nl("The day is a number from 1 to 31."))
    expect(place).to_have_accessible_description(nl("Two letters, or XX if you do not know."))
    accessible(page)
    day.fill("7")
    expect(day).to_have_accessible_description("")
    expect(place).to_have_accessible_description(nl("Two letters, or XX if you do not know."))
    open_all(store, asked.id, until=now() + timedelta(days=7))  # a new state comes; what was typed stays
    expect(mother).to_have_value("ma")
    place.fill("rn")
    for button in (keep, page.get_by_role("button", name=nl("Skip"))):
        button.scroll_into_view_if_needed()
        assert button.evaluate(UNCOVERED)
    for field in (mother, father, day, place):
        field.focus()
        assert field.evaluate(UNCOVERED)
    keep.click()
    expect(page.get_by_text("MAJO07RN", exact=True)).to_be_visible()
    accessible(page)
    page.reload()
    expect(page.get_by_text(nl("Your code is kept. Make it the same way next time."))).to_be_visible()
    expect(page.get_by_text("MAJO07RN")).to_have_count(0)
    [(key, code)] = codes(store, [asked.id]).items()
    assert key == (asked.id, submissions.current(store, asked.id)[0].participant)
    assert code == linking_hash("MAJO07RN", secrets.linking_key(store))
    assert "JO07" not in page.evaluate("JSON.stringify(localStorage)")


def test_going_back_changes_only_that_answer_and_a_reload_goes_on(
    visitors: Visitors, server: Server, asked: Session, store: Store
) -> None:
    page = begin(visitors, server, asked)
    for _ in range(2):
        page.get_by_role("radio", name="oneens", exact=True).check()
        page.get_by_role("button", name=nl("Next")).click()
    page.get_by_role("button", name=nl("Back")).click()
    expect(page.locator("header p")).to_have_text("Vraag 2 van 10")
    expect(page.get_by_role("radio", name="oneens", exact=True)).to_be_checked()
    page.get_by_role("radio", name="helemaal eens").check()
    page.get_by_role("button", name=nl("Next")).click()
    expect(page.locator("header p")).to_have_text("Vraag 3 van 10")
    page.reload()
    expect(page.locator("header p")).to_have_text("Vraag 3 van 10")
    page.get_by_role("button", name=nl("Back")).click()
    expect(page.get_by_role("radio", name="helemaal eens")).to_be_checked()
    until(lambda: [one.answers for one in submissions.current(store, asked.id)] == [{"gl1": 2, "gl2": 5}], "kept")


def test_without_a_network_answers_wait_and_nothing_stops(
    visitors: Visitors, server: Server, asked: Session, store: Store
) -> None:
    page = begin(visitors, server, asked)
    page.context.set_offline(True)
    for _ in range(3):
        page.get_by_role("radio", name="eens", exact=True).check()
        page.get_by_role("button", name=nl("Next")).click()
    expect(page.locator("header p")).to_have_text("Vraag 4 van 10")
    assert submissions.current(store, asked.id) == []
    page.context.set_offline(False)
    given = {"gl1": 4, "gl2": 4, "gl3": 4}
    until(lambda: [one.answers for one in submissions.current(store, asked.id)] == [given], "sent")


def test_a_wave_that_closes_says_thank_you(visitors: Visitors, server: Server, asked: Session, store: Store) -> None:
    page, other = begin(visitors, server, asked), begin(visitors, server, asked)
    page.get_by_role("radio", name="eens", exact=True).check()
    page.get_by_role("button", name=nl("Next")).click()
    until(lambda: submissions.count(store, asked.id) == 1, "kept")
    sessions.end(store, asked.id, rev=sessions.state(store, asked.id).rev)
    expect(page.get_by_role("heading", level=1)).to_have_text(nl("Thank you for taking part"))
    expect(page.get_by_text(nl("This questionnaire is closed. You can close this page."))).to_be_visible()
    assert page.evaluate(KEPT) == []
    late = visitors.phone(f"{server.join}{asked.code}")
    for nothing in (other, late):
        expect(nothing.get_by_role("heading", level=1)).to_have_text(nl("This questionnaire is closed"))
        expect(nothing.get_by_text(nl("You cannot send anything any more."))).to_be_visible()


def test_until_when_answers_can_be_changed_is_told_by_its_last_day(
    visitors: Visitors, server: Server, store: Store, accessible: Check
) -> None:
    wave = waves.open_wave(store, find("promises-pulse"), "wekerom-03", start_of_day(date(2098, 12, 2)))
    [session] = waves.sessions_of(store, wave)
    page = visitors.phone(f"{server.join}{session.code}", timezone_id="Asia/Tokyo")
    day = "maandag 1 december"
    expect(page.get_by_text(nl("You can change your answers until and with {day}.", day=day))).to_be_visible()
    expect(page.get_by_text(nl("You can change an answer until its step closes."))).to_have_count(0)
    accessible(page)
    page.get_by_role("button", name=nl("Take part")).click()
    skip_all(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(nl("That was all"))
    expect(
        page.get_by_text(nl("That was the last question. You answered none, so nothing has been kept."))
    ).to_be_visible()
    expect(page.get_by_text(nl("You can go back and change something until and with {day}.", day=day))).to_be_visible()


def test_somebody_else_takes_the_same_phone(
    visitors: Visitors, server: Server, asked: Session, store: Store, accessible: Check
) -> None:
    page = begin(visitors, server, asked)
    page.get_by_role("radio", name="oneens", exact=True).check()
    page.get_by_role("button", name=nl("Next")).click()
    expect(page.locator("header p")).to_have_text("Vraag 2 van 10")
    until(lambda: submissions.count(store, asked.id) == 1, "kept")
    page.context.set_offline(True)
    page.get_by_role("radio", name="eens", exact=True).check()
    page.get_by_role("button", name=nl("Next")).click()
    skip_all(page, begin=3)
    page.get_by_role("button", name=nl("Skip")).click()
    other = page.get_by_role("button", name=nl("Somebody else fills it in here"))
    waits = nl("That was the last question. Your answers are on their way; keep this page open.")
    expect(page.get_by_text(waits)).to_be_visible()
    expect(other).to_have_count(0)
    page.context.set_offline(False)
    expect(other).to_be_visible()
    accessible(page)
    page.once("dialog", lambda asks: asks.dismiss())
    other.click()
    expect(other).to_be_visible()
    page.once("dialog", lambda asks: asks.accept())
    other.click()
    page.get_by_role("button", name=nl("Take part")).click()
    expect(page.locator("header p")).to_have_text("Vraag 1 van 10")
    expect(page.get_by_role("radio", name="oneens", exact=True)).not_to_be_checked()
    page.get_by_role("radio", name="helemaal eens").check()
    page.get_by_role("button", name=nl("Next")).click()
    told = [{"gl1": 2, "gl2": 4}, {"gl1": 5}]
    until(lambda: [one.answers for one in submissions.current(store, asked.id)] == told, "of both")
    assert len({one.participant for one in submissions.current(store, asked.id)}) == 2


def test_a_phone_forgets_by_the_servers_clock_when_it_does_not_hear_the_end(
    visitors: Visitors, server: Server, store: Store
) -> None:
    """The server's clock goes by the pings; this phone's own is three hours fast, which by itself ends nothing."""
    closes = now() + timedelta(hours=1)
    [asked] = waves.sessions_of(store, waves.open_wave(store, find("promises-pulse"), "wekerom-03", closes))
    page = visitors.context(viewport=PHONE).new_page()
    page.add_init_script(CLOCK)
    page.goto(f"{server.join}{asked.code}")
    page.get_by_role("button", name=nl("Take part")).click()
    page.get_by_role("radio", name="eens", exact=True).check()
    page.get_by_role("button", name=nl("Next")).click()
    until(lambda: submissions.count(store, asked.id) == 1, "kept")
    page.evaluate("(moment) => window.ping(moment)", (closes + timedelta(minutes=4)).isoformat())
    expect(page.locator("header p")).to_have_text("Vraag 2 van 10")
    assert page.evaluate(KEPT) == [f"bn-session-{asked.code}"]
    page.evaluate("(moment) => window.ping(moment)", (closes + timedelta(minutes=6)).isoformat())
    expect(page.get_by_role("heading", level=1)).to_have_text(nl("Thank you for taking part"))
    assert page.evaluate(KEPT) == []

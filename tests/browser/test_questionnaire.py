"""A questionnaire on the phone: at one's own pace, one question a screen, kept when the page goes away."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bedoeling_nb.community import now
from bedoeling_nb.instruments import find
from bedoeling_nb.privacy import linking_hash
from bedoeling_nb.store import Store, links, secrets, sessions, submissions, waves
from bedoeling_nb.store.sessions import Session
from tests.browser.conftest import Check, Visitors
from tests.browser.people import nl
from tests.servers import Server, until


@pytest.fixture
def asked(store: Store) -> Session:
    """The pulse, asked of team wekerom-03."""
    wave = waves.open_wave(store, find("promises-pulse"), "wekerom-03", now() + timedelta(days=7))
    [session] = waves.sessions_of(store, wave)
    return session


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
    for label, typed in zip(letters, ("ma", "jö", "7", "r"), strict=True):
        page.get_by_label(nl(label)).fill(typed)
    page.get_by_role("button", name=nl("Keep my code")).click()
    expect(page.get_by_role("alert")).to_have_text(nl("Two letters, or XX if you do not know."))
    expect(page.get_by_label(nl(letters[3]))).to_be_focused()
    page.get_by_label(nl(letters[3])).fill("rn")
    page.get_by_role("button", name=nl("Keep my code")).click()
    expect(page.get_by_text(nl("Your code is kept. Make it the same way next time."))).to_be_visible()
    accessible(page)
    [(key, code)] = links.of_sessions(store, [asked.id]).items()
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
    page = begin(visitors, server, asked)
    sessions.end(store, asked.id, rev=sessions.state(store, asked.id).rev)
    expect(page.get_by_role("heading", level=1)).to_have_text(nl("Thank you for taking part"))
    late = visitors.phone(f"{server.join}{asked.code}")
    expect(late.get_by_text(re.compile(nl("This session has ended. You can close this page.")))).to_be_visible()

"""axe-core finds nothing wrong (WCAG 2.2 AA) with any page: phone, login, front page, app."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, sessions
from tests.browser.conftest import Check, Visitors
from tests.browser.people import Facilitator, Phone, crowd, nl
from tests.servers import Server, ask

PLACE = {"good_life": 0.2, "good_work": 0.7, "healthy_organisation": 0.1}


def fill(server: Server, code: str, step: str) -> None:
    """Five people answer what a step asks."""
    state = ask(server.phones_port, "GET", f"/s/{code}/state").json["step"]
    answers = {
        "terugblik": {"done": "done", "effect": 1, "note": "fijn"},
        "zien": {"seen": "De avond was stil", "promise": PLACE},
        "voelen": {"energy": 7, "safety": 4, "lead": 0.6, "word": "hoop"},
        "voorstellen": {"proposal": "Samen eten"},
        "afwegen": {"place": {"x": 20, "y": 80}},
        "uitcheck": {"mood": 3, "last": "rust"},
    }
    if step == "bijsturing":
        answers[step] = {"votes": {state["items"][0]["options"][0]["id"]: 3}}
    if step in answers:
        for entry in state["entries"] if state["entries"][0]["text"] else state["entries"][:1]:
            crowd(server, code, step, [answers[step]] * 5, entry["id"])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_login_and_front_page(visitors: Visitors, server: Server, accessible: Check, language: str) -> None:
    page = visitors.screen()
    page.goto(f"{server.url}login?language={language}")
    accessible(page)
    page.locator("#password").fill("geraden")
    page.locator("#password").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    accessible(page)
    page.locator("#password").fill(server.TOKEN)
    page.locator("#password").press("Enter")
    expect(page.locator(".bn-tiles")).to_be_visible()
    accessible(page)
    page.goto(f"{server.url}voila/render/nergens.ipynb")
    accessible(page)


def test_phone_without_a_session(visitors: Visitors, server: Server, accessible: Check) -> None:
    page = visitors.phone(server.join)
    expect(page.get_by_role("textbox")).to_be_visible()
    accessible(page)
    page.goto(f"{server.join}QQQQQQ")
    expect(page.get_by_role("alert")).to_contain_text("QQQQQQ")
    accessible(page)


def test_each_step_on_phone_and_board(
    visitors: Visitors, server: Server, store: Store, script: Instrument, accessible: Check
) -> None:
    leader = Facilitator(visitors.screen(), server)
    leader.log_in()
    leader.open_app()
    accessible(leader.page)
    code = leader.start("wekerom-03")
    accessible(leader.page)
    session = sessions.by_code(store, code)

    page = visitors.phone(server.join + code)
    phone = Phone(page)
    expect(page.get_by_role("button", name=nl("Take part"))).to_be_visible()
    accessible(page)
    phone.take_part()
    phone.expect_question(nl("Look at the screen"))
    accessible(page)
    for step in script.steps:
        title, question = step.title.nl, step.question.nl  # type: ignore[union-attr]
        leader.next(title)
        accessible(leader.page)  # waiting for more answers
        phone.expect_question(question if step.items else nl("Look at the screen"))
        accessible(page)
        if not step.items:
            continue
        fill(server, code, step.id)
        leader.expect_answered(5)
        accessible(leader.page)
        phone.send_button.click()  # without an answer: the first question says so
        expect(page.locator(".bn-message:not(:empty)").first).to_be_visible()
        accessible(page)

    phone.choose("Hoe was dit voor jou?", "fijn")
    phone.send()
    accessible(page)
    page.context.set_offline(True)
    phone.write("Wat neem je mee?", "rust")
    phone.send_button.click()
    expect(phone.line).to_have_text(nl("No connection. Your answer is kept and goes by itself."))
    accessible(page)
    page.context.set_offline(False)
    phone.expect_arrived()
    phone.write("Wat neem je mee?", "toch niet")
    leader.bar(nl("Close step")).click()
    expect(page.locator(".ph-notice")).not_to_be_empty()
    accessible(page)
    accessible(leader.page)
    sessions.end(store, session.id, rev=sessions.state(store, session.id).rev)
    expect(leader.page.locator(".bn-summary")).to_be_visible()
    accessible(leader.page)
    phone.expect_question(nl("Thank you for taking part"))
    accessible(page)

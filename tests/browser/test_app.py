"""The facilitators' pages: who gets in, what they see, two of them at once, and what survives a crash."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, sessions, submissions
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.texts import translate
from tests.browser.conftest import Check, Visitors
from tests.browser.people import Facilitator, Phone, crowd, nl
from tests.servers import Server, until

SEEN = "Ik zie…"


@pytest.fixture
def session(store: Store, script: Instrument) -> Session:
    """A session of a team that never agreed anything, at "zien", with six texts."""
    made = sessions.create(store, "wekerom-05", script)
    sessions.go(store, made.id, "zien", rev=0)
    return made


@pytest.fixture
def leader(visitors: Visitors, server: Server) -> Facilitator:
    """Somebody who is logged in."""
    made = Facilitator(visitors.screen(), server)
    made.log_in()
    return made


def test_nobody_gets_in_without_the_token(visitors: Visitors, server: Server, session: Session) -> None:
    page = visitors.screen()
    for path in ("", f"voila/render/resonance.ipynb?session={session.code}", "voila/render/x.ipynb"):
        page.goto(server.url + path)
        expect(page.get_by_label(nl("Token or password"))).to_be_focused()
        assert "/login" in page.url
    page.get_by_label(nl("Token or password")).fill("geraden")
    page.get_by_role("button", name=nl("Log in")).click()
    expect(page.get_by_role("alert")).to_have_text(nl("That is not right. Try again."))
    page.get_by_role("link", name="English").click()
    expect(page.get_by_label(translate("Token or password", "en"))).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_login_leads_to_the_page_that_was_asked_for_and_nowhere_else(visitors: Visitors, server: Server) -> None:
    page = visitors.screen()
    page.goto(f"{server.url}login?next=https%3A%2F%2Fexample.org%2F")
    page.get_by_label(nl("Token or password")).fill(server.TOKEN)
    page.get_by_role("button", name=nl("Log in")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(nl("What would you like to do together?"))
    assert page.url.startswith(server.url)


def test_front_page_in_both_languages(leader: Facilitator) -> None:
    page = leader.page
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    expect(page.get_by_role("link", name="Resonantieoverleg")).to_contain_text("bijsturen")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would you like to do together?")
    page.get_by_role("link", name="Resonance meeting").click()
    expect(page.get_by_role("button", name="Start a session")).to_be_visible()


def test_a_session_in_english(leader: Facilitator, visitors: Visitors, server: Server, store: Store) -> None:
    page = leader.page
    page.goto(f"{server.url}voila/render/resonance.ipynb?language=en&unit=wekerom-05")
    choice = page.get_by_label("Team or unit")
    expect(choice.locator("option:checked")).to_contain_text("(wekerom-05)")
    page.get_by_role("button", name="Start a session").click()
    expect(leader.title).to_have_text("Join in")
    code = leader.code
    leader.bar("Begin").click()
    expect(leader.title).to_have_text("Looking back")
    phone = visitors.phone(server.join + code)
    expect(phone.get_by_role("button", name="Take part")).to_be_visible()
    expect(phone.locator("html")).to_have_attribute("lang", "en")
    assert sessions.by_code(store, code).language == "en"
    assert [url for url in visitors.requests if url.startswith("ws:")]  # the kernel's; it is watched as well


def test_who_leaves_an_app_lets_go_of_its_kernel(leader: Facilitator, server: Server) -> None:
    others = set(server.kernels())
    leader.page.goto(f"{server.url}voila/render/resonance.ipynb")
    expect(leader.begin).to_be_visible()
    assert set(server.kernels()) - others
    leader.page.goto(server.url)
    until(lambda: not set(server.kernels()) - others, "the kernel has ended")


def test_an_unknown_code_leads_to_the_form(leader: Facilitator, server: Server) -> None:
    leader.page.goto(f"{server.url}voila/render/resonance.ipynb?session=QQQQQQ")
    expect(leader.begin).to_be_visible()
    expect(leader.page.locator(".bn-form .bn-message")).to_have_text(
        nl("There is no session with this code. Look at the screen and type the six characters again.")
    )


def test_a_session_goes_on_from_the_form(leader: Facilitator, session: Session) -> None:
    leader.open_app()
    leader.page.get_by_role("button", name=session.code).click()
    leader.expect_step("Wat zien we?")


def test_the_projectors_window_has_no_bar_and_no_tools(
    leader: Facilitator, server: Server, session: Session, store: Store
) -> None:
    crowd(server, session.code, "zien", [{"seen": f"Tekst {n}"} for n in range(6)])
    leader.page.goto(f"{server.url}voila/render/resonance.ipynb?session={session.code}&view=screen")
    expect(leader.card("Tekst 3")).to_be_visible()
    expect(leader.page.locator(".bn-nav")).to_have_count(0)
    expect(leader.page.get_by_role("button", name=nl("Hide"))).to_have_count(0)
    hidden = next(one.id for one in Meeting.load(store, session).options("zien.seen") if one.text == "Tekst 3")
    sessions.moderate(store, session.id, "hide", hidden)
    expect(leader.card("Tekst 3")).to_have_count(0)
    expect(leader.page.locator("body")).not_to_contain_text("Tekst 3")


def test_two_facilitators_on_one_session(
    leader: Facilitator, visitors: Visitors, server: Server, session: Session, store: Store
) -> None:
    """Both press on the same screen: one step is taken, and the second is told; not if they wanted the same."""
    leader.go_on_with(session.code)
    other = Facilitator(visitors.screen(), server)
    other.log_in()
    other.go_on_with(session.code)
    other.expect_step("Wat zien we?")
    [*_, kernel] = server.kernels()
    os.kill(kernel, signal.SIGSTOP)  # the second one's app is slow: its screen still shows the old step
    try:
        leader.next("Wat voelen we?")
        other.bar(nl("Close step")).click()
    finally:
        os.kill(kernel, signal.SIGCONT)
    expect(other.notice).to_have_text(
        nl("Somebody else just moved this session. Your screen is up to date again; look and choose.")
    )
    other.expect_step("Wat voelen we?")
    assert [event.data["step"] for event in sessions.events(store, session.id)] == ["zien", "voelen"]
    leader.next("Wat vraagt om bijsturing?")
    other.expect_step("Wat vraagt om bijsturing?")
    expect(other.notice).to_have_text("")  # it was about a step that is no longer there


def test_a_double_click_starts_one_session_and_takes_one_step(
    leader: Facilitator, server: Server, store: Store
) -> None:
    page = leader.page
    page.goto(f"{server.url}voila/render/resonance.ipynb?unit=wekerom-02")
    known = {one.id for one in sessions.of_unit(store, "wekerom-02")}
    leader.begin.dblclick()
    expect(leader.stage).to_be_visible()
    leader.bar(nl("Begin")).dblclick()
    leader.expect_step("Terugblik")
    leader.bar(nl("Next")).dblclick()
    leader.expect_step("Wat zien we?")
    page.wait_for_timeout(1000)  # what a second press would do, it would have done
    leader.expect_step("Wat zien we?")
    expect(leader.notice).to_have_text("")
    [made] = [one for one in sessions.of_unit(store, "wekerom-02") if one.id not in known]
    assert [event.data["step"] for event in sessions.events(store, made.id)] == ["terugblik", "zien"]


def test_a_session_that_nobody_began_can_be_ended(leader: Facilitator, store: Store, script: Instrument) -> None:
    made = sessions.create(store, "wekerom-05", script)
    leader.go_on_with(made.code)
    leader.page.once("dialog", lambda dialog: dialog.accept())
    leader.page.get_by_role("button", name=nl("End session")).click()
    expect(leader.title).to_have_text(nl("Thank you"))
    assert made not in sessions.open_sessions(store)


def test_who_chooses_no_team_starts_nothing(leader: Facilitator, store: Store) -> None:
    leader.open_app()
    before = sessions.open_sessions(store)
    leader.begin.click()
    expect(leader.page.locator(".bn-form .bn-message")).to_have_text(nl("Choose a team or unit."))
    assert sessions.open_sessions(store) == before


def test_a_board_of_many_stays_in_its_window(leader: Facilitator, server: Server, session: Session) -> None:
    crowd(server, session.code, "zien", [{"seen": f"Tekst nummer {n} over de avond"} for n in range(80)])
    leader.go_on_with(session.code)
    leader.expect_answered(80)
    sizes = leader.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert sizes[0] <= sizes[1]
    expect(leader.bar(nl("Next"))).to_be_in_viewport()


CUT = """[...document.querySelectorAll(".bn-panels .bn-body")]
    .filter((one) => one.scrollHeight > one.clientHeight + 1).map((one) => one.parentElement.innerText)"""


def test_no_picture_is_cut_on_a_small_projector(
    visitors: Visitors, server: Server, store: Store, script: Instrument
) -> None:
    session = sessions.create(store, "wekerom-05", script)
    sessions.go(store, session.id, "voelen", rev=0)
    crowd(
        server, session.code, "voelen", [{"energy": n, "safety": n, "lead": n / 10, "word": "hoop"} for n in range(7)]
    )
    leader = Facilitator(visitors.screen(viewport={"width": 1366, "height": 768}), server)
    leader.log_in()
    leader.go_on_with(session.code)
    leader.expect_answered(7)
    expect(leader.picture("Hoeveel energie voel je?")).to_contain_text(nl("{n} of {all} in view", n=5, all=7))
    assert leader.page.evaluate(CUT) == []


# ── After a crash ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def fragile(community: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of one test alone, to be killed."""
    shutil.copy(community, tmp_path / "store.db")
    running = Server(f"sqlite:///{tmp_path / 'store.db'}", tmp_path, apps=True).start()
    yield running
    running.stop()


def expect_all(leader: Facilitator, *, people: int, texts: int) -> None:
    """The screen is at the same step, with all that was told."""
    leader.expect_step("Wat zien we?")
    leader.expect_answered(people)
    expect(leader.page.locator(".bn-wall > .bn-card")).to_have_count(texts)


def test_kernel_and_server_are_killed_in_the_middle_of_a_step(
    visitors: Visitors, fragile: Server, script: Instrument
) -> None:
    store = Store.open(fragile.store_url)
    session = sessions.create(store, "wekerom-05", script)
    sessions.go(store, session.id, "zien", rev=0)
    leader = Facilitator(visitors.screen(), fragile)
    leader.log_in()
    leader.go_on_with(session.code)
    phone = Phone(visitors.phone(fragile.join + session.code))
    phone.take_part()
    phone.write(SEEN, "Van voor de klap")
    phone.send()
    crowd(fragile, session.code, "zien", [{"seen": f"Tekst {n}"} for n in range(5)])
    expect_all(leader, people=6, texts=6)

    # The kernel of the app: the page notices, and comes back by itself with a new one.
    [kernel] = fragile.kernels()
    os.kill(kernel, signal.SIGKILL)
    crowd(fragile, session.code, "zien", [{"seen": "Tijdens de eerste klap"}])
    expect_all(leader, people=7, texts=7)
    assert kernel not in fragile.kernels()

    # All of it. The phone keeps what is written meanwhile, and nobody logs in again.
    fragile.kill()
    phone.page.get_by_role("button", name=nl("Add another answer")).click()
    phone.write(SEEN, "Tijdens de tweede klap", nth=1)
    phone.send_button.click()
    expect(phone.line).to_have_text(nl("No connection. Your answer is kept and goes by itself."))
    expect(leader.notice).to_have_text(nl("The connection with the app is gone. One moment, it comes back."))
    fragile.start()
    phone.expect_arrived()
    expect_all(leader, people=7, texts=8)
    assert "/login" not in leader.page.url
    told = {one.answers["seen"] for one in submissions.current(store, session.id)}
    assert {"Van voor de klap", "Tijdens de eerste klap", "Tijdens de tweede klap"} <= told
    assert submissions.count(store, session.id) == 8

    # And the session goes on.
    leader.next("Wat voelen we?")
    phone.expect_question("Hoe zit jij er nu bij?")
    sessions.end(store, session.id, rev=sessions.state(store, session.id).rev)
    phone.expect_question(nl("Thank you for taking part"))
    expect(leader.title).to_have_text(nl("Thank you"))
    store.close()


def test_an_app_that_cannot_open_says_so_and_the_log_says_why(
    visitors: Visitors, fragile: Server, accessible: Check
) -> None:
    store = Store.open(fragile.store_url)
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
    store.close()
    page = visitors.screen()
    page.goto(f"{fragile.url}?token={fragile.TOKEN}")
    page.goto(f"{fragile.url}voila/render/course.ipynb")
    expect(page.get_by_role("alert")).to_contain_text("Deze app ging niet open.")
    expect(page.locator("body")).not_to_contain_text("Error")
    accessible(page)
    until(lambda: "made by a newer version" in fragile.log, "the traceback in the log")

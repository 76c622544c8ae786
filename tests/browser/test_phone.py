"""The phone page by itself: by keyboard, in two languages, at 200 % zoom, without motion, and when things go wrong."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bedoeling_nb.community import local_time, now
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, interventions, sessions, submissions
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.texts import translate
from tests.browser.conftest import Visitors
from tests.browser.people import Phone, crowd, nl
from tests.servers import Server, until

Lead = Callable[..., None]


@pytest.fixture(scope="module")
def server(community: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Only the phones' page: these tests need no app."""
    folder = tmp_path_factory.mktemp("phones")
    shutil.copy(str(community), folder / "store.db")
    running = Server(f"sqlite:///{folder / 'store.db'}", folder).start()
    yield running
    running.stop()


@pytest.fixture
def session(store: Store, script: Instrument) -> Session:
    """A session of a team that never agreed anything."""
    return sessions.create(store, "wekerom-05", script)


@pytest.fixture
def lead(store: Store, session: Session) -> Lead:
    """Go to a step, as the facilitator does: ``lead("zien")``, ``lead("zien", open=False)``."""

    def go(step: str, *, open: bool = True) -> None:
        sessions.go(store, session.id, step, open=open, rev=sessions.state(store, session.id).rev)

    return go


@pytest.fixture
def phone(visitors: Visitors, server: Server, session: Session) -> Phone:
    """A phone that takes part."""
    made = Phone(visitors.phone(server.join + session.code))
    made.take_part()
    return made


def focused(page: Page) -> str:
    """The name or text of what has the focus."""
    return str(
        page.evaluate("(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent)")
    )


def reach(page: Page, holds: str, key: str = "Tab", most: int = 40) -> None:
    """Press Tab until what has the focus matches a selector."""
    for _ in range(most):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", holds):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {holds}")


def test_a_whole_step_without_a_pointer(
    visitors: Visitors, server: Server, session: Session, store: Store, lead: Lead
) -> None:
    page = visitors.phone(f"{server.join}{session.code}", has_touch=False, is_mobile=False)
    expect(page.get_by_role("button", name=nl("Take part"))).to_be_visible()
    reach(page, ".ph-button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=nl("Look at the screen"))).to_be_focused()  # read out, and Tab goes on here
    lead("zien")
    expect(page.get_by_role("heading", name="Wat zou een camera zien?")).to_be_focused()
    reach(page, "textarea")
    page.keyboard.type("De koffie was warm")
    reach(page, "[role=slider]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("Goed Leven"))
    reach(page, ".ph-more")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox").nth(1)).to_be_focused()
    page.keyboard.type("De gang was stil")
    reach(page, "footer button")
    page.keyboard.press("Enter")
    Phone(page).expect_arrived()
    told = submissions.current(store, session.id)
    assert [one.answers["seen"] for one in told] == ["De koffie was warm", "De gang was stil"]
    assert max(told[0].answers["promise"], key=told[0].answers["promise"].get) == "good_life"

    lead("voelen")
    expect(page.get_by_role("heading", name="Hoe zit jij er nu bij?")).to_be_focused()
    for _ in range(2):  # Enter on an untouched slider means the middle
        reach(page, "input[type=range].bn-untouched")
        page.keyboard.press("Enter")
    reach(page, "input[type=range].bn-untouched")
    page.keyboard.press("ArrowRight")
    reach(page, "input.bn-write")
    page.keyboard.type("rustig")
    reach(page, "footer button")
    page.keyboard.press("Enter")
    Phone(page).expect_arrived()
    [felt] = [one.answers for one in submissions.current(store, session.id) if one.step == "voelen"]
    assert felt == {"energy": 5, "safety": 5, "lead": 0.51, "word": "rustig"}


def test_dots_and_plane_and_smiley_without_a_pointer(
    visitors: Visitors, server: Server, session: Session, store: Store, lead: Lead
) -> None:
    lead("voorstellen")
    crowd(server, session.code, "voorstellen", [{"proposal": f"Stap {n}"} for n in range(5)])
    lead("zien")
    crowd(server, session.code, "zien", [{"seen": f"Iets {n}"} for n in range(5)])
    lead("bijsturing")
    page = visitors.phone(f"{server.join}{session.code}", has_touch=False, is_mobile=False)
    phone = Phone(page)
    phone.take_part()
    reach(page, f"[aria-label='{nl('Give a dot')}: Iets 3']")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # there are three: the button keeps the focus and does nothing
    assert focused(page) == f"{nl('Give a dot')}: Iets 3"
    reach(page, "footer button")
    page.keyboard.press("Enter")
    phone.expect_arrived()
    [votes] = [one.answers["votes"] for one in submissions.current(store, session.id) if one.step == "bijsturing"]
    assert list(votes.values()) == [3]

    lead("afwegen")
    expect(page.get_by_role("heading", name="Stap 0")).to_be_visible()
    reach(page, ".bn-square input")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    reach(page, "footer button")
    page.keyboard.press("Enter")
    phone.expect_arrived()
    [place] = [one.answers["place"] for one in submissions.current(store, session.id) if one.step == "afwegen"]
    assert place == {"x": 45, "y": 55}

    lead("uitcheck")
    expect(page.get_by_role("radio").first).to_be_visible()
    reach(page, "input[type=radio]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    reach(page, "footer button")
    page.keyboard.press("Enter")
    phone.expect_arrived()
    [mood] = [one.answers["mood"] for one in submissions.current(store, session.id) if one.step == "uitcheck"]
    assert mood == 2


def test_language_is_the_persons_own(phone: Phone, lead: Lead, store: Store, session: Session) -> None:
    lead("zien")
    phone.write("Ik zie…", "half af")
    phone.page.get_by_role("button", name="English").click()
    expect(phone.page.locator("html")).to_have_attribute("lang", "en")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("What would a camera see? Facts first.")
    expect(phone.item("I see…").get_by_role("textbox")).to_have_value("half af")  # a draft survives
    expect(phone.send_button).to_have_text("Send")
    phone.page.reload()
    expect(phone.item("I see…").get_by_role("textbox")).to_have_value("half af")
    lead("voelen")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("How are you, here and now?")
    sessions.end(store, session.id, rev=3)
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(translate("Thank you for taking part", "en"))
    phone.page.get_by_role("button", name="Nederlands").click()
    phone.expect_question(nl("Thank you for taking part"))


@pytest.mark.parametrize("width", [180, 360])
def test_nothing_scrolls_sideways(
    visitors: Visitors, server: Server, store: Store, script: Instrument, session: Session, lead: Lead, width: int
) -> None:
    """180 pixels is a phone of 360 at 200 % zoom."""

    def whole(page: Page) -> None:
        root = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert root[0] <= root[1], (page.url, page.locator("h1").inner_text())

    long = "Zorgverantwoordelijkheidsoverdrachtsdocument " * 3
    lead("voorstellen")
    crowd(server, session.code, "voorstellen", [{"proposal": long[:140]}] * 5)
    lead("zien")
    crowd(server, session.code, "zien", [{"seen": long[:140]}] * 5)
    page = visitors.phone(server.join, viewport={"width": width, "height": 740})
    expect(page.get_by_role("textbox")).to_be_visible()
    whole(page)
    page.goto(server.join + session.code)
    phone = Phone(page)
    expect(page.get_by_role("button", name=nl("Take part"))).to_be_visible()
    whole(page)
    phone.take_part()
    for step in script.steps:
        lead(step.id)
        expect(page.locator("header p")).to_contain_text(f"{script.index(step.id) + 1} ")
        whole(page)
    sessions.end(store, session.id, rev=sessions.state(store, session.id).rev)
    phone.expect_question(nl("Thank you for taking part"))
    whole(page)


def test_what_is_touched_is_large_enough(phone: Phone, script: Instrument, lead: Lead) -> None:
    """44 pixels, except native inputs inside a larger label and what only screen readers see."""
    for step in ("zien", "voelen", "uitcheck"):
        lead(step)
        expect(phone.page.locator("body")).to_have_attribute("data-page", "step")
        expect(phone.page.get_by_role("heading", level=1)).to_have_text(
            script.step(step).question.nl  # type: ignore[union-attr]
        )
        small = phone.page.evaluate(
            """[...document.querySelectorAll("button, label.bn-choice, textarea, input.bn-write, [role=slider]")]
               .filter((one) => one.checkVisibility() && !one.classList.contains("bn-hidden"))
               .map((one) => [one.className, one.getBoundingClientRect()])
               .filter(([, box]) => box.width && (box.height < 43.5 || box.width < 43.5))
               .map(([name, box]) => `${name} ${box.width}×${box.height}`)"""
        )
        assert small == []


def test_who_wants_no_motion_sees_none(visitors: Visitors, server: Server, session: Session, lead: Lead) -> None:
    page = visitors.phone(server.join + session.code, reduced_motion="reduce")
    Phone(page).take_part()
    lead("voelen")
    expect(page.get_by_role("slider").first).to_be_visible()
    moving = """[...document.querySelectorAll("*")].flatMap((one) => {
        const { transitionDuration, animationName, animationDuration } = getComputedStyle(one);
        const long = transitionDuration.split(", ").some((time) => parseFloat(time) > 0.01)
          || (animationName !== "none" && parseFloat(animationDuration) > 0.01);
        return long ? [one.className] : [];
    })"""
    assert page.evaluate(moving) == []


def test_a_wrong_code_and_then_the_right_one(visitors: Visitors, server: Server, session: Session) -> None:
    page = visitors.phone(f"{server.join}QQQQQQ")
    expect(page.get_by_role("alert")).to_contain_text("QQQQQQ")
    box = page.get_by_label(nl("Type the code that is on the screen"))
    box.fill("O0I1L1")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("O0I1L1")
    box.fill(f"{session.code[:3].lower()} {session.code[3:]}")
    box.press("Enter")
    expect(page).to_have_url(server.join + session.code)
    expect(page.get_by_role("heading", level=1)).to_have_text("Resonantieoverleg")


def test_an_answer_may_be_changed_until_the_step_closes(
    phone: Phone, lead: Lead, store: Store, session: Session
) -> None:
    lead("uitcheck")
    phone.write("Wat neem je mee?", "eerst")
    phone.send()
    phone.write("Wat neem je mee?", "daarna")
    expect(phone.send_button).to_have_text(nl("Change"))
    phone.send()
    [told] = submissions.current(store, session.id)
    assert told.answers == {"last": "daarna"}
    lead("uitcheck", open=False)
    phone.expect_question(nl("Look at the screen"))
    expect(phone.page.get_by_text(nl("Your answer has arrived. Thank you!"))).to_be_visible()
    lead("uitcheck")
    expect(phone.item("Wat neem je mee?").get_by_role("textbox")).to_have_value("daarna")


def test_what_was_not_sent_stays_on_the_phone(phone: Phone, lead: Lead, store: Store, session: Session) -> None:
    lead("uitcheck")
    phone.write("Wat neem je mee?", "nog niet zeker")
    lead("voelen")
    notice = phone.page.locator(".ph-notice")
    expect(notice).to_contain_text(nl("You did not send this answer. It stays on your phone."))
    notice.get_by_role("button").click()
    expect(notice).to_be_empty()
    lead("uitcheck")
    expect(phone.item("Wat neem je mee?").get_by_role("textbox")).to_have_value("nog niet zeker")
    assert submissions.count(store, session.id) == 0


def test_after_the_end_it_says_what_is_true_of_this_phone(
    visitors: Visitors, server: Server, phone: Phone, lead: Lead, store: Store, session: Session
) -> None:
    lead("uitcheck")
    phone.write("Wat neem je mee?", "nooit verstuurd")
    this = local_time(now()).date().replace(month=1, day=1)
    later = this.replace(year=this.year + 1)
    for day in (this, later):
        interventions.agree(store, session, "Koffie", "Bea", day, later)
    sessions.end(store, session.id, rev=sessions.state(store, session.id).rev)
    phone.expect_question(nl("Thank you for taking part"))
    notice = phone.page.locator(".ph-notice")
    expect(notice).to_contain_text(nl("This answer was not sent before the end. It has not been kept."))
    notice.get_by_role("button").click()
    expect(notice).to_be_empty()
    phone.expect_question(nl("Thank you for taking part"))
    expect(phone.page.locator("li")).to_contain_text([re.compile("1 januari$"), f"1 januari {later.year}"])
    other = Phone(visitors.phone(server.join + session.code))
    other.expect_question(nl("This session is over"))
    expect(other.page.get_by_text("Koffie").first).to_be_visible()


def test_an_answer_that_comes_too_late_says_so(phone: Phone, lead: Lead, store: Store, session: Session) -> None:
    """Sent without a network; when that is back the step has been closed for longer than the grace."""
    lead("uitcheck")
    phone.write("Wat neem je mee?", "te laat")
    phone.page.context.set_offline(True)
    phone.send_button.click()
    expect(phone.line).to_contain_text(nl("No connection. Your answer is kept and goes by itself."))
    before = sessions.state(store, session.id)
    sessions.go(store, session.id, "voelen", rev=before.rev, at=now() - timedelta(seconds=10))
    phone.page.context.set_offline(False)
    expect(phone.page.locator(".ph-notice")).to_contain_text(
        nl("This step is closed. Your answer stays on your phone.")
    )
    assert submissions.count(store, session.id) == 0


def test_what_others_wrote_is_never_run(phone: Phone, server: Server, session: Session, lead: Lead) -> None:
    lead("zien")
    nasty = "<img src=x onerror=\"document.title='gekaapt'\"><script>document.title='gekaapt'</script>"
    crowd(server, session.code, "zien", [{"seen": nasty}] * 5)
    lead("bijsturing")
    expect(phone.page.get_by_text(nasty).first).to_be_visible()
    assert "gekaapt" not in phone.page.title()
    assert phone.page.locator("main img, main script").count() == 0


def test_a_phone_that_keeps_nothing_takes_part_all_the_same(
    visitors: Visitors, server: Server, session: Session, lead: Lead, store: Store
) -> None:
    context = visitors.context(viewport={"width": 360, "height": 740})
    context.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})")
    page = context.new_page()
    page.goto(server.join + session.code)
    phone = Phone(page)
    phone.take_part()
    lead("uitcheck")
    phone.write("Wat neem je mee?", "zonder geheugen")
    phone.send()
    until(lambda: submissions.count(store, session.id) == 1, "the answer is kept")
    assert not visitors.complaints


def test_two_tabs_of_one_phone_are_one_person(phone: Phone, lead: Lead, store: Store, session: Session) -> None:
    lead("uitcheck")
    phone.write("Wat neem je mee?", "eerste tab")
    phone.send()
    page = phone.page.context.new_page()
    page.goto(phone.page.url)
    second = Phone(page)
    expect(second.item("Wat neem je mee?").get_by_role("textbox")).to_have_value("eerste tab")
    second.write("Wat neem je mee?", "tweede tab")
    second.send()
    expect(phone.item("Wat neem je mee?").get_by_role("textbox")).to_have_value("tweede tab")
    [told] = submissions.current(store, session.id)
    assert told.answers == {"last": "tweede tab"}

"""The people of a session: a facilitator at the big screen, participants with phones, and a crowd without browsers."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from bedoeling_nb.texts import translate
from tests.servers import Server, participant, post, submission

__all__ = ["Facilitator", "Phone", "crowd", "nl"]


def nl(msgid: str, **values: Any) -> str:
    """A sentence of the interface, in Dutch."""
    return translate(msgid, "nl").format(**values)


class Facilitator:
    """Somebody who leads a session."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server

    def log_in(self) -> None:
        """Give the token at the login page."""
        self.page.goto(self.server.url)
        self.page.get_by_label(nl("Token or password")).fill(self.server.TOKEN)
        self.page.get_by_role("button", name=nl("Log in")).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(nl("What would you like to do together?"))

    def open_app(self) -> None:
        """From the front page to the form."""
        self.page.get_by_role("link", name="Resonantieoverleg").click()
        expect(self.begin).to_be_visible()

    def go_on_with(self, code: str) -> None:
        """Open the app on a session, as after a reload."""
        self.page.goto(f"{self.server.url}voila/render/resonance.ipynb?session={code}")
        expect(self.stage).to_be_visible()

    @property
    def begin(self) -> Locator:
        """The button that starts a session."""
        return self.page.get_by_role("button", name=nl("Start a session"))

    @property
    def stage(self) -> Locator:
        """The frame of the session."""
        return self.page.locator(".bn-stage")

    @property
    def title(self) -> Locator:
        """The large title on the screen."""
        return self.stage.get_by_role("heading", level=1)

    @property
    def notice(self) -> Locator:
        """What the app says to the facilitator."""
        return self.page.locator(".bn-notice")

    def start(self, unit: str) -> str:
        """Start a session from the form; gives its code."""
        choice = self.page.get_by_label(nl("Team or unit"))
        label = choice.locator("option", has_text=f"({unit})").inner_text()
        choice.select_option(label=label)
        self.begin.click()
        expect(self.stage).to_be_visible()
        return self.code

    @property
    def code(self) -> str:
        """The code on the screen."""
        return self.page.locator(".bn-join-code").first.inner_text()

    def next(self, title: str) -> None:
        """On to the next step (or the first)."""
        self.bar(nl("Begin")).or_(self.bar(nl("Next"))).click()
        self.expect_step(title)

    def bar(self, name: str) -> Locator:
        """A button on the bar."""
        return self.page.locator(".bn-nav").get_by_role("button", name=name, exact=True)

    def expect_step(self, title: str) -> None:
        """The session is at this step."""
        expect(self.page.locator(".bn-nav [aria-current=step]")).to_have_text(re.compile(re.escape(title)))
        expect(self.title).to_have_text(title)

    def expect_answered(self, people: int) -> None:
        """The screen counts so many people who answered in this step."""
        expect(self.page.locator(".bn-stage-phones")).to_contain_text(nl("{n} answered", n=people))

    def picture(self, question: str) -> Locator:
        """What the board draws of an item."""
        heading = self.page.get_by_role("heading", name=question, level=3, exact=True)
        return self.page.locator(".bn-show", has=heading)

    def card(self, text: str) -> Locator:
        """A text on the wall."""
        return self.page.locator(".bn-wall > .bn-card", has=self.page.get_by_text(text, exact=True).first)

    def end(self) -> None:
        """End the session, and mean it."""
        self.page.once("dialog", lambda dialog: dialog.accept())
        self.bar(nl("End session")).click()
        expect(self.title).to_have_text(nl("Thank you"))


class Phone:
    """Somebody who takes part by phone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def take_part(self) -> None:
        """Agree to take part."""
        self.page.get_by_role("button", name=nl("Take part")).click()
        expect(self.page.locator("body")).not_to_have_attribute("data-page", "welcome")

    def expect_question(self, question: str) -> None:
        """The phone asks this."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(question)

    def item(self, question: str, nth: int = 0) -> Locator:
        """One question on the page; of an item that is asked more times, the nth."""
        return self.page.get_by_role("group", name=question, exact=True).nth(nth)

    def write(self, question: str, text: str, nth: int = 0) -> None:
        """Type an answer."""
        self.item(question, nth).get_by_role("textbox").fill(text)

    def choose(self, question: str, option: str, nth: int = 0) -> None:
        """Tap an option."""
        self.item(question, nth).locator("label", has_text=re.compile(f"^{re.escape(option)}$")).click()

    def tap(self, question: str, surface: str, x: float, y: float, nth: int = 0) -> None:
        """Tap on a picture, at shares of its width and height."""
        place = self.item(question, nth).locator(surface).first
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box
        place.click(position={"x": x * box["width"], "y": y * box["height"]}, force=True)

    def slide(self, question: str, key: str, times: int) -> None:
        """Move a slider with the arrow keys."""
        slider = self.item(question).get_by_role("slider").first
        for _ in range(times):
            slider.press(key)

    def dot(self, text: str) -> None:
        """Give a dot to a text."""
        self.page.get_by_role("button", name=f"{nl('Give a dot')}: {text}", exact=True).click()

    @property
    def send_button(self) -> Locator:
        """The button below the page."""
        return self.page.locator("footer button")

    @property
    def line(self) -> Locator:
        """What the page says about the answer."""
        return self.page.locator("footer [role=status]")

    def send(self) -> None:
        """Send what was answered, and see that it arrived."""
        self.send_button.click()
        self.expect_arrived()

    def expect_arrived(self) -> None:
        """The page tells that the answer arrived."""
        expect(self.line).to_have_text(nl("Your answer has arrived. You can change it until the step closes."))
        expect(self.send_button).to_have_text(nl("Sent ✓"))


def crowd(server: Server, code: str, step: str, answers: list[dict[str, Any]], entry: str = "1") -> list[str]:
    """Participants without a browser hand in an answer each; gives their secrets."""
    people = [participant() for _ in answers]
    for person, told in zip(people, answers, strict=True):
        reply = post(server.phones_port, code, submission(step, entry, **told) | {"participant": person})
        assert reply.status == 201, reply.body
    return people

"""A whole resonance meeting, from the first code to the next meeting of the same team."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from bedoeling_nb.instruments import Instrument, in_language
from bedoeling_nb.store import Store, interventions, sessions, submissions
from bedoeling_nb.store.sessions import Session
from tests.browser.conftest import Visitors
from tests.browser.people import Facilitator, Phone, crowd, nl
from tests.servers import Server, ask

UNIT = "wekerom-03"
PLACE = {"good_life": 0.2, "good_work": 0.7, "healthy_organisation": 0.1}


@dataclass
class Room:
    """Who and what is there: a facilitator at the board, three phones, and a crowd that is simulated."""

    server: Server
    store: Store
    leader: Facilitator
    phones: list[Phone]
    session: Session
    question: dict[str, str]
    """What each item asks, in Dutch."""

    @property
    def board(self) -> Page:
        """The big screen."""
        return self.leader.page

    def picture(self, item: str) -> Locator:
        """What the board draws of an item."""
        return self.leader.picture(self.question[item])

    def crowd(self, step: str, *answers: dict[str, Any], entry: str = "1") -> None:
        """Others hand in answers."""
        crowd(self.server, self.session.code, step, list(answers), entry)

    @property
    def step(self) -> dict[str, Any]:
        """What the phones are told of the step."""
        found: dict[str, Any] = ask(self.server.phones_port, "GET", f"/s/{self.session.code}/state").json["step"]
        return found


# Resolves when the node has stood still for three looks.
SETTLED = """async (node) => {
    for (let last = "", still = 0; still < 3; await new Promise((look) => setTimeout(look, 100))) {
        const place = JSON.stringify(node.getBoundingClientRect());
        still = place === last ? still + 1 : 0;
        last = place;
    }
}"""


def waiting(n: int) -> str:
    """What the board says under k."""
    return nl("Waiting for more answers ({n} of {needed})", n=n, needed=5)


def drag(page: Page, card: Locator, onto: Locator) -> None:
    """Carry a card to another one with the mouse, once the wall has found the size of its letters."""
    for one in (card, onto):
        one.evaluate(SETTLED)
    card.locator("p").hover(position={"x": 20, "y": 8})  # on its words: the buttons beside them are not to carry by
    page.mouse.down()
    end = onto.bounding_box()
    assert end
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=12)
    expect(onto).to_contain_class("bn-aim")
    page.mouse.up()


def test_a_meeting(visitors: Visitors, server: Server, store: Store, script: Instrument) -> None:
    leader = Facilitator(visitors.screen(), server)
    leader.log_in()
    leader.open_app()
    code = leader.start(UNIT)
    address = leader.page.locator(".bn-join-address").inner_text()  # what the QR code has, too
    assert address == f"127.0.0.1:{server.phones_port}/s/{code}"
    phones = [Phone(visitors.phone(f"http://{address}")) for _ in range(3)]
    question = {item.id: in_language(item.text, "nl") for step in script.steps for item in step.items}
    room = Room(server, store, leader, phones, sessions.by_code(store, code), question)
    for phone in phones:
        phone.take_part()
        phone.expect_question(nl("Look at the screen"))
    expect(room.board.locator(".bn-stage-phones")).to_contain_text(nl("{n} present", n=3))

    look_back(room)
    see(room)
    one_without_a_network(room)
    hide_and_bring_back(room)
    feel(room)
    merge_and_vote(room)
    propose_and_weigh(room)
    agree(room)
    end(room)
    open_the_next_with_it(room, visitors)


def look_back(room: Room) -> None:
    """What the last meeting agreed, from the store."""
    agreed = interventions.last_of_unit(room.store, room.session)
    assert agreed
    room.leader.next("Terugblik")
    phone = room.phones[0]
    for one in agreed:
        expect(room.board.locator(".bn-agreement-text", has_text=one.text)).to_be_visible()
        expect(phone.page.get_by_role("heading", name=one.text)).to_be_visible()
    phone.choose(room.question["done"], "Ja")
    phone.choose(room.question["effect"], "beter")
    phone.send()


def see(room: Room) -> None:
    """Under five nothing is shown, whatever was written; at five all of it."""
    room.leader.next("Wat zien we?")
    texts = ("De avond was stil", "Er werd gelachen", "Er werd veel gelachen")
    for phone, text in zip(room.phones, texts, strict=True):
        phone.expect_question("Wat zou een camera zien? Eerst feiten.")
        phone.write(room.question["seen"], text)
    ank, bas, _ = room.phones
    promise = room.question["promise"]
    ank.tap(promise, "svg", 0.5, 0.25)
    expect(ank.item(promise).locator(".bn-status")).to_contain_text("Goed Leven")
    bas.item(promise).get_by_role("slider").press("ArrowLeft")
    for phone in room.phones:
        phone.send()
    room.leader.expect_answered(3)
    expect(room.picture("seen")).to_contain_text(waiting(3))
    expect(room.board.locator("body")).not_to_contain_text("gelachen")
    room.crowd("zien", {"seen": "De vloer glom", "promise": PLACE})
    room.leader.expect_answered(4)
    expect(room.picture("seen")).to_contain_text(waiting(4))
    expect(room.picture("promise")).to_contain_text(waiting(3))
    expect(room.board.locator("body")).not_to_contain_text("vloer")
    room.crowd("zien", *({"seen": f"Drie lege stoelen {n}", "promise": PLACE} for n in range(2)))
    room.leader.expect_answered(6)
    for text in (*texts, "De vloer glom"):
        expect(room.leader.card(text)).to_be_visible()
    expect(room.picture("promise").locator("svg").first).to_be_visible()


def one_without_a_network(room: Room) -> None:
    """A second thing that Ank saw is sent while her phone has no network, and arrives when it has."""
    ank = room.phones[0]
    ank.page.context.set_offline(True)
    ank.page.get_by_role("button", name=nl("Add another answer")).click()
    ank.write(room.question["seen"], "De deur stond open", nth=1)
    ank.send_button.click()
    expect(ank.line).to_have_text(nl("No connection. Your answer is kept and goes by itself."))
    expect(room.leader.card("De deur stond open")).to_have_count(0)
    ank.page.context.set_offline(False)
    ank.expect_arrived()
    expect(room.leader.card("De deur stond open")).to_be_visible()


def hide_and_bring_back(room: Room) -> None:
    """A text that should not be on the screen, and is again."""
    card = room.leader.card("De vloer glom")
    card.get_by_role("button", name=nl("Hide")).click()
    expect(card).to_have_count(0)
    tray = room.picture("seen").locator(".bn-tray")
    tray.locator("summary").click()
    tray.get_by_role("button", name="De vloer glom").click()
    expect(card).to_be_visible()
    assert sessions.state(room.store, room.session.id).hidden == frozenset()


def feel(room: Room) -> None:
    """Sliders and a dyad moved with keys, and one word."""
    room.leader.next("Wat voelen we?")
    for phone in room.phones:
        phone.expect_question("Hoe zit jij er nu bij?")
        phone.slide(room.question["energy"], "ArrowRight", 2)
        phone.slide(room.question["safety"], "ArrowLeft", 1)
        phone.slide(room.question["lead"], "ArrowRight", 10)
        phone.write(room.question["word"], "hoop")
        phone.send()
    expect(room.picture("energy")).to_contain_text(waiting(3))
    room.crowd("voelen", *[{"energy": 7, "safety": 4, "lead": 0.6, "word": "hoop"}] * 3)
    room.leader.expect_answered(6)
    expect(room.picture("energy")).to_contain_text(nl("{n} of {all} in view", n=5, all=6))
    expect(room.picture("word")).to_contain_text("hoop")
    expect(room.picture("energy")).to_contain_text(f"{nl('Mean')} 7")
    expect(room.picture("safety")).to_contain_text(f"{nl('Mean')} 4")
    expect(room.picture("lead").locator(".bn-density")).to_be_visible()


def merge_and_vote(room: Room) -> None:
    """Two texts are merged by dragging and two by keyboard; then all divide their dots."""
    leader = room.leader
    expect(room.board.locator(".bn-closed")).to_have_text(nl("Close the step to see all answers"))
    leader.next("Wat vraagt om bijsturing?")
    room.phones[1].expect_question("Verdeel je drie stippen.")
    drag(room.board, leader.card("Er werd gelachen"), leader.card("Er werd veel gelachen"))
    expect(leader.card("Er werd veel gelachen")).to_contain_text(nl("{n} together", n=2))
    for text, name in (("Drie lege stoelen 0", nl("Merge")), ("Drie lege stoelen 1", nl("Into this one"))):
        tool = leader.card(text).get_by_role("button", name=name)
        tool.focus()
        tool.press("Enter")
    expect(leader.card("Drie lege stoelen 1")).to_contain_text(nl("{n} together", n=2))
    for phone in room.phones:
        expect(phone.page.get_by_role("button", name=nl("Give a dot"))).to_have_count(5)
        phone.dot("Er werd veel gelachen")
        phone.dot("Er werd veel gelachen")
        phone.dot("De deur stond open")
        phone.send()
    [votes] = room.step["items"]
    options = {option["text"]: option["id"] for option in votes["options"]}
    room.crowd("bijsturing", *[{"votes": {options["De vloer glom"]: 2}}] * 2)
    first = room.picture("votes").get_by_role("listitem").first
    expect(first).to_contain_text("Er werd veel gelachen")
    expect(first.locator("b")).to_have_text("6")


def propose_and_weigh(room: Room) -> None:
    """Proposals, each placed in the plane."""
    room.leader.next("Welke interventies kunnen helpen?")
    for phone, text in zip(room.phones, ("Samen eten", "De deur open laten", "Kort bellen"), strict=True):
        phone.write(room.question["proposal"], text)
        phone.send()
    room.crowd("voorstellen", {"proposal": "Een nieuw rooster"}, {"proposal": "Een wandeling"})
    room.leader.expect_answered(5)
    room.leader.next("Moeite en effect")
    for phone in room.phones:
        phone.tap(room.question["place"], ".bn-square", 0.2, 0.1, nth=0)
        phone.tap(room.question["place"], ".bn-square", 0.8, 0.8, nth=1)
        phone.send()
    entries = room.step["entries"]
    assert [entry["text"] for entry in entries[:2]] == ["Samen eten", "De deur open laten"]
    for entry, x, y in zip(entries, (10, 80), (90, 20), strict=False):
        room.crowd("afwegen", *[{"place": {"x": x, "y": y}}] * 2, entry=entry["id"])
    legend = room.board.locator(".bn-legend li")
    expect(legend.nth(0)).to_contain_text("Moeite 1")
    expect(legend.nth(1)).to_contain_text(re.compile("Moeite (7|8)"))
    expect(legend.nth(2)).to_contain_text(waiting(0))


def agree(room: Room) -> None:
    """The best proposal stands first, and becomes an agreement."""
    board = room.board
    room.leader.next("Afspreken")
    proposals = board.locator(".bn-proposals").get_by_role("radio")
    expect(board.locator(".bn-proposals")).to_contain_text(nl("Most effect for least effort first"))
    expect(proposals.first).to_have_accessible_name("Samen eten")
    proposals.first.check()
    expect(board.get_by_label(nl("We do"), exact=True)).to_have_value("Samen eten")
    board.get_by_label(nl("Who"), exact=True).fill("Ank en Bas")
    expect(board.locator(".bn-stage-phones")).not_to_contain_text(nl("{n} answered", n="").strip())  # nothing is asked
    board.get_by_role("button", name=nl("Agree"), exact=True).dblclick()
    expect(board.locator(".bn-agreement-text")).to_have_text("Samen eten")
    expect(board.get_by_label(nl("Who"), exact=True)).to_have_value("")
    expect(room.leader.notice).to_have_text("")
    expect(board.locator(".bn-agreement-who")).to_contain_text("Ank en Bas")


def end(room: Room) -> None:
    """The check-out; then the screen shows the summary, the phones what was agreed, and the store has it all."""
    room.leader.next("Uitcheck")
    for phone in room.phones:
        phone.choose(room.question["mood"], "fijn")
        phone.write(room.question["last"], "rust")
        phone.send()
    room.crowd("uitcheck", {"mood": 3}, {"mood": 3})
    room.leader.expect_answered(5)
    room.leader.end()
    summary = room.board.locator(".bn-summary")
    expect(room.leader.bar(nl("Print or save"))).to_be_visible()
    expect(room.board.locator(".bn-nav").get_by_role("link", name=nl("All apps"))).to_have_attribute(
        "href", room.server.url
    )
    for text in ("Samen eten", "Ank en Bas", "Er werd veel gelachen"):
        expect(summary).to_contain_text(text)
    expect(summary).not_to_contain_text("rust")  # three people wrote that
    for phone in room.phones:
        phone.expect_question(nl("Thank you for taking part"))
        expect(phone.page.get_by_role("listitem")).to_contain_text("Samen eten")
        expect(phone.page.get_by_role("listitem")).to_contain_text("Ank en Bas")
        left = phone.page.evaluate("Object.keys(localStorage)")
        assert not [key for key in left if key.startswith("bn-session-")]
        assert phone.page.context.cookies() == []

    [kept] = interventions.of_session(room.store, room.session.id)
    assert (kept.text, kept.who) == ("Samen eten", "Ank en Bas")
    told = [one for one in submissions.current(room.store, room.session.id) if one.step == "zien"]
    assert len({one.participant for one in told}) == 6
    assert [one.answers["seen"] for one in told if one.entry == "2"] == ["De deur stond open"]
    triads = [one.answers["promise"] for one in told if "promise" in one.answers]
    assert max(triads[0], key=triads[0].get) == "good_life"


def open_the_next_with_it(room: Room, visitors: Visitors) -> None:
    """The next meeting of the team looks back on what this one agreed."""
    room.board.goto(room.server.url)
    room.leader.open_app()
    expect(room.board.get_by_role("button", name=room.session.code)).to_contain_text(
        "Resonantieoverleg"
    )  # to look back on
    code = room.leader.start(UNIT)
    assert code != room.session.code
    room.leader.next("Terugblik")
    expect(room.board.locator(".bn-agreement-text")).to_have_text("Samen eten")
    dirk = Phone(visitors.phone(f"{room.server.join}{code}"))
    dirk.take_part()
    expect(dirk.page.get_by_role("heading", name="Samen eten")).to_be_visible()
    sessions.end(room.store, sessions.by_code(room.store, code).id, rev=1)

"""From a wave to a course: people answer, the team looks, talks with phones, and sets its course; the report has it."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from bedoeling_nb.community import Period, local_time, now
from bedoeling_nb.instruments import find
from bedoeling_nb.reports.team import team_report
from bedoeling_nb.store import Store, courses, sessions, waves
from tests.browser.conftest import Check, Visitors
from tests.browser.people import Facilitator, crowd, nl
from tests.servers import Server, participant, post, submission

CLIMATE = find("climate")
TEAM = "wekerom-05"


def answered(store: Store, server: Server) -> None:
    """A wave that is open, in which six people answered."""
    wave = waves.open_wave(store, CLIMATE, TEAM, now() + timedelta(days=7))
    [asked] = waves.sessions_of(store, wave)
    for number in range(6):
        person = participant()
        for step in CLIMATE.steps:
            given = {item.id: 2 + number % 3 for item in step.items}
            body = submission(step.id, "1", **given) | {"participant": person}
            assert post(server.phones_port, asked.code, body).status == 201
    assert [one.participants for one in waves.responses(store, wave)] == [6]


def test_a_team_looks_at_itself_talks_and_sets_its_course(
    visitors: Visitors, server: Server, store: Store, accessible: Check
) -> None:
    answered(store, server)
    leader = Facilitator(visitors.screen(), server)
    leader.log_in()
    page = leader.page
    page.get_by_role("link", name="Teamreflectie").click()
    page.get_by_role("button", name=nl("Look together")).click()
    expect(page.get_by_text("deden er 6 mee")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name=nl("Close it for our team, and look")).click()
    page.get_by_role("button", name=nl("Yes, close it for our team")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Veilig leerklimaat")
    expect(page.get_by_role("heading", name=nl("Our profile"))).to_be_visible()
    accessible(page)

    page.get_by_label(nl("We want")).first.fill("Iedereen durft iets nieuws")
    page.get_by_label(re.compile("^We vragen anderen")).fill("Een middag meelopen\nEen goed boek")
    page.get_by_label(
        nl("We share our course with the units above us, and what we ask and offer with other teams")
    ).check()
    page.get_by_role("button", name=nl("Keep our course")).click()
    expect(page.get_by_text(nl("Your course is kept."))).to_be_visible()
    course = courses.of_unit(store, TEAM)
    assert course is not None
    assert course.goals["good_life"].goal == "Iedereen durft iets nieuws"
    assert course.asks == ["Een middag meelopen", "Een goed boek"]
    assert course.shared

    begin = page.get_by_role("button", name=nl("Begin the talk, with phones"))
    begin.click()
    expect(page.get_by_text(nl("Choose one or two themes."))).to_be_visible()
    page.get_by_label("Veiligheid").check()
    begin.dblclick()
    expect(leader.title).to_have_text("Doe mee")
    [talk] = [one for one in sessions.open_sessions(store) if one.instrument.startswith("talk-")]
    page.reload()  # it comes back, also on the second screen
    expect(leader.title).to_have_text("Doe mee")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=nl("Second screen, without this bar")).click()
    screen = Facilitator(opened.value, server)
    expect(screen.title).to_have_text("Doe mee")
    leader.bar("Begin").click()
    for one in (leader, screen):
        expect(one.title).to_have_text("Veiligheid")
    crowd(server, talk.code, "theme1", [{"s1": 4, "s2": 2}] * 5)
    expect(page.get_by_text("Als je hier een fout maakt, wordt je dat nagedragen.")).to_be_visible()
    accessible(page)

    sessions.end(store, talk.id, rev=sessions.state(store, talk.id).rev)
    page.get_by_role("button", name=nl("On to our course")).click()
    expect(page.get_by_label(nl("We want")).first).to_have_value("Iedereen durft iets nieuws")
    accessible(page)

    period = Period.containing(local_time(now()).date(), "quarter")
    assert "Iedereen durft iets nieuws" in team_report(store, TEAM, period)._repr_html_()
    page.goto(f"{server.url}voila/render/course.ipynb?unit={TEAM}")
    expect(page.get_by_label(nl("We want")).first).to_have_value("Iedereen durft iets nieuws")
    accessible(page)

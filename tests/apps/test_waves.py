"""The waves' desk: what it refuses, what it asks again, and what it counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bedoeling_nb.apps.waves import WavesApp, minutes
from bedoeling_nb.community import Person, local_time, new_id, now
from bedoeling_nb.instruments import available
from bedoeling_nb.reports.invitations import invitations
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, sessions, submissions, units, waves
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.texts import translate

JOIN = "https://doe.mee/s/"


@pytest.fixture
def app(store: Store, organisation: object) -> WavesApp:
    """A desk, in a community where six people work in one team, three in another, and one leads."""
    staff = {"wekerom-01": 6, "wekerom-02": 3, "wekerom": 1}
    people = [Person(f"{unit}-{n}", unit, "professional", "–") for unit, size in staff.items() for n in range(size)]
    units.add(store, [], people)
    return WavesApp(store, None, None, "nl", Settings(join_url=JOIN))


def form(**changes: Any) -> dict[str, Any]:
    """A form that is filled in well, but for what is changed."""
    last = (local_time(now()) + timedelta(days=9)).date().isoformat()
    filled = {"questionnaire": "climate", "unit": "wekerom", "levels": ["team"], "day": last, "language": "nl"}
    return {"do": "open", **filled, **changes}


def nl(msgid: str, **values: Any) -> str:
    return translate(msgid, "nl").format(**values)


REFUSED: list[tuple[str, Any, str]] = [
    ("questionnaire", "", "Choose a questionnaire."),
    ("questionnaire", "resonance", "Choose a questionnaire."),  # the script of a session
    ("questionnaire", "../../etc/passwd.yaml", "Choose a questionnaire."),
    ("unit", "", "Choose the unit whose teams you ask."),
    ("unit", "nergens", "Choose the unit whose teams you ask."),
    ("levels", [], "Choose at least one: teams, or those who lead."),
    ("levels", "team", "Choose at least one: teams, or those who lead."),
    ("day", "", "Choose the last day on which people can answer."),
    ("day", None, "Choose the last day on which people can answer."),
    ("day", "2026-02-30", "Choose the last day on which people can answer."),
    ("day", "9999-12-31", "This day is more than a year away. Choose an earlier day."),
    ("day", "2020-01-01", "This day is past. Choose today or a later day."),
]


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_opened(app: WavesApp, store: Store) -> None:
    for field, value, told in REFUSED:
        app.act(form(**{field: value}))
        assert app.desk.problems == {field: nl(told)}
        assert waves.recent(store) == []
    app.act({"do": "open"})
    assert set(app.desk.problems) == {"questionnaire", "unit", "levels", "day"}
    app.act(form())
    assert app.desk.problems == {}
    assert len(waves.recent(store)) == 1


def test_a_unit_without_teams_is_told_where_one_chooses_who_is_asked(app: WavesApp, store: Store) -> None:
    app.act(form(unit="west"))
    assert app.desk.problems == {"levels": nl("In “{unit}” there is nothing of this to ask.", unit="West")}
    assert waves.recent(store) == []


def test_a_wave_until_today_is_open_until_midnight(app: WavesApp, store: Store) -> None:
    today = local_time(now()).date()
    app.act(form(day=today.isoformat()))
    [wave] = waves.recent(store)
    assert wave.last_day == today
    assert wave.is_open(now())


def test_what_runs_there_already_is_opened_only_when_it_is_meant(app: WavesApp, store: Store) -> None:
    app.act(form(unit="wekerom-01"))
    app.act(form())
    assert "bij 1 van de 2 die je vraagt" in app.desk.doubt
    assert len(waves.recent(store)) == 1
    app.act(form(questionnaire="vitality"))  # another questionnaire is no doubt
    app.act(form(unit="wekerom-02"))  # nor is another team
    assert app.desk.doubt == ""
    assert len(waves.recent(store)) == 3
    app.act(form(sure=True))
    assert app.desk.doubt == ""
    assert len(waves.recent(store)) == 4
    for wave in waves.recent(store):
        waves.close(store, wave)
    app.act(form())  # what is closed does not run
    assert app.desk.doubt == ""
    assert len(waves.recent(store)) == 5


def test_it_looks_at_the_wave_that_it_opened_and_the_numbers_move(app: WavesApp, store: Store) -> None:
    app.act(form(language="en"))
    [wave] = waves.recent(store)
    assert app.desk.wave["id"] == wave.id
    assert app.desk.wave["language"] == "en"
    one, two = (part.code for part in waves.responses(store, wave))
    assert app.desk.rate["teams"] == {one: [0, 6, True], two: [0, 3, True]}
    session = sessions.by_code(store, one).id
    told = [Submission(new_id(), session, "safety", "1", person, {"s1": 3}) for person in "abc"]
    submissions.add(store, told)
    app.refresh()
    assert (app.desk.rate["took"], app.desk.rate["people"]) == (3, 9)
    assert [(row["took"], row["people"]) for row in app.desk.waves] == [(3, 9)]
    assert app.desk.rate["teams"][one] == [3, 6, True]
    sessions.end(store, session, rev=sessions.state(store, session).rev)  # the team closes its own part
    app.refresh()
    assert app.desk.rate["teams"] == {one: [3, 6, False], two: [0, 3, True]}
    app.act({"do": "close", "wave": wave.id})
    assert app.desk.rate["open"] is False
    assert app.desk.waves[0]["open"] is False
    assert app.desk.waves[0]["until"] == local_time(now()).date().isoformat()


def test_a_team_gets_its_own_link_and_nobody_anothers(app: WavesApp, store: Store) -> None:
    app.act(form(language="en"))
    [wave] = waves.recent(store)
    one, two = (part.code for part in waves.responses(store, wave))
    assert app.desk.team == {}  # no code is drawn before somebody looks
    app.act({"do": "team", "code": one})
    assert app.desk.team["address"] == JOIN + one
    assert f"Take part on your phone: {JOIN}{one}" in app.desk.team["reminder"]
    assert two not in app.desk.team["reminder"]
    reminders = app.desk.wave["reminders"]
    assert JOIN not in reminders["general"]
    assert f"Team 1: {JOIN}{one}\nTeam 2: {JOIN}{two}" in reminders["teams"]
    app.act({"do": "team", "code": "QQQQQQ"})
    assert app.desk.team == {}
    app.act({"do": "look", "wave": None})
    assert app.desk.wave == {}


def test_the_sheet_of_one_team_is_its_own(app: WavesApp, store: Store) -> None:
    app.act(form())
    [wave] = waves.recent(store)
    one, two = (part.code for part in waves.responses(store, wave))
    sheets = invitations(store, wave, JOIN)
    assert sheets.count("<section>") == 2
    sheet = invitations(store, wave, JOIN, "en", two)
    assert sheet.count("<section>") == 1
    assert one not in sheet
    assert two in sheet


def test_running_waves_come_first_then_the_newest(app: WavesApp, store: Store) -> None:
    for name in ("climate", "vitality", "space"):
        app.act(form(questionnaire=name))
    waves.close(store, waves.get(store, "space"))
    app.refresh()
    assert [(row["title"]["nl"], row["open"]) for row in app.desk.waves] == [
        ("Leeft het?", True),
        ("Veilig leerklimaat", True),
        ("Professionele ruimte", False),
    ]


def test_what_is_not_there_is_said(app: WavesApp) -> None:
    app.act({"do": "look", "wave": "nergens"})
    assert "nergens" in app.desk.notice
    app.act({"do": "close", "wave": "nergens"})
    assert "nergens" in app.desk.notice
    app.act({"do": "dance"})
    assert app.desk.notice == ""


def test_the_form_counts_who_would_be_asked_in_the_order_of_the_tree(app: WavesApp) -> None:
    known = {unit["id"]: unit for unit in app.desk.choices["units"]}
    assert [(unit["id"], unit["depth"]) for unit in app.desk.choices["units"]] == [
        ("heeren-loo", 0),
        ("oost", 1),
        ("wekerom", 2),
        ("wekerom-01", 3),
        ("wekerom-02", 3),
        ("west", 1),
    ]
    assert known["oost"]["asks"] == {"region": [1, 0, 1], "location": [1, 1, 1], "team": [2, 9, 1]}
    assert known["wekerom-01"]["asks"] == {"team": [1, 6, 0]}


def test_only_questionnaires_can_be_asked_and_their_minutes_are_those_of_their_summary(app: WavesApp) -> None:
    offered = {one["id"] for one in app.desk.choices["questionnaires"]}
    assert "climate" in offered
    assert "resonance" not in offered
    assert {one.id: minutes(one) for one in available() if one.id in ("climate", "promises-pulse", "vitality")} == {
        "climate": 6,
        "promises-pulse": 3,
        "vitality": 3,
    }

"""The reports of teams and of the units above them: what they say, as of when, and what they keep to themselves."""

from __future__ import annotations

import re
import shutil
import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from bedoeling_nb import sample
from bedoeling_nb.analysis.promises import balance
from bedoeling_nb.community import PROMISES, Period, Unit, new_id, now, start_of_day
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.instruments import find
from bedoeling_nb.reports.progress import Progress
from bedoeling_nb.reports.sections import Words, agreements
from bedoeling_nb.reports.team import _how_many_done, team_report
from bedoeling_nb.reports.unit import unit_report
from bedoeling_nb.store import Store, courses, interventions, sessions, submissions, units, waves
from bedoeling_nb.store.courses import Goal
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.submissions import Submission
from tests.analysis.conftest import Community

DEMO, ABOVE = "wekerom-03", ("wekerom", "gelderse-vallei", "organisatie")


@pytest.fixture(scope="module")
def store(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("reports") / "store.db"
    shutil.copy(sqlite_template, path)
    opened = Store.open(f"sqlite:///{path}")
    sample.fill(opened, sample.make(7))
    yield opened
    opened.close()


def read(page: str) -> str:
    """What people see or hear of a page: alternative texts, and text without tags."""
    heard = " ".join(re.findall(r'alt="([^"]*)"', page))
    shown = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))
    return " ".join(unescape(f"{shown} {heard}").split())


def mean(store: Store, unit: str, quarter: str, item: str) -> float:
    """Of everybody's last answer in the one meeting of a unit in a quarter, without our frames."""
    held = [one for one in sessions.of_unit(store, unit) if one.instrument == "resonance"]
    (met,) = [one for one in held if quarter_of(one.created_at) == quarter]
    last = {one.participant: one for one in submissions.since(store, met.id, 0) if one.step == "voelen"}
    return statistics.mean(one.answers[item] for one in last.values() if item in one.answers)


def quarter_of(moment: datetime) -> str:
    return Period.containing(moment.date(), "quarter").id


def test_a_team_reads_its_own_means_course_and_agreements(store: Store) -> None:
    text = read(team_report(store, DEMO, "2026-Q3")._repr_html_())
    for quarter in ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"):
        for item in ("energy", "safety"):
            assert f"{mean(store, DEMO, quarter, item):.1f}".replace(".", ",").removesuffix(",0") in text
    course = courses.of_unit(store, DEMO)
    assert course is not None
    assert all(goal.goal in text and goal.sign in text and goal.who in text for goal in course.goals.values())
    assert all(one in text for one in (*course.asks, *course.offers))
    other = {unit.name for unit in units.all_units(store) if unit.level == "team" and unit.id != DEMO}
    assert not [name for name in other if name in text]


@pytest.mark.parametrize("period", ["2025-Q4", "2026-Q1", "2026-Q2"])
def test_a_report_of_the_past_is_made_again_as_it_was(store: Store, period: str, tmp_path: Path) -> None:
    whole = sample.make(7)
    until = start_of_day(Period.parse(period).end)
    held = {one.id for one in whole.sessions if one.created_at < until}
    asked = {one.id for one in whole.waves if one.closes_at < until}
    in_waves = [one for one in whole.wave_sessions if one.wave in asked]
    held |= {one.session for one in in_waves}
    then = Store.open(f"sqlite:///{tmp_path / 'then.db'}")
    sample.fill(
        then,
        sample.Sample(
            whole.units,
            whole.people,
            tuple(one for one in whole.sessions if one.id in held),
            tuple(one for one in whole.events if one.session in held),
            tuple(one for one in whole.submissions if one.session in held),
            tuple(one for one in whole.interventions if one.session in held),
            tuple(one for one in whole.courses if one.created_at < until),
            tuple(one for one in whole.waves if one.id in asked),
            tuple(in_waves),
            tuple(one for one in whole.wave_submissions if one.session in held),
        ),
    )
    for make, unit in ((team_report, DEMO), (unit_report, "wekerom")):
        assert make(store, unit, period)._repr_html_() == make(then, unit, period)._repr_html_()
    then.close()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_report_has_a_number_about_fewer_than_five_people(store: Store, language: str) -> None:
    told = Counter(session for session, _ in {(one.session, one.participant) for one in sample.make(7).submissions})
    small = sorted({one.unit for one in sample.make(7).sessions if told[one.id] < one.k and one.unit.count("-") == 1})
    assert len(small) > 5
    few = r"(?<![\d,.])[0-4] (mensen|people|van 5|of 5)(?!\w)|\bn = [0-4]\b"
    for unit in (*small[:6], DEMO):
        assert not re.search(few, read(team_report(store, unit, "2026-Q3", language)._repr_html_())), unit
    for unit in ABOVE:
        assert not re.search(few, read(unit_report(store, unit, "2026-Q3", language)._repr_html_())), unit


def test_a_course_goes_up_only_when_it_is_shared(store: Store) -> None:
    private, shared = "Dit blijft van ons team alleen", "Dit mag iedereen weten"
    for unit, goal, goes_up in (("wekerom-01", private, False), ("wekerom-02", shared, True)):
        goals = {promise.key: Goal(goal) for promise in PROMISES}
        courses.set_course(store, unit, goals, date(2027, 1, 1), asks=[f"{goal}?"], shared=goes_up)
        assert goal in read(team_report(store, unit, Period.containing(now().date(), "quarter"))._repr_html_())
    for unit in ABOVE:
        text = read(unit_report(store, unit, Period.containing(now().date(), "quarter"))._repr_html_())
        assert private not in text
        assert f"{shared}?" in text


def test_how_many_teams_met_is_counted_and_who_did_not_is_not_told(store: Store) -> None:
    below = {one.id for one in units.below(store, "ede") if one.level == "team"}
    met = {one.unit for one in sample.make(7).sessions if quarter_of(one.created_at) == "2026-Q2"} & below
    page = unit_report(store, "ede", "2026-Q3", "en")._repr_html_()
    told = re.search(r"2nd quarter 2026</th><td[^>]*>(\d+)</td><td[^>]*>(\d+)</td>", page)
    assert told is not None
    assert [int(one) for one in told.groups()] == [len(met), len(below)]
    shares = {one.unit for one in courses.shared_below(store, "ede")}
    hidden = [units.get(store, one).name for one in below - shares]
    assert hidden
    assert not [name for name in hidden if name in read(page)]


def test_the_headline_reads_well_of_one_team_and_of_teams_that_left(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "store.db")
    opened = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    community = Community(opened, find("resonance"))
    units.add(opened, [Unit("ede", "oost", "location", "Ede"), Unit("ede-01", "ede", "team", "Team Ede")])
    for team in ("wekerom-01", "wekerom-02", "ede-01"):
        community.hold(team, datetime(2026, 8, 4, 9, tzinfo=UTC), [])
    units.add(opened, [Unit("wekerom-02", "ede", "team", "Team 2")])
    assert "hielden 2 teams van Wekerom een" in read(unit_report(opened, "wekerom", "2026-Q3")._repr_html_())
    units.add(opened, [Unit("wekerom-02", "wekerom", "team", "Team 2")])
    assert "hield het ene team van Ede een" in read(unit_report(opened, "ede", "2026-Q3")._repr_html_())
    opened.close()


def test_a_period_with_a_meeting_but_too_few_answers_is_there_without_a_number(store: Store) -> None:
    """Three teams of Druten met in the quarter, of which one was small."""
    page = unit_report(store, "druten", "2026-Q3", "en")._repr_html_()
    assert "Those are too few to count together" in page
    assert '<dt>3rd quarter 2026</dt><dd><span class="bn-bar bn-none">Too few answers</span>' in page
    last = [cells[-1] for cells in rows_of(page.split("The numbers")[1])]
    assert last == ["Q3 2026", *["too few"] * 6]


def rows_of(page: str) -> list[list[str]]:
    return [re.findall(r"<t[hd][^>]*>([^<]*)<", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]


def test_who_asks_the_same_stands_with_the_same_text(store: Store) -> None:
    page = unit_report(store, "organisatie", "2026-Q3")._repr_html_()
    told = Counter(text for one in courses.shared_below(store, "organisatie") for text in (*one.asks, *one.offers))
    text, times = told.most_common(1)[0]
    assert times > 1
    assert len(re.findall(f"<li>{re.escape(text)}<br><small>[^<]*,", page)) == 1


def test_silence_is_said_kindly(store: Store) -> None:
    met = {one.unit for one in sample.make(7).sessions}
    silent = next(unit for unit in units.all_units(store) if unit.level == "team" and unit.id not in met)
    text = read(team_report(store, silent.id, "2026-Q3", "en")._repr_html_())
    assert f"{silent.name} has had no resonance meeting yet." in text


def test_what_cannot_be_reported_is_refused(store: Store) -> None:
    later = Period.containing((now() + timedelta(days=400)).astimezone(UTC).date(), "quarter")
    with pytest.raises(NotFound):
        team_report(store, "nergens", "2026-Q3")
    with pytest.raises(BadRequest, match="has not begun"):
        team_report(store, DEMO, later)
    with pytest.raises(BadRequest, match="is not about a location"):
        team_report(store, "wekerom", "2026-Q3")
    with pytest.raises(BadRequest, match="is not about a team"):
        unit_report(store, DEMO, "2026-Q3")
    with pytest.raises(BadRequest):
        team_report(store, DEMO, "zomer")


def test_a_running_period_says_until_when(store: Store) -> None:
    text = read(team_report(store, DEMO, Period.containing(now().date(), "year"), "en")._repr_html_())
    assert "This period is not over: this is what there is until" in text


def test_a_quarter_that_is_not_over_is_in_no_total(store: Store) -> None:
    """Else a report of today less one of last week is the team that met in between."""
    running = Period.containing(now().date(), "quarter")
    for number in (1, 3, 4):
        held = sessions.create(store, f"wekerom-0{number}", find("resonance"))
        told = [Submission(new_id(), held.id, "voelen", "1", f"p{one}", {"energy": 9}) for one in range(6)]
        submissions.import_past(store, told)
    for period in (running, Period.containing(now().date(), "year")):
        text = read(unit_report(store, "wekerom", period, "en")._repr_html_())
        assert "A quarter that is not over is counted together only when it is." in text
    totals = read(unit_report(store, "wekerom", running, "en")._repr_html_())
    assert running.short("en") not in totals.split("The numbers")[1]
    assert running.short("en") in read(team_report(store, DEMO, running, "en")._repr_html_()).split("The numbers")[1]


def test_a_wave_that_closed_in_the_period_is_in_the_report_and_one_that_is_open_is_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse, team = find("promises-pulse"), "wekerom-04"
    period = Period.containing(now().date(), "quarter")
    wave = waves.open_wave(store, pulse, team, now() + timedelta(days=3))
    [session] = waves.sessions_of(store, wave)
    told = [
        Submission(new_id(), session.id, step.id, "1", f"p{person}", {item.id: 4 for item in step.items})
        for person in range(6)
        for step in pulse.steps[:3]
    ]
    submissions.import_past(store, told)
    talk = sessions.create(store, team, find("vitality"))
    interventions.agree(store, talk, "Elke week één wens", "het team", date(2026, 12, 1), date(2027, 1, 1))
    assert "De drie beloften" not in read(team_report(store, team, period)._repr_html_()).split("Hoe we erbij")[1]
    waves.close(store, wave)
    monkeypatch.setattr(waves, "now", lambda: now() + waves.SETTLED)  # what was on its way has arrived
    text = read(team_report(store, team, period)._repr_html_())
    assert "Ons profiel" in text
    assert "Elke week één wens" in text
    assert "Ons profiel" not in read(team_report(store, team, "2025-Q4")._repr_html_())


def test_a_cloud_is_of_eight_people_or_of_parts_that_have_reports_of_their_own(store: Store) -> None:
    words = "mensen, elk een stip"
    teams = [unit.id for unit in units.all_units(store) if unit.level == "team"]
    clouds = {team: read(team_report(store, team, "2026-Q3")._repr_html_()) for team in teams[:12]}
    for team, text in clouds.items():
        (met,) = [one for one in sessions.of_unit(store, team) if in_quarter(one)] or [None]
        people = {one.participant for one in submissions.since(store, met.id, 0) if placed(one)} if met else set()
        assert (words in text) == (len(people) >= 8), team
        if people and len(people) >= 8:
            assert f"{len(people)} {words}" in text
    above = {unit: read(unit_report(store, unit, "2026-Q3")._repr_html_()) for unit in ABOVE}
    assert not [unit for unit, text in above.items() if words in text]
    assert "onderdelen, elk een stip" not in above["wekerom"]
    assert "onderdelen, elk een stip" in above["organisatie"]


def in_quarter(session: Session) -> bool:
    return session.instrument == "resonance" and quarter_of(session.created_at) == "2026-Q3"


def placed(one: Submission) -> bool:
    return isinstance(one.answers.get("promise"), dict)


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        (
            [(0.28, 0.32), (0.31, 0.33), (0.36, 0.35), (0.41, 0.34)],
            "Since the 4th quarter of 2025 attention to Healthy organisation went from 40 to 25 %. "
            "Most attention goes to Good life (41 %), least to Healthy organisation (25 %).",
        ),
        (
            [(0.30, 0.35), (0.50, 0.25), (0.33, 0.33)],
            "Less attention went to Good life: 33 %, against 50 % in the 2nd quarter of 2026. "
            "It is in balance: each promise gets about as much.",
        ),
        (
            [(0.50, 0.20), (0.52, 0.20)],
            "Attention to the three promises stayed about as it was in the 2nd quarter of 2026. "
            "Most attention goes to Good life (52 %), least to Good work (20 %).",
        ),
        ([(0.50, 0.20)], "Most attention went to Good life (50 %)."),
    ],
)
def test_how_attention_moved_in_a_year_or_else_in_the_last_period_and_how_it_stands(
    shares: list[tuple[float, float]], told: str
) -> None:
    last = Period.parse("2026-Q3")
    rows = [
        {
            "unit": "here",
            "quarter": last.shifted(place + 1 - len(shares)).id,
            "good_life": life,
            "good_work": work,
            "healthy_organisation": 1 - life - work,
            "withheld": False,
        }
        for place, (life, work) in enumerate(shares)
    ]
    nothing = pd.DataFrame({"unit": [], "quarter": [], "item": [], "withheld": []}).astype(
        {"quarter": str, "withheld": bool}
    )
    progress = Progress(
        "here",
        find("resonance"),
        last,
        balance=pd.DataFrame(rows),
        scales=nothing,
        dots=nothing,
        middle=balance(pd.DataFrame(rows)[[one.key for one in PROMISES]]),
        moved_since=lambda _: True,
        together=False,
        say=Words("en"),
    )
    assert progress.changes() == [told]


@pytest.mark.parametrize(("spread", "chance"), [(0.02, False), (0.2, True)])
def test_what_may_be_chance_is_told_as_that(tmp_path: Path, sqlite_template: Path, spread: float, chance: bool) -> None:
    shutil.copy(sqlite_template, tmp_path / "store.db")
    opened = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    community = Community(opened, find("resonance"))
    for month, life in ((5, 0.30), (8, 0.45)):
        places = [
            {"good_life": life + side * spread, "good_work": 0.3, "healthy_organisation": 0.7 - life - side * spread}
            for side in (-1, 1, -0.5, 0.5, -1, 1, -0.5, 0.5)
        ]
        told = [("zien", "1", f"p{n}", {"seen": "iets", "promise": place}) for n, place in enumerate(places)]
        community.hold("wekerom-01", datetime(2026, month, 4, 9, tzinfo=UTC), told)
    text = read(team_report(opened, "wekerom-01", "2026-Q3")._repr_html_())
    opened.close()
    assert "minder aandacht naar Gezonde organisatie" in text
    assert ("Dat verschil kan toeval zijn." in text) is chance


@pytest.mark.parametrize(
    ("done", "of", "told"),
    [
        (0, 1, "De eerdere afspraak is volgens de meesten nog niet helemaal gedaan."),
        (1, 1, "De eerdere afspraak is volgens de meesten gedaan."),
        (0, 3, "Van de 3 eerdere afspraken is er nog geen helemaal gedaan, zeggen de meesten."),
        (1, 3, "Van de 3 eerdere afspraken is er één gedaan, zeggen de meesten."),
        (2, 3, "Van de 3 eerdere afspraken zijn er 2 gedaan, zeggen de meesten."),
        (3, 3, "Alle 3 eerdere afspraken zijn gedaan, zeggen de meesten."),
    ],
)
def test_how_many_agreements_are_done_reads_well_of_each_number(done: int, of: int, told: str) -> None:
    assert _how_many_done(done, of, Words("nl")) == told


def test_a_profile_says_until_when_was_asked_and_how_many_told(store: Store) -> None:
    quarter = Period.parse("2026-Q3")
    asked = [one for one in waves.asked_of(store, DEMO) if quarter.first <= one.last_day < quarter.end]
    assert asked
    text = read(team_report(store, DEMO, quarter)._repr_html_())
    for wave in asked:
        [people] = [one.participants for one in waves.responses(store, wave) if one.unit == DEMO]
        day = " ".join(Words("nl").day(wave.last_day).split())
        assert f"Gevraagd tot en met {day}. Er deden {people} mensen mee." in text


def test_an_agreement_whose_name_is_no_longer_kept_has_no_empty_cell() -> None:
    old = Intervention("s", DEMO, "Samen eten", "", date(2023, 3, 1), date(2023, 4, 1))
    assert '<td data-head="Wie">–</td>' in agreements([old], "nl")._repr_html_()

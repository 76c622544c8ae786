"""What a page reads changes its fingerprint, in every way in which rows change after the fact; other rows do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from bedoeling_nb.community import Person, Unit, now
from bedoeling_nb.figures import Figure
from bedoeling_nb.instruments import find
from bedoeling_nb.privacy import text_name
from bedoeling_nb.reports import batch
from bedoeling_nb.reports.batch import Job
from bedoeling_nb.reports.session import session_report
from bedoeling_nb.reports.team import team_report
from bedoeling_nb.reports.unit import unit_report
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import (
    Store,
    courses,
    instruments,
    interventions,
    links,
    report_runs,
    retention,
    sessions,
    submissions,
    thresholds,
    units,
    waves,
)
from bedoeling_nb.store.courses import Course, Goal
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave
from tests.conftest import ORGANISATION

RESONANCE, PULSE = find("resonance"), find("promises-pulse")
TEAM, QUARTER = "wekerom-01", "2026-Q3"
MET, CLOSED = datetime(2026, 8, 3, 9, tzinfo=UTC), datetime(2026, 9, 20, 9, tzinfo=UTC)
EDE = Unit("ede", "oost", "location", "Ede")
TEAMS = [Unit(f"{at}-0{number}", at, "team", f"{at} {number}") for at in ("wekerom", "ede") for number in (1, 2, 3, 4)]
EVER = Settings(keep_texts_months=1200, keep_codes_months=1200, keep_answers_months=1200)
PLACE = {"good_life": 0.5, "good_work": 0.3, "healthy_organisation": 0.2}


@dataclass
class House:
    """Two locations of four teams; each met in the quarter, and was asked about its promises."""

    store: Store
    met: dict[str, Session]
    asked: dict[str, Session]
    agreed: Intervention | None = None

    def told(self, session: Session, number: int, step: str, **answers: object) -> Submission:
        """The same row is never kept twice: its id says what it is."""
        who = f"{session.id}-{number}"
        return Submission(f"{who}-{step}-{len(answers)}", session.id, step, "1", who, dict(answers), session.created_at)

    def tell(self, *rows: Submission) -> None:
        submissions.import_past(self.store, rows)

    def ask(self, unit: str, teams: Sequence[str], day: datetime) -> None:
        """A wave of a unit that closed on a day; ``asked`` has the last one of each team."""
        wave = Wave(PULSE.id, PULSE.version, unit, day, created_at=day - timedelta(days=9))
        self.asked |= {team: sessions.new(team, PULSE, created_at=wave.created_at) for team in teams}
        waves.import_past(self.store, wave, [self.asked[team] for team in teams])

    def answer(self, team: str, people: int = 6) -> None:
        session, steps = self.asked[team], PULSE.steps[:3]
        for number in range(people):
            self.tell(
                *(
                    self.told(session, number, one.id, **{item.id: 1 + number % 5 for item in one.items})
                    for one in steps
                )
            )

    def meet(self, team: str, day: datetime, people: int = 6) -> Session:
        held = sessions.create(self.store, team, RESONANCE, created_at=day)
        for number in range(people):
            self.tell(
                self.told(held, number, "zien", seen=f"Een tuin {number}", promise=PLACE),
                self.told(held, number, "voelen", energy=5, safety=7),
            )
        return held

    def course(self, team: str, day: datetime, goal: str, *, shared: bool, who: str = "") -> None:
        goals = {"good_work": Goal(goal, "", who)}
        one = Course(team, goals, [], [], date(2027, 1, 1), shared, created_at=day)
        courses.import_past(self.store, [one])

    def pages(self) -> dict[str, str]:
        """What people would read."""
        return {
            "team": team_report(self.store, TEAM, QUARTER)._repr_html_(),
            "unit": unit_report(self.store, "wekerom", QUARTER)._repr_html_(),
            "session": session_report(self.store, self.met[TEAM])._repr_html_(),
            "another session": session_report(self.store, self.met["wekerom-03"])._repr_html_(),
        }

    def prints(self) -> dict[str, str]:
        jobs = {
            "team": Job("team", TEAM, QUARTER),
            "unit": Job("unit", "wekerom", QUARTER),
            "session": Job("session", TEAM, "", "nl", self.met[TEAM].code),
            "another session": Job("session", "wekerom-03", "", "nl", self.met["wekerom-03"].code),
        }
        found = batch._fingerprints(self.store, list(jobs.values()))
        return {name: found[job] for name, job in jobs.items()}


@pytest.fixture
def house(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(batch, "installed", lambda: "these sources")
    monkeypatch.setattr(Figure, "_svg", lambda *_: "")  # its words stay, which say in full what the picture shows
    store = Store.open(url)
    people = [Person(f"{one.id}-{number}", one.id, "professional", "Iemand") for one in TEAMS for number in range(8)]
    units.add(store, [EDE, *TEAMS], people)
    instruments.keep(store, PULSE)
    house = House(store, {}, {})
    for place in ("wekerom", "ede"):
        house.ask(place, [one.id for one in TEAMS if one.parent == place], CLOSED)
    for one in TEAMS:
        house.met[one.id] = house.meet(one.id, MET)
        house.answer(one.id)
        house.course(one.id, datetime(2026, 7, 1, tzinfo=UTC), f"Doel van {one.name}", shared=True, who="JAN DE VRIES")
    old = Intervention(house.met[TEAM].id, TEAM, "Koffie", "JAN DE VRIES", MET.date(), MET.date(), created_at=MET)
    interventions.import_past(store, [old])
    team_report(store, TEAM, QUARTER)  # what is worked out once, and kept
    unit_report(store, "wekerom", QUARTER)
    yield house
    store.close()


def late(house: House) -> None:
    house.tell(house.told(house.met[TEAM], 6, "voelen", energy=0))


def withdrawn(house: House) -> None:
    house.tell(house.told(house.met[TEAM], 6, "voelen"))


def hidden(house: House) -> None:
    one = house.told(house.met[TEAM], 1, "zien")
    sessions.moderate(house.store, one.session, "hide", text_name(one.participant, "zien", "1", "seen"))


def merged(house: House) -> None:
    two, three = (text_name(house.told(house.met[TEAM], at, "zien").participant, "zien", "1", "seen") for at in (2, 3))
    sessions.moderate(house.store, house.met[TEAM].id, "merge", two, three)


def agreed_when_the_period_was_over(house: House) -> None:
    """In a meeting that began in it and was never ended."""
    soon = date(2027, 1, 1)
    house.agreed = interventions.agree(house.store, house.met[TEAM], "Samen eten", "Fatma", soon, soon)


def taken_back(house: House) -> None:
    assert house.agreed
    interventions.withdraw(house.store, house.agreed)


def wave_that_nobody_answered(house: House) -> None:
    house.ask(TEAM, [TEAM], CLOSED + timedelta(days=2))


def answers_that_came_in_later(house: House) -> None:
    house.answer(TEAM)


def forgotten(house: House) -> None:
    session = house.asked[TEAM]
    links.erase(house.store, [links.Linked(session.id, f"{session.id}-1", TEAM, session.instrument, 3)])


def no_longer_shared(house: House) -> None:
    courses.set_course(house.store, "wekerom-02", {"good_work": Goal("Anders")}, date(2027, 1, 1), shared=False)


def texts_and_names_that_are_old(house: House) -> None:
    retention.apply(house.store, kept(texts=1), at=now() + timedelta(days=1))


def names_of_courses(house: House) -> None:
    house.course(TEAM, datetime(2026, 9, 1, tzinfo=UTC), "Een doel", shared=False, who="FATMA")


def answers_that_are_old(house: House) -> None:
    retention.apply(house.store, kept(answers=1), at=now() + timedelta(days=1))


def kept(**months: int) -> Settings:
    return EVER.model_copy(update={f"keep_{name}_months": number for name, number in months.items()})


def renamed(house: House) -> None:
    units.add(house.store, [Unit(TEAM, "wekerom", "team", "Een andere naam")])


def moved(house: House) -> None:
    units.add(house.store, [Unit("wekerom-04", "ede", "team", "Verhuisd")])


def late_in_a_team_that_moved(house: House) -> None:
    house.tell(house.told(house.met["wekerom-04"], 6, "voelen", energy=0))


def somebody_new(house: House) -> None:
    units.add(house.store, [], [Person("nieuw", TEAM, "professional", "Nieuw")])


def larger_groups(house: House) -> None:
    thresholds.raise_to(house.store, "wekerom", 9)


def elsewhere(house: House) -> None:
    far = house.meet("ede-01", MET + timedelta(days=1))
    interventions.agree(house.store, far, "Daar", "zij", date(2027, 1, 1), date(2027, 1, 1))
    house.course("ede-01", datetime(2026, 9, 2, tzinfo=UTC), "Daar", shared=True)
    units.add(house.store, [], [Person("ver", "ede-01", "professional", "Ver")])


def later(house: House) -> None:
    held = house.meet("wekerom-02", datetime(2026, 10, 2, 9, tzinfo=UTC))
    interventions.agree(house.store, held, "Later", "zij", date(2027, 1, 1), date(2027, 1, 1))
    house.ask("wekerom-02", ["wekerom-02"], datetime(2026, 10, 20, 9, tzinfo=UTC))
    courses.set_course(house.store, "wekerom-02", {"good_work": Goal("Later")}, date(2027, 1, 1), shared=True)


CHANGES: list[tuple[Callable[[House], None], set[str]]] = [
    (elsewhere, set()),
    (later, set()),
    (larger_groups, set()),
    (late, {"team", "unit", "session"}),
    (withdrawn, {"team", "unit", "session"}),
    (hidden, {"session"}),
    (merged, {"session"}),
    (agreed_when_the_period_was_over, {"team", "session"}),
    (taken_back, {"team", "session"}),
    (forgotten, {"team", "unit"}),
    (wave_that_nobody_answered, {"team"}),
    (answers_that_came_in_later, {"team"}),
    (no_longer_shared, {"unit"}),
    (somebody_new, {"team"}),
    (names_of_courses, {"team", "unit"}),
    (renamed, {"team", "session"}),
    (moved, {"unit"}),
    (late_in_a_team_that_moved, {"unit"}),
    (texts_and_names_that_are_old, {"team", "session", "another session"}),
    (answers_that_are_old, {"team", "unit", "session", "another session"}),
]


def test_what_a_page_reads_changes_its_fingerprint_and_what_it_does_not_read_leaves_it(house: House) -> None:
    pages, prints = house.pages(), house.prints()
    for change, reads in CHANGES:
        change(house)
        then, others = house.pages(), house.prints()
        assert {name for name in then if then[name] != pages[name]} == reads, change.__name__
        changed = {name for name in others if others[name] != prints[name]}
        assert reads <= changed if reads else not changed, change.__name__
        pages, prints = then, others


def test_a_course_that_a_team_shares_no_more_is_nothing_to_its_own_report(house: House) -> None:
    before = house.prints()
    courses.set_course(house.store, TEAM, {"good_work": Goal("Anders")}, date(2027, 1, 1), shared=False)
    after = house.prints()
    assert after["team"] == before["team"]
    assert after["unit"] != before["unit"]


def test_a_wave_is_read_when_its_last_answers_are_in_also_when_nobody_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = waves.open_wave(house.store, PULSE, TEAM, now() + timedelta(days=2))
    seen = []
    for at in (now(), wave.closes_at, wave.closes_at + waves.SETTLED):
        monkeypatch.setattr(report_runs, "now", lambda at=at: at)
        seen.append(report_runs.DataState(house.store, wave.closes_at + timedelta(days=30)).waves)
    assert seen[0] == seen[1] != seen[2]


def test_each_database_tells_that_a_text_went(store: Store) -> None:
    units.add(store, ORGANISATION)
    house = House(store, {}, {})
    house.meet(TEAM, MET, people=1)
    seen = [report_runs.DataState(store, CLOSED).of(TEAM, ())]
    retention.apply(store, kept(texts=1), at=now() + timedelta(days=1))
    seen.append(report_runs.DataState(store, CLOSED).of(TEAM, ()))
    assert seen[0] != seen[1] == report_runs.DataState(store, CLOSED).of(TEAM, ())

"""What a team sees of others when it sets its course."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bedoeling_nb.apps.course import CourseApp
from bedoeling_nb.apps.course_form import CourseForm
from bedoeling_nb.community import Unit, local_time, now
from bedoeling_nb.store import Store, courses, units
from bedoeling_nb.store.courses import Goal
from tests.apps.screens import words

DAY = date(2027, 3, 1)


def course(store: Store, unit: str, ask: str, offer: str = "", *, shared: bool = True) -> None:
    goals = {"good_life": Goal("Een goed leven")}
    courses.set_course(store, unit, goals, DAY, asks=[ask], offers=[offer] if offer else [], shared=shared)


@pytest.fixture
def app(store: Store, organisation: object) -> CourseApp:
    far = [Unit("ede", "oost", "location", "Ede"), Unit("ede-01", "ede", "team", "Team Ede")]
    far += [Unit("zetten", "west", "location", "Zetten"), Unit("zetten-01", "zetten", "team", "Team Zetten")]
    units.add(store, far)
    course(store, "wekerom-01", "Van onszelf")
    course(store, "wekerom-02", "Vraag van dichtbij", "Bod van <b>dichtbij</b>")
    course(store, "zetten-01", "Vraag van ver")
    course(store, "ede-01", "Vraag van daartussen")
    return CourseApp(store, "wekerom-01", "nl")


def test_the_nearest_stand_first_with_where_they_are(app: CourseApp) -> None:
    told = words(app.box)
    found = [told.index(text) for text in ("Vraag van dichtbij", "Vraag van daartussen", "Vraag van ver")]
    assert found == sorted(found)
    assert "Team Ede (Ede)" in told
    assert "Team 2 (" not in told
    assert "Bod van &lt;b&gt;dichtbij" in told
    assert "Van onszelf" not in told


def test_who_does_not_share_is_not_there(app: CourseApp, store: Store) -> None:
    for team in ("wekerom-02", "zetten-01", "ede-01"):
        course(store, team, "Niet voor anderen", shared=False)
    app.look()
    told = words(app.box)
    assert "Niet voor anderen" not in told
    assert "Wat anderen vragen en bieden" not in told


TODAY = local_time(now()).date()


@pytest.fixture
def form(store: Store, organisation: object) -> CourseForm:
    """Of a team that has a course."""
    goals = {"good_life": Goal("Naar buiten"), "good_work": Goal("Rust", "Minder gebel", "Bea")}
    courses.set_course(store, "wekerom-01", goals, TODAY + timedelta(days=100))
    return CourseForm(store, "wekerom-01", "nl", "Onze koers")


def test_a_sign_without_a_goal_is_not_lost_without_a_word(form: CourseForm, store: Store) -> None:
    before = courses.of_unit(store, "wekerom-01")
    form.goals["good_work"][0].value = " "
    form.keep()
    assert form.told.value == ("Mooi Werk: vul in wat jullie willen, of maak ook “We merken het aan”, “Wie” leeg.")
    assert courses.of_unit(store, "wekerom-01") == before
    for field in form.goals["good_work"]:
        field.value = ""
    form.keep()
    kept = courses.of_unit(store, "wekerom-01")
    assert kept is not None
    assert set(kept.goals) == {"good_life"}


def test_the_same_course_is_kept_once(form: CourseForm, store: Store) -> None:
    before = courses.of_unit(store, "wekerom-01")
    form.keep()
    assert courses.of_unit(store, "wekerom-01") == before
    assert form.told.value == "Jullie koers is bewaard."


@pytest.mark.parametrize(
    ("days", "told"),
    [(-1, "is voorbij"), (0, "bewaard"), (366, "bewaard"), (367, "meer dan een jaar"), (73000, "jaar")],
)
def test_a_day_that_cannot_be_meant_is_refused(form: CourseForm, days: int, told: str) -> None:
    form.review.value = TODAY + timedelta(days=days)
    form.keep()
    assert told in form.told.value
    assert form.changed == ("bewaard" not in told)


def test_what_is_wrong_names_the_field(form: CourseForm) -> None:
    form.goals["good_life"][2].value = "x" * 281
    form.keep()
    assert form.told.value == "Goed Leven, Wie: Je tekst heeft 281 tekens. Er is ruimte voor 280."


def test_what_is_typed_stays_when_another_period_or_unit_is_looked_at(app: CourseApp) -> None:
    app.unit.value = "wekerom"
    app.forms["wekerom"].asks.value = "half getypt"
    app.period.value = app.period.options[2][1]
    assert app.forms["wekerom"].asks.value == "half getypt"
    app.unit.value = "wekerom-01"
    assert app.period.layout.display == "none"
    app.unit.value = "wekerom"
    assert app.forms["wekerom"].asks.value == "half getypt"
    assert app.forms["wekerom"].box in app.shown.children

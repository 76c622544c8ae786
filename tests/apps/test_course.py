"""What a team sees of others when it sets its course."""

from __future__ import annotations

from datetime import date

import pytest

from bedoeling_nb.apps.course import CourseApp
from bedoeling_nb.community import Unit
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

"""What a board may show while people answer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.community import new_id, now
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, interventions, sessions, submissions, units
from bedoeling_nb.store.sessions import GRACE, Session
from bedoeling_nb.store.submissions import Submission
from tests.conftest import ORGANISATION


class Room:
    """A session at "voelen", with people who answer one by one."""

    def __init__(self, store: Store, script: Instrument) -> None:
        units.add(store, ORGANISATION)
        self.store = store
        self.session: Session = sessions.create(store, "wekerom-01", script)
        self.meeting = Meeting.load(store, self.session)
        self.go(open=True)

    def go(self, *, open: bool, ago: timedelta = timedelta()) -> None:
        rev = sessions.state(self.store, self.session.id).rev
        sessions.go(self.store, self.session.id, "voelen", open=open, rev=rev, at=now() - ago)

    def close(self) -> None:
        """So long ago that nothing is on its way any more."""
        self.go(open=False, ago=GRACE + timedelta(seconds=1))

    def tell(self, *people: str, **answers: object) -> None:
        told = [Submission(new_id(), self.session.id, "voelen", "1", person, answers) for person in people]
        submissions.import_past(self.store, told)

    def shown(self, item: str) -> dict[str, object]:
        """What the board shows of an item; a board that is opened now shows the same."""
        self.meeting = self.meeting.follow(self.store)
        step = self.meeting.script.step("voelen")
        summary = self.meeting.summaries(step)[item]
        assert summary == Meeting.load(self.store, self.session).summaries(step)[item]
        return summary


@pytest.fixture
def room(store: Store, script: Instrument) -> Room:
    return Room(store, script)


def test_an_open_picture_moves_by_groups_and_shows_all_when_it_closes(room: Room) -> None:
    room.tell(*"abcd", energy=8)
    assert room.shown("energy") == {"n": 4, "withheld": True, "needed": 5}
    room.tell("e", energy=3)
    first = room.shown("energy")
    assert (first["n"], first["waiting"], first["mean"]) == (5, 0, 7)
    room.tell("f", energy=0)
    assert room.shown("energy") == first | {"waiting": 1, "of": 6}
    room.tell(*"ghi", energy=0)
    assert room.shown("energy") == first | {"waiting": 4, "of": 9}
    room.tell("j", energy=0)
    assert (room.shown("energy")["n"], room.shown("energy")["mean"]) == (10, 3.5)
    room.tell("k", energy=9)
    room.close()
    assert (room.shown("energy")["n"], room.shown("energy")["mean"]) == (11, 4)


def test_who_answers_anew_or_takes_it_back_is_not_seen_alone(room: Room) -> None:
    room.tell(*"abcde", energy=5)
    first = room.shown("energy")
    room.tell("a", energy=10)
    room.tell("b")
    room.tell("c", safety=1)
    assert room.shown("energy") == first | {"waiting": 3, "of": 5}
    room.tell(*"fg", energy=5)
    assert (room.shown("energy")["n"], room.shown("energy")["mean"]) == (5, 6)  # a d e f g
    room.close()
    assert room.shown("energy")["n"] == 5


def test_what_too_few_answered_says_when_nothing_more_can_come(room: Room) -> None:
    room.tell(*"abcd", energy=8)
    assert room.shown("energy") == {"n": 4, "withheld": True, "needed": 5}
    room.close()
    assert room.shown("energy") == {"n": 4, "withheld": True, "needed": 5, "closed": True}


def test_of_several_things_those_are_counted_who_are_in_a_picture(store: Store, script: Instrument) -> None:
    units.add(store, ORGANISATION)
    before = sessions.create(store, "wekerom-01", script, created_at=now() - timedelta(days=30))
    for text in ("Bellen", "Samen eten"):
        interventions.agree(store, before, text, "Ank", date(2026, 1, 1), date(2026, 1, 8))
    session = sessions.create(store, "wekerom-01", script)
    sessions.go(store, session.id, "terugblik", rev=0)
    bellen, eten = (one.id for one in interventions.last_of_unit(store, session))

    def tell(entry: str, *people: str) -> None:
        told = [Submission(new_id(), session.id, "terugblik", entry, one, {"done": "done"}) for one in people]
        submissions.import_past(store, told)

    def counted() -> tuple[int, int, int]:
        meeting = Meeting.load(store, session)
        done = meeting.summaries(meeting.script.step("terugblik"))["done"]
        return done["n"], done["of"], done["waiting"]

    tell(bellen, *"abcd")
    tell(eten, *"defg")
    assert counted() == (7, 7, 7)  # no picture yet: both say how many they need
    tell(bellen, "e")
    assert counted() == (5, 7, 4)


@pytest.mark.parametrize("ended", [False, True])
def test_a_picture_is_not_whole_while_answers_may_be_on_their_way(room: Room, ended: bool) -> None:
    room.tell(*"abcdef", energy=5)
    if ended:
        sessions.end(room.store, room.session.id, rev=1)
    else:
        room.go(open=False)
    assert (room.shown("energy")["n"], room.shown("energy")["waiting"]) == (5, 1)


def test_below_k_it_says_how_many_there_are_and_never_that_there_are_enough(room: Room) -> None:
    room.tell(*"abcde", energy=5)
    room.tell(*"abc")
    room.tell("f", energy=5)
    assert room.shown("energy")["n"] == 5  # the picture of a moment ago
    room.tell("g", energy=5)
    assert room.shown("energy") == {"n": 4, "withheld": True, "needed": 5}  # d e f g


def test_words_are_shown_as_they_come(room: Room) -> None:
    room.tell(*"abcde", word="hoop")
    room.tell("f", word="rust")
    assert room.shown("word")["n"] == 6

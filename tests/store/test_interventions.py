"""What sessions agreed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bedoeling_nb.community import Unit
from bedoeling_nb.errors import BadRequest, InvalidAnswer, SessionEnded
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import Store, interventions, sessions
from bedoeling_nb.store.interventions import Intervention

DUE, REVIEW = date(2026, 4, 1), date(2026, 5, 1)


def test_an_agreement_is_kept_and_the_phones_hear_of_it(store: Store, session: sessions.Session) -> None:
    made = interventions.agree(store, session, "  Koffie om  tien uur\x07 ", "Bea", DUE, REVIEW)
    assert (made.text, made.who, made.unit) == ("Koffie om tien uur", "Bea", "wekerom-01")
    assert interventions.of_session(store, session.id) == [made]
    assert interventions.of_unit(store, "wekerom-01") == [made]
    assert interventions.of_unit(store, "wekerom-02") == []
    assert [event.kind for event in sessions.events(store, session.id)] == ["note"]


def test_an_agreement_can_be_taken_back(store: Store, session: sessions.Session) -> None:
    first = interventions.agree(store, session, "Een", "Ann", DUE, REVIEW)
    second = interventions.agree(store, session, "Twee", "Bea", DUE, DUE)
    interventions.withdraw(store, first)
    assert interventions.of_session(store, session.id) == [second]
    assert sessions.state(store, session.id).rev == 3


@pytest.mark.parametrize(
    ("text", "who", "review", "error"),
    [
        ("Een", "Ann", DUE - timedelta(days=1), BadRequest),
        ("", "Ann", REVIEW, InvalidAnswer),
        ("Een", " ", REVIEW, InvalidAnswer),
        ("x" * 281, "Ann", REVIEW, InvalidAnswer),
        ("Een", "x" * 81, REVIEW, InvalidAnswer),
    ],
)
def test_an_agreement_without_sense_is_refused(
    text: str, who: str, review: date, error: type[Exception], store: Store, session: sessions.Session
) -> None:
    with pytest.raises(error):
        interventions.agree(store, session, text, who, DUE, review)
    assert interventions.of_session(store, session.id) == []
    assert sessions.state(store, session.id).rev == 0


def test_what_is_wrong_names_the_field(store: Store, session: sessions.Session) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        interventions.agree(store, session, "Een", "x" * 81, DUE, REVIEW)
    assert caught.value.message("nl") == "Wie: Je tekst heeft 81 tekens. Er is ruimte voor 80."
    assert caught.value.message("en").startswith("Who: ")


def test_after_the_end_agreements_stay_as_they_are(store: Store, session: sessions.Session) -> None:
    made = interventions.agree(store, session, "Een", "Ann", DUE, REVIEW)
    sessions.end(store, session.id, rev=1)
    with pytest.raises(SessionEnded):
        interventions.agree(store, session, "Te laat", "Ann", DUE, REVIEW)
    with pytest.raises(SessionEnded):
        interventions.withdraw(store, made)
    assert interventions.of_session(store, session.id) == [made]


def test_past_agreements_can_be_brought_in_twice(store: Store, session: sessions.Session) -> None:
    past = Intervention(session.id, session.unit, "Een", "Ann", DUE, REVIEW)
    interventions.import_past(store, [past])
    interventions.import_past(store, [past, Intervention(session.id, session.unit, "Twee", "Bea", DUE, REVIEW)])
    interventions.import_past(store, [])
    assert [one.text for one in interventions.of_session(store, session.id)] == ["Een", "Twee"]


def test_a_session_looks_back_on_the_last_one_of_its_unit_that_agreed_anything(
    store: Store, organisation: tuple[Unit, ...], script: Instrument
) -> None:
    start = datetime(2026, 1, 1, 9, tzinfo=UTC)

    def held(unit: str, day: int, *texts: str) -> sessions.Session:
        at = start + timedelta(days=day)
        session = sessions.create(store, unit, script, created_at=at)
        interventions.import_past(
            store,
            [
                Intervention(session.id, unit, text, "Ann", DUE, REVIEW, created_at=at + timedelta(minutes=minute))
                for minute, text in enumerate(texts, 30)
            ],
        )
        return session

    first = held("wekerom-01", 0, "Oud")
    held("wekerom-01", 30, "Een", "Twee")
    held("wekerom-01", 60)
    held("wekerom-02", 90, "Van een ander team")
    now = held("wekerom-01", 120, "Van nu")
    held("wekerom-01", 150, "Van later")
    assert [one.text for one in interventions.last_of_unit(store, now)] == ["Een", "Twee"]
    assert interventions.last_of_unit(store, first) == []

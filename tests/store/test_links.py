"""A code of one's own links waves, and lets one's answers be erased: from the rows, and from the file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bedoeling_nb.analysis.scores import work_out
from bedoeling_nb.community import new_id, now
from bedoeling_nb.errors import BadRequest, SessionEnded
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, instruments, links, scores, secrets, sessions, submissions, waves
from bedoeling_nb.store.links import Linked
from bedoeling_nb.store.sessions import GRACE
from bedoeling_nb.store.submissions import Submission
from tests.kept import codes


def asked(store: Store, instrument: str = "team-reflection") -> str:
    wave = waves.open_wave(store, find(instrument), "wekerom-01", now() + timedelta(days=7))
    [session] = waves.sessions_of(store, wave)
    return session.id


def tell(store: Store, session: str, person: str, text: str) -> None:
    script = find("team-reflection")
    step, item = next((step.id, item.id) for step in script.steps for item in step.items if item.is_text)
    assert submissions.add(store, [Submission(new_id(), session, step, "1", person, {item: text})]) == [True]


def test_the_same_code_links_waves_and_erases_only_who_made_it(store: Store, organisation: object) -> None:
    first, second = asked(store), asked(store)
    for session in (first, second):
        tell(store, session, f"me-{session}", "van mij")
        tell(store, session, "somebody", "van een ander")
        links.keep(store, session, f"me-{session}", "hash")
    links.keep(store, second, "somebody", "other")
    mine = links.linked(store, "hash")
    assert [(one.session, one.submissions) for one in mine] == [(first, 1), (second, 1)]
    assert links.linked(store, "hash", ["wekerom-02"]) == []
    assert links.erase(store, mine) == (2, True)
    assert links.linked(store, "hash") == []
    assert [list(one.answers.values()) for one in submissions.current(store, second)] == [["van een ander"]]
    assert codes(store, [first, second]) == {(second, "somebody"): "other"}


def test_what_was_worked_out_of_erased_answers_goes_with_them(store: Store, organisation: object) -> None:
    pulse = find("promises-pulse")
    instruments.keep(store, pulse)
    wave = waves.Wave(pulse.id, pulse.version, "wekerom-01", now() - timedelta(hours=1))
    session = sessions.new("wekerom-01", pulse)
    waves.import_past(store, wave, [session])
    for person in "abcdef":
        given = dict.fromkeys(("gl1", "gl2"), 1 if person == "a" else 5)
        submissions.import_past(store, [Submission(new_id(), session.id, "good_life", "1", person, given)])

    def mean() -> float | None:
        work_out(store, [wave])
        return scores.of_unit(store, [wave.id], "wekerom-01")[wave.id, "good_life"].mean

    assert mean() == pytest.approx((1 + 5 * 5) / 6)
    links.erase(store, [Linked(session.id, "a", "wekerom-01", pulse.id, 1)])
    assert scores.of_unit(store, [wave.id], "wekerom-01") == {}
    assert mean() == 5


def test_a_code_is_replaced_and_taken_back(store: Store, organisation: object) -> None:
    session = asked(store)
    links.keep(store, session, "me", "first")
    links.keep(store, session, "me", "second")
    assert codes(store, [session]) == {(session, "me"): "second"}
    links.keep(store, session, "me", None)
    assert codes(store, [session]) == {}


def test_only_a_questionnaire_that_is_open_takes_a_code(store: Store, organisation: object) -> None:
    led = sessions.create(store, "wekerom-01", find("resonance"))
    with pytest.raises(BadRequest, match="Only a questionnaire"):
        links.keep(store, led.id, "me", "hash")
    closed = asked(store)
    rev = sessions.state(store, closed).rev
    sessions.end(store, closed, rev=rev, at=now() - GRACE - timedelta(seconds=1))
    with pytest.raises(SessionEnded):
        links.keep(store, closed, "me", "hash")


def test_what_is_erased_is_not_in_the_files_any_more(tmp_path: Path, sqlite_template: Path) -> None:
    from bedoeling_nb.store import units
    from tests.conftest import ORGANISATION

    store = Store.open(f"sqlite:///{tmp_path / 'own.db'}")
    units.add(store, ORGANISATION)
    session = asked(store)
    secret = "een heel herkenbare zin 8f3c1"
    tell(store, session, "me", secret)
    links.keep(store, session, "me", "hash")

    def in_files() -> bool:
        return any(secret.encode() in path.read_bytes() for path in tmp_path.glob("own.db*"))

    assert in_files()
    with store.read() as reader:
        reader.execute(sa.text("SELECT count(*) FROM submission"))
        assert links.erase(store, links.linked(store, "hash")) == (1, False)
        assert in_files()  # a reader still may see it as it was
    assert store.scrub()
    assert not in_files()
    store.close()


def test_the_keys_of_a_store_differ_and_stay(store: Store) -> None:
    assert secrets.linking_key(store) == secrets.linking_key(store)
    assert secrets.linking_key(store) != secrets.cookie_key(store)

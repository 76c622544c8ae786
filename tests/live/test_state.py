"""What phones hear of a session: the state, once and as a stream."""

from __future__ import annotations

import json
import re
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from bedoeling_nb.community import local_time, now, start_of_day
from bedoeling_nb.instruments import KINDS, Instrument, find
from bedoeling_nb.live import rooms
from bedoeling_nb.store import Store, events, interventions, presence, sessions, waves
from bedoeling_nb.store.sessions import Session
from tests.live.conftest import Go, Served, serving
from tests.servers import submission, until

DOCS = (Path(__file__).parents[2] / "docs" / "phone-api.md").read_text(encoding="utf-8")


def documented(after: str) -> dict[str, str]:
    """The first table after a sentence of the docs: {what its first column names: the rest}."""
    table = re.search(r"(?:^\|.*\n)+", DOCS[DOCS.index(after) :], re.MULTILINE)
    assert table
    rows = [line.strip("|").split("|", 1) for line in table[0].splitlines()[2:]]
    return {name: rest for first, rest in rows for name in re.findall(r"`([^`]+)`", first)}


def test_state_has_the_documented_fields_and_no_others(served: Served, session: Session, go: Go) -> None:
    go("zien")
    state = served.get(f"/s/{session.code}/state").json
    assert set(state) == set(documented("| field | type | meaning |\n|---|---|---|\n| `code`"))
    assert set(state["step"]) == set(documented("A step:"))
    assert all(set(entry) == {"id", "text"} for entry in state["step"]["entries"])
    assert state["code"] == session.code
    assert (state["status"], state["k"], state["language"], state["unit"]) == ("open", 5, "nl", "Team 1")
    assert state["title"] == {"nl": "Resonantieoverleg", "en": "Resonance meeting"}
    assert (state["step"]["index"], state["step"]["count"], state["step"]["open"]) == (1, 8, True)
    assert [entry["id"] for entry in state["step"]["entries"]] == ["1", "2", "3"]


def test_items_have_the_documented_fields_and_no_others(script: Instrument) -> None:
    table = documented("## Items and values")
    assert set(re.findall(r"`(\w+)`", DOCS[DOCS.index("Every item has") : DOCS.index("Where `not_applicable`")])) == {
        "id", "kind", "text", "help", "required", "not_applicable"
    }  # fmt: skip
    assert [name for name in table if name in KINDS] == list(table)
    assert set(table) == set(KINDS)
    for item in [item for step in script.steps for item in step.items]:
        own = set(item.public()) - {"id", "kind", "text", "help", "required", "not_applicable"}
        fields = set(re.findall(r"`(\w+)`", table[item.kind].split("|")[0]))
        assert own == fields, item.kind


def test_before_the_first_step_and_after_the_end(served: Served, session: Session, store: Store, go: Go) -> None:
    path = f"/s/{session.code}/state"
    assert served.get(path).json["step"] is None
    day = date(2027, 1, 8)
    interventions.agree(store, session, "Samen eten", "Ank", day, day + timedelta(days=30))
    rev = go("uitcheck")
    sessions.end(store, session.id, rev=rev)
    until(lambda: served.get(path).json["status"] == "ended", "the state of an ended session")
    state = served.get(path).json
    assert state["step"]["open"] is False
    [agreed] = state["agreements"]
    assert set(agreed) == {"id", "text", "who", "due_on"}
    assert (agreed["text"], agreed["who"], agreed["due_on"]) == ("Samen eten", "Ank", "2027-01-08")


@pytest.mark.parametrize("packed", [False, True])
def test_stream_begins_with_the_state_and_tells_each_change(
    served: Served, session: Session, go: Go, packed: bool
) -> None:
    stream = served.stream(session.code, packed=packed)
    assert stream.response.status == 200
    assert stream.response.headers.get_content_type() == "text/event-stream"
    assert stream.block() == {"retry": "1000"}
    first = stream.block()
    assert set(first) == {"event", "id", "data"}
    assert first["event"] == "state"
    assert json.loads(first["data"]) == served.get(f"/s/{session.code}/state").json
    for step in ("zien", "voelen"):
        rev = go(step)
        event = stream.event("state")
        state = json.loads(event["data"])
        assert (state["rev"], event["id"], state["step"]["id"]) == (rev, str(rev), step)


def test_stream_pings(served: Served, session: Session, monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.setattr(rooms, "PING", timedelta(milliseconds=50))
    with serving(store) as quick:
        stream = quick.stream(session.code)
        pings = [stream.event("ping") for _ in range(3)]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", ping["data"]) for ping in pings)


def test_what_was_hidden_reaches_phones_at_once_and_numbers_of_answers_do_not(
    served: Served, session: Session, store: Store, go: Go
) -> None:
    """Options come from what people wrote: they follow the moderator, in an open step too."""
    go("zien")
    for number in range(6):
        assert served.post(session.code, submission(seen=f"tekst {number}")).status == 201
    rev = go("bijsturing")
    stream = served.stream(session.code)
    [votes] = stream.state(rev)["step"]["items"]
    assert [option["text"] for option in votes["options"]] == [f"tekst {number}" for number in range(6)]
    hidden = votes["options"][2]["id"]
    sessions.moderate(store, session.id, "hide", hidden)
    [votes] = stream.state(rev + 1)["step"]["items"]
    assert hidden not in [option["id"] for option in votes["options"]]
    sessions.moderate(store, session.id, "show", hidden)
    [votes] = stream.state(rev + 2)["step"]["items"]
    assert hidden in [option["id"] for option in votes["options"]]


def test_under_k_nobody_is_offered_what_a_few_wrote(served: Served, session: Session, go: Go) -> None:
    go("zien")
    for number in range(4):
        assert served.post(session.code, submission(seen=f"geheim {number}")).status == 201
    rev = go("bijsturing")
    state = served.stream(session.code).state(rev)
    assert state["step"]["items"][0]["options"] == []
    assert "geheim" not in json.dumps(state)


def test_state_shows_no_other_session(
    served: Served, session: Session, store: Store, script: Instrument, go: Go
) -> None:
    other = sessions.create(store, "wekerom-02", script)
    sessions.go(store, other.id, "zien", rev=0)
    for _ in range(6):
        served.post(other.code, submission(seen="van de buren"))
    sessions.go(store, other.id, "bijsturing", rev=1)
    rev = go("bijsturing")
    told = json.dumps(served.stream(session.code).state(rev))
    assert "buren" not in told
    assert other.code not in told


def test_presence_counts_streams(served: Served, session: Session, store: Store) -> None:
    def here() -> int:
        return presence.phones(store, session.id)

    streams = [served.stream(session.code) for _ in range(3)]
    for stream in streams:
        stream.state()
    until(lambda: here() == 3, "three phones are here")
    streams[0].close()
    until(lambda: here() == 2, "one phone left")
    served.hang_up()
    until(lambda: here() == 0, "all phones left")


def test_a_phone_that_never_reads_holds_up_nobody(served: Served, session: Session, go: Go) -> None:
    sleeper, awake = served.stream(session.code), served.stream(session.code)
    for _ in range(30):
        rev = go("zien")
        assert awake.state(rev)["rev"] == rev
    assert sleeper.state(rev)["rev"] == rev  # it was kept, as it is small


def test_a_wave_that_closes_by_the_clock_is_told_to_its_phones(
    served: Served, organisation: object, store: Store
) -> None:
    wave = waves.open_wave(store, find("promises-pulse"), "wekerom-01", now() + timedelta(seconds=2))
    [asked] = waves.sessions_of(store, wave)
    stream = served.stream(asked.code)
    assert stream.state()["status"] == "open"
    until(lambda: stream.state()["status"] == "ended", "told")
    assert served.get(f"/s/{asked.code}/state").json["status"] == "ended"


def test_a_meeting_that_nobody_ended_tells_its_phones_that_it_is_over(
    served: Served, session: Session, store: Store, go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = now() + timedelta(seconds=2)
    midnight = start_of_day(local_time(soon).date() + timedelta(days=1))
    monkeypatch.setattr(events, "NIGHT", soon - midnight)
    go("zien")
    stream = served.stream(session.code)
    assert stream.state()["status"] == "open"
    until(lambda: stream.state()["status"] == "ended", "told")


def test_a_read_that_failed_is_done_again_and_other_rooms_do_not_wait(
    served: Served, session: Session, store: Store, script: Instrument, go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sessions.create(store, "wekerom-02", script)
    streams = [served.stream(one.code) for one in (session, other)]
    for stream in streams:
        stream.state()
    failing = {session.code: 2}
    again = rooms.Reading.again

    def away(reading: rooms.Reading, store: Store) -> rooms.Reading:
        code = reading.meeting.session.code
        if failing.get(code, 0):
            failing[code] -= 1
            raise OSError("the store was away for a moment")
        return again(reading, store)

    monkeypatch.setattr(rooms.Reading, "again", away)
    revs = [go("zien"), sessions.go(store, other.id, "zien", rev=0).rev]
    assert [stream.state(rev)["step"]["id"] for stream, rev in zip(streams, revs, strict=True)] == ["zien", "zien"]
    assert failing == {session.code: 0}


def test_what_happens_while_a_session_is_read_for_the_first_time_is_told(
    served: Served, session: Session, go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rooms.Reading.first

    def slow(store: Store, code: str) -> rooms.Reading:
        reading = first(store, code)
        go("zien")
        time.sleep(3 * rooms.LOOK_SECONDS)  # until the change has been seen, of a room that is not there yet
        return reading

    monkeypatch.setattr(rooms.Reading, "first", slow)
    stream = served.stream(session.code)
    assert stream.state(1)["step"]["id"] == "zien"

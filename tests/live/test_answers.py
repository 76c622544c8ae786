"""Handing in answers: what is kept, what is refused, and in which words."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bedoeling_nb import privacy
from bedoeling_nb.community import now
from bedoeling_nb.live import committer
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, database, sessions, submissions
from bedoeling_nb.store.sessions import GRACE, Session
from tests.live.conftest import Go, Served, serving
from tests.live.test_state import DOCS
from tests.servers import Reply, submission, until

PLACE = {"good_life": 0.5, "good_work": 0.3, "healthy_organisation": 0.2}


def kept(store: Store, session: Session) -> list[submissions.Submission]:
    """The submissions that count."""
    return submissions.current(store, session.id)


# ── What is kept ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_an_answer_is_kept_once_however_often_it_is_sent(
    served: Served, session: Session, store: Store, go: Go
) -> None:
    go("zien")
    body = submission(seen="Er werd gelachen.", promise=PLACE)
    first = served.post(session.code, body)
    assert (first.status, first.json) == (201, {"id": body["id"], "stored": True})
    again = [served.post(session.code, body) for _ in range(3)]
    assert [(reply.status, reply.json) for reply in again] == [(200, first.json)] * 3
    [one] = kept(store, session)
    assert one.answers == {"seen": "Er werd gelachen.", "promise": PLACE}
    assert one.participant == privacy.participant(body["participant"], session.id)
    assert body["participant"] not in repr(one)


def test_the_last_one_counts_and_an_empty_one_withdraws(served: Served, session: Session, store: Store, go: Go) -> None:
    go("zien")
    first = submission(seen="eerst")
    same = {"participant": first["participant"]}
    assert served.post(session.code, first).status == 201
    assert served.post(session.code, submission(seen="daarna") | same).status == 201
    assert served.post(session.code, submission(entry="2", seen="nog een") | same).status == 201
    assert [one.answers["seen"] for one in kept(store, session)] == ["daarna", "nog een"]
    assert served.post(session.code, submission() | same).status == 201
    assert [one.answers["seen"] for one in kept(store, session)] == ["nog een"]
    assert submissions.count(store, session.id) == 4  # nothing was deleted


def test_many_at_once_are_all_kept(served: Served, session: Session, store: Store, go: Go) -> None:
    go("zien")
    bodies = [submission(seen=f"tekst {number}") for number in range(200)]
    with ThreadPoolExecutor(20) as room:
        replies = list(room.map(lambda body: served.post(session.code, body), bodies))
    assert {reply.status for reply in replies} == {201}
    assert {one.id for one in kept(store, session)} == {body["id"] for body in bodies}


def test_the_same_id_at_the_same_moment_is_kept_once(served: Served, session: Session, store: Store, go: Go) -> None:
    go("zien")
    body = submission(seen="dubbel")
    with ThreadPoolExecutor(20) as room:
        replies = list(room.map(lambda _: served.post(session.code, body), range(20)))
    assert sorted(reply.status for reply in replies) == [200] * 19 + [201]
    assert submissions.count(store, session.id) == 1


def test_an_answer_on_its_way_when_the_step_closed_still_counts(
    served: Served, session: Session, store: Store, go: Go
) -> None:
    rev = go("zien")
    sessions.go(store, session.id, "zien", open=False, rev=rev, at=now() + timedelta(seconds=30))  # not on a stopwatch
    assert served.post(session.code, submission(seen="net op tijd")).status == 201


def test_an_answer_after_the_grace_is_refused(served: Served, session: Session, store: Store, go: Go) -> None:
    rev = go("zien")
    early = submission(seen="op tijd")
    assert served.post(session.code, early).status == 201
    closed = sessions.go(store, session.id, "voelen", rev=rev, at=now() - GRACE - timedelta(seconds=1))
    late = served.post(session.code, submission(seen="te laat"))
    assert (late.status, late.error) == (409, "step_closed")
    assert served.post(session.code, early).status == 200  # a known id is known, whatever happened since
    sessions.end(store, session.id, rev=closed.rev, at=now() - GRACE - timedelta(seconds=1))
    assert served.post(session.code, submission("voelen", energy=5)).error == "session_ended"
    assert served.post(session.code, early).status == 200


def test_a_wrong_clock_of_the_phone_means_nothing(served: Served, session: Session, go: Go) -> None:
    go("zien")
    headers = {"Date": "Mon, 01 Jan 1990 00:00:00 GMT", "If-Modified-Since": "Mon, 01 Jan 2090 00:00:00 GMT"}
    assert served.post(session.code, submission(seen="x"), headers=headers).status == 201


@pytest.mark.parametrize(
    "spelt", [str.lower, lambda code: f"{code[:3]}-{code[3:]}", lambda code: f"{code[:3]}%20{code[3:]}"]
)
def test_the_code_is_tidied(served: Served, session: Session, go: Go, spelt: Callable[[str], str]) -> None:
    go("zien")
    assert served.post(spelt(session.code), submission(seen="x")).status == 201
    assert served.get(f"/s/{spelt(session.code)}/state").json["code"] == session.code


# ── What is refused ────────────────────────────────────────────────────────────────────────────────────────────────


def _chunks(size: int) -> Iterator[bytes]:
    yield b'{"id": "'
    for _ in range(size // 1000):
        yield b"x" * 1000


def _ended(served: Served, session: Session, store: Store) -> Reply:
    sessions.end(store, session.id, rev=sessions.state(store, session.id).rev, at=now() - GRACE - timedelta(seconds=1))
    return served.post(session.code, submission("voelen", energy=5))


Refusal = Callable[[Served, Session, Store], Reply]

REFUSALS: dict[str, tuple[int, str, Refusal]] = {
    "not JSON": (400, "bad_json", lambda served, session, _: served.post(session.code, b"{")),
    "not UTF-8": (400, "bad_json", lambda served, session, _: served.post(session.code, b'{"id": "\xff\xfe"}')),
    "nothing": (400, "bad_json", lambda served, session, _: served.post(session.code, b"")),
    "NaN": (400, "bad_json", lambda served, session, _: served.post(session.code, b'{"answers": {"energy": NaN}}')),
    "deep": (400, "bad_json", lambda served, session, _: served.post(session.code, b"[" * 60_000)),
    "long number": (400, "bad_json", lambda served, session, _: served.post(session.code, b"1" * 60_000)),
    "a list": (400, "bad_request", lambda served, session, _: served.post(session.code, [])),
    "no id": (400, "bad_request", lambda served, session, _: served.post(session.code, _without("id"))),
    "no participant": (
        400,
        "bad_request",
        lambda served, session, _: served.post(session.code, _without("participant")),
    ),
    "no step": (400, "bad_request", lambda served, session, _: served.post(session.code, _without("step"))),
    "no entry": (400, "bad_request", lambda served, session, _: served.post(session.code, _without("entry"))),
    "no answers": (400, "bad_request", lambda served, session, _: served.post(session.code, _without("answers"))),
    "more": (
        400,
        "bad_request",
        lambda served, session, _: served.post(session.code, submission(seen="x") | {"at": 1}),
    ),
    "id": (
        400,
        "bad_request",
        lambda served, session, _: served.post(session.code, submission(seen="x") | {"id": "7"}),
    ),
    "short secret": (
        400,
        "bad_request",
        lambda served, session, _: served.post(session.code, submission(seen="x") | {"participant": "a" * 21}),
    ),
    "name as secret": (
        400,
        "bad_request",
        lambda served, session, _: served.post(
            session.code, submission(seen="x") | {"participant": "Jan de Vries uit Wekerom"}
        ),
    ),
    "entry as number": (
        400,
        "bad_request",
        lambda served, session, _: served.post(session.code, submission(seen="x") | {"entry": 1}),
    ),
    "wrong code": (404, "unknown_session", lambda served, _, __: served.post("QQQQQQ", submission(seen="x"))),
    "look-alikes": (404, "unknown_session", lambda served, _, __: served.post("O0I1L1", submission(seen="x"))),
    "no code": (404, "unknown_session", lambda served, _, __: served.post("%20", submission(seen="x"))),
    "step": (
        404,
        "unknown_step",
        lambda served, session, _: served.post(session.code, submission("vroeger", seen="x")),
    ),
    "entry": (
        404,
        "unknown_entry",
        lambda served, session, _: served.post(session.code, submission(entry="4", seen="x")),
    ),
    "item": (404, "unknown_item", lambda served, session, _: served.post(session.code, submission(seen="x", smell=1))),
    "closed": (
        409,
        "step_closed",
        lambda served, session, _: served.post(session.code, submission("voelen", energy=5)),
    ),
    "ended": (410, "session_ended", _ended),
    "large": (413, "too_large", lambda served, session, _: served.post(session.code, b"x" * (64 * 1024 + 1))),
    "large, unannounced": (
        413,
        "too_large",
        lambda served, session, _: served.post(session.code, _chunks(70_000)),
    ),
    "form": (
        415,
        "wrong_type",
        lambda served, session, _: served.post(
            session.code, submission(seen="x"), headers={"Content-Type": "application/x-www-form-urlencoded"}
        ),
    ),
    "untyped": (
        415,
        "wrong_type",
        lambda served, session, _: served.post(session.code, submission(seen="x"), headers={"Content-Type": ""}),
    ),
    "value": (422, "invalid_answer", lambda served, session, _: served.post(session.code, submission(seen=7))),
    "missing": (
        422,
        "invalid_answer",
        lambda served, session, _: served.post(session.code, submission(promise="na")),
    ),
}
"""Each wrong thing a client can do by itself; `too_many` and `busy` need a server in need, and stand below."""


def _without(field: str) -> dict[str, Any]:
    return {name: value for name, value in submission(seen="x").items() if name != field}


def check_sentences(reply: Reply) -> None:
    """The body of an error: a code, and a sentence for people in both languages."""
    body = reply.json["error"]
    assert reply.headers.get_content_type() == "application/json"
    assert set(body) - {"item"} == {"code", "message"}
    assert set(body["message"]) == {"nl", "en"}
    dutch, english = body["message"]["nl"], body["message"]["en"]
    assert dutch
    assert english
    assert dutch != english, f"not translated: {english}"
    assert not re.search(r"\{\w+\}|Traceback|[Ee]xception", dutch + english), (dutch, english)


@pytest.mark.parametrize("wrong", REFUSALS)
def test_refused(served: Served, session: Session, store: Store, go: Go, wrong: str) -> None:
    status, code, do = REFUSALS[wrong]
    go("zien")
    reply = do(served, session, store)
    assert (reply.status, reply.error) == (status, code), reply.body
    check_sentences(reply)
    assert submissions.count(store, session.id) == 0
    assert ("item" in reply.json["error"]) == (code == "invalid_answer")


def test_the_docs_know_every_code_and_no_other() -> None:
    table = {
        (int(status), code)
        for status, codes in re.findall(r"^\| (4\d\d|503) \| (.+?) \|", DOCS, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert table == {(status, code) for status, code, _ in REFUSALS.values()} | {(429, "too_many"), (503, "busy")}


@pytest.mark.parametrize(
    ("step", "item", "values"),
    [
        ("zien", "seen", ["", " ", "\u200b", "x" * 141, [], {}, 1, True, "\ud800", "\u0000"]),
        (
            "zien",
            "promise",
            [
                {},
                {"good_life": 1},
                {"good_life": 0.5, "good_work": 0.5, "healthy_organisation": 0.5},
                {"good_life": -0.1, "good_work": 0.6, "healthy_organisation": 0.5},
                {"good_life": 1e308, "good_work": -1e308, "healthy_organisation": 1},
                "n/a",
                [0.2, 0.3, 0.5],
            ],
        ),
        ("voelen", "energy", [-1, 11, 5.5, "5", True, [5]]),
        ("voelen", "lead", [-0.01, 1.01, "left", True]),
        ("voelen", "word", ["twee woorden", "x" * 25, 3]),
        ("uitcheck", "mood", [0, 4, 2.5, "fijn", True]),
    ],
)
def test_a_value_outside_its_item_is_refused_at_that_item(
    served: Served, session: Session, store: Store, go: Go, step: str, item: str, values: list[Any]
) -> None:
    go(step)
    others = {"seen": "x"} if (step, item) == ("zien", "promise") else {}
    for value in values:
        reply = served.post(session.code, submission(step, **others, **{item: value}))
        assert (reply.status, reply.error) == (422, "invalid_answer"), value
        assert reply.json["error"]["item"] == item
        check_sentences(reply)
    assert submissions.count(store, session.id) == 0


def test_a_number_too_large_for_a_number_is_refused(served: Served, session: Session, go: Go) -> None:
    go("voelen")
    body = json.dumps(submission("voelen", energy=7)).replace("7}", "1e999}")
    reply = served.post(session.code, body.encode())
    assert (reply.status, reply.error) == (422, "invalid_answer")
    check_sentences(reply)


def test_more_than_a_participant_may_send(store: Store, session: Session, go: Go) -> None:
    go("zien")
    with serving(store, Settings(answers_per_participant=3)) as served:
        one = submission(seen="x")
        bodies = [one | {"id": str(uuid.uuid4())} for _ in range(4)]
        replies = [served.post(session.code, body) for body in bodies]
        assert [reply.status for reply in replies] == [201, 201, 201, 429]
        assert replies[-1].error == "too_many"
        assert int(replies[-1].headers["Retry-After"]) > 60  # which means: no more in this session
        check_sentences(replies[-1])
        assert served.post(session.code, bodies[0]).status == 200  # what was kept stays known
        assert served.post(session.code, submission(seen="een ander")).status == 201


def test_more_than_a_source_may_send(store: Store, session: Session, go: Go) -> None:
    go("zien")
    with serving(store, Settings(rate_per_source=1)) as served:
        replies = [served.post(session.code, submission(seen="x"), source="127.0.0.9") for _ in range(40)]
        refused = [reply for reply in replies if reply.status == 429]
        assert refused
        assert {reply.status for reply in replies} == {201, 429}
        assert all(0 < int(reply.headers["Retry-After"]) <= 60 for reply in refused)
        check_sentences(refused[0])
        assert served.post(session.code, submission(seen="x"), source="127.0.0.10").status == 201


def test_guessing_codes_is_slowed_down_and_knowing_one_is_not(served: Served, session: Session, go: Go) -> None:
    go("zien")
    guesses = [served.get("/s/QQQQQQ/state", source="127.0.0.9") for _ in range(100)]
    assert {reply.status for reply in guesses} == {404, 429}
    [last] = [reply for reply in guesses if reply.status == 429][-1:]
    assert last.error == "too_many"
    assert int(last.headers["Retry-After"]) > 0
    check_sentences(last)
    assert served.get(f"/s/{session.code}/state", source="127.0.0.9").status == 200
    assert served.post(session.code, submission(seen="x"), source="127.0.0.9").status == 201


def test_more_waiting_than_the_server_can_hold(
    served: Served, session: Session, go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    go("zien")
    monkeypatch.setattr(committer, "WAITING", 0)
    reply = served.post(session.code, submission(seen="x"))
    assert (reply.status, reply.error) == (429, "too_many")
    assert int(reply.headers["Retry-After"]) <= 60


def test_a_store_that_is_locked_is_busy_and_then_works(
    session: Session, store: Store, go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    go("zien")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.3)
    hasty = Store.open(store.url)
    body = submission(seen="x")
    with serving(hasty) as served:
        other = sqlite3.connect(store.engine.url.database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        reply = served.post(session.code, body)
        assert (reply.status, reply.error) == (503, "busy")
        assert int(reply.headers["Retry-After"]) > 0
        check_sentences(reply)
        assert served.get(f"/s/{session.code}/state").status == 200  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert served.post(session.code, body).status == 201
    hasty.close()
    assert [one.id for one in kept(store, session)] == [body["id"]]


def test_what_people_wrote_is_not_logged(
    served: Served, session: Session, store: Store, go: Go, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even when the store fails; an error of SQLAlchemy shows the values of a statement, if it may."""
    go("zien")
    with store.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON submission BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    body = submission(seen="een geheim")
    reply = served.post(session.code, body)
    assert (reply.status, reply.error) == (503, "busy")
    assert "the disk is full" in caplog.text
    assert "geheim" not in caplog.text
    assert privacy.participant(body["participant"], session.id) not in caplog.text


def test_our_own_mistake_is_logged_and_told_in_words(
    served: Served, session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_code: str) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(served.phones.rooms, "room", broken)
    reply = served.post(session.code, submission(seen="x"), source="127.0.0.77")
    assert (reply.status, reply.error) == (500, "error")
    check_sentences(reply)
    assert "a mistake of ours" in caplog.text
    assert "127.0.0.77" not in caplog.text
    assert b"mistake" not in reply.body


def test_a_short_lock_is_waited_for(served: Served, session: Session, store: Store, go: Go) -> None:
    go("zien")
    other = sqlite3.connect(store.engine.url.database or "", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as phone:
        sent = phone.submit(served.post, session.code, submission(seen="x"))
        until(lambda: served.phones.committer._running is not None, "the answer is with the writer")
        assert not sent.done()
        threading.Thread(target=other.execute, args=("ROLLBACK",)).start()
        assert sent.result(30).status == 201
    other.close()


def test_one_wrong_answer_does_not_harm_the_others(served: Served, session: Session, store: Store, go: Go) -> None:
    """They share a transaction."""
    go("zien")
    bodies = [
        submission("zien" if number % 2 else "voelen", **{"seen": "x"} if number % 2 else {"energy": 1})
        for number in range(40)
    ]
    with ThreadPoolExecutor(20) as room:
        statuses = list(room.map(lambda body: served.post(session.code, body).status, bodies))
    assert statuses == [409, 201] * 20
    assert submissions.count(store, session.id) == 20


def test_texts_of_participants_come_back_as_text(served: Served, session: Session, go: Go) -> None:
    go("voorstellen")
    nasty = '</script><img src=x onerror=alert(1)> "quoted" \\ 💛'
    for _ in range(5):
        assert served.post(session.code, submission("voorstellen", proposal=nasty)).status == 201
    go("afwegen")
    reply = until(
        lambda: (state := served.get(f"/s/{session.code}/state")).json["step"]["id"] == "afwegen" and state, "next step"
    )
    assert reply.headers.get_content_type() == "application/json"
    assert reply.json["step"]["entries"][0]["text"] == nasty
    assert json.loads(reply.body)

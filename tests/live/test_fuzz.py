"""Whatever is sent to the phones' routes: never a 5xx, and an error is always JSON in both languages."""

from __future__ import annotations

import json
import shutil
import string
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

from bedoeling_nb.instruments import find
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, sessions, units
from tests.conftest import ORGANISATION
from tests.live.conftest import Served, serving
from tests.live.test_answers import check_sentences
from tests.servers import Reply, ask, submission

MOST = settings(max_examples=250)

STEPS = [step.id for step in find("resonance").steps]
ITEMS = [item.id for step in find("resonance").steps for item in step.items]


class Target:
    """A served session with something to answer in each step."""

    def __init__(self, served: Served, code: str) -> None:
        self.served, self.code = served, code


@pytest.fixture(scope="module")
def target(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A session at "bijsturing", with texts to vote on; nobody is slowed down."""
    path = tmp_path_factory.mktemp("fuzz") / "store.db"
    shutil.copy(sqlite_template, path)
    store = Store.open(f"sqlite:///{path}")
    units.add(store, ORGANISATION)
    session = sessions.create(store, "wekerom-01", find("resonance"))
    with serving(store, Settings(rate_per_source=1_000_000)) as served:
        for rev, step in enumerate(("zien", "voorstellen")):
            sessions.go(store, session.id, step, rev=rev)
            item = {"zien": "seen", "voorstellen": "proposal"}[step]
            for number in range(5):
                assert served.post(session.code, submission(step, **{item: f"Tekst {number}"})).status == 201
        sessions.go(store, session.id, "bijsturing", rev=2)
        yield Target(served, session.code)
    store.close()


def check(reply: Reply) -> None:
    """Not an error of ours, and an error of theirs says so in words."""
    assert reply.status < 500, (reply.status, reply.body[:500])
    if reply.status >= 400:
        check_sentences(reply)
    assert reply.headers["Set-Cookie"] is None
    assert reply.headers["Content-Security-Policy"]


json_values: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

near_values: SearchStrategy[Any] = st.one_of(
    st.sampled_from(["na", "done", 0, 1, -2, 5, 5.5, 1e308, "", "woord", "twee woorden", "\ud800", "\x00", "💛" * 80]),
    st.fixed_dictionaries({"x": json_values | st.integers(-5, 105), "y": st.integers(-5, 105)}),
    st.dictionaries(
        st.sampled_from(["good_life", "good_work", "healthy_organisation"]), st.floats(-1, 2) | json_values
    ),
    st.dictionaries(st.text(max_size=30), st.integers(-1, 5), max_size=4),
    json_values,
)

near_bodies: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str) | st.text(max_size=40) | json_values,
        "participant": st.just(uuid.uuid4().hex) | st.text(st.sampled_from(string.ascii_letters + "-_é "), max_size=70),
        "step": st.sampled_from(STEPS) | st.text(max_size=70) | json_values,
        "entry": st.sampled_from(["1", "2", "3", "4", "0", "01", " 1"]) | json_values,
        "answers": st.dictionaries(st.sampled_from(ITEMS) | st.text(max_size=10), near_values, max_size=4)
        | json_values,
    },
    optional={"more": json_values},
)


@MOST
@given(body=near_bodies)
def test_bodies_that_are_almost_right(target: Target, body: dict[str, Any]) -> None:
    check(target.served.post(target.code, body))
    state = target.served.get(f"/s/{target.code}/state")
    assert state.status == 200  # nothing that was kept harms the others


@MOST
@given(step=st.sampled_from(find("resonance").steps), data=st.data())
def test_values_of_each_item(target: Target, step: Any, data: st.DataObject) -> None:
    answers = {item.id: data.draw(near_values, label=item.id) for item in step.items}
    body = submission(step.id, data.draw(st.sampled_from(["1", "2"])), **answers)
    reply = target.served.post(target.code, body)
    check(reply)
    if reply.status >= 400:
        assert reply.error in {"invalid_answer", "step_closed", "unknown_entry", "bad_json", "too_large"}


@given(body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_bodies_that_are_anything(target: Target, body: bytes) -> None:
    check(target.served.post(target.code, body))


segments = st.text(st.characters(codec="latin-1", exclude_characters="\r\n \x00?#"), max_size=12) | st.sampled_from(
    ["s", "..", ".", "-", "%00", "%ff", "%2f", "%", "%C3%A9", "state", "events", "answers", "phone.js", "QQQQQQ", "🙈"]
)
paths = st.lists(segments, max_size=6).map(lambda parts: "/" + "/".join(parts))
below = st.lists(segments, max_size=4).map(lambda parts: "/s/" + "/".join(parts))
methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


def quote(path: str) -> str:
    """As a client must send it: ASCII without control characters."""
    return percent(path, safe="/%:@!$&'()*+,;=-._~?")


@MOST
@given(method=methods, path=paths | below, query=st.text(max_size=10))
def test_paths(target: Target, method: str, path: str, query: str) -> None:
    reply = ask(target.served.port, method, quote(path) + ("?" + quote(query) if query else ""))
    assert reply.status < 500
    if reply.status >= 400 and method != "HEAD":
        check_sentences(reply)


values = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc"]), max_size=30)
headers = st.dictionaries(
    st.sampled_from(
        ["Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Cookie", "If-None-Match", "Origin", "Range",
         "Referer", "User-Agent", "X-Forwarded-For", "X-HTTP-Method-Override", "Authorization", "Last-Event-ID"]
    ),
    values,
    max_size=5,
)  # fmt: skip


@MOST
@given(
    headers=headers, what=st.sampled_from(["", "/state", "/answers"]), method=st.sampled_from(["GET", "POST", "HEAD"])
)
def test_headers(target: Target, headers: dict[str, str], what: str, method: str) -> None:
    body = json.dumps(submission("bijsturing", votes={})).encode() if method == "POST" else None
    reply = ask(target.served.port, method, f"/s/{target.code}{what}", body, headers)
    assert reply.status < 500
    if reply.status >= 400 and method != "HEAD":
        check_sentences(reply)


@given(code=st.text(max_size=40))
def test_codes(target: Target, code: str) -> None:
    for what in ("", "/state", "/answers", "/events"):
        path = f"/s/{percent(code.encode('utf-8', 'surrogatepass'), safe='')}{what}"
        reply = ask(
            target.served.port, "POST" if what == "/answers" else "GET", path, b"{}" if what == "/answers" else None
        )
        assert reply.status in (200, 400, 404, 415, 429)

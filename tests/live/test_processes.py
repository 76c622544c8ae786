"""The real servers, as processes: several on one store, a crash in the middle, and what they keep to themselves."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bedoeling_nb.instruments import Instrument
from bedoeling_nb.live.phones import SECURITY
from bedoeling_nb.store import Store, presence, sessions, submissions
from bedoeling_nb.store.sessions import Session
from tests.live.conftest import Go
from tests.servers import Server, Stream, ask, participant, post, submission, until

Start = Callable[..., Server]

ADDRESS = "127.77.66.55"
"""A phone's network address that is found nowhere by chance."""


@pytest.fixture
def start(store: Store, tmp_path: Path) -> Iterator[Start]:
    """Start a server on the store: ``start()`` the phones' routes, ``start(apps=True)`` all of it."""
    with ExitStack() as running:

        def begin(*options: str, apps: bool = False) -> Server:
            server = Server(store.url, tmp_path, *options, apps=apps)
            running.callback(server.stop)
            return server.start()

        yield begin


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_two_servers_on_one_store(start: Start, store: Store, session: Session, go: Go) -> None:
    """A step reaches the phones of both, an answer that one took is known to the other, and both count as here."""
    first, second = start(), start()
    streams = [Stream(server.port, session.code) for server in (first, second)]
    rev = go("zien")
    assert [stream.state(rev)["step"]["id"] for stream in streams] == ["zien", "zien"]
    body = submission(seen="over en weer")
    assert post(first.port, session.code, body).status == 201
    assert post(second.port, session.code, body).status == 200
    for number in range(5):
        assert post((first, second)[number % 2].port, session.code, submission(seen=f"{number}")).status == 201
    rev = go("bijsturing")
    for stream in streams:
        [votes] = stream.state(rev)["step"]["items"]
        assert len(votes["options"]) == 6
    vote = submission("bijsturing", votes={votes["options"][0]["id"]: 3})
    assert post(second.port, session.code, vote).status == 201
    until(lambda: presence.phones(store, session.id) == 2, "both phones are counted")
    for stream in streams:
        stream.close()
    assert [server.stop() for server in (first, second)] == [0, 0]


def test_sigkill_loses_no_acknowledged_answer(start: Start, store: Store, session: Session, go: Go) -> None:
    """Phones send all the while; each repeats its id until it is acknowledged, as the docs ask."""
    go("zien")
    server = start()
    stream = Stream(server.port, session.code)
    stream.state()
    acknowledged: dict[str, int] = {}
    done = threading.Event()

    def phone(number: int) -> None:
        person = participant()
        for turn in range(10_000):
            if done.is_set():
                return
            body = submission(seen=f"{number} {turn}") | {"participant": person}
            while body["id"] not in acknowledged and not (done.is_set() and turn == 0):
                try:
                    reply = post(server.port, session.code, body, timeout=10)
                except (OSError, http.client.HTTPException):
                    if done.wait(0.05):
                        return
                    continue
                if reply.status in (200, 201):
                    acknowledged[body["id"]] = reply.status
                elif reply.status == 429:
                    return

    room = [threading.Thread(target=phone, args=(number,)) for number in range(8)]
    for one in room:
        one.start()
    try:
        for _ in range(2):
            before = len(acknowledged)
            until(lambda before=before: len(acknowledged) > before + 40, "answers come in")  # type: ignore[misc]
            server.kill()
            with pytest.raises((OSError, http.client.HTTPException, ConnectionError)):
                stream.state(10_000)
            server.start()
            stream = Stream(server.port, session.code)
            assert stream.state()["step"]["id"] == "zien"  # the same step, open
        after = len(acknowledged)
        until(lambda: len(acknowledged) > after + 20, "answers go on")
    finally:
        done.set()
        for one in room:
            one.join(60)
    kept = [one.id for one in submissions.since(store, session.id, 0)]
    assert len(kept) == len(set(kept))
    assert set(acknowledged) <= set(kept)
    rev = go("voelen")
    assert stream.state(rev)["step"]["id"] == "voelen"


def test_stopping_finishes_what_it_took(start: Start, store: Store, session: Session, go: Go) -> None:
    go("zien")
    server = start()
    stream = Stream(server.port, session.code)
    stream.state()
    assert post(server.port, session.code, submission(seen="op de valreep")).status == 201
    assert server.stop() == 0  # although a phone is still connected
    assert "Traceback" not in server.log
    assert submissions.count(store, session.id) == 1


def test_no_network_address_is_kept_or_logged(start: Start, store: Store, session: Session, go: Go) -> None:
    go("zien")
    server = start()
    proxied = {"X-Forwarded-For": ADDRESS, "X-Real-Ip": ADDRESS, "User-Agent": "Telefoon van Ank"}
    stream = Stream(server.port, session.code, source=ADDRESS)
    stream.state()
    body = submission(seen="wie ben ik")
    assert post(server.port, session.code, body, source=ADDRESS, headers=proxied).status == 201
    post(server.port, session.code, b"{", source=ADDRESS)
    post(server.port, session.code, submission(seen=1), source=ADDRESS)
    for _ in range(70):
        ask(server.port, "GET", "/s/QQQQQQ/state", headers=proxied, source=ADDRESS)
    for method, path in (("GET", "/nergens"), ("DELETE", f"/s/{session.code}"), ("GET", "/s/%ff"), ("BREW", "/s/")):
        ask(server.port, method, path, source=ADDRESS)
    with pytest.raises(http.client.HTTPException):  # not HTTP at all
        ask(server.port, "GET", "/s/ \x01", source=ADDRESS)
    until(lambda: presence.phones(store, session.id) == 1, "the phone is counted")
    server.kill()  # so that the write-ahead log is still there
    written = {path.name: path.read_bytes() for path in Path(store.engine.url.database or "").parent.glob("store.db*")}
    assert len(written) > 1
    for secret in (ADDRESS, "Telefoon van Ank", body["participant"]):
        for name, content in written.items():
            assert secret.encode() not in content, (secret, name)
        assert secret not in server.log
    stream.close()


def test_phones_reach_nothing_but_their_session(
    start: Start, store: Store, session: Session, script: Instrument, go: Go
) -> None:
    go("zien")
    server = start(apps=True)
    other = sessions.create(store, "wekerom-02", script)
    paths = [
        "/", "/login", "/api", "/api/kernels", "/api/contents", "/api/sessions", "/api/status", "/files/store.db",
        "/voila/render/resonance.ipynb", "/voila/static/index.css", "/static/x", "/bedoeling/apps.css", "/metrics",
        "/s", "/s/../api/kernels", "/s/%2e%2e/api/kernels", f"/s/{session.code}/../{other.code}/x", "/s/-/../phones.py",
        "/s/-/0/phone.py", "/s/-/..%2f..%2fphones.py/phone.js", f"/s/{session.code}/store.db", "//etc/passwd",
    ]  # fmt: skip
    for path in paths:
        reply = ask(server.phones_port, "GET", path)
        assert (reply.status, reply.error) == (404, "not_found"), path
        assert {name: reply.headers[name] for name in SECURITY} == SECURITY
        assert reply.headers["Set-Cookie"] is None
    # Where the apps are, nobody gets anything without the token: not even whether a kernel is there.
    for method, path in [
        ("GET", "/"), ("GET", "/voila/render/resonance.ipynb"), ("GET", "/voila/render/nergens.ipynb"),
        ("GET", "/api/kernels"), ("POST", "/api/kernels"), ("GET", "/api/kernels/0/channels"), ("GET", "/files/x"),
        ("GET", "/api/contents"), ("GET", "/voila/files/resonance.ipynb"), ("POST", "/api/shutdown/x"),
    ]:  # fmt: skip
        reply = ask(server.port, method, path, b"" if method == "POST" else None)
        assert reply.status in (302, 403, 404, 405), (path, reply.status, reply.body[:200])
        assert b"kernel_id" not in reply.body
        if reply.status == 302:
            assert reply.headers["Location"].startswith("/login?")
    assert server.kernels() == []
    # The phones' routes beside the apps are the same ones, guarded in the same way.
    reply = ask(server.port, "GET", f"/s/{session.code}")
    assert reply.status == 200
    assert reply.headers["Content-Security-Policy"] == SECURITY["Content-Security-Policy"]
    assert reply.headers["Set-Cookie"] is None
    assert post(server.port, session.code, submission(seen="ook hier")).status == 201
    assert server.stop() == 0
    assert "Traceback" not in server.log


def test_behind_a_proxy_with_a_path(start: Start, session: Session, go: Go) -> None:
    go("zien")
    server = start("--base-url=/bedoeling/")
    page = ask(server.port, "GET", f"/bedoeling/s/{session.code}")
    assert 'data-base="/bedoeling/s/"' in page.body.decode()
    assert post(server.port, session.code, submission(seen="x"), base="/bedoeling/s/").status == 201
    assert ask(server.port, "GET", f"/s/{session.code}").status == 404


def test_a_port_that_is_taken_is_a_sentence(start: Start, tmp_path: Path, store: Store) -> None:
    taken = start()
    command = [
        sys.executable,
        "-m",
        "bedoeling_nb",
        "serve",
        "--phones",
        f"--port={taken.port}",
        f"--store={store.url}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert str(taken.port) in done.stderr
    assert "Traceback" not in done.stderr

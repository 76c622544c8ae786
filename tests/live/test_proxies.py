"""Behind a proxy: whose word is taken for where a request comes from. Real servers, and forged headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.live.proxies import addresses
from bedoeling_nb.store import Store, secrets
from tests.servers import Reply, Server, ask

PASSWORD = "een goede lange zin"
STRANGER, LEADER = "198.51.100.7", "203.0.113.9"
PROXY, ANYBODY = "127.0.0.1", "127.0.0.9"

Start = Callable[..., Server]


@pytest.fixture
def start(store: Store, organisation: object, tmp_path: Path) -> Iterator[Start]:
    """Start the apps, with the phones beside them, on a store that has a password."""
    secrets.set_password(store, PASSWORD)
    with ExitStack() as running:

        def begin(*options: str) -> Server:
            server = Server(store.url, tmp_path, *options, apps=True)
            running.callback(server.stop)
            return server.start()

        yield begin


def log_in(server: Server, typed: str, *, source: str = PROXY, **forwarded: str) -> Reply:
    """What somebody types at the login page; a header is named as an argument can be (X_Forwarded_For)."""
    headers = {name.replace("_", "-"): value for name, value in forwarded.items()}
    page = ask(server.port, "GET", "/login", headers=headers, source=source)
    [key] = re.findall(rb'name="_xsrf" value="([^"]+)"', page.body)
    cookie = (page.headers["Set-Cookie"] or "").partition(";")[0]
    sent = urlencode({"password": typed, "_xsrf": key.decode()}).encode()
    headers |= {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    return ask(server.port, "POST", "/login", sent, headers, source=source)


def guess(server: Server, forged: Callable[[int], str], *, source: str = PROXY, **others: str) -> Reply:
    """Wrong passwords until that is refused: ten, and one more each five seconds, which a busy machine may take."""
    for number in range(60):
        reply = log_in(server, "geraden", source=source, X_Forwarded_For=forged(number), **others)
        if reply.status != 401:
            break
    assert number >= 10
    return reply


def codes(server: Server, times: int, *, source: str = PROXY, **forwarded: str) -> set[int]:
    """Codes of sessions that are none, and what they are answered with."""
    headers = {name.replace("_", "-"): value for name, value in forwarded.items()}
    return {
        ask(server.phones_port, "GET", "/s/QQQQQQ/state", headers=headers, source=source).status for _ in range(times)
    }


def test_who_guesses_behind_the_proxy_waits_alone(start: Start) -> None:
    server = start(f"--trusted-proxy={PROXY}")
    for number in range(12):  # who leads may be right as often as they like
        assert log_in(server, PASSWORD, X_Forwarded_For=LEADER).status == 302, number
    # The stranger writes other addresses before their own, and the header that Tornado prefers: a proxy hands those on.
    refused = guess(server, lambda number: f"{LEADER}, 192.0.2.{number}, {STRANGER}", X_Real_Ip=LEADER)
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) <= 6
    assert re.search(r"Dat is hiervandaan te vaak geprobeerd\. Wacht [2-6] seconden", refused.body.decode())
    assert log_in(server, PASSWORD, X_Forwarded_For=LEADER).status == 302
    assert codes(server, 70, X_Forwarded_For=STRANGER) == {404, 429}
    assert codes(server, 5, X_Forwarded_For=LEADER) == {404}
    assert STRANGER not in server.log
    assert "Traceback" not in server.log


def test_nobody_else_is_believed(start: Start) -> None:
    server = start(f"--trusted-proxy={PROXY}")
    assert guess(server, lambda number: f"192.0.2.{number}", source=ANYBODY, X_Real_Ip=LEADER).status == 429
    assert log_in(server, "geraden", X_Forwarded_For=LEADER).status == 401
    forged = {"X_Forwarded_For": LEADER, "X_Forwarded_Proto": "https", "X_Scheme": "https"}
    assert "Secure" not in str(log_in(server, PASSWORD, source="127.0.0.8", **forged).headers)
    assert "Secure" in str(log_in(server, PASSWORD, X_Forwarded_For=LEADER, X_Forwarded_Proto="https").headers)
    asked = [ask(server.phones_port, "GET", "/s/QQQQQQ/state", headers={"X-Forwarded-For": f"192.0.2.{number}"},
                 source=ANYBODY).status for number in range(70)]  # fmt: skip
    assert set(asked) == {404, 429}


def test_without_a_proxy_that_is_named_nobody_is_believed(start: Start) -> None:
    server = start()
    assert guess(server, lambda number: f"192.0.2.{number}").status == 429
    assert log_in(server, PASSWORD, source=ANYBODY).status == 302


def test_what_is_no_address_is_said() -> None:
    assert addresses(["127.0.0.1", "0:0::1"]) == ["127.0.0.1", "::1"]
    for wrong in ("proxy.voorbeeld.nl", "10.0.0.0/8", ""):
        with pytest.raises(BadRequest, match="--trusted-proxy"):
            addresses([wrong])

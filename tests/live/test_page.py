"""What a phone loads: the page, its script and its style sheet."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from bedoeling_nb.live.phones import SECURITY
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.widgets.assets import phone_bundle
from tests.live.conftest import Go, Served
from tests.servers import ask, submission

MOST = 68_000
"""Bytes of the page, its script and its style sheet together, before compression."""

ABSOLUTE = re.compile(rb"(?:https?:)?//[\w-]+\.[\w.-]+")


def assets(served: Served) -> dict[str, str]:
    """The addresses in the page, by extension."""
    html = served.get("/s/ABCDEF").body.decode()
    return {path.rpartition(".")[2]: path for path in re.findall(r'(?:href|src)="(/[^"]+)"', html)}


def test_page_knows_its_code_and_where_the_routes_are(served: Served, session: Session) -> None:
    page = served.get(f"/s/{session.code}")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert f'data-base="/s/" data-code="{session.code}"' in page.body.decode()
    assert (
        f'data-code="{session.code}"' in served.get(f"/s/{session.code.lower()[:3]}-{session.code[3:]}").body.decode()
    )
    assert 'data-code=""' in served.get("/s/").body.decode()


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("/", "/s/"),
        ("/s", "/s/"),
        ("/S/", "/s/"),
        ("/es8cby", "/s/ES8CBY"),
        ("/es8-cby/", "/s/ES8CBY"),
        ("/S/es8cby", "/s/ES8CBY"),
        ("/s/ES8CBY/", "/s/ES8CBY"),
    ],
)
def test_an_address_that_is_nearly_right_leads_a_browser_on(served: Served, typed: str, place: str) -> None:
    reply = served.get(typed, {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (reply.status, reply.headers["Location"]) == (302, place)
    program = served.get(typed, {"Accept": "*/*"})
    assert (program.status, program.headers["Location"]) == (404, None)
    assert json.loads(program.body)["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "typed",
    ["//example.org", "/%2F%2Fexample.org", "/\\example.org", "/s//example.org", "/x/y", "/0OIL1x", "/%0d%0aX:1"],
)
def test_any_other_address_asks_a_browser_for_the_code_and_leads_nowhere(served: Served, typed: str) -> None:
    reply = served.get(typed, {"Accept": "text/html"})
    assert (reply.status, reply.headers["Location"]) == (404, None)
    assert 'data-base="/s/" data-code=""' in reply.body.decode()


def test_code_in_the_address_is_never_markup(served: Served) -> None:
    body = served.get("/s/%22%3E%3Cscript%3E").body
    assert b"<SCRIPT>" not in body
    assert b"&quot;&gt;&lt;SCRIPT&gt;" in body


@pytest.mark.parametrize(
    ("accepts", "language"), [("", "nl"), ("en-GB,en;q=0.9", "en"), ("fr,nl;q=0.8,en;q=0.5", "nl")]
)
def test_page_speaks_the_readers_language_before_its_script_runs(served: Served, accepts: str, language: str) -> None:
    html = served.get("/s/ABCDEF", {"Accept-Language": accepts}).body.decode()
    assert f'<html lang="{language}"' in html


def test_all_that_a_phone_loads_is_small_and_ours(served: Served) -> None:
    page = served.get("/s/ABCDEF")
    loaded = [served.get(path) for path in assets(served).values()]
    assert [one.status for one in loaded] == [200, 200]
    assert sum(len(one.body) for one in [page, *loaded]) < MOST
    for one in [page, *loaded]:
        foreign = set(ABSOLUTE.findall(one.body)) - {b"http://www.w3.org"}  # the name space of SVG, not an address
        assert not foreign


def test_assets_may_be_kept_for_ever_and_are_compressed_on_request(served: Served) -> None:
    for extension, path in assets(served).items():
        plain, packed = served.get(path), served.get(path, {"Accept-Encoding": "br, gzip"})
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert (
            plain.headers["Content-Type"] == {"js": "text/javascript", "css": "text/css"}[extension] + "; charset=utf-8"
        )
        assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
        assert plain.headers["Content-Encoding"] is None
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert phone_bundle().version in path


def test_an_old_version_of_an_asset_gives_todays(served: Served) -> None:
    """A page that was opened before an update still finds a script."""
    assert served.get("/s/-/000000000000/phone.js").body == phone_bundle().script.encode()


@pytest.mark.parametrize(
    "path",
    [
        "/s/",
        "/s/{code}",
        "/s/{code}/state",
        "/s/{code}/answers",
        "/s/QQQQQQ/state",
        "/s/a/b/c/d",
        "/",
        "/x",
        "/s/-/0/phone.js",
    ],
)
def test_every_answer_is_guarded_and_says_nothing_of_us(served: Served, session: Session, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        reply = ask(served.port, method, path.format(code=session.code), b"" if method != "GET" else None)
        for name, value in SECURITY.items():
            assert reply.headers[name] == value, (method, path)
        assert reply.headers["Server"] is None
        assert reply.headers["Set-Cookie"] is None
        assert "immutable" in (cache := reply.headers["Cache-Control"]) or cache == "no-store"
        assert reply.headers["Access-Control-Allow-Origin"] is None


def test_event_stream_and_receipt_are_guarded_too(served: Served, session: Session, go: Go) -> None:
    go("zien")
    receipt = served.post(session.code, submission(seen="licht"))
    assert receipt.status == 201
    for headers in (served.stream(session.code).response.headers, receipt.headers):
        assert {name: headers[name] for name in SECURITY} == SECURITY
        assert headers["Cache-Control"] == "no-store"
        assert headers["Server"] is None
        assert headers["Set-Cookie"] is None


def test_policy_allows_no_inline_code_and_no_other_host() -> None:
    policy = SECURITY["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|\*|https?:", policy)

"""Delivery: whole files in a folder, and mail by a real server, also when that refuses, waits or is not there."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bedoeling_nb.community import Unit
from bedoeling_nb.reports import deliver
from bedoeling_nb.reports.batch import Job, Outcome
from bedoeling_nb.reports.deliver import Carrier, DeliveryError, LostRun, Post, message_id, put
from bedoeling_nb.reports.schedule_file import Entry
from bedoeling_nb.store import Store, schedules
from bedoeling_nb.store.deliveries import Parcel
from tests.kept import deliveries_of
from tests.reports.post import PostOffice, post_office
from tests.servers import PATIENCE, until

TEAM = Unit("wekerom-01", "wekerom", "team", "Team Één")


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server."""
    with post_office() as running:
        yield running


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    """A report that was made."""
    path = tmp_path / "made" / "team-wekerom-01.html"
    path.parent.mkdir()
    path.write_text("<h1>Eén</h1>")
    path.with_suffix(".pdf").write_bytes(b"%PDF-1.7")
    return Outcome(Job("team", "wekerom-01", "2026-Q3"), "made", path, "f1")


def entry(*recipients: dict[str, object], formats: tuple[str, ...] = ("html",), language: str = "nl") -> Entry:
    return Entry.model_validate(
        {
            "id": "a",
            "report": "team",
            "units": ["wekerom-01"],
            "period": "quarter",
            "when": "0 7 1 * *",
            "recipients": recipients,
            "formats": formats,
            "language": language,
        }
    )


def message(to: str = "jo@example.org") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Message-ID"] = "verslag@example.org", to, "<1@example.org>"
    made.set_content("Hallo")
    return made


def test_a_file_is_put_whole_in_the_place_of_the_one_before(tmp_path: Path) -> None:
    source, folder = tmp_path / "one.html", tmp_path / "new" / "folder"
    for text in ("eerst", "later"):
        source.write_text(text)
        put({"a.html": source, "b.html": source}, folder, "teams")
        assert {path.name: path.read_text() for path in folder.iterdir()} == {"a.html": text, "b.html": text}


def test_a_folder_that_cannot_be_written_keeps_what_it_had(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text("eerst")
    put({"a.html": tmp_path / "one.html"}, tmp_path / "to", "teams")
    with pytest.raises(DeliveryError) as refused:
        put({"a.html": tmp_path / "missing.html"}, tmp_path / "to", "teams")
    assert not refused.value.permanent
    assert {path.name: path.read_text() for path in (tmp_path / "to").iterdir()} == {"a.html": "eerst"}
    with pytest.raises(DeliveryError, match=r"one\.html"):
        put({"a.html": tmp_path / "one.html"}, tmp_path / "one.html", "teams")


def test_two_entries_that_put_the_same_name_at_the_same_time_each_put_it_whole(tmp_path: Path) -> None:
    slow, quick, folder = tmp_path / "slow", tmp_path / "quick", tmp_path / "to"
    os.mkfifo(slow)
    quick.write_text("vlug")
    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(put, {"a.html": slow}, folder, "one")
        with slow.open("w") as written:  # from here the slow one has opened what it writes to, or is about to
            until(lambda: list(folder.glob(".*")))
            put({"a.html": quick}, folder, "two")
            assert (folder / "a.html").read_text() == "vlug"
            written.write("langzaam")
            written.flush()
            assert (folder / "a.html").read_text() == "vlug"
        putting.result(60)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a.html": "langzaam"}


def test_a_message_id_names_the_delivery_and_nothing_else(store: Store) -> None:
    at = schedules.claim_now(store, "we", "a", timedelta(hours=1)).due_at
    parcel = Parcel("a", at, "team", "wekerom-01", "mail:jo@example.org", "2026-Q3", "f1")
    assert message_id(parcel) == message_id(replace(parcel, fingerprint="f2"))
    assert message_id(parcel) != message_id(replace(parcel, due_at=at + timedelta(seconds=1)))
    assert message_id(parcel) != message_id(replace(parcel, unit="wekerom-02"))


def test_a_letter_says_what_it_is_and_has_the_report_attached(
    store: Store, outcome: Outcome, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEDOELING_SMTP_URL", office.url)
    monkeypatch.setenv("BEDOELING_MAIL_FROM", "Verslagen <verslag@example.org>")
    claimed = schedules.claim_now(store, "we", "a", timedelta(hours=1))
    to = {"mail": {"wekerom-01": ["jo@example.org", "{parent}@example.org"], "wekerom-02": "no@example.org"}}
    with Carrier(store, claimed, entry(to, to, formats=("html", "pdf"))) as carrier:
        assert carrier.bring(outcome, TEAM) == []
        assert carrier.bring(outcome, TEAM) == []
    assert office.to() == ["jo@example.org", "wekerom@example.org"]
    got = office.arrived[0]
    assert got["Subject"] == "Teamverslag: Team Één, 3e kwartaal 2026"
    assert "Open de bijlage" in got.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    attached = {part.get_filename(): part.get_content() for part in got.iter_attachments()}
    assert attached == {
        "team-wekerom-01-2026-Q3.html": "<h1>Eén</h1>",
        "team-wekerom-01-2026-Q3.pdf": b"%PDF-1.7",
    }
    rows = deliveries_of(store, "a", claimed.due_at)
    assert {row.state for row in rows} == {"sent"}
    assert sorted(office.ids()) == sorted(str(row.message_id) for row in rows)


def test_who_is_full_is_asked_again_and_who_does_not_exist_is_not(
    store: Store, outcome: Outcome, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEDOELING_SMTP_URL", office.url)
    monkeypatch.setenv("BEDOELING_MAIL_FROM", "verslag@example.org")
    office.answers = {"full@example.org": ["452 mailbox full"], "gone@example.org": ["550 no such user"] * 2}
    claimed = schedules.claim_now(store, "we", "a", timedelta(hours=1))
    people = ["full@example.org", "gone@example.org", "jo@example.org"]
    with Carrier(store, claimed, entry({"mail": {"wekerom-01": people}})) as carrier:
        (full, again), (gone, never) = carrier.bring(outcome, TEAM)
        assert (again, never) == (True, False)
        assert "full@example.org" in full
        assert "452 mailbox full" in full
        assert "550 no such user" in gone
        assert carrier.bring(outcome, TEAM) == [(gone, False)]
    assert office.to() == ["jo@example.org", "full@example.org"]
    states = {row.recipient: row.state for row in deliveries_of(store, "a", claimed.due_at)}
    assert states == {
        "mail:full@example.org": "sent",
        "mail:gone@example.org": "refused",
        "mail:jo@example.org": "sent",
    }


def test_who_got_the_page_gets_it_with_the_pdf_when_that_is_asked_too(
    store: Store, outcome: Outcome, tmp_path: Path
) -> None:
    to = {"folder": str(tmp_path / "to")}
    for formats in (("html",), ("html", "pdf"), ("pdf", "html")):
        claimed = schedules.claim_now(store, "we", "a", timedelta(hours=1))
        with Carrier(store, claimed, entry(to, formats=formats)) as carrier:
            assert carrier.bring(outcome, TEAM) == []
        schedules.end(store, claimed, "done")
    assert [row.state for run in reversed(schedules.runs(store)) for row in deliveries_of(store, "a", run.due_at)] == [
        "sent",
        "sent",
        "same",
    ]
    assert {path.suffix for path in (tmp_path / "to").iterdir()} == {".html", ".pdf"}


def test_what_was_sent_is_recorded_also_when_the_store_is_locked_just_then(
    url: str, outcome: Outcome, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEDOELING_SMTP_URL", office.url)
    monkeypatch.setenv("BEDOELING_MAIL_FROM", "verslag@example.org")
    monkeypatch.setattr(deliver, "RECORD_AGAIN", (0.01,) * 1000)
    store, other, refused = Store.open(url), Store.open(url), threading.Event()

    @sa.event.listens_for(store.engine, "connect")
    def _impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=20")

    store.engine.dispose()
    sa.event.listen(store.engine, "handle_error", lambda _context: refused.set())
    claimed = schedules.claim_now(store, "we", "a", timedelta(hours=1))
    office.stop_at = 1
    with ThreadPoolExecutor(1) as pool, Carrier(store, claimed, entry({"mail": "jo@example.org"})) as carrier:
        bringing = pool.submit(carrier.bring, outcome, replace(TEAM, name="Team\nÉén"))
        assert office.stopped.wait(PATIENCE)
        with other.write():
            office.go_on.set()
            assert refused.wait(PATIENCE)
        assert bringing.result(60) == []
    assert [row.state for row in deliveries_of(store, "a", claimed.due_at)] == ["sent"]
    assert [message["Subject"] for message in office.arrived] == ["Teamverslag: Team Één, 3e kwartaal 2026"]
    store.close()
    other.close()


def test_a_run_that_another_took_over_delivers_nothing(store: Store, outcome: Outcome, tmp_path: Path) -> None:
    claimed = schedules.claim_now(store, "we", "a", timedelta(hours=1))
    schedules.renew(store, claimed, timedelta(hours=-1))
    schedules.claim(store, "other", ["a"], timedelta(hours=1))
    with Carrier(store, claimed, entry({"folder": str(tmp_path / "to")})) as carrier, pytest.raises(LostRun):
        carrier.bring(outcome, TEAM)
    assert not (tmp_path / "to").exists()


def test_a_server_that_hung_up_in_between_is_called_again(office: PostOffice) -> None:
    post = Post(office.url, "verslag@example.org")
    post.send(message())
    assert post._server is not None
    post._server.sock.shutdown(socket.SHUT_RDWR)
    post.send(message())
    post.close()
    assert len(office.arrived) == 2


def test_a_server_that_is_not_there_or_does_not_answer_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "SMTP_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(DeliveryError) as refused:
            Post(url, "verslag@example.org").send(message())
        assert not refused.value.permanent
        silent.listen()
        post = Post(url, "verslag@example.org")
        with pytest.raises(DeliveryError) as slow:
            post.send(message())
        silent.accept()
        with pytest.raises(DeliveryError, match="127"):
            post.send(message())
        silent.settimeout(0)
        with pytest.raises(BlockingIOError):
            silent.accept()  # it was not asked again for the second message
    assert not slow.value.permanent
    assert url.removeprefix("smtp://") in slow.value.message("nl")


def test_a_server_that_turns_us_away_can_be_tried_again_and_that_says_nothing_of_a_person() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor(1) as pool:

        def turn_away() -> None:
            caller, _ = door.accept()
            with caller:
                caller.sendall(b"554 no service for you\r\n")
                caller.recv(1000)

        turning = pool.submit(turn_away)
        post = Post(f"smtp://127.0.0.1:{door.getsockname()[1]}", "verslag@example.org")
        for to in ("jo@example.org", "an@example.org"):
            with pytest.raises(DeliveryError, match="554 no service for you") as refused:
                post.send(message(to))
            assert not refused.value.permanent
            assert "jo@example.org" not in str(refused.value)
        turning.result(60)


def test_a_sender_that_is_refused_can_be_mended_and_a_report_that_is_too_large_not(office: PostOffice) -> None:
    office.answers = {"verslag@example.org": ["550 who are you", "552 too large"]}
    post = Post(office.url, "verslag@example.org")
    with pytest.raises(DeliveryError, match=r"verslag@example\.org: 550 who") as sender:
        post.send(message())
    assert not sender.value.permanent
    with pytest.raises(DeliveryError, match="552 too large") as large:
        post.send(message())
    assert large.value.permanent
    post.send(message())
    post.close()
    assert office.to() == ["jo@example.org"]


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "smtp://x:port", "mail.example.org:25"])
def test_an_address_of_a_server_that_is_none_says_what_it_is_like(url: str) -> None:
    with pytest.raises(DeliveryError, match="BEDOELING_SMTP_URL"):
        Post(url, "verslag@example.org")


def test_without_a_server_mail_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEDOELING_SMTP_URL", raising=False)
    with pytest.raises(DeliveryError, match="BEDOELING_MAIL_FROM"):
        Post.from_settings()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key", "-out", "crt"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    (folder / "both").write_bytes((folder / "crt").read_bytes() + (folder / "key").read_bytes())
    return folder / "both"


def test_mail_goes_encrypted_with_a_login_when_the_server_offers_that(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with post_office(context) as office:
        right = office.url.replace("//", "//jo:p%40ss%2Fword@")
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            Post(right, "verslag@example.org").send(message())
        monkeypatch.setenv("SSL_CERT_FILE", os.fspath(certificate))
        with pytest.raises(DeliveryError, match="Authentication") as refused:
            Post(right.replace("jo:", "an:"), "verslag@example.org").send(message())
        assert not refused.value.permanent, "somebody can mend the password"
        post = Post(right, "verslag@example.org")
        post.send(message())
        post.close()
        assert office.to() == ["jo@example.org"]


def test_a_password_does_not_go_over_a_line_that_others_can_read(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_LOCAL", ())
    with pytest.raises(DeliveryError) as refused:
        Post(office.url.replace("//", "//jo:geheim@"), "verslag@example.org").send(message())
    assert "geheim" not in str(refused.value)
    assert office.arrived == []


def test_a_server_that_takes_long_gets_its_message_once(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "SMTP_SECONDS", 0.5)  # it may think about a message for longer
    office.stop_at = 1
    post = Post(office.url, "verslag@example.org")
    sending = threading.Thread(target=post.send, args=[message()])
    sending.start()
    assert office.stopped.wait(PATIENCE)
    sending.join(1)
    assert sending.is_alive()
    office.go_on.set()
    sending.join(60)
    post.close()
    assert office.ids() == ["<1@example.org>"]

"""The command, as somebody types it: what it prints, and how it says what is wrong."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bedoeling_nb.community import local_time, new_id, now
from bedoeling_nb.instruments import find
from bedoeling_nb.privacy import linking_hash
from bedoeling_nb.sample import make
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, links, schedules, secrets, sessions, submissions, waves
from bedoeling_nb.store.submissions import Submission


class Terminal(io.StringIO):
    """Somebody at the keyboard, who types this."""

    def isatty(self) -> bool:
        return True


def test_a_wave_from_beginning_to_end(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, told = typed("wave", "open", "promises-pulse", "--unit", "wekerom", "--closes", "2099-12-01")
    assert code == 0
    assert "Team 1" in told
    assert "2099-12-01" in told
    code, told = typed("wave", "invite", "promises-pulse")
    assert code == 0
    [sheet] = (tmp_path / "out" / "waves").glob("*.html")
    page = sheet.read_text()
    assert page.count("<svg") == 2
    assert "Team 2" in page
    assert "src=" not in page
    assert "promises-pulse" in typed("wave", "list")[1]
    assert "van / of 1" in typed("wave", "show", "promises-pulse")[1]
    assert "2099-12-01" in typed("wave", "list")[1]
    assert typed("wave", "close", "promises-pulse", "--yes")[0] == 0
    today = str(local_time(now()).date())
    for told in (typed("wave", "list")[1], typed("wave", "show", "promises-pulse")[1]):
        assert "gesloten / closed" in told
        assert today in told
        assert "2099-12-01" not in told


def test_a_wave_is_closed_only_by_who_says_so(typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    assert typed("wave", "open", "promises-pulse", "--unit", "wekerom", "--closes", "2099-12-01")[0] == 0
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))  # no terminal: a script, or a job at night
    code, told = typed("wave", "close", "promises-pulse")
    assert code == 1
    assert "0 van de 1 mensen deden mee" in told
    assert "--yes" in told
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    assert typed("wave", "close", "promises-pulse")[0] == 1
    assert waves.get(store, "promises-pulse").is_open(now())
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert typed("wave", "close", "promises-pulse")[0] == 0
    assert not waves.get(store, "promises-pulse").is_open(now())
    assert typed("wave", "close", "promises-pulse")[0] == 0  # nothing to ask any more
    store.close()


def test_who_asks_the_same_twice_is_asked_whether_it_is_meant(typed, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    opening = ("wave", "open", "climate", "--closes", "2099-12-01", "--unit")
    assert typed(*opening, "wekerom-01")[0] == 0
    code, told = typed(*opening, "wekerom")
    assert code == 1
    assert "climate loopt al tot en met 2099-12-01, bij 1 van de 2" in told
    assert typed("wave", "list")[1].count("climate") == 1
    assert typed(*opening, "wekerom-02")[0] == 0  # another team
    assert typed(*opening, "wekerom", "--yes")[0] == 0
    assert typed("wave", "list")[1].count("climate") == 3


def test_a_last_day_that_is_past_is_told_as_it_was_typed(typed) -> None:  # type: ignore[no-untyped-def]
    code, told = typed("wave", "open", "climate", "--unit", "wekerom", "--closes", "2026-01-31")
    assert code == 1
    assert "De laatste dag zou 2026-01-31 zijn" in told


def test_who_made_a_code_is_forgotten(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    hashed = linking_hash("MAJO07RN", secrets.linking_key(store))
    for _ in range(2):
        wave = waves.open_wave(store, find("promises-pulse"), "wekerom", now() + timedelta(days=1))
        for session in waves.sessions_of(store, wave):
            for person in ("me", "other"):
                submissions.add(store, [Submission(new_id(), session.id, "good_life", "1", person, {"gl1": 4})])
            if session.unit == "wekerom-01":
                links.keep(store, session.id, "me", hashed)
    links.keep(store, session.id, "me", hashed)  # of another team in the same wave: the same person, or somebody else
    code, told = typed("forget", "MAJO07RN", "--yes")
    assert code == 1
    assert "komt deze code meer dan eens voor" in told
    code, told = typed("forget", "ma jo 7 rn", "--unit", "wekerom-01", "--yes")
    assert code == 0, told
    assert "Gewist: 2 antwoorden" in told
    code, told = typed("forget", "MAJO07RN", "--yes")
    assert "Gewist: 1 antwoorden" in told
    assert "Niemand heeft hier iets verteld" in typed("forget", "MAJO07RN", "--yes")[1]
    assert "is geen eigen code" in typed("forget", "jan@example.org", "--yes")[1]
    assert submissions.count(store, session.id) == 1
    links.keep(store, session.id, "other", hashed)
    links.keep(store, session.id, "third", hashed)
    code, told = typed("forget", "MAJO07RN", "--yes")
    assert code == 1
    assert "komt deze code meer dan eens voor" in told
    assert typed("forget", "MAJO07RN", "--unit", session.unit, "--yes")[0] == 0
    assert submissions.count(store, session.id) == 0
    store.close()


def test_a_smallest_group_is_raised(typed, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, told = typed("smallest-group", "wekerom", "9")
    assert (code, "--yes" in told) == (1, True)
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert "minder dan 8 mensen" in typed("smallest-group", "wekerom", "8")[1]
    code, told = typed("smallest-group", "wekerom-01", "6", "--yes")
    assert code == 1
    assert "niet verlaagd tot 6" in told


def test_what_is_too_old_is_counted_and_removed(typed) -> None:  # type: ignore[no-untyped-def]
    for option in ("--count",), ():
        code, told = typed("retention", *option)
        assert code == 0
        assert "maanden / months): 0" in told


def test_reports_are_listed_and_one_of_a_period_that_is_to_come_is_refused(typed) -> None:  # type: ignore[no-untyped-def]
    code, told = typed("report")
    assert code == 0
    assert "team" in told
    assert "session" in told
    code, told = typed("report", "team", "--all", "--period", "2199-Q1")
    assert code == 1
    assert "is nog niet begonnen" in told


def test_a_report_is_made(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, told = typed("report", "team", "--unit", "wekerom-01", "--period", "2026-Q3")
    assert code == 0, told
    assert (tmp_path / "out" / "2026-Q3" / "team-wekerom-01.html").is_file()
    code, told = typed("report", "team", "--below", "wekerom", "--period", "2026-Q3", "--workers", "1")
    assert code == 0
    assert "gemaakt / made: 1" in told
    assert "niets veranderd / unchanged: 1" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "geen", "--all"), "team, unit, session"),
        (("report", "team", "--period", "2026-Q3"), "--unit ONDERDEEL"),
        (("report", "team", "--unit", "nergens", "--period", "2026-Q3"), "bedoeling units"),
        (("report", "team", "--all", "--period", "zomer"), "2026-Q3"),
        (("report", "session"), "--session"),
        (("wave", "open", "geen", "--unit", "wekerom", "--closes", "2099-01-01"), "climate"),
        (("wave", "open", "climate", "--unit", "wekerom", "--closes", "morgen"), "2026-12-01"),
        (("wave", "open", "climate", "--unit", "wekerom", "--closes", "2099-01-01", "--level", "straat"), "location"),
        (("wave", "show", "geen"), "bedoeling wave list"),
        (("instrument", "check", "geen.yaml"), "geen.yaml"),
        (("schedule", "list"), "schedule.yaml"),
        (("units", "--store", "mysql://x"), "PostgreSQL"),
    ],
)
def test_what_is_wrong_is_said_in_dutch_and_english_without_a_traceback(typed, arguments, words) -> None:  # type: ignore[no-untyped-def]
    code, told = typed(*arguments)
    assert code == 1
    assert told.startswith("Dat lukt niet.")
    assert words in " ".join(told.split())
    assert "Traceback" not in told


def test_instruments_are_listed_and_checked_with_line_and_field(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "team-reflection" in typed("instrument", "list")[1]
    code, told = typed("instrument", "check", "climate", "--language", "en")
    assert code == 0
    assert "↔ safety.s1, safety.s3, safety.s5" in told
    (tmp_path / "own.yaml").write_text("id: own\nversion: 0\n")
    code, told = typed("instrument", "check", "own.yaml")
    assert code == 1
    assert "regel 2, version: Dit moet 1 of meer zijn" in told
    assert "line 2, version" in told


def test_a_setting_that_cannot_be_is_told_in_dutch(typed, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("BEDOELING_K", "2")
    code, told = typed("wave", "show", "climate", "--store", "")
    assert code == 1
    assert "BEDOELING_K: Dit moet 5 of meer zijn" in told


@pytest.mark.parametrize("arguments", [("sample", "--folder"), ("wave", "invite", "climate", "--folder")])
def test_a_folder_that_is_none_is_a_sentence(typed, tmp_path: Path, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert typed("wave", "open", "climate", "--unit", "wekerom", "--closes", "2099-12-01")[0] == 0
    (tmp_path / "file [x]").write_text("")
    code, told = typed(*arguments, str(tmp_path / "file [x]" / "folder"))
    assert code == 1
    assert told.startswith("Dat lukt niet.\nDit bestand, deze map of deze verbinding werkt niet: ")
    assert "file [x]" in told
    assert "Traceback" not in told


def test_a_store_that_fails_after_it_was_opened_is_a_sentence(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}").write() as connection:
        connection.exec_driver_sql("ALTER TABLE unit RENAME TO gone")
    code, told = typed("units")
    assert code == 1
    assert told.startswith("Dat lukt niet.\nDe store is bezet")
    assert "no such table: unit" in told
    assert "SELECT" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("session", "start", "--unit", "wekerom-01"),
        ("report", "team", "--unit", "wekerom-01"),
        ("wave", "open", "climate", "--unit", "wekerom", "--closes", "2099-12-01"),
        ("wave", "invite", "climate"),
        ("instrument", "check", "climate"),
        ("instrument", "preview", "climate"),
        ("import", "responses", "a.csv", "--instrument", "climate", "--unit", "wekerom"),
    ],
)
def test_a_language_that_we_do_not_speak_is_refused(typed, tmp_path: Path, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    code, told = typed(*arguments, "--language", "fr")
    assert code == 2
    assert "'nl', 'en'" in told
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    assert (sessions.open_sessions(store), waves.recent(store)) == ([], [])


def test_a_session_is_held_in_the_language_that_is_asked_for(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert typed("session", "start", "--unit", "wekerom-01", "--language", "en")[0] == 0
    assert typed("session", "start", "--unit", "wekerom-01")[0] == 0
    found = sessions.open_sessions(Store.open(f"sqlite:///{tmp_path / 'store.db'}"))
    assert {one.language for one in found} == {"nl", "en"}


def test_an_address_that_no_phone_reaches_is_warned_of(typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("BEDOELING_JOIN_URL", raising=False)
    assert typed("wave", "open", "climate", "--unit", "wekerom", "--closes", "2099-12-01")[0] == 0
    for command in (("session", "start", "--unit", "wekerom-01"), ("wave", "invite", "climate")):
        code, told = typed(*command)
        assert code == 0
        assert "Let op: telefoons bereiken http://127.0.0.1:8866/s/ niet" in told
        assert "BEDOELING_JOIN_URL" in told
        for here in ("http://localhost:1/s/", "http://[::1]:1/s/", "http://0.0.0.0/s/"):
            assert "Let op" in typed(*command, "--join-url", here)[1]
        assert "Let op" not in typed(*command, "--join-url", "https://voorbeeld.nl/s/")[1]
    [sheet] = (tmp_path / "out" / "waves").glob("*.html")
    assert "https://voorbeeld.nl/s/" in sheet.read_text()
    monkeypatch.setenv("BEDOELING_JOIN_URL", "https://anders.nl/s/")
    code, told = typed("session", "start", "--unit", "wekerom-01")
    assert "https://anders.nl/s/" in told
    assert "Let op" not in told


def test_the_server_takes_the_address_from_the_environment(typed, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    served: list[str] = []
    monkeypatch.setenv("BEDOELING_SCHEDULE", "schedule.yaml")  # which the server sets, and is taken back after this
    monkeypatch.setattr("bedoeling_nb.live.server.serve_apps", lambda *_, **__: served.append(Settings().join_url))
    monkeypatch.setenv("BEDOELING_JOIN_URL", "https://voorbeeld.nl/s/")
    assert typed("serve")[0] == 0
    assert typed("serve", "--join-url", "https://ander.nl/s/")[0] == 0
    assert served == ["https://voorbeeld.nl/s/", "https://ander.nl/s/"]


def test_an_organisation_comes_in_and_is_told_in_dutch_when_it_cannot(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "units.csv").write_text(
        "id,parent,level,name\nwekerom-03,wekerom,team,Team 3\nwest,heeren-loo,region,W\n"
    )
    (tmp_path / "people.csv").write_text("id;unit;role;name;mail\np2;wekerom-03;professional;Q;q@example.org\n")
    code, told = typed("import", "units", "units.csv", "people.csv")
    assert code == 0, told
    assert "Onderdelen / units: 1 nieuw / new, 1 gewijzigd / changed, 0 gelijk" in told
    assert "Mensen / people: 1 nieuw / new" in told
    assert "Weggelaten / left out: mail" in told
    assert "Team 3" in typed("units")[1]
    (tmp_path / "units.csv").write_text("id,parent,level,name\nx,nergens,team,X\n")
    code, told = typed("import", "units", "units.csv")
    assert code == 1
    assert "Rij 2, kolom “parent”: er is geen onderdeel “nergens”." in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("units",),
        ("session", "list"),
        ("wave", "list"),
        ("wave", "show", "climate"),
        ("report", "team", "--all"),
        ("scales", "climate"),
        ("schedule", "list", "--file", "schedule.yaml"),
        ("import", "responses", "a.csv", "--instrument", "climate", "--unit", "wekerom"),
        ("retention", "--count"),
    ],
)
def test_what_only_reads_makes_no_store_of_a_typing_error(typed, tmp_path: Path, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "schedule.yaml").write_text("entries: []\n")
    (tmp_path / "a.csv").write_text("safety.s1\n3\n")
    code, told = typed(*arguments, "--store", f"sqlite:///{tmp_path}/typo/stroe.db")
    assert code == 1
    assert f"Er is geen store op {tmp_path}/typo/stroe.db" in " ".join(told.split())
    assert not (tmp_path / "typo").exists()


def test_a_made_up_community_mixes_with_no_other(typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    small = make(seed=7)
    small = replace(small, sessions=small.sessions[:3], events=(), submissions=(), interventions=(), courses=())
    small = replace(small, waves=(), wave_sessions=(), wave_submissions=())
    other = replace(small, sessions=tuple(replace(one, id=new_id(), code=f"X{one.code[1:]}") for one in small.sessions))
    monkeypatch.setattr("bedoeling_nb.sample.make", lambda seed: small if seed == 7 else other)
    code, told = typed("sample", "--fill")  # the store has an organisation of its own
    assert code == 1
    assert "gaan niet door elkaar" in " ".join(told.split())
    assert not (tmp_path / "data").exists()
    monkeypatch.setenv("BEDOELING_STORE", f"sqlite:///{tmp_path}/new/sample.db")
    assert typed("sample", "--fill")[0] == 0
    assert typed("session", "start", "--unit", "wekerom-03")[0] == 0
    assert typed("sample", "--fill")[0] == 0  # once more: what is missing, and nothing else
    assert typed("sample", "--seed", "8")[0] == 0  # files only
    code, told = typed("sample", "--seed", "8", "--fill")
    assert code == 1
    assert "gaan niet door elkaar" in " ".join(told.split())
    assert typed("import", "units", "units.csv")[0] == 1
    (tmp_path / "units.csv").write_text("id,parent,level,name\nwekerom-99,wekerom,team,Of our own\n")
    assert typed("import", "units", "units.csv")[0] == 0
    assert typed("sample", "--fill")[0] == 1


def test_what_cannot_be_is_told_before_anybody_is_asked(typed, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sys, "stdin", io.StringIO())  # nobody can be asked
    for unit, k, words in (
        ("wekerom", "900", "kan hoogstens 100 worden, en 900 is meer"),
        ("wekerom", "3", "niet verlaagd tot 3"),
        ("nergens", "9", "nergens"),
    ):
        code, told = typed("smallest-group", unit, k)
        assert code == 1
        assert words in told
        assert "--yes" not in told
    opening = ("wave", "open", "climate", "--unit", "wekerom", "--closes")
    assert typed(*opening, "2099-12-01")[0] == 0
    for last in ("2020-01-01", "morgen"):
        code, told = typed(*opening, last)
        assert code == 1
        assert "loopt al" not in told
    assert "loopt al" in typed(*opening, "2099-12-01")[1]


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("session", "--session", "ABCDEF", "--unit", "wekerom-01", "--period", "2026-Q3"), "--unit, --period"),
        (("session", "--session", "ABCDEF", "--all"), "--all"),
        (("session", "--session", "ABCDEF", "--below", "wekerom"), "--below"),
        (("team", "--unit", "wekerom-01", "--session", "ABCDEF"), "--session"),
    ],
)
def test_an_option_that_does_not_fit_the_report_is_refused(typed, arguments, option) -> None:  # type: ignore[no-untyped-def]
    code, told = typed("report", *arguments)
    assert code == 1
    assert f"{option} past niet bij het verslag “{arguments[0]}”" in " ".join(told.split())


def test_a_report_that_is_late_for_want_of_a_service_is_told(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "schedule.yaml").write_text(
        "entries:\n  - {id: teams, report: team, units: all, period: quarter, when: 0 7 1 * *,\n"
        "     recipients: [{folder: out}]}\n"
    )
    code, told = typed("schedule", "list", "--file", "schedule.yaml")
    assert code == 0, told
    assert "te laat" not in told
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    for ago, late in ((timedelta(seconds=30), False), (timedelta(hours=1), True)):
        schedules.resume(store, "teams", "0 7 1 * *", now() - ago)
        assert ("te laat: draait de dienst?" in typed("schedule", "list", "--file", "schedule.yaml")[1]) == late
    store.close()

"""The schedule file: what it may say, what its errors say, and when a time comes on nights when the clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bedoeling_nb.community import Unit, local_time
from bedoeling_nb.errors import NotFound
from bedoeling_nb.reports import schedule_file
from bedoeling_nb.reports.schedule_file import Cron, InvalidSchedule, Schedule
from bedoeling_nb.store import Store
from tests.test_layout import ROOT

GOOD = """
defaults: {folder: /srv/made, language: en, formats: [html, pdf]}
entries:
  - id: teams
    report: team
    units: {below: wekerom}
    period: month
    when: "0 7 1 * *"
    recipients:
      - folder: /srv/{parent}/{unit}/{period}
      - mail: {wekerom-01: [jo@example.org, "{unit}@example.org"], wekerom-02: an@example.org}
"""


def read(folder: Path, text: str) -> Schedule:
    (folder / "schedule.yaml").write_text(text)
    return schedule_file.read(folder / "schedule.yaml")


def test_an_entry_says_what_when_and_for_whom(tmp_path: Path, store: Store, organisation: tuple[Unit, ...]) -> None:
    entry = read(tmp_path, GOOD).entry("teams")
    assert (str(entry.folder), entry.language, entry.formats) == ("/srv/made", "en", ("html", "pdf"))
    chosen = entry.units.chosen(store, schedule_file.catalogue.find("team"))
    assert [unit.id for unit in chosen] == ["wekerom-01", "wekerom-02"]
    to = [[one for given in entry.recipients for one in given.of(unit, "team", "2026-10")] for unit in chosen]
    assert to == [
        ["folder:/srv/wekerom/wekerom-01/2026-10", "mail:jo@example.org", "mail:wekerom-01@example.org"],
        ["folder:/srv/wekerom/wekerom-02/2026-10", "mail:an@example.org"],
    ]
    with pytest.raises(NotFound, match="teams"):
        read(tmp_path, GOOD).entry("other")


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("all", ["heeren-loo", "oost", "wekerom", "west"]),
        ("{level: region}", ["oost", "west"]),
        ("[west, wekerom]", ["west", "wekerom"]),
        ("{below: oost}", ["oost", "wekerom"]),
    ],
)
def test_units_are_named_one_by_one_by_place_by_level_or_all(
    tmp_path: Path, store: Store, organisation: tuple[Unit, ...], units: str, expected: list[str]
) -> None:
    text = GOOD.replace("report: team", "report: unit").replace("{below: wekerom}", units).replace("month", "quarter")
    entry = read(tmp_path, text).entries[0]
    assert [unit.id for unit in entry.units.chosen(store, schedule_file.catalogue.find("unit"))] == expected


def test_a_units_id_stays_one_name_in_a_path(tmp_path: Path) -> None:
    entry = read(tmp_path, GOOD).entries[0]
    [place] = entry.recipients[0].of(Unit("../../etc", "/root", "team", "Kwaad"), "team", "2026-10")
    assert Path(place.removeprefix("folder:")).resolve() == Path("/srv/_root/__.._etc/2026-10")


@pytest.mark.parametrize(
    ("change", "line", "field", "says"),
    [
        (("teams", "Teams van ons"), 4, "entries.0.id", "pattern"),
        (("report: team", "report: taem"), 5, "entries.0.report", "Known: team, unit"),
        (("report: team", "report: session"), 5, "entries.0.report", "about a session"),
        (("{below: wekerom}", "{under: wekerom}"), 6, "entries.0.units", "below: UNIT"),
        (("{below: wekerom}", "[]"), 6, "entries.0.units", "at least 1"),
        (("{below: wekerom}", "[3]"), 6, "entries.0.units.0", "string"),
        (("{below: wekerom}", "{level: region}"), 6, "entries.0.units", "is about: team"),
        (("period: month", "period: week"), 7, "entries.0.period", "quarter"),
        (("0 7 1 * *", "0 7 1 *"), 8, "entries.0.when", "five fields"),
        (("0 7 1 * *", "0 25 1 * *"), 8, "entries.0.when", "25"),
        (("0 7 1 * *", "0 7 31 2 *"), 8, "entries.0.when", "never comes"),
        (("0 7 1 * *", "0 7 * * 1"), 8, "entries.0.when", "mon, tue"),
        (('"0 7 1 * *"', "7"), 8, "entries.0.when", "quotes"),
        (("{period}", "{month}"), 10, "entries.0.recipients.0.folder", "{unit}, {report}"),
        (("{period}", "{unit.parent}"), 10, "entries.0.recipients.0.folder", "{unit}, {report}"),
        (("{period}", "{period"), 10, "entries.0.recipients.0.folder", "expected '}'"),
        (("an@example.org", "an"), 11, "entries.0.recipients.1.mail", "not an address"),
        (("- mail:", "- post:"), 11, "entries.0.recipients.1.post", "not permitted"),
        (("language: en", "smtp: x"), 2, "defaults.smtp", "not permitted"),
        (("language: en", "language: fr"), 2, "defaults.language", "'nl' or 'en'"),
    ],
)
def test_an_error_names_file_line_and_field(
    tmp_path: Path, change: tuple[str, str], line: int, field: str, says: str
) -> None:
    with pytest.raises(InvalidSchedule) as invalid:
        read(tmp_path, GOOD.replace(*change))
    told = [one for one in invalid.value.message("en").splitlines() if f"line {line}, {field}:" in one]
    assert told, invalid.value.message("en")
    assert says in told[0]
    assert "schedule.yaml" in invalid.value.message("nl")


def test_an_id_is_given_once_and_a_file_that_is_not_yaml_says_where(tmp_path: Path) -> None:
    with pytest.raises(InvalidSchedule, match="given twice: teams"):
        read(tmp_path, GOOD + GOOD.partition("entries:")[2])
    with pytest.raises(InvalidSchedule, match="line 3"):
        read(tmp_path, "entries:\n  - id: a\n   report: b\n")
    with pytest.raises(NotFound):
        schedule_file.read(tmp_path / "missing.yaml")


def test_the_example_in_the_samples_is_right() -> None:
    example = schedule_file.read(ROOT / "data" / "samples" / "schedule.yaml")
    assert [entry.id for entry in example.entries] == ["teams-maand", "wekerom-kwartaal", "regio-jaar"]


def times(cron: str, since: datetime, count: int) -> list[str]:
    moment, found = since, []
    for _ in range(count):
        after = Cron(cron).after(moment)
        assert after is not None
        moment = after
        found.append(moment.strftime("%d %H:%M"))
    return found


SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)  # on 29 March 02:00 becomes 03:00; UTC 01:00
AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)  # on 25 October 03:00 becomes 02:00; UTC 01:00


@pytest.mark.parametrize(
    ("cron", "since", "expected"),
    [
        ("0 7 * * *", SPRING, ["29 05:00", "30 05:00"]),
        ("0 7 * * *", SPRING - timedelta(days=1), ["28 06:00", "29 05:00"]),
        ("30 2 * * *", SPRING, ["29 01:30", "30 00:30"]),  # half past two is not there: half past three
        ("0 7 * * *", AUTUMN, ["25 06:00", "26 06:00"]),
        ("30 2 * * *", AUTUMN, ["25 00:30", "26 01:30"]),  # half past two is there twice: the first
        ("30 * * * *", AUTUMN + timedelta(hours=11), ["24 23:30", "25 00:30", "25 01:30", "25 02:30"]),
        ("30 * * * *", SPRING + timedelta(hours=11), ["28 23:30", "29 00:30", "29 01:30", "29 02:30"]),
        ("0 7 * * sun", SPRING, ["29 05:00"]),
    ],
)
def test_a_time_is_that_on_the_clock_here_also_when_it_changes(cron: str, since: datetime, expected: list[str]) -> None:
    assert times(cron, since, len(expected)) == expected


@pytest.mark.parametrize("cron", ["* * * * *", "30 2 * * *", "0 7 1 * *", "0 7 29 2 *", "*/20 2 25 10 *"])
@pytest.mark.parametrize("moment", [SPRING, AUTUMN + timedelta(hours=13, minutes=10), datetime(2026, 7, 1, tzinfo=UTC)])
def test_the_latest_time_is_the_one_before_the_next(cron: str, moment: datetime) -> None:
    latest = Cron(cron).latest(moment)
    assert latest is not None
    assert latest <= moment
    following = Cron(cron).after(latest)
    assert following is not None
    assert following > moment
    assert Cron(cron).latest(latest) == latest


def test_the_period_is_the_last_whole_one_on_the_clock_here(tmp_path: Path) -> None:
    entry = read(tmp_path, GOOD).entries[0]
    new_year = datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert local_time(new_year).year == 2026
    assert entry.period_at(new_year).id == "2025-12"
    assert entry.period_at(new_year - timedelta(seconds=1)).id == "2025-11"

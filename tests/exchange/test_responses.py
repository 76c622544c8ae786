"""Answers from elsewhere in the store: a closed wave, once, among the right teams, and nothing that leads back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bedoeling_nb.analysis import frames
from bedoeling_nb.analysis.reflection import reflect
from bedoeling_nb.analysis.reliability import reliability
from bedoeling_nb.community import Unit, local_time, now
from bedoeling_nb.errors import BadRequest, Conflict, NotFound
from bedoeling_nb.exchange.answers_file import AnswersFile, Columns, read_answers
from bedoeling_nb.exchange.responses import keep_responses
from bedoeling_nb.instruments import Instrument, find
from bedoeling_nb.store import Store, sessions, tables, waves

DAY = date(2026, 3, 1)
CLIMATE = find("climate")
PATHS = [f"safety.s{number}" for number in range(1, 8)]


def rows(*people: tuple[str, str]) -> str:
    """A file with (team, seven digits) of each person."""
    lines = [",".join([*digits, team]) for team, digits in people]
    return "\n".join([",".join([*PATHS, "team"]), *lines]) + "\n"


FIVE = [("wekerom-01", f"2{number}2{number}{number}44") for number in (3, 4, 5, 4, 3)]
FILE = rows(*FIVE, ("Team 2", "1515155"), ("wekerom-02", "2424244"))


def told(tmp_path: Path, text: str, instrument: Instrument = CLIMATE, **columns: Any) -> AnswersFile:
    path = tmp_path / "answers.csv"
    path.write_text(text)
    return read_answers(path, instrument, Columns(**{"unit": "team", **columns}))


def everything_in(store: Store) -> list[tuple[str, int]]:
    with store.read() as connection:
        return [
            (name, connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
            for name, table in sorted(tables.metadata.tables.items())
        ]


def test_a_file_becomes_a_closed_wave_that_a_team_can_look_at(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path
) -> None:
    kept = keep_responses(store, CLIMATE, "wekerom", told(tmp_path, FILE), DAY)
    assert kept.new
    assert kept.people == {"wekerom-01": 5, "wekerom-02": 2}
    wave = waves.get(store, "climate")
    assert (wave.id, wave.unit, wave.last_day) == (kept.wave.id, "wekerom", DAY)
    assert not wave.is_open(now())
    for session in waves.sessions_of(store, wave):
        assert sessions.state(store, session.id).ended
    seen = reflect(store, wave, "wekerom-01")
    [safety] = [one for one in seen.scales if one.scale.id == "safety"]
    assert safety.mean == pytest.approx(sum(4 + n + 4 + n + (6 - n) + 4 + 4 for n in (3, 4, 5, 4, 3)) / 35)
    assert reflect(store, wave, "wekerom-02").known == []  # two people
    frame = frames.answers(store, "climate")
    assert len(frame) == 7 * 7


def test_the_same_file_is_kept_once_and_another_of_that_day_is_refused(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path
) -> None:
    first = keep_responses(store, CLIMATE, "wekerom", told(tmp_path, FILE), DAY)
    before = everything_in(store)
    again = keep_responses(store, CLIMATE, "wekerom", told(tmp_path, FILE), DAY + timedelta(days=1))
    assert (again.new, again.wave.id) == (False, first.wave.id)
    with pytest.raises(Conflict, match="--date"):
        keep_responses(store, CLIMATE, "wekerom", told(tmp_path, FILE.replace("wekerom-02", "wekerom-01")), DAY)
    assert everything_in(store) == before
    other = told(tmp_path, FILE.replace("wekerom-02", "wekerom-01"))
    assert keep_responses(store, CLIMATE, "wekerom", other, DAY + timedelta(days=30)).new


def test_nothing_in_the_store_leads_back_to_the_file(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path
) -> None:
    lines = [
        f"{'who' if number == 0 else f'staff-{number}'},{line}" for number, line in enumerate(FILE.strip().split("\n"))
    ]
    text = "\n".join(lines)
    keep_responses(store, CLIMATE, "wekerom", told(tmp_path, text, respondent="who"), DAY)
    with store.read() as connection:
        dump = "\n".join(
            str(row) for table in tables.metadata.tables.values() for row in connection.execute(sa.select(table))
        )
        participants = set(connection.execute(sa.select(tables.submission.c.participant)).scalars())
    assert "staff-" not in dump
    assert len(participants) == 7


def test_days_of_people_make_the_wave_as_long_as_they_took(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path
) -> None:
    lines = FILE.strip().split("\n")
    text = "\n".join(["on," + lines[0], *(f"2026-03-0{n + 1},{line}" for n, line in enumerate(lines[1:]))])
    kept = keep_responses(store, CLIMATE, "wekerom", told(tmp_path, text, date="on"))
    assert local_time(kept.wave.created_at).date() == date(2026, 3, 1)
    assert kept.wave.last_day == date(2026, 3, 7)


@pytest.mark.parametrize(
    ("text", "unit", "day", "error", "says"),
    [
        (rows(("nergens", "1111111"), ("west", "2222222")), "wekerom", DAY, BadRequest, "Row 3, column “team”: “west”"),
        (FILE, "nergens", DAY, NotFound, "nergens"),
        (FILE, "wekerom", None, BadRequest, "--date-column"),
        (FILE, "wekerom", date(2199, 1, 1), BadRequest, "still to come"),
        (rows(), "wekerom", DAY, BadRequest, "Nobody"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(
    store: Store,
    organisation: tuple[Unit, ...],
    tmp_path: Path,
    text: str,
    unit: str,
    day: date | None,
    error: type[Exception],
    says: str,
) -> None:
    before = everything_in(store)
    with pytest.raises(error, match=says):
        keep_responses(store, CLIMATE, unit, told(tmp_path, text), day)
    assert everything_in(store) == before


def test_a_session_takes_no_answers_from_elsewhere(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path
) -> None:
    with pytest.raises(BadRequest, match="script of a session"):
        keep_responses(store, find("resonance"), "wekerom", told(tmp_path, FILE), DAY)


def test_reliability_is_shown_of_a_closed_wave_and_of_enough_people(
    store: Store, organisation: tuple[Unit, ...], tmp_path: Path
) -> None:
    four = rows(*FIVE[:4])
    keep_responses(store, CLIMATE, "wekerom", told(tmp_path, four), DAY)
    few = reliability(store, "climate")
    assert few[["n", "estimate"]].isna().all(axis=None)
    assert set(few["why"]) == {"Not shown: too few people."}
    keep_responses(store, CLIMATE, "wekerom", told(tmp_path, FILE), DAY + timedelta(days=30))
    found = reliability(store, "climate")
    safety = found[found["scale"] == "safety"].set_index("measure")
    assert safety.loc["alpha", "n"] == 7
    assert safety.loc["alpha", "estimate"] is not None
    assert set(found[found["scale"] == "expertise"]["estimate"].isna()) == {True}
    running = waves.open_wave(store, CLIMATE, "wekerom", now() + timedelta(days=3))
    assert reliability(store, "climate").equals(found)
    with pytest.raises(BadRequest, match="still open"):
        reliability(store, running.id)
    waves.close(store, running)
    with pytest.raises(BadRequest, match="are coming in"):
        reliability(store, running.id)

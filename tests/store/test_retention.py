"""What is older than is kept goes, and nothing else."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bedoeling_nb.analysis import frames
from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.community import new_id, now
from bedoeling_nb.instruments import find
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import (
    Store,
    courses,
    instruments,
    interventions,
    links,
    retention,
    scores,
    sessions,
    submissions,
    tables,
    units,
    waves,
)
from bedoeling_nb.store.courses import Course, Goal
from bedoeling_nb.store.retention import Removed
from bedoeling_nb.store.submissions import Submission
from tests.conftest import ORGANISATION
from tests.kept import codes, open_all

RULES = Settings(keep_texts_months=12, keep_codes_months=6, keep_answers_months=24)
AGES = {"new": 5, "months": 8, "year": 14, "old": 26}  # in months


@pytest.fixture
def held(store: Store, organisation: object) -> dict[str, str]:
    """A reflection of each age, with a number, an open text and a code."""
    script = find("team-reflection")
    found = {}
    for name, months in AGES.items():
        at = now() - timedelta(days=round(months * 30.5))
        session = sessions.create(store, "wekerom-01", script, created_at=at)
        step = next(one for one in script.steps if any(item.is_text for item in one.items))
        told = {item.id: f"tekst {name}" if item.is_text else 4 for item in step.items}
        submissions.import_past(store, [Submission(new_id(), session.id, step.id, "1", name, told, at)])
        open_all(store, session.id)
        links.keep(store, session.id, name, f"hash {name}")
        interventions.agree(store, session, "Samen eten", "Fatma", at.date(), at.date())
        found[name] = session.id
    return found


def test_texts_codes_names_and_answers_each_go_in_their_time(store: Store, held: dict[str, str]) -> None:
    assert retention.apply(store, RULES, only_count=True) == Removed(answers=1, texts=1, codes=3, names=2)
    assert len(codes(store, held.values())) == 4  # counting changes nothing
    assert retention.apply(store, RULES) == Removed(answers=1, texts=1, codes=3, names=2)
    assert not retention.apply(store, RULES)
    told = {name: [one.answers for one in submissions.current(store, session)] for name, session in held.items()}
    assert told["old"] == []
    assert set(told["year"][0].values()) == {4}
    assert "tekst months" in told["months"][0].values()
    assert "tekst new" in told["new"][0].values()
    assert set(codes(store, held.values()).values()) == {"hash new"}
    assert {one.who for one in interventions.of_unit(store, "wekerom-01")} == {"Fatma", ""}


def test_it_runs_by_itself(store: Store, held: dict[str, str]) -> None:
    with retention.daily(store, RULES):
        limit = time.monotonic() + 60
        while retention.apply(store, RULES, only_count=True):
            assert time.monotonic() < limit
            time.sleep(0.05)


def test_less_than_a_month_is_no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDOELING_KEEP_TEXTS_MONTHS", "0")
    with pytest.raises(ValueError, match="keep_texts_months"):
        Settings()


def test_the_day_of_today_is_kept(store: Store, organisation: object) -> None:
    session = sessions.create(store, "wekerom-01", find("resonance"))
    interventions.agree(store, session, "x", "Fatma", now().date(), now().date())
    assert not retention.apply(store, Settings())


def test_a_questionnaire_that_cannot_be_read_keeps_its_texts_and_nothing_else(
    store: Store, held: dict[str, str]
) -> None:
    broken = sa.update(tables.instrument).values(definition={"id": "team-reflection"})
    with store.write() as connection:
        connection.execute(broken)
    assert retention.apply(store, RULES) == Removed(answers=1, texts=0, codes=3, names=2)


def test_who_does_what_in_an_old_course_goes_and_the_course_stays(store: Store, organisation: object) -> None:
    goal = Goal("Samen eten", "We lachen", "Fatma")
    old = Course("wekerom-01", {"good_life": goal}, [], [], now().date(), True, created_at=now() - timedelta(days=400))
    courses.import_past(store, [old])
    assert retention.apply(store, RULES) == Removed(names=1)
    kept = courses.of_unit(store, "wekerom-01")
    assert kept is not None
    assert kept.goals["good_life"] == Goal("Samen eten", "We lachen", "")
    assert not retention.apply(store, RULES)


def test_what_went_for_its_age_is_not_in_the_files_either(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "old.db")
    store = Store.open(f"sqlite:///{tmp_path / 'old.db'}")
    units.add(store, ORGANISATION)
    at = now() - timedelta(days=900)
    session = sessions.create(store, "wekerom-01", find("resonance"), created_at=at)
    told = {"seen": "een oude zin 7d1e"}
    submissions.import_past(store, [Submission(new_id(), session.id, "zien", "1", "p", told, at)])

    def in_files() -> bool:
        return any(b"een oude zin 7d1e" in path.read_bytes() for path in tmp_path.glob("old.db*"))

    assert in_files()
    assert retention.apply(store, RULES)
    assert not in_files()
    store.close()


def test_who_gave_only_a_text_still_took_part_when_it_is_removed(store: Store, organisation: object) -> None:
    """A profile of then would become one of too few people."""
    script = find("team-reflection")
    step, text = next((one, item) for one in script.steps for item in one.items if item.is_text)
    at = now() - timedelta(days=500)
    instruments.keep(store, script)
    session = sessions.new("wekerom-01", script, created_at=at)
    wave = waves.Wave(script.id, script.version, "wekerom", at + timedelta(days=5), created_at=at)
    waves.import_past(store, wave, [session])
    told = [Submission(new_id(), session.id, step.id, "1", f"p{n}", {text.id: f"tekst {n}"}, at) for n in range(5)]
    withdrawn = Submission(new_id(), session.id, step.id, "1", "p4", {}, at)
    submissions.import_past(store, [*told, withdrawn])

    def took_part() -> tuple[int, ...]:
        counted = Meeting.load(store, session)
        frame = frames.sessions(store, script.id)
        return (
            waves.turnout(store, [wave])[wave.id][0],
            waves.responses(store, wave)[0].participants,
            scores.participants(store, [session.id])[session.id],
            counted.participants(step),
            int(frame["participants"].iloc[0]),
        )

    assert took_part() == (4,) * 5
    assert retention.apply(store, RULES) == Removed(texts=5)
    assert not retention.apply(store, RULES)
    assert took_part() == (4,) * 5
    assert frames.answers(store, script.id).empty
    summary = Meeting.load(store, session).summaries(step)[text.id]
    assert summary["n"] == 0
    with store.read() as connection:
        kept = connection.execute(sa.select(tables.submission.c.answers)).scalars().all()
    assert "tekst" not in str(kept)


def test_writers_wait_for_a_few_rows_and_not_for_all_that_is_old(
    store: Store, held: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too old is looked for outside the writers' lock; on a day on which nothing is, nobody waits."""
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    script = find("team-reflection")
    step, text = next((one, item) for one in script.steps for item in one.items if item.is_text)
    told = [Submission(new_id(), held["year"], step.id, "1", f"p{n}", {text.id: f"tekst {n}"}) for n in range(5)]
    submissions.import_past(store, told)
    real, writes = Store.write, list[object]()

    @contextmanager
    def write(self: Store) -> Iterator[sa.Connection]:
        with real(self) as connection:
            writes.append(connection)
            yield connection

    monkeypatch.setattr(Store, "write", write)
    assert retention.apply(store, RULES).texts == 6
    assert len(writes) == 4  # what goes as a whole, and six texts in three times
    assert not retention.apply(store, RULES)
    assert len(writes) == 4

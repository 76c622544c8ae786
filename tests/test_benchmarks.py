"""Benchmarks whose numbers are checked: a small store, so that they do not rot."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bedoeling_nb import sample
from bedoeling_nb.store import Store, sessions, tables, units
from benchmarks import reports
from benchmarks import store as benchmark


def test_the_plain_way_and_kept_scores_say_the_same(store: Store) -> None:
    """`measure` compares the two itself, unit by unit."""
    assert benchmark.fill(store, 12, 3) == 3 * (12 * 12 + 4 * 4) * 42
    found = benchmark.measure(store, 2)
    assert len(found.rollup.waves) == 3
    assert found.rollup.waves[-1].known
    with store.read() as connection:
        rows = connection.execute(sa.select(sa.func.count()).select_from(tables.score)).scalar_one()
    assert rows == 3 * (12 + 4) * 6


def test_it_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.main(["--teams", "10", "--waves", "2", "--plain", "2", "--databases", "sqlite"])
    told = capsys.readouterr().out
    assert "sqlite: 11,088 answers of 10 teams in 2 waves" in told
    assert told.count(" x\n") == 4


def test_many_teams_can_be_filled_and_have_met(store: Store) -> None:
    sample.fill(store, reports.many(62))
    assert sum(unit.level == "team" for unit in units.all_units(store)) == 62
    assert len(sessions.of_unit(store, "wekerom-01-0000")) == len(sessions.of_unit(store, "wekerom-01-0060")) > 0

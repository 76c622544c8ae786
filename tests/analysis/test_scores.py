"""Scores of sessions, many at once and kept: the same numbers as those of people by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from bedoeling_nb.analysis.differences import change, change_of_means
from bedoeling_nb.analysis.scores import person_scores, session_scores, work_out
from bedoeling_nb.community import Unit, new_id, now
from bedoeling_nb.instruments import Instrument, find
from bedoeling_nb.instruments.instrument import Scale
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, links, retention, scores, submissions, tables, units, waves
from bedoeling_nb.store.scores import Row
from bedoeling_nb.store.submissions import Submission
from tests.analysis.test_reflection import CLIMATE, community, over

__all__ = ["community"]


def answered(script: Instrument, session: str, seed: int, people: int) -> list[Submission]:
    """Random answers: some skip items or say that it does not apply, some answer twice, withdraw, or agree on all."""
    dice = np.random.default_rng(seed)
    told = []
    for number in range(people):
        for _ in range(1 + int(dice.integers(2))):
            for step in script.steps:
                given: dict[str, Any] = {}
                for item in step.items:
                    if item.kind in ("likert", "smiley") and dice.random() < 0.8:
                        given[item.id] = "na" if dice.random() < 0.2 else int(dice.integers(1, 4))
                if dice.random() < 0.9:
                    told.append(Submission(new_id(), session, step.id, "1", f"p{number}", given))
    return told


def kept(store: Store, wave: waves.Wave) -> dict[tuple[str, str], Row]:
    return {(row.unit, row.scale): row for row in map(Row._make, scores.of_waves(store, [wave.id]))}


@pytest.mark.parametrize("name", ["climate", "promises-pulse", "team-reflection", "client-experience"])
def test_kept_scores_are_those_of_the_people(community: Store, name: str) -> None:
    script = find(name)
    wave = waves.open_wave(community, script, "top", now() + timedelta(days=1))
    sessions = waves.sessions_of(community, wave)
    for seed, session in enumerate(sessions):
        submissions.import_past(community, answered(script, session.id, seed, (0, 1, 2, 6, 9, 12)[seed]))
    work_out(community, [wave])
    assert kept(community, wave) == {}  # it is not over
    work_out(community, [over(community, wave)])
    found = kept(community, wave)
    assert len(found) == len(sessions) * len(script.scales)
    with_spread = 0
    for session in sessions:
        people = person_scores(script, submissions.current(community, session.id))
        for scale in script.scales:
            row, own = found[session.unit, scale.id], people[scale.id].dropna().astype("float64")
            assert (row.n, row.above) == (len(own), "top")
            assert row.mean == (pytest.approx(own.mean(), rel=1e-12) if len(own) else None)
            assert row.sd == (pytest.approx(own.std(), rel=1e-9, abs=1e-9) if len(own) > 1 else None)
            with_spread += bool(row.sd)
    assert with_spread > len(script.scales)


def test_people_who_all_score_the_same_have_no_spread_at_all(community: Store) -> None:
    wave = waves.open_wave(community, CLIMATE, "t0", now() + timedelta(days=1))
    [session] = waves.sessions_of(community, wave)
    said = {"s1": 2, "s2": 4, "s3": 3, "s4": 5, "s6": 1, "s7": 3}  # 20 / 6, which no computer holds
    told = [Submission(new_id(), session.id, "safety", "1", f"p{n}", said) for n in range(7)]
    submissions.import_past(community, told)
    (safety,) = (one for one in session_scores(CLIMATE, scores.told(community, [session.id])) if one.scale == "safety")
    assert (safety.n, safety.sd) == (7, 0.0)
    assert safety.mean == pytest.approx((4 + 4 + 3 + 5 + 1 + 3) / 6)


def test_scales_that_share_items_go_up_by_the_fewest_people(community: Store) -> None:
    whole = Scale(id="whole", title="Whole", items=("peace.pea1", "peace.pea2", "turmoil.tur1"), at_least=1)
    script = CLIMATE.model_copy(update={"version": 99, "scales": (*CLIMATE.scales, whole)})
    wave = waves.open_wave(community, script, "t0", now() + timedelta(days=1))
    [session] = waves.sessions_of(community, wave)
    given = [("peace", {"pea1": 3}), ("peace", {"pea2": 3}), ("turmoil", {"tur1": 3}), ("solving", {"sol1": 3})]
    told = [Submission(new_id(), session.id, step, "1", f"p{n}", said) for n, (step, said) in enumerate(given)]
    submissions.import_past(community, told)
    found = {one.scale: (one.n, one.least) for one in session_scores(script, scores.told(community, [session.id]))}
    assert {name: found[name] for name in ("peace", "turmoil", "whole", "solving", "safety")} == {
        "peace": (2, 1),
        "turmoil": (1, 1),
        "whole": (3, 1),
        "solving": (1, 1),
        "safety": (0, 0),
    }


def test_scores_follow_when_answers_come_or_go(community: Store) -> None:
    wave = over(community, waves.open_wave(community, CLIMATE, "t0", now() + timedelta(days=1)))
    [session] = waves.sessions_of(community, wave)

    def mean() -> tuple[int, float | None]:
        work_out(community, [wave])
        row = kept(community, wave)[session.unit, "peace"]
        return row.n, row.mean

    assert mean() == (0, None)
    told = [
        Submission(new_id(), session.id, "peace", "1", f"p{value}", {"pea1": value, "pea2": value}) for value in (2, 4)
    ]
    submissions.import_past(community, told)
    assert mean() == (2, 3)
    assert scores.missing(community, [wave.id]) == {}
    assert {sum_.teams for sum_ in scores.totals(community, [wave.id]).values()} == {0}
    with community.write() as connection:
        connection.execute(sa.delete(tables.submission).where(tables.submission.c.id == told[0].id))
        scores.drop(connection, [session.id])
    assert kept(community, wave) == scores.totals(community, [wave.id]) == {}
    assert mean() == (1, 4)


def test_what_was_read_before_somebody_had_answers_deleted_is_not_kept(community: Store) -> None:
    wave = over(community, waves.open_wave(community, CLIMATE, "top", now() + timedelta(days=1)))
    changed, other = waves.sessions_of(community, wave)[:2]
    gone = Submission(new_id(), changed.id, "peace", "1", "p1", {"pea1": 5})
    later = Submission(new_id(), changed.id, "peace", "1", "p2", {"pea1": 3})
    submissions.import_past(community, [gone, later])
    told = scores.told(community, [changed.id, other.id])
    with community.write() as connection:
        connection.execute(sa.delete(tables.submission).where(tables.submission.c.id == gone.id))
        scores.drop(connection, [changed.id])
    assert scores.keep(community, session_scores(CLIMATE, told), told) == [changed.id]
    assert scores.of_unit(community, [wave.id], changed.unit) == {}
    assert len(scores.of_unit(community, [wave.id], other.unit)) == len(CLIMATE.scales)
    assert kept(community, wave) == {}  # nothing goes up of a wave that is not whole
    scores.add_up(community, wave.id, ["peace"], 3)
    assert scores.totals(community, [wave.id]) == {}


def test_a_team_stays_with_what_was_above_it_when_the_wave_began(community: Store) -> None:
    wave = over(community, waves.open_wave(community, CLIMATE, "top", now() + timedelta(days=1)))
    elsewhere = Unit("elsewhere", None, "location", "Elsewhere")
    units.add(community, [elsewhere, replace(units.get(community, "t0"), parent="elsewhere")])
    work_out(community, [wave])
    assert {row.above for row in kept(community, wave).values()} == {"top"}


@pytest.mark.parametrize("seed", range(4))
def test_a_change_is_the_same_from_means_alone(seed: int) -> None:
    dice = np.random.default_rng(seed)
    first, second = (pd.Series(dice.normal(3, 1 + seed, int(dice.integers(2, 12)))) for _ in range(2))
    whole = change(first, second)
    part = change_of_means(*((len(one), float(one.mean()), float(one.std())) for one in (first, second)))
    for name in ("estimate", "low", "high", "p", "before", "after", "n"):
        assert getattr(part, name) == pytest.approx(getattr(whole, name), rel=1e-9)
    flat = change_of_means((3, 2.0, 0.0), (4, 2.0, 0.0))
    assert (flat.estimate, flat.low, flat.why) == (0, None, change(pd.Series([2.0] * 3), pd.Series([2.0] * 4)).why)


@pytest.mark.parametrize("how", ["erased", "too old"])
def test_who_has_answers_erased_is_in_no_score_any_more(community: Store, how: str) -> None:
    wave = over(community, waves.open_wave(community, CLIMATE, "t0", now() + timedelta(days=1)))
    [session] = waves.sessions_of(community, wave)
    submissions.import_past(
        community, [Submission(new_id(), session.id, "peace", "1", f"p{one}", {"pea1": one}) for one in (1, 5)]
    )
    work_out(community, [wave])
    assert kept(community, wave)[session.unit, "peace"].mean == 3
    if how == "erased":
        assert links.erase(community, [links.Linked(session.id, "p5", "t0", "climate", 1)]) == (1, True)
    else:
        assert retention.apply(community, Settings(), now() + timedelta(days=9999)).answers == 2
    assert kept(community, wave) == {}
    work_out(community, [wave])
    assert kept(community, wave)[session.unit, "peace"].mean == (1 if how == "erased" else None)

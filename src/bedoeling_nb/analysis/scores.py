"""Scores on the scales of a questionnaire: of each person, and of each session of waves that are over.

The second are worked out once, of many sessions together, and kept in the store (`store.scores`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bedoeling_nb.analysis.scales import scale_scores
from bedoeling_nb.analysis.steering import LEAST
from bedoeling_nb.community import now
from bedoeling_nb.instruments import NOT_APPLICABLE, Instrument, Item
from bedoeling_nb.instruments.instrument import Scale
from bedoeling_nb.store import Store, instruments, scores
from bedoeling_nb.store.scores import Score, Told
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave

__all__ = ["NO_SPREAD", "ends", "person_scores", "session_scores", "sharing", "work_out"]

TRIES = 3

NO_SPREAD = 1e-9
"""Less than this is rounding: people who all score the same."""


def person_scores(script: Instrument, told: Iterable[Submission]) -> pd.DataFrame:
    """A row for each participant, a column for each scale: the score, missing where somebody answered too few items."""
    people, scores = _scores(script, ((one.participant, one.step, one.answers) for one in told))
    return pd.DataFrame(scores, index=pd.Index(people, dtype="object")).astype("Float64")


def session_scores(script: Instrument, told: Mapping[str, Told]) -> list[Score]:
    """Of each of these sessions its scales, as `person_scores` of its people has them; all sessions together."""
    rows = [(session, *row) for session, one in told.items() for row in one.answers]
    # One text for all: a parser that starts once is twice as fast as one that starts a million times.
    answers = json.loads(f"[{','.join(said for *_, said in rows)}]")
    people, values = _scores(
        script, (((session, who), step, said) for (session, who, step, _), said in zip(rows, answers, strict=True))
    )
    place = {session: number for number, session in enumerate(told)}
    of = np.array([place[session] for session, _ in people], dtype=np.intp)
    moments = {}
    for name, given in values.items():
        known = ~np.isnan(given)
        moments[name] = _moments(given[known], of[known], len(told))
    found = []
    for scale in script.scales:
        n, mean, sd = moments[scale.id]
        least = np.min([moments[one][0] for one in sharing(script, scale)], axis=0)
        found += [
            Score(
                session,
                scale.id,
                int(n[number]),
                int(least[number]),
                float(mean[number]) if n[number] else None,
                float(sd[number]) if n[number] > 1 else None,
                one.seq,
            )
            for number, (session, one) in enumerate(told.items())
        ]
    return found


def work_out(store: Store, asked: Collection[Wave]) -> None:
    """See to it that the store has the scores and totals of all of these waves that are over."""
    at = now()
    over = {one.id: one for one in asked if scores.settled(one, at)}
    for _ in range(TRIES):  # somebody may have answers erased while we are at it
        there = {wave for wave, _ in scores.totals(store, list(over))}
        lacking = {id_: wave for id_, wave in over.items() if id_ not in there}
        if not lacking:
            return
        versions = {(one.instrument, one.instrument_version) for one in lacking.values()}
        scripts = {key: instruments.get(store, *key) for key in versions}
        for key, sessions in scores.missing(store, list(lacking)).items():
            waiting = sessions if scripts[key].scales else []
            while waiting:
                told = scores.told(store, waiting[: scores.AT_ONCE])
                waiting = waiting[scores.AT_ONCE :] + scores.keep(store, session_scores(scripts[key], told), told)
        for one in lacking.values():
            scales = scripts[one.instrument, one.instrument_version].scales
            scores.add_up(store, one.id, [scale.id for scale in scales], LEAST)
        over = {id_: wave for id_, wave in lacking.items() if scripts[wave.instrument, wave.instrument_version].scales}


def ends(script: Instrument, scale: Scale) -> tuple[float, float]:
    """The lowest and highest answer of the scale's items."""
    step, name = scale.items[0].split(".")
    item: Item = script.step(step).item(name)
    first, labels = getattr(item, "first", 1), len(getattr(item, "labels", ()))
    if labels:
        return float(first), float(first + labels - 1)
    return float(getattr(item, "min", 0)), float(getattr(item, "max", 1))


def sharing(script: Instrument, scale: Scale) -> set[str]:
    """The scales that share items with this one, directly or through others; itself included."""
    items, found = set(scale.items), {scale.id}
    while more := [one for one in script.scales if one.id not in found and items & set(one.items)]:
        found |= {one.id for one in more}
        items |= {item for one in more for item in one.items}
    return found


def _scores(script: Instrument, told: Iterable[tuple[Any, str, Mapping[str, Any]]]) -> tuple[list[Any], dict[str, Any]]:
    """The people of (person, step, answers), and each scale's scores of them: as `scales.scale_scores`, NaN for none.

    A frame takes longer than all the rest where there is one team. An answer to another item is left.
    """
    columns = list(dict.fromkeys(path for scale in script.scales for path in scale.items))
    place = {tuple(path.split(".")): number for number, path in enumerate(columns)}
    rows: dict[Any, list[float]] = {}
    for person, step, answers in told:
        row = rows.setdefault(person, [np.nan] * len(columns))
        for item, value in answers.items():
            number = place.get((step, item))
            if number is not None and value != NOT_APPLICABLE and isinstance(value, int | float):
                row[number] = value
    table = np.array(list(rows.values()), dtype="float64").reshape(len(rows), len(columns))
    found = {}
    for scale in script.scales:
        low, high = ends(script, scale)
        part = table[:, [columns.index(path) for path in scale.items]]
        if ((part < low) | (part > high)).any():  # its error says which item
            scale_scores(pd.DataFrame(part, columns=list(scale.items)), scale.items, ends=(low, high))
        turned = [path in scale.reversed for path in scale.items]
        part[:, turned] = low + high - part[:, turned]
        given = (~np.isnan(part)).sum(axis=1)
        found[scale.id] = np.where(given >= scale.needed, np.nansum(part, axis=1) / np.maximum(given, 1), np.nan)
    return list(rows), found


def _moments(values: Any, of: Any, groups: int) -> tuple[Any, Any, Any]:
    """Count, mean and standard deviation (over n - 1) of the values in each of the groups."""
    n = np.bincount(of, minlength=groups)
    mean = np.bincount(of, values, groups) / np.maximum(n, 1)
    squares = np.bincount(of, (values - mean[of]) ** 2, groups)
    sd = np.sqrt(squares / np.maximum(n - 1, 1))
    return n, mean, np.where(sd < NO_SPREAD, 0.0, sd)

"""How good the scales of a questionnaire are, from the answers of a wave: for researchers.

Nothing is said of fewer than *k* people. What is said of teams is over all teams of at least *k* people together, of
which there must be three or more, and none of them is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import pandas as pd

from bedoeling_nb.analysis.estimates import Estimate
from bedoeling_nb.analysis.scales import (
    cronbach_alpha,
    icc,
    item_rest,
    omega_total,
    reversed_items,
    rwg_j,
    scale_scores,
)
from bedoeling_nb.analysis.scores import ends
from bedoeling_nb.analysis.steering import LEAST
from bedoeling_nb.community import now
from bedoeling_nb.errors import BadRequest
from bedoeling_nb.instruments import NOT_APPLICABLE, Instrument
from bedoeling_nb.instruments.instrument import Scale
from bedoeling_nb.privacy import protect
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, events, instruments, submissions, waves
from bedoeling_nb.texts import N_

__all__ = ["item_frame", "reliability"]

COLUMNS = {
    "scale": "str",
    "measure": "str",
    "item": "string",
    "n": "Int64",
    "estimate": "Float64",
    "low": "Float64",
    "high": "Float64",
    "why": "string",
    "note": "string",
}

_TOO_FEW = N_("Not shown: too few people.")
_TOO_FEW_TEAMS = N_("Not shown: too few teams with enough people.")


def reliability(
    store: Store, wave: str, *, confidence: float = 0.95, size: Literal["adjusted", "mean"] = "adjusted"
) -> pd.DataFrame:
    """The reliability of each scale, and what teams explain of it.

    Parameters
    ----------
    wave
        The id of a wave, or of a questionnaire: then its last wave that is over and has answers.
    confidence
        That of the intervals.
    size
        The group size in the formula of ICC(1), see `scales.icc`.

    Returns
    -------
    DataFrame
        A row for each scale and measure: "alpha" and "omega"; "icc1", "icc2" and "rwg_j" where there are teams; and for
        each ``item`` "item_rest" and "alpha_without". Columns ``scale``, ``measure``, ``item``, ``n`` (people),
        ``estimate``, ``low``, ``high``, and ``why`` and ``note`` (sentences in English, of the catalogue). Items that
        are reversed were turned round. What cannot be worked out has no estimate, and says why; what is not shown,
        no ``n`` either.

    Raises NotFound for an unknown wave, BadRequest for one that is open (who looks twice could see what the last one
    said), a questionnaire of which no wave is over and has answers, or one without scales.
    """
    found = waves.finished(store, wave)
    if found.is_open(now()):
        raise BadRequest(
            N_("This wave is still open. Close it first, or wait until {day} is over."), day=found.last_day
        )
    if not events.settled(found.closing, now()):
        raise BadRequest(N_("The last answers of this wave are coming in. Try again in a moment."))
    script = instruments.get(store, found.instrument, found.instrument_version)
    if not script.scales:
        raise BadRequest(N_("“{instrument}” has no scales."), instrument=script.id)
    asked = waves.sessions_of(store, found)
    k = max([Settings().k, *(one.k for one in asked)])
    told = submissions.of_wave(store, found.id)
    people = item_frame(
        script, ((unit, one.participant, one.step, one.answers) for unit, some in told.items() for one in some)
    )
    rows = [row for scale in script.scales for row in _rows(people, script, scale, k, confidence, size)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def item_frame(script: Instrument, told: Iterable[tuple[str, str, str, dict[str, Any]]]) -> pd.DataFrame:
    """A row for each participant: ``unit``, and the items of the scales as STEP.ITEM, Float64, as they were answered.

    ``told`` has (unit, participant, step, answers); what does not apply is missing.
    """
    paths = list(dict.fromkeys(path for scale in script.scales for path in scale.items))
    given: dict[tuple[str, str], dict[str, float]] = {}
    for unit, participant, step, answers in told:
        row = given.setdefault((unit, participant), {})
        row.update(
            {
                f"{step}.{item}": float(value)
                for item, value in answers.items()
                if value != NOT_APPLICABLE and isinstance(value, int | float)
            }
        )
    frame = pd.DataFrame(list(given.values())).reindex(columns=paths).astype("Float64")
    return frame.assign(unit=pd.Series([unit for unit, _ in given], index=frame.index, dtype="str"))


def _rows(
    people: pd.DataFrame,
    script: Instrument,
    scale: Scale,
    k: int,
    confidence: float,
    size: Literal["adjusted", "mean"],
) -> list[dict[str, Any]]:
    """The measures of one scale, as far as they may be shown."""
    paths = list(scale.items)
    low, high = ends(script, scale)
    answered = people[people[paths].notna().any(axis=1)]
    items = reversed_items(answered[paths], list(scale.reversed), (low, high))

    def row(measure: str, made: Estimate, item: str | None = None, least: int = k) -> dict[str, Any]:
        facts = {"scale": scale.id, "measure": measure, "item": item}
        if "withheld" in protect({"n": made.n}, least):
            return {**facts, "why": _TOO_FEW}
        shown = {name: getattr(made, name) for name in ("n", "estimate", "low", "high", "why", "note")}
        return {**facts, **shown}

    rows = [
        row("alpha", cronbach_alpha(items, confidence=confidence)),
        row("omega", omega_total(items, confidence=confidence)),
        *_of_teams(answered["unit"], items, scale.needed, _options(script, scale), row, k, confidence, size),
    ]
    for path, one in item_rest(items).iterrows():
        for measure, column in (("item_rest", "r"), ("alpha_without", "alpha_without")):
            value = None if one[column] is pd.NA else float(one[column])
            rows.append(row(measure, Estimate(name=measure, estimate=value, n=int(one["n"])), str(path)))
    return rows


def _of_teams(
    units: pd.Series,
    items: pd.DataFrame,
    needed: int,
    options: tuple[float, int],
    row: Callable[..., dict[str, Any]],
    k: int,
    confidence: float,
    size: Literal["adjusted", "mean"],
) -> list[dict[str, Any]]:
    """ICC(1), ICC(2) and r_wg(j) over the teams with at least k people; nothing where one unit was asked."""
    if units.nunique() < 2:
        return []
    counts = units.map(units.value_counts())
    enough = counts >= k
    if units[enough].nunique() < LEAST:
        none = Estimate(name="icc", n=int(enough.sum()), why=_TOO_FEW_TEAMS)
        return [row(measure, none, least=0) for measure in ("icc1", "icc2", "rwg_j")]
    step, count = options
    known, of = items[enough], units[enough]
    scores = scale_scores(known, list(known.columns), missing=needed)  # as they are kept and go up
    explained = icc(scores.to_frame(), of, size=size, confidence=confidence)
    agreed = rwg_j((known / step).round(6), of, options=count, confidence=confidence)
    return [row("icc1", explained.icc1), row("icc2", explained.icc2), row("rwg_j", agreed)]


def _options(script: Instrument, scale: Scale) -> tuple[float, int]:
    """The distance between two answers of the scale's items, and how many answers there are."""
    step, name = scale.items[0].split(".")
    item = script.step(step).item(name)
    low, high = ends(script, scale)
    distance = 0.01 if item.kind == "dyad" else float(getattr(item, "step", 1))
    return distance, round((high - low) / distance) + 1

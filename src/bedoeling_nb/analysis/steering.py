"""Steering from below: what may go up of what teams said, and whether something changed.

A total is built only from parts that are shown themselves, so that nothing follows by subtraction. The parts are the
units right above the teams. Such a part is shown for a period when at least `LEAST` of its teams have answers that pass
the threshold by themselves; otherwise its teams are in no total, at no level. Then the difference of any two totals
is a sum of parts that are shown, and no team's answers can be told from those of the others: with two teams in a total
each of them could work out the other's. This is decided a quarter at a time, also for a year: were a year to count a
quarter that is not shown, the year less its other quarters would give it away.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bedoeling_nb.analysis.trends import numbers, periods
from bedoeling_nb.community import PeriodKind, Unit, lineage

__all__ = ["LEAST", "SMALLEST", "Change", "change", "going_up", "parts"]

LEAST = 3
"""Teams in a total."""

SMALLEST: PeriodKind = "quarter"
"""The shortest period over which there are totals; longer ones are made of these."""


@dataclass(frozen=True)
class Change:
    """What a mean was, and what it is; `clear` when the difference is more than chance easily gives."""

    before: float
    after: float
    clear: bool


def going_up(answers: pd.DataFrame, path: str, within: Collection[str] | None = None) -> pd.DataFrame:
    """The teams' rows with a number of STEP.ITEM that may be part of a total.

    A team counts with the part that it was in when it met (``part``): were it to take its answers along when it moves,
    the totals of before and after would be its answers.

    Parameters
    ----------
    answers
        As `frames.answers` gives them.
    path
        The item, as STEP.ITEM.
    within
        The parts that count; None is all.
    """
    rows = numbers(answers, path)
    rows = rows[(rows["level"] == "team").to_numpy()]
    if rows.empty:
        return rows
    about = pd.DataFrame(
        {
            "session": rows["session"].astype("str"),
            "unit": rows["unit"].astype("str"),
            "participant": rows["participant"].astype("str"),
            "period": periods(rows, SMALLEST).astype("str"),
            "k": rows["k"],
            "part": rows["part"].astype("str"),
        }
    )
    people = about.groupby("session").agg(n=("participant", "nunique"), k=("k", "first"))
    about = about[about["session"].isin(people.index[people["n"] >= people["k"]])]
    teams = about.groupby(["part", "period"])["unit"].nunique()
    shown = {cell for cell in teams.index[teams >= LEAST] if within is None or cell[0] in within}
    kept = [pair in shown for pair in zip(about["part"], about["period"], strict=True)]
    return rows.loc[about.index[kept]]


def parts(units: Mapping[str, Unit], unit: str) -> dict[str, list[str]]:
    """The units right above teams, within this one, and their teams."""
    found: dict[str, list[str]] = {}
    for one in units.values():
        if one.level == "team" and one.parent and unit in lineage(units, one.id):
            found.setdefault(one.parent, []).append(one.id)
    return found


def change(table: pd.DataFrame, item: str, period: str, per: str) -> tuple[str, Change] | None:
    """How the mean of an item moved from the last period before this one in which there is one, and which that was.

    ``table`` is as `trends.scales` gives it, of one place. The difference of two independent means has as half-width
    the root of the sum of the squares of theirs; it is clear when its 95 % interval leaves out zero, and never when one
    of the two has none.
    """
    rows = table[(table["item"] == item) & ~table["withheld"] & (table[per] <= period)].sort_values(per)
    known: list[dict[Any, Any]] = rows.to_dict("records")
    if len(known) < 2 or known[-1][per] != period:
        return None
    before, after = known[-2:]
    halves = (rows["high"] - rows["mean"]).tail(2).to_numpy(dtype="float64", na_value=math.nan)
    difference = after["mean"] - before["mean"]
    clear = bool(abs(difference) > math.hypot(*halves))  # of a missing one: no
    return str(before[per]), Change(float(before["mean"]), float(after["mean"]), clear)

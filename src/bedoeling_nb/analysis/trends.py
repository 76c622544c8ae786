"""How a unit moves from period to period: its scales, and the balance of the three promises.

Frames in, frames out. A cell is shown when its people are at least the session's threshold ``k``, and only sessions
that pass it by themselves are in a cell: a total with a small session in it would give that session away, as the other
sessions are known from their own reports. It also keeps three people who met twice from counting as six, since a
pseudonym holds for one session. What is held back is missing (`pandas.NA`), with ``withheld`` true.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import pandas as pd
from scipy.special import stdtrit

from bedoeling_nb.analysis.estimates import components
from bedoeling_nb.community import PROMISES, Period, PeriodKind
from bedoeling_nb.instruments.kinds.triad import geometric_mean
from bedoeling_nb.privacy import protect

__all__ = ["BALANCE", "SCALES", "Group", "balance", "numbers", "people", "periods", "scales"]

MEETINGS = 5
"""From so many on, the interval of a mean knows that people answer as meetings."""

Group = Literal["unit", "part", "location", "region"]

SCALES = ("voelen.energy", "voelen.safety", "voelen.lead")
"""The scales of a resonance meeting, as STEP.ITEM."""

BALANCE = "zien.promise"
"""The triad of the three promises of a resonance meeting, as STEP.ITEM."""

PROMISE_KEYS = tuple(promise.key for promise in PROMISES)


def scales(
    answers: pd.DataFrame,
    items: Sequence[str] = SCALES,
    by: Group = "unit",
    confidence: float = 0.95,
    per: PeriodKind = "quarter",
) -> pd.DataFrame:
    """The mean of each scale for each group and period, with its confidence interval.

    Student's interval for a mean: x̄ ± t(1 - (1 - confidence)/2; n - 1) · s / √n, with s the standard deviation over
    n - 1 (Student 1908). It takes people's answers as independent. Those of one meeting are not, so of `MEETINGS` or
    more it is that of a mean of people in clusters, with the design effect of Kish (1965) and Student's distribution
    with one degree less than there are meetings, as in `rollup`. Of fewer meetings of several units there is no
    interval: too few to know how much units differ.

    Parameters
    ----------
    answers
        As `frames.answers` gives them.
    items
        Items with one number, as STEP.ITEM.
    by
        Per unit that met, or all meetings in a location or region together.
    per
        Per month, quarter or year; the column has that name, and values such as "2026-Q3" (`Period.id`).

    Returns
    -------
    DataFrame
        A row for each group, period and item that was answered: ``n`` (people), ``mean``, ``low`` and ``high`` (missing
        where there is no interval), ``withheld``. A withheld row has the ``n`` of its largest session, and how many are
        ``needed``.
    """
    keys = [by, per, "item"]
    rows, held = _shown(answers, items, by, per)
    table = rows.groupby(keys)["value_number"].agg(n="count", mean="mean", deviation="std")
    half = stdtrit(table["n"] - 1, (1 + confidence) / 2) * table["deviation"] / table["n"] ** 0.5
    meetings = rows.groupby([*keys, "session"])["value_number"].agg(n="count", mean="mean", deviation="std")
    count = meetings.groupby(keys).size()
    half[(count < MEETINGS) & (rows.groupby(keys)["unit"].nunique() > 1)] = math.nan
    for cell in count.index[count >= MEETINGS]:
        n, means, sd = meetings.loc[cell].to_numpy(dtype="float64").T
        found = components(n, means, sd)
        error = math.sqrt((n / n.sum()) ** 2 @ (found.between + found.within / n))
        half[cell] = stdtrit(len(n) - 1, (1 + confidence) / 2) * error
    table = table.assign(low=table["mean"] - half, high=table["mean"] + half)
    return _tidy([pd.concat([table, held]).reset_index()], keys, ["mean", "low", "high"])


def balance(
    answers: pd.DataFrame,
    item: str = BALANCE,
    corners: Sequence[str] = PROMISE_KEYS,
    by: Group = "unit",
    per: PeriodKind = "quarter",
) -> pd.DataFrame:
    """Where the middle of all places in a triad lies for each group and period: the closed geometric mean.

    The mean is `geometric_mean` (Aitchison 1986), as on the board: each placed text counts once, and ``n`` counts
    people.

    Returns
    -------
    DataFrame
        A row for each group and period: ``n``, a share for each corner (they add to 1), ``withheld``, ``needed``.
    """
    rows, held = _shown(answers, [item], by, per)
    points = rows.assign(corner=rows["column"].str.split(".").str[-1]).pivot(
        index=[by, per, "session", "participant", "entry"], columns="corner", values="value_number"
    )
    cells = [
        {
            by: group,
            per: period,
            "n": cell.index.get_level_values("participant").nunique(),
            **dict(zip(corners, geometric_mean(cell[list(corners)].to_numpy().tolist()), strict=True)),
        }
        for (group, period), cell in points.groupby(level=[by, per])
    ]
    return _tidy([pd.DataFrame(cells), held.reset_index()], [by, per], corners)


def people(
    answers: pd.DataFrame, period: Period, item: str = BALANCE, corners: Sequence[str] = PROMISE_KEYS
) -> pd.DataFrame:
    """Where each person stood in a triad, in the meeting of a period in which most people did.

    One meeting, since who somebody is in another is not known: the same five people twice are not ten.

    Returns
    -------
    DataFrame
        A row for each person: the closed geometric mean of all that somebody placed, a column for each corner, in no
        order that tells who it is. Empty when no meeting passes the threshold.
    """
    rows, _ = _shown(answers, [item], "unit", period.kind)
    rows = rows[rows[period.kind] == period.id]
    if rows.empty:
        return pd.DataFrame(columns=list(corners), dtype="float64")
    many = rows.groupby("session")["participant"].nunique()
    rows = rows[rows["session"] == many.idxmax()]
    points = rows.assign(corner=rows["column"].str.split(".").str[-1]).pivot(
        index=["participant", "entry"], columns="corner", values="value_number"
    )
    means = [geometric_mean(one[list(corners)].to_numpy().tolist()) for _, one in points.groupby(level="participant")]
    return pd.DataFrame(sorted(means), columns=list(corners), dtype="float64")


def periods(answers: pd.DataFrame, kind: PeriodKind) -> pd.Series:
    """The period of each row's session, as `Period.id`."""
    days = {day: Period.containing(day.date(), kind).id for day in answers["held_on"].unique()}
    return answers["held_on"].map(days)


def numbers(answers: pd.DataFrame, path: str) -> pd.DataFrame:
    """The rows of STEP.ITEM that have a number."""
    step, item = path.split(".")
    return answers[(answers["step"] == step) & (answers["item"] == item) & answers["value_number"].notna()]


def _shown(
    answers: pd.DataFrame, paths: Sequence[str], by: Group, per: PeriodKind
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of each STEP.ITEM in sessions that pass the threshold, and the cells in which no session passes.

    In both ``item`` is the STEP.ITEM. All items go at once: with so few rows pandas takes its time for each call.
    """
    names = answers["step"].astype("str") + "." + answers["item"].astype("str")
    rows = answers.assign(item=names)[(names.isin(paths) & answers["value_number"].notna()).to_numpy()]
    rows = rows.assign(**{per: periods(rows, per)})
    ids = ("session", by, per, "participant", "entry", "column")  # as plain text: only groups that are there
    rows = rows.astype({**dict.fromkeys(ids, "str"), "value_number": "float64"}).dropna(subset=[by])
    sessions = rows.groupby(["session", by, per, "item"]).agg(n=("participant", "nunique"), k=("k", "first"))
    small = ["withheld" in protect({"n": n}, k) for n, k in zip(sessions["n"], sessions["k"], strict=True)]
    sessions["withheld"] = pd.Series(small, index=sessions.index, dtype="bool")
    cells = sessions.groupby([by, per, "item"]).agg(n=("n", "max"), withheld=("withheld", "all"), needed=("k", "min"))
    passing = sessions[~sessions["withheld"]].reset_index()[["session", "item"]]
    return rows.merge(passing), cells[cells["withheld"]]


def _tidy(tables: Sequence[pd.DataFrame], keys: Sequence[str], values: Sequence[str]) -> pd.DataFrame:
    types = {
        **dict.fromkeys(keys, "str"),
        "n": "Int64",
        **dict.fromkeys(values, "Float64"),
        "withheld": "boolean",
        "needed": "Int64",
    }
    table = pd.concat([one.reindex(columns=list(types)).astype(types) for one in tables])
    return table.fillna({"withheld": False}).astype({"withheld": "bool"}).sort_values(list(keys), ignore_index=True)

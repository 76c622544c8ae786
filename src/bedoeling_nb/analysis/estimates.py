"""An estimate with its interval, in words; and the frames that estimates are made from, checked.

A measure that cannot be worked out is no error and no NaN: its `estimate` is None, and `why` says what is missing.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from babel.numbers import format_decimal, format_percent
from scipy.special import fdtrc

from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.texts import N_, translate

__all__ = ["Components", "Estimate", "Groups", "by_group", "checked_confidence", "choice", "components", "numeric"]

Groups = str | pd.Series
"""The name of a column of the frame, or a series with the frame's index."""


@dataclass(frozen=True, repr=False, kw_only=True)
class Estimate:
    """What a measure is, with its interval.

    `name`, `why` and `note` are English sentences of the catalogue (msgids). `n` counts people: the rows that were
    used. `why` says what is missing when `estimate` is None, or when only its interval (`low`, `high`) is. `note` says
    what one should know when reading it.
    """

    name: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    confidence: float = 0.95
    why: str | None = None
    note: str | None = None

    def figures(self, language: str) -> str:
        """The estimate and its interval, as within a line."""
        said = self.shown(self.estimate, language) if self.estimate is not None else translate(N_("unknown"), language)
        if self.low is not None and self.high is not None:
            said += " " + translate(N_("({confidence} interval {low} to {high})"), language).format(
                confidence=format_percent(self.confidence, "#,##0.# %", locale=language),
                low=self.shown(self.low, language),
                high=self.shown(self.high, language),
            )
        return f"{said}; n = {format_decimal(self.n, locale=language)}"

    def remarks(self, language: str) -> list[str]:
        """What is missing, and what one should know."""
        return [translate(one, language) for one in (self.why, self.note) if one]

    def words(self, language: str = "nl") -> str:
        """The whole of it as one line of plain text."""
        return " ".join([f"{translate(self.name, language)}: {self.figures(language)}.", *self.remarks(language)])

    def to_frame(self) -> pd.DataFrame:
        """One row: name, estimate, low, high, n, confidence, why."""
        row = {key: getattr(self, key) for key in ("name", "estimate", "low", "high", "n", "confidence", "why")}
        numbers = dict.fromkeys(("estimate", "low", "high"), "Float64")
        return pd.DataFrame([row]).astype({**numbers, "name": "str", "why": "string"})

    @staticmethod
    def shown(number: float, language: str) -> str:
        """A number with two decimals, and never a negative zero."""
        return str(format_decimal(round(number, 2) + 0.0, "0.00", locale=language))

    def __repr__(self) -> str:
        return self.words("en")

    def _repr_html_(self) -> str:
        name, figures = html.escape(translate(self.name, "nl")), html.escape(self.figures("nl"))
        notes = "".join(f'<br><span class="bn-note">{html.escape(one)}</span>' for one in self.remarks("nl"))
        return f'<p class="bn-estimate"><strong>{name}</strong>: {figures}{notes}</p>'


def numeric(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The columns (all, by default) as float64, with NaN where an answer is missing.

    Raises BedoelingError for a column that is not there, is there twice, or holds something other than numbers.
    """
    names = list(frame.columns) if columns is None else list(columns)
    if unknown := [name for name in names if name not in frame.columns]:
        raise BedoelingError(
            N_("There is no column {unknown}. Choose from: {known}."),
            code="unknown_column",
            unknown=_listed(unknown),
            known=_listed(frame.columns),
        )
    if len(set(names)) < len(names) or frame.columns.duplicated().any():
        raise BedoelingError(N_("A column is there twice. Give each column once, by a name of its own."))
    return pd.DataFrame({name: _numbers(frame[name], name) for name in names}, index=frame.index, dtype="float64")


def by_group(frame: pd.DataFrame, group: Groups) -> tuple[pd.DataFrame, pd.Series]:
    """The items as numbers and the group of each row; rows without a group are left out.

    Raises BedoelingError as `numeric`, and when a series of groups has another index than the frame.
    """
    if isinstance(group, pd.Series):
        if not group.index.equals(frame.index):
            raise BedoelingError(
                N_("The groups do not have the rows of the frame. Give a column's name, or a series with its index.")
            )
        items, groups = numeric(frame), group
    else:
        if group not in frame.columns:
            numeric(frame, [group])
        items, groups = numeric(frame.drop(columns=[group])), frame[group]
    known = groups.notna().to_numpy()
    return items.loc[known], groups.loc[known].astype("object")


class Components(NamedTuple):
    """How much groups differ, and the people in them: τ² (at least 0), σ², ICC(1), and p of "groups do not differ"."""

    between: float
    within: float
    icc: float | None
    p: float | None


def components(n: Any, means: Any, sd: Any) -> Components:
    """From counts, means and standard deviations of groups, by the analysis of variance, as `scales.icc`.

    The mean of people then has the variance Σ (n_j/N)² (τ² + σ²/n_j). The 95 % interval of ICC(1) leaves out 0 when p,
    of the F test, is under .025.
    """
    people, groups = n.sum(), len(n)
    grand = n @ means / people
    between = n @ (means - grand) ** 2 / (groups - 1)
    within = (n - 1) @ sd**2 / (people - groups)
    size = (people - n @ n / people) / (groups - 1)
    spread = between + (size - 1) * within
    icc = p = None
    if spread > 0:
        icc = float((between - within) / spread)
        p = float(fdtrc(groups - 1, people - groups, between / within if within else math.inf))
    return Components(max(float((between - within) / size), 0.0), float(within), icc, p)


def choice(what: str, value: Any, allowed: Sequence[str]) -> None:
    """Raises BedoelingError when an option is none of those allowed."""
    if value not in allowed:
        raise BedoelingError(
            N_("{what} is “{value}”; it can be: {allowed}."),
            code="unknown_option",
            what=what,
            value=value,
            allowed=", ".join(allowed),
        )


def checked_confidence(confidence: float) -> float:
    """The confidence, which lies between 0 and 1; raises BedoelingError."""
    if not 0 < confidence < 1:
        raise BedoelingError(
            N_("The confidence is {confidence}; it lies between 0 and 1, such as 0.95."), confidence=confidence
        )
    return confidence


def _numbers(column: pd.Series, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    known = column.dropna()
    plain = all(isinstance(value, Real) and not isinstance(value, bool | np.bool_) for value in known.unique())
    if not plain or not np.isfinite(known.to_numpy(dtype="float64")).all():
        raise BedoelingError(
            N_("The column {name} has something other than numbers. Choose the columns with items only."),
            code="not_a_number",
            name=name,
        )
    return column.to_numpy(dtype="float64", na_value=np.nan)


def _listed(names: Sequence[str] | pd.Index[Any]) -> str:
    return ", ".join(str(name) for name in names) or "–"

"""Whether something changed, and how much: two waves, many waves, many tests at once.

Answers of the same people in two waves are `paired`: by the index of the two series, their own code. Everything else
takes people as independent.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special, stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests

from bedoeling_nb.analysis.estimates import Estimate, checked_confidence, choice, numeric
from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.texts import N_

__all__ = [
    "Difference",
    "WaveModel",
    "adjusted",
    "change",
    "change_of_means",
    "clear",
    "cohen_d",
    "hedges_g",
    "waves_model",
]

Array = np.ndarray[Any, np.dtype[np.float64]]

_FEW = N_("At least two people are needed in each wave.")
_FEW_PAIRS = N_("At least two people who answered in both waves are needed.")
_NOUGHT = 1e-9  # of a standard deviation: no more than rounding
_UNITS_DO_NOT_TELL = N_("These units do not tell how much changes differ, so there is no interval.")
_ALIKE = N_("All people gave the same answers, so there is nothing to compare.")


@dataclass(frozen=True, repr=False, kw_only=True)
class Difference(Estimate):
    """The second mean minus the first, with the p-value of the test that they are equal."""

    before: float | None = None
    after: float | None = None
    p: float | None = None


def change(before: pd.Series, after: pd.Series, paired: bool = False, confidence: float = 0.95) -> Difference:
    """How much a mean changed between two waves, with its interval.

    Independent waves: Welch's (1947) interval, which does not ask for equal variances. Paired: Student's for the mean
    of the differences, over the people who are in both.

    Parameters
    ----------
    before, after
        A score for each person; missing ones are left out. When paired, the index says who it is.
    """
    made = Difference(name=N_("Change of the mean"), confidence=checked_confidence(confidence))
    first, second = _waves(before, after, paired)
    made = replace(made, n=len(first) if paired else len(first) + len(second))
    if not len(first) or not len(second):
        return replace(made, why=_FEW_PAIRS if paired else _FEW)
    means = float(first.mean()), float(second.mean())
    made = replace(made, before=means[0], after=means[1], estimate=means[1] - means[0])
    if min(len(first), len(second)) < 2:
        return replace(made, why=_FEW_PAIRS if paired else _FEW)
    if np.ptp(second - first) == 0 if paired else np.ptp(first) == 0 == np.ptp(second):
        return replace(made, why=N_("There is no spread in the answers, so there is no interval."))
    with warnings.catch_warnings():  # SciPy warns of one wave without spread, which Welch's test can do
        warnings.simplefilter("ignore")
        test = stats.ttest_rel(second, first) if paired else stats.ttest_ind(second, first, equal_var=False)
    low, high = test.confidence_interval(confidence)
    return replace(made, low=float(low), high=float(high), p=float(test.pvalue))


def change_of_means(
    before: tuple[int, float, float], after: tuple[int, float, float], confidence: float = 0.95
) -> Difference:
    """`change` of independent waves of which only count, mean and standard deviation are known, of two people or more.

    Welch's (1947) interval, with v = s²/n of each wave and (v₁ + v₂)² / (v₁²/(n₁ - 1) + v₂²/(n₂ - 1)) degrees of
    freedom.
    """
    (n1, mean1, sd1), (n2, mean2, sd2) = before, after
    made = Difference(
        name=N_("Change of the mean"),
        confidence=checked_confidence(confidence),
        n=n1 + n2,
        before=mean1,
        after=mean2,
        estimate=mean2 - mean1,
    )
    first, second = sd1**2 / n1, sd2**2 / n2
    if not first + second:
        return replace(made, why=N_("There is no spread in the answers, so there is no interval."))
    freedom = (first + second) ** 2 / (first**2 / (n1 - 1) + second**2 / (n2 - 1))
    error = math.sqrt(first + second)
    half = error * float(special.stdtrit(freedom, (1 + confidence) / 2))
    p = 2 * float(special.stdtr(freedom, -abs(mean2 - mean1) / error))
    return replace(made, low=mean2 - mean1 - half, high=mean2 - mean1 + half, p=p)


def cohen_d(before: pd.Series, after: pd.Series, paired: bool = False, confidence: float = 0.95) -> Estimate:
    """Cohen's d: a change in standard deviations, with its interval.

    Independent waves: (x̄₂ - x̄₁) / s, with s the pooled standard deviation (Cohen 1988). Paired: the mean of the
    differences over their standard deviation (Cohen's d_z), which also grows when people's answers in the two waves
    are more alike: it is no match for the d of independent waves.

    The interval is that of the noncentrality of Student's t (Steiger & Fouladi 1997; Cumming & Finch 2001), exact for
    normal answers with equal variances.
    """
    return _standardised(N_("Cohen's d"), before, after, paired, confidence, corrected=False)


def hedges_g(before: pd.Series, after: pd.Series, paired: bool = False, confidence: float = 0.95) -> Estimate:
    """Hedges' g: Cohen's d without its bias in small samples, with its interval.

    g = J · d with J = Γ(m/2) / (√(m/2) · Γ((m - 1)/2)) and m the degrees of freedom (Hedges 1981); the interval is
    that of `cohen_d` times J.
    """
    return _standardised(N_("Hedges' g"), before, after, paired, confidence, corrected=True)


def _standardised(
    name: str, before: pd.Series, after: pd.Series, paired: bool, confidence: float, corrected: bool
) -> Estimate:
    made = Estimate(name=name, confidence=checked_confidence(confidence))
    first, second = _waves(before, after, paired)
    made = replace(made, n=len(first) if paired else len(first) + len(second))
    if min(len(first), len(second)) < 2:
        return replace(made, why=_FEW_PAIRS if paired else _FEW)
    if paired:
        differences = second - first
        freedom, root, mean = len(first) - 1, math.sqrt(len(first)), float(differences.mean())
        deviation = float(differences.std(ddof=1)) if np.ptp(differences) else 0.0
    else:
        freedom, mean = len(first) + len(second) - 2, float(second.mean() - first.mean())
        root = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
        squares = sum(float(((wave - wave.mean()) ** 2).sum()) for wave in (first, second) if np.ptp(wave))
        deviation = math.sqrt(squares / freedom)
    if not deviation:
        return replace(
            made, why=_ALIKE if not mean else N_("There is no spread in the answers to measure the change by.")
        )
    factor = 1.0
    if corrected:
        if freedom < 2:
            return replace(made, why=N_("At least three people are needed for this correction."))
        factor = math.exp(special.gammaln(freedom / 2) - special.gammaln((freedom - 1) / 2)) / math.sqrt(freedom / 2)
    t = mean / deviation * root
    low, high = (factor * _noncentrality(t, freedom, (1 + side * confidence) / 2) / root for side in (1, -1))
    return replace(made, estimate=factor * t / root, low=low, high=high)


def _noncentrality(t: float, freedom: int, below: float) -> float:
    """The noncentrality for which a noncentral t is under ``t`` with this probability."""
    if t < 0:  # the search of SciPy is for positive values; the distribution mirrors
        return -_noncentrality(-t, freedom, 1 - below)
    return float(special.nctdtrinc(freedom, below, t))


def _waves(before: pd.Series, after: pd.Series, paired: bool) -> tuple[Array, Array]:
    first, second = (numeric(wave.to_frame("score"))["score"].dropna() for wave in (before, after))
    if not paired:
        return first.to_numpy(), second.to_numpy()
    if first.index.has_duplicates or second.index.has_duplicates:
        raise BedoelingError(N_("Somebody is twice in one wave. Give one score a person, with the person as index."))
    both = pd.concat([first, second], axis=1, join="inner").to_numpy()
    return both[:, 0], both[:, 1]


@dataclass(frozen=True, repr=False, kw_only=True)
class WaveModel(Estimate):
    """A score over waves; `estimate` is how the last wave differs from the first.

    `changes` has that of each wave after the first, by wave. `between` and `within` are the variances between units
    and of people in a unit, and `icc` is between / (between + within).
    """

    changes: dict[str, Estimate] | None = None
    between: float | None = None
    within: float | None = None
    icc: float | None = None
    units: int = 0

    def to_frame(self) -> pd.DataFrame:
        """A row for each wave after the first."""
        if not self.changes:
            return super().to_frame()
        return pd.concat(
            [one.to_frame() for one in self.changes.values()], keys=self.changes, names=["wave"]
        ).droplevel(1)


def waves_model(frame: pd.DataFrame, score: str, wave: str, unit: str, confidence: float = 0.95) -> WaveModel:
    """How a score moves over waves, when people answer as members of units.

    A linear mixed model by restricted maximum likelihood: score = wave (fixed, against the first) + unit (random
    intercept) + person (Laird & Ware 1982). The intervals do not ask that all units move alike, nor who answered
    before: the standard errors are those of leaving out one unit at a time, (G - 1)/G · Σ (β̂₋ᵤ - β̂)² for G units with
    the variances as fitted (the jackknife CV3 of Bell & McCaffrey 2002), with Student's distribution with G - 1 degrees
    of freedom. A change that one unit alone tells of, or in which all moved exactly alike, has no interval.

    Parameters
    ----------
    frame
        A row for each person and wave, with the columns ``score``, ``wave`` (sorted, or in the order of its
        categories) and ``unit``. Rows with a missing one are left out.
    """
    made = WaveModel(name=N_("Change from the first wave to the last"), confidence=checked_confidence(confidence))
    scores = numeric(frame, [score])[score]
    for column in (wave, unit):
        if column not in frame.columns:
            numeric(frame, [column])
    known = (scores.notna() & frame[wave].notna() & frame[unit].notna()).to_numpy()
    answers, units = scores.to_numpy()[known], pd.factorize(frame[unit][known])[0]
    times = pd.Categorical(frame[wave][known]).remove_unused_categories()
    count = len(np.unique(units))
    made = replace(made, n=len(answers), units=count)
    if len(times.categories) < 2:
        return replace(made, why=N_("At least two waves with answers are needed."))
    if count < 2:
        return replace(made, why=N_("At least two units with answers are needed."))
    if len(answers) <= count + len(times.categories):
        return replace(made, why=N_("There are too few answers for so many units and waves."))
    if np.ptp(answers) == 0:
        return replace(made, why=_ALIKE)
    asked = np.eye(len(times.categories))[times.codes]
    design = np.column_stack([np.ones(len(answers)), asked[:, 1:]])
    unit_of_score = answers.std()  # fitted in standard deviations, so that it stops as near for 1-5 as for 0-100
    with warnings.catch_warnings():  # a variance at its border is told in the note
        warnings.simplefilter("ignore")
        try:
            # Powell's search: statsmodels' lbfgs can stop at a variance of 0 with an infinite likelihood.
            fit = MixedLM(answers / unit_of_score, design, units).fit(reml=True, method="powell", xtol=1e-8, ftol=1e-14)
            fitted = fit.converged and math.isfinite(fit.llf) and fit.scale > 1e-12
        except np.linalg.LinAlgError:
            fitted = False
    if not fitted:
        return replace(made, why=N_("The model could not be fitted to these answers."))
    effects = np.asarray(fit.fe_params) * unit_of_score
    within, between = (float(variance * unit_of_score**2) for variance in (fit.scale, fit.cov_re[0, 0]))
    half = stats.t.ppf((1 + confidence) / 2, count - 1) * _left_out(answers, asked, units, within, between)
    changes: dict[str, Estimate] = {}
    for place, name in enumerate(times.categories[1:], start=1):
        value = float(effects[place])
        n = int(((times.codes == place) | (times.codes == 0)).sum())
        made_of = Estimate(name=N_("Change from the first wave"), n=n, confidence=confidence, estimate=value)
        if half[place] > _NOUGHT * unit_of_score:  # and is no NaN
            changes[name] = replace(made_of, low=value - float(half[place]), high=value + float(half[place]))
        else:
            changes[name] = replace(made_of, why=_UNITS_DO_NOT_TELL)
    last = list(changes.values())[-1]
    note = N_("Units do not differ more than chance gives.") if between < 1e-4 * within else None
    made = replace(made, estimate=last.estimate, low=last.low, high=last.high, why=last.why, note=note, changes=changes)
    return replace(made, between=between, within=within, icc=between / (between + within))


def _left_out(answers: Array, waves: Array, units: np.ndarray[Any, Any], within: float, between: float) -> Array:
    """Standard errors of the changes from the first wave by leaving out each unit; NaN where one alone tells a wave."""
    parts = []
    for unit in np.unique(units):
        rows = np.column_stack([waves, answers])[units == unit]
        total = rows.sum(axis=0)
        parts.append((rows.T @ rows - np.outer(total, total) * between / (within + len(rows) * between))[:-1])

    def changes(some: Any) -> Array:
        table = np.sum(some, axis=0)  # X'V⁻¹X and X'V⁻¹y beside each other, but for a factor that cancels
        known = np.diag(table) > 0
        means = np.full(len(table), np.nan)
        means[known] = np.linalg.solve(table[known][:, :-1][:, known], table[known, -1])
        return np.asarray(means - means[0])

    others = np.array([changes(parts[:place] + parts[place + 1 :]) for place in range(len(parts))])
    squares = ((others - changes(parts)) ** 2).sum(axis=0)
    return np.asarray(np.sqrt(squares * (len(parts) - 1) / len(parts)))


def clear(changes: Mapping[str, Difference | None], confidence: float = 0.95) -> list[str]:
    """Which of several changes are more than chance easily gives, when one counts how many there are (Holm)."""
    tested = {name: change.p for name, change in changes.items() if change is not None and change.p is not None}
    p = adjusted(pd.Series(tested, dtype="float64"))
    return list(p.index[p < 1 - confidence])


def adjusted(p: pd.Series, method: Literal["holm", "benjamini-hochberg"] = "holm") -> pd.Series:
    """p-values that take into account how many tests there were.

    "holm" (Holm 1979) keeps the chance of any false alarm under the level; "benjamini-hochberg" (Benjamini & Hochberg
    1995) keeps the share of false alarms among the alarms under it. Missing ones stay missing and do not count.

    Returns
    -------
    Series
        Float64, with the index of ``p``. Raises BedoelingError for a p-value outside 0 to 1.
    """
    choice("method", method, ("holm", "benjamini-hochberg"))
    values = numeric(p.to_frame("p"))["p"].rename(None)
    known = values.dropna()
    if not known.between(0, 1).all():
        raise BedoelingError(N_("A p-value lies between 0 and 1."))
    if len(known):
        name = {"holm": "holm", "benjamini-hochberg": "fdr_bh"}[method]
        values.loc[values.notna()] = multipletests(known.to_numpy(), method=name)[1]
    return values.astype("Float64")

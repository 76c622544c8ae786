"""How good a scale is, and how much a group agrees: reliability, scores, agreement, intraclass correlation.

Frames have a row for each person and a column for each item. Nothing here holds back small groups: what people see of a
team goes through `privacy` first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import linalg, optimize, stats

from bedoeling_nb.analysis.estimates import Estimate, Groups, by_group, checked_confidence, choice, numeric
from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.texts import N_

__all__ = [
    "SKEWED",
    "Agreement",
    "Icc",
    "awg",
    "cronbach_alpha",
    "design_effect",
    "icc",
    "item_rest",
    "omega_total",
    "reversed_items",
    "rwg",
    "rwg_j",
    "scale_scores",
]

Array = np.ndarray[Any, np.dtype[np.float64]]
Missing = Literal["pairwise", "complete"]

SKEWED = (0.05, 0.15, 0.20, 0.35, 0.25)
"""What people without an opinion answer on five points when they are slightly lenient (James, Demaree & Wolf 1984)."""

_TWO_ITEMS = N_("At least two items are needed.")
_TWO_PEOPLE = N_("At least two people with answers are needed.")
_PAIRS = N_("Some pairs of items have fewer than two people who answered both.")
_NO_SPREAD = N_("All people gave the same answers, so there is nothing to compare.")
_NOUGHT = 1e-12  # a share of the variance that is no more than rounding
_SMALLEST_UNIQUENESS = 0.005
"""As in R's factanal and psych: an item never becomes the factor itself."""


# Reliability


def cronbach_alpha(frame: pd.DataFrame, missing: Missing = "pairwise", confidence: float = 0.95) -> Estimate:
    """Cronbach's alpha, with Feldt's interval.

    α = k / (k - 1) · (1 - Σ var(item) / var(sum of items)), for k items (Cronbach 1951). With ``missing="pairwise"``
    each covariance is over the people who answered both items, as in R's psych::alpha, and ``n`` counts those who
    answered two items or more; with "complete" only people who answered all items count.

    The interval is 1 - (1 - α) · F(1 ∓ (1 - confidence)/2; n - 1, (n - 1)(k - 1)) (Feldt 1965; Feldt, Woodruff & Salih
    1987). It is exact for normal, parallel items and complete cases. With pairwise covariances it is an approximation,
    in which n is the mean number of people who answered both items of a pair: with 30 % of the answers missing a 95 %
    interval then holds 92 to 98 % (simulated), where one with all people, as psych has it, holds 81 to 92 %.

    Parameters
    ----------
    frame
        Items only, those that are reversed already turned round (`reversed_items`).
    """
    items = _cases(frame, missing)
    n, count = len(items), items.shape[1]
    made = Estimate(name=N_("Cronbach's alpha"), n=n, confidence=checked_confidence(confidence))
    covariances, why = _covariances(items)
    if covariances is None:
        return replace(made, why=why)
    alpha = _alpha(covariances)
    known = items.notna().to_numpy(dtype="float64")
    freedom = (known.T @ known)[np.triu_indices(count, 1)].mean() - 1
    tails = np.array([1 + confidence, 1 - confidence]) / 2
    low, high = 1 - (1 - alpha) * stats.f.ppf(tails, freedom, freedom * (count - 1))
    return replace(made, estimate=alpha, low=float(low), high=float(high), note=_against(covariances))


def item_rest(frame: pd.DataFrame, missing: Missing = "pairwise") -> pd.DataFrame:
    """How each item goes with the sum of the others (corrected item-total correlation), and alpha without it.

    From the covariance matrix C: r = Σ_{j≠i} C_ij / √(C_ii · Σ_{j,l≠i} C_jl), as ``r.drop`` of R's psych::alpha.
    A negative one is a sign of an item that has yet to be turned round.

    Returns
    -------
    DataFrame
        Indexed by item: ``n`` (people who answered it), ``r``, ``alpha_without``. What cannot be worked out (an item to
        which all gave the same answer, fewer than three items for alpha) is `pandas.NA`.
    """
    items = _cases(frame, missing)
    covariances, _ = _covariances(items)
    rows = []
    for place, item in enumerate(items.columns):
        r = without = None
        if covariances is not None:
            own, with_others = covariances[place, place], np.delete(covariances[place], place).sum()
            others = np.delete(np.delete(covariances, place, axis=0), place, axis=1)
            if others.sum() > _NOUGHT * np.trace(others):
                without = _alpha(others) if len(others) > 1 else None
                r = with_others / math.sqrt(own * others.sum()) if own else None
        rows.append({"item": item, "n": int(items[item].count()), "r": r, "alpha_without": without})
    table = pd.DataFrame(rows, columns=["item", "n", "r", "alpha_without"]).set_index("item")
    return table.astype({"n": "int64", "r": "Float64", "alpha_without": "Float64"})


def omega_total(frame: pd.DataFrame, confidence: float = 0.95) -> Estimate:
    """McDonald's omega (total) of a scale that measures one thing.

    ω = (Σλ)² / ((Σλ)² + Σψ) (McDonald 1999), with the loadings λ and uniquenesses ψ of one factor, by maximum
    likelihood on the correlations of people who answered all items. The fit minimises Jöreskog's (1967) function over
    the uniquenesses, each at least 0.005, as R's factanal and psych::fa(fm="ml") do.

    The interval is by the delta method on the logit of ω. The covariance matrix of the parameters is the
    distribution-free ("sandwich") one of Satorra & Bentler (1994), so that the few, skewed points of a Likert item do
    not make it too narrow. It asks for large samples: under 100 people read it as an indication.
    """
    items = _cases(frame, "complete")
    n, count = items.shape
    made = Estimate(name=N_("McDonald's omega"), n=n, confidence=checked_confidence(confidence))
    if count < 3:
        return replace(made, why=N_("At least three items are needed for a factor."))
    covariances, why = _covariances(items)
    if covariances is None:
        return replace(made, why=why)
    deviations = np.sqrt(np.diag(covariances))
    if (deviations == 0).any():
        return replace(made, why=N_("To some item all people gave the same answer. Leave that item out."))
    correlations = covariances / np.outer(deviations, deviations)
    if n <= count or linalg.eigvalsh(correlations)[0] < 1e-10:
        return replace(made, why=N_("There are too few people for so many items, or some items say exactly the same."))
    loadings, uniquenesses = _one_factor(correlations)
    omega = _omega(np.concatenate([loadings, uniquenesses]))
    note = _against(covariances)
    if uniquenesses.min() < _SMALLEST_UNIQUENESS * 1.01:
        note = N_("One item is almost the factor itself (a Heywood case); do not rely on this value.")
    error = _omega_error(items.to_numpy() / deviations, loadings, uniquenesses)
    if not 0 < omega < 1:  # no loadings at all
        return replace(made, estimate=omega, why=N_("The items have nothing in common."))
    half = stats.norm.ppf((1 + confidence) / 2) * error / (omega * (1 - omega))
    centre = math.log(omega / (1 - omega))
    low, high = (1 / (1 + math.exp(-min(max(centre + side * half, -700), 700))) for side in (-1, 1))
    return replace(made, estimate=omega, low=low, high=high, note=note)


def _alpha(covariances: Array) -> float:
    count = len(covariances)
    return float(count / (count - 1) * (1 - np.trace(covariances) / covariances.sum()))


def _against(covariances: Array) -> str | None:
    """A remark when an item goes against the sum of the others."""
    if (covariances.sum(axis=1) >= (1 - 1e-9) * np.diag(covariances)).all():
        return None
    return N_("At least one item runs against the others. Is it still to be reversed? See item_rest.")


def _cases(frame: pd.DataFrame, missing: Missing) -> pd.DataFrame:
    choice("missing", missing, ("pairwise", "complete"))
    items = numeric(frame)
    least = min(2, items.shape[1]) if missing == "pairwise" else items.shape[1]
    return items[items.notna().sum(axis=1) >= max(least, 1)]


def _covariances(items: pd.DataFrame) -> tuple[Array | None, str | None]:
    """The covariance matrix over n - 1, or why there is none to work with."""
    if items.shape[1] < 2:
        return None, _TWO_ITEMS
    if len(items) < 2:
        return None, _TWO_PEOPLE
    covariances = items.cov(min_periods=2).to_numpy(copy=True)
    if np.isnan(covariances).any():
        return None, _PAIRS
    alike = (items.max() == items.min()).to_numpy()  # exactly, where a variance has a rounding error
    covariances[alike, :] = covariances[:, alike] = 0
    if alike.all():
        return None, _NO_SPREAD
    if covariances.sum() <= _NOUGHT * np.trace(covariances):
        return None, N_("The items cancel each other out: the sum of all items is the same for everybody.")
    return covariances, None


def _one_factor(correlations: Array) -> tuple[Array, Array]:
    """Loadings and uniquenesses of one factor by maximum likelihood; the loadings add to a positive number.

    Jöreskog (1967): given ψ, the best loadings follow from the first eigenvector of ψ^-½ R ψ^-½, and what is left to
    minimise is Σ (θ - log θ - 1) over its other eigenvalues θ.
    """

    def loadings(uniquenesses: Array) -> tuple[Array, Array]:
        scale = np.sqrt(uniquenesses)
        values, vectors = linalg.eigh(correlations / np.outer(scale, scale))
        return scale * vectors[:, -1] * math.sqrt(max(values[-1] - 1, 0)), values[:-1]

    def misfit(uniquenesses: Array) -> tuple[float, Array]:
        found, rest = loadings(uniquenesses)
        slope = (found**2 + uniquenesses - 1) / uniquenesses**2
        return float((rest - np.log(rest) - 1).sum()), slope

    count = len(correlations)
    start = np.clip((1 - 0.5 / count) / np.diag(linalg.inv(correlations)), _SMALLEST_UNIQUENESS, 1)
    limits = [(_SMALLEST_UNIQUENESS, 1.0)] * count
    tight = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000}
    fit = optimize.minimize(misfit, start, jac=True, method="L-BFGS-B", bounds=limits, options=tight)
    found, _ = loadings(fit.x)
    return (found if found.sum() >= 0 else -found), fit.x


def _omega(parameters: Array) -> float:
    """Omega of the standardised items, from loadings and uniquenesses in any unit."""
    loadings, uniquenesses = np.split(parameters, 2)
    deviations = np.sqrt(loadings**2 + uniquenesses)
    common = (loadings / deviations).sum() ** 2
    return float(common / (common + (uniquenesses / deviations**2).sum()))


def _omega_error(people: Array, loadings: Array, uniquenesses: Array) -> float:
    """Standard error of omega: g' (Δ'WΔ)⁻¹ Δ'WΓWΔ (Δ'WΔ)⁻¹ g / n, with W of the normal theory (Satorra & Bentler 1994).

    Γ is the covariance matrix of people's products of deviations; each person's part in the parameters is worked out at
    once, so that Γ itself is never made.
    """
    n, count = people.shape
    fitted = np.outer(loadings, loadings) + np.diag(uniquenesses)
    inverse = linalg.inv(fitted)
    slopes = np.zeros((2 * count, count, count))  # of the fitted matrix, for each parameter
    for place in range(count):
        slopes[place, place, :] += loadings
        slopes[place, :, place] += loadings
        slopes[count + place, place, place] = 1
    weighted = inverse @ slopes @ inverse  # W of the normal theory, but for a factor that cancels
    information = np.einsum("aij,bij->ab", weighted, slopes)
    deviations = people - people.mean(axis=0)
    parts = np.einsum("ni,aij,nj->na", deviations, weighted, deviations, optimize=True)
    step = 1e-6
    ends = np.concatenate([loadings, uniquenesses]) + step * np.stack([np.eye(2 * count), -np.eye(2 * count)])
    gradient = np.array([(_omega(up) - _omega(down)) / (2 * step) for up, down in zip(*ends, strict=True)])
    influence = (parts - parts.mean(axis=0)) @ linalg.lstsq(information, gradient)[0]
    return float(math.sqrt((influence**2).sum() / (n - 1) / n))


# Scores


def reversed_items(frame: pd.DataFrame, items: Sequence[str], ends: tuple[float, float]) -> pd.DataFrame:
    """The frame with these items turned round: low + high - x, with the known ends of their scale.

    The ends are those of the scale, not of what people happened to answer. Raises BedoelingError for an answer outside.
    """
    low, high = _ends(ends)
    turned = low + high - _within(numeric(frame, items), low, high)
    return frame.assign(**{str(name): turned[name] for name in turned}) if len(turned.columns) else frame.copy()


def scale_scores(
    frame: pd.DataFrame,
    items: Sequence[str],
    reversed: Sequence[str] = (),
    missing: Literal["half"] | int = "half",
    ends: tuple[float, float] | None = None,
) -> pd.Series:
    """Each person's score on a scale: the mean of the items that were answered.

    Parameters
    ----------
    frame, items
        A row for each person; the columns of the scale.
    reversed
        Which of the items are turned round first; ``ends`` must then say where the scale begins and ends, as (1, 5).
    missing
        How many items somebody must have answered: "half" (rounded up), or a number from 1. Who answered fewer has no
        score.

    Returns
    -------
    Series
        Float64, with `pandas.NA` for who answered too few. Raises BedoelingError for unknown items, impossible rules
        and answers outside the ends.
    """
    chosen = list(items)
    answers = numeric(frame, chosen)
    if not chosen:
        raise BedoelingError(N_("A scale needs at least one item."))
    if strange := [str(name) for name in reversed if name not in chosen]:
        raise BedoelingError(N_("{items} cannot be reversed: not an item of this scale."), items=", ".join(strange))
    if isinstance(missing, str):
        choice("missing", missing, ("half",))
        least = math.ceil(len(chosen) / 2)
    else:
        least = missing
    if not 1 <= least <= len(chosen):
        raise BedoelingError(
            N_("Somebody must have answered from 1 to {count} items; not {least}."), count=len(chosen), least=least
        )
    if ends is not None:
        answers = _within(answers, *_ends(ends))
    if reversed:
        if ends is None:
            raise BedoelingError(N_("To reverse items, say where their scale begins and ends, such as ends=(1, 5)."))
        answers[list(reversed)] = sum(ends) - answers[list(reversed)]
    scores = answers.mean(axis=1).where(answers.notna().sum(axis=1) >= least)
    return scores.astype("Float64").rename("score")


def _ends(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    if not low < high:
        raise BedoelingError(N_("A scale begins below its end; {low} and {high} do not."), low=low, high=high)
    return low, high


def _within(items: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    for name in items:
        if ((items[name] < low) | (items[name] > high)).any():
            raise BedoelingError(
                N_("The item {item} has answers outside the scale from {low} to {high}. Check the ends."),
                item=name,
                low=low,
                high=high,
            )
    return items


# Agreement within groups


@dataclass(frozen=True, repr=False, kw_only=True)
class Agreement(Estimate):
    """How much people in the same group agree; `estimate` is the mean over the groups, with Student's interval.

    Of a_wg it holds what it says. r_wg(j) of more items is skewed, with a few low groups far from the rest: of 3 to 12
    groups a 95 % interval then holds the mean only 82 to 89 % (simulated), so look at `groups` as well.

    `groups` is indexed by group: ``n`` (people with an answer), ``agreement`` (`pandas.NA` when it cannot be worked
    out) and ``why`` (a msgid).
    """

    groups: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)


def rwg_j(
    frame: pd.DataFrame,
    group: Groups,
    options: int = 5,
    null: Literal["rectangular", "skewed"] | float = "rectangular",
    confidence: float = 0.95,
) -> Agreement:
    """r_wg(j): how much people in each group agree on J items, against people who answer without a common view.

    r_wg(j) = J(1 - s̄²/σ²) / (J(1 - s̄²/σ²) + s̄²/σ²), with s̄² the mean over the items of the variance in the group
    (over n - 1) and σ² that of the null distribution (James, Demaree & Wolf 1984). With one item it is r_wg = 1 -
    s²/σ². When the group is divided more than the null distribution (s̄² > σ²) the value is set to 0, as these authors
    advise, and the note says so. Each item's variance is over the people who answered it.

    Parameters
    ----------
    frame
        A row for each person, with the items, and the column ``group`` when that is a name.
    options
        How many answers an item has: A. The rectangular null has σ² = (A² - 1) / 12.
    null
        "rectangular"; "skewed", slightly, σ² = 1.34, for five options (`SKEWED`); or another σ², as a number.
    """
    variance = _null_variance(options, null)
    items, groups = by_group(frame, group)
    for name in items:
        if items[name].max() - items[name].min() > options - 1:
            raise BedoelingError(
                N_("The item {item} has answers further apart than {options} options are."), item=name, options=options
            )

    def one(answers: pd.DataFrame) -> tuple[float | None, str | None]:
        variances = answers.var().dropna()
        if len(variances) < answers.shape[1]:
            return None, N_("Fewer than two people answered each item.")
        ratio = float(variances.mean()) / variance
        common = answers.shape[1] * (1 - ratio)
        return (common / (common + ratio), None) if ratio < 1 else (0.0, _DIVIDED)

    name = N_("Agreement within groups, r_wg(j)") if items.shape[1] > 1 else N_("Agreement within groups, r_wg")
    return _agreement(name, items, groups, one, confidence)


def rwg(
    frame: pd.DataFrame,
    group: Groups,
    item: str,
    options: int = 5,
    null: Literal["rectangular", "skewed"] | float = "rectangular",
    confidence: float = 0.95,
) -> Agreement:
    """r_wg: how much people in each group agree on one item; `rwg_j` with J = 1."""
    alone = [item] if isinstance(group, pd.Series) else [item, group]
    if item not in frame.columns:
        numeric(frame, [item])
    return rwg_j(frame[alone], group, options, null, confidence)


def awg(frame: pd.DataFrame, group: Groups, low: float = 1, high: float = 5, confidence: float = 0.95) -> Agreement:
    """a_wg: how much people in each group agree, against the most they could differ given their mean.

    a_wg = 1 - 2 s² / (((H + L) M - M² - H L) · n / (n - 1)), for n people with mean M and variance s² (over n - 1) on a
    scale from L to H; a_wg(j) is its mean over the items (Brown & Hauenstein 2005). From -1 (divided between the ends)
    to 1. It is 1 when all chose the same end. When the mean is so near an end that fewer than one person could stand
    apart, M < (L(n - 1) + H)/n or M > (H(n - 1) + L)/n, it has no meaning: such an item is left out, as in R's
    multilevel::awg.
    """
    low, high = _ends((low, high))
    items, groups = by_group(frame, group)
    _within(items, low, high)

    def item_agreement(answers: pd.Series) -> float | None:
        n, mean = len(answers), float(answers.mean())
        if n < 2:
            return None
        if answers.min() == answers.max() and mean in (low, high):
            return 1.0
        if not (low * (n - 1) + high) / n - 1e-12 <= mean <= (high * (n - 1) + low) / n + 1e-12:
            return None
        return 1 - 2 * float(answers.var()) / (((high + low) * mean - mean**2 - high * low) * n / (n - 1))

    def one(answers: pd.DataFrame) -> tuple[float | None, str | None]:
        known = [found for name in answers if (found := item_agreement(answers[name].dropna())) is not None]
        if known:
            return sum(known) / len(known), None
        if (answers.count() < 2).all():
            return None, N_("Fewer than two people answered each item.")
        return None, N_("The mean is too near an end of the scale to tell how much people agree.")

    name = N_("Agreement within groups, a_wg(j)") if items.shape[1] > 1 else N_("Agreement within groups, a_wg")
    return _agreement(name, items, groups, one, confidence, (-1, 1))


_DIVIDED = N_("More divided than chance; set to 0.")


def _null_variance(options: int, null: str | float) -> float:
    if isinstance(options, bool) or not isinstance(options, int | np.integer) or options < 2:
        raise BedoelingError(N_("An item has at least 2 options; not {options}."), options=options)
    if not isinstance(null, str):
        if not 0 < null <= (options - 1) ** 2 / 2:  # two people, one at each end
            raise BedoelingError(
                N_("The variance {null} is not possible with {options} options."), null=null, options=options
            )
        return float(null)
    choice("null", null, ("rectangular", "skewed"))
    if null == "rectangular":
        return float((options**2 - 1) / 12)
    if options != len(SKEWED):
        raise BedoelingError(
            N_("The skewed null is known for 5 options; for {options}, give its variance as a number."), options=options
        )
    points = np.arange(1, len(SKEWED) + 1)
    return float(np.cov(points, aweights=np.array(SKEWED), ddof=0))


def _agreement(
    name: str,
    items: pd.DataFrame,
    groups: pd.Series,
    one: Callable[[pd.DataFrame], tuple[float | None, str | None]],
    confidence: float,
    limits: tuple[float, float] = (0, 1),
) -> Agreement:
    checked_confidence(confidence)
    rows = []
    for key, answers in items.groupby(groups.to_numpy()) if items.shape[1] else ():
        agreement, why = one(answers)
        rows.append({"group": key, "n": int(answers.notna().any(axis=1).sum()), "agreement": agreement, "why": why})
    table = pd.DataFrame(rows, columns=["group", "n", "agreement", "why"]).set_index("group")
    table = table.astype({"n": "int64", "agreement": "Float64", "why": "string"})
    known = table["agreement"].dropna().to_numpy(dtype="float64")
    n = int(table.loc[table["agreement"].notna(), "n"].sum())
    made = Agreement(name=name, n=n, confidence=confidence, groups=table)
    if not len(known):
        reasons = table["why"].dropna().unique()
        return replace(made, why=str(reasons[0]) if len(reasons) == 1 else N_("In no group are there enough answers."))
    note = N_("Groups that are more divided than chance count as 0.") if table["why"].eq(_DIVIDED).any() else None
    made = replace(made, estimate=float(known.mean()), note=note)
    if len(known) == 1:
        return replace(made, why=N_("With one group there is no interval."))
    half = stats.t.ppf((1 + confidence) / 2, len(known) - 1) * known.std(ddof=1) / math.sqrt(len(known))
    low, high = np.clip([known.mean() - half, known.mean() + half], *limits)
    return replace(made, low=float(low), high=float(high))


# What belonging to a group explains


@dataclass(frozen=True, repr=False)
class Icc:
    """ICC(1) and ICC(2) of one measure; `estimate`, `low` and `high` are those of ICC(1).

    `groups` counts the groups and `size` is the group size in the formula for ICC(1).
    """

    icc1: Estimate
    icc2: Estimate
    design_effect: Estimate
    groups: int
    size: float | None

    @property
    def estimate(self) -> float | None:
        return self.icc1.estimate

    @property
    def low(self) -> float | None:
        return self.icc1.low

    @property
    def high(self) -> float | None:
        return self.icc1.high

    @property
    def n(self) -> int:
        return self.icc1.n

    @property
    def why(self) -> str | None:
        return self.icc1.why

    def words(self, language: str = "nl") -> str:
        """One line for each of them."""
        return "\n".join(one.words(language) for one in self._parts())

    def to_frame(self) -> pd.DataFrame:
        """A row for each of them, as `Estimate.to_frame`."""
        return pd.concat([one.to_frame() for one in self._parts()], ignore_index=True)

    def _parts(self) -> tuple[Estimate, ...]:
        return self.icc1, self.icc2, self.design_effect

    def __repr__(self) -> str:
        return self.words("en")

    def _repr_html_(self) -> str:
        return "".join(one._repr_html_() for one in self._parts())


def icc(
    frame: pd.DataFrame,
    group: Groups,
    size: Literal["adjusted", "mean"] = "adjusted",
    confidence: float = 0.95,
) -> Icc:
    """ICC(1), what the group explains of one answer; ICC(2), how reliable a group's mean is; the design effect.

    From the one-way analysis of variance (Bliese 2000): ICC(1) = (MSB - MSW) / (MSB + (k - 1) MSW) and
    ICC(2) = (MSB - MSW) / MSB. With unequal groups k is by default the "adjusted" size
    (N - Σn²/N) / (G - 1), which makes the variance components unbiased (Searle, Casella & McCulloch 1992); with
    ``size="mean"`` it is N / G, as in R's multilevel::ICC1. ICC(2) does not depend on it. Negative values stay as they
    are: they say that groups differ less than chance.

    The intervals come from F = MSB / MSW (Shrout & Fleiss 1979; McGraw & Wong 1996): with F_L = F / F(1 - a/2; G - 1,
    N - G) and F_U = F · F(1 - a/2; N - G, G - 1), ICC(1) runs from (F_L - 1) / (F_L + k - 1) and ICC(2) from 1 - 1/F_L,
    and likewise up. They are exact for normal answers and equal groups; with one group ten times as large as the others
    a 95 % interval holds 90 to 95 % (simulated).

    The design effect of a mean is 1 + (m - 1) ICC(1) (Kish 1965), with m = Σn²/N for unequal groups (Eldridge, Ashby &
    Kerry 2006): so many times more people are needed than if they answered apart.

    Parameters
    ----------
    frame
        A row for each person, with one measure, or the items of a scale (the score is then `scale_scores`), and the
        column ``group`` when that is a name.
    """
    choice("size", size, ("adjusted", "mean"))
    checked_confidence(confidence)
    items, groups = by_group(frame, group)
    scores = scale_scores(items, list(items.columns))
    scores, members = scores.dropna().astype("float64"), groups.to_numpy()[scores.notna().to_numpy()]
    sizes = scores.groupby(members).size().to_numpy()
    total, count = len(scores), len(sizes)

    def unknown(why: str) -> Icc:
        first, second, effect = (Estimate(name=name, n=total, confidence=confidence, why=why) for name in _ICC)
        return Icc(first, second, effect, count, None)

    if count < 2:
        return unknown(N_("At least two groups with answers are needed."))
    if total == count:
        return unknown(N_("Each group has only one person with an answer."))
    if scores.min() == scores.max():
        return unknown(_NO_SPREAD)
    within, between = _mean_squares(scores, members)
    adjusted = float((total - (sizes**2).sum() / total) / (count - 1))
    k = adjusted if size == "adjusted" else total / count
    quantiles = stats.f.ppf((1 + confidence) / 2, [count - 1, total - count], [total - count, count - 1])
    divisors = np.array([1, quantiles[0], 1 / quantiles[1]])  # for the estimate, its low and its high
    means = between / divisors  # MSB, as far down and up as F may lie
    first = [float(one) for one in (means - within) / (means + (k - 1) * within)]
    effects = [1 + float((sizes**2).sum() / total - 1) * one for one in first]
    note = N_("Under 0: groups differ less than chance would give.") if between < within else None
    facts: dict[str, Any] = {"n": total, "confidence": confidence, "note": note}
    if between > 0:
        second = [float(one) for one in 1 - within / means]
        icc2 = Estimate(name=_ICC[1], estimate=second[0], low=second[1], high=second[2], **facts)
    else:
        icc2 = Estimate(name=_ICC[1], n=total, confidence=confidence, why=N_("All groups have the same mean."))
    icc1 = Estimate(name=_ICC[0], estimate=first[0], low=first[1], high=first[2], **facts)
    facts["note"] = None
    effect = Estimate(name=_ICC[2], estimate=effects[0], low=effects[1], high=effects[2], **facts)
    return Icc(icc1, icc2, effect, count, k)


def design_effect(frame: pd.DataFrame, group: Groups, confidence: float = 0.95) -> Estimate:
    """How many times more people are needed because they answer as a group: that of `icc`."""
    return icc(frame, group, confidence=confidence).design_effect


_ICC = (N_("ICC(1), what the group explains"), N_("ICC(2), how reliable a group's mean is"), N_("Design effect"))


def _mean_squares(scores: pd.Series, members: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Within and between groups."""
    by = scores.groupby(members)
    means = by.transform("mean")
    count = by.ngroups
    alike = (by.max() == by.min()).all()
    within = 0.0 if alike else float(((scores - means) ** 2).sum() / (len(scores) - count))
    between = float(((means - scores.mean()) ** 2).sum() / (count - 1))
    return within, (between if between > 1e-14 * (within + between) else 0.0)

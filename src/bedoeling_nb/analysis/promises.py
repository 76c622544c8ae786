"""The three promises in balance: places in a triangle as compositions, their middle, spread, region and change.

Points are a frame (or an array) with a row for each place and a column for each corner. They are closed first, and
shares of 0 are replaced; so a point is on the plane of log-ratios, on which distances and regions have their usual
meaning (Aitchison 1986; Pawlowsky-Glahn, Egozcue & Tolosana-Delgado 2015). Each row counts as one person: give one
place a person.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from babel.numbers import format_percent
from numpy.typing import ArrayLike
from scipy import linalg, stats

from bedoeling_nb.analysis.estimates import Estimate, checked_confidence, numeric
from bedoeling_nb.community import PROMISES
from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.instruments.kinds.triad import geometric_mean
from bedoeling_nb.texts import N_, translate

__all__ = [
    "Balance",
    "Shift",
    "balance",
    "closure",
    "ilr",
    "ilr_basis",
    "ilr_inverse",
    "region",
    "shift",
    "without_zeros",
]

Array = np.ndarray[Any, np.dtype[np.float64]]

_NAMES = {promise.key: {"nl": promise.nl, "en": promise.en} for promise in PROMISES}


def closure(points: pd.DataFrame | ArrayLike) -> Array:
    """Each row divided by its sum, so that its shares add to 1; rows with a missing part are left out.

    Raises BedoelingError for a negative part, a row of zeros, or fewer than two corners.
    """
    table = (
        points if isinstance(points, pd.DataFrame) else pd.DataFrame(np.atleast_2d(np.asarray(points, dtype="float64")))
    )
    if table.shape[1] < 2:
        raise BedoelingError(N_("A place between corners has two shares or more."))
    values = numeric(table).dropna().to_numpy()
    largest = values.max(axis=1, keepdims=True, initial=0)
    if (values < 0).any() or (largest <= 0).any():
        raise BedoelingError(N_("A share is never under 0, and at least one is above 0."))
    values = values / largest  # first, so that no sum overflows
    return np.asarray(values / values.sum(axis=1, keepdims=True))


def without_zeros(points: pd.DataFrame | ArrayLike) -> Array:
    """Closed points in which each share of 0 is δ = 0.65 × the smallest step, and the others shrink by as much.

    Multiplicative replacement (Martín-Fernández, Barceló-Vidal & Pawlowsky-Glahn 2003): it keeps the ratios of the
    other shares. It is the one that `geometric_mean` does.
    """
    closed = closure(points)
    return np.array([geometric_mean([point]) for point in closed.tolist()]).reshape(closed.shape)


def ilr_basis(corners: int) -> Array:
    """The log-contrasts of `ilr`, (corners - 1) × corners, orthonormal, each row adding to 0.

    Pivot coordinates: the first sets corner 1 against all others, the next corner 2 against those after it, and so on
    (Egozcue et al. 2003; Fišerová & Hron 2011). For the three promises: z₁ = √(2/3) · ln(x₁ / √(x₂ x₃)) is good life
    against the other two, and z₂ = √(1/2) · ln(x₂ / x₃) good work against a healthy organisation.
    """
    return np.asarray(-linalg.helmert(corners)[::-1, ::-1])


def ilr(points: pd.DataFrame | ArrayLike) -> Array:
    """Isometric log-ratio coordinates of points, n × (corners - 1); shares of 0 are replaced first."""
    shares = without_zeros(points)
    return np.asarray(np.log(shares) @ ilr_basis(shares.shape[1]).T)


def ilr_inverse(coordinates: ArrayLike) -> Array:
    """The shares that belong to ilr coordinates, n × corners."""
    values = np.atleast_2d(np.asarray(coordinates, dtype="float64"))
    logs = values @ ilr_basis(values.shape[1] + 1)
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


@dataclass(frozen=True, repr=False, kw_only=True)
class Balance(Estimate):
    """Where the middle of the points lies; `estimate` is its Aitchison distance to the neutral point, all shares equal.

    Show the point, its region and the sentence, never the distance alone. `mean` has the share of each corner;
    `region` is a closed curve of shares around it (`region`). `low` and `high` are the nearest and farthest place of
    that region. `spread` is the total variance of the points. `balanced` says whether the neutral point is within the
    region; None when there is no region.
    """

    mean: dict[str, float] | None = None
    spread: float | None = None
    region: Array | None = field(default=None, compare=False)
    balanced: bool | None = None

    def sentence(self, language: str = "nl") -> str:
        """What people should read of it."""
        if self.mean is None:
            return translate(self.why or "", language)
        shares = ", ".join(
            f"{_NAMES.get(corner, {}).get(language, corner)} {format_percent(share, '#,##0 %', locale=language)}"
            for corner, share in self.mean.items()
        )
        return f"{shares}. {self.verdict(language)}"

    def verdict(self, language: str = "nl") -> str:
        """Whether it is in balance, in a sentence."""
        if self.balanced is None:
            return translate(N_("There are too few answers to tell whether this is in balance."), language)
        if self.balanced:
            return translate(N_("This does not differ clearly from balance."), language)
        return translate(N_("This is clearly out of balance."), language)

    def words(self, language: str = "nl") -> str:
        """The sentence, then the distance."""
        return f"{self.sentence(language)} {super().words(language)}" if self.mean else super().words(language)

    def _repr_html_(self) -> str:
        return (
            f'<p class="bn-estimate">{html.escape(self.sentence())}</p>' if self.mean else ""
        ) + super()._repr_html_()


def balance(points: pd.DataFrame | ArrayLike, confidence: float = 0.95) -> Balance:
    """Where the middle of people's points lies, how far from balance, and how sure that is.

    The middle is the closed geometric mean, `geometric_mean`. Its distance to the neutral point is |ilr(mean)|, the
    Aitchison distance (Aitchison et al. 2000): 0 if and only if all shares are equal. The spread is the total
    variance: the sum of the variances of the ilr coordinates, over n - 1. `low` and `high` follow from the region of
    `region`, so they hold at least with its confidence.
    """
    closed = _triangle(points)
    n = len(closed)
    made = Balance(name=N_("Distance to balance"), n=n, confidence=checked_confidence(confidence))
    if not n:
        return replace(made, why=N_("Nobody placed a point."))
    shares = geometric_mean(closed.tolist())
    coordinates = ilr(closed)
    middle = coordinates.mean(axis=0)
    made = replace(made, mean=dict(zip(_corners(points), shares, strict=True)), estimate=float(linalg.norm(middle)))
    if n > 1:
        made = replace(made, spread=float(coordinates.var(axis=0, ddof=1).sum()))
    found = _mean_ellipse(coordinates, confidence)
    if isinstance(found, str):
        return replace(made, why=found)
    low, high = found.distances()
    return replace(made, low=low, high=high, region=ilr_inverse(found.curve()), balanced=low == 0)


def region(points: pd.DataFrame | ArrayLike, confidence: float = 0.95, steps: int = 120) -> pd.DataFrame | None:
    """The confidence region of the mean of points in a triangle, as a closed curve of shares.

    In ilr coordinates it is Hotelling's (1931) ellipse, n (z̄ - μ)' S⁻¹ (z̄ - μ) ≤ p (n - 1) / (n - p) · F(confidence;
    p, n - p) with p = 2, mapped back to shares.

    Returns
    -------
    DataFrame or None
        steps + 1 rows (the last is the first), a column for each corner; None when there are fewer than three points,
        or all lie on one line, so that there is no region (`balance` says why).
    """
    found = _mean_ellipse(ilr(_triangle(points)), checked_confidence(confidence))
    if isinstance(found, str):
        return None
    return pd.DataFrame(ilr_inverse(found.curve(steps)), columns=_corners(points))


@dataclass(frozen=True, repr=False, kw_only=True)
class Shift(Estimate):
    """How far the middle moved between two waves; `estimate` is the Aitchison distance between the two means.

    `ratio` says per corner by what factor its share grew against the others (closed: all equal is no change). `p` is
    that of the test that the means are equal, and `statistic` its T².
    """

    ratio: dict[str, float] | None = None
    statistic: float | None = None
    p: float | None = None


def shift(before: pd.DataFrame | ArrayLike, after: pd.DataFrame | ArrayLike, confidence: float = 0.95) -> Shift:
    """How the middle of points moved between two waves of different people, with the test that it did not.

    On ilr coordinates, T² = d' S⁻¹ d with d the difference of the means and S = S₁/n₁ + S₂/n₂: as Welch does for one
    number, this does not ask that people stand as far apart in both waves. It is referred to ν p / (ν - p + 1) ·
    F(p, ν - p + 1), p = 2, with the degrees of freedom ν = p (p + 1) / Σ (tr(Aᵢ²) + tr²(Aᵢ)) / (nᵢ - 1) and
    Aᵢ = Sᵢ/nᵢ S⁻¹ (Krishnamoorthy & Yu 2004, after Nel & Van der Merwe 1986). `low` and `high` are the nearest and
    farthest place from 0 of the confidence region of the difference: `low` is 0 when the test finds no change at this
    confidence.
    """
    made = Shift(name=N_("Shift of the balance"), confidence=checked_confidence(confidence))
    first, second = _triangle(before), _triangle(after)
    if _corners(before) != _corners(after):
        raise BedoelingError(N_("The two waves do not have the same corners, in the same order."))
    made = replace(made, n=len(first) + len(second))
    if not len(first) or not len(second):
        return replace(made, why=N_("In one of the waves nobody placed a point."))
    waves = ilr(first), ilr(second)
    step = waves[1].mean(axis=0) - waves[0].mean(axis=0)
    ratio = dict(zip(_corners(after), ilr_inverse(step)[0].tolist(), strict=True))
    made = replace(made, estimate=float(linalg.norm(step)), ratio=ratio)
    if min(len(first), len(second)) < 2:
        return replace(made, why=_FEW)
    spreads = [np.cov(wave, rowvar=False) / len(wave) for wave in waves]
    spread = spreads[0] + spreads[1]
    if _flat(spread):
        return replace(made, why=_LINE)
    parts = [linalg.solve(spread, one, assume_a="pos") for one in spreads]
    told = [
        (np.trace(part @ part) + np.trace(part) ** 2) / (len(wave) - 1) for part, wave in zip(parts, waves, strict=True)
    ]
    freedom = 6 / sum(told) - 1  # ν - p + 1
    if freedom <= 0.01:
        return replace(made, why=_FEW)
    statistic = float(step @ linalg.solve(spread, step, assume_a="pos"))
    scale = 2 * (freedom + 1) / freedom
    found = _Ellipse(step, spread * scale * float(stats.f.ppf(confidence, 2, freedom)))
    low, high = found.distances()
    return replace(made, low=low, high=high, statistic=statistic, p=float(stats.f.sf(statistic / scale, 2, freedom)))


_FEW = N_("There are too few points for a test.")
_LINE = N_("The points lie on one line, so there is no region around their mean.")


@dataclass(frozen=True)
class _Ellipse:
    """All z with (z - centre)' shape⁻¹ (z - centre) ≤ 1."""

    centre: Array
    shape: Array

    def curve(self, steps: int = 120) -> Array:
        """Its edge, closed: steps + 1 places."""
        angle = np.linspace(0, 2 * np.pi, steps + 1)
        angle[-1] = 0
        return np.asarray(self.centre + np.column_stack([np.cos(angle), np.sin(angle)]) @ linalg.cholesky(self.shape))

    def distances(self) -> tuple[float, float]:
        """How near and how far from the origin it comes (to a millionth); nearest is 0 when the origin is within."""
        lengths = linalg.norm(self.curve(3600), axis=1)
        within = self.centre @ linalg.solve(self.shape, self.centre, assume_a="pos") <= 1
        return (0.0 if within else float(lengths.min())), float(lengths.max())


def _mean_ellipse(coordinates: Array, confidence: float) -> _Ellipse | str:
    """The region of the mean of points in the plane, or why there is none."""
    n = len(coordinates)
    if n < 3:
        return N_("At least three points are needed for a region around their mean.")
    covariances = np.cov(coordinates, rowvar=False)
    if _flat(covariances):
        return _LINE
    scale = 2 * (n - 1) / (n - 2) * float(stats.f.ppf(confidence, 2, n - 2)) / n
    return _Ellipse(coordinates.mean(axis=0), covariances * scale)


def _flat(covariances: Array) -> bool:
    """Whether all is on one line, or in one place (a difference of rounding is none)."""
    smallest, *_, largest = linalg.eigvalsh(covariances)
    return bool(largest < 1e-20 or smallest < 1e-12 * largest)


def _triangle(points: pd.DataFrame | ArrayLike) -> Array:
    closed = closure(points)
    if closed.shape[1] != 3:
        raise BedoelingError(N_("A triangle has three corners; these points have {count}."), count=closed.shape[1])
    return closed


def _corners(points: pd.DataFrame | ArrayLike) -> list[str]:
    return [str(name) for name in points.columns] if isinstance(points, pd.DataFrame) else ["1", "2", "3"]

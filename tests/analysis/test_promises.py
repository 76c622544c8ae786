"""The balance of the promises against R (4.2.2), what must not matter, and degenerate points."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multivariate import test_mvmean_2indep as hotelling

from bedoeling_nb.analysis.promises import (
    balance,
    closure,
    ilr,
    ilr_basis,
    ilr_inverse,
    region,
    shift,
    without_zeros,
)
from bedoeling_nb.community import PROMISES
from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.instruments.kinds.triad import geometric_mean

pytestmark = pytest.mark.filterwarnings("error")

CORNERS = [promise.key for promise in PROMISES]
BEFORE = pd.DataFrame(
    [[0.5, 0.3, 0.2], [0.6, 0.2, 0.2], [0.4, 0.4, 0.2], [0.55, 0.15, 0.3], [0.3, 0.5, 0.2], [0.7, 0.1, 0.2]],
    columns=CORNERS,
)
AFTER = pd.DataFrame(
    [[0.2, 0.3, 0.5], [0.3, 0.3, 0.4], [0.4, 0.2, 0.4], [0.25, 0.25, 0.5], [0.35, 0.4, 0.25]], columns=CORNERS
)

parts = st.floats(0.001, 1)
places = st.lists(st.tuples(parts, parts, parts), min_size=1, max_size=20).map(np.array)
thousandths = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 1000))
    .filter(lambda pair: sum(pair) <= 1000)
    .map(lambda pair: (pair[0] / 1000, pair[1] / 1000, (1000 - sum(pair)) / 1000)),
    min_size=1,
    max_size=20,
).map(np.array)


# Coordinates


@given(places, st.floats(0.01, 1e6))
def test_closed_points_add_to_one_and_their_unit_does_not_matter(points: np.ndarray, unit: float) -> None:
    closed = closure(points)
    assert closed.sum(axis=1) == pytest.approx(1)
    assert closure(closed * unit) == pytest.approx(closed)
    assert closed[:, 0] / closed[:, 1] == pytest.approx(points[:, 0] / points[:, 1])


@pytest.mark.parametrize("corners", [2, 3, 4, 7])
def test_the_basis_is_orthonormal_and_its_rows_are_contrasts(corners: int) -> None:
    basis = ilr_basis(corners)
    assert basis @ basis.T == pytest.approx(np.eye(corners - 1))
    assert basis.sum(axis=1) == pytest.approx(0)


def test_the_basis_is_the_one_that_is_told() -> None:
    x = (0.5, 0.3, 0.2)
    told = [math.sqrt(2 / 3) * math.log(x[0] / math.sqrt(x[1] * x[2])), math.sqrt(1 / 2) * math.log(x[1] / x[2])]
    assert ilr([x])[0] == pytest.approx(told)


@given(places)
def test_there_and_back_is_the_same_place(points: np.ndarray) -> None:
    assert ilr_inverse(ilr(points)) == pytest.approx(closure(points))


@given(st.tuples(parts, parts, parts), st.tuples(parts, parts, parts))
def test_distances_in_the_plane_are_aitchisons(x: tuple[float, ...], y: tuple[float, ...]) -> None:
    """Aitchison (1986): the root of the mean over all pairs of parts of the squared differences of log-ratios."""
    ratios = [(math.log(x[i] / x[j]) - math.log(y[i] / y[j])) ** 2 for i in range(3) for j in range(i)]
    assert math.dist(ilr([x])[0], ilr([y])[0]) == pytest.approx(math.sqrt(sum(ratios) / 3), abs=1e-12)


@given(thousandths)
def test_zeros_are_replaced_and_the_ratios_of_the_others_stay(points: np.ndarray) -> None:
    replaced = without_zeros(points)
    assert replaced.sum(axis=1) == pytest.approx(1)
    assert replaced[points == 0] == pytest.approx(0.00065)
    for old, new in zip(points, replaced, strict=True):
        kept = old > 0
        assert new[kept] / new[kept].sum() == pytest.approx(old[kept] / old[kept].sum())
    assert np.isfinite(ilr(points)).all()


# Balance


def test_the_balance_is_that_of_r() -> None:
    """Z <- log(P) %*% t(B); sqrt(sum(colMeans(Z)^2)); sum(diag(cov(Z))); m <- exp(colMeans(log(P))); m / sum(m)"""
    found = balance(BEFORE)
    assert found.estimate == pytest.approx(0.638202744006)
    assert found.spread == pytest.approx(0.463043054396)
    assert list((found.mean or {}).items()) == [
        (corner, pytest.approx(share))
        for corner, share in zip(CORNERS, [0.520446847619, 0.252325569115, 0.227227583267], strict=True)
    ]
    assert found.n == 6
    assert found.balanced is False  # T² of the neutral point is 60.5, more than 2 · 5 / 4 · F(.95; 2, 4) = 17.4


@given(thousandths)
def test_the_distance_is_to_the_mean_of_the_board(points: np.ndarray) -> None:
    found = balance(points)
    assert list((found.mean or {}).values()) == pytest.approx(geometric_mean(points.tolist()))
    assert found.estimate == pytest.approx(math.dist(ilr([list((found.mean or {}).values())])[0], (0, 0)), abs=1e-9)


@given(st.tuples(parts, parts, parts))
def test_the_distance_is_nought_if_and_only_if_all_are_equal(place: tuple[float, ...]) -> None:
    assume(len(set(place)) == 1 or max(place) / min(place) > 1.0001)
    assert (balance([place]).estimate < 1e-9) == (len(set(place)) == 1)
    assert balance([(place[0],) * 3]).estimate == pytest.approx(0, abs=1e-12)


@given(thousandths, st.permutations([0, 1, 2]))
def test_the_order_of_corners_and_people_does_not_matter(points: np.ndarray, order: list[int]) -> None:
    one, other = balance(points), balance(points[::-1][:, order])
    assert other.estimate == pytest.approx(one.estimate, abs=1e-9)
    assert other.spread == pytest.approx(one.spread, abs=1e-9) if one.spread is not None else other.spread is None


def test_the_region_is_where_hotellings_test_does_not_reject() -> None:
    curve = region(BEFORE, steps=90)
    assert curve is not None
    assert list(curve.columns) == CORNERS
    assert curve.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (curve.iloc[0] == curve.iloc[-1]).all()
    assert len(curve) == 91
    coordinates = ilr(BEFORE)
    off = ilr(curve) - coordinates.mean(axis=0)
    statistic = 6 * np.einsum("ni,ij,nj->n", off, np.linalg.inv(np.cov(coordinates.T)), off)
    assert stats.f.sf(statistic * 4 / (2 * 5), 2, 4) == pytest.approx(0.05)


def test_low_and_high_are_the_ends_of_the_region() -> None:
    found = balance(BEFORE)
    edge = np.linalg.norm(ilr(region(BEFORE, steps=5000)), axis=1)
    assert (found.low, found.high) == pytest.approx((edge.min(), edge.max()), rel=1e-5)
    assert found.region is not None
    assert found.region.shape == (121, 3)


def test_the_region_holds_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    samples = rng.normal(size=(600, 8, 2)) @ [[0.5, 0.2], [0, 0.8]]
    held = [balance(ilr_inverse(sample), confidence=0.8).balanced for sample in samples]
    assert np.mean(held) == pytest.approx(0.8, abs=0.065)  # four standard errors


def test_people_read_where_it_is_and_whether_that_is_balance() -> None:
    assert balance(BEFORE).sentence() == (
        "Goed Leven 52 %, Mooi Werk 25 %, Gezonde organisatie 23 %. Dit is duidelijk uit balans."
    )
    assert "This does not differ clearly from balance." in balance(BEFORE.rename(columns=str.upper), 0.9999).words("en")
    named = BEFORE.set_axis(["<b>", "b", "c"], axis=1)
    assert "&lt;b&gt;" in balance(named)._repr_html_()


@pytest.mark.parametrize(
    ("points", "why"),
    [
        (BEFORE.iloc[:1], "three points"),
        (BEFORE.iloc[:2], "three points"),
        (BEFORE.iloc[[0] * 6], "one line"),
        (BEFORE.iloc[[0, 1] * 3], "one line"),
    ],
)
def test_without_a_region_there_is_a_place_and_the_reason(points: pd.DataFrame, why: str) -> None:
    found = balance(points)
    assert found.estimate is not None
    assert (found.low, found.high, found.region, found.balanced) == (None, None, None, None)
    assert why in (found.why or "")
    assert region(points) is None
    assert "nan" not in repr(found).lower()


def test_nobody_has_no_balance() -> None:
    for points in (BEFORE.iloc[:0], BEFORE * np.nan):
        found = balance(points)
        assert (found.estimate, found.mean, found.why) == (None, None, "Nobody placed a point.")
        assert "Niemand" in found._repr_html_()


def test_who_skipped_the_triad_does_not_count() -> None:
    more = pd.concat([BEFORE, pd.DataFrame([[None, 0.5, 0.5]], columns=CORNERS)])
    assert balance(more) == balance(BEFORE)


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([[-0.1, 0.6, 0.5]], "never under 0"),
        ([[0, 0, 0]], "at least one is above 0"),
        ([[0.5, 0.5]], "three corners; these points have 2"),
        ([[1.0]], "two shares or more"),
        (pd.DataFrame([["x", 0.5, 0.5]]), "other than numbers"),
    ],
)
def test_what_is_no_place_in_a_triangle_is_an_error(points: object, says: str) -> None:
    with pytest.raises(BedoelingError, match=says):
        balance(points)  # type: ignore[arg-type]


# Change


def test_a_shift_of_waves_of_one_size_has_the_statistic_of_hotelling() -> None:
    """Then S₁/n + S₂/n is the pooled covariance matrix, times 2/n."""
    found, pooled = shift(BEFORE.iloc[1:], AFTER), hotelling(ilr(BEFORE.iloc[1:]), ilr(AFTER))
    assert found.statistic == pytest.approx(pooled.t2)
    assert found.p is not None
    assert pooled.pvalue < found.p < 2 * pooled.pvalue  # no more degrees of freedom than Hotelling's


def test_a_shift_is_that_of_krishnamoorthy_and_yu() -> None:
    """On log-ratios to the last corner, which the test does not tell from ilr, with the sums written out."""
    found = shift(BEFORE, AFTER)
    first, second = (np.log(wave.to_numpy()[:, :2] / wave.to_numpy()[:, 2:]) for wave in (BEFORE, AFTER))
    one, other = np.cov(first.T) / 6, np.cov(second.T) / 5
    inverse = np.linalg.inv(one + other)
    step = second.mean(axis=0) - first.mean(axis=0)
    traces = [(np.trace(some @ inverse @ some @ inverse), np.trace(some @ inverse) ** 2) for some in (one, other)]
    freedom = 6 / (sum(traces[0]) / 5 + sum(traces[1]) / 4)
    assert min(5, 4) <= freedom <= 9
    assert found.statistic == pytest.approx(step @ inverse @ step)
    assert found.p == pytest.approx(stats.f.sf(found.statistic * (freedom - 1) / (2 * freedom), 2, freedom - 1))
    assert found.estimate == pytest.approx(0.812911055915)
    assert found.n == 11
    means = [geometric_mean(points.to_numpy().tolist()) for points in (BEFORE, AFTER)]
    ratios = np.array(means[1]) / means[0]
    assert list((found.ratio or {}).items()) == [
        (corner, pytest.approx(share)) for corner, share in zip(CORNERS, ratios / ratios.sum(), strict=True)
    ]


def test_a_shift_is_found_by_chance_as_often_as_it_says_when_people_stand_further_apart_in_one_wave() -> None:
    """Hotelling's pooled test finds one in 23 % of the times."""
    dice = np.random.default_rng(8)
    found = [
        shift(ilr_inverse(dice.normal(0, 1, (5, 2))), ilr_inverse(dice.normal(0, 0.4, (12, 2)))).p for _ in range(800)
    ]
    assert 0.03 < np.mean(np.array(found) < 0.05) < 0.075


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99, 0.995, 0.999])
def test_the_interval_leaves_out_nought_when_the_test_finds_a_change(confidence: float) -> None:
    found = shift(BEFORE, AFTER, confidence)
    assert (found.low > 0) == (found.p < 1 - confidence)
    assert found.low <= found.estimate <= found.high


@given(st.permutations([0, 1, 2]))
def test_the_order_of_corners_does_not_matter_for_the_test(order: list[int]) -> None:
    turned = shift(BEFORE.iloc[:, order], AFTER.iloc[:, order])
    assert turned.p == pytest.approx(shift(BEFORE, AFTER).p)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (BEFORE.iloc[:0], AFTER, "nobody placed"),
        (BEFORE, AFTER.iloc[:1], "too few points"),
        (BEFORE.iloc[:1], AFTER.iloc[:2], "too few points"),
        (BEFORE.iloc[[0] * 4], AFTER.iloc[[0] * 4], "one line"),
    ],
)
def test_a_shift_that_cannot_be_tested_says_why(before: pd.DataFrame, after: pd.DataFrame, why: str) -> None:
    found = shift(before, after)
    assert (found.low, found.p, found.statistic) == (None, None, None)
    assert why in (found.why or "")
    assert "nan" not in repr(found).lower()


def test_waves_with_other_corners_are_an_error() -> None:
    with pytest.raises(BedoelingError, match="same corners"):
        shift(BEFORE, AFTER[CORNERS[::-1]])

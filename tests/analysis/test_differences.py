"""Differences against R (4.2.2; lme4), and degenerate answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bedoeling_nb.analysis.differences import adjusted, change, cohen_d, hedges_g, waves_model
from bedoeling_nb.errors import BedoelingError

pytestmark = pytest.mark.filterwarnings("error")

# R's data set `sleep` (Student 1908): ten people, two drugs.
BEFORE = pd.Series([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], index=list("abcdefghij"))
AFTER = pd.Series([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4], index=list("abcdefghij"))
NOBODY = pd.Series([], dtype="float64")


def test_a_change_is_that_of_r() -> None:
    """t.test(after, before); t.test(after, before, paired = TRUE)"""
    apart, paired = change(BEFORE, AFTER), change(BEFORE, AFTER, paired=True)
    assert (apart.low, apart.high, apart.p) == pytest.approx((-0.205483230712, 3.365483230712, 0.0793941401874))
    assert (paired.low, paired.high, paired.p) == pytest.approx((0.700114236723, 2.459885763277, 0.00283289019738))
    for found, n in ((apart, 20), (paired, 10)):
        assert (found.before, found.after, found.estimate, found.n) == pytest.approx((0.75, 2.33, 1.58, n))


def test_the_pairs_are_people_and_not_places() -> None:
    shuffled = AFTER.sample(frac=1, random_state=1)
    more = pd.concat([shuffled, pd.Series({"z": 99.0, "y": np.nan})])
    assert change(BEFORE, more, paired=True) == change(BEFORE, AFTER, paired=True)
    with pytest.raises(BedoelingError, match="twice in one wave"):
        change(BEFORE, pd.concat([AFTER, AFTER]), paired=True)


def test_d_and_g_are_those_of_r() -> None:
    """t / sqrt(n1 n2 / (n1 + n2)), and uniroot over ncp of pt(t, df, ncp) - c(.975, .025); J with gamma()"""
    d, g = cohen_d(BEFORE, AFTER), hedges_g(BEFORE, AFTER)
    assert (d.estimate, d.low, d.high) == pytest.approx((0.8321810813495, -0.0954503982114, 1.7388168991034))
    assert (g.estimate, g.low, g.high) == pytest.approx((0.7969352391911, -0.0914077328052, 1.6651717906749))
    d, g = cohen_d(BEFORE, AFTER, paired=True), hedges_g(BEFORE, AFTER, paired=True)
    assert (d.estimate, d.low, d.high) == pytest.approx((1.28455756259, 0.41462775638, 2.11801651398))
    assert (g.estimate, g.low, g.high) == pytest.approx((1.173924903514, 0.378917895996, 1.935602112526))


scores = st.lists(st.integers(1, 5), min_size=2, max_size=30).map(lambda values: pd.Series(values, dtype="float64"))


@given(scores, scores)
def test_the_ends_of_the_interval_of_d_are_where_the_noncentral_t_says(first: pd.Series, second: pd.Series) -> None:
    d = cohen_d(first, second)
    if d.estimate is None:
        assert d.why
        return
    root = (len(first) * len(second) / (len(first) + len(second))) ** 0.5
    tails = stats.nct.cdf(d.estimate * root, len(first) + len(second) - 2, np.array([d.low, d.high]) * root)
    assert tails == pytest.approx([0.975, 0.025], abs=1e-5)


@given(scores, scores)
def test_back_is_as_far_as_forth(first: pd.Series, second: pd.Series) -> None:
    for measure in (change, cohen_d, hedges_g):
        forth, back = measure(first, second), measure(second, first)
        assert (forth.estimate is None, forth.low is None) == (back.estimate is None, back.low is None)
        if forth.low is not None:
            assert (forth.estimate, forth.low, forth.high) == pytest.approx((-back.estimate, -back.high, -back.low))


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("measure", [change, cohen_d, hedges_g])
def test_too_few_people_say_why(measure, paired: bool) -> None:  # type: ignore[no-untyped-def]
    missing = pd.Series([None, None, None])
    for before, after in ((NOBODY, NOBODY), (BEFORE, NOBODY), (missing, missing), (BEFORE.iloc[:1], AFTER.iloc[:1])):
        found = measure(before, after, paired)
        assert (found.low, found.high) == (None, None)
        assert found.why
        assert "nan" not in repr(found).lower()


@pytest.mark.parametrize("paired", [False, True])
def test_without_spread_there_is_a_change_without_an_interval(paired: bool) -> None:
    three, four = pd.Series([3.0] * 5), pd.Series([4.0] * 5)
    found = change(three, four, paired)
    assert (found.estimate, found.low, found.p) == (1, None, None)
    assert found.why
    for measure in (cohen_d, hedges_g):
        assert measure(three, four, paired).estimate is None
        assert measure(three, three, paired).why == "All people gave the same answers, so there is nothing to compare."


def test_g_needs_two_degrees_of_freedom() -> None:
    two = pd.Series([1.0, 2.0]), pd.Series([4.0, 2.0])
    assert hedges_g(*two, paired=True).why == "At least three people are needed for this correction."
    assert cohen_d(*two, paired=True).estimate is not None


# Waves


def waves() -> pd.DataFrame:
    """Three waves of five teams of unequal size; the answers are made up, and ten are missing."""
    scores = {
        "2026-Q1": "...4212322534453455325334",
        "2026-Q2": "4434..2221323435544435435",
        "2026-Q3": "4543.1231....454555414144",
    }
    rows = [
        {"team": team, "wave": wave, "score": float(score) if score != "." else None}
        for wave, marks in scores.items()
        for team, score in zip("AAAABBBBBBCCCDDDDDDDEEEEE", marks, strict=True)
    ]
    return pd.DataFrame(rows)


def test_the_mixed_model_is_that_of_lme4() -> None:
    """f <- lmer(score ~ wave + (1 | team), w); fixef(f); as.data.frame(VarCorr(f))"""
    found = waves_model(waves(), "score", "wave", "team")
    changes = found.changes or {}
    assert list(changes) == ["2026-Q2", "2026-Q3"]
    assert [one.estimate for one in changes.values()] == pytest.approx([-0.120750454383, -0.128916557708], abs=1e-6)
    assert (found.between, found.within) == pytest.approx((0.830292374022, 0.818446236126), abs=1e-5)
    assert found.icc == pytest.approx(found.between / (found.between + found.within))
    assert (found.n, found.units, found.note) == (65, 5, None)
    assert (found.estimate, found.low) == (changes["2026-Q3"].estimate, changes["2026-Q3"].low)
    assert list(found.to_frame().index) == ["2026-Q2", "2026-Q3"]


def test_the_unit_of_the_score_does_not_matter() -> None:
    table = waves()
    one, hundred = (waves_model(table.assign(score=table["score"] * by), "score", "wave", "team") for by in (1, 100))
    assert hundred.icc == pytest.approx(one.icc)
    assert hundred.low == pytest.approx(100 * one.low)


def test_waves_are_in_the_order_of_their_categories() -> None:
    table = waves()
    turned = table.assign(wave=pd.Categorical(table["wave"], ["2026-Q3", "2026-Q2", "2026-Q1", "2027-Q1"]))
    forth, back = waves_model(table, "score", "wave", "team"), waves_model(turned, "score", "wave", "team")
    assert list(back.changes or {}) == ["2026-Q2", "2026-Q1"]
    assert back.estimate == pytest.approx(-forth.estimate, abs=1e-6)


def test_units_that_do_not_differ_give_the_difference_of_the_means() -> None:
    table = pd.DataFrame({"score": [1, 5, 2, 4, 2, 6, 3, 5.0], "wave": [1] * 4 + [2] * 4, "team": list("aabb") * 2})
    found = waves_model(table, "score", "wave", "team")
    assert found.estimate == pytest.approx(1)
    assert found.icc == pytest.approx(0, abs=1e-4)
    assert found.note == "Units do not differ more than chance gives."
    assert (found.low, found.why) == (None, "These units do not tell how much changes differ, so there is no interval.")
    table.loc[[4, 5], "score"] += 1  # team a now moves by two
    again = waves_model(table, "score", "wave", "team")
    interval = stats.ttest_1samp([2, 1], 0).confidence_interval()  # with equal teams it is Student's of their changes
    assert (again.low, again.high) == pytest.approx((interval.low, interval.high), rel=1e-6)


def test_intervals_are_those_of_leaving_out_a_team_from_generalised_least_squares() -> None:
    """statsmodels' GLS with the covariance matrix of people as fitted, once for each team that is left out."""
    found, told = waves_model(waves(), "score", "wave", "team"), waves().dropna().reset_index(drop=True)

    def effects(some: pd.DataFrame) -> np.ndarray:
        same = some["team"].to_numpy()[:, None] == some["team"].to_numpy()
        sigma = np.eye(len(some)) * (found.within or 0) + same * (found.between or 0)
        design = sm.add_constant(pd.get_dummies(some["wave"]).iloc[:, 1:].astype("float64"))
        return np.asarray(sm.GLS(some["score"].astype("float64"), design, sigma=sigma).fit().params)[1:]

    whole = effects(told)
    left = np.array([effects(told[told["team"] != team]) for team in "ABCDE"])
    half = stats.t.ppf(0.975, 4) * np.sqrt(4 / 5 * ((left - whole) ** 2).sum(axis=0))
    assert [one.estimate for one in (found.changes or {}).values()] == pytest.approx(whole, abs=1e-6)
    assert [one.high - one.estimate for one in (found.changes or {}).values()] == pytest.approx(half, rel=1e-6)


def test_a_change_that_one_team_tells_of_has_no_interval() -> None:
    table = waves()
    found = waves_model(table[(table["wave"] != "2026-Q3") | (table["team"] == "D")], "score", "wave", "team")
    changes = found.changes or {}
    assert changes["2026-Q2"].low is not None
    assert (changes["2026-Q3"].low, changes["2026-Q3"].why) == (
        None,
        "These units do not tell how much changes differ, so there is no interval.",
    )
    assert (found.estimate, found.low, found.why) == (changes["2026-Q3"].estimate, None, changes["2026-Q3"].why)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (waves().iloc[:0], "two waves"),
        (waves()[lambda table: table["wave"] == "2026-Q1"], "two waves"),
        (waves()[lambda table: table["team"] == "A"], "two units"),
        (waves().assign(team=range(75)), "too few answers"),
        (waves().assign(score=3), "same answers"),
        (waves().assign(score=None), "two waves"),
        (pd.DataFrame({"score": [1, 1, 3, 3] * 2, "wave": [1] * 4 + [2] * 4, "team": list("aabb") * 2}), "fitted"),
    ],
)
def test_a_model_that_cannot_be_made_says_why(table: pd.DataFrame, why: str) -> None:
    found = waves_model(table, "score", "wave", "team")
    assert (found.estimate, found.changes, found.icc) == (None, None, None)
    assert why in (found.why or "")
    assert list(found.to_frame()["estimate"]) == [pd.NA]


def test_unknown_columns_are_an_error() -> None:
    for names in (("x", "wave", "team"), ("score", "x", "team"), ("score", "wave", "x")):
        with pytest.raises(BedoelingError, match="no column x"):
            waves_model(waves(), *names)


# Many tests


def test_p_values_are_corrected_as_in_r() -> None:
    """p.adjust(p, "holm"); p.adjust(p, "BH")"""
    p = pd.Series([0.01, 0.04, None, 0.03, 0.005, 0.2], index=list("abcdef"))
    assert list(adjusted(p)) == [*map(pytest.approx, [0.04, 0.09]), pd.NA, *map(pytest.approx, [0.09, 0.025, 0.2])]
    rates = adjusted(p, "benjamini-hochberg")
    assert list(rates.dropna()) == pytest.approx([0.025, 0.05, 0.05, 0.025, 0.2])
    assert list(rates.index) == list("abcdef")
    assert list(adjusted(p.iloc[2:3])) == [pd.NA]


@pytest.mark.parametrize(
    ("p", "method"), [([0.5, 1.2], "holm"), ([-0.1], "holm"), ([0.1], "bonferroni"), (["x"], "holm")]
)
def test_impossible_p_values_and_methods_are_an_error(p: list[object], method: str) -> None:
    with pytest.raises(BedoelingError):
        adjusted(pd.Series(p), method)  # type: ignore[arg-type]

"""Scales against R (4.2.2; psych 2.2.9, multilevel 2.7, lavaan 0.6.14), what must not matter, and degenerate answers.

The R code that gave the numbers stands beside them.
"""

from __future__ import annotations

from io import StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bedoeling_nb.analysis.scales import (
    Agreement,
    awg,
    cronbach_alpha,
    design_effect,
    icc,
    item_rest,
    omega_total,
    reversed_items,
    rwg,
    rwg_j,
    scale_scores,
)
from bedoeling_nb.errors import BedoelingError

pytestmark = pytest.mark.filterwarnings("error")

# R's data set `attitude` (Chatterjee & Price 1977): 30 departments, seven items.
ATTITUDE = pd.read_csv(
    StringIO(
        """rating complaints privileges learning raises critical advance
43 51 30 39 61 92 45
63 64 51 54 63 73 47
71 70 68 69 76 86 48
61 63 45 47 54 84 35
81 78 56 66 71 83 47
43 55 49 44 54 49 34
58 67 42 56 66 68 35
71 75 50 55 70 66 41
72 82 72 67 71 83 31
67 61 45 47 62 80 41
64 53 53 58 58 67 34
67 60 47 39 59 74 41
69 62 57 42 55 63 25
68 83 83 45 59 77 35
77 77 54 72 79 77 46
81 90 50 72 60 54 36
74 85 64 69 79 79 63
65 60 65 75 55 80 60
65 70 46 57 75 85 46
50 58 68 54 64 78 52
50 40 33 34 43 64 33
64 61 52 62 66 80 41
53 66 52 50 63 80 37
40 37 42 58 50 57 49
63 54 42 48 66 75 33
66 77 66 63 88 76 72
78 75 58 74 80 78 49
48 57 44 45 51 83 38
85 85 71 71 77 74 55
82 82 39 59 64 78 39
"""
    ),
    sep=" ",
)

# Four items of a made-up scale, one word of answers a person.
TEAMS = {
    "A": "5444 4425 4334 4453",
    "B": "2122 1121 2212 3233 2221 2133",
    "C": "5355 3232 4344",
    "D": "4434 5355 3534 4545 5445 5455 3444",
    "E": "2321 5544 3411 3334 4544",
}
ITEMS = list("abcd")


def answers(words: str) -> pd.DataFrame:
    rows = [[float(mark) if mark.isdigit() else np.nan for mark in word] for word in words.split()]
    return pd.DataFrame(rows, columns=ITEMS[: len(rows[0])])


@pytest.fixture
def teams() -> pd.DataFrame:
    return pd.concat([answers(words).assign(team=team) for team, words in TEAMS.items()], ignore_index=True)


@pytest.fixture
def holes(teams: pd.DataFrame) -> pd.DataFrame:
    """The same people, of whom some skipped items."""
    items = teams[ITEMS].copy()
    for person, skipped in {1: "a", 4: "b", 8: "cd", 19: "a", 24: "abc", 23: "abcd"}.items():
        items.loc[person, list(skipped)] = np.nan
    return items


matrices = (
    st.integers(2, 5)
    .flatmap(
        lambda width: st.lists(st.lists(st.integers(1, 7), min_size=width, max_size=width), min_size=3, max_size=15)
    )
    .map(lambda rows: pd.DataFrame(rows, dtype="float64"))
)


# Reliability


def test_alpha_is_that_of_psych() -> None:
    """x <- alpha(attitude); x$total$raw_alpha; x$feldt; x$item.stats$r.drop; x$alpha.drop$raw_alpha"""
    alpha = cronbach_alpha(ATTITUDE)
    assert alpha.n == 30
    assert (alpha.estimate, alpha.low, alpha.high) == pytest.approx(
        (0.84314276956476, 0.739375685643107, 0.915773072159982)
    )
    assert list(item_rest(ATTITUDE)["r"]) == pytest.approx(
        [
            *(0.671262057223664, 0.742109710222238, 0.560711111480256, 0.714445498133676),
            *(0.786275593834400, 0.265034339196676, 0.460810549468496),
        ]
    )


def test_with_missing_answers_alpha_is_that_of_psych(holes: pd.DataFrame) -> None:
    """x <- alpha(j[rowSums(!is.na(j)) > 1, ], use = u); x$total$raw_alpha; x$item.stats$r.drop; x$alpha.drop"""
    pairwise, complete = cronbach_alpha(holes), cronbach_alpha(holes, "complete")
    assert (pairwise.estimate, pairwise.n) == (pytest.approx(0.882280672558), 23)
    assert (complete.estimate, complete.n) == (pytest.approx(0.884731559973), 19)
    assert (complete.low, complete.high) == pytest.approx((0.768150634482, 0.950647123264))
    table = item_rest(holes)
    assert list(table["r"]) == pytest.approx([0.943193445522, 0.544516157254, 0.706560242547, 0.809907135680])
    assert list(table["alpha_without"]) == pytest.approx(
        [0.767794011160, 0.918205514247, 0.863062714891, 0.822959664468]
    )
    complete_cases = item_rest(holes, "complete")["r"]
    assert list(complete_cases) == pytest.approx([0.900453308560, 0.533384165700, 0.753643262724, 0.835354350061])


def test_with_missing_answers_alphas_interval_is_that_of_the_people_who_are_in_a_pair(holes: pd.DataFrame) -> None:
    """Feldt's, with the mean number of people who answered both items of a pair."""
    alpha = cronbach_alpha(holes)
    pairs = [len(holes[[one, other]].dropna()) for place, one in enumerate(ITEMS) for other in ITEMS[:place]]
    freedom = sum(pairs) / 6 - 1
    low, high = (1 - (1 - alpha.estimate) * stats.f.isf(tail, freedom, freedom * 3) for tail in (0.025, 0.975))  # type: ignore[operator]
    assert (alpha.low, alpha.high) == pytest.approx((low, high))
    dice = np.random.default_rng(2)
    hits = []
    for _ in range(400):  # alpha of four items that correlate .5 is .8
        items = dice.normal(size=(60, 1)) + dice.normal(size=(60, 4))
        items[dice.random(items.shape) < 0.3] = np.nan
        found = cronbach_alpha(pd.DataFrame(items))
        hits.append(found.low <= 0.8 <= found.high)  # type: ignore[operator]
    assert 0.92 < np.mean(hits) < 0.98


def test_omega_is_that_of_psych_and_its_interval_that_of_lavaan() -> None:
    """L <- fa(cor(attitude), nfactors = 1, fm = "ml")$loadings[, 1]; sum(L)^2 / (sum(L)^2 + sum(1 - L^2))

    lavaan: cfa(model, estimator = "MLM"), with om := the same of the standardised loadings, and its standard error on
    the logit. lavaan divides by n - 1 in a place where we divide by n.
    """
    omega = omega_total(ATTITUDE)
    assert omega.n == 30
    assert omega.estimate == pytest.approx(0.840544816900636, abs=1e-6)
    assert (omega.low, omega.high) == pytest.approx((0.739956409288529, 0.907108324927099), abs=0.002)


def test_omega_of_items_that_are_alike_is_alpha() -> None:
    """With tau-equivalent items of one variance both are the same (McDonald 1999)."""
    rng = np.random.default_rng(3)
    parts = np.linalg.qr(rng.normal(size=(200, 6)) - 0)[0]
    parts = np.linalg.qr(parts - parts.mean(axis=0))[0]  # uncorrelated, one variance
    items = pd.DataFrame(parts[:, [0]] + parts[:, 1:])
    assert omega_total(items).estimate == pytest.approx(cronbach_alpha(items).estimate, abs=1e-7)


@given(matrices, st.integers(-50, 50), st.floats(0.1, 10))
def test_alpha_does_not_depend_on_where_the_scale_begins_nor_its_unit(
    items: pd.DataFrame, shift: int, unit: float
) -> None:
    before, after = cronbach_alpha(items), cronbach_alpha(items * unit + shift)
    assert (before.estimate is None) == (after.estimate is None)
    if before.estimate is not None:
        assert after.estimate == pytest.approx(before.estimate, rel=1e-6, abs=1e-6)


@given(matrices)
def test_alpha_lies_within_its_interval_and_a_bigger_confidence_is_wider(items: pd.DataFrame) -> None:
    narrow, wide = cronbach_alpha(items, confidence=0.8), cronbach_alpha(items, confidence=0.99)
    assert wide.estimate == narrow.estimate
    if wide.estimate is not None:
        assert wide.low <= narrow.low <= narrow.estimate + 1e-9 <= narrow.high + 2e-9 <= wide.high + 3e-9


@settings(max_examples=40, deadline=None)
@given(matrices)
def test_omega_is_a_share_or_says_why_not(items: pd.DataFrame) -> None:
    omega = omega_total(items)
    if omega.why is None:
        assert 0 <= omega.low <= omega.estimate <= omega.high <= 1
    else:
        assert omega.low is None


NOTHING = pd.DataFrame({"a": [], "b": [], "c": []}, dtype="float64")


@pytest.mark.parametrize("measure", [cronbach_alpha, omega_total])
@pytest.mark.parametrize(
    "items",
    [
        NOTHING,
        pd.DataFrame({"a": [1, 2, 3]}),
        pd.DataFrame({"a": [1], "b": [2], "c": [3]}),
        pd.DataFrame({"a": [3, 3, 3], "b": [3, 3, 3], "c": [3, 3, 3]}),
        pd.DataFrame({"a": [0.1] * 3, "b": [0.3] * 3, "c": [0.7] * 3}),
        pd.DataFrame({"a": [None] * 3, "b": [None] * 3, "c": [None] * 3}),
        pd.DataFrame({"a": [1, 2, 3, None], "b": [None, None, None, 2], "c": [1, 3, 2, 1]}),
        pd.DataFrame({"a": [1, 2, 3, 4], "b": [4, 3, 2, 1], "c": [2, 2, 2, 2]}),
        pd.DataFrame(index=range(3)),
    ],
    ids=[
        "no people",
        "one item",
        "one person",
        "one answer",
        "rounding",
        "all missing",
        "no pairs",
        "opposites",
        "no items",
    ],
)
def test_what_cannot_be_worked_out_says_why(measure, items: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    found = measure(items)
    assert (found.estimate, found.low, found.high) == (None, None, None)
    assert found.why
    assert "nan" not in repr(found).lower()
    assert "onbekend" in found._repr_html_()


def test_omega_of_twice_the_same_item_says_so_and_a_constant_item_too() -> None:
    twice = ATTITUDE.assign(again=ATTITUDE["rating"])
    assert "exactly the same" in (omega_total(twice).why or "")
    assert "Leave that item out" in (omega_total(ATTITUDE.assign(rating=50)).why or "")


def test_an_item_that_is_almost_the_factor_is_told() -> None:
    rng = np.random.default_rng(1)
    factor = rng.normal(size=60)
    items = pd.DataFrame({name: 0.3 * factor + rng.normal(size=60) for name in "abc"}).assign(d=factor)
    items["a"] = factor + 0.001 * rng.normal(size=60)
    assert "Heywood" in (omega_total(items).note or "")


@pytest.mark.parametrize("measure", [cronbach_alpha, omega_total])
def test_an_item_that_is_still_to_be_reversed_is_told(measure) -> None:  # type: ignore[no-untyped-def]
    forgotten = reversed_items(ATTITUDE, ["complaints"], (0, 100))
    assert item_rest(forgotten).loc["complaints", "r"] < 0
    assert "still to be reversed" in (measure(forgotten).note or "")
    assert measure(ATTITUDE).note is None


def test_an_item_to_which_all_gave_one_answer_has_no_correlation_but_the_others_do() -> None:
    table = item_rest(ATTITUDE.assign(rating=50))
    assert table.loc["rating", "r"] is pd.NA
    assert table["r"].drop("rating").notna().all()


@pytest.mark.parametrize("column", [["a", "b", "c"], [True, False, True], [1, float("inf"), 2], [1, "2", 3]])
def test_columns_that_are_no_numbers_are_an_error(column: list[object]) -> None:
    with pytest.raises(BedoelingError) as error:
        cronbach_alpha(pd.DataFrame({"x": column, "y": [1, 2, 3]}))
    assert "x" in error.value.message("en")
    assert error.value.name == "not_a_number"


def test_columns_of_any_number_type_do(teams: pd.DataFrame) -> None:
    expected = cronbach_alpha(teams[ITEMS]).estimate
    for kind in ("int8", "Int64", "Float32", "object"):
        assert cronbach_alpha(teams[ITEMS].astype(kind)).estimate == expected


# Scores


def test_a_score_needs_half_of_the_items_or_a_given_number() -> None:
    people = answers("1234 12.. 1... ....")
    assert list(scale_scores(people, ITEMS)) == [2.5, 1.5, pd.NA, pd.NA]
    assert list(scale_scores(people, ITEMS, missing=1)) == [2.5, 1.5, 1.0, pd.NA]
    assert list(scale_scores(people, ITEMS, missing=4)) == [2.5, pd.NA, pd.NA, pd.NA]
    assert list(scale_scores(people, ITEMS[:3])) == [2.0, 1.5, pd.NA, pd.NA]  # half of three is two


def test_items_are_turned_round_by_the_ends_of_their_scale() -> None:
    people = answers("2222 3.23")  # nobody used the ends
    assert list(scale_scores(people, ITEMS, ["a"], ends=(1, 5))) == [2.5, pytest.approx(8 / 3)]
    assert reversed_items(people, ["a", "b"], (0, 10))["b"].tolist() == pytest.approx([8, np.nan], nan_ok=True)
    assert people["a"].tolist() == [2, 3]


@given(matrices)
def test_turning_round_twice_changes_nothing(items: pd.DataFrame) -> None:
    items = items.rename(columns=str)
    twice = reversed_items(reversed_items(items, ["0"], (1, 7)), ["0"], (1, 7))
    pd.testing.assert_frame_equal(twice, items)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"items": ["a", "z"]}, "z"),
        ({"items": []}, "at least one item"),
        ({"items": ["a", "a"]}, "twice"),
        ({"items": ITEMS, "reversed": ["z"], "ends": (1, 5)}, "z cannot be reversed"),
        ({"items": ITEMS, "reversed": ["a"]}, "ends=(1, 5)"),
        ({"items": ITEMS, "reversed": ["a"], "ends": (5, 1)}, "begins below"),
        ({"items": ITEMS, "reversed": ["a"], "ends": (1, 4)}, "outside the scale from 1 to 4"),
        ({"items": ITEMS, "missing": 0}, "from 1 to 4"),
        ({"items": ITEMS, "missing": 5}, "from 1 to 4"),
        ({"items": ITEMS, "missing": "some"}, "half"),
    ],
)
def test_an_impossible_score_says_what_to_do(teams: pd.DataFrame, rule: dict[str, object], says: str) -> None:
    with pytest.raises(BedoelingError) as error:
        scale_scores(teams, **rule)  # type: ignore[arg-type]
    assert says in error.value.message("en")


# Agreement


def by_team(found: Agreement) -> list[object]:
    return list(found.groups["agreement"])


def test_agreement_is_that_of_multilevel(teams: pd.DataFrame) -> None:
    """rwg.j(i, team, ranvar = 2), with ranvar = 1.34, rwg(a, team, ranvar = 2); awg(i, team, range = c(1, 5)), of a"""
    even = rwg_j(teams, "team")
    assert by_team(even) == pytest.approx(
        [0.879432624113, 0.919896640827, 0.740740740741, 0.911487758945, 0.436974789916]
    )
    assert list(even.groups["n"]) == [4, 6, 3, 7, 5]
    assert by_team(rwg_j(teams, "team", null="skewed")) == pytest.approx(
        [0.781040700670, 0.864391951006, 0.372759856631, 0.848014487130, 0]
    )
    assert by_team(rwg(teams, "team", "a")) == pytest.approx([0.875, 0.8, 0.5, 0.595238095238, 0.35])
    assert by_team(awg(teams, "team")) == pytest.approx(
        [0.630303030303, 0.682539682540, 0.505357142857, 0.600288600289, 0.286805555556]
    )
    one = awg(teams[["team", "a"]], "team")
    assert by_team(one) == [
        pd.NA,
        *map(pytest.approx, [0.777777777778]),
        pd.NA,
        *map(pytest.approx, [0.484848484848, 0.458333333333]),
    ]
    assert "too near an end" in one.groups.loc["A", "why"]
    assert one.n == 18  # the people of the teams with a value


def test_the_whole_is_the_mean_over_groups_with_students_interval(teams: pd.DataFrame) -> None:
    """t.test(rwg.j(i, team, ranvar = 2)$rwg.j)$conf.int"""
    found = rwg_j(teams, "team")
    assert found.estimate == pytest.approx(0.777706510908)
    assert (found.low, found.high) == pytest.approx((0.524815009198, 1))  # 1.0306, cut off at 1


def test_more_divided_than_chance_is_set_to_zero_and_told() -> None:
    found = rwg_j(pd.DataFrame({"a": [1, 5, 1, 5], "team": "x"}), "team")
    assert (found.estimate, found.low) == (0, None)
    assert "count as 0" in (found.note or "")
    assert found.groups.loc["x", "why"] == "More divided than chance; set to 0."


def test_all_at_one_end_is_full_agreement_and_two_ends_is_none() -> None:
    frame = pd.DataFrame({"a": [5, 5, 5, 1, 5, 1, 5], "team": list("xxxyyyy")})
    assert by_team(awg(frame, "team")) == [1, -1]  # M = 3, s² = 16/3: 1 - 2 · (16/3) / (4 · 4/3)


def test_a_person_who_skipped_an_item_still_counts_for_the_others(teams: pd.DataFrame) -> None:
    teams.loc[0, "a"] = np.nan
    variances = teams[teams["team"] == "A"][ITEMS].var().mean() / 2
    assert rwg_j(teams, "team").groups.loc["A", "agreement"] == pytest.approx(
        4 * (1 - variances) / (4 * (1 - variances) + variances)
    )
    assert rwg_j(teams, "team").groups.loc["A", "n"] == 4


@pytest.mark.parametrize("measure", [rwg_j, awg])
def test_groups_of_one_and_no_answers_say_why(measure) -> None:  # type: ignore[no-untyped-def]
    alone = measure(pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3], "team": list("xyz")}), "team")
    assert (alone.estimate, alone.why) == (None, "Fewer than two people answered each item.")
    assert list(alone.groups["agreement"]) == [pd.NA] * 3
    for frame in (
        pd.DataFrame({"a": [], "team": []}),
        pd.DataFrame({"a": [None, None], "team": ["x", "x"]}),
        pd.DataFrame({"a": [1, 2], "team": [None, None]}),
        pd.DataFrame({"team": ["x", "x"]}),
    ):
        assert measure(frame, "team").estimate is None
        assert measure(frame, "team").why


def test_groups_may_be_a_series_of_their_own(teams: pd.DataFrame) -> None:
    assert by_team(rwg_j(teams[ITEMS], teams["team"])) == by_team(rwg_j(teams, "team"))
    with pytest.raises(BedoelingError, match="index"):
        rwg_j(teams[ITEMS], teams["team"].iloc[::-1])


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"group": "unit"}, "no column unit"),
        ({"group": "team", "options": 1}, "at least 2 options"),
        ({"group": "team", "options": 3}, "further apart than 3"),
        ({"group": "team", "null": "normal"}, "rectangular, skewed"),
        ({"group": "team", "null": 0.0}, "variance 0.0"),
        ({"group": "team", "null": "skewed", "options": 7}, "give its variance"),
        ({"group": "team", "confidence": 95}, "between 0 and 1"),
    ],
)
def test_impossible_options_say_what_to_do(teams: pd.DataFrame, rule: dict[str, object], says: str) -> None:
    with pytest.raises(BedoelingError) as error:
        rwg_j(teams, **rule)  # type: ignore[arg-type]
    assert says in error.value.message("en")


# Intraclass correlation


def test_icc_is_that_of_multilevel(teams: pd.DataFrame) -> None:
    """m <- aov(rowMeans(i) ~ team); ICC1(m); ICC2(m); and with k = (N - sum(n^2)/N) / (G - 1):

    FL <- F / qf(.975, G - 1, N - G); (FL - 1) / (FL + k - 1); 1 - 1 / FL; FU <- F * qf(.975, N - G, G - 1)
    """
    found = icc(teams, "team")
    assert (found.groups, found.n, found.size) == (5, 25, pytest.approx(4.9))
    assert (found.icc1.estimate, found.icc1.low, found.icc1.high) == pytest.approx(
        (0.632763366754, 0.256075480832, 0.942169686102)
    )
    assert (found.icc2.estimate, found.icc2.low, found.icc2.high) == pytest.approx(
        (0.894100278235, 0.627794760229, 0.987628455067)
    )
    assert icc(teams, "team", size="mean").icc1.estimate == pytest.approx(0.628056320051)


def test_icc_of_shrout_and_fleiss() -> None:
    """Their example (1979): ICC(1,1) = .17 and ICC(1,4) = .44; intervals of psych::ICC(x, lmer = FALSE)."""
    targets = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    rows = [(target, score) for target, scores in enumerate(targets) for score in scores]
    found = icc(pd.DataFrame(rows, columns=["target", "score"]), "target")
    assert (found.estimate, found.low, found.high) == pytest.approx((0.165741768405, -0.132932324875, 0.722560062328))
    second = found.icc2
    assert (second.estimate, second.low, second.high) == pytest.approx(
        (0.442797133679, -0.884442155238, 0.912415420341)
    )


def test_rows_with_the_same_index_and_groups_of_any_type_do(teams: pd.DataFrame) -> None:
    again = teams.assign(team=teams["team"].astype("category").cat.add_categories(["Z"])).set_axis([0] * len(teams))
    assert icc(again, "team") == icc(teams, "team")
    assert by_team(rwg_j(again, "team")) == by_team(rwg_j(teams, "team"))
    assert list(scale_scores(again, ITEMS)) == list(scale_scores(teams, ITEMS))


def test_the_design_effect_follows_from_icc1(teams: pd.DataFrame) -> None:
    first, effect = icc(teams, "team").icc1, design_effect(teams, "team")
    size = sum(n**2 for n in (4, 6, 3, 7, 5)) / 25
    for part in ("estimate", "low", "high"):
        assert getattr(effect, part) == pytest.approx(1 + (size - 1) * getattr(first, part))


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=40),
    st.permutations(["wekerom", 7, "ede", 3.5, None]),
)
def test_icc_does_not_depend_on_the_names_nor_the_order_of_groups(
    rows: list[tuple[int, int]], names: list[object]
) -> None:
    frame = pd.DataFrame(rows, columns=["group", "score"])
    frame = frame[frame["group"] != 4]
    named = frame.assign(group=frame["group"].map(dict(enumerate(str(name) for name in names)))).iloc[::-1]
    one, other = icc(frame, "group"), icc(named, "group")
    assert (one.n, one.groups, one.why) == (other.n, other.groups, other.why)
    numbers = ["estimate", "low", "high"]
    pd.testing.assert_frame_equal(one.to_frame()[numbers], other.to_frame()[numbers], atol=1e-9)


def test_groups_that_differ_less_than_chance_have_a_negative_icc_and_it_is_told() -> None:
    found = icc(pd.DataFrame({"score": [1, 5, 1, 5, 2, 4], "group": list("aabbcc")}), "group")
    assert found.icc1.estimate == pytest.approx(-1)
    assert (found.icc2.estimate, found.icc2.why) == (None, "All groups have the same mean.")
    assert "Under 0" in (found.icc1.note or "")


def test_people_who_agree_fully_within_groups_have_an_icc_of_one() -> None:
    found = icc(pd.DataFrame({"score": [0.1, 0.1, 0.1, 0.7, 0.7, 0.7], "group": list("aaabbb")}), "group")
    for part in (found.icc1, found.icc2):
        assert (part.estimate, part.low, part.high) == (1, 1, 1)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (pd.DataFrame({"score": [1, 2, 3], "group": ["a"] * 3}), "two groups"),
        (pd.DataFrame({"score": [1, 2, 3], "group": list("abc")}), "only one person"),
        (pd.DataFrame({"score": [2, 2, 2], "group": list("aab")}), "same answers"),
        (pd.DataFrame({"score": [None, None], "group": list("ab")}), "two groups"),
        (pd.DataFrame({"score": [], "group": []}), "two groups"),
    ],
)
def test_an_icc_that_cannot_be_worked_out_says_why(frame: pd.DataFrame, why: str) -> None:
    found = icc(frame, "group")
    assert (found.estimate, found.icc2.estimate, found.design_effect.estimate) == (None, None, None)
    assert why in (found.why or "")
    assert "nan" not in repr(found).lower()

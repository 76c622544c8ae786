"""Trends against SciPy and a second way of counting; nothing about small groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from bedoeling_nb.analysis import frames, steering, trends
from bedoeling_nb.analysis.trends import Group
from bedoeling_nb.community import PERIOD_KINDS, Period, start_of_day
from tests.analysis.conftest import CORNERS, DAY, LATER, Community


def energies(values: list[int], person: str = "p") -> list[tuple[str, str, str, dict[str, object]]]:
    return [("voelen", "1", f"{person}{place}", {"energy": value}) for place, value in enumerate(values)]


@pytest.mark.parametrize("by", ["unit", "location"])
def test_means_and_intervals_are_those_of_scipy(sample_answers: pd.DataFrame, by: Group) -> None:
    table = trends.scales(sample_answers, by=by, confidence=0.9)
    rows = sample_answers[sample_answers["item"].isin(["energy", "safety", "lead"])].dropna(subset=["value_number"])
    shown = table[~table["withheld"]]
    assert len(shown) > 50
    for one in shown.sample(25, random_state=1).to_dict("records"):
        item = one["item"].split(".")[1]
        cell = rows[(rows[by] == one[by]) & (rows["quarter"] == one["quarter"]) & (rows["item"] == item)]
        large = [held["value_number"] for _, held in cell.groupby("session", observed=True) if len(held) >= 5]
        values = np.concatenate(large).astype(float)
        interval = stats.ttest_1samp(values, 0).confidence_interval(0.9)
        if len(large) >= trends.MEETINGS:
            told = pd.DataFrame({"score": values, "meeting": np.repeat(range(len(large)), [len(one) for one in large])})
            squares = anova_lm(ols("score ~ C(meeting)", told).fit())["mean_sq"].to_numpy()
            sizes = told["meeting"].value_counts().to_numpy()
            between = (squares[0] - squares[1]) / ((len(told) - sizes @ sizes / len(told)) / (len(large) - 1))
            variance = (max(between, 0) * (sizes @ sizes) + squares[1] * len(told)) / len(told) ** 2
            interval = stats.t.interval(0.9, len(large) - 1, values.mean(), variance**0.5)
        assert (one["n"], one["mean"]) == (len(values), pytest.approx(values.mean()))
        if by != "unit" and 1 < len(large) < trends.MEETINGS:
            assert pd.isna([one["low"], one["high"]]).all()
        else:
            assert (one["low"], one["high"]) == pytest.approx(tuple(interval))


def test_the_interval_of_many_teams_holds_the_truth_as_often_as_it_says() -> None:
    """Ten teams of eight, ICC .2: taken as eighty people it would hold 79 %."""
    dice = np.random.default_rng(4)
    teams, quarters = 10, 400
    true = np.repeat(dice.normal(0, 0.2**0.5, (quarters, teams)), 8)
    place = np.arange(quarters * teams * 8)
    rows = pd.DataFrame(
        {
            "unit": (place // (8 * teams)).astype("str"),
            "session": (place // 8).astype("str"),
            "participant": place.astype("str"),
            "value_number": true + dice.normal(0, 0.8**0.5, len(place)),
        }
    ).assign(step="voelen", item="energy", column="energy", entry="1", k=5, held_on=pd.Timestamp(2026, 3, 1))
    table = trends.scales(rows)
    held = ((table["low"] <= 0) & (table["high"] >= 0)).mean()
    assert len(table) == quarters
    assert 0.92 < held < 0.98


def test_of_a_few_teams_no_change_is_clear(community: Community) -> None:
    for team in ("wekerom-01", "wekerom-02"):
        community.hold(team, DAY, energies([1, 1, 2, 1, 1]))
        community.hold(team, LATER, energies([9, 9, 8, 9, 9]))
    answers = frames.answers(community.store)
    for by, place, clear in (("location", "wekerom", False), ("unit", "wekerom-01", True)):
        table = trends.scales(answers, by=by)
        found = steering.change(table[table[by] == place], "voelen.energy", "2026-Q2", "quarter")
        assert found
        assert (found[0], found[1].clear) == ("2026-Q1", clear)


def test_the_balance_is_the_closed_geometric_mean(sample_answers: pd.DataFrame) -> None:
    table = trends.balance(sample_answers)
    rows = sample_answers[sample_answers["item"] == "promise"].dropna(subset=["value_number"])
    assert table[list(CORNERS)].dropna().sum(axis=1).to_numpy(dtype=float) == pytest.approx(1)
    for one in table[~table["withheld"]].sample(10, random_state=1).to_dict("records"):
        cell = rows[(rows["unit"] == one["unit"]) & (rows["quarter"] == one["quarter"])]
        means = [
            stats.gmean(cell.loc[cell["column"] == f"promise.{corner}", "value_number"].to_numpy(dtype=float))
            for corner in CORNERS
        ]
        assert [one[corner] for corner in CORNERS] == pytest.approx(list(np.array(means) / sum(means)))
        assert one["n"] == cell["participant"].nunique()


def test_fewer_than_k_people_are_withheld_and_never_nan(community: Community) -> None:
    community.hold("wekerom-01", DAY, energies([1, 2, 3, 4]))
    community.hold("wekerom-02", DAY, energies([5, 5, 5, 5, 5]))
    community.hold("wekerom-02", LATER, energies([5, 5, 5, 5, 5]), k=6)
    table = trends.scales(frames.answers(community.store)).set_index(["unit", "quarter"])
    small = table.loc[("wekerom-01", "2026-Q1")]
    assert (small["n"], small["needed"], small["withheld"]) == (4, 5, True)
    assert all(small[part] is pd.NA for part in ("mean", "low", "high"))
    assert table.loc[("wekerom-02", "2026-Q2"), "withheld"]  # this session asked for six
    alike = table.loc[("wekerom-02", "2026-Q1")]
    assert (alike["mean"], alike["low"], alike["high"], alike["withheld"]) == (5, 5, 5, False)


def test_a_small_session_does_not_follow_from_the_total(community: Community) -> None:
    """Five and two people: a total of seven would give the two away, as the five are known from their report."""
    community.hold("wekerom-01", DAY, energies([4, 5, 6, 7, 8]))
    community.hold("wekerom-02", DAY, energies([0, 0]))
    one = trends.scales(frames.answers(community.store), by="location").iloc[0]
    assert (one["n"], one["mean"]) == (5, 6)


def test_three_people_who_met_twice_are_not_six(community: Community) -> None:
    community.hold("wekerom-01", DAY, energies([4, 5, 6], "a"))
    community.hold("wekerom-01", DAY.replace(day=1, month=3), energies([4, 5, 6], "b"))
    table = trends.scales(frames.answers(community.store))
    assert list(table["withheld"]) == [True]


def test_nothing_gives_the_same_columns(nothing: frames.Reading, sample_answers: pd.DataFrame) -> None:
    empty = frames.answer_frame(nothing)
    for make in (trends.scales, trends.balance):
        assert make(empty).empty
        assert dict(make(empty).dtypes) == dict(make(sample_answers).dtypes)


def test_months_and_years_are_counted_as_quarters_are(community: Community) -> None:
    for month, energy in ((1, 2), (2, 4), (4, 9)):
        community.hold("wekerom-01", datetime(2026, month, 10, 9, tzinfo=UTC), energies([energy] * 5))
    answers = frames.answers(community.store)
    means = {
        kind: dict(zip(table[kind], table["mean"], strict=True))
        for kind in PERIOD_KINDS
        for table in [trends.scales(answers, per=kind)]
    }
    assert means == {
        "month": {"2026-01": 2, "2026-02": 4, "2026-04": 9},
        "quarter": {"2026-Q1": 3, "2026-Q2": 9},
        "year": {"2026": 5},
    }


def test_a_reading_of_the_past_holds_what_there_was(community: Community) -> None:
    """The last evening of March here is still March, though it is nearly midnight."""
    evening = datetime(2026, 3, 31, 21, 59, tzinfo=UTC)
    community.hold("wekerom-01", evening, energies([2] * 5))
    community.hold("wekerom-01", evening + timedelta(minutes=1), energies([8] * 5))
    until = start_of_day(Period.parse("2026-Q1").end)
    answers = frames.answer_frame(frames.read(community.store, until=until))
    assert list(trends.scales(answers)["mean"]) == [2]
    assert list(trends.scales(frames.answers(community.store))["quarter"]) == ["2026-Q1", "2026-Q2"]


def test_each_person_is_one_point_and_a_small_session_is_in_none(community: Community) -> None:
    def placed(person: str, entry: str, *shares: float) -> tuple[str, str, str, dict[str, object]]:
        return "zien", entry, person, {"seen": "x", "promise": dict(zip(CORNERS, shares, strict=True))}

    first = [placed("p0", "1", 0.5, 0.25, 0.25), placed("p0", "2", 0.25, 0.5, 0.25)]
    community.hold("wekerom-01", DAY, first + [placed(f"p{number}", "1", 0.2, 0.3, 0.5) for number in range(1, 5)])
    community.hold("wekerom-02", DAY, [placed(f"q{number}", "1", 0.8, 0.1, 0.1) for number in range(4)])
    answers = frames.answers(community.store)
    found = trends.people(answers, Period.parse("2026-Q1"))
    middle = stats.gmean([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])
    expected = [[0.2, 0.3, 0.5]] * 4 + [list(middle / middle.sum())]
    assert list(found.columns) == list(CORNERS)
    np.testing.assert_allclose(found.to_numpy(), expected, atol=1e-12)
    assert trends.people(answers, Period.parse("2026-Q2")).empty
    community.hold("wekerom-01", DAY.replace(day=20), [placed(f"p{number}", "1", 0.2, 0.3, 0.5) for number in range(5)])
    again = frames.answers(community.store)
    assert len(trends.people(again, Period.parse("2026-Q1"))) == 5  # the same five people twice are not ten

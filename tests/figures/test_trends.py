"""Trends as pictures: every shown number is in the words, what is withheld is said to be."""

from __future__ import annotations

import math
import re
from itertools import combinations

import pandas as pd
import pytest

from bedoeling_nb.analysis.promises import balance
from bedoeling_nb.figures import Figure, Listing, triad
from bedoeling_nb.figures.cloud import draw_cloud
from bedoeling_nb.figures.trends import draw_balance, draw_scales, draw_shares
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.instruments.kinds.triad import Triad

SCALES = pd.DataFrame(
    {
        "unit": ["<b>nest</b>", "<b>nest</b>", "other"],
        "quarter": ["2026-Q1", "2026-Q2", "2026-Q1"],
        "item": "voelen.energy",
        "n": [8, 3, 9],
        "mean": [6.25, pd.NA, 4.0],
        "low": [5.5, pd.NA, 3.0],
        "high": [7.0, pd.NA, 5.0],
        "withheld": [False, True, False],
        "needed": [pd.NA, 5, pd.NA],
    }
)
BALANCE = pd.DataFrame(
    {
        "unit": "nest",
        "quarter": ["2026-Q1", "2026-Q2"],
        "n": [8, 3],
        "good_life": [0.5, pd.NA],
        "good_work": [0.3, pd.NA],
        "healthy_organisation": [0.2, pd.NA],
        "withheld": [False, True],
        "needed": [pd.NA, 5],
    }
)


def test_means_are_told_and_a_small_quarter_is_not(script: Instrument) -> None:
    figure = draw_scales(SCALES, script, "<b>nest</b>", "en")
    assert isinstance(figure, Figure)
    assert "Q1 2026: 6.2 (5.5 – 7, n = 8); Q2 2026: –." in figure.alt
    assert "<b>" not in figure._repr_html_()
    assert figure.svg() == draw_scales(SCALES, script, "<b>nest</b>", "en").svg()  # type: ignore[union-attr]


def test_the_balance_is_a_numbered_point_a_quarter(script: Instrument) -> None:
    item = script.step("zien").item("promise")
    assert isinstance(item, Triad)
    figure = draw_balance(BALANCE, item, "nest", "en")
    assert "1st quarter 2026: Good life 50 %, Good work 30 %, Healthy organisation 20 % (8 people)" in figure.alt
    assert "2nd quarter 2026: too few answers." in figure.alt


def test_a_place_in_the_triangle_is_the_mean_of_its_corners_by_their_shares() -> None:
    corners = [triad.place(corner, 100) for corner in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    assert corners[0] == (100, triad.TOP)
    for one, other in combinations(corners, 2):
        assert math.dist(one, other) == pytest.approx(triad.SIDE)
    shares = (0.5, 0.3, 0.2)
    middle = [sum(share * corner[axis] for share, corner in zip(shares, corners, strict=True)) for axis in (0, 1)]
    assert triad.place(shares, 100) == pytest.approx(middle)


def test_the_shares_are_bars_of_which_a_small_quarter_and_one_without_a_meeting_are_empty(script: Instrument) -> None:
    item = script.step("zien").item("promise")
    assert isinstance(item, Triad)
    later = BALANCE.tail(1).assign(quarter="2026-Q4")
    figure = draw_shares(pd.concat([BALANCE, later]), item, "nest", "en")
    assert "1st quarter 2026: Good life 50 %, Good work 30 %, Healthy organisation 20 % (8 people)" in figure.alt
    assert "2nd quarter 2026: too few answers; 3rd quarter 2026: no meeting; 4th quarter 2026: too few" in figure.alt
    assert "3 people" not in figure.alt
    page = figure._repr_html_()
    widths = [float(width) for width in re.findall(r"width:([\d.]+)%", page)]
    assert widths == [50, 30, 20]
    assert 'aria-label="Good life 50 %, Good work 30 %, Healthy organisation 20 %"' in page
    assert page.count("Too few answers") == 2
    assert "3 people" not in page


@pytest.mark.parametrize("table", [SCALES, BALANCE])
def test_an_unknown_place_is_a_sentence(table: pd.DataFrame, script: Instrument) -> None:
    item = script.step("zien").item("promise")
    assert isinstance(item, Triad)
    drawn = draw_scales(table, script, "x", "en") if "item" in table else draw_balance(table, item, "x", "en")
    assert isinstance(drawn, Listing)
    assert "No answers yet." in drawn.alt


def test_a_cloud_says_in_words_what_it_shows(script: Instrument) -> None:
    item = script.step("zien").item("promise")
    assert isinstance(item, Triad)
    spread = pd.DataFrame(
        [[0.6, 0.2, 0.2], [0.5, 0.3, 0.2], [0.55, 0.2, 0.25], [0.6, 0.15, 0.25], [0.5, 0.25, 0.25]],
        columns=["good_life", "good_work", "healthy_organisation"],
    )
    figure = draw_cloud(spread, balance(spread), item, "Where everybody stood", "en")
    assert "5 people, each a dot." in figure.alt
    assert "This is clearly out of balance." in figure.alt
    assert figure.svg().count("<path") > 15
    same = pd.concat([spread.iloc[:1]] * 5)  # nobody differs: there is no region
    assert "too few answers to tell" in draw_cloud(same, balance(same), item, "x", "en").alt

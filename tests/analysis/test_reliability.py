"""Reliability of the scales of a wave: who has a score there is who has one everywhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from bedoeling_nb.analysis.reliability import _rows
from bedoeling_nb.instruments import find


def test_what_teams_explain_is_of_those_who_have_a_score_by_the_rule_of_the_scale() -> None:
    script = find("climate")
    scale = next(one for one in script.scales if len(one.items) > 2)
    paths = list(scale.items)
    strict = scale.model_copy(update={"at_least": len(paths), "reversed": ()})
    dice = np.random.default_rng(1)
    people = pd.DataFrame(dice.integers(1, 6, (60, len(paths))).astype("float64"), columns=paths)
    people = people.mask(dice.random(people.shape) < 0.15).astype("Float64").assign(unit=np.repeat(list("abcd"), 15))
    rows = _rows(people, script, strict, 5, 0.95, "adjusted")
    complete = people.dropna()
    told = pd.DataFrame({"score": complete[paths].mean(axis=1).astype("float64"), "unit": complete["unit"]})
    between, within = anova_lm(ols("score ~ unit", told).fit())["mean_sq"]
    found = {one["measure"]: one for one in rows}
    assert (found["icc2"]["n"], found["icc2"]["estimate"]) == (len(told), pytest.approx((between - within) / between))

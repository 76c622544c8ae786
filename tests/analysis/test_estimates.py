"""An estimate in words, in both languages."""

from __future__ import annotations

import pandas as pd
import pytest

from bedoeling_nb.analysis.estimates import Estimate, by_group, numeric
from bedoeling_nb.errors import BedoelingError

ALPHA = Estimate(name="Cronbach's alpha", estimate=0.84314, low=0.7394, high=0.9158, n=1030)


def test_it_reads_as_a_sentence() -> None:
    assert repr(ALPHA) == "Cronbach's alpha: 0.84 (95 % interval 0.74 to 0.92); n = 1,030."
    assert ALPHA.words("nl") == "Cronbachs alfa: 0,84 (95 %-interval 0,74 tot 0,92); n = 1.030."
    assert "<strong>Cronbachs alfa</strong>: 0,84 (95 %-interval 0,74 tot 0,92); n = 1.030" in ALPHA._repr_html_()


def test_what_is_missing_is_said_in_its_place() -> None:
    none = Estimate(name="Cronbach's alpha", n=2, why="At least two items are needed.")
    assert repr(none) == "Cronbach's alpha: unknown; n = 2. At least two items are needed."
    assert none.words("nl") == "Cronbachs alfa: onbekend; n = 2. Er zijn minstens twee vragen nodig."
    row = none.to_frame().iloc[0]
    assert (row["estimate"], row["low"], row["high"]) == (pd.NA, pd.NA, pd.NA)
    assert row["why"] == "At least two items are needed."


def test_a_small_negative_number_is_no_negative_nought() -> None:
    assert "0.00 (90 % interval 0.00 to 0.00)" in repr(
        Estimate(name="Cohen's d", estimate=-0.001, low=-0.004, high=0.004, n=9, confidence=0.9)
    )


def test_it_is_frozen() -> None:
    with pytest.raises(AttributeError):
        ALPHA.estimate = 1.0  # type: ignore[misc]


def test_a_frame_is_checked_column_by_column() -> None:
    frame = pd.DataFrame({"a": [1, None], "b": ["x", "y"], "team": ["t", None]})
    assert numeric(frame, ["a"])["a"].dtype == "float64"
    with pytest.raises(BedoelingError) as unknown:
        numeric(frame, ["a", "c"])
    assert unknown.value.message("nl") == "Er is geen kolom c. Kies uit: a, b, team."
    with pytest.raises(BedoelingError) as words:
        numeric(frame)
    assert words.value.message("nl").startswith("In de kolom b staat iets anders dan getallen.")
    with pytest.raises(BedoelingError, match="twice"):
        numeric(pd.concat([frame[["a"]], frame[["a"]]], axis=1))


def test_rows_without_a_group_are_left_out() -> None:
    items, groups = by_group(pd.DataFrame({"a": [1, 2, 3], "team": ["t", None, "u"]}), "team")
    assert list(items["a"]) == [1, 3]
    assert list(groups) == ["t", "u"]

"""A threshold can be raised and not lowered."""

from __future__ import annotations

import pytest

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.privacy import TEXT_K, K, Threshold


def test_numbers_need_five_people_and_texts_eight() -> None:
    assert (Threshold().k, Threshold().text_k) == (K, TEXT_K) == (5, 8)


def test_a_unit_may_ask_for_more_people() -> None:
    raised = Threshold().raised(k=7)
    assert raised == Threshold(7, 8)
    assert raised.raised(text_k=12) == Threshold(7, 12)
    assert raised.raised() == raised


@pytest.mark.parametrize(("k", "text_k"), [(4, 8), (5, 7), (0, 8)])
def test_never_fewer_than_the_house_allows(k: int, text_k: int) -> None:
    with pytest.raises(BadRequest) as caught:
        Threshold(k, text_k)
    assert "kan alleen groter worden" in caught.value.message()


def test_what_was_raised_is_not_lowered_again() -> None:
    with pytest.raises(BadRequest):
        Threshold(9, 12).raised(k=8)
    with pytest.raises(BadRequest):
        Threshold(9, 12).raised(text_k=11)

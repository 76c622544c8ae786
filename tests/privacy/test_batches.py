"""Live pictures move by groups: what is shown at one moment never differs by fewer than k people from the next."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bedoeling_nb.privacy import in_batches

people = st.lists(st.integers(0, 12), max_size=60)


@given(people, st.integers(2, 6))
def test_between_two_pictures_at_least_k_people_said_something(told: list[int], k: int) -> None:
    pictures = [in_batches(list(enumerate(told[:n])), lambda one: one[1], k)[0] for n in range(len(told) + 1)]
    for before, after in pairwise(pictures):
        assert after[: len(before)] == before
        new = {person for _, person in after[len(before) :]}
        assert not new or len(new) >= k


@given(people, st.integers(2, 6))
def test_all_is_shown_or_waits_and_fewer_than_k_wait(told: list[int], k: int) -> None:
    shown, waiting = in_batches(told, lambda one: one, k)
    assert set(told[len(shown) :]) == waiting
    assert len(waiting) < k

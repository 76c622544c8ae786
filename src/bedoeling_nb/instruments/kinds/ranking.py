"""In which order?"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Choosable, Summary
from bedoeling_nb.texts import N_


class Ranking(Choosable):
    """All options in order. Value: the ids, best first."""

    kind: Literal["ranking"] = "ranking"

    def check_value(self, value: Any) -> list[str]:
        """Each option once."""
        ids = [option.id for option in self.options]
        if (
            not isinstance(value, list)
            or not all(isinstance(one, str) for one in value)
            or sorted(value) != sorted(ids)
        ):
            raise InvalidAnswer(N_("Put each of the {n} options in the order once."), n=len(ids))
        return list(value)

    def regroup(self, value: Any, group: Callable[[str], str | None]) -> list[str]:
        """A merged option stands where the best of its parts stood; options that came later stand last."""
        kept = dict.fromkeys(one for one in map(group, value) if one)
        return list(kept | dict.fromkeys(option.id for option in self.options))

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """Mean rank (1 is best) and how many people put each option first."""
        first = Counter(answer.value[0] for answer in answers if answer.value)
        ids = [option.id for option in self.options]
        return {
            "mean_rank": {one: statistics.fmean(answer.value.index(one) + 1 for answer in answers) for one in ids},
            "first": {one: first[one] for one in ids},
        }

    def columns(self, value: Any) -> dict[str, Any]:
        """The rank of each option."""
        return {f"{self.id}.{option.id}": value.index(option.id) + 1 for option in self.options}

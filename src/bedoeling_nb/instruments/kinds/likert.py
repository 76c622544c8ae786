"""How much do you agree?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Item, Summary, Text, Translated, counted, shown
from bedoeling_nb.texts import N_

AGREEMENT: tuple[Text, ...] = (
    Translated(nl="helemaal oneens", en="strongly disagree"),
    Translated(nl="oneens", en="disagree"),
    Translated(nl="niet eens, niet oneens", en="neither agree nor disagree"),
    Translated(nl="eens", en="agree"),
    Translated(nl="helemaal eens", en="strongly agree"),
)


class Likert(Item):
    """A scale of which each point has a label. Value: a whole number, `first` for the first label."""

    kind: Literal["likert"] = "likert"
    labels: tuple[Text, ...] = Field(default=AGREEMENT, min_length=2, max_length=11)
    first: int = 1

    @property
    def points(self) -> range:
        """The possible values, in order."""
        return range(self.first, self.first + len(self.labels))

    def check_value(self, value: Any) -> int:
        """One of the points."""
        if isinstance(value, bool) or not isinstance(value, int) or value not in self.points:
            raise InvalidAnswer(
                N_("{value} is not a point from {low} to {high}."),
                value=shown(value),
                low=self.points[0],
                high=self.points[-1],
            )
        return value

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """How many people chose each point, and the mean."""
        values = [answer.value for answer in answers]
        return {"counts": counted(values, self.points), "mean": statistics.fmean(values)}

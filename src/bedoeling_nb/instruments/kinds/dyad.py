"""Between two poles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from bedoeling_nb.instruments.item import Answer, Item, Summary, Text, number, spread


class Dyad(Item):
    """A place between two poles. Value: the share towards the right pole, 0 to 1, in hundredths."""

    kind: Literal["dyad"] = "dyad"
    left: Text
    right: Text

    def check_value(self, value: Any) -> float:
        """A share, rounded to hundredths."""
        return round(float(number(value, 0, 1)), 2)

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """Mean, median and a histogram of 20 bins."""
        return spread([answer.value for answer in answers], 0.0, 1.0, 20)

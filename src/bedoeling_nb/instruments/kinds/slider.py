"""How much, from low to high?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Item, Summary, Text, misplaced, number, shown, spread
from bedoeling_nb.texts import N_


class Slider(Item):
    """A number from min to max in steps. Value: the number."""

    kind: Literal["slider"] = "slider"
    min: FiniteFloat = 0
    max: FiniteFloat = 10
    step: FiniteFloat = Field(default=1, gt=0)
    low: Text
    high: Text

    @model_validator(mode="after")
    def _whole_steps(self) -> Self:
        steps = (self.max - self.min) / self.step
        if not 1 <= steps <= 1e6 or abs(steps - round(steps)) > 1e-9 * steps:
            raise misplaced("max must be a whole number of steps above min", "max")
        return self

    def check_value(self, value: Any) -> float:
        """A number on one of the steps."""
        steps = (number(value, self.min, self.max) - self.min) / self.step
        if abs(steps - round(steps)) > 1e-6:
            raise InvalidAnswer(
                N_("{value} is between two steps; the step is {step}."), value=shown(value), step=self.step
            )
        return round(self.min + round(steps) * self.step, 9) + 0.0  # one way to write each point; never -0.0

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """Mean, median, and a histogram with a bin for each step (at most 20)."""
        values = [float(answer.value) for answer in answers]
        points = round((self.max - self.min) / self.step) + 1
        if points > 21:
            return spread(values, self.min, self.max, 20)
        half = self.step / 2  # a bin around each point
        return spread(values, self.min - half, self.max + half, points)

"""Choose some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Choosable, Summary, counted, misplaced, shown
from bedoeling_nb.texts import N_


class MultipleChoice(Choosable):
    """Any number of the options, within min and max. Value: the ids in the order of the options."""

    kind: Literal["multiple_choice"] = "multiple_choice"
    min: int = Field(default=0, ge=0)
    max: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _some_number_fits(self) -> Self:
        most = self.max or len(self.options)
        if self.min > most and (self.max or not self.options_from):
            raise misplaced(f"min is more than {'max' if self.max else 'there are options'}", "min")
        return self

    def check_value(self, value: Any) -> list[str]:
        """The chosen ids, once each, in the order of the options."""
        if not isinstance(value, list):
            raise InvalidAnswer(N_("{value} is not a list of choices."), value=shown(value))
        chosen = {self.option(one) for one in value}
        most = self.max or len(self.options)
        if not self.min <= len(chosen) <= most:
            raise InvalidAnswer(
                N_("Choose {low} to {high} options; you chose {n}."), low=self.min, high=most, n=len(chosen)
            )
        return [option.id for option in self.options if option.id in chosen]

    def regroup(self, value: Any, group: Callable[[str], str | None]) -> list[str]:
        """The options that stand for the chosen ones, once each."""
        kept = {group(one) for one in value}
        return [option.id for option in self.options if option.id in kept]

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """How many people chose each option."""
        chosen = (one for answer in answers for one in answer.value)
        return {"counts": counted(chosen, (option.id for option in self.options))}

    def columns(self, value: Any) -> dict[str, Any]:
        """One column an option, true or false."""
        return {f"{self.id}.{option.id}": option.id in value for option in self.options}

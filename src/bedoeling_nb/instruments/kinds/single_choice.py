"""Choose one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from bedoeling_nb.instruments.item import Answer, Choosable, Summary, counted


class SingleChoice(Choosable):
    """One of the options. Value: the option's id."""

    kind: Literal["single_choice"] = "single_choice"

    def check_value(self, value: Any) -> str:
        """The id of an option."""
        return self.option(value)

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """How many people chose each option."""
        return {"counts": counted((answer.value for answer in answers), (option.id for option in self.options))}

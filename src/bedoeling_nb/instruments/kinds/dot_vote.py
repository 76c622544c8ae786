"""Dots to give away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Choosable, Summary, misplaced, number, shown
from bedoeling_nb.texts import N_


class DotVote(Choosable):
    """A few dots to divide over the options. Value: {option id: dots}, only options with a dot."""

    kind: Literal["dot_vote"] = "dot_vote"
    dots: int = Field(default=3, ge=1, le=20)
    max_per_option: int = Field(default=3, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _all_on_one(cls, data: Any) -> Any:
        if isinstance(data, dict) and "max_per_option" not in data and "dots" in data:
            return data | {"max_per_option": data["dots"]}
        return data

    @model_validator(mode="after")
    def _not_more_than_all(self) -> Self:
        if self.max_per_option > self.dots:
            raise misplaced("max_per_option is more than dots", "max_per_option")
        return self

    def check_value(self, value: Any) -> dict[str, int]:
        """No more dots than there are, on options that exist."""
        if not isinstance(value, dict):
            raise InvalidAnswer(N_("{value} is not a division of dots."), value=shown(value))
        votes = {self.option(option): number(dots, 0, self.max_per_option) for option, dots in value.items()}
        if any(not isinstance(dots, int) for dots in votes.values()):
            raise InvalidAnswer(N_("Dots are whole."))
        if sum(votes.values()) > self.dots:
            raise InvalidAnswer(N_("You gave {n} dots; you have {most}."), n=sum(votes.values()), most=self.dots)
        return {option: int(dots) for option, dots in votes.items() if dots}

    def regroup(self, value: Any, group: Callable[[str], str | None]) -> dict[str, int]:
        """Dots on merged options add up; dots on a hidden option are void."""
        votes: Counter[str] = Counter()
        for option, dots in value.items():
            if kept := group(option):
                votes[kept] += dots
        return dict(votes)

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """Dots for each option."""
        totals: Counter[str] = Counter()
        for answer in answers:
            totals.update(answer.value)
        return {"totals": {option.id: totals[option.id] for option in self.options}}

    def columns(self, value: Any) -> dict[str, Any]:
        """One column an option."""
        return {f"{self.id}.{option.id}": value.get(option.id, 0) for option in self.options}

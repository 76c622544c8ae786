"""What every item kind has in common."""

from __future__ import annotations

import statistics
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.texts import N_

__all__ = [
    "NOT_APPLICABLE",
    "Answer",
    "Choosable",
    "Id",
    "Item",
    "Option",
    "Summary",
    "Text",
    "Translated",
    "in_language",
]

NOT_APPLICABLE = "na"
"""The value of an item that does not apply, where the item allows it."""

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class Translated(BaseModel):
    """A text in Dutch and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)


Text = Translated | Annotated[str, Field(min_length=1)]
"""A text as it stands, or in both languages."""

Summary = dict[str, Any]
"""What the screen shows of many answers: plain JSON, counts and places, never who."""


def in_language(text: Text | None, language: str) -> str:
    """The text in one language."""
    if isinstance(text, Translated):
        return text.en if language == "en" else text.nl
    return text or ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's value for one item, and where it stands on the screen."""

    id: str
    """A stable, meaningless name for a text."""
    value: Any
    hidden: bool = False
    into: str | None = None
    """The text into which the facilitator merged this one."""
    lean: str | None = None
    """The corner to which its author put it, where the step also asks a triad."""


class Option(BaseModel):
    """Something to choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    text: Text


class Item(BaseModel, ABC):
    """One question. A subclass is one kind: how it is configured, checked, stored and summarised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_text: ClassVar[bool] = False
    """Whether answers are words of people, which the facilitator may hide and merge."""

    id: Id
    kind: str
    text: Text
    help: Text | None = None
    required: bool = False
    not_applicable: bool = False

    @abstractmethod
    def check_value(self, value: Any) -> Any:
        """The value in its stored form; InvalidAnswer says what is wrong."""

    @abstractmethod
    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """The summary of at least one answer, none of them "not applicable"."""

    def columns(self, value: Any) -> dict[str, Any]:
        """The value as columns of a table: by default one, named as the item."""
        return {self.id: value}

    def check(self, value: Any) -> Any:
        """Check one value and bring it in its stored form; "na" is allowed where the item says so."""
        if value == NOT_APPLICABLE and self.not_applicable:
            return NOT_APPLICABLE
        try:
            return self.check_value(value)
        except InvalidAnswer as error:
            raise error.at(self.id) from None

    def summarise(self, answers: Iterable[Answer]) -> Summary:
        """What the screen shows: {"n": people with an answer, "na": people to whom it does not apply, …}."""
        answers = list(answers)
        given = [answer for answer in answers if not (self.not_applicable and answer.value == NOT_APPLICABLE)]
        summary: Summary = {"n": len(given), "na": len(answers) - len(given)}
        return summary | self.summarise_values(given) if given else summary

    def public(self) -> dict[str, Any]:
        """The configuration that a page needs to ask or show this item."""
        return self.model_dump(mode="json", exclude={"options_from"})


class Choosable(Item):
    """An item with options, written down or taken from what people said in an earlier step."""

    options: tuple[Option, ...] = ()
    options_from: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$")

    @model_validator(mode="after")
    def _has_options(self) -> Self:
        for index, option in enumerate(self.options):
            if option.id in {other.id for other in self.options[:index]}:
                raise misplaced("two options have the same id", "options", index, "id")
            if option.id == NOT_APPLICABLE and self.not_applicable:
                raise misplaced(f"{NOT_APPLICABLE!r} stands for not applicable", "options", index, "id")
        if not self.options and not self.options_from:
            raise ValueError("give options, or options_from: STEP.ITEM")
        return self

    def with_options(self, options: Iterable[Option]) -> Self:
        """The same item with these options."""
        return self.model_copy(update={"options": tuple(options)})

    def regroup(self, value: Any, group: Callable[[str], str | None]) -> Any:
        """The value after options were merged or hidden: ``group(id)`` is the option that stands for it, or None."""
        return group(value)

    def option(self, value: Any) -> str:
        """The id of an option, if that is what the value is."""
        if not isinstance(value, str) or all(option.id != value for option in self.options):
            raise InvalidAnswer(
                N_("This choice does not exist: {value}. Choose one of the options."), value=shown(value)
            )
        return value


def misplaced(message: str, *location: str | int) -> ValidationError:
    """An error that a model's validator raises about a field below it, so that the loader finds its line."""
    error = PydanticCustomError("misplaced", "{message}", {"message": message})
    return ValidationError.from_exception_data("item", [InitErrorDetails(type=error, loc=location, input=None)])


def shown(value: Any) -> str:
    """A value as an error message quotes it."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # lists in lists in lists; a number of thousands of digits
        text = type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"


def number(value: Any, low: float, high: float) -> float:
    """A finite number from low to high; not a boolean, not text."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidAnswer(N_("{value} is not a number from {low} to {high}."), value=shown(value), low=low, high=high)
    return value


def counted(values: Iterable[Any], possible: Iterable[Any]) -> dict[str, int]:
    """How often each possible value was given, in their order."""
    counts = Counter(values)
    return {str(value): counts[value] for value in possible}


def spread(values: Sequence[float], low: float, high: float, bins: int) -> Summary:
    """Mean, median and a histogram of equal bins from low to high; the last bin includes high."""
    width = (high - low) / bins
    counts = Counter(min(int((value - low) / width + 1e-9), bins - 1) for value in values)
    return {
        "mean": statistics.fmean(values),
        "median": statistics.median(values),
        "bins": [{"low": low + i * width, "high": low + (i + 1) * width, "count": counts[i]} for i in range(bins)],
    }

"""A place between two axes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Item, Summary, Text, number, shown
from bedoeling_nb.texts import N_


class Axis(BaseModel):
    """One axis and the words at its ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Text
    low: Text
    high: Text


class Plane(Item):
    """A place in a square. Value: {"x": 0 to 100, "y": 0 to 100}, whole numbers, y upward."""

    kind: Literal["plane"] = "plane"
    x: Axis
    y: Axis
    quadrants: tuple[Text, Text, Text, Text] | None = None
    """Names of the quarters: top left, top right, bottom left, bottom right."""

    def check_value(self, value: Any) -> dict[str, int]:
        """Two whole numbers from 0 to 100."""
        if not isinstance(value, dict) or set(value) != {"x", "y"}:
            raise InvalidAnswer(N_("A place in the plane has an x and a y. This is {value}."), value=shown(value))
        return {axis: round(number(value[axis], 0, 100)) for axis in ("x", "y")}

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """The points and their mean."""
        points = [[answer.value["x"], answer.value["y"]] for answer in answers]
        return {"points": points, "mean": [statistics.fmean(axis) for axis in zip(*points, strict=True)]}

    def columns(self, value: Any) -> dict[str, Any]:
        """One column an axis."""
        return {f"{self.id}.{axis}": value[axis] for axis in ("x", "y")}

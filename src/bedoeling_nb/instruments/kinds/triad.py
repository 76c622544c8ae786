"""Between three corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import model_validator

from bedoeling_nb.community import PROMISES
from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Item, Option, Summary, Translated, misplaced, number, shown
from bedoeling_nb.texts import N_

SMALLEST_STEP = 0.001
"""Shares are stored in thousandths."""


class Triad(Item):
    """A place in a triangle: three shares that add to 1. Value: {corner id: share}, in thousandths.

    Corners are named from the top, then bottom left, then bottom right; by default they are the three promises.
    """

    kind: Literal["triad"] = "triad"
    corners: tuple[Option, Option, Option] = tuple(  # type: ignore[assignment]
        Option(id=promise.key, text=Translated(nl=promise.nl, en=promise.en)) for promise in PROMISES
    )

    @model_validator(mode="after")
    def _three_corners(self) -> Self:
        for index, corner in enumerate(self.corners):
            if corner.id in {other.id for other in self.corners[:index]}:
                raise misplaced("two corners have the same id", "corners", index, "id")
        return self

    def check_value(self, value: Any) -> dict[str, float]:
        """Three shares that add to 1; a rounding error of the phone is closed, a larger one refused."""
        ids = [corner.id for corner in self.corners]
        if not isinstance(value, dict) or set(value) != set(ids):
            raise InvalidAnswer(
                N_("A place in the triangle has three shares: {corners}. This is {value}."),
                corners=", ".join(ids),
                value=shown(value),
            )
        shares = [float(number(value[corner], 0, 1)) for corner in ids]
        total = sum(shares)
        if abs(total - 1) > 0.01:
            raise InvalidAnswer(N_("The three shares add to {total}; they must add to 1."), total=round(total, 3))
        thousandths = [round(share / total * 1000) for share in shares]
        largest = max(range(3), key=lambda corner: thousandths[corner])
        thousandths[largest] += 1000 - sum(thousandths)
        return {corner: share / 1000 for corner, share in zip(ids, thousandths, strict=True)}

    def leaning(self, value: dict[str, float]) -> str:
        """The corner with the largest share (the first of them when equal)."""
        return max((corner.id for corner in self.corners), key=lambda corner: value[corner])

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """The points, and their closed geometric mean (Aitchison 1986); zero shares by multiplicative replacement."""
        points = [[answer.value[corner.id] for corner in self.corners] for answer in answers]
        return {"points": points, "mean": geometric_mean(points)}

    def columns(self, value: Any) -> dict[str, Any]:
        """One column a corner."""
        return {f"{self.id}.{corner.id}": value[corner.id] for corner in self.corners}


def geometric_mean(points: Sequence[Sequence[float]]) -> list[float]:
    """Closed geometric mean of compositions.

    Zero parts are replaced multiplicatively by δ = 0.65 × the smallest step, and the other parts shrink by
    (1 - the sum of the replacements) so that each point still adds to 1 (Martín-Fernández, Barceló-Vidal &
    Pawlowsky-Glahn 2003, eq. 5). Aitchison (1986), The Statistical Analysis of Compositional Data.
    """
    delta = 0.65 * SMALLEST_STEP
    replaced = []
    for point in points:
        rest = 1 - delta * sum(share == 0 for share in point)
        replaced.append([share * rest if share else delta for share in point])
    means = [
        math.exp(sum(math.log(point[part]) for point in replaced) / len(replaced)) for part in range(len(points[0]))
    ]
    return [mean / sum(means) for mean in means]

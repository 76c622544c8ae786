"""Where the people of one team agree, and where they differ: of each question of a questionnaire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bedoeling_nb.instruments import NOT_APPLICABLE, Instrument
from bedoeling_nb.instruments.kinds.likert import Likert
from bedoeling_nb.privacy import protect
from bedoeling_nb.store.submissions import Submission

__all__ = ["ItemAgreement", "item_agreements"]


@dataclass(frozen=True)
class ItemAgreement:
    """One question: how many people answered, their mean, and how far apart they are (see `item_agreements`)."""

    item: Likert
    n: int
    mean: float
    apart: float

    @property
    def agrees(self) -> bool:
        """Whether they are no farther apart than a sixth of the number of possible answers (Burke & Dunlap 2002)."""
        return self.apart <= len(self.item.labels) / 6


def item_agreements(script: Instrument, told: Iterable[Submission], k: int) -> list[ItemAgreement]:
    """Of each Likert item that at least ``k`` people answered, those on which they agree most first.

    How far apart people are is the average deviation from their mean, Σ |x - x̄| / n, in steps of the scale (AD_M of
    Burke, Finkelstein & Dusig 1999). Unlike a_wg it has a meaning when nearly all stand at one end, as teams often do.
    """
    given: dict[tuple[str, str], dict[str, float]] = {}
    for one in told:
        for name, value in one.answers.items():
            if value != NOT_APPLICABLE and isinstance(value, int | float):
                given.setdefault((one.step, name), {})[one.participant] = float(value)
    found = []
    for step in script.steps:
        for item in step.items:
            values = given.get((step.id, item.id), {})
            if not isinstance(item, Likert) or "withheld" in protect({"n": len(values)}, k):
                continue
            answers = np.array(list(values.values()))
            mean = float(answers.mean())
            found.append(ItemAgreement(item, len(values), mean, float(np.abs(answers - mean).mean())))
    return sorted(found, key=lambda one: one.apart)

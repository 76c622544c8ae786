"""Where the people of one team agree, and where they differ: of each question of a questionnaire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from bedoeling_nb.analysis.scales import awg
from bedoeling_nb.instruments import NOT_APPLICABLE, Instrument, Item
from bedoeling_nb.instruments.kinds.likert import Likert
from bedoeling_nb.privacy import protect
from bedoeling_nb.store.submissions import Submission

__all__ = ["AGREE", "ItemAgreement", "item_agreements"]

AGREE = 0.7
"""From this a_wg on people agree (Brown & Hauenstein 2005: .70 to .79 moderate, from .80 strong agreement)."""


@dataclass(frozen=True)
class ItemAgreement:
    """One question: how many people answered, their mean, and a_wg, from -1 (divided between the ends) to 1."""

    item: Item
    n: int
    mean: float
    agreement: float


def item_agreements(script: Instrument, told: Iterable[Submission], k: int) -> list[ItemAgreement]:
    """Of each Likert item that at least ``k`` people answered, those on which they agree most first.

    An item whose mean is so near an end that agreement has no meaning is left out (see `scales.awg`).
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
            answers = pd.Series(list(values.values()), name=item.id)
            ends = item.first, item.first + len(item.labels) - 1
            agreement = awg(answers.to_frame(), pd.Series("team", answers.index), *ends).estimate
            if agreement is not None:
                found.append(ItemAgreement(item, len(values), float(answers.mean()), agreement))
    return sorted(found, key=lambda one: -one.agreement)

"""Three faces, for plain-language use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Item, Summary, Text, Translated, counted, shown
from bedoeling_nb.texts import N_


class Smiley(Item):
    """A sad, a neutral and a happy face, each with a word. Value: 1, 2 or 3."""

    kind: Literal["smiley"] = "smiley"
    labels: tuple[Text, Text, Text] = (
        Translated(nl="Nee", en="No"),
        Translated(nl="Gaat wel", en="So-so"),
        Translated(nl="Ja", en="Yes"),
    )

    def check_value(self, value: Any) -> int:
        """1 (sad), 2 (neutral) or 3 (happy)."""
        if isinstance(value, bool) or value not in (1, 2, 3):
            raise InvalidAnswer(N_("{value} is not one of the three faces (1, 2 or 3)."), value=shown(value))
        return int(value)

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """How many people chose each face."""
        return {"counts": counted((answer.value for answer in answers), (1, 2, 3))}

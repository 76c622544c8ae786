"""A story, or an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from bedoeling_nb.instruments.item import Answer, Item, Summary
from bedoeling_nb.instruments.wording import clean


class LongText(Item):
    """Text of more than one line. Value: the text."""

    is_text = True

    kind: Literal["long_text"] = "long_text"
    max_length: int = Field(default=4000, ge=1, le=20000)

    def check_value(self, value: Any) -> str:
        """The text without control characters."""
        return clean(value, self.max_length)

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """The texts."""
        return {"texts": [{"id": answer.id, "text": answer.value, "hidden": answer.hidden} for answer in answers]}

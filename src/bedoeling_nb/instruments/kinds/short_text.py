"""A sentence, or a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments.item import Answer, Item, Summary
from bedoeling_nb.instruments.wording import clean
from bedoeling_nb.texts import N_


class ShortText(Item):
    """One line of text; with ``word`` exactly one word. Value: the text."""

    is_text = True

    kind: Literal["short_text"] = "short_text"
    max_length: int = Field(default=140, ge=1, le=280)
    word: bool = False

    def check_value(self, value: Any) -> str:
        """The text on one line, without control characters."""
        text = clean(value, self.max_length, one_line=True)
        if self.word and " " in text:
            raise InvalidAnswer(N_("Give one word, without spaces."))
        return text

    def summarise_values(self, answers: Sequence[Answer]) -> Summary:
        """The texts, each with those that the facilitator merged into it; for words also how often each was given."""
        merged: dict[str, list[Answer]] = {}
        for answer in answers:
            if answer.into:
                merged.setdefault(answer.into, []).append(answer)
        texts = [
            _shown(answer) | {"lean": answer.lean, "merged": [_shown(one) for one in merged.get(answer.id, ())]}
            for answer in answers
            if not answer.into
        ]
        if not self.word:
            return {"texts": texts}
        seen = [answer.value for answer in answers if not answer.hidden]
        words = Counter(text.casefold() for text in seen)
        spelling = {text.casefold(): text for text in reversed(seen)}  # as the first person wrote it
        return {
            "texts": texts,
            "words": [{"text": spelling[word], "count": count} for word, count in words.most_common()],
        }


def _shown(answer: Answer) -> dict[str, Any]:
    return {"id": answer.id, "text": answer.value, "hidden": answer.hidden}

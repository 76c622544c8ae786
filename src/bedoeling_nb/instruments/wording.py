"""What people type, made fit to keep."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bedoeling_nb.errors import BedoelingError, InvalidAnswer
from bedoeling_nb.texts import N_

__all__ = ["clean", "named"]

# Control characters, lone surrogates, and signs that turn the direction of a line: they can hide or fake words.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_INVISIBLE = {"Cf", "Zs", "Zl", "Zp"}


def clean(value: Any, max_length: int, *, one_line: bool = False) -> str:
    """The text in composed form (NFC), without control characters and outer spaces; not empty, not too long.

    On one line, every run of spaces and line ends is one space; that is done before the text is measured.
    """
    if not isinstance(value, str):
        raise InvalidAnswer(N_("Give a text."))
    text = _UNWANTED.sub("", value.replace("\r\n", "\n"))
    if one_line:
        text = re.sub(r"\s+", " ", text)
    text = unicodedata.normalize("NFC", text).strip()
    if all(unicodedata.category(character) in _INVISIBLE for character in text):
        raise InvalidAnswer(N_("Give a text."))
    if len(text) > max_length:
        raise InvalidAnswer(N_("Your text has {n} characters. There is room for {most}."), n=len(text), most=max_length)
    return text


@contextmanager
def named(field: str | BedoelingError) -> Iterator[None]:
    """Of a form with more than one field: what is wrong with a text, after the name of its field."""
    try:
        yield
    except InvalidAnswer as error:
        raise InvalidAnswer("{field}: {problem}", field=field, problem=error) from None

"""What is asked: item kinds, questionnaires and scripts."""

from __future__ import annotations

from bedoeling_nb.instruments.instrument import AGREEMENTS, Instrument, Step
from bedoeling_nb.instruments.item import (
    NOT_APPLICABLE,
    Answer,
    Choosable,
    Item,
    Option,
    Summary,
    Text,
    Translated,
    in_language,
)
from bedoeling_nb.instruments.kinds import KINDS, AnyItem
from bedoeling_nb.instruments.loader import available, find, load, parse

__all__ = [
    "AGREEMENTS",
    "KINDS",
    "NOT_APPLICABLE",
    "Answer",
    "AnyItem",
    "Choosable",
    "Instrument",
    "Item",
    "Option",
    "Step",
    "Summary",
    "Text",
    "Translated",
    "available",
    "find",
    "in_language",
    "load",
    "parse",
]

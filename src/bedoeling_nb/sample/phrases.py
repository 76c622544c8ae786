"""What people could have said, from phrases.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from bedoeling_nb.sample.dice import Dice

__all__ = ["Kind", "Line", "Phrases", "Season", "Theme", "phrases", "said"]

Kind = Literal["wonen", "dag", "ambulant", "locatie", "leiding"]
"""Where a team works: a home, by day, or at people's own homes. Above the teams: a location, or wider."""

Season = Literal["warm", "koud"]

Line = str
"""A sentence with its choices still open, and perhaps a tag that says where or when it fits."""

_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_RESIDENT = re.compile(r"\b(b)ewoner(s?)\b", re.IGNORECASE)
_CALLED = {"dag": {"": "deelnemer", "s": "deelnemers"}, "ambulant": {"": "cliënt", "s": "cliënten"}}


class Theme(BaseModel):
    """What teams talk about; it belongs to one promise and leans to a second."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    promise: str
    second: str
    good: tuple[Line, ...]
    hard: tuple[Line, ...]
    proposals: tuple[Line, ...]
    helped: tuple[Line, ...]


class Phrases(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unfitting: dict[Kind, str]
    themes: tuple[Theme, ...]
    leading: tuple[Theme, ...]
    unfit: tuple[Line, ...]
    notes: dict[str, tuple[Line, ...]]
    words: dict[str, tuple[str, ...]]
    last: dict[str, tuple[Line, ...]]
    who: dict[str, tuple[str, ...]]

    def fitting(self, lines: Iterable[Line], kind: Kind, season: Season) -> list[Line]:
        """The lines that a team of this kind could say in this season, without their tags."""
        found = []
        for line in lines:
            tag, _, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
            unfitting = self.unfitting.get(kind)
            fits = tag in ("", f"@{kind}", f"@{season}")
            if fits and (tag == f"@{kind}" or not unfitting or not re.search(unfitting, line, re.IGNORECASE)):
                found.append(rest)
        return found


@cache
def phrases() -> Phrases:
    """The file, read once."""
    text = Path(__file__).with_name("phrases.yaml").read_text(encoding="utf-8")
    return Phrases.model_validate(yaml.safe_load(text))


def said(line: Line, kind: Kind, dice: Dice) -> str:
    """The line as one person says it."""
    text = _CHOICE.sub(lambda choice: dice.pick(choice[1].split("|")), line)
    if kind not in _CALLED:
        return text

    def called(word: re.Match[str]) -> str:
        name = _CALLED[kind][word[2]]
        return name.capitalize() if word[1] == "B" else name

    return _RESIDENT.sub(called, text)

"""The Python side of the widgets: each item kind, and the stage of a live session."""

from __future__ import annotations

from bedoeling_nb.widgets.items import (
    DotVote,
    Dyad,
    ItemWidget,
    Likert,
    LongText,
    MultipleChoice,
    Plane,
    Ranking,
    ShortText,
    SingleChoice,
    Slider,
    Smiley,
    Triad,
    widget,
)
from bedoeling_nb.widgets.stage import Agreements, Stage

__all__ = [
    "Agreements",
    "DotVote",
    "Dyad",
    "ItemWidget",
    "Likert",
    "LongText",
    "MultipleChoice",
    "Plane",
    "Ranking",
    "ShortText",
    "SingleChoice",
    "Slider",
    "Smiley",
    "Stage",
    "Triad",
    "widget",
]

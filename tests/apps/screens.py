"""What somebody sees of an app and presses there, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ipywidgets

from bedoeling_nb.texts import translate

__all__ = ["buttons", "press", "widgets", "words"]


def widgets(box: Any) -> Iterator[Any]:
    """A widget and all that is in it."""
    yield box
    for child in getattr(box, "children", ()):
        yield from widgets(child)


def buttons(box: Any) -> list[ipywidgets.Button]:
    """The buttons that can be pressed now."""
    return [one for one in widgets(box) if isinstance(one, ipywidgets.Button)]


def words(box: Any) -> str:
    """All that can be read."""
    return "\n".join(
        str(one.value) for one in widgets(box) if isinstance(one, ipywidgets.Label | ipywidgets.HTML) and one.value
    )


def press(box: Any, named: str) -> None:
    """Press the button with these words."""
    [found] = [one for one in buttons(box) if one.description == translate(named, "nl")]
    found.click()

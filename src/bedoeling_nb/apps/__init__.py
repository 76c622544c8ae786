"""What the facilitators' apps show: one module an app, composed of widgets, figures and store calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bedoeling_nb.instruments import in_language
from bedoeling_nb.instruments.item import Translated
from bedoeling_nb.widgets.assets import folder

__all__ = ["Tile", "tiles"]


@dataclass(frozen=True)
class Tile:
    """One app on the front page, as its notebook's metadata describes it."""

    name: str
    title: str
    summary: str
    sign: str


def tiles(language: str) -> list[Tile]:
    """The apps, in the order that their notebooks ask for.

    A notebook in `notebooks/apps/` is on the front page when its metadata has ``bedoeling`` with ``title``, ``summary``
    (each {nl, en}), and optionally ``sign`` (one character) and ``order``.
    """
    found: list[tuple[int, Tile]] = []
    for path in sorted((folder("notebooks") / "apps").glob("*.ipynb")):
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("bedoeling", {})
        if described:
            title, summary = (in_language(Translated(**described[key]), language) for key in ("title", "summary"))
            found.append((described.get("order", 100), Tile(path.stem, title, summary, described.get("sign", "●"))))
    return [tile for _, tile in sorted(found, key=lambda one: one[0])]

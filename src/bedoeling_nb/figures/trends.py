"""How a unit moved over the quarters: its scales as lines among the others, its balance as a path in the triangle."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bedoeling_nb.figures import triad
from bedoeling_nb.figures.drawing import ACCENT, GRID, INK, SIZE, SOFT, WIDTH, Figure, Listing, Sheet, number, shortened
from bedoeling_nb.instruments import Instrument, Item, in_language
from bedoeling_nb.instruments.kinds.dyad import Dyad
from bedoeling_nb.instruments.kinds.slider import Slider
from bedoeling_nb.instruments.kinds.triad import Triad
from bedoeling_nb.texts import N_, translate

__all__ = ["draw_balance", "draw_scales"]

_HIGH = 96.0
_PANEL = _HIGH + 44
_LEFT = 84.0


def draw_scales(table: pd.DataFrame, script: Instrument, place: str, language: str = "nl") -> Figure | Listing:
    """A panel for each scale: the means of one place with their 95 % intervals, and thin lines for the others.

    Parameters
    ----------
    table
        As `analysis.trends.scales` gives it; the first column says which places there are.
    script
        The instrument, for the questions and the ends of their scales.
    place
        The unit, location or region that stands out.
    """
    title = translate(N_("From quarter to quarter: {place}"), language).format(place=place)
    by, quarters = table.columns[0], sorted(table["quarter"].unique())
    own = table[table[by] == place]
    if own.empty:
        return _nothing(title, language)
    asked = set(own["item"])
    items = [path for step in script.steps for item in step.items if (path := f"{step.id}.{item.id}") in asked]
    note = translate(
        N_("Point: mean. Bar: 95 % interval. Thin lines: the others. Open ring: too few answers to show."), language
    )
    sheet = Sheet(title, note, len(items) * _PANEL + 16)
    wide = (WIDTH - _LEFT) / len(quarters)
    at = {quarter: _LEFT + (column + 0.5) * wide for column, quarter in enumerate(quarters)}
    told = []
    for row, path in enumerate(items):
        item, top = script.step(path.split(".")[0]).item(path.split(".")[1]), row * _PANEL
        base, (low, high) = top + 22 + _HIGH, _ends(item)
        scale = _HIGH / (high - low)
        sheet.text(0, top + 8, in_language(item.text, language), bold=True)
        for value, word in zip((low, (low + high) / 2, high), _words(item, language), strict=True):
            y = base - (value - low) * scale
            sheet.line([_LEFT, WIDTH], [y, y], GRID, 0.7, zorder=0)
            sheet.text(_LEFT - 8, y, word, ha="right", color=SOFT, size=9)
        for other, line in table[(table["item"] == path) & ~table["withheld"]].groupby(by):
            if other != place:
                ys = [base - (value - low) * scale for value in line["mean"]]
                sheet.line([at[quarter] for quarter in line["quarter"]], ys, "#b9c0c8", 0.7, zorder=1)
        line = own[own["item"] == path]
        known = line[~line["withheld"]]
        sheet.line([at[one] for one in known["quarter"]], [base - (v - low) * scale for v in known["mean"]], ACCENT, 2)
        said = []
        for one in line.to_dict("records"):
            x = at[one["quarter"]]
            if one["withheld"]:
                sheet.disc(x, base + 9, 4, "white", edgecolor=SOFT, linewidth=1.2, zorder=4)
                said.append(f"{one['quarter']}: –")
                continue
            mean, bottom, peak = (base - (one[part] - low) * scale for part in ("mean", "low", "high"))
            shown = _shown(item, one["mean"], language)
            sheet.line([x, x], [min(bottom, base), max(peak, base - _HIGH)], ACCENT, 1.4, zorder=3)
            sheet.disc(x, mean, 5, ACCENT, edgecolor="white", linewidth=1.2, zorder=4)
            sheet.text(x + 9, mean - 8, shown, bold=True, halo=True)
            interval = f"{_shown(item, one['low'], language)} – {_shown(item, one['high'], language)}"
            said.append(f"{one['quarter']}: {shown} ({interval}, n = {one['n']})")
        told.append(f"{in_language(item.text, language)} {'; '.join(said)}.")
    for quarter, x in at.items():
        sheet.text(x, len(items) * _PANEL, quarter, ha="center", color=INK, size=SIZE)
    return sheet.done(" ".join(told))


def draw_balance(table: pd.DataFrame, item: Triad, place: str, language: str = "nl") -> Figure | Listing:
    """The triangle with a numbered point for the middle of each quarter.

    ``table`` is as `analysis.trends.balance` gives it, and ``item`` the triad that was asked.
    """
    own = table[table[table.columns[0]] == place]
    title = translate(N_("Where attention went: {place}"), language).format(place=place)
    if own.empty:
        return _nothing(title, language)
    entries = [
        {
            "id": one["quarter"],
            "text": one["quarter"],
            "summary": {"n": one["n"], "withheld": True, "needed": one["needed"]}
            if one["withheld"]
            else {"n": one["n"], "mean": [one[corner.id] for corner in item.corners]},
        }
        for one in own.to_dict("records")
    ]
    people = {"n": int(own["n"].sum()), "entries": entries}
    return triad.draw_entries(item.model_copy(update={"text": title}), people, language)


def _nothing(title: str, language: str) -> Listing:
    sentence = translate(N_("No answers yet."), language)
    return Listing(title, "", f"{title} {sentence}", f'<p class="bn-withheld">{sentence}</p>')


def _ends(item: Item) -> tuple[float, float]:
    return (item.min, item.max) if isinstance(item, Slider) else (0.0, 1.0)


def _words(item: Item, language: str) -> Sequence[str]:
    """What stands at the low end, the middle and the high end of the axis."""
    if isinstance(item, Dyad):
        left, right = (shortened(in_language(pole, language), _LEFT - 10, 9) for pole in (item.left, item.right))
        return [left, "50 %", right]
    low, high = _ends(item)
    return [number(value, language) for value in (low, (low + high) / 2, high)]


def _shown(item: Item, value: float, language: str) -> str:
    return f"{round(100 * value)} %" if isinstance(item, Dyad) else number(value, language)

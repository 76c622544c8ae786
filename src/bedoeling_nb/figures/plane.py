"""Places between two axes."""

from __future__ import annotations

import math
from collections import Counter

from bedoeling_nb.figures.drawing import (
    ACCENT,
    GRID,
    INK,
    LEADING,
    SIZE,
    SOFT,
    WIDTH,
    Figure,
    Sheet,
    answered,
    entry_text,
    title_of,
    wrap,
)
from bedoeling_nb.figures.markers import Legend, Numbered, spread_out
from bedoeling_nb.instruments import Summary, in_language
from bedoeling_nb.instruments.kinds.plane import Plane
from bedoeling_nb.texts import N_, translate

__all__ = ["draw", "draw_entries"]

SIDE = 236.0
LEFT, BELOW = 62.0, 34.0


def draw(item: Plane, summary: Summary, language: str) -> Figure:
    """Every answer as a point, and their mean."""
    sheet = Sheet(title_of(item, language), answered(summary, language), SIDE + BELOW + 8)
    left = (WIDTH - SIDE) / 2
    _square(sheet, item, left, language)
    counts = Counter(tuple(point) for point in summary["points"])
    for (x, y), count in counts.items():
        alpha = max(0.3, min(0.7, 6 / math.sqrt(len(counts) + 1)))
        sheet.disc(*_place((x, y), left), 2.9 * count**0.35, "#33414f", alpha=alpha, zorder=3)
    x, y = _place(summary["mean"], left)
    sheet.disc(x, y, 7, "white", edgecolor=INK, linewidth=2.2, zorder=5)
    sheet.disc(x, y, 2.8, INK, zorder=6)
    legend = left + SIDE + 16
    sheet.disc(legend + 7, 14, 3, "#33414f", alpha=0.7)
    sheet.text(legend + 20, 14, wrap(translate(N_("one answer"), language), 84), color=SOFT)
    sheet.disc(legend + 7, 40, 6, "white", edgecolor=INK, linewidth=2)
    sheet.disc(legend + 7, 40, 2.4, INK)
    sheet.text(legend + 20, 40, wrap(translate(N_("the mean"), language), 84), color=SOFT)
    return sheet.done(f"{_axes_in_words(item, language)} {_mean(item, summary, language)}")


def draw_entries(item: Plane, summary: Summary, language: str) -> Figure:
    """For each thing that was asked about the mean, as a numbered point beside a list of what the numbers are."""
    entries = [Numbered(entry_text(one, language), one["summary"]) for one in summary["entries"]]
    legend = Legend(entries, LEFT + SIDE + 22, SIDE + BELOW, language)
    sheet = Sheet(title_of(item, language), answered(summary, language), legend.height)
    _square(sheet, item, LEFT, language)
    spread_out(
        sheet,
        [
            (n, _place(one.summary["mean"], LEFT))
            for n, one in enumerate(entries[: legend.count])
            if "mean" in one.summary
        ],
        within=(LEFT, 0, LEFT + SIDE, SIDE),
    )
    legend.draw(sheet)
    words = (
        f"{place}. {one.text}: {one.state(language) or _mean(item, one.summary, language)}"
        for place, one in enumerate(entries, 1)
    )
    return sheet.done(f"{_axes_in_words(item, language)} {' '.join(words)}")


def _place(point: tuple[float, float] | list[float], left: float) -> tuple[float, float]:
    return left + point[0] / 100 * SIDE, (1 - point[1] / 100) * SIDE


def _square(sheet: Sheet, item: Plane, left: float, language: str) -> None:
    half = SIDE / 2
    sheet.box(left, 0.7, SIDE, SIDE - 0.7, "white", zorder=0)
    if item.quadrants:
        for place, name in enumerate(item.quadrants):
            column, row = place % 2, place // 2
            if (column + row) % 2 == 0:
                sheet.box(left + column * half, row * half + 0.7, half, half - 0.7, "#f4f6f7", zorder=0.2)
            words = wrap(in_language(name, language), half - 14, most=3)
            y = 7 if row == 0 else SIDE - 7 - len(words) * SIZE * LEADING
            x, ha = (left + 7, "left") if column == 0 else (left + SIDE - 7, "right")
            sheet.text(x, y, words, va="top", ha=ha, color=SOFT, order=2)
    sheet.box(left, 0.7, SIDE, SIDE - 0.7, "none", edgecolor=INK, linewidth=1.2, zorder=1.5)
    sheet.line([left + half, left + half], [0, SIDE], GRID, 1, zorder=1)
    sheet.line([left, left + SIDE], [half, half], GRID, 1, zorder=1)
    low, high = wrap(in_language(item.x.low, language), half - 8), wrap(in_language(item.x.high, language), half - 8)
    sheet.text(left, SIDE + 5, low, va="top", bold=False)
    sheet.text(left + SIDE, SIDE + 5, high, va="top", ha="right")
    side = min(left - 8, 92)
    low, high = wrap(in_language(item.y.low, language), side), wrap(in_language(item.y.high, language), side)
    sheet.text(left - 8, 0, high, va="top", ha="right")
    sheet.text(left - 8, SIDE - len(low) * SIZE * LEADING, low, va="top", ha="right")
    sheet.text(left + half, SIDE + 26, f"{in_language(item.x.text, language)} →", ha="center", bold=True, color=ACCENT)
    words = wrap(in_language(item.y.text, language), side, bold=True)
    sheet.text(left - 8, half, ["↑", *words], ha="right", bold=True, color=ACCENT)


def _axes_in_words(item: Plane, language: str) -> str:
    return translate(N_("Places in a square: {x} across, {y} upward, both from 0 to 100."), language).format(
        x=in_language(item.x.text, language), y=in_language(item.y.text, language)
    )


def _mean(item: Plane, summary: Summary, language: str) -> str:
    x, y = (round(value) for value in summary["mean"])
    return translate(N_("The mean: {x} {x_value}, {y} {y_value}."), language).format(
        x=in_language(item.x.text, language), y=in_language(item.y.text, language), x_value=x, y_value=y
    )

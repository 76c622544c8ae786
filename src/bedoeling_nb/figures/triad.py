"""A cloud of points between three corners."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import mpltern  # noqa: F401 - registers the projection "ternary"

from bedoeling_nb.figures.drawing import (
    INK,
    LEADING,
    SIZE,
    SOFT,
    WIDTH,
    Figure,
    Sheet,
    answered,
    entry_text,
    mark,
    title_of,
    whole_parts,
    wrap,
)
from bedoeling_nb.figures.markers import Legend, Numbered, spread_out
from bedoeling_nb.instruments import Summary, in_language
from bedoeling_nb.instruments.kinds.triad import Triad
from bedoeling_nb.texts import N_, translate

__all__ = ["HIGH", "SIDE", "TOP", "draw", "draw_entries", "frame", "place"]

SIDE = 240.0
HIGH = SIDE * math.sqrt(3) / 2
TOP = 44.0
"""Points above the triangle, for the name of its top corner."""


def draw(item: Triad, summary: Summary, language: str) -> Figure:
    """Every answer as a point, and their geometric mean."""
    sheet = Sheet(title_of(item, language), answered(summary, language), TOP + HIGH + 72)
    frame(sheet, item, WIDTH / 2, language, percents=whole_parts(summary["mean"]))
    axes = _ternary(sheet, WIDTH / 2)
    counts = Counter(tuple(point) for point in summary["points"])
    crowd = max(0.25, min(0.75, 12 / math.sqrt(len(counts) + 1) / 2))
    for count in sorted(set(counts.values()), reverse=True):  # one path a size: small files, also with a thousand
        points = [point for point, times in counts.items() if times == count]
        axes.plot(
            *zip(*points, strict=True),
            linestyle="none",
            marker="o",
            markersize=4.7 * count**0.25,
            markerfacecolor="#33414f",
            markeredgewidth=0,
            alpha=crowd,
            zorder=3,
            clip_on=False,
        )
    mean = [[share] for share in summary["mean"]]
    axes.scatter(*mean, s=190, color="white", edgecolors=INK, linewidths=2.4, zorder=5, clip_on=False)
    axes.scatter(*mean, s=34, color=INK, linewidths=0, zorder=6, clip_on=False)
    y = TOP + HIGH + 62
    one, middle = translate(N_("one answer"), language), translate(N_("the middle of all answers"), language)
    sheet.disc(WIDTH / 2 - 130, y, 3, "#33414f", alpha=0.75)
    sheet.text(WIDTH / 2 - 122, y, one, color=SOFT)
    sheet.disc(WIDTH / 2 - 10, y, 6, "white", edgecolor=INK, linewidth=2)
    sheet.disc(WIDTH / 2 - 10, y, 2.4, INK)
    sheet.text(WIDTH / 2 + 2, y, middle, color=SOFT)
    corners = ", ".join(in_language(corner.text, language) for corner in item.corners)
    between = translate(N_("Points in a triangle between {corners}."), language).format(corners=corners)
    return sheet.done(f"{between} {_middle(item, summary, language)}")


def draw_entries(item: Triad, summary: Summary, language: str) -> Figure:
    """For each thing that was asked about the geometric mean, as a numbered point."""
    entries = [Numbered(entry_text(one, language), one["summary"]) for one in summary["entries"]]
    centre = SIDE / 2 + 8
    legend = Legend(entries, centre + SIDE / 2 + 24, TOP + HIGH + 44, language)
    sheet = Sheet(title_of(item, language), answered(summary, language), legend.height)
    frame(sheet, item, centre, language)
    known = [(index, one.summary["mean"]) for index, one in enumerate(entries[: legend.count]) if "mean" in one.summary]
    spread_out(sheet, [(index, place(mean, centre)) for index, mean in known])
    legend.draw(sheet)
    words = (
        f"{number}. {one.text}: {one.state(language) or _middle(item, one.summary, language)}"
        for number, one in enumerate(entries, 1)
    )
    return sheet.done(" ".join(words))


def _middle(item: Triad, summary: Summary, language: str) -> str:
    shares = ", ".join(
        f"{in_language(corner.text, language)} {percent} %"
        for corner, percent in zip(item.corners, whole_parts(summary["mean"]), strict=True)
    )
    return translate(N_("The middle of all answers: {shares}."), language).format(shares=shares)


def place(shares: Sequence[float], centre: float) -> tuple[float, float]:
    """Where shares of the top, left and right corner lie on the sheet."""
    top, left, right = shares
    return centre + (right - left) * SIDE / 2, TOP + (1 - top) * HIGH


def frame(
    sheet: Sheet,
    item: Triad,
    centre: float,
    language: str,
    *,
    percents: Sequence[int] | None = None,
    size: float = SIZE + 1,
) -> None:
    """The triangle with its tips and thirds, its corners named."""
    marks = [mark(corner.id, index) for index, corner in enumerate(item.corners)]

    def spots(*shares: Sequence[float]) -> list[tuple[float, float]]:
        return [place(one, centre) for one in zip(*shares, strict=True)]

    for index, (color, _) in enumerate(marks):
        tip = [[1, 2 / 3, 2 / 3], [0, 1 / 3, 0], [0, 0, 1 / 3]]
        third = [[1 / 3, 1 / 3], [2 / 3, 0], [0, 2 / 3]]
        turned = [(corner - index) % 3 for corner in range(3)]
        sheet.shape(spots(*(tip[one] for one in turned)), color, alpha=0.16, zorder=-3)
        x, y = zip(*spots(*(third[one] for one in turned)), strict=True)
        sheet.line(x, y, SOFT, 0.7, linestyle=(0, (2, 3)), zorder=-2)
    x, y = zip(*spots([1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]), strict=True)
    sheet.line(x, y, INK, 1.4, zorder=-2)
    names = ((centre, 0.0), (centre - SIDE / 2, TOP + HIGH + 10), (centre + SIDE / 2, TOP + HIGH + 10))
    sides = ("center", "center", "center") if percents else ("center", "left", "right")
    room = (WIDTH - 40, 200, 200) if percents else (SIDE, SIDE / 2 - 4, SIDE / 2 - 4)
    for index, (corner, (color, sign), (left, top)) in enumerate(zip(item.corners, marks, names, strict=True)):
        name = f"{sign} {in_language(corner.text, language)}"
        words = wrap(name, room[index], size, bold=True, most=1 if index == 0 else 2)
        if percents:
            words.append(f"{percents[index]} %")
        above = TOP - 12 - len(words) * size * LEADING
        sheet.text(left, top or above, words, va="top", ha=sides[index], color=color, bold=True, size=size)


def _ternary(sheet: Sheet, centre: float) -> Any:
    """Ternary axes that lie exactly on the triangle."""
    total = sheet.height + sheet.head
    box = ((centre - SIDE / 2) / WIDTH, 1 - (sheet.head + TOP + HIGH) / total, SIDE / WIDTH, HIGH / total)
    axes = sheet.figure.add_axes(box, projection="ternary")
    axes.set_axis_off()
    axes.set_title("", y=1.0)  # a place of its own: else each drawing measures all ticks, which nobody sees
    axes.set_zorder(-1)  # above the triangle, below what else is on the sheet
    return axes

"""A profile: the scales of a questionnaire below each other, with what was before and how it is with others."""

from __future__ import annotations

from collections.abc import Sequence

from bedoeling_nb.analysis.reflection import ScaleResult
from bedoeling_nb.figures.drawing import ACCENT, GRID, INK, SOFT, WIDTH, Figure, Sheet, number, wrap
from bedoeling_nb.instruments import in_language
from bedoeling_nb.texts import N_, translate

__all__ = ["draw_profile"]

_ROW, _LEFT, _RIGHT = 40.0, 168.0, 34.0


def draw_profile(results: Sequence[ScaleResult], low: str, high: str, language: str = "nl") -> Figure:
    """A row for each scale: the mean and its interval, an open ring for the wave before, a stroke for other teams.

    ``low`` and ``high`` are the words at the ends of the answers.
    """
    notes = [N_("Point: mean. Bar: 95 % interval.")]
    notes += [N_("Open ring: last time.")] if any(one.change for one in results) else []
    notes += [N_("Stroke: other teams together.")] if any(one.others is not None for one in results) else []
    note = " ".join(translate(one, language) for one in notes)
    sheet = Sheet(translate(N_("Our profile"), language), note, 30 + _ROW * len(results))
    told = []
    wide = WIDTH - _LEFT - _RIGHT
    for row, one in enumerate(results):
        y, (first, last) = 26 + _ROW * row + _ROW / 2, one.ends
        name = in_language(one.scale.title, language)
        sheet.text(0, y, wrap(name, _LEFT - 14, most=2), bold=True)

        def at(value: float, first: float = first, last: float = last) -> float:
            return _LEFT + (value - first) / (last - first) * wide

        for step in range(round(last - first) + 1):
            x = at(first + step)
            sheet.line([x, x], [y - _ROW / 2, y + _ROW / 2], GRID, 0.7, zorder=0)
        if row == 0:
            sheet.text(_LEFT, 9, low, color=SOFT, size=9)
            sheet.text(WIDTH - _RIGHT, 9, high, color=SOFT, size=9, ha="right")
        if one.mean is None or one.low is None or one.high is None:
            few = translate(N_("Too few answers"), language)
            sheet.text(_LEFT + 6, y, few, color=SOFT, halo=True)
            told.append(f"{name}: {few.lower()}")
            continue
        words = f"{name}: {number(one.mean, language)} ({number(one.low, language)} – {number(one.high, language)})"
        sheet.line([at(one.low), at(one.high)], [y, y], ACCENT, 5, alpha=0.35, zorder=2, solid_capstyle="round")
        if one.others is not None:
            sheet.line([at(one.others)] * 2, [y - 11, y + 11], INK, 1.6, zorder=3)
            words += f", {translate(N_('others'), language)} {number(one.others, language)}"
        if one.change is not None and one.change.before is not None:
            sheet.disc(at(one.change.before), y, 5.5, "white", edgecolor=ACCENT, linewidth=1.6, zorder=4)
            words += f", {translate(N_('last time'), language)} {number(one.change.before, language)}"
        sheet.disc(at(one.mean), y, 6, ACCENT, edgecolor="white", linewidth=1.2, zorder=5)
        sheet.text(WIDTH, y, number(one.mean, language), bold=True, ha="right")
        told.append(words)
    return sheet.done("; ".join(told))

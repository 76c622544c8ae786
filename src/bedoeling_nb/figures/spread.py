"""Where people stand on a line: sliders and dyads."""

from __future__ import annotations

from typing import Any

from bedoeling_nb.figures.drawing import (
    ACCENT,
    GRID,
    INK,
    LEADING,
    SIZE,
    SOFT,
    TALLEST,
    WIDTH,
    Figure,
    Sheet,
    answered,
    entry_text,
    number,
    text_width,
    title_of,
    too_few,
    wrap,
)
from bedoeling_nb.instruments import Item, Summary, in_language
from bedoeling_nb.instruments.kinds.dyad import Dyad
from bedoeling_nb.instruments.kinds.slider import Slider
from bedoeling_nb.texts import N_, translate

__all__ = ["draw", "draw_entries"]

COLUMNS = 84.0
LABELS = 190.0


def draw(item: Slider | Dyad, summary: Summary, language: str) -> Figure:
    """A column for each part of the line, and where the mean lies."""
    bins, low, high = summary["bins"], *_poles(item, language)
    ends = wrap(low, WIDTH / 2 - 20, bold=True), wrap(high, WIDTH / 2 - 20, bold=True)
    ticks = 14.0 if isinstance(item, Slider) else 0.0
    words = max(map(len, ends)) * SIZE * LEADING
    sheet = Sheet(title_of(item, language), answered(summary, language), 16 + COLUMNS + ticks + 26 + words + 2)
    base, wide = 16 + COLUMNS, WIDTH / len(bins)
    most = max(one["count"] for one in bins)
    for place, one in enumerate(bins):
        height = COLUMNS * one["count"] / most
        sheet.box(place * wide + 1.5, base - height, wide - 3, height, ACCENT)
        if one["count"] and text_width(str(one["count"]), bold=True) < wide:
            sheet.text((place + 0.5) * wide, base - height - 7, str(one["count"]), ha="center", bold=True)
    sheet.line([0, WIDTH], [base, base], INK, 1)
    if isinstance(item, Slider):
        _ticks(sheet, item, bins, base + 8, language)
    else:
        sheet.line([WIDTH / 2, WIDTH / 2], [base - COLUMNS, base + 4], SOFT, 0.8, linestyle=(0, (2, 2)), zorder=0)
    at = _place(summary, summary["mean"]) * WIDTH
    sheet.pointer(at, base + ticks + 2, mean_in_words(item, summary, language))
    y = base + ticks + 26
    sheet.text(0, y, ends[0], va="top", color=SOFT, bold=True)
    sheet.text(WIDTH, y, ends[1], va="top", color=SOFT, bold=True, ha="right")
    return sheet.done(_in_words(item, summary, language))


def draw_entries(item: Slider | Dyad, summary: Summary, language: str) -> Figure:
    """For each thing that was asked about a row of small columns on the same line, with its mean."""
    entries, (low, high) = summary["entries"], _poles(item, language)
    left, right = LABELS + 14, WIDTH - 66
    ends = wrap(low, (right - left) / 2 - 8), wrap(high, (right - left) / 2 - 8)
    top = max(map(len, ends)) * SIZE * LEADING + 8
    lines = [wrap(entry_text(entry, language), LABELS, most=6) for entry in entries]
    heights = [max(42.0, len(words) * SIZE * LEADING + 14) for words in lines]
    rows = sum(sum(heights[: row + 1]) <= TALLEST for row in range(len(heights)))
    more = len(entries) - rows
    sheet = Sheet(
        title_of(item, language), answered(summary, language), top + sum(heights[:rows]) + (18 if more else 4)
    )
    sheet.text(left, 0, ends[0], va="top", color=SOFT)
    sheet.text(right, 0, ends[1], va="top", color=SOFT, ha="right")
    y = top
    for entry, words, height in zip(entries[:rows], lines, heights, strict=False):
        one, middle = entry["summary"], y + height / 2
        sheet.line([0, WIDTH], [y, y], GRID, 0.6)
        sheet.text(0, middle, words)
        if one.get("withheld"):
            sheet.text(left, middle, wrap(too_few(one, language), WIDTH - left), color=SOFT)
        else:
            base, bins = middle + 13, one["bins"]
            wide, most = (right - left) / len(bins), max(part["count"] for part in bins)
            for place, part in enumerate(bins):
                size = 26 * part["count"] / most
                sheet.box(left + place * wide + 0.5, base - size, wide - 1, size, ACCENT, alpha=0.55)
            sheet.line([left, right], [base, base], INK, 0.8)
            average = translate(N_("avg. {mean}"), language).format(mean=_mean(item, one, language))
            at = left + _place(one, one["mean"]) * (right - left)
            sheet.line([at, at], [base - 28, base], INK, 1.4)
            sheet.disc(at, base, 3.4, INK, zorder=4)
            sheet.text(WIDTH, middle, average, ha="right", bold=True)
        y += height
    if more:
        sheet.text(0, y + 9, translate(N_("and {n} more"), language).format(n=more), color=SOFT)
    words_of = (
        f"{entry_text(entry, language)}: "
        + (
            too_few(entry["summary"], language)
            if entry["summary"].get("withheld")
            else mean_in_words(item, entry["summary"], language) + "."
        )
        for entry in entries
    )
    return sheet.done(" ".join(words_of))


def mean_in_words(item: Slider | Dyad, summary: Summary, language: str) -> str:
    """Where the mean lies: a number, or so much towards one of the poles."""
    if isinstance(item, Slider):
        return translate(N_("mean {mean}"), language).format(mean=_mean(item, summary, language))
    mean = round(100 * summary["mean"])
    if mean == 50:
        return translate(N_("the mean is in the middle"), language)
    pole = in_language(item.right if mean > 50 else item.left, language)
    share = max(mean, 100 - mean)
    return translate(N_("mean: {percent} % towards “{pole}”"), language).format(percent=share, pole=pole)


def _mean(item: Slider | Dyad, summary: Summary, language: str) -> str:
    return number(summary["mean"], language) if isinstance(item, Slider) else f"{round(100 * summary['mean'])} %"


def _place(summary: Summary, value: float) -> float:
    """Where a value stands on the line, from 0 to 1."""
    low, high = summary["bins"][0]["low"], summary["bins"][-1]["high"]
    return float((value - low) / (high - low))


def _poles(item: Slider | Dyad, language: str) -> tuple[str, str]:
    low, high = (item.low, item.high) if isinstance(item, Slider) else (item.left, item.right)
    return in_language(low, language), in_language(high, language)


def _ticks(sheet: Sheet, item: Slider, bins: list[dict[str, Any]], y: float, language: str) -> None:
    """The numbers under the columns, as many as fit; at the edges where a column holds more than one step."""
    wide = WIDTH / len(bins)
    if bins[0]["low"] < item.min:  # a column around each point
        values = [(one["low"] + one["high"]) / 2 for one in bins]
        places = [(place + 0.5) * wide for place in range(len(bins))]
    else:
        values = [item.min + (item.max - item.min) * part / 4 for part in range(5)]
        places = [WIDTH * part / 4 for part in range(5)]
    labels = [number(value, language, 2) for value in values]
    room = max(text_width(label) for label in labels) + 6
    every = next(step for step in range(1, len(labels) + 1) if step * (places[1] - places[0]) >= room)
    for place, (x, label) in enumerate(zip(places, labels, strict=True)):
        if place % every == 0:
            ha = "left" if x == 0 else "right" if x == WIDTH else "center"
            sheet.text(x, y, label, ha=ha, color=SOFT)


def _in_words(item: Item, summary: Summary, language: str) -> str:
    assert isinstance(item, Slider | Dyad)
    low, high = _poles(item, language)
    if isinstance(item, Dyad):
        line = translate(N_("A line from “{low}” (0 %) to “{high}” (100 %)."), language).format(low=low, high=high)
        middle = f"{round(100 * summary['median'])} %"
        scale = [f"{round(100 * one['low'])}–{round(100 * one['high'])} %" for one in summary["bins"]]
    else:
        line = translate(N_("A line from {min} ({low}) to {max} ({high})."), language).format(
            low=low, high=high, min=number(item.min, language, 2), max=number(item.max, language, 2)
        )
        middle = number(summary["median"], language)
        around = summary["bins"][0]["low"] < item.min
        scale = [
            number((one["low"] + one["high"]) / 2, language, 2)
            if around
            else f"{number(one['low'], language, 2)}–{number(one['high'], language, 2)}"
            for one in summary["bins"]
        ]
    counts = "; ".join(
        f"{label}: {one['count']}" for label, one in zip(scale, summary["bins"], strict=True) if one["count"]
    )
    mean = mean_in_words(item, summary, language)
    median = translate(N_("median {median}"), language).format(median=middle)
    return f"{line} {mean[0].upper()}{mean[1:]}, {median}. {counts}"

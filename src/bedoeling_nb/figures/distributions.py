"""How often each possible answer was given: choices, scales with labels, faces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bedoeling_nb.figures.drawing import (
    ACCENT,
    GRID,
    INK,
    LEADING,
    SERIES,
    SIZE,
    SOFT,
    TALLEST,
    WIDTH,
    Figure,
    Sheet,
    answered,
    entry_text,
    mixed,
    number,
    option_texts,
    readable_on,
    text_width,
    title_of,
    too_few,
    whole_parts,
    wrap,
)
from bedoeling_nb.instruments import Choosable, Item, Summary, in_language
from bedoeling_nb.instruments.kinds.likert import Likert
from bedoeling_nb.instruments.kinds.smiley import Smiley
from bedoeling_nb.texts import N_, translate

__all__ = ["Bar", "bars", "draw", "draw_entries"]

LABELS = 176.0
"""Points for the words before the bars."""
LOW, MIDDLE = "#b8480a", "#e9e3d8"
FACE = 10.0


@dataclass(frozen=True)
class Bar:
    """One row: its words, its length as a share of the longest bar, and what stands behind it."""

    label: str
    share: float
    value: str
    color: str = ACCENT


@dataclass(frozen=True)
class _Scale:
    """The possible answers of an item: ids as in the counts, words, colours, and whether it has a middle."""

    ids: list[str]
    labels: list[str]
    colors: list[str]
    middle: bool = False


def draw(item: Item, summary: Summary, language: str) -> Figure:
    """Bars of how many people gave each answer."""
    scale, counts, n = _scale(item, language), summary["counts"], summary["n"]
    most = max(1, *counts.values())
    shares = [counts[one] / n for one in scale.ids]
    percents = whole_parts(shares) if sum(counts.values()) == n else [int(100 * share + 0.5) for share in shares]
    rows = [
        Bar(label, counts[one] / most, f"{counts[one]}  ({percent} %)", color if scale.middle else ACCENT)
        for one, label, color, percent in zip(scale.ids, scale.labels, scale.colors, percents, strict=True)
    ]
    note = answered(summary, language)
    if mean := _mean(summary, language):
        note += f" · {mean}"
    sheet = bars(title_of(item, language), note, rows, _face if isinstance(item, Smiley) else None)
    words = (f"{label}: {counts[one]}" for one, label in zip(scale.ids, scale.labels, strict=True))
    return sheet.done("; ".join(words))


def bars(
    title: str,
    note: str,
    rows: Sequence[Bar],
    picture: Callable[[Sheet, int, float, float], None] | None = None,
    labels: float = LABELS,
) -> Sheet:
    """A sheet of lying bars; ``picture`` draws something before the words of each row."""
    room = labels - (2 * FACE + 8 if picture else 0)
    lines = [wrap(row.label, room) for row in rows]
    heights = [max(24.0, len(words) * SIZE * LEADING + 10) for words in lines]
    sheet = Sheet(title, note, sum(heights) + 6)
    space = max(text_width(row.value, bold=True) for row in rows) + 8
    left, y = labels + 12, 3.0
    for place, (row, words, height) in enumerate(zip(rows, lines, heights, strict=True)):
        middle = y + height / 2
        if picture:
            picture(sheet, place, FACE + 1, middle)
        sheet.text(labels - room, middle, words)
        length = row.share * (WIDTH - left - space)
        thick = min(height - 9, 20)
        edge = {"edgecolor": SOFT, "linewidth": 0.5} if row.color == MIDDLE else {}
        sheet.box(left, middle - thick / 2, length, thick, row.color, **edge)
        sheet.text(left + length + 6, middle, row.value, bold=True)
        y += height
    sheet.line([left, left], [3, y], INK, 1)
    return sheet


def draw_entries(item: Item, summary: Summary, language: str) -> Figure:
    """For each thing that was asked about one stacked bar; scales with labels are laid around their middle."""
    scale, entries = _scale(item, language), summary["entries"]
    lines = [wrap(entry_text(entry, language), LABELS, most=6) for entry in entries]
    heights = [max(32.0, len(words) * SIZE * LEADING + 14) for words in lines]
    rows = _fitting(heights)
    legend = _legend_rows(scale.labels)
    top = len(legend) * 17 + 6.0
    more = len(entries) - rows
    sheet = Sheet(
        title_of(item, language), answered(summary, language), top + sum(heights[:rows]) + (18 if more else 0)
    )
    for row, places in enumerate(legend):
        for place, x in places:
            sheet.box(x, row * 17 + 2, 10, 10, scale.colors[place], edgecolor=SOFT, linewidth=0.5)
            sheet.text(x + 15, row * 17 + 7, scale.labels[place])
    y = top
    left, right = LABELS + 12, WIDTH - 66
    shown = [entry["summary"] for entry in entries if not entry["summary"].get("withheld")]
    reach = [_reach(scale, one) for one in shown] or [(0.5, 0.5)]
    before, after = max(one[0] for one in reach), max(one[1] for one in reach)
    for entry, words, height in zip(entries[:rows], lines, heights, strict=False):
        one, middle = entry["summary"], y + height / 2
        sheet.line([0, WIDTH], [y, y], GRID, 0.6)
        sheet.text(0, middle, words)
        if one.get("withheld"):
            sheet.text(left, middle, wrap(too_few(one, language), WIDTH - left), color=SOFT, halo=True)
        else:
            unit = (right - left) / (before + after)
            x = left + (before - _reach(scale, one)[0]) * unit
            for place, id_ in enumerate(scale.ids):
                count = one["counts"][id_]
                length = unit * count / one["n"]
                color = scale.colors[place]
                sheet.box(x, middle - 9, length, 18, color, edgecolor="white", linewidth=1)
                if color == MIDDLE and count:
                    sheet.box(x + 0.5, middle - 8.5, max(0, length - 1), 17, "none", edgecolor=SOFT, linewidth=0.5)
                if count and length > text_width(str(count), bold=True) + 3:
                    sheet.text(x + length / 2, middle, str(count), ha="center", bold=True, color=readable_on(color))
                x += length
            tail = (
                f"n = {one['n']}"
                if "mean" not in one
                else translate(N_("avg. {mean}"), language).format(mean=_signed(item, one["mean"], language))
            )
            sheet.text(WIDTH, middle, tail, ha="right", bold="mean" in one, color=INK if "mean" in one else SOFT)
        y += height
    if scale.middle:
        axis = left + before * (right - left) / (before + after)
        sheet.line([axis, axis], [top + 2, y - 2], SOFT, 0.8, zorder=0, linestyle=(0, (2, 2)))
    if more:
        sheet.text(0, y + 9, translate(N_("and {n} more"), language).format(n=more), color=SOFT)
    return sheet.done(" ".join(_entry_in_words(item, entry, scale, language) for entry in entries))


def _scale(item: Item, language: str) -> _Scale:
    if isinstance(item, Likert):
        half = (len(item.labels) - 1) / 2
        sides = [(place - half) / half for place in range(len(item.labels))]
        colors = [
            mixed(LOW if side < 0 else ACCENT, MIDDLE, 0.15 + 0.85 * abs(side)) if side else MIDDLE for side in sides
        ]
        return _Scale([str(p) for p in item.points], [in_language(t, language) for t in item.labels], colors, True)
    if isinstance(item, Smiley):
        return _Scale(["1", "2", "3"], [in_language(t, language) for t in item.labels], [LOW, "#8a94a0", ACCENT], True)
    assert isinstance(item, Choosable)
    texts = option_texts(item.options, language)
    return _Scale(
        list(texts),
        list(texts.values()),
        [ACCENT] * len(texts) if len(texts) > len(SERIES) else list(SERIES[: len(texts)]),
    )


def _reach(scale: _Scale, summary: Summary) -> tuple[float, float]:
    """The shares before and after the middle of a scale; of choices everything comes after the beginning."""
    if not scale.middle:
        return 0.0, 1.0
    shares = [summary["counts"][one] / summary["n"] for one in scale.ids]
    half = len(shares) // 2
    centre = shares[half] / 2 if len(shares) % 2 else 0.0
    return sum(shares[:half]) + centre, sum(shares[half + len(shares) % 2 :]) + centre


def _mean(summary: Summary, language: str) -> str:
    if "mean" not in summary:
        return ""
    return translate(N_("mean {mean}"), language).format(mean=number(summary["mean"], language))


def _signed(item: Item, mean: float, language: str) -> str:
    text = number(mean, language)
    return f"+{text}" if isinstance(item, Likert) and item.first < 0 and round(mean, 1) > 0 else text


def _entry_in_words(item: Item, entry: dict[str, Summary], scale: _Scale, language: str) -> str:
    one, text = entry["summary"], entry_text(entry, language)
    if one.get("withheld"):
        return f"{text}: {too_few(one, language)}"
    words = ", ".join(f"{label} {one['counts'][id_]}" for id_, label in zip(scale.ids, scale.labels, strict=True))
    mean = _mean(one, language)
    return f"{text}: {words}{f'; {mean}' if mean else ''}."


def _fitting(heights: Sequence[float]) -> int:
    """How many rows fit on one sheet."""
    total, rows = 0.0, 0
    for height in heights:
        total += height
        if total > TALLEST:
            break
        rows += 1
    return rows


def _legend_rows(labels: Sequence[str]) -> list[list[tuple[int, float]]]:
    """The places of the legend's labels, in rows that fit."""
    rows: list[list[tuple[int, float]]] = [[]]
    x = 0.0
    for place, label in enumerate(labels):
        width = 15 + text_width(label) + 16
        if rows[-1] and x + width - 16 > WIDTH:
            rows.append([])
            x = 0.0
        rows[-1].append((place, x))
        x += width
    return rows


def _face(sheet: Sheet, place: int, x: float, y: float) -> None:
    """A sad, a neutral or a happy face."""
    color = (LOW, "#8a94a0", ACCENT)[place]
    sheet.disc(x, y, FACE, "white", edgecolor=color, linewidth=1.8)
    for side in (-3.4, 3.4):
        sheet.disc(x + side, y - 2.6, 1.3, color)
    bend = (-1, 0, 1)[place] * 2.6
    points = [step / 10 for step in range(-10, 11)]
    sheet.line(
        [x + 4.6 * p for p in points],
        [y + 4 - bend / 2 + bend * (1 - p * p) for p in points],
        color,
        1.6,
        solid_capstyle="round",
    )

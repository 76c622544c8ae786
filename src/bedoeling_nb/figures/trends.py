"""How a unit moved over the periods: its scales as lines among the others, its balance as a path in the triangle."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import pandas as pd

from bedoeling_nb.community import Period
from bedoeling_nb.figures import triad
from bedoeling_nb.figures.drawing import (
    ACCENT,
    GRID,
    INK,
    SOFT,
    WIDTH,
    Figure,
    Listing,
    Sheet,
    mark,
    number,
    shortened,
    whole_parts,
    wrap,
)
from bedoeling_nb.figures.markers import numbered, spread_out
from bedoeling_nb.instruments import Instrument, Item, in_language
from bedoeling_nb.instruments.kinds.dyad import Dyad
from bedoeling_nb.instruments.kinds.slider import Slider
from bedoeling_nb.instruments.kinds.triad import Triad
from bedoeling_nb.texts import N_, translate

__all__ = ["between", "draw_balance", "draw_scales", "draw_shares"]

_HIGH = 96.0
_PANEL = _HIGH + 50
_LEFT = 84.0

_LETTER, _STEP = 12.0, 24.0
"""Larger letters than on other sheets: these pictures are also read on a phone. And points from line to line."""

_READABLE = 0.14
"""A part of a bar that is smaller has no room for its number."""


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
    title = translate(N_("Over time: {place}"), language).format(place=place)
    by, per = table.columns[:2]
    columns = between(table[per])
    own = table[table[by] == place]
    if own.empty:
        return _nothing(title, language)
    asked = set(own["item"])
    items = [path for step in script.steps for item in step.items if (path := f"{step.id}.{item.id}") in asked]
    notes = [N_("Point: mean. Bar: 95 % interval.")]
    notes += [N_("Thin lines: the others.")] if (table[by] != place).any() else []
    notes += [N_("Dash below the axis: too few answers to show.")] if own["withheld"].any() else []
    notes += [N_("No line: too few teams to say how sure it is.")] if own[~own["withheld"]]["low"].isna().any() else []
    note = " ".join(translate(one, language) for one in notes)
    sheet = Sheet(title, note, len(items) * _PANEL + 16)
    wide = (WIDTH - _LEFT) / len(columns)
    at = {period: _LEFT + (number + 0.5) * wide for number, period in enumerate(columns)}
    told = []
    for row, path in enumerate(items):
        item, top = script.step(path.split(".")[0]).item(path.split(".")[1]), row * _PANEL
        base, (low, high) = top + 26 + _HIGH, _ends(item)
        scale = _HIGH / (high - low)
        sheet.text(0, top + 8, in_language(item.text, language), bold=True, size=_LETTER)
        for value, word in zip((low, (low + high) / 2, high), _words(item, language), strict=True):
            y = base - (value - low) * scale
            sheet.line([_LEFT, WIDTH], [y, y], GRID, 0.7, zorder=0)
            sheet.text(_LEFT - 8, y, word, ha="right", color=SOFT, size=_LETTER - 1)
        for other, line in table[(table["item"] == path) & ~table["withheld"]].groupby(by):
            if other != place:
                ys = [base - (value - low) * scale for value in line["mean"]]
                sheet.line([at[one] for one in line[per]], ys, "#b9c0c8", 0.7, zorder=1)
        line = own[own["item"] == path]
        known = line[~line["withheld"]]
        sheet.line([at[one] for one in known[per]], [base - (v - low) * scale for v in known["mean"]], ACCENT, 2)
        said = []
        for one in line.to_dict("records"):
            x = at[one[per]]
            if one["withheld"]:
                # Below the axis and no mark of a value: a ring at the bottom reads as a score of zero.
                sheet.text(x, base + 11, "–", ha="center", bold=True, color=SOFT, size=_LETTER)
                said.append(f"{Period.parse(one[per]).short(language)}: –")
                continue
            mean = top_end = base - (one["mean"] - low) * scale
            shown, facts = _shown(item, one["mean"], language), [f"n = {one['n']}"]
            if not pd.isna(one["low"]):
                bottom, peak = (base - (one[part] - low) * scale for part in ("low", "high"))
                top_end = max(peak, base - _HIGH)
                sheet.line([x, x], [min(bottom, base), top_end], ACCENT, 1.4, zorder=3)
                facts.insert(0, f"{_shown(item, one['low'], language)} – {_shown(item, one['high'], language)}")
            sheet.disc(x, mean, 5, ACCENT, edgecolor="white", linewidth=1.2, zorder=4)
            sheet.text(x, top_end - 9, shown, ha="center", bold=True, halo=True, size=_LETTER)
            said.append(f"{Period.parse(one[per]).short(language)}: {shown} ({', '.join(facts)})")
        told.append(f"{in_language(item.text, language)} {'; '.join(said)}.")
    for period, x in at.items():
        label = Period.parse(period).short(language)
        sheet.text(x, len(items) * _PANEL, label, ha="center", color=INK, size=min(_LETTER, _LETTER * wide / 80))
    return sheet.done(" ".join(told), "trend")


def draw_shares(table: pd.DataFrame, item: Triad, place: str, language: str = "nl") -> Listing:
    """A bar for each period, divided as attention was over the corners of a triad.

    ``table`` is as `analysis.trends.balance` gives it, and ``item`` the triad that was asked. The bars are HTML: their
    letters stay as large on a phone as on paper.
    """
    by, per = table.columns[:2]
    own = {one[per]: one for one in table[table[by] == place].to_dict("records")}
    title = translate(N_("How attention was divided"), language)
    if not own:
        return _nothing(title, language)
    note = translate(N_("The middle of all places in the triangle, as shares of one hundred."), language)
    names = {corner.id: in_language(corner.text, language) for corner in item.corners}
    marks = {corner.id: mark(corner.id, index) for index, corner in enumerate(item.corners)}
    key = "".join(
        f'<span style="color:{color}">{sign} {html.escape(names[corner])}</span>'
        for corner, (color, sign) in marks.items()
    )
    told, rows = [], ""
    for period in between(own):
        name = Period.parse(period).name(language)
        if period not in own or own[period]["withheld"]:
            word = translate(N_("Too few answers") if period in own else N_("No meeting"), language)
            told.append(f"{name}: {word.lower()}")
            rows += f'<dt>{name}</dt><dd><span class="bn-bar bn-none">{word}</span></dd>'
            continue
        shares = [float(own[period][corner]) for corner in names]
        parts = dict(zip(names, whole_parts(shares), strict=True))
        people = _people(own[period]["n"], language)
        words = ", ".join(f"{names[corner]} {part} %" for corner, part in parts.items())
        told.append(f"{name}: {words} ({people})")
        bars = "".join(
            f'<span style="width:{100 * share:.2f}%;background:{marks[corner][0]}">'
            f"{f'{marks[corner][1]} {part} %' if share >= _READABLE else ''}</span>"
            for (corner, part), share in zip(parts.items(), shares, strict=True)
        )
        spoken = html.escape(words, quote=True)
        rows += (
            f"<dt>{name} <small>{people}</small></dt>"
            f'<dd><span class="bn-bar" role="img" aria-label="{spoken}">{bars}</span></dd>'
        )
    body = f'<p class="bn-key" aria-hidden="true">{key}</p><dl class="bn-shares">{rows}</dl>'
    return Listing(title, note, f"{title}. {'; '.join(told)}.", body)


def between(periods: Iterable[str]) -> list[str]:
    """All periods from the first to the last of these, also those in which nothing was told."""
    known = sorted(Period.parse(one) for one in set(periods))
    found = known[:1]
    while found and found[-1] < known[-1]:
        found.append(found[-1].shifted(1))
    return [one.id for one in found]


def draw_balance(table: pd.DataFrame, item: Triad, place: str, language: str = "nl") -> Figure | Listing:
    """The triangle with the path of the middle: a numbered point for each period, the last one filled.

    ``table`` is as `analysis.trends.balance` gives it, and ``item`` the triad that was asked.
    """
    by, per = table.columns[:2]
    own = table[table[by] == place].to_dict("records")
    title = translate(N_("Where attention went: {place}"), language).format(place=place)
    if not own:
        return _nothing(title, language)
    few = translate(N_("Too few answers"), language)
    known = [one for one in own if not one["withheld"]]  # of the others not even how many: no number about a few
    centre, rows = triad.SIDE / 2 + 8, len(known) + 2 * (len(known) < len(own))
    sheet = Sheet(title, "", max(triad.TOP + triad.HIGH + 44, rows * _STEP + 8))
    triad.frame(sheet, item, centre, language, size=_LETTER)
    spots = [triad.place([one[corner.id] for corner in item.corners], centre) for one in known]
    sheet.line([x for x, _ in spots], [y for _, y in spots], ACCENT, 1.2, alpha=0.6, zorder=3)
    spread_out(sheet, list(enumerate(spots)), filled=len(spots) - 1)
    x = triad.SIDE + 40
    for index, one in enumerate(known):
        y = 12 + index * _STEP
        numbered(sheet, x, y, index + 1, filled=one is known[-1])
        sheet.text(x + 16, y, Period.parse(one[per]).name(language), size=_LETTER, bold=one is known[-1])
    if len(known) < len(own):
        names = ", ".join(Period.parse(one[per]).short(language) for one in own if one["withheld"])
        lines = wrap(f"{few}: {names}", WIDTH - x, _LETTER - 1)
        sheet.text(x - 8, 12 + len(known) * _STEP, lines, size=_LETTER - 1, color=SOFT, va="top")
    told = []
    for one in own:
        name = Period.parse(one[per]).name(language)
        if one["withheld"]:
            told.append(f"{name}: {few.lower()}")
            continue
        parts = whole_parts([float(one[corner.id]) for corner in item.corners])
        words = ", ".join(
            f"{in_language(corner.text, language)} {part} %" for corner, part in zip(item.corners, parts, strict=True)
        )
        told.append(f"{name}: {words} ({_people(one['n'], language)})")
    return sheet.done("; ".join(told), "triangle")


def _people(n: int, language: str) -> str:
    return translate(N_("{n} people"), language).format(n=n)


def _nothing(title: str, language: str) -> Listing:
    sentence = translate(N_("No answers yet."), language)
    return Listing(title, "", f"{title} {sentence}", f'<p class="bn-withheld">{sentence}</p>')


def _ends(item: Item) -> tuple[float, float]:
    return (item.min, item.max) if isinstance(item, Slider) else (0.0, 1.0)


def _words(item: Item, language: str) -> Sequence[str]:
    """What stands at the low end, the middle and the high end of the axis."""
    if isinstance(item, Dyad):
        left, right = (
            shortened(in_language(pole, language), _LEFT - 10, _LETTER - 1) for pole in (item.left, item.right)
        )
        return [left, "50 %", right]
    low, high = _ends(item)
    return [number(value, language) for value in (low, (low + high) / 2, high)]


def _shown(item: Item, value: float, language: str) -> str:
    return f"{round(100 * value)} %" if isinstance(item, Dyad) else number(value, language)

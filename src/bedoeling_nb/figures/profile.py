"""A profile: the scales of a questionnaire below each other, with what was before and how it is with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from bedoeling_nb.analysis.differences import Difference
from bedoeling_nb.analysis.rollup import GROUPS, LevelMean
from bedoeling_nb.figures.drawing import ACCENT, GRID, INK, SERIES, SOFT, WIDTH, Figure, Sheet, number, text_width, wrap
from bedoeling_nb.instruments import in_language
from bedoeling_nb.instruments.instrument import Scale
from bedoeling_nb.texts import N_, translate

__all__ = ["Row", "draw_levels", "draw_profile"]

Thing = TypeVar("Thing")

_ROW, _LEFT, _RIGHT, _TOP = 40.0, 168.0, 34.0, 26.0
_NEAR, _STEP = 11.0, 12.0  # marks that are nearer than this stand that much above and below each other


class Row(Protocol):
    """One scale of a profile; `mean` is None where too few people have a score, the others where there is nothing."""

    @property
    def scale(self) -> Scale: ...
    @property
    def ends(self) -> tuple[float, float]: ...
    @property
    def mean(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def change(self) -> Difference | None: ...
    @property
    def others(self) -> float | None: ...


def draw_profile(results: Sequence[Row], low: str, high: str, language: str = "nl", title: str = "") -> Figure:
    """A row for each scale: the mean and its interval, an open ring for the wave before, a stroke for other teams.

    ``low`` and ``high`` are the words at the ends of the answers.
    """
    sure = any(one.low is not None for one in results)
    notes = [N_("Point: mean. Bar: 95 % interval.") if sure else N_("Point: mean.")]
    notes += [N_("Open ring: last time.")] if any(one.change for one in results) else []
    notes += [N_("Stroke: other teams together.")] if any(one.others is not None for one in results) else []
    note = " ".join(translate(one, language) for one in notes)
    sheet = Sheet(title or translate(N_("Our profile"), language), note, _TOP + 4 + _ROW * len(results))
    told = []
    for one, name, y, at in _lines(sheet, [(row.scale, row.ends) for row in results], results, low, high, language):
        if one.mean is None:
            told.append(_too_few(sheet, name, y, language))
            continue
        words = f"{name}: {number(one.mean, language)}"
        if one.low is not None and one.high is not None:
            words += f" ({number(one.low, language)} – {number(one.high, language)})"
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


def draw_levels(
    scales: Sequence[tuple[Scale, tuple[float, float]]],
    levels: Sequence[LevelMean],
    low: str,
    high: str,
    note: str = "",
    language: str = "nl",
) -> Figure:
    """A line for each scale, with a mark for the mean of each level of the organisation: the spread between them.

    ``note`` is said below the title: who was asked when. A level that is not shown on a scale has no mark there; the
    alternative text says which.
    """
    groups = [group for group in GROUPS if any(one.group == group for one in levels)]
    sheet = Sheet(
        translate(N_("Between levels"), language),
        f"{translate(N_('The further apart, the more differently people see it.'), language)} {note}".strip(),
        _TOP + 22 + _ROW * len(scales),
    )
    x = 0.0
    for group in groups:
        name = translate(group.name, language)
        _mark(sheet, group.id, x + 6, 7)
        sheet.text(x + 17, 7, name)
        x += 17 + text_width(name) + 18
    told = []
    for scale, name, y, at in _lines(sheet, scales, [scale for scale, _ in scales], low, high, language, 22):
        of = {one.group.id: one for one in levels if one.scale == scale.id}
        means = {id_: one.mean for id_, one in of.items() if one.mean is not None}
        if not means:
            told.append(_too_few(sheet, name, y, language))
            continue
        sheet.line([at(min(means.values())), at(max(means.values()))], [y, y], SOFT, 1.6, zorder=2)
        places = sorted((at(mean), id_) for id_, mean in means.items())
        for place, (x, id_) in enumerate(places):
            beside = any(abs(x - other) < _NEAR for other, one in places if one != id_)
            _mark(sheet, id_, x, y + (_STEP * (place % 2) - _STEP / 2 if beside else 0), 5 + place)
        words = [
            f"{translate(group.name, language)} "
            + (number(means[group.id], language) if group.id in means else translate(N_("not shown"), language))
            for group in groups
            if group.id in of
        ]
        told.append(f"{name}: {', '.join(words)}")
    return sheet.done("; ".join(told))


def _lines(
    sheet: Sheet,
    scales: Sequence[tuple[Scale, tuple[float, float]]],
    things: Sequence[Thing],
    low: str,
    high: str,
    language: str,
    top: float = 0,
) -> Iterator[tuple[Thing, str, float, Callable[[float], float]]]:
    """The rows with their names and grid: for each thing its name, its height and where a value stands on it."""
    wide = WIDTH - _LEFT - _RIGHT
    sheet.text(_LEFT, top + 9, low, color=SOFT, size=9)
    sheet.text(WIDTH - _RIGHT, top + 9, high, color=SOFT, size=9, ha="right")
    for row, ((scale, (first, last)), thing) in enumerate(zip(scales, things, strict=True)):
        y = top + _TOP + _ROW * row + _ROW / 2
        name = in_language(scale.title, language)
        sheet.text(0, y, wrap(name, _LEFT - 14, most=2), bold=True)

        def at(value: float, first: float = first, last: float = last) -> float:
            return _LEFT + (value - first) / (last - first) * wide

        for step in range(round(last - first) + 1):
            x = at(first + step)
            sheet.line([x, x], [y - _ROW / 2, y + _ROW / 2], GRID, 0.7, zorder=0)
        yield thing, name, y, at


def _mark(sheet: Sheet, group: str, x: float, y: float, order: float = 5) -> None:
    """The sign of a level: told apart by shape as well as by colour."""
    edge = {"edgecolor": "white", "linewidth": 1.2, "zorder": order}
    if group == "teams":
        sheet.disc(x, y, 6, SERIES[0], **edge)
    elif group == "leaders":
        sheet.shape([(x, y - 7), (x + 7, y + 5.5), (x - 7, y + 5.5)], SERIES[1], **edge)
    else:
        sheet.shape([(x - 5.5, y - 5.5), (x + 5.5, y - 5.5), (x + 5.5, y + 5.5), (x - 5.5, y + 5.5)], SERIES[2], **edge)


def _too_few(sheet: Sheet, name: str, y: float, language: str) -> str:
    few = translate(N_("Too few answers"), language)
    sheet.text(_LEFT + 6, y, few, color=SOFT, halo=True)
    return f"{name}: {few.lower()}"

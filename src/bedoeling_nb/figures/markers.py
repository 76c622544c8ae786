"""Numbered points in a picture, and the list that says what each number is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bedoeling_nb.figures.drawing import ACCENT, INK, LEADING, SIZE, SOFT, TALLEST, WIDTH, Sheet, too_few, wrap
from bedoeling_nb.instruments import Summary
from bedoeling_nb.texts import N_, translate

__all__ = ["Legend", "Numbered", "apart", "numbered", "spread_out"]

RADIUS = 8.0
MOST = 20
"""More numbers than this cannot be told apart; the rest is only in the alternative text."""


@dataclass(frozen=True)
class Numbered:
    """What a number stands for."""

    text: str
    summary: Summary

    def state(self, language: str) -> str:
        """Why it is not in the picture, if it is not."""
        if self.summary.get("withheld"):
            return too_few(self.summary, language)
        return "" if "mean" in self.summary else "–"

    def lines(self, width: float, language: str) -> list[str]:
        """Its words in the list."""
        state = self.state(language)
        return wrap(f"{self.text} – {state}" if state else self.text, width - 2 * RADIUS - 8)


class Legend:
    """The list of the first ``count`` numbers: beside a picture of height ``room``, the rest of it below."""

    def __init__(self, entries: Sequence[Numbered], x: float, room: float, language: str) -> None:
        self.entries, self.x, self.room, self.language = entries, x, room, language
        shown = list(enumerate(entries[:MOST], 1))
        used = 0.0
        self.beside: list[tuple[int, Numbered]] = []
        for number, one in shown:
            used += self._height(one, WIDTH - x)
            if used > room:
                break
            self.beside.append((number, one))
        rows = 0.0
        self.below: list[tuple[int, Numbered]] = []
        for number, one in shown[len(self.beside) :]:
            if room + rows + self._height(one, WIDTH) > TALLEST:
                break
            rows += self._height(one, WIDTH)
            self.below.append((number, one))
        self.count = len(self.beside) + len(self.below)
        self.more = len(entries) - self.count
        self.height = room + (10 + rows if rows else 0) + (SIZE * LEADING + 6 if self.more else 0) + 4

    def draw(self, sheet: Sheet) -> None:
        """Write it on a sheet that is at least `height` high."""
        self._column(sheet, self.beside, self.x, 0)
        y = self._column(sheet, self.below, 0, self.room + 10)
        if self.more:
            sheet.text(0, y + 3, translate(N_("and {n} more"), self.language).format(n=self.more), va="top", color=SOFT)

    def _column(self, sheet: Sheet, rows: Sequence[tuple[int, Numbered]], x: float, y: float) -> float:
        for number, one in rows:
            known = "mean" in one.summary
            numbered(
                sheet, x + RADIUS + 1, y + SIZE * LEADING / 2 + 3, number, filled=known, color=ACCENT if known else SOFT
            )
            lines = one.lines(WIDTH - x, self.language)
            sheet.text(x + 2 * RADIUS + 8, y + 3, lines, va="top", color=INK if known else SOFT)
            y += self._height(one, WIDTH - x)
        return y

    def _height(self, one: Numbered, width: float) -> float:
        return max(2 * RADIUS + 5, len(one.lines(width, self.language)) * SIZE * LEADING + 7)


def spread_out(
    sheet: Sheet,
    places: Sequence[tuple[int, tuple[float, float]]],
    *,
    filled: int | None = None,
    within: tuple[float, float, float, float] | None = None,
) -> None:
    """Numbered points; those that would cover each other move apart, with a line to where they belong.

    With ``filled`` only this one is in full colour. ``within`` is a box (left, top, right, bottom) that none leaves.
    """
    for number, (x, y) in apart(places, within).items():
        own = dict(places)[number]
        if math.hypot(x - own[0], y - own[1]) > 2:
            sheet.line([own[0], x], [own[1], y], SOFT, 0.8, zorder=3)
            sheet.disc(*own, 1.8, INK, zorder=3)
        numbered(sheet, x, y, number + 1, filled=filled is None or number == filled)


def apart(
    places: Sequence[tuple[int, tuple[float, float]]], within: tuple[float, float, float, float] | None = None
) -> dict[int, tuple[float, float]]:
    """Where the numbers stand so that none covers another: a cluster around where they belong, within the box."""
    left, top, right, bottom = within or (-math.inf, -math.inf, math.inf, math.inf)

    def inside(x: float, y: float) -> tuple[float, float]:
        return min(max(x, left + RADIUS), right - RADIUS), min(max(y, top + RADIUS), bottom - RADIUS)

    # Those on the same spot begin on a spiral around it, so that they become a cluster and not a row.
    moved: dict[int, tuple[float, float]] = {}
    for index, (number, (x, y)) in enumerate(places):
        turn = sum(math.dist(spot, (x, y)) < 1 for _, spot in places[:index])
        far = RADIUS * math.sqrt(turn)
        moved[number] = inside(x + far * math.cos(2.4 * turn), y + far * math.sin(2.4 * turn))
    for _ in range(200):
        still = True
        for index, (one, _) in enumerate(places):
            for other, _ in places[index + 1 :]:
                dx, dy = moved[other][0] - moved[one][0], moved[other][1] - moved[one][1]
                distance = math.hypot(dx, dy)
                if distance >= 2 * RADIUS + 1:
                    continue
                still = False
                if distance < 0.001:  # a corner of the box brought them together
                    dx, dy, distance = math.cos(2.4 * other), math.sin(2.4 * other), 1.0
                push = (2 * RADIUS + 1.2 - min(distance, 2 * RADIUS)) / 2
                for number, sign in ((one, -1), (other, 1)):
                    x, y = moved[number]
                    moved[number] = inside(x + sign * push * dx / distance, y + sign * push * dy / distance)
        if still:
            break
    return moved


def numbered(sheet: Sheet, x: float, y: float, number: int, *, filled: bool = True, color: str = ACCENT) -> None:
    """A number in a circle: white on the colour, or the other way round."""
    face, ink = (color, "white") if filled else ("white", color)
    sheet.disc(x, y, RADIUS, face, edgecolor="white" if filled else color, linewidth=1, zorder=6)
    sheet.text(x, y, str(number), ha="center", bold=True, size=9, color=ink, order=7)

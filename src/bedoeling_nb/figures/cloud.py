"""Where everybody stands between the three promises, and how sure it is where their middle lies."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from bedoeling_nb.analysis.promises import Balance
from bedoeling_nb.figures import triad
from bedoeling_nb.figures.drawing import ACCENT, INK, SOFT, WIDTH, Figure, Sheet, wrap
from bedoeling_nb.instruments.kinds.triad import Triad
from bedoeling_nb.texts import N_, translate

__all__ = ["draw_cloud"]

_LETTER, _STEP = 12.0, 26.0


def draw_cloud(
    points: pd.DataFrame, found: Balance, item: Triad, title: str, language: str = "nl", *, parts: bool = False
) -> Figure:
    """A dot for each person, the middle with its 95 % region, and a cross where all corners weigh the same.

    Parameters
    ----------
    points
        A row a dot, a column a corner: what may be shown.
    found
        The middle, and its region if there is one.
    item
        The triad that was asked.
    parts
        A dot is a part of the organisation, and the middle that of its teams.
    """
    corners = [corner.id for corner in item.corners]
    many = N_("{n} parts, each a dot: the middle of its people.") if parts else N_("{n} people, each a dot.")
    note = translate(many, language).format(n=len(points))
    centre, x = triad.SIDE / 2 + 8, triad.SIDE + 40
    sheet = Sheet(title, note, triad.TOP + triad.HIGH + 44)
    triad.frame(sheet, item, centre, language, size=_LETTER)
    for point in points[corners].to_numpy().tolist():
        sheet.disc(*triad.place(point, centre), 2.6, "#33414f", alpha=0.5, zorder=3)
    if found.region is not None:
        curve = [triad.place(point, centre) for point in found.region.tolist()]
        sheet.shape(curve, ACCENT, alpha=0.3, linewidth=1.4, edgecolor=ACCENT, zorder=1)
    _cross(sheet, *triad.place([1 / 3] * 3, centre))
    assert found.mean is not None  # there is somebody
    _middle(sheet, *triad.place([found.mean[corner] for corner in corners], centre))

    y = 12.0

    def explain(sign: Callable[[float], None], words: str) -> None:
        nonlocal y
        sign(y)
        lines = wrap(words, WIDTH - x - 16, _LETTER - 1)
        sheet.text(x + 16, y - 8, lines, va="top", size=_LETTER - 1)
        y += _STEP + (len(lines) - 1) * (_LETTER + 3)

    one, all_ = N_("one person"), N_("the middle of all people")
    if parts:
        one, all_ = N_("one part"), N_("the middle of all teams")
    explain(lambda y: sheet.disc(x, y, 2.6, "#33414f", alpha=0.6), translate(one, language))
    explain(lambda y: _middle(sheet, x, y), translate(all_, language))
    if found.region is not None:
        explain(
            lambda y: sheet.box(x - 6, y - 5, 12, 10, ACCENT, alpha=0.3, linewidth=1.4, edgecolor=ACCENT),
            translate(N_("where the middle lies (certainty: 95 %), were others like these asked"), language),
        )
    explain(lambda y: _cross(sheet, x, y), translate(N_("all three weigh the same"), language))
    verdict = wrap(found.verdict(language), WIDTH - x + 8, _LETTER, bold=True)
    sheet.text(x - 8, y + 6, verdict, va="top", size=_LETTER, bold=True)
    return sheet.done(found.sentence(language), "triangle")


def _middle(sheet: Sheet, x: float, y: float) -> None:
    sheet.disc(x, y, 6, "white", edgecolor=INK, linewidth=2, zorder=4)
    sheet.disc(x, y, 2.2, INK, zorder=5)


def _cross(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([x - 5, x + 5], [y, y], SOFT, 1.6, zorder=3)
    sheet.line([x, x], [y - 5, y + 5], SOFT, 1.6, zorder=3)

"""How the dots were divided."""

from __future__ import annotations

from bedoeling_nb.figures.distributions import Bar, bars
from bedoeling_nb.figures.drawing import TALLEST, Figure, answered, many, option_texts, title_of, wrap
from bedoeling_nb.instruments import Summary
from bedoeling_nb.instruments.kinds.dot_vote import DotVote
from bedoeling_nb.texts import N_, translate

__all__ = ["draw"]

LABELS = 290.0


def draw(item: DotVote, summary: Summary, language: str) -> Figure:
    """Bars of dots, most first, with the whole texts; what got no dot is only counted."""
    texts, totals = option_texts(item.options, language), summary["totals"]
    ranked = sorted(((texts[one], dots) for one, dots in totals.items() if dots), key=lambda pair: -pair[1])
    shown, height = 0, 0.0
    for text, _ in ranked:
        height += max(24.0, len(wrap(text, LABELS)) * 12.5 + 10)
        shown += height < TALLEST or not shown
    note = answered(summary, language)
    note += " · " + translate(N_("{n} dots on {texts} texts"), language).format(
        n=sum(totals.values()), texts=len(ranked)
    )
    if without := len(totals) - len(ranked):
        note += " · " + translate(N_("without a dot: {n}"), language).format(n=without)
    if rest := len(ranked) - shown:
        dots = sum(dots for _, dots in ranked[shown:])
        note += " · " + translate(N_("not drawn: {n} texts with {dots} dots together"), language).format(
            n=rest, dots=dots
        )
    most = max((dots for _, dots in ranked), default=1)
    rows = [Bar(text, dots / most, str(dots)) for text, dots in ranked[:shown]]
    sheet = bars(title_of(item, language), note, rows or [Bar("–", 0, "0")], labels=LABELS)
    return sheet.done(many([f"{text}: {dots}" for text, dots in ranked], language, 40))

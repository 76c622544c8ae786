"""Pictures and lists of what people answered, each with its words for those who cannot see it.

`draw` takes an item and its summary as `Meeting.summaries` gives it: counts and places that passed through privacy.
What was held back stays held back: then there is a sentence, never a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bedoeling_nb.figures import distributions, listings, plane, spread, triad, votes
from bedoeling_nb.figures.drawing import Figure, Listing, answered, entry_text, title_of
from bedoeling_nb.instruments import Item, Summary

__all__ = ["Figure", "Listing", "draw"]

Draw = Callable[[Any, Summary, str], Figure | Listing]

_ONE: dict[str, Draw] = {
    "single_choice": distributions.draw,
    "multiple_choice": distributions.draw,
    "likert": distributions.draw,
    "smiley": distributions.draw,
    "slider": spread.draw,
    "dyad": spread.draw,
    "triad": triad.draw,
    "plane": plane.draw,
    "dot_vote": votes.draw,
    "ranking": listings.ranking,
    "short_text": lambda item, summary, language: (listings.words if item.word else listings.texts)(
        item, summary, language
    ),
    "long_text": listings.texts,
}

_ENTRIES: dict[str, Draw] = {
    "single_choice": distributions.draw_entries,
    "likert": distributions.draw_entries,
    "smiley": distributions.draw_entries,
    "slider": spread.draw_entries,
    "dyad": spread.draw_entries,
    "triad": triad.draw_entries,
    "plane": plane.draw_entries,
    "short_text": listings.draw_entries,
    "long_text": listings.draw_entries,
}


def draw(item: Item, summary: Summary, language: str = "nl") -> Figure | Listing:
    """A figure of numbers and places, a list of texts, or the sentence that there are too few answers.

    Parameters
    ----------
    item
        The question, with its options filled in (`Meeting.items`).
    summary
        What may be shown of it (`Meeting.summaries`).
    language
        The reader's language, "nl" or "en".
    """
    if summary.get("withheld"):
        return listings.withheld(item, summary, language)
    if "entries" in summary:
        crowded = item.kind == "single_choice" and len(getattr(item, "options", ())) > 6
        if item.kind in _ENTRIES and not crowded:
            return _ENTRIES[item.kind](item, summary, language)
        return _one_by_one(item, summary, language)
    if item.kind in _ONE and len(summary.keys() - {"n", "na"}):
        return _ONE[item.kind](item, summary, language)
    return listings.nothing(item, summary, language)  # a new kind without a picture


def _one_by_one(item: Item, summary: Summary, language: str) -> Listing:
    """A picture for each thing that was asked about, below each other."""
    title, note = title_of(item, language), answered(summary, language)
    drawn = [
        draw(item.model_copy(update={"text": entry_text(entry, language)}), entry["summary"], language)
        for entry in summary["entries"]
    ]
    body = "".join(one._repr_html_().replace("<h3>", "<h4>").replace("</h3>", "</h4>") for one in drawn)
    return Listing(title, note, f"{title} {note}. {' '.join(one.alt for one in drawn)}", body)

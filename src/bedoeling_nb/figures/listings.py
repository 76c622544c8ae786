"""What people wrote, and orders: lists, in HTML, with everything escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from bedoeling_nb.community import PROMISES
from bedoeling_nb.figures.drawing import (
    Listing,
    answered,
    entry_text,
    many,
    mark,
    number,
    option_texts,
    title_of,
    too_few,
)
from bedoeling_nb.instruments import Item, Summary
from bedoeling_nb.instruments.kinds.ranking import Ranking
from bedoeling_nb.texts import N_, translate

__all__ = ["draw_entries", "ranking", "texts", "withheld", "words"]

MOST = 12
"""Texts that an alternative text repeats; the rest is in the list itself."""


def withheld(item: Item, summary: Summary, language: str) -> Listing:
    """The sentence that stands instead of a picture."""
    sentence = too_few(summary, language)
    return Listing(title_of(item, language), "", f"{title_of(item, language)} {sentence}", _withheld(sentence))


def nothing(item: Item, summary: Summary, language: str) -> Listing:
    """How many people answered, when there is nothing else to show."""
    title, note = title_of(item, language), answered(summary, language)
    return Listing(title, note, f"{title} {note}.", "")


def texts(item: Item, summary: Summary, language: str) -> Listing:
    """What people wrote, by the promise to which they put it where they did; merged texts stand below theirs."""
    title, note = title_of(item, language), answered(summary, language)
    shown = [one for one in summary["texts"] if not one.get("hidden")]
    return Listing(title, note, _alt(title, note, [one["text"] for one in shown], language), _texts(shown, language))


def words(item: Item, summary: Summary, language: str) -> Listing:
    """Words, most given first, and how often each was given."""
    title, note = title_of(item, language), answered(summary, language)
    told = [one["text"] + (f" ({one['count']}×)" if one["count"] > 1 else "") for one in summary["words"]]
    return Listing(title, note, _alt(title, note, told, language), _words(summary["words"]))


def ranking(item: Ranking, summary: Summary, language: str) -> Listing:
    """The options in the order of their mean rank."""
    title, note, names = title_of(item, language), answered(summary, language), option_texts(item.options, language)
    rows = [
        (names[one], rank, summary["first"][one])
        for one, rank in sorted(summary["mean_rank"].items(), key=lambda pair: (pair[1], -summary["first"][pair[0]]))
    ]
    heads = [translate(head, language) for head in (N_("Option"), N_("Mean place"), N_("Put first by"))]
    body = "".join(
        f'<tr><th scope="row">{place}. {html.escape(text)}</th><td>{number(rank, language)}</td><td>{first}</td></tr>'
        for place, (text, rank, first) in enumerate(rows, 1)
    )
    columns = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    told = [f"{place}. {text} ({number(rank, language)})" for place, (text, rank, _) in enumerate(rows, 1)]
    table = f'<table class="bn-table bn-numbers"><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>'
    return Listing(title, note, _alt(title, note, told, language), table)


def draw_entries(item: Item, summary: Summary, language: str) -> Listing:
    """Texts or words for each thing that was asked about."""
    title, note = title_of(item, language), answered(summary, language)
    parts, told = [], []
    for entry in summary["entries"]:
        one, about = entry["summary"], entry_text(entry, language)
        if one.get("withheld"):
            body, said = _withheld(too_few(one, language)), [too_few(one, language)]
        elif "words" in one:
            body, said = _words(one["words"]), [word["text"] for word in one["words"]]
        else:
            shown = [text for text in one.get("texts", ()) if not text.get("hidden")]
            body, said = _texts(shown, language), [text["text"] for text in shown]
        parts.append(f"<dt>{html.escape(about)}</dt><dd>{body}</dd>")
        told.append(f"{about}: {many(said, language, 3)}")
    return Listing(title, note, _alt(title, note, told, language), f'<dl class="bn-entries">{"".join(parts)}</dl>')


def _alt(title: str, note: str, told: Sequence[str], language: str) -> str:
    return f"{title} {note}. {many(told, language, MOST)}"


def _withheld(sentence: str) -> str:
    return f'<p class="bn-withheld">{html.escape(sentence)}</p>'


def _words(counted: Sequence[dict[str, Any]]) -> str:
    most = max((one["count"] for one in counted), default=1)
    parts = []
    for one in counted:
        size = 1 + 0.7 * (one["count"] - 1) / max(1, most - 1)
        times = f" <small>{one['count']}×</small>" if one["count"] > 1 else ""
        parts.append(f'<li style="font-size:{size:.2f}em">{html.escape(one["text"])}{times}</li>')
    return f'<ul class="bn-words">{"".join(parts)}</ul>'


def _texts(shown: Sequence[dict[str, Any]], language: str) -> str:
    promises = {promise.key: promise.en if language == "en" else promise.nl for promise in PROMISES}
    if not any(one.get("lean") in promises for one in shown):
        return _list(shown)
    groups: list[tuple[str, str, list[dict[str, Any]]]] = []
    for key, name in promises.items():
        color, sign = mark(key)
        head = f'<span aria-hidden="true">{sign}</span> {html.escape(name)}'
        groups.append((f' style="color:{color}"', head, [one for one in shown if one.get("lean") == key]))
    rest = translate(N_("Without a place in the triangle"), language)
    groups.append(("", html.escape(rest), [one for one in shown if one.get("lean") not in promises]))
    return "".join(
        f'<div class="bn-group"><h4{style}>{head} <small>{len(members)}</small></h4>{_list(members)}</div>'
        for style, head, members in groups
        if members
    )


def _list(shown: Sequence[dict[str, Any]]) -> str:
    return f'<ul class="bn-texts{" bn-long" if len(shown) > 5 else ""}">{"".join(_text(one) for one in shown)}</ul>'


def _text(one: dict[str, Any]) -> str:
    text = html.escape(one["text"]).replace("\n", "<br>")
    merged = [other for other in one.get("merged", ()) if not other.get("hidden")]
    below = "".join(f"<li>{html.escape(other['text'])}</li>" for other in merged)
    return f"<li>{text}{f'<ul>{below}</ul>' if below else ''}</li>"

"""What reports are built from: a page of sections, tables, and how days and numbers are written."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from babel.dates import format_date

from bedoeling_nb.figures.drawing import number
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.texts import N_, translate

__all__ = ["Block", "Page", "Section", "Words", "agreements", "beside", "day", "heading", "paragraph", "said", "table"]

STYLE = Path(__file__).with_name("report.css")


class Shown(Protocol):
    """A figure, a list of texts, a table."""

    def _repr_html_(self) -> str: ...


@dataclass(frozen=True)
class Block:
    """A piece of HTML in which everything that people typed is escaped."""

    body: str

    def _repr_html_(self) -> str:
        return self.body


@dataclass(frozen=True)
class Section:
    """A part of a report: a heading, perhaps a question and a note, and what is shown."""

    title: str
    shown: tuple[Shown, ...]
    question: str = ""
    note: str = ""

    def _repr_html_(self) -> str:
        lines = [f"<h2>{html.escape(self.title)}</h2>"]
        if self.question:
            lines.append(f'<p class="bn-question">{html.escape(self.question)}</p>')
        if self.note:
            lines.append(f'<p class="bn-note">{html.escape(self.note)}</p>')
        lines += [one._repr_html_() for one in self.shown]
        return f"<section>{''.join(lines)}</section>"


@dataclass(frozen=True)
class Page:
    """A report; in a notebook or an app it shows itself. The headline is a few sentences that say what matters."""

    title: str
    headline: str
    language: str
    sections: tuple[Section, ...]
    foot: str

    def _repr_html_(self) -> str:
        sections = "".join(one._repr_html_() for one in self.sections)
        return (
            f"<style>{STYLE.read_text(encoding='utf-8')}</style>"
            f'<article class="bn-report" lang="{self.language}">'
            f'<h1>{html.escape(self.title)}</h1><p class="bn-lead">{html.escape(self.headline)}</p>'
            f'{sections}<p class="bn-foot">{html.escape(self.foot)}</p></article>'
        )


class Words:
    """Sentences, days and numbers in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, msgid: str, **values: object) -> str:
        """A sentence, filled in. The msgid is marked with ``N_`` where it stands."""
        return translate(msgid, self.language).format(**values)

    def number(self, value: float, digits: int = 1) -> str:
        """A number as people write it."""
        return number(value, self.language, digits)

    def day(self, when: date | datetime) -> str:
        """A day, such as 4 sep 2026, that stays on one line."""
        return day(when, self.language).replace(" ", "\u00a0")


def day(when: date | datetime, language: str, *, weekday: bool = False) -> str:
    """A day as people write it."""
    return str(format_date(when, "EEEE d MMMM y" if weekday else "d MMM y", locale=language))


def paragraph(text: str, style: str = "") -> Block:
    """A paragraph."""
    return Block(f"<p{f' class={style!r}' if style else ''}>{html.escape(text)}</p>".replace("'", '"'))


def heading(text: str, color: str = "") -> Block:
    """A heading within a section."""
    style = f' style="color:{color}"' if color else ""
    return Block(f"<h3{style}>{html.escape(text)}</h3>")


def said(texts: Mapping[str, Iterable[str]], *, columns: bool = False) -> Block:
    """Texts that people wrote, each with smaller lines below it, such as whose it is; in columns if there is room."""
    rows = "".join(
        f"<li>{html.escape(text)}{''.join(f'<br><small>{html.escape(line)}</small>' for line in lines)}</li>"
        for text, lines in texts.items()
    )
    return Block(f'<ul class="bn-texts{" bn-long" if columns else ""}">{rows}</ul>')


def beside(*columns: Sequence[Shown]) -> Block:
    """Things beside each other where there is room, else below each other."""
    parts = "".join(f"<div>{''.join(one._repr_html_() for one in shown)}</div>" for shown in columns)
    return Block(f'<div class="bn-beside">{parts}</div>')


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False, title: str = "") -> Block:
    """A table; the first cell of each row is its heading. With ``numbers`` the other cells stand to the right.

    Without, a row is on a phone what it is about, with the other cells below it, each after the head of its column.
    """
    columns = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    kind = "bn-numbers" if numbers else "bn-plain"
    body = ""
    for first, *others in rows:
        cells = "".join(
            f'<td data-head="{html.escape(head.rstrip("?"))}">{html.escape(cell)}</td>'
            for head, cell in zip(heads[1:], others, strict=True)
        )
        body += f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>'
    caption = f"<caption>{html.escape(title)}</caption>" if title else ""
    return Block(f'<table class="{kind}">{caption}<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>')


def agreements(agreed: Sequence[Intervention], language: str) -> Block:
    """What was agreed: what, who (as long as that is kept), by when, and when we look back."""
    say = Words(language)
    if not agreed:
        return paragraph(say(N_("Nothing was agreed.")))
    heads = [say(N_("What")), say(N_("Who")), say(N_("Done by")), say(N_("We look back on"))]
    return table(heads, [[one.text, one.who or "–", say.day(one.due_on), say.day(one.review_on)] for one in agreed])

"""What every figure shares: the sheet it is drawn on, its colours and type, and how it becomes HTML.

A sheet is as wide as the text of an A4 page, so a point in the figure is a point on paper and no letter is under 9.
The same input gives the same bytes. Text is drawn as outlines in the font that Matplotlib brings along: a figure looks
alike on every machine, and the alternative text holds its words.
"""

from __future__ import annotations

import base64
import html
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import matplotlib as mpl
from babel.numbers import format_decimal
from matplotlib.artist import Artist
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon, Rectangle
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Bbox

from bedoeling_nb.community import PROMISES
from bedoeling_nb.instruments import Item, Option, Summary, in_language
from bedoeling_nb.texts import N_, translate

__all__ = [
    "ACCENT",
    "GRID",
    "INK",
    "SERIES",
    "SOFT",
    "WIDTH",
    "Figure",
    "Listing",
    "Sheet",
    "answered",
    "many",
    "mark",
    "mixed",
    "number",
    "readable_on",
    "shortened",
    "too_few",
    "whole_parts",
    "wrap",
]

INK, SOFT, GRID, ACCENT = "#1f2a37", "#5b6673", "#d5d9de", "#0b6e80"
SERIES = ("#0b6e80", "#8a5a00", "#7b3f8c", "#4b6a1f", "#a3324f", "#55607f")
SIGNS = "●▲■◆★⬟"
_PROMISE = dict(zip((promise.key for promise in PROMISES), ("#00795c", "#b8480a", "#3355a8"), strict=True))

WIDTH = 475.0
"""Points: the text width of an A4 page with margins of 2 cm."""

TALLEST = 640.0
"""Points: what fits on one A4 page below the title."""

SIZE, TITLE, LEADING = 9.5, 12.5, 1.32

_FONT = ["DejaVu Sans"]

_PATH, _TAIL = re.compile(r' d="[^"]*"'), re.compile(r"(\.\d\d)\d+")
"""A path in SVG, and what of its numbers is under a hundredth of a point: a third of the file, and nobody sees it."""

_STYLE: dict[Any, Any] = {
    "font.family": _FONT,
    "svg.fonttype": "path",
    "svg.hashsalt": "bedoeling",
    "text.parse_math": False,  # people write dollar signs
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class Figure:
    """A picture with its words. ``alt`` says in full what the picture shows; ``head`` is the height of the title.

    ``kind`` is for style sheets, which may want a triangle smaller on paper.
    """

    title: str
    note: str
    alt: str
    figure: MatplotlibFigure = field(repr=False)
    head: float = field(repr=False)
    kind: str = "drawing"

    def svg(self) -> str:
        """The whole picture as an SVG file, title included."""
        label = html.escape(self.alt)
        return self._svg(self.head).replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)

    def _svg(self, head: float) -> str:
        width, height = self.figure.get_size_inches()
        buffer = io.StringIO()
        with mpl.rc_context(_STYLE):
            self.figure.savefig(
                buffer,
                format="svg",
                bbox_inches=Bbox([[0, 0], [width, height - (self.head - head) / 72]]),
                metadata={"Date": None, "Creator": None, "Title": self.title},
            )
        return _PATH.sub(lambda path: _TAIL.sub(r"\1", path[0]), buffer.getvalue())

    def _repr_html_(self) -> str:
        # An image, not SVG in line: the ids of one figure then never meet those of another on the page.
        width, height = self.figure.get_size_inches()
        data = base64.b64encode(self._svg(0).encode()).decode()
        return (
            f'<figure class="bn-figure bn-{self.kind}">'
            f"<figcaption><h3>{html.escape(self.title)}</h3>{_note(self.note)}</figcaption>"
            # On a phone a report lets it slide sideways; so that keys can do that too, it takes the focus.
            f'<div class="bn-wide" tabindex="0" role="group" aria-label="{html.escape(self.title)}">'
            f'<img src="data:image/svg+xml;base64,{data}" alt="{html.escape(self.alt)}" '
            f'width="{width * 96:.0f}" height="{(height - self.head / 72) * 96:.0f}"></div></figure>'
        )


@dataclass(frozen=True)
class Listing:
    """What is better read than looked at. ``body`` is HTML in which everything that people typed is escaped."""

    title: str
    note: str
    alt: str
    body: str = field(repr=False)

    def _repr_html_(self) -> str:
        return f'<div class="bn-listing"><h3>{html.escape(self.title)}</h3>{_note(self.note)}{self.body}</div>'


def _note(note: str) -> str:
    return f'<p class="bn-note">{html.escape(note)}</p>' if note else ""


class Sheet:
    """A white page to draw on, in points from the top left corner, below a title and a note."""

    def __init__(self, title: str, note: str, height: float) -> None:
        self.title, self.note, self.height = title, note, height
        titles, notes = wrap(title, WIDTH, TITLE, bold=True), wrap(note, WIDTH) if note else []
        self.head = len(titles) * TITLE * LEADING + len(notes) * SIZE * LEADING + 12
        with mpl.rc_context(_STYLE):
            total = height + self.head
            self.figure = MatplotlibFigure(figsize=(WIDTH / 72, total / 72), facecolor="white")
            # No axes: to make some takes longer than to draw what is on most sheets.
            points = Affine2D.from_values(1 / 72, 0, 0, -1 / 72, 0, height / 72)
            self.points = points + self.figure.dpi_scale_trans
            y = 0.0
            for line in titles:
                self._head(line, y, total, size=TITLE, weight="bold", color=INK)
                y += TITLE * LEADING
            for line in notes:
                self._head(line, y + 2, total, size=SIZE, color=SOFT)
                y += SIZE * LEADING

    def _head(self, line: str, y: float, total: float, **style: Any) -> None:
        self.figure.text(0, 1 - y / total, drawable(line), va="top", ha="left", **style)

    def text(
        self,
        x: float,
        y: float,
        text: str | Sequence[str],
        *,
        size: float = SIZE,
        color: str = INK,
        ha: str = "left",
        va: str = "center",
        bold: bool = False,
        halo: bool = False,
        order: float = 5,
    ) -> None:
        """Lines of text around (x, y); with ``halo`` a white edge keeps them readable on anything."""
        from matplotlib.patheffects import withStroke  # noqa: PLC0415 - seldom

        lines = [text] if isinstance(text, str) else list(text)
        first = {"center": y - (len(lines) - 1) * size * LEADING / 2, "top": y + size * LEADING / 2}[va]
        for row, line in enumerate(lines):
            self._add(
                Text(
                    x,
                    first + row * size * LEADING,
                    drawable(line),
                    size=size,
                    color=color,
                    ha=ha,
                    va="center_baseline",
                    family=_FONT,  # said here: a style around each text takes longer than the text
                    parse_math=False,
                    weight="bold" if bold else "normal",
                    zorder=order,
                    path_effects=[withStroke(linewidth=2.5, foreground="white")] if halo else None,
                )
            )

    def box(self, x: float, y: float, width: float, height: float, color: str, **style: Any) -> None:
        """A filled rectangle from its top left corner."""
        self._add(Rectangle((x, y), width, height, facecolor=color, **({"linewidth": 0} | style)))

    def disc(self, x: float, y: float, radius: float, color: str, **style: Any) -> None:
        """A filled circle."""
        self._add(Circle((x, y), radius, facecolor=color, **({"linewidth": 0} | style)))

    def shape(self, corners: Sequence[tuple[float, float]], color: str, **style: Any) -> None:
        """A filled polygon."""
        self._add(Polygon(list(corners), closed=True, facecolor=color, **({"linewidth": 0} | style)))

    def line(self, x: Sequence[float], y: Sequence[float], color: str = GRID, width: float = 0.8, **style: Any) -> None:
        """A line through points."""
        self._add(Line2D(x, y, color=color, linewidth=width, **style))

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self.points)
        self.figure.add_artist(artist)

    def pointer(self, x: float, y: float, label: str, low: float = 0, high: float = WIDTH) -> None:
        """A small triangle that points up at (x, y), with a label below it that stays between low and high."""
        self.shape([(x, y), (x - 5, y + 8), (x + 5, y + 8)], INK, zorder=4)
        half = text_width(label, bold=True) / 2
        self.text(min(max(x, low + half), high - half), y + 16, label, ha="center", bold=True)

    def done(self, details: str, kind: str = "drawing") -> Figure:
        """The figure. ``details`` are the numbers in words, for those who cannot see it."""
        alt = " ".join(
            part if part.endswith((".", "?", "!", "…")) else f"{part}."
            for part in (self.title, self.note, details)
            if part
        )
        return Figure(self.title, self.note, alt, self.figure, self.head, kind)


@cache
def _known() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=_FONT))).get_charmap())


def drawable(text: str) -> str:
    """The text without signs that the font lacks (pictographs are left out, letters become a box)."""
    known = _known()
    kept = "".join(
        sign if ord(sign) in known else "" if unicodedata.category(sign)[0] in "SMC" else "□"
        for sign in text
        if unicodedata.category(sign) not in ("Cc", "Cf") and not 0xFE00 <= ord(sign) <= 0xFE0F
    )
    return kept.strip() or ("…" if text.strip() else "")


@cache
def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """How wide a line is, in points."""
    font = FontProperties(family=_FONT, size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(drawable(text), font, ismath=False)[0])


def wrap(text: str, width: float, size: float = SIZE, *, bold: bool = False, most: int = 0) -> list[str]:
    """The text in lines of at most ``width`` points; a word that is longer is broken. With ``most`` lines at most."""
    lines = [""]
    for word in text.split():
        if text_width(f"{lines[-1]} {word}".strip(), size, bold=bold) <= width:
            lines[-1] = f"{lines[-1]} {word}".strip()
            continue
        if lines[-1]:
            lines.append("")
        for sign in word:
            if lines[-1] and text_width(lines[-1] + sign, size, bold=bold) > width:
                lines.append("")
            lines[-1] += sign
    if most and len(lines) > most:
        lines = [*lines[: most - 1], shortened(" ".join(lines[most - 1 :]), width, size, bold=bold)]
    return lines


def shortened(text: str, width: float, size: float = SIZE, *, bold: bool = False) -> str:
    """The text on one line, cut with an ellipsis where it does not fit."""
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(text + "…", size, bold=bold) > width:
        text = text[:-1].rstrip()
    return text + "…"


def number(value: float, language: str, digits: int = 1) -> str:
    """A number as people write it, with at most so many decimals."""
    rounded = round(value, digits) + 0.0  # never -0
    written = str(format_decimal(rounded, format="0." + "#" * digits if digits else "0", locale=language))
    return written.replace("-", "−")


def whole_parts(shares: Sequence[float], total: int = 100) -> list[int]:
    """Shares of 1 as whole parts of a total; the largest bears the rounding, so that they add up."""
    parts = [round(share * total) for share in shares]
    parts[max(range(len(parts)), key=lambda part: shares[part])] += total - sum(parts)
    return parts


def mark(id: str, index: int = 0) -> tuple[str, str]:
    """Colour and sign of a promise; of anything else by its place in the list."""
    keys = list(_PROMISE)
    if id in _PROMISE:
        return _PROMISE[id], SIGNS[keys.index(id)]
    return SERIES[index % len(SERIES)], SIGNS[index % len(SIGNS)]


def mixed(color: str, other: str, share: float) -> str:
    """So much of one colour, the rest of the other."""
    pairs = ((int(color[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(one * share + two * (1 - share)):02x}" for one, two in pairs)


def readable_on(color: str) -> str:
    """Ink or white, whichever reads best on a colour (WCAG relative luminance)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if luminance < 0.2 else INK


def answered(summary: Summary, language: str) -> str:
    """How many people answered, and to how many it did not apply."""
    parts = [translate(N_("{n} people answered"), language).format(n=summary["n"])] if "n" in summary else []
    if summary.get("na"):
        parts.append(translate(N_("does not apply: {n}"), language).format(n=summary["na"]))
    return " · ".join(parts)


def too_few(summary: Summary, language: str) -> str:
    """Why something is not shown; how many there are only where the summary says so."""
    if "n" not in summary:
        return translate(N_("Too few answers"), language)
    return translate(N_("Too few answers to show ({n} of {needed})."), language).format(
        n=summary["n"], needed=summary["needed"]
    )


def many(names: Sequence[str], language: str, most: int) -> str:
    """A list in words; of more than ``most`` things only those, and how many more there are."""
    rest = len(names) - most
    shown = "; ".join(names[:most])
    return shown if rest <= 0 else f"{shown}; " + translate(N_("and {n} more"), language).format(n=rest)


def title_of(item: Item, language: str) -> str:
    """What the figure is about: the question."""
    return in_language(item.text, language)


def entry_text(entry: dict[str, Any], language: str) -> str:
    """What an entry of a summary is about, in one language."""
    text = entry["text"]
    if isinstance(text, dict):
        return str(text.get(language) or text["nl"])
    return str(text or entry["id"])


def option_texts(options: Sequence[Option], language: str) -> dict[str, str]:
    """Option id to its text."""
    return {option.id: in_language(option.text, language) for option in options}

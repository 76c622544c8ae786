"""A network of words as one page: vis-network in line, nothing fetched from anybody, and a table beside it.

pyvis puts the network in our own template (`network.html`): its own one loads Bootstrap and more from other hosts, and
puts what people typed in the page as it is.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pyvis
from pyvis.network import Network
from scipy.optimize import linear_sum_assignment

from bedoeling_nb.analysis.themes import Themes
from bedoeling_nb.figures.drawing import INK, SERIES, Listing, mixed
from bedoeling_nb.texts import N_, translate

__all__ = ["ThemeNetwork", "draw"]

_TEMPLATE = Path(__file__).with_name("network.html")
_VIS = Path(pyvis.__file__).parent / "templates" / "lib" / "vis-9.1.2" / "vis-network.min.js"
_FACE = "DejaVu Sans, Verdana, sans-serif"
_TOUCHED = ("hover", "highlight")
_OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "interaction": {"hover": True, "tooltipDelay": 100, "zoomView": False, "keyboard": {"bindToWindow": False}},
    "nodes": {"margin": 6, "borderWidth": 1.5, "shapeProperties": {"borderRadius": 6}},
    "edges": {"smooth": False},
}

COLUMNS = 3
THEMES = 12
"""A wall of so many themes is still read at a glance; the table has the others."""

_CELL = (352, 226)
_SPOTS = ((0, 0), (0, -72), (0, 72), (-88, -38), (88, 38), (88, -38), (-88, 38))
"""Where the words of a theme stand around the first one, so that no two can cover each other."""


@dataclass(frozen=True)
class ThemeNetwork:
    """The network with its words. ``page`` is a whole HTML file; ``table`` has all themes, also those not drawn."""

    title: str
    note: str
    alt: str
    page: str = field(repr=False)
    table: str = field(repr=False)

    def _repr_html_(self) -> str:
        # In a frame without rights to the page around it: its script can draw, and do nothing else.
        return (
            f'<figure class="bn-figure"><figcaption><h3>{html.escape(self.title)}</h3>'
            f'<p class="bn-note">{html.escape(self.note)}</p></figcaption>'
            f'<iframe sandbox="allow-scripts" title="{html.escape(self.alt)}" srcdoc="{html.escape(self.page)}" '
            'style="width: 100%; height: 800px; border: 1px solid #d5d9de; border-radius: 8px"></iframe>'
            f"{self.table}</figure>"
        )


def draw(themes: Themes, language: str = "nl") -> ThemeNetwork | Listing:
    """The words of the largest themes and how they stand together; a sentence when none do.

    Each theme is a cloud of its most used words; themes that share links are neighbours.

    Parameters
    ----------
    themes
        What `analysis.themes.find` found: words and links of at least k people.
    language
        The reader's language, "nl" or "en".
    """
    title = translate(N_("Words that stand together"), language)
    if themes.links.empty:
        sentence = translate(N_("Nothing to show yet: two words appear here when enough people used both."), language)
        table = "" if themes.words.empty else _table(themes, language)
        return Listing(title, "", f"{title} {sentence}", f'<p class="bn-withheld">{html.escape(sentence)}</p>{table}')
    linked = themes.words[themes.words["word"].isin({*themes.links["word"], *themes.links["other"]})]
    drawn = linked[linked["theme"].isin(sorted(linked["theme"].unique())[:THEMES])]
    drawn = drawn.groupby("theme").head(len(_SPOTS))
    theme_of = dict(zip(drawn["word"], drawn["theme"], strict=True))
    inside = themes.links["word"].isin(theme_of) & themes.links["other"].isin(theme_of)
    links = themes.links[inside].to_dict("records")
    centres = _centres(theme_of, links)
    explained = translate(
        N_(
            "The larger a word, the more people used it; the thicker a line, the more often two words stand together. "
            "Each cloud is a theme."
        ),
        language,
    )
    names = "; ".join(themes.names[theme] for theme in centres)
    alt = f"{title}. {explained} " + translate(N_("Themes: {names}."), language).format(names=names)

    network = Network(heading=title, cdn_resources="in_line")
    network.set_template(_TEMPLATE.as_posix())
    network.templateEnv.autoescape = True
    network.templateEnv.globals |= {
        "vis": _vis(),
        "clouds": [{"x": x, "y": y, "color": _color(theme)} for theme, (x, y) in centres.items()],
        "words": {
            "language": language,
            "alt": alt,
            "closer": translate(N_("Closer"), language),
            "further": translate(N_("Further away"), language),
            "everything": translate(N_("Show everything"), language),
        },
    }
    network.set_options(json.dumps(_OPTIONS))
    told = translate(N_("{people} people, {texts} texts"), language)
    largest = int(drawn["people"].max())
    for theme, (left, top) in centres.items():
        color = _color(theme)
        for (x, y), word in zip(_SPOTS, drawn[drawn["theme"] == theme].to_dict("records"), strict=False):
            share = (word["people"] / largest) ** 0.5
            network.add_node(
                word["word"],
                label=word["word"],
                shape="box",  # pyvis says "dot" when we do not
                title=f"{word['word']}\n{told.format(people=word['people'], texts=word['texts'])}",
                x=left + x,
                y=top + y,
                color={part: {"background": mixed(color, "#ffffff", 0.25), "border": INK} for part in _TOUCHED}
                | {"background": "#ffffff", "border": color},
                font={"size": 16 + 13 * share if (x, y) == _SPOTS[0] else 14 + 6 * share, "color": INK, "face": _FACE},
            )
    for link in links:
        one, other = theme_of[link["word"]], theme_of[link["other"]]
        network.add_edge(
            link["word"],
            link["other"],
            width=1 + 4 * link["npmi"] if one == other else 1,
            color=mixed(_color(one), "#ffffff", 0.6) if one == other else "#b9c0c8",
            dashes=one != other,
            title=f"{link['word']} – {link['other']}\n{told.format(people=link['people'], texts=link['texts'])}",
        )
    return ThemeNetwork(title, explained, alt, network.generate_html(), _table(themes, language))


def _centres(theme_of: Mapping[str, int], links: Sequence[Mapping[Any, Any]]) -> dict[int, tuple[float, float]]:
    """Where each theme stands: places of a grid, given out so that themes with links between them lie close."""
    graph = nx.Graph()
    graph.add_nodes_from(sorted(set(theme_of.values())))
    for link in links:
        one, other = theme_of[link["word"]], theme_of[link["other"]]
        if one != other:
            graph.add_edge(one, other, weight=graph.get_edge_data(one, other, {"weight": 0})["weight"] + link["npmi"])
    rows = -(-len(graph) // COLUMNS)
    grid = [(column, row) for row in range(rows) for column in range(COLUMNS)][: len(graph)]
    free = nx.spring_layout(graph, seed=7)
    wanted = np.array([free[theme] for theme in graph]) * (COLUMNS / 2, rows / 2) + ((COLUMNS - 1) / 2, (rows - 1) / 2)
    distance = ((wanted[:, None, :] - np.array(grid)[None, :, :]) ** 2).sum(axis=2)
    _, chosen = linear_sum_assignment(distance)
    return {
        theme: (float(grid[place][0] * _CELL[0]), float(grid[place][1] * _CELL[1]))
        for theme, place in zip(graph, chosen, strict=True)
    }


def _color(theme: int) -> str:
    return SERIES[(theme - 1) % len(SERIES)]


@cache
def _vis() -> str:
    return _VIS.read_text(encoding="utf-8").replace("</script", "<\\/script")


def _table(themes: Themes, language: str) -> str:
    heads = [translate(head, language) for head in (N_("Theme"), N_("Words, and how many people used each"))]
    columns = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    rows = []
    for theme, name in themes.names.items():
        words = themes.words[themes.words["theme"] == theme]
        told = ", ".join(f"{one.word} ({one.people})" for one in words.itertuples())
        rows.append(f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(told)}</td></tr>')
    label = html.escape(translate(N_("All themes as a table"), language))
    return (
        f'<details><summary>{label}</summary><table class="bn-table"><thead><tr>{columns}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></details>"
    )

"""The network page stands on its own, shows what people typed as text, and says it all in words too."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser

from bedoeling_nb.analysis.themes import Themes
from bedoeling_nb.figures import Listing
from bedoeling_nb.figures.network import THEMES, ThemeNetwork, draw

NASTY = "</script><img src=x onerror=alert(1)>"


def network(count: int = 30) -> Themes:
    """So many themes of three words; the first word is not nice."""
    words = [NASTY if place == 0 else f"woord{place}" for place in range(3 * count)]
    links = [(words[3 * theme], words[3 * theme + other]) for theme in range(count) for other in (1, 2)]
    links += [(words[0], words[3])] if count > 1 else []
    return Themes(
        words=pd.DataFrame(
            {
                "word": words,
                "people": range(100, 100 - len(words), -1),
                "texts": 9,
                "theme": [i // 3 + 1 for i in range(len(words))],
            }
        ),
        links=pd.DataFrame(links, columns=["word", "other"]).assign(people=6, texts=7, npmi=0.5),
        names={theme + 1: " · ".join(words[3 * theme : 3 * theme + 3]) for theme in range(count)},
        mentions=pd.DataFrame(),
        inflections={},
    )


@pytest.fixture(scope="module")
def drawn() -> ThemeNetwork:
    made = draw(network(), "en")
    assert isinstance(made, ThemeNetwork)
    return made


def test_the_page_names_no_other_host(drawn: ThemeNetwork) -> None:
    own, vis = re.split(r"<script>", drawn.page, maxsplit=1)
    after = vis.rsplit("<script>", 1)[1]
    for part in (own, after, drawn.table):
        assert not re.search(r"https?:|//[a-z]|\b(src|href|srcset|action)\s*=|@import|url\(", part.replace("src=x", ""))
    # In vis-network's own source addresses are names (of SVG's elements, of its licence), never asked for.
    hosts = set(re.findall(r"https?://([\w.-]+)", vis))
    known = {"almende.com", "github.com", "opensource.org", "visjs.github.io", "www.apache.org", "www.w3.org"}
    assert hosts <= known
    assert "importScripts" not in vis
    assert "<script src" not in drawn.page
    assert "<link" not in drawn.page


def test_what_people_typed_is_text(drawn: ThemeNetwork) -> None:
    for part in (drawn.page, drawn.table, drawn._repr_html_()):
        assert NASTY not in part
        assert "<img" not in part
    assert drawn.page.count("</script>") == 2


def test_the_frame_has_no_rights_and_stands_beside_a_table(drawn: ThemeNetwork) -> None:
    page = drawn._repr_html_()
    assert 'sandbox="allow-scripts"' in page
    assert "allow-same-origin" not in page
    assert page.count("<iframe") == 1
    assert "woord1 (99)" in drawn.table
    assert "woord89 (11)" in drawn.table  # also what is not drawn
    assert "woord1" in drawn.alt


def test_the_largest_themes_are_drawn(drawn: ThemeNetwork) -> None:
    assert drawn.page.count('"shape": "box"') == 3 * THEMES
    assert isinstance(draw(network(1)), ThemeNetwork)


def test_without_links_there_is_a_sentence() -> None:
    one = network(1)
    empty = Themes(one.words[:0], one.links[:0], {}, one.mentions, {})
    shown = draw(empty, "en")
    assert isinstance(shown, Listing)
    assert "Nothing to show yet" in shown.alt
    assert "<table" not in shown.body
    alone = draw(Themes(one.words, one.links[:0], one.names, one.mentions, {}), "en")
    assert "woord1 (99)" in alone._repr_html_()


@pytest.mark.browser
def test_a_browser_draws_it_in_its_frame_and_asks_nobody(
    drawn: ThemeNetwork, tmp_path: Path, chromium: Browser
) -> None:
    security = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"  # as Voila has
    file = tmp_path / "page.html"
    file.write_text(f'<meta http-equiv="Content-Security-Policy" content="{security}">{drawn._repr_html_()}', "utf-8")
    asked: list[str] = []
    wrong: list[str] = []
    with chromium.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(file.as_uri())
        frame = page.frames[1]
        frame.wait_for_selector("canvas")
        assert frame.evaluate("network.body.data.nodes.length") == 3 * THEMES
        frame.click("#closer")
    assert asked == [file.as_uri()]
    assert wrong == []

"""Every item kind becomes a figure or a list that says what it shows, and holds back what was held back."""

from __future__ import annotations

import itertools
import math
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

import pytest

from bedoeling_nb.figures import Figure, Listing, draw
from bedoeling_nb.figures.drawing import WIDTH, drawable, text_width, whole_parts, wrap
from bedoeling_nb.figures.markers import RADIUS, apart
from bedoeling_nb.instruments import KINDS, Answer, Item, Option, Summary
from bedoeling_nb.privacy import protect

OPTIONS = ({"id": "a", "text": "Samen eten"}, {"id": "b", "text": "Rooster op tijd"}, {"id": "c", "text": "Rust"})
AXIS = {"text": "Moeite", "low": "weinig", "high": "veel"}
PLANE = {
    "x": AXIS,
    "y": {"text": "Effect", "low": "klein", "high": "groot"},
    "quadrants": ["nu", "plan", "kan", "niet"],
}
CORNERS = ("good_life", "good_work", "healthy_organisation")
NASTY = '<script>alert(1)</script> $x_1$ & "quotes" 😀 漢 ' + "w" * 150


def item(kind: str, **more: Any) -> Item:
    needed: dict[str, dict[str, Any]] = {
        "slider": {"low": "leeg", "high": "vol"},
        "dyad": {"left": "inspireren", "right": "organiseren"},
        "plane": PLANE,
        **{key: {"options": OPTIONS} for key in ("single_choice", "multiple_choice", "ranking", "dot_vote")},
    }
    made = {"id": "one", "kind": kind, "text": "Hoe gaat het?", "not_applicable": True}
    return KINDS[kind].model_validate(made | needed.get(kind, {}) | more)


def summary(one: Item, values: Sequence[Any]) -> Summary:
    return one.summarise(Answer(id=f"t{place}", value=value) for place, value in enumerate(values))


def entries(one: Item, *values: Sequence[Any], text: str = "Een afspraak") -> Summary:
    return {
        "n": 9,
        "entries": [
            {"id": f"e{place}", "text": f"{text} {place}", "summary": protect(summary(one, given), 5)}
            for place, given in enumerate(values)
        ],
    }


VALUES: dict[str, list[Any]] = {
    "single_choice": ["a"] * 6 + ["b"] * 2 + ["na"],
    "multiple_choice": [["a", "b"]] * 4 + [["b"]] * 3 + [[]],
    "likert": [1, 2, 3, 4, 5, 5],
    "smiley": [1, 2, 3, 3, 3],
    "slider": [2, 5, 7, 7, 10],
    "dyad": [0.1, 0.5, 0.62, 0.8, 1.0],
    "triad": [dict(zip(CORNERS, point, strict=True)) for point in [(0.5, 0.3, 0.2), (1, 0, 0), (0.2, 0.2, 0.6)] * 2],
    "plane": [{"x": 10, "y": 90}, {"x": 0, "y": 100}, {"x": 100, "y": 0}, {"x": 50, "y": 50}, {"x": 40, "y": 60}],
    "dot_vote": [{"a": 3}, {"a": 2, "b": 1}, {"b": 1}, {"a": 3}, {"a": 1}],
    "ranking": [["a", "b", "c"]] * 4 + [["b", "a", "c"]],
    "short_text": ["Een tekst", "Nog een", "Drie", "Vier", "Vijf"],
    "long_text": ["Een verhaal\nop twee regels"] * 5,
}
FIGURES = [kind for kind in VALUES if kind not in ("ranking", "short_text", "long_text")]


def test_every_kind_is_here() -> None:
    assert set(VALUES) == set(KINDS)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_kind_shows_its_question_and_is_the_same_twice(kind: str, language: str) -> None:
    one = item(kind)
    drawn = draw(one, summary(one, VALUES[kind]), language)
    page = drawn._repr_html_()
    assert isinstance(drawn, Figure if kind in FIGURES else Listing)
    assert "<h3>Hoe gaat het?</h3>" in page
    assert drawn.alt.startswith("Hoe gaat het?")
    assert page == draw(one, summary(one, VALUES[kind]), language)._repr_html_()


@pytest.mark.parametrize("kind", FIGURES)
def test_a_figure_is_an_svg_with_its_words_and_without_a_date_or_a_small_letter(kind: str) -> None:
    one = item(kind)
    drawn = draw(one, summary(one, VALUES[kind]))
    assert isinstance(drawn, Figure)
    root = ET.fromstring(drawn.svg())
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == drawn.alt
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert "date" not in drawn.svg()[:2000].lower()
    sizes = [
        text.get_size() for text in drawn.figure.findobj(lambda part: hasattr(part, "get_text")) if text.get_text()
    ]
    assert min(sizes) >= 9


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("single_choice", ["Samen eten: 6", "Rooster op tijd: 2", "Rust: 0"]),
        ("multiple_choice", ["Samen eten: 4", "Rooster op tijd: 7"]),
        ("likert", ["3.3", "helemaal eens: 2"]),
        ("slider", ["6.2", "7: 2"]),
        ("dyad", ["60 %", "60–65 %: 1"]),
        ("triad", ["Goed Leven", "%"]),
        ("plane", ["Moeite 40", "Effect 60"]),
        ("dot_vote", ["Samen eten: 9", "Rooster op tijd: 2"]),
        ("ranking", ["1. Samen eten (1.2)"]),
    ],
)
def test_the_alternative_text_says_the_numbers(kind: str, words: list[str]) -> None:
    one = item(kind)
    alt = draw(one, summary(one, VALUES[kind]), "nl").alt.replace(",", ".")
    assert all(word in alt for word in words), alt


@pytest.mark.parametrize("kind", VALUES)
def test_what_is_withheld_is_a_sentence_and_never_a_picture(kind: str) -> None:
    one = item(kind)
    drawn = draw(one, protect(summary(one, VALUES[kind][:3]), 5), "en")
    assert isinstance(drawn, Listing)
    assert "Too few answers to show (3 of 5)." in drawn._repr_html_()
    assert "<img" not in drawn._repr_html_()


@pytest.mark.parametrize("kind", VALUES)
def test_asked_about_several_things_each_stands_by_itself(kind: str) -> None:
    one = item(kind)
    drawn = draw(one, entries(one, VALUES[kind], VALUES[kind][:2], VALUES[kind] * 2), "en")
    assert "Een afspraak 0" in drawn.alt
    assert "(2 of 5)" in drawn.alt
    assert drawn._repr_html_().count("<h3>") == 1


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("slider", [10] * 6),
        ("slider", [0] * 5),
        ("dyad", [0.5] * 6),
        ("dyad", [1.0] * 6),
        ("triad", [dict(zip(CORNERS, (1.0, 0.0, 0.0), strict=True))] * 8),
        ("triad", [dict(zip(CORNERS, (0.0, 0.5, 0.5), strict=True))] * 5),
        ("plane", [{"x": 100, "y": 0}] * 5),
        ("likert", [3] * 5),
        ("dot_vote", [{}] * 5),
        ("multiple_choice", [[]] * 5),
    ],
)
def test_answers_that_are_all_the_same(kind: str, values: list[Any]) -> None:
    one = item(kind)
    assert "<img" in draw(one, summary(one, values))._repr_html_()
    assert draw(one, entries(one, values))._repr_html_()


def test_a_thousand_points_stay_a_small_file() -> None:
    dice = random.Random(1)
    triad, plane = item("triad"), item("plane")
    points = []
    for _ in range(1000):
        parts = [dice.expovariate(1) for _ in CORNERS]
        points.append(triad.check({corner: part / sum(parts) for corner, part in zip(CORNERS, parts, strict=True)}))
    places = [{"x": dice.randint(0, 100), "y": dice.randint(0, 100)} for _ in range(1000)]
    assert len(draw(triad, summary(triad, points))._repr_html_()) < 400_000
    assert len(draw(plane, summary(plane, places))._repr_html_()) < 1_000_000


def test_what_people_typed_is_escaped_everywhere() -> None:
    options = [{"id": f"o{place}", "text": NASTY} for place in range(3)]
    drawn = []
    for kind in ("single_choice", "multiple_choice", "dot_vote", "ranking"):
        one = item(kind, options=options, text=NASTY)
        value = {"dot_vote": {"o0": 1}, "ranking": ["o0", "o1", "o2"], "multiple_choice": ["o0"]}.get(kind, "o0")
        drawn.append(draw(one, summary(one, [value] * 5)))
    for kind, values in VALUES.items():
        one = item(kind)
        drawn.append(draw(one, entries(one, values, text=NASTY)))
    text, word = item("short_text", text=NASTY), item("short_text", word=True)
    nested = [Answer(id="1", value=NASTY, lean="good_life"), Answer(id="2", value=NASTY, into="1")]
    drawn += [draw(text, text.summarise(nested)), draw(word, summary(word, ["<b>", "<b>", "<i>"]))]
    for one in drawn:
        page = one._repr_html_()
        assert not re.search(r"<(script|b|i)>", page)
        if isinstance(one, Figure):
            ET.fromstring(one.svg())


def test_hidden_texts_are_not_listed_and_merged_ones_stand_below() -> None:
    one = item("short_text")
    page = draw(
        one,
        one.summarise(
            [
                Answer(id="1", value="Zichtbaar", lean="good_work"),
                Answer(id="2", value="Erbij", into="1"),
                Answer(id="3", value="Verborgen", hidden=True),
            ]
        ),
    )._repr_html_()
    assert "<li>Zichtbaar<ul><li>Erbij</li></ul></li>" in page
    assert "Mooi Werk" in page
    assert "Verborgen" not in page


def test_many_proposals_are_numbered_as_far_as_they_can_be_told_apart() -> None:
    one = item("plane")
    drawn = draw(one, entries(one, *[VALUES["plane"]] * 40, text=NASTY[:130]), "en")
    assert isinstance(drawn, Figure)
    assert drawn.figure.get_size_inches()[1] < 11.7 - 1.6  # an A4 page
    assert "40. " in drawn.alt


def test_the_longest_votes_fit_one_page() -> None:
    one = item(
        "dot_vote", options=[{"id": f"o{place}", "text": f"{place} {'lang ' * 25}"} for place in range(60)], dots=3
    )
    drawn = draw(one, summary(one, [{f"o{place}": 1} for place in range(60)]), "en")
    assert isinstance(drawn, Figure)
    assert drawn.figure.get_size_inches()[1] < 11.7 - 1.6
    assert "not drawn" in drawn.note


def test_a_kind_without_a_picture_says_how_many_answered() -> None:
    one = item("slider").model_copy(update={"kind": "new"})
    assert "7 people answered" in draw(one, {"n": 7, "na": 0, "anything": 1}, "en")._repr_html_()


def test_lines_fit_their_width() -> None:
    for text in ("een paar korte woorden die samen lang zijn", "w" * 200, ""):
        assert all(text_width(line) <= 100 for line in wrap(text, 100))
    assert wrap("een twee drie vier vijf zes zeven acht negen", 60, most=2)[-1].endswith("…")
    assert text_width("x" * 20) < WIDTH


def test_signs_that_the_font_lacks() -> None:
    assert drawable("a\u200bb") == "ab"
    assert drawable("漢") == "□"
    assert drawable("🫠") == "…"


@pytest.mark.parametrize("shares", [(1 / 3, 1 / 3, 1 / 3), (0.005, 0.005, 0.99), (0.125, 0.625, 0.25)])
def test_whole_parts_add_up(shares: tuple[float, ...]) -> None:
    assert sum(whole_parts(shares)) == 100


def test_options_are_read_in_the_readers_language() -> None:
    one = item("single_choice", options=[Option.model_validate({"id": "y", "text": {"nl": "Ja", "en": "Yes"}})])
    assert "Yes: 5" in draw(one, summary(one, ["y"] * 5), "en").alt
    assert "Ja: 5" in draw(one, summary(one, ["y"] * 5), "nl").alt


@pytest.mark.parametrize("spot", [(100.0, 50.0), (0.0, 0.0), (200.0, 118.0), (236.0, 236.0)])
@pytest.mark.parametrize("count", [1, 2, 6, 20])
def test_equal_places_become_a_cluster_within_the_box(spot: tuple[float, float], count: int) -> None:
    found = apart([(number, spot) for number in range(count)], (0, 0, 236, 236))
    places = [found[number] for number in range(count)]
    gaps = [math.dist(one, other) for one, other in itertools.combinations(places, 2)]
    assert all(gap >= 2 * RADIUS for gap in gaps)
    assert all(RADIUS - 0.1 <= value <= 236 - RADIUS + 0.1 for place in places for value in place)
    if spot == (100.0, 50.0):  # with room on all sides: not much farther than a disc that holds them all
        assert max(math.dist(place, spot) for place in places) <= 1.5 * RADIUS * math.sqrt(count) + RADIUS


def test_places_with_room_stay_where_they_belong() -> None:
    places = [(0, (20.0, 30.0)), (1, (90.0, 30.0)), (2, (20.0, 120.0))]
    assert all(math.dist(apart(places)[number], spot) < 0.05 for number, spot in places)

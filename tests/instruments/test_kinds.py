"""Each item kind: what it takes, in which form it is kept, what it refuses, what the screen shows."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy.stats import gmean

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments import KINDS, NOT_APPLICABLE, Answer, AnyItem, Choosable, Item, Option
from bedoeling_nb.instruments.kinds.triad import SMALLEST_STEP, Triad, geometric_mean

OPTIONS = [{"id": id, "text": f"Optie {id}"} for id in ("a", "b", "c", "na-u")]
IDS = [option["id"] for option in OPTIONS]
CORNERS = ["good_life", "good_work", "healthy_organisation"]


def item(kind: str, **fields: Any) -> Item:
    """An item of this kind, with the configuration of its case and these fields."""
    return TypeAdapter(AnyItem).validate_python({"id": "x", "kind": kind, "text": "?"} | CASES[kind].config | fields)


def answers(*values: Any) -> list[Answer]:
    return [Answer(id=str(number), value=value) for number, value in enumerate(values)]


def shares(*parts: float, corners: list[str] = CORNERS) -> dict[str, float]:
    return dict(zip(corners, parts, strict=True))


class Case(NamedTuple):
    """How a kind is asked, what it takes (given, kept) and what it refuses (given, words of the reason)."""

    config: dict[str, Any]
    takes: list[tuple[Any, Any]]
    refuses: list[tuple[Any, str]]
    near: st.SearchStrategy[Any]
    """Values that are nearly right, for the tests with made-up values."""


numbers = st.one_of(st.integers(-3, 12), st.floats(-1, 11), st.floats(allow_nan=True), st.integers())
ids = st.sampled_from([*IDS, "d", ""])
words = st.text(st.one_of(st.characters(), st.sampled_from(" \n\t\u200b\u202e\u0301é")))

NOT_NUMBERS = [None, True, False, "3", "", [], {}, [3], math.nan, math.inf, -math.inf, 10**400]

CASES: dict[str, Case] = {
    "single_choice": Case(
        {"options": OPTIONS},
        [("a", "a"), ("na-u", "na-u")],
        [(value, "does not exist") for value in ("d", "A", "", " a", None, 1, True, ["a"], {"a": 1}, "na")],
        ids,
    ),
    "multiple_choice": Case(
        {"options": OPTIONS, "min": 1, "max": 3},
        [(["a"], ["a"]), (["c", "a"], ["a", "c"]), (["b", "b"], ["b"]), (["c", "b", "a"], ["a", "b", "c"])],
        [([], "Choose 1 to 3 options; you chose 0"), (IDS, "you chose 4")]
        + [(value, "is not a list of choices") for value in (None, "a", {"a": True}, 1)]
        + [(value, "does not exist") for value in (["d"], ["a", None], [["a"]], [True], [{}])],
        st.lists(ids, max_size=6),
    ),
    "ranking": Case(
        {"options": OPTIONS},
        [(IDS, IDS), (IDS[::-1], IDS[::-1])],
        [
            (value, "Put each of the 4 options in the order once")
            for value in (
                [],
                IDS[:3],
                [*IDS, "a"],
                ["a", "a", "b", "c"],
                [*IDS[:3], "d"],
                [*IDS[:3], None],
                "a",
                None,
                {},
            )
        ],
        st.one_of(st.permutations(IDS), st.lists(ids, max_size=6)),
    ),
    "dot_vote": Case(
        {"options": OPTIONS, "dots": 3, "max_per_option": 2},
        [({}, {}), ({"a": 2, "b": 1}, {"a": 2, "b": 1}), ({"a": 0, "b": 1}, {"b": 1})],
        [({"a": 2, "b": 2}, "You gave 4 dots; you have 3"), ({"a": 1.0}, "Dots are whole"), ({"a": 1.5}, "whole")]
        + [({"a": value}, "is not a number from 0 to 2") for value in (3, -1, *NOT_NUMBERS)]
        + [({"d": 1}, "does not exist"), ({"": 1}, "does not exist")]
        + [(value, "is not a division of dots") for value in (None, 1, "a", ["a"], [["a", 1]])],
        st.dictionaries(ids, numbers, max_size=4),
    ),
    "likert": Case(
        {},
        [(1, 1), (3, 3), (5, 5)],
        [(value, "is not a point from 1 to 5") for value in (0, 6, -1, 3.0, 2.5, *NOT_NUMBERS)],
        numbers,
    ),
    "slider": Case(
        {"low": "leeg", "high": "vol"},
        [(0, 0.0), (7, 7.0), (10, 10.0), (6.9999999999, 7.0), (-0.0, 0.0)],
        [(value, "is not a number from 0") for value in (-1, 11, 10.000001, *NOT_NUMBERS)]
        + [(value, "is between two steps; the step is 1") for value in (0.5, 6.999)],
        numbers,
    ),
    "smiley": Case(
        {},
        [(1, 1), (2, 2), (3, 3)],
        [(value, "is not one of the three faces") for value in (0, 4, 2.5, *(v for v in NOT_NUMBERS if v != [3]))],
        numbers,
    ),
    "short_text": Case(
        {"max_length": 10},
        [
            ("hallo", "hallo"),
            ("  veel \t rust\n   ", "veel rust"),
            ("na", "na"),
            ("a\r\nb\nc", "a b c"),
            ("cafe\u0301", "caf\u00e9"),
            ("<b>&</b>", "<b>&</b>"),
            ("👩‍👩‍👧", "👩‍👩‍👧"),  # joined with an invisible character, and kept
            ("a\x00b\x1b\u202ec\ufeff\ud800", "abc"),
            ("x" * 10, "x" * 10),
        ],
        [
            (value, "Give a text")
            for value in (None, 1, True, [], {}, ["a"], "", " \n\t", "\x00", "\u202e", "\u200b \u2060")
        ]
        + [("x" * 11, "Your text has 11 characters. There is room for 10")],
        words,
    ),
    "long_text": Case(
        {"max_length": 20},
        [("Een.\n\nTwee.", "Een.\n\nTwee."), (" a\r\nb \x07\n", "a\nb"), ("x" * 20, "x" * 20)],
        [(value, "Give a text") for value in (None, 1, True, [], {}, ["a"], "", " \n\t", "\x00", "\u00a0\u200b")]
        + [("x" * 21, "Your text has 21 characters. There is room for 20")],
        words,
    ),
    "dyad": Case(
        {"left": "inspireren", "right": "organiseren"},
        [(0, 0.0), (1, 1.0), (0.5, 0.5), (0.123, 0.12), (0.129, 0.13)],
        [(value, "is not a number from 0 to 1") for value in (-0.01, 1.01, 50, *NOT_NUMBERS)],
        st.one_of(st.floats(0, 1), numbers),
    ),
    "triad": Case(
        {},
        [
            (shares(1, 0, 0), shares(1.0, 0.0, 0.0)),
            (shares(0.2, 0.3, 0.5), shares(0.2, 0.3, 0.5)),
            (shares(1 / 3, 1 / 3, 1 / 3), shares(0.334, 0.333, 0.333)),
            (shares(0.5, 0.2, 0.305), shares(0.498, 0.199, 0.303)),
            (shares(0.2, 0.3, 0.4949), shares(0.201, 0.302, 0.497)),
        ],
        [(shares(0.5, 0.5, 0.5), "The three shares add to 1.5; they must add to 1"), (shares(0, 0, 0), "add to 0")]
        + [(shares(0.5, 0.3, value), "is not a number from 0 to 1") for value in (-0.2, 1.2, *NOT_NUMBERS)]
        + [
            (value, "three shares: good_life, good_work, healthy_organisation")
            for value in (None, 1, "a", [0.2, 0.3, 0.5], {}, {"good_life": 1}, shares(0.2, 0.3, 0.5) | {"d": 0})
        ],
        st.one_of(
            st.tuples(st.floats(0, 1), st.floats(0, 1)).map(
                lambda cut: shares(min(cut), abs(cut[0] - cut[1]), 1 - max(cut))
            ),
            st.tuples(numbers, numbers, numbers).map(lambda parts: shares(*parts)),
        ),
    ),
    "plane": Case(
        {axis: {"text": axis, "low": "weinig", "high": "veel"} for axis in ("x", "y")},
        [({"x": 0, "y": 100}, {"x": 0, "y": 100}), ({"y": 49.6, "x": 0.2}, {"x": 0, "y": 50})],
        [({"x": 1, "y": value}, "is not a number from 0 to 100") for value in (-1, 101, *NOT_NUMBERS)]
        + [(value, "has an x and a y") for value in (None, 1, [1, 2], {}, {"x": 1}, {"x": 1, "y": 2, "z": 3})],
        st.fixed_dictionaries({"x": st.one_of(st.floats(0, 100), numbers), "y": st.one_of(st.floats(0, 100), numbers)}),
    ),
}

ALL = pytest.mark.parametrize("kind", sorted(CASES))


def pairs(which: str) -> list[Any]:
    return [
        pytest.param(kind, *pair, id=f"{kind}-{number}")
        for kind, case in CASES.items()
        for number, pair in enumerate(getattr(case, which))
    ]


def same(one: Any, other: Any) -> bool:
    """Equal, also in type: 3 is not 3.0, -0.0 is not 0.0."""
    return bool(one == other) and json.dumps(one) == json.dumps(other)


def test_every_kind_has_a_case_here() -> None:
    assert set(CASES) == set(KINDS)
    assert {name: kind.model_fields["kind"].default for name, kind in KINDS.items()} == {name: name for name in KINDS}


# --- checking


@pytest.mark.parametrize(("kind", "value", "kept"), pairs("takes"))
def test_a_valid_value_is_brought_in_its_stored_form(kind: str, value: Any, kept: Any) -> None:
    assert same(item(kind).check(value), kept)


@pytest.mark.parametrize(("kind", "value", "reason"), pairs("refuses"))
def test_any_other_value_is_refused_with_a_reason(kind: str, value: Any, reason: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        item(kind).check(value)
    assert reason in refused.value.message("en")
    assert_clear(refused.value)


def assert_clear(error: InvalidAnswer) -> None:
    """The message is a sentence in both languages, is filled in, and names the item."""
    for language in ("nl", "en"):
        message = error.message(language)
        assert message
        assert len(message) < 250
        assert not any("{" + name + "}" in message for name in error.values)
    body = error.as_json()["error"]
    assert body["item"] == "x"
    assert body["code"] == "invalid_answer"
    assert set(body["message"]) == {"nl", "en"}
    json.dumps(body, allow_nan=False)


@ALL
def test_not_applicable_is_a_value_only_where_the_item_says_so(kind: str) -> None:
    assert item(kind, not_applicable=True).check(NOT_APPLICABLE) == NOT_APPLICABLE
    if item(kind).is_text:
        assert item(kind).check(NOT_APPLICABLE) == "na"
    else:
        with pytest.raises(InvalidAnswer):
            item(kind).check(NOT_APPLICABLE)


# Everything that json.loads can give: also NaN, infinity and halves of characters.
halves = st.characters(categories=["Cs"])
strings = st.text(st.one_of(st.characters(), halves), max_size=20)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), strings, st.sampled_from([*IDS, "na", "x", "y"])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(strings, inner, max_size=4)),
    max_leaves=8,
)


@ALL
@given(data=st.data())
def test_whatever_a_phone_sends_is_kept_or_refused_and_keeping_is_final(kind: str, data: st.DataObject) -> None:
    value = data.draw(st.one_of(json_values, CASES[kind].near))
    asked = item(kind)
    try:
        kept = asked.check(value)
    except InvalidAnswer as refused:
        assert_clear(refused)
    else:
        assert same(asked.check(kept), kept)
        assert same(json.loads(json.dumps(kept, allow_nan=False)), kept)
        json.dumps(kept, ensure_ascii=False).encode()


@ALL
@given(data=st.data())
def test_a_summary_of_checked_values_is_plain_json(kind: str, data: st.DataObject) -> None:
    asked = item(kind, not_applicable=True)
    given = []
    for value in data.draw(st.lists(CASES[kind].near, max_size=12)):
        try:
            given.append(asked.check(value))
        except InvalidAnswer:
            continue
    given += [NOT_APPLICABLE] * data.draw(st.integers(0, 2))
    summary = asked.summarise(answers(*given))
    assert summary["n"] + summary["na"] == len(given)
    assert same(json.loads(json.dumps(summary, allow_nan=False)), summary)
    for value in given:
        if value != NOT_APPLICABLE:
            columns = asked.columns(value)
            assert columns
            assert all(column == "x" or column.startswith("x.") for column in columns)
            assert not any(isinstance(cell, dict) for cell in columns.values())


@ALL
def test_a_value_of_a_thousand_levels_is_refused(kind: str) -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    for value in (deep, {"a": deep, "b": deep}, {"x": deep, "y": 1}, shares(0.5, 0.5, deep)):
        with pytest.raises(InvalidAnswer) as refused:
            item(kind).check(value)
        assert_clear(refused.value)


@ALL
def test_a_page_gets_what_it_needs_to_ask_an_item_as_plain_json(kind: str) -> None:
    public = item(kind).public()
    assert public["kind"] == kind
    assert "options_from" not in public
    assert same(json.loads(json.dumps(public, allow_nan=False)), public)


# --- summaries


@ALL
def test_a_summary_without_answers_says_only_that(kind: str) -> None:
    asked = item(kind, not_applicable=True)
    assert asked.summarise([]) == {"n": 0, "na": 0}
    assert asked.summarise(answers("na", "na")) == {"n": 0, "na": 2}


def test_na_is_a_word_where_not_applicable_is_not_offered() -> None:
    summary = item("short_text", word=True).summarise(answers("na", "voor"))
    assert (summary["n"], summary["na"]) == (2, 0)
    assert [text["text"] for text in summary["texts"]] == ["na", "voor"]


SUMMARIES: list[tuple[str, dict[str, Any], list[Any], dict[str, Any]]] = [
    ("single_choice", {}, ["a", "c", "a"], {"counts": {"a": 2, "b": 0, "c": 1, "na-u": 0}}),
    ("multiple_choice", {}, [["a", "b"], ["b"], []], {"counts": {"a": 1, "b": 2, "c": 0, "na-u": 0}}),
    ("likert", {"first": -2}, [-2, 2, 2], {"counts": {"-2": 1, "-1": 0, "0": 0, "1": 0, "2": 2}, "mean": 2 / 3}),
    ("smiley", {}, [3, 1, 3], {"counts": {"1": 1, "2": 0, "3": 2}}),
    ("dot_vote", {}, [{"a": 2, "b": 1}, {"b": 2}, {}], {"totals": {"a": 2, "b": 3, "c": 0, "na-u": 0}}),
    (
        "ranking",
        {"options": OPTIONS[:3]},
        [["a", "b", "c"], ["b", "a", "c"], ["b", "c", "a"]],
        {"mean_rank": {"a": 2.0, "b": 4 / 3, "c": 8 / 3}, "first": {"a": 1, "b": 2, "c": 0}},
    ),
    ("plane", {}, [{"x": 0, "y": 100}, {"x": 50, "y": 50}], {"points": [[0, 100], [50, 50]], "mean": [25.0, 75.0]}),
    (
        "long_text",
        {},
        ["Een", "Twee"],
        {"texts": [{"id": "0", "text": "Een", "hidden": False}, {"id": "1", "text": "Twee", "hidden": False}]},
    ),
]


@pytest.mark.parametrize(("kind", "config", "values", "shown"), SUMMARIES, ids=[case[0] for case in SUMMARIES])
def test_the_screen_shows_counts_and_means(
    kind: str, config: dict[str, Any], values: list[Any], shown: dict[str, Any]
) -> None:
    summary = item(kind, **config).summarise(answers(*values))
    assert summary == {"n": len(values), "na": 0} | shown


def test_a_slider_has_a_bin_around_each_step() -> None:
    summary = item("slider").summarise(answers(*(float(point) for point in range(11)), 10.0))
    assert [one["count"] for one in summary["bins"]] == [1] * 10 + [2]
    assert (summary["bins"][0]["low"], summary["bins"][-1]["high"]) == (-0.5, 10.5)
    assert (summary["mean"], summary["median"]) == (65 / 12, 5.5)


def test_a_fine_slider_has_twenty_bins() -> None:
    fine = item("slider", min=0, max=100, step=1)
    summary = fine.summarise(answers(*(float(point) for point in range(101))))
    assert [one["count"] for one in summary["bins"]] == [5] * 19 + [6]


@given(st.lists(st.integers(0, 100).map(lambda hundredth: hundredth / 100), min_size=1))
def test_a_dyad_counts_as_numpys_histogram_does_in_exact_hundredths(values: list[float]) -> None:
    summary = item("dyad").summarise(answers(*values))
    counts, _ = np.histogram([round(value * 100) for value in values], bins=20, range=(0, 100))
    assert [one["count"] for one in summary["bins"]] == counts.tolist()
    assert summary["mean"] == pytest.approx(np.mean(values))
    assert summary["median"] == pytest.approx(np.median(values))


@pytest.mark.parametrize("step", [0.1, 0.05, 0.25, 1 / 3])
def test_every_point_of_a_slider_is_kept_in_one_way(step: float) -> None:
    asked = item("slider", min=0, max=3, step=step)
    for point in range(round(3 / step) + 1):
        kept = asked.check(point * step)
        added = asked.check(min(sum([step] * point), 3))
        assert kept == added == pytest.approx(point * step, abs=1e-8)


def test_texts_show_what_was_merged_into_them_and_where_they_lean() -> None:
    given = [
        Answer(id="1", value="Veel rust", lean="good_work"),
        Answer(id="2", value="rust", into="1"),
        Answer(id="3", value="Koffie", hidden=True),
    ]
    shown = item("short_text").summarise(given)
    assert shown["texts"] == [
        {
            "id": "1",
            "text": "Veel rust",
            "hidden": False,
            "lean": "good_work",
            "merged": [{"id": "2", "text": "rust", "hidden": False}],
        },
        {"id": "3", "text": "Koffie", "hidden": True, "lean": None, "merged": []},
    ]
    assert "words" not in shown


def test_words_are_counted_without_capitals_and_without_hidden_ones() -> None:
    given = [*answers("Rust", "ruimte", "rust", "RUIMTE", "ruimte"), Answer(id="9", value="boos", hidden=True)]
    shown = item("short_text", word=True).summarise(given)
    assert shown["words"] == [{"text": "ruimte", "count": 3}, {"text": "Rust", "count": 2}]


def test_one_word_is_one_word() -> None:
    asked = item("short_text", word=True)
    assert asked.check(" rust ") == "rust"
    with pytest.raises(InvalidAnswer, match="one word, without spaces"):
        asked.check("veel rust")


@pytest.mark.parametrize(
    ("kind", "value", "columns"),
    [
        ("single_choice", "a", {"x": "a"}),
        ("multiple_choice", ["a", "c"], {"x.a": True, "x.b": False, "x.c": True, "x.na-u": False}),
        ("ranking", ["c", "a", "na-u", "b"], {"x.a": 2, "x.b": 4, "x.c": 1, "x.na-u": 3}),
        ("dot_vote", {"b": 2}, {"x.a": 0, "x.b": 2, "x.c": 0, "x.na-u": 0}),
        ("plane", {"x": 1, "y": 2}, {"x.x": 1, "x.y": 2}),
        ("triad", shares(0.2, 0.3, 0.5), {f"x.{corner}": s for corner, s in shares(0.2, 0.3, 0.5).items()}),
        ("likert", 3, {"x": 3}),
    ],
)
def test_a_value_becomes_columns_of_a_table(kind: str, value: Any, columns: dict[str, Any]) -> None:
    assert item(kind).columns(value) == columns


# --- the triad's arithmetic


def numpys_mean(points: np.ndarray) -> np.ndarray:
    """The closed geometric mean, after multiplicative replacement, written another way: with arrays and scipy."""
    delta = 0.65 * SMALLEST_STEP
    zero = points == 0
    replaced = np.where(zero, delta, points * (1 - delta * zero.sum(axis=1, keepdims=True)))
    assert replaced.sum(axis=1) == pytest.approx(1)
    mean = gmean(replaced, axis=0)
    return mean / mean.sum()


thousandths = st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(
    lambda cut: [min(cut) / 1000, abs(cut[0] - cut[1]) / 1000, (1000 - max(cut)) / 1000]
)


@given(st.lists(thousandths, min_size=1, max_size=40))
def test_the_geometric_mean_is_that_of_scipy(points: list[list[float]]) -> None:
    assert geometric_mean(points) == pytest.approx(numpys_mean(np.array(points)), abs=1e-12)


@pytest.mark.parametrize(
    ("points", "mean"),
    [
        ([[0.2, 0.3, 0.5]], [0.2, 0.3, 0.5]),
        ([[0.2, 0.3, 0.5], [0.5, 0.2, 0.3], [0.3, 0.5, 0.2]], [1 / 3, 1 / 3, 1 / 3]),
        # √(0.1·0.4) = 0.2, √(0.1·0.4) = 0.2, √(0.8·0.2) = 0.4: closed 0.25, 0.25, 0.5
        ([[0.1, 0.1, 0.8], [0.4, 0.4, 0.2]], [0.25, 0.25, 0.5]),
        # δ = 0.00065 for each zero part; the other part becomes 1 - 2δ
        ([[1, 0, 0]], [0.9987, 0.00065, 0.00065]),
        ([[0.6, 0.4, 0]], [0.6 * 0.99935, 0.4 * 0.99935, 0.00065]),
    ],
)
def test_geometric_means_worked_out_by_hand(points: list[list[float]], mean: list[float]) -> None:
    assert geometric_mean(points) == pytest.approx(mean, abs=1e-12)


def test_a_triads_summary_has_the_points_in_the_order_of_the_corners() -> None:
    summary = item("triad").summarise(answers(shares(0.5, 0.2, 0.3, corners=CORNERS), shares(0.2, 0.3, 0.5)))
    assert summary["points"] == [[0.5, 0.2, 0.3], [0.2, 0.3, 0.5]]
    assert summary["mean"] == pytest.approx(numpys_mean(np.array(summary["points"])))


@given(thousandths.filter(lambda point: sum(point) > 0))
def test_a_kept_triad_adds_to_exactly_a_thousand_thousandths(point: list[float]) -> None:
    kept = item("triad").check(shares(*point))
    parts = [round(share * 1000) for share in kept.values()]
    assert sum(parts) == 1000
    assert min(parts) >= 0
    assert list(kept.values()) == [part / 1000 for part in parts]


def test_a_point_leans_to_its_largest_share_and_to_the_first_corner_of_equals() -> None:
    asked = item("triad", corners=[{"id": id, "text": id} for id in ("zz", "a", "m")])
    assert isinstance(asked, Triad)
    assert asked.leaning({"zz": 0.2, "a": 0.5, "m": 0.3}) == "a"
    # PostgreSQL gives the shares back in another order.
    assert asked.leaning({"a": 0.4, "m": 0.2, "zz": 0.4}) == asked.leaning({"zz": 0.4, "a": 0.4, "m": 0.2}) == "zz"


# --- merging and hiding options


def group(**into: str | None) -> Callable[[str], str | None]:
    return lambda id: into.get(id, id)


@pytest.mark.parametrize(
    ("kind", "value", "into", "left", "kept"),
    [
        ("single_choice", "b", {"b": "a"}, "a c", "a"),
        ("single_choice", "b", {"b": None}, "a c", None),
        ("multiple_choice", ["a", "b"], {"b": "a"}, "a c", ["a"]),
        ("multiple_choice", ["b", "c"], {"b": "a"}, "a c", ["a", "c"]),
        ("multiple_choice", ["b", "c"], {"b": None}, "a c", ["c"]),
        ("dot_vote", {"a": 1, "b": 2}, {"b": "a"}, "a c", {"a": 3}),
        ("dot_vote", {"b": 1, "c": 2}, {"b": None}, "a c", {"c": 2}),
        ("ranking", ["b", "c", "a"], {"b": "a"}, "a c", ["a", "c"]),
        ("ranking", ["c", "a", "b"], {"b": None}, "a c d", ["c", "a", "d"]),
    ],
)
def test_an_answer_follows_its_options_when_they_are_merged_or_hidden(
    kind: str, value: Any, into: dict[str, str | None], left: str, kept: Any
) -> None:
    asked = item(kind)
    assert isinstance(asked, Choosable)
    after = asked.with_options(Option(id=id, text=id) for id in left.split())
    assert after.regroup(value, group(**into)) == kept


@pytest.mark.parametrize("kind", sorted(kind for kind in KINDS if issubclass(KINDS[kind], Choosable)))
@given(data=st.data())
def test_regrouped_answers_can_always_be_summarised(kind: str, data: st.DataObject) -> None:
    asked = item(kind)
    assert isinstance(asked, Choosable)
    given = []
    for value in data.draw(st.lists(CASES[kind].near, max_size=8)):
        try:
            given.append(asked.check(value))
        except InvalidAnswer:
            continue
    roots = data.draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    into = {id: id if id in roots else data.draw(st.sampled_from([*roots, None])) for id in IDS}
    after = asked.with_options(Option(id=id, text=id) for id in roots)
    regrouped = [after.regroup(value, group(**into)) for value in given]
    summary = after.summarise(answers(*(value for value in regrouped if value is not None)))
    json.dumps(summary, allow_nan=False)
    if kind == "dot_vote" and given:
        dots = sum(dots for value in given for id, dots in value.items() if into[id] is not None)
        assert sum(summary["totals"].values()) == dots


# --- configuration


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        ("single_choice", {"options": []}, "give options, or options_from"),
        ("single_choice", {"options": [OPTIONS[0], OPTIONS[0]]}, "two options have the same id"),
        (
            "single_choice",
            {"options": [{"id": "na", "text": "?"}], "not_applicable": True},
            "stands for not applicable",
        ),
        ("single_choice", {"options": [{"id": "Not An Id", "text": "?"}]}, "pattern"),
        ("multiple_choice", {"min": 3, "max": 2}, "min is more than max"),
        ("multiple_choice", {"min": 5, "max": None}, "min is more than there are options"),
        ("dot_vote", {"dots": 2, "max_per_option": 3}, "max_per_option is more than dots"),
        ("dot_vote", {"dots": 0}, "greater than"),
        ("slider", {"min": 0, "max": 10, "step": 3}, "whole number of steps"),
        ("slider", {"min": 5, "max": 5}, "whole number of steps"),
        ("slider", {"max": math.inf}, "finite"),
        ("slider", {"min": -1e308, "max": 1e308}, "whole number of steps"),
        ("slider", {"step": 0}, "greater than 0"),
        ("slider", {"step": 1e-300}, "whole number of steps"),
        ("likert", {"labels": ["een"]}, "at least 2"),
        ("smiley", {"labels": ["een", "twee"]}, "Field required"),
        ("triad", {"corners": [OPTIONS[0], OPTIONS[0], OPTIONS[1]]}, "two corners have the same id"),
        ("triad", {"corners": OPTIONS[:2]}, "Field required"),
        ("short_text", {"max_length": 0}, "greater than"),
        ("dyad", {"left": ""}, "at least 1 character"),
        ("plane", {"quadrants": ["een"]}, "Field required"),
        ("likert", {"surprise": 1}, "Extra inputs are not permitted"),
    ],
)
def test_an_item_that_cannot_be_answered_is_refused(kind: str, config: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        item(kind, **config)


def test_all_dots_may_lie_on_one_option_unless_the_script_says_otherwise() -> None:
    asked = TypeAdapter(AnyItem).validate_python(
        {"id": "x", "kind": "dot_vote", "text": "?", "options": OPTIONS, "dots": 5}
    )
    assert asked.check({"a": 5}) == {"a": 5}


def test_a_choice_of_what_others_said_has_options_only_later() -> None:
    asked = TypeAdapter(AnyItem).validate_python(
        {"id": "x", "kind": "multiple_choice", "text": "?", "options_from": "zien.seen", "min": 2}
    )
    with pytest.raises(InvalidAnswer):
        asked.check(["a", "b"])
    assert asked.with_options(Option(id=id, text=id) for id in "ab").check(["b", "a"]) == ["a", "b"]

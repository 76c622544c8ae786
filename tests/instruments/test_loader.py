"""Instruments as files: what is wrong is told with the file, the line and the field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bedoeling_nb.errors import InvalidInstrument, NotFound
from bedoeling_nb.instruments import Instrument, available, find, in_language, load, parse
from bedoeling_nb.instruments.loader import CATALOG

GOOD = """\
id: proef
version: 1
title: {nl: Proef, en: Trial}
source: Own wording
licence: CC0-1.0
consent: Je doet mee zonder naam.
steps:
  - id: zien
    title: Wat zien we?
    items:
      - id: seen
        kind: short_text
        text: Ik zie
      - id: promise
        kind: triad
        text: Welke belofte?
  - id: kiezen
    title: Kiezen
    for_each: zien.seen
    items:
      - id: votes
        kind: dot_vote
        text: Verdeel
        options_from: zien.seen
      - id: energy
        kind: slider
        text: Energie
        low: leeg
        high: vol
  - id: afspreken
    title: Afspreken
    agree_on: zien.seen
"""


def said(text: str) -> str:
    """What the loader says about a text with an error, in English."""
    with pytest.raises(InvalidInstrument) as refused:
        parse(text, "proef.yaml")
    message = refused.value.message("en")
    assert "proef.yaml" in message
    assert refused.value.message("nl")
    return message


def with_change(old: str, new: str) -> str:
    """The good instrument with one change."""
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def line_of(text: str, part: str) -> int:
    """The line (from 1) on which the text has this part for the last time."""
    return max(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_good_instrument_is_read() -> None:
    instrument = parse(GOOD)
    assert [step.id for step in instrument.steps] == ["zien", "kiezen", "afspreken"]
    assert instrument.step("zien").item("promise").kind == "triad"
    assert (in_language(instrument.title, "nl"), in_language(instrument.title, "en")) == ("Proef", "Trial")
    assert in_language(instrument.consent, "en") == "Je doet mee zonder naam."


def test_what_is_written_as_json_is_read_back_the_same() -> None:
    for instrument in (parse(GOOD), *available()):
        assert Instrument.model_validate(instrument.to_json()) == instrument


CHANGES: list[tuple[str, str, str, str, str]] = [
    # change this, into this: the error stands on the last line with this, about this field, and says this
    ("version: 1", "version: one", "version:", "version", "valid integer"),
    ("version: 1", "version: 0", "version:", "version", "greater than or equal to 1"),
    ("id: proef", "id: Een Proef", "id: Een", "id", "pattern"),
    ("licence: CC0-1.0\n", "", "id: proef", "licence", "Field required"),
    ("licence: CC0-1.0", "licence: CC0-1.0\nlicense: CC0-1.0", "license:", "license", "not permitted"),
    ("{nl: Proef, en: Trial}", "{nl: Proef}", "title: {nl", "title.en", "Field required"),
    ("        kind: triad", "        kind: quartet", "- id: promise", "steps.0.items.1", "'triad'"),
    ("        kind: triad\n", "", "- id: promise", "steps.0.items.1", "kind"),
    ("        high: vol\n", "", "- id: energy", "steps.1.items.1.high", "Field required"),
    ("high: vol", "high: vol\n        max: much", "max:", "steps.1.items.1.max", "valid number"),
    ("high: vol", "high: vol\n        max: .inf", "max:", "steps.1.items.1.max", "finite"),
    (
        "high: vol",
        "high: vol\n        step: 3\n        max: 10",
        "max:",
        "steps.1.items.1.max",
        "whole number of steps",
    ),
    (
        "Verdeel",
        "Verdeel\n        dots: 2\n        max_per_option: 3",
        "max_per",
        "steps.1.items.0.max_per_option",
        "dots",
    ),
    ("for_each: zien.seen", "for_each: zien.nothing", "for_each:", "steps.1.for_each", "'zien.nothing' is not a text"),
    ("for_each: zien.seen", "for_each: zien.promise", "for_each:", "steps.1.for_each", "'zien.promise' is not a text"),
    ("for_each: zien.seen", "for_each: zien", "for_each:", "steps.1.for_each", "pattern"),
    ("for_each: zien.seen", "for_each: zien.seen\n    entries: 2", "- id: kiezen", "steps.1", "not both"),
    ("agree_on: zien.seen", "agree_on: afspreken.x", "agree_on:", "steps.2.agree_on", "of an earlier step"),
    ("options_from: zien.seen", "options_from: kiezen.x", "options_from:", "steps.1.items.0.options_from", "earlier"),
    ("        options_from: zien.seen\n", "", "- id: votes", "steps.1.items.0", "give options, or options_from"),
    ("id: kiezen", "id: zien", "- id: zien", "steps.1.id", "two steps have the id 'zien'"),
    ("id: energy", "id: votes", "- id: votes", "steps.1.items.1.id", "two items have the id 'votes'"),
    ("    title: Kiezen", "    title: 7", "title: 7", "steps.1.title", "valid string"),
]


@pytest.mark.parametrize(("old", "new", "part", "field", "reason"), CHANGES, ids=[f"{c[3]}-{c[4]}" for c in CHANGES])
def test_an_error_names_the_file_the_line_and_the_field(old: str, new: str, part: str, field: str, reason: str) -> None:
    text = with_change(old, new)
    problems = said(text).splitlines()[1:]
    start = f"  line {line_of(text, part)}, {field}: "
    assert any(problem.startswith(start) and reason in problem for problem in problems), problems


def test_options_with_the_same_id_are_found_on_their_line() -> None:
    options = "options:\n          - {id: a, text: A}\n          - {id: b, text: B}\n          - {id: a, text: C}"
    text = with_change("options_from: zien.seen", options)
    line = line_of(text, "text: C")
    assert f"  line {line}, steps.1.items.0.options.2.id: two options have the same id" in said(text)


def test_all_errors_are_told_at_once() -> None:
    text = (
        with_change("version: 1", "version: x").replace("        high: vol\n", "").replace("source: Own wording\n", "")
    )
    message = said(text)
    assert message.startswith("proef.yaml has 3 error(s):")
    assert all(field in message for field in ("version", "source", "steps.1.items.1.high"))


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("id: proef\n  version: 1", 2, "mapping values are not allowed"),
        ('id: proef\ntitle: "open', 2, "end of stream"),
        ("id: proef\nid: twee", 2, "'id' is given twice"),
        ("id: x\nsteps:\n  - id: a\n    title: A\n    title: B", 5, "'title' is given twice"),
        ("id: x\nwhen: 2026-02-31", 2, "'2026-02-31' cannot be read (day is out of range"),
        ("id: x\nvalue: !!int een", 2, "'een' cannot be read"),
        ("id: x\nvalue: !!bool een", 2, "'een' cannot be read"),
        ("id: x\nvalue: !!timestamp een", 2, "'een' cannot be read"),
        ("id: x\nvalue: !!python/object/apply:os.getcwd []", 2, "could not determine a constructor"),
        ("id: x\nvalue: *unknown", 2, "undefined alias"),
        ("id: x\n? [a, b]\n: c", 2, "unhashable key"),
        ("id: x\ntitle: a\x07b", 2, "not allowed"),
        ("[" * 1500, 1, "too many levels"),
        ("id: x\n---\nid: y", 2, "but found another document"),
    ],
)
def test_a_text_that_is_not_yaml_is_told_with_its_line(text: str, line: int, reason: str) -> None:
    message = said(text)
    assert message.startswith(f"proef.yaml, line {line}: this is not YAML: ")
    assert reason in message


@pytest.mark.parametrize("text", ["", "just words", "[]", "7", "null"])
def test_a_text_that_is_no_instrument_is_refused(text: str) -> None:
    assert "line 1, top: Input should be a valid dictionary" in said(text)


def test_parts_may_be_written_once_and_used_twice() -> None:
    again = (
        "      - id: again\n        kind: slider\n        text: Nog eens\n        low: &low leeg\n        high: *low\n"
    )
    text = GOOD.replace("  - id: afspreken", again + "  - id: afspreken")
    assert in_language(parse(text).step("kiezen").item("again").high, "nl") == "leeg"  # type: ignore[attr-defined]


@given(
    st.one_of(
        st.text(),
        st.text(st.sampled_from("id: &*[]{}-?!|>'\"%@`\n\t#,=<0x_1.e:steps")),
        st.recursive(
            st.one_of(st.none(), st.integers(), st.text(), st.dates(), st.floats()),
            lambda inner: st.one_of(
                st.lists(inner), st.dictionaries(st.sampled_from(["id", "steps", "items", "title", "kind"]), inner)
            ),
            max_leaves=20,
        ).map(yaml.safe_dump),
    )
)
def test_whatever_stands_in_a_file_the_loader_says_what_is_wrong(text: str) -> None:
    said(text)


@given(st.data())
def test_whatever_one_changes_the_instrument_is_read_or_the_line_is_told(data: st.DataObject) -> None:
    tree: Any = yaml.safe_load(GOOD)
    place = tree
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if data.draw(st.booleans()) or not isinstance(place[key], dict | list):
            place[key] = data.draw(st.sampled_from([None, 0, "x", "", [], {}, [[]], {"nl": 1}, "zien.seen", 1e400]))
            break
        place = place[key]
    text = yaml.safe_dump(tree)
    try:
        parse(text, "proef.yaml")
    except InvalidInstrument as refused:
        lines = refused.message("en").splitlines()[1:]
        assert lines
        for line in lines:
            number = int(line.removeprefix("  line ").split(",")[0])
            assert 1 <= number <= len(text.splitlines())


# --- files


def test_the_catalogue_holds_the_resonance_meeting_as_the_domain_describes_it() -> None:
    assert [instrument.id for instrument in available()] == sorted(file.stem for file in CATALOG.glob("*.yaml"))
    script = find("resonance")
    assert [(step.id, [item.kind for item in step.items]) for step in script.steps] == [
        ("terugblik", ["single_choice", "likert", "short_text"]),
        ("zien", ["short_text", "triad"]),
        ("voelen", ["slider", "slider", "dyad", "short_text"]),
        ("bijsturing", ["dot_vote"]),
        ("voorstellen", ["short_text"]),
        ("afwegen", ["plane"]),
        ("afspreken", []),
        ("uitcheck", ["smiley", "short_text"]),
    ]
    assert sum(step.minutes or 0 for step in script.steps) <= 45
    assert script.step("zien").entries == 3
    assert script.step("bijsturing").item("votes").options_from == "zien.seen"  # type: ignore[attr-defined]


@pytest.mark.parametrize("instrument", available(), ids=lambda instrument: instrument.id)
def test_every_text_of_the_catalogue_is_in_both_languages(instrument: Instrument) -> None:
    def texts(value: Any, field: str = "") -> list[str]:
        """Texts for people that stand there in one language only."""
        if isinstance(value, dict):
            if set(value) == {"nl", "en"}:
                return []
            return [text for key, inner in value.items() for text in texts(inner, key)]
        if isinstance(value, list):
            return [text for inner in value for text in texts(inner, field)]
        one_language = field in ("title", "summary", "consent", "question", "tip", "text", "help", "low", "high")
        one_language = one_language or field in ("left", "right", "labels", "quadrants")
        return [value] if one_language and isinstance(value, str) else []

    assert texts(instrument.to_json()) == []


def test_an_instrument_of_ones_own_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "eigen.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert find(str(path)) == load(path) == parse(GOOD)


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r"no instrument “nothing”.*resonance.*path of a YAML file"):
        find("nothing")


def test_a_file_that_is_not_there_or_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no file .*gone\.yaml"):
        find(str(tmp_path / "gone.yaml"))
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "latin.yaml").write_bytes("title: Eén".encode("latin-1"))
    for name in ("folder.yaml", "latin.yaml"):
        with pytest.raises(InvalidInstrument, match=f"{name} cannot be read as UTF-8 text"):
            load(tmp_path / name)


def test_an_error_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "eigen.yaml"
    path.write_text(with_change("version: 1", "version: x"), encoding="utf-8")
    with pytest.raises(InvalidInstrument, match=r"eigen\.yaml has 1 error\(s\):\n  line 2, version"):
        load(path)


# --- looking things up


def test_a_step_and_an_item_are_found_by_id_or_told_missing() -> None:
    instrument = parse(GOOD)
    assert instrument.index("kiezen") == 1
    with pytest.raises(NotFound, match="no step “nothing”") as refused:
        instrument.step("nothing")
    assert refused.value.name == "unknown_step"
    with pytest.raises(NotFound, match="“zien” has no item “nothing”") as refused:
        instrument.step("zien").item("nothing")
    assert refused.value.name == "unknown_item"

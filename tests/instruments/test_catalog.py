"""The questionnaires that come along, and what a questionnaire may not say."""

from __future__ import annotations

import pytest

from bedoeling_nb.errors import InvalidInstrument
from bedoeling_nb.instruments import Instrument, Translated, available, find, parse
from bedoeling_nb.store import Store, instruments, tables

QUESTIONNAIRES = [one for one in available() if one.pace == "own"]

MINIMAL = """
id: own
version: 1
pace: own
title: Eigen
source: x
licence: CC0-1.0
consent: x
steps:
  - id: one
    title: Een
    items:
      - {id: a, kind: likert, text: A, labels: [nee, ja]}
      - {id: b, kind: likert, text: B, labels: [nee, ja]}
      - {id: c, kind: likert, text: C, labels: [nee, misschien, ja]}
"""


def test_the_catalogue() -> None:
    assert [one.id for one in QUESTIONNAIRES] == [
        "client-experience",
        "climate",
        "promises-pulse",
        "space",
        "team-reflection",
        "vitality",
    ]
    assert find("resonance").pace == "together"


@pytest.mark.parametrize("instrument", available(), ids=lambda one: one.id)
def test_everything_is_said_in_both_languages_and_has_a_source_and_a_licence(instrument: Instrument) -> None:
    texts = [instrument.title, instrument.summary, instrument.consent]
    for step in instrument.steps:
        texts.append(step.title)
        for item in step.items:
            texts += [item.text, *getattr(item, "labels", ())]
            texts += [option.text for option in getattr(item, "options", ())]
    texts += [scale.title for scale in instrument.scales]
    for text in texts:
        assert isinstance(text, Translated), text
    assert instrument.licence == "CC0-1.0"
    assert instrument.source


def test_what_the_domain_asks_for() -> None:
    pulse = {scale.id: len(scale.items) for scale in find("promises-pulse").scales}
    assert pulse == {"good_life": 3, "good_work": 3, "healthy_organisation": 3}
    assert find("promises-pulse").step("balance").item("balance").kind == "triad"
    climate = {scale.id: scale for scale in find("climate").scales}
    assert len(climate) == 8  # safety, and Kessels' seven functions
    assert climate["safety"].reversed == ("safety.s1", "safety.s3", "safety.s5")
    assert climate["safety"].needed == 4
    assert all(len(scale.items) == 2 for id_, scale in climate.items() if id_ != "safety")
    assert [scale.id for scale in find("space").scales] == ["taking", "giving"]
    assert len(find("team-reflection").scales[0].items) == 10
    assert [scale.id for scale in find("vitality").scales] == ["sense", "join", "add"]
    assert {item.kind for item in find("client-experience").step("experience").items} == {"smiley"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("scales:\n  - {id: s, title: S, items: [one.x]}", "scales.0.items.0: 'one.x' is not an item of this"),
        ("scales:\n  - {id: s, title: S, items: [one.a], reversed: [one.b]}", "is not an item of this scale"),
        ("scales:\n  - {id: s, title: S, items: [one.a, one.c]}", "the same answers"),
        ("scales:\n  - {id: s, title: S, items: [one.a], at_least: 2}", "more than the scale has"),
        ("scales:\n  - {id: s, title: S, items: [one.a]}\n  - {id: s, title: S, items: [one.b]}", "two scales"),
        ("  - {id: two, title: T}", "asks something"),
        ("  - {id: two, title: T, entries: 2, items: [{id: d, kind: short_text, text: D}]}", "only in a session"),
        ("  - {id: two, title: T, for_each: agreements, items: [{id: d, kind: smiley, text: D}]}", "only in a session"),
    ],
)
def test_an_error_names_its_line_and_field(more: str, words: str) -> None:
    with pytest.raises(InvalidInstrument) as error:
        parse(MINIMAL + more, "own.yaml")
    message = error.value.message("en")
    assert words in message
    assert "line 1" in message  # from the 15th line on


def test_a_store_from_before_there_were_scales_still_knows_the_script(store: Store) -> None:
    script = find("resonance")
    old = {key: value for key, value in script.to_json().items() if key not in ("pace", "scales")}
    with store.write() as connection:
        connection.execute(
            tables.instrument.insert(), [{"id": script.id, "version": script.version, "definition": old}]
        )
    instruments.keep(store, script)
    assert instruments.get(store, script.id, script.version) == script

"""Each item kind as a Jupyter widget: its value is checked as a phone's is, and the page hears why one was refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import traitlets

from bedoeling_nb import widgets
from bedoeling_nb.instruments import KINDS, Item
from bedoeling_nb.texts import translate
from bedoeling_nb.widgets import ItemWidget, Likert, Slider, Stage, Triad, widget
from bedoeling_nb.widgets.stage import Agreements, qr_path
from tests.instruments.test_kinds import CASES, item

PLACE = {"good_life": 0.5, "good_work": 0.3, "healthy_organisation": 0.2}


def test_each_kind_has_a_widget_of_its_own() -> None:
    made = {subclass.kind: subclass for subclass in ItemWidget.__subclasses__() if subclass.kind in KINDS}
    assert set(made) == set(KINDS)
    assert {subclass.__name__ for subclass in made.values()} <= set(widgets.__all__)


@pytest.mark.parametrize("kind", KINDS)
def test_value_is_kept_as_the_store_keeps_it(kind: str) -> None:
    for given, kept in CASES[kind].takes:
        made = widget(item(kind))
        made.value = given
        assert made.value == kept
        made.value = None
        assert made.value is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_is_not_allowed_is_not_taken_over(kind: str) -> None:
    good = CASES[kind].takes[0]
    for language in ("nl", "en"):
        for bad, _ in CASES[kind].refuses:
            made = widget(item(kind), value=good[0], language=language)
            if bad is None:  # no answer, which is fine
                continue
            with pytest.raises(traitlets.TraitError):
                made.value = bad
            assert made.value == good[1]


def test_the_refusal_is_the_sentence_that_phones_get() -> None:
    made = Triad(id="balance", text="Waar ging onze aandacht heen?")
    with pytest.raises(traitlets.TraitError, match="drie delen"):
        made.value = {"good_life": 1}
    made.language = "en"
    with pytest.raises(traitlets.TraitError, match="three shares"):
        made.value = {"good_life": 1}
    assert made.value is None


def test_what_the_page_sends_is_checked_and_answered() -> None:
    made = Slider(id="energy", text="Energie?", low="leeg", high="vol", language="en")
    made.set_state({"value": 7})
    assert (made.value, made.message) == (7, "")
    made.set_state({"value": 70})
    assert made.value == 7
    assert "0" in made.message
    made.set_state({"value": 70, "disabled": True})  # what came with it is taken over
    assert made.disabled
    made.set_state({"value": None})
    assert (made.value, made.message) == (None, "")


def test_a_widget_is_made_from_an_item_or_from_its_fields() -> None:
    question: Item = item("likert")
    assert Likert(question).question == question
    assert widget(question).item == question.public()
    assert Likert(id="x", text="?", value=3).value == 3
    with pytest.raises(ValueError, match="text"):
        Likert(id="x")
    with pytest.raises(ValueError, match="colour"):
        Likert(id="x", text="?", colour="red")


def test_words_follow_the_language() -> None:
    made = Likert(id="x", text="?")
    word = "Not applicable"
    assert made.texts[word] == translate(word, "nl") != word
    made.language = "en"
    assert word not in made.texts or made.texts[word] == word
    with pytest.raises(traitlets.TraitError):
        made.language = "fr"


def test_moderation_is_heard_and_nonsense_is_not() -> None:
    heard: list[Any] = []
    made = widget(item("short_text"), mode="show", moderate=True)
    made.on_moderate(lambda *what: heard.append(what))
    for content in (
        {"type": "hide", "id": "a"},
        {"type": "merge", "id": "a", "into": "b"},
        {"type": "delete", "id": "a"},
        {"type": "hide"},
        {"type": "hide", "id": 7},
        "hide",
        None,
        [],
    ):
        made._handle_custom_msg(content, [])
    assert heard == [("hide", "a", None), ("merge", "a", "b")]


def test_everything_that_a_page_gets_is_json() -> None:
    for kind in KINDS:
        made = widget(item(kind), value=CASES[kind].takes[0][0])
        state = made.get_state(["item", "value", "summary", "texts", "language"])
        assert json.loads(json.dumps(state)) == state


def test_stage_and_agreements_hear_only_what_they_know() -> None:
    stage, heard = Stage(), []
    stage.on_act(heard.append)
    for content in ({"do": "end", "rev": 3}, "end", None):
        stage._handle_custom_msg(content, [])
    assert heard == [{"do": "end", "rev": 3}]
    agreements, withdrawn = Agreements(), []
    agreements.on_withdraw(withdrawn.append)
    agreements._handle_custom_msg({"withdraw": "a"}, [])
    agreements._handle_custom_msg({"other": "a"}, [])
    assert withdrawn == ["a"]


def test_qr_code_has_its_quiet_zone() -> None:
    code = qr_path("http://127.0.0.1:8867/s/K7M4XQ")
    places = [tuple(map(int, one.split("h")[0].split())) for one in code["path"].split("M")[1:]]
    assert min(x for x, _ in places) == min(y for _, y in places) == 4
    assert max(x for x, _ in places) == code["size"] - 5

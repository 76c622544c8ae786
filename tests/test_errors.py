"""Errors that a person can cause: one sentence in two languages, a word for programs, a status for the API."""

from __future__ import annotations

import inspect
import json
import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bedoeling_nb import errors, texts
from bedoeling_nb.errors import BadRequest, BedoelingError, InvalidAnswer, NotFound, SessionEnded, StepClosed, TooMany

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, BedoelingError)]


@pytest.fixture
def dutch(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence that certainly has a translation."""
    monkeypatch.setattr(
        errors,
        "translate",
        lambda msgid, language: "Geen {what} hier." if (msgid, language) == ("No {what} here.", "nl") else msgid,
    )


def test_a_message_is_filled_in_in_each_language(dutch: None) -> None:
    error = NotFound("No {what} here.", what="koffie")
    assert error.message("nl") == error.message() == "Geen koffie hier."
    assert error.message("en") == "No koffie here."
    assert str(error) == "Geen koffie hier.\nNo koffie here."


def test_an_error_within_an_error_is_told_in_the_same_language(dutch: None) -> None:
    error = BadRequest("{file}: {problem}", file="a.yaml", problem=NotFound("No {what} here.", what="koffie"))
    assert error.message("nl") == "a.yaml: Geen koffie hier."
    assert error.message("en") == "a.yaml: No koffie here."


@pytest.mark.parametrize("value", ["{what}", "{0}", "{", "%s", "{what.__class__}"])
def test_what_somebody_typed_is_quoted_and_never_filled_in(value: str) -> None:
    assert NotFound("No {what} here.", what=value).message("en") == f"No {value} here."


def test_the_api_gets_a_code_and_both_messages(dutch: None) -> None:
    error = NotFound("No {what} here.", code="unknown_coffee", what="koffie")
    body = {"error": {"code": "unknown_coffee", "message": {"nl": "Geen koffie hier.", "en": "No koffie here."}}}
    assert json.loads(json.dumps(error.as_json())) == body


def test_an_invalid_answer_knows_its_item() -> None:
    error = InvalidAnswer("Give a text.")
    assert error.as_json()["error"]["item"] is None
    assert error.at("seen") is error
    assert error.as_json()["error"]["item"] == "seen"


def test_every_error_has_its_own_code_and_a_status_of_the_one_who_erred() -> None:
    codes = {error.code for error in CLASSES}
    assert len(codes) == len(CLASSES)
    assert {error.__name__ for error in CLASSES} <= set(errors.__all__)
    assert all(400 <= error.status < 500 for error in CLASSES if error is not errors.StoreError)
    assert errors.StoreError.status == 503


def test_too_many_says_when_to_come_back() -> None:
    assert TooMany("Too many.").retry_after == 2
    assert TooMany("Too many.", retry_after=3600).retry_after == 3600


def test_a_bad_request_may_have_its_own_status() -> None:
    assert BadRequest("Too large.", status=413).http_status == 413
    assert BadRequest("Not JSON.").http_status == 400


def test_the_ends_of_a_session_need_no_words() -> None:
    assert "ended" in SessionEnded().message("en")
    assert "closed" in StepClosed().message("en")


def fields(sentence: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None}


def test_every_sentence_that_is_marked_for_translation_is_also_dutch() -> None:
    package = Path(errors.__file__).parent
    found = extract_from_dir(package, [("**.py", "python")], keywords={"N_": None})
    sentences = {sentence for _, _, sentence, _, _ in found}
    assert "Give a text." in sentences
    assert sentences - texts.catalogue("nl").keys() == set()


def test_every_translation_fills_in_the_same_values() -> None:
    po = Path(texts.__file__).parent / "nl" / "LC_MESSAGES" / "bedoeling_nb.po"
    with po.open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if message.id and message.string and isinstance(message.id, str):
            assert fields(str(message.string)) == fields(message.id), message.id

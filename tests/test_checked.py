"""What is wrong with a file is told with its line, in plain Dutch and English, once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from bedoeling_nb import checked
from bedoeling_nb.errors import BadRequest


class Cat(BaseModel, extra="forbid"):
    kind: Literal["cat"]
    lives: int = Field(9, ge=1, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str = Field(min_length=2, max_length=4, pattern="[a-z]*")
    size: Literal["small", "large", "huge"] = "small"


class House(BaseModel, extra="forbid"):
    animals: tuple[Annotated[Cat | Dog, Field(discriminator="kind")], ...] = Field((), min_length=2, max_length=3)
    warm: bool = True
    height: float = Field(2.0, gt=1, lt=5, allow_inf_nan=False)
    rooms: list[str] = []


def said(text: str) -> tuple[list[str], list[str]]:
    """The problems in Dutch and in English."""
    with pytest.raises(BadRequest) as refused:
        checked.parse(text, House, "house.yaml", BadRequest, lambda part: part in ("cat", "dog"))
    dutch, english = (refused.value.message(language).splitlines()[1:] for language in ("nl", "en"))
    return [one.strip() for one in dutch], [one.strip() for one in english]


@pytest.mark.parametrize(
    ("text", "dutch"),
    [
        ("animals: [{kind: cow}, {kind: cat}]", "animals.0: cow is geen 'kind'. Toegestaan: 'cat', 'dog'"),
        ("animals: [{lives: 3}, {kind: cat}]", "animals.0: Hier ontbreekt het veld 'kind'"),
        ("animals: [{kind: dog}, {kind: cat}]", "animals.0.name: Dit veld ontbreekt"),
        ("animals: [{kind: cat, tail: 1}, {kind: cat}]", "animals.0.tail: Dit veld hoort hier niet"),
        ("animals: [{kind: cat, lives: x}, {kind: cat}]", "animals.0.lives: Hier hoort een heel getal"),
        ("animals: [{kind: cat, lives: 1.5}, {kind: cat}]", "animals.0.lives: Hier hoort een heel getal"),
        ("animals: [{kind: cat, lives: 0}, {kind: cat}]", "animals.0.lives: Dit moet 1 of meer zijn"),
        ("animals: [{kind: cat, lives: 10}, {kind: cat}]", "animals.0.lives: Dit moet 9 of minder zijn"),
        ("animals: [{kind: dog, name: 7}, {kind: cat}]", "animals.0.name: Hier hoort een tekst"),
        ("animals: [{kind: dog, name: a}, {kind: cat}]", "animals.0.name: Deze tekst heeft minstens 2 teken(s) nodig"),
        ("animals: [{kind: dog, name: abcde}, {kind: cat}]", "animals.0.name: Deze tekst mag hoogstens 4 teken(s)"),
        (
            "animals: [{kind: dog, name: bas, size: 1}, {kind: cat}]",
            "Hier hoort een van deze: 'small', 'large' of 'huge'",
        ),
        ("animals: []", "animals: Hier horen er minstens 2 te staan, niet 0"),
        ("animals: [{kind: cat}, {kind: cat}, {kind: cat}, {kind: cat}]", "animals: Hier mogen er hoogstens 3 staan"),
        ("animals: 7", "animals: Hier hoort een lijst"),
        ("rooms: 7", "rooms: Hier hoort een lijst"),
        ("warm: perhaps", "warm: Hier hoort true (ja) of false (nee)"),
        ("height: tall", "height: Hier hoort een getal"),
        ("height: .inf", "height: Hier hoort een eindig getal"),
        ("height: 1", "height: Dit moet meer dan 1.0 zijn"),
        ("height: 5", "height: Dit moet minder dan 5.0 zijn"),
        ("[]", "bovenaan: Hier horen velden met waarden"),
    ],
)
def test_it_is_said_in_plain_dutch_with_its_line(text: str, dutch: str) -> None:
    [told], [english] = said(text)
    assert told.startswith("regel 1, ")
    assert dutch in told
    assert english.startswith("line 1, ")
    assert "Input" not in told


def test_too_few_is_not_told_when_one_of_them_is_wrong() -> None:
    told, _ = said("animals:\n  - {kind: cat}\n  - {kind: cow}\n")
    assert told == ["regel 3, animals.1: cow is geen 'kind'. Toegestaan: 'cat', 'dog'"]


def test_problems_stand_in_the_order_of_the_file() -> None:
    told, _ = said("extra: 1\nheight: tall\nanimals: 7\nwarm: perhaps\n")
    assert [one.split(",")[0] for one in told] == ["regel 1", "regel 2", "regel 3", "regel 4"]


def test_what_has_no_sentence_of_ours_is_told_as_it_comes() -> None:
    error: Any = {"type": "strange", "msg": "Value error, {this} is odd"}
    assert checked.told(error).message("nl") == "{this} is odd"
    error = {"type": "too_short", "msg": "too short", "ctx": {}}
    assert checked.told(error).message("nl") == "too short"


def test_of_a_setting_too() -> None:
    with pytest.raises(ValidationError) as invalid:
        Cat.model_validate({"kind": "cat", "lives": "x"})
    assert checked.told(invalid.value.errors()[0]).message("nl") == "Hier hoort een heel getal"

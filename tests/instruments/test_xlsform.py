"""Questionnaires as spreadsheets: what goes out is what pyxform accepts, and comes back as it was."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pyxform.xls2xform import convert

from bedoeling_nb.errors import BadRequest, BedoelingError, InvalidInstrument, MissingExtra, NotFound
from bedoeling_nb.instruments import KINDS, Instrument, available, find, parse
from bedoeling_nb.instruments.xlsform import read_xlsform, write_xlsform
from bedoeling_nb.instruments.yaml_text import as_yaml

QUESTIONNAIRES = [one for one in available() if one.pace == "own"]

EVERYTHING = """\
id: everything
version: 3
pace: own
title: {nl: Alles, en: Everything}
summary: {nl: Van elk één., en: One of each.}
source: Own wording
licence: CC0-1.0
consent: {nl: Je doet mee zonder naam., en: You take part without a name.}
steps:
  - id: one
    title: {nl: Eén, en: One}
    question: {nl: Waar gaat het over, en: What is it about}
    minutes: 4
    tip: {nl: Rustig aan., en: Take your time.}
    items:
      - {id: agree, kind: likert, text: {nl: Eens, en: Agree}, required: true}
      - id: effect
        kind: likert
        first: -1
        labels: [{nl: slechter, en: worse}, {nl: gelijk, en: same}, {nl: beter, en: better}]
        text: {nl: "=Wat deed het", en: "=What did it do"}
        help: {nl: Kort., en: Briefly.}
        not_applicable: true
      - {id: energy, kind: slider, text: {nl: Energie, en: Energy}, low: {nl: leeg, en: empty},
         high: {nl: vol, en: full}, min: -1, max: 1, step: 0.25, help: {nl: "Denk aan nu.", en: "Think of now."},
         not_applicable: true, required: true}
      - {id: lead, kind: dyad, text: {nl: Waarmee, en: With what}, left: {nl: inspireren, en: inspiring},
         right: {nl: organiseren, en: organising}}
      - {id: face, kind: smiley, text: {nl: Fijn, en: Nice}, not_applicable: true}
      - {id: word, kind: short_text, text: {nl: Eén woord, en: One word}, word: true, max_length: 24}
      - {id: line, kind: short_text, text: {nl: Eén zin, en: One line}, not_applicable: true}
      - {id: story, kind: long_text, text: {nl: Vertel, en: Tell}, max_length: 900}
  - id: two
    title: {nl: Twee, en: Two}
    items:
      - id: effect
        kind: single_choice
        text: {nl: Kies, en: Choose}
        options: [{id: a, text: {nl: Een, en: One}}, {id: na, text: {nl: Twee, en: Two}}]
      - id: some
        kind: multiple_choice
        text: {nl: Kies er een paar, en: Choose some}
        options: &three [{id: a, text: {nl: A, en: A}}, {id: 2b, text: {nl: B, en: B}}, {id: c-c, text: {nl: C, en: C}}]
        min: 1
        max: 2
        not_applicable: true
      - {id: any, kind: multiple_choice, text: {nl: Kies, en: Choose}, options: *three}
      - {id: order, kind: ranking, text: {nl: Op volgorde, en: In order}, options: *three}
      - {id: dots, kind: dot_vote, text: {nl: Verdeel, en: Divide}, options: *three, dots: 5, max_per_option: 2,
         required: true}
      - {id: two, kind: triad, text: {nl: Waarheen, en: Where to}, help: {nl: Zet de punt., en: Put the point.},
         not_applicable: true}
      - id: place
        kind: plane
        text: {nl: Waar, en: Where}
        x: {text: {nl: Moeite, en: Effort}, low: {nl: weinig, en: little}, high: {nl: veel, en: much}}
        y: {text: {nl: Effect, en: Effect}, low: {nl: klein, en: small}, high: {nl: groot, en: large}}
        quadrants: [{nl: a, en: b}, {nl: c, en: d}, {nl: e, en: f}, {nl: g, en: h}]
scales:
  - {id: mood, title: {nl: Stemming, en: Mood}, items: [one.agree], reversed: [one.agree], at_least: 1}
"""


def everything() -> Instrument:
    made = parse(EVERYTHING)
    assert {item.kind for step in made.steps for item in step.items} == set(KINDS)
    return made


def xform(path: Path) -> tuple[str, list[str]]:
    made = convert(path.read_bytes(), file_type=".xlsx")
    return made.xform, made.warnings


def form(path: Path, survey: list[list[Any]], choices: list[list[Any]] = (), settings: list[list[Any]] = ()) -> Path:  # type: ignore[assignment]
    """A spreadsheet as somebody writes it; the first row of each sheet has its columns."""
    book = openpyxl.Workbook()
    book.active.title = "survey"  # type: ignore[union-attr]
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        if name not in book.sheetnames:
            book.create_sheet(name)
        for row in rows:
            book[name].append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("instrument", [*QUESTIONNAIRES, everything()], ids=lambda one: one.id)
def test_what_goes_out_comes_back_as_it_was(instrument: Instrument, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_xlsform(instrument, path)
    found = read_xlsform(path)
    assert found.instrument == instrument
    assert found.remarks == ()
    assert parse(as_yaml(found.instrument)) == instrument
    assert [one.name for one in tmp_path.iterdir()] == ["form.xlsx"]


@pytest.mark.parametrize("instrument", [*QUESTIONNAIRES, everything()], ids=lambda one: one.id)
def test_pyxform_takes_it_and_asks_each_question_in_both_languages(instrument: Instrument, tmp_path: Path) -> None:
    write_xlsform(instrument, tmp_path / "form.xlsx")
    text, warnings = xform(tmp_path / "form.xlsx")
    assert warnings == []
    assert ET.fromstring(text).tag.endswith("html")
    assert '<translation lang="Nederlands (nl)" default="true()">' in text
    asked = text.partition("<h:body>")[2]
    for step in instrument.steps:
        for item in step.items:
            label = next(
                part.partition(":label")[0]
                for part in text.split('<text id="')[1:]
                if item.text.nl in part.partition("</text>")[0].replace("&gt;", ">") and ":label" in part  # type: ignore[union-attr]
            )
            assert f'ref="{label}"' in asked, item.id
            assert item.text.en in text  # type: ignore[union-attr]


def test_the_parts_of_a_triangle_add_to_a_hundred(tmp_path: Path) -> None:
    write_xlsform(everything(), tmp_path / "form.xlsx")
    text, _ = xform(tmp_path / "form.xlsx")
    assert ". + coalesce( /everything/two/two_two/two_two_good_life , 0)".replace("/everything", "/data") in text
    assert "= 100" in text
    assert "&lt;= 5" in text  # dots
    assert 'start="-1" end="1" step="0.25"' in text


def test_a_catalogue_session_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadRequest) as error:
        write_xlsform(find("resonance"), tmp_path / "form.xlsx")
    assert "pace: own" in error.value.message("en")
    assert list(tmp_path.iterdir()) == []


def test_without_pyxform_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyxform", None)
    with pytest.raises(MissingExtra) as error:
        write_xlsform(find("climate"), tmp_path / "form.xlsx")
    assert "bedoeling-nb[xlsform]" in error.value.message("nl")


SURVEY = [
    ["type", "name", "label", "hint", "required", "constraint", "appearance", "parameters"],
    ["start", "start", None],
    ["note", "intro", "Welkom"],
    ["begin group", "Werk", "Over je werk"],
    ["select_one eens", "Q1", "Ik werk hier graag", "Denk aan nu", "yes"],
    ["select one from eens", "Q2", "Ik krijg ruimte"],
    ["select_one jn", "Q3", "Werk je 's nachts?"],
    ["select all that apply from dagen", "Q4", "Welke dagen?", None, None, "count-selected(.) <= 2"],
    ["end group", None],
    ["integer", "cijfer", "Welk cijfer?", None, None, ". >= 1 and . <= 10"],
    ["range", "druk", "Hoe druk?", None, None, None, None, "start=0 end=1 step=0.5"],
    ["text", "waarom", "Waarom?", None, None, "string-length(.) < 81"],
    ["text", "verhaal", "Vertel", None, None, None, "multiline"],
    ["calculate", "som", None],
]
SURVEY[0].append("calculation")
SURVEY[-1] += [None, None, None, None, None, "1 + 1"]
CHOICES = [
    ["list_name", "name", "label"],
    *(["eens", number, f"punt {number}"] for number in (1, 2, 3, 4, 5)),
    ["eens", "nvt", "Niet van toepassing"],
    *(["jn", name, name] for name in ("Ja", "Nee")),
    *(["dagen", name, name] for name in ("ma", "di", "wo")),
]
SETTINGS = [["form_title", "form_id", "version"], ["Mijn werk", "mijn-werk", "2026011201"]]


def test_a_form_of_somebody_else_becomes_a_questionnaire(tmp_path: Path) -> None:
    found = read_xlsform(form(tmp_path / "werk.xlsx", SURVEY, CHOICES, SETTINGS))
    one = found.instrument
    assert (one.id, one.title, one.pace, one.version) == ("mijn-werk", "Mijn werk", "own", 1)
    work, rest = one.steps
    assert (work.id, work.title) == ("werk", "Over je werk")
    q1, q2, q3, q4 = work.items
    assert (q1.kind, q1.required, q1.not_applicable, q1.help) == ("likert", True, True, "Denk aan nu")
    assert (list(q1.points), q1.labels[4]) == ([1, 2, 3, 4, 5], "punt 5")  # type: ignore[attr-defined]
    assert (q2.kind, q3.kind, q3.options[0].id) == ("likert", "single_choice", "ja")  # type: ignore[attr-defined]
    assert (q4.kind, q4.max, q4.min) == ("multiple_choice", 2, 0)  # type: ignore[attr-defined]
    grade, busy, why, story = rest.items
    assert (grade.kind, grade.min, grade.max, grade.step) == ("slider", 1, 10, 1)  # type: ignore[attr-defined]
    assert (busy.min, busy.max, busy.step, busy.low) == (0, 1, 0.5, "0")  # type: ignore[attr-defined]
    assert (why.kind, why.max_length, story.kind) == ("short_text", 80, "long_text")  # type: ignore[attr-defined]
    told = "\n".join(remark.message("en") for remark in found.remarks)
    for words in (
        "row 2, column “type”: “start” is left out",
        "row 3, column “type”: a note asks nothing",
        "row 14, column “type”: what is calculated",
        "“Q1” is called “q1” here",
        "row 11, column “parameters”: the ends have no words",
        "a version is a whole number",
        "does not say its licence",
        "“consent”",
    ):
        assert words in told, told
    assert parse(as_yaml(one)) == one


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (["image", "foto", "Foto"], "Sheet “survey”, row 2, column “type”: “image” is not possible here"),
        (["begin_repeat", "kind", "Kind"], "“begin_repeat” is not possible here"),
        (
            ["select_one geen", "q", "Vraag"],
            "row 2, column “type”: the sheet “choices” has no list “geen”. It has: eens",
        ),
        (["text", "q", "Vraag", "${a} = 1"], "row 2, column “Relevant”: questions that depend on other answers"),
        (["integer", "q", "Vraag"], "row 2, column “constraint”: a number has a lowest"),
        (["decimal", "q", "Vraag", None, ". > 0 and . < 1"], "a number has a lowest"),
        (["begin_group", "q", "Vraag"], "row 2, column “type”: this group is not ended"),
        (["end_group", None, None], "no group has begun"),
        ([None, "q", "Vraag"], "a question has a type"),
        (["text", "q", "Vraag", None, "string-length(.) < 99999"], "survey”, row 2: steps.items.short_text.max_length"),
        (["text", "q", None, None, None], "There is no question"),
    ],
)
def test_what_cannot_be_asked_is_told_with_sheet_row_and_column(row: list[Any], says: str, tmp_path: Path) -> None:
    if row[2] is None and row[0] == "text":
        row = ["note", "q", "Vraag"]
    path = form(tmp_path / "werk.xlsx", [["type", "name", "label", "Relevant", "constraint"], row], CHOICES)
    with pytest.raises(InvalidInstrument) as error:
        read_xlsform(path)
    assert says in error.value.message("en")
    assert "werk.xlsx" in error.value.message("nl")


def test_many_problems_are_told_at_once_and_what_pyxform_refuses_in_its_words(tmp_path: Path) -> None:
    rows = [["image", f"q{number}", "Foto"] for number in range(25)]
    with pytest.raises(InvalidInstrument) as error:
        read_xlsform(form(tmp_path / "a.xlsx", [["type", "name", "label"], *rows]))
    told = error.value.message("en")
    assert "row 21" in told
    assert "row 22" not in told
    assert "5 more" in told
    twice = [["type", "name", "label"], ["text", "q", "A"], ["text", "q", "B"]]
    with pytest.raises(InvalidInstrument, match="not an XLSForm"):
        read_xlsform(form(tmp_path / "b.xlsx", twice))


def test_a_file_that_is_no_form_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_xlsform(tmp_path / "none.xlsx")
    (tmp_path / "no.xlsx").write_text("type,name")
    with pytest.raises(InvalidInstrument, match="spreadsheet"):
        read_xlsform(tmp_path / "no.xlsx")
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(BedoelingError, match="“survey”"):
        read_xlsform(tmp_path / "empty.xlsx")


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, None])
def test_a_damaged_file_is_told(cut: float | None, tmp_path: Path) -> None:
    write_xlsform(find("climate"), tmp_path / "a.xlsx")
    whole = (tmp_path / "a.xlsx").read_bytes()
    if cut is not None:
        (tmp_path / "a.xlsx").write_bytes(whole[: int(cut * len(whole))])
    else:  # a zip file as it should be, with XML that is not
        with zipfile.ZipFile(BytesIO(whole)) as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b"<row", b"<row<", 1))
    with pytest.raises(InvalidInstrument, match="spreadsheet"):
        read_xlsform(tmp_path / "a.xlsx")


def test_a_group_in_a_group_is_asked_as_part_of_the_outer_one(tmp_path: Path) -> None:
    rows = [
        ["type", "name", "label::English (en)", "label::Nederlands (nl)", "label::Deutsch (de)"],
        ["begin_group", "a", "A", "A", "A"],
        ["text", "first", "First", "Eerst", "Erst"],
        ["begin_group", "b", "B", "B", "B"],
        ["text", "second", "Second", "Dan", "Dann"],
        ["end_group"],
        ["end_group"],
    ]
    found = read_xlsform(form(tmp_path / "a.xlsx", rows))
    [step] = found.instrument.steps
    assert [item.text.nl for item in step.items] == ["Eerst", "Dan"]  # type: ignore[union-attr]
    assert "“de”" in "\n".join(one.message("en") for one in found.remarks)

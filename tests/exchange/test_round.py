"""From our form in another tool to answers in our store: what Kobo and ODK export of it is understood as it is."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import openpyxl
import pytest

from bedoeling_nb.exchange.answers_file import read_answers
from bedoeling_nb.instruments import Instrument, available
from bedoeling_nb.instruments.xlsform import write_xlsform
from tests.instruments.test_xlsform import everything

QUESTIONNAIRES = [*(one for one in available() if one.pace == "own"), everything()]


def filled_in(form: Path) -> list[tuple[list[str], str]]:
    """Each question of a form that somebody filled in: the groups in which it is and its name, and the answer."""
    book = openpyxl.load_workbook(form)
    sheets = {}
    for name in ("survey", "choices"):
        heading, *rows = book[name].iter_rows(values_only=True)
        sheets[name] = [dict(zip(heading, row, strict=True)) for row in rows]
    found: list[tuple[list[str], str]] = []
    groups: list[str] = []
    shares = itertools.cycle(["50", "30", "20"])
    for row in sheets["survey"]:
        kind, _, rest = str(row["type"]).partition(" ")
        choices = [str(one["name"]) for one in sheets["choices"] if one["list_name"] == rest]
        path = [*groups, str(row["name"])]
        if kind == "begin_group":
            groups.append(str(row["name"]))
        elif kind == "end_group":
            groups.pop()
        elif kind == "integer":
            found.append((path, next(shares) if "<= 100" in str(row["constraint"]) else "1"))  # a triangle, or dots
        else:
            answer = {
                "note": "",
                "select_one": choices[:1],
                "select_multiple": [] if row["bedoeling::kind"] == "na" else choices[:1],
                "rank": choices[::-1],
                "text": "woord",
                "range": str(row.get("parameters")).partition("start=")[2].split(" ", 1)[0],
            }[kind]
            found.append((path, " ".join(answer) if isinstance(answer, list) else answer))
    return found


@pytest.mark.parametrize("mark", ["/", "-"], ids=["Kobo", "ODK"])
@pytest.mark.parametrize("instrument", QUESTIONNAIRES, ids=lambda one: one.id)
def test_each_answer_finds_its_item(instrument: Instrument, mark: str, tmp_path: Path) -> None:
    write_xlsform(instrument, tmp_path / "form.xlsx")
    answers = filled_in(tmp_path / "form.xlsx")
    with (tmp_path / "answers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["start", *(mark.join(path) for path, _ in answers), "_uuid"])
        writer.writerow(["2026-03-01T09:00:00", *(answer for _, answer in answers), "1f"])
    told = read_answers(tmp_path / "answers.csv", instrument)
    assert told.unasked == ()
    [person] = told.respondents
    items = {f"{step.id}.{item.id}" for step in instrument.steps for item in step.items}
    assert {f"{step}.{item}" for step, given in person.answers.items() for item in given} == items

"""A CSV file of answers: how columns are known, how values are read, and what is told when something is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.exchange.answers_file import AnswersFile, Columns, read_answers, read_columns
from bedoeling_nb.instruments import find, parse
from tests.instruments.test_xlsform import everything

EVERYTHING = everything()


def read(tmp_path: Path, text: str | bytes, **columns: Any) -> AnswersFile:
    path = tmp_path / "answers.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_answers(path, EVERYTHING, Columns(**columns))


def one(tmp_path: Path, heading: str, row: str) -> dict[str, Any]:
    """The answers of a file with one respondent, by STEP.ITEM."""
    [person] = read(tmp_path, f"{heading}\n{row}\n").respondents
    return {f"{step}.{item}": value for step, items in person.answers.items() for item, value in items.items()}


@pytest.mark.parametrize(
    ("column", "cell", "item", "value"),
    [
        ("one.agree", "4", "one.agree", 4),
        ("agree", "4.0", "one.agree", 4),
        ("AGREE", "eens", "one.agree", 4),
        ("Eén zin", "ja hoor", "one.line", "ja hoor"),
        ("group/one/agree", "Strongly Agree", "one.agree", 5),
        ("one-effect", "-1", "one.effect", -1),
        ("one_effect", "na", "one.effect", "na"),
        ("one.effect", "n.v.t.", "one.effect", "na"),
        ("energy", '"-0,25"', "one.energy", -0.25),
        ("lead", ".5", "one.lead", 0.5),
        ("face", "Gaat wel", "one.face", 2),
        ("word", "hoop", "one.word", "hoop"),
        ("two.effect", "Een", "two.effect", "a"),
        ("two.effect", "na", "two.effect", "na"),
        ("some", "a c-c", "two.some", ["a", "c-c"]),
        ("some", "C-C;A", "two.some", ["a", "c-c"]),
        ("any", "B", "two.any", ["2b"]),
        ("order", "c-c a 2b", "two.order", ["c-c", "a", "2b"]),
        ("any/a,any/2b,any/c-c", "1,0,1", "two.any", ["a", "c-c"]),
        ("some.a,some.2b,some.c-c,some.na", ",,,1", "two.some", "na"),
        ("any,any/a,any/2b", "a 2b,1,1", "two.any", ["a", "2b"]),
        ("order.a,order.2b,order.c-c", "3,1,2", "two.order", ["2b", "c-c", "a"]),
        ("dots.a,dots.2b,dots.c-c", "2,,1", "two.dots", {"a": 2, "c-c": 1}),
        (
            "two/two_two/two_two_good_life,two_two_good_work,two.two.healthy_organisation",
            "50,30,20",
            "two.two",
            {"good_life": 0.5, "good_work": 0.3, "healthy_organisation": 0.2},
        ),
        ("two.two.good_life,two.two.good_work,two.two.healthy_organisation,two.two.na", ",,,na", "two.two", "na"),
        ("place_x,place_y", "10,90", "two.place", {"x": 10, "y": 90}),
    ],
)
def test_values_as_tools_write_them(tmp_path: Path, column: str, cell: str, item: str, value: Any) -> None:
    assert one(tmp_path, column, cell) == {item: value}


def test_nothing_r_missing_and_values_that_say_missing_are_no_answer(tmp_path: Path) -> None:
    told = read(tmp_path, "agree,energy,lead\n3,NA,\n,99,99.0\n", missing=[99])
    assert [dict(person.answers) for person in told.respondents] == [{"one": {"agree": 3}}]
    assert told.empty == 1
    assert "one.agree" not in told.unasked
    assert "two.place" in told.unasked


def test_columns_of_other_tools_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    told = read(tmp_path, "start,agree,_uuid,meta/instanceID,one/one_question\n2026,3,x,uuid:1,\n")
    assert told.ignored == ("start", "_uuid", "meta/instanceID", "one/one_question")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_files_as_excel_writes_them(tmp_path: Path, mark: str) -> None:
    text = mark.join(["agree", "word", "energy"]) + "\r\n" + mark.join(["3", "één", "0,5"]) + "\r\n"
    for content in (text.encode("utf-8-sig"), text.encode("cp1252")):
        [person] = read(tmp_path, content).respondents
        assert person.answers["one"] == {"agree": 3, "word": "één", "energy": 0.5}


def test_a_file_for_map_says_which_column_is_which_item(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("columns: {V1: one.agree, V2: two.two.na}\nunit: team\nmissing: [9]\n")
    columns = read_columns(tmp_path / "map.yaml")
    (tmp_path / "a.csv").write_text("V1,V2,team\n3,1,wekerom-01\n9,,wekerom-02\n")
    told = read_answers(tmp_path / "a.csv", EVERYTHING, columns)
    [person] = told.respondents
    assert (person.answers, person.unit) == ({"one": {"agree": 3}, "two": {"two": "na"}}, "wekerom-01")
    (tmp_path / "map.yaml").write_text("colums: {}\n")
    with pytest.raises(BadRequest, match="line 1, colums"):
        read_columns(tmp_path / "map.yaml")


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("agree,extra\n3,x\n", {}, "The column “extra” is no item of “everything”"),
        ("agree\n3\n", {"columns": {"V9": "one.agree"}}, "There is no column “V9”. The file has: agree."),
        ("agree\n3\n", {"columns": {"agree": "one.none"}}, "no item “one.none”"),
        ("agree\n3\n", {"unit": "team"}, "There is no column “team”"),
        ("agree,one.agree\n3,3\n", {}, "“agree” and “one.agree” are both one.agree"),
        ("agree,agree\n3,3\n", {}, "two columns with the name “agree”"),
        ("agree\n3\n\n7\n", {}, "Row 4, column “agree”: 7 is not a point from 1 to 5."),
        ("agree\nperhaps\n", {}, "Row 2, column “agree”: 'perhaps' is not a point from 1 to 5."),
        ("two.effect\nz\n", {}, "Allowed: a, na."),
        ("energy\n1e999\n", {}, "inf is not a number from -1.0 to 1.0"),
        ("energy\n0.3\n", {}, "between two steps; the step is 0.25"),
        ("some\na 2b c-c\n", {}, "Choose 1 to 2 options; you chose 3. Allowed: a, 2b, c-c."),
        ("any/a\nmaybe\n", {}, "'maybe' is not 1 (chosen) or 0."),
        ("order.a,order.2b,order.c-c\n1,1,2\n", {}, "Put each of the 3 options in the order once."),
        ("dots.a,dots.2b\n3,3\n", {}, "Row 2, column “dots.a”: 3 is not a number from 0 to 2"),
        ("place.x\n3\n", {}, "has an x and a y"),
        ("agree,who\n3,7\n4,8\n5,7\n", {"respondent": "who"}, "Row 4, column “who”: this respondent is also in row 2."),
        ("agree,on\n3,yesterday\n", {"date": "on"}, "Row 2, column “on”: “yesterday” is not a day."),
        ("agree,word\n3\n", {}, "Row 2 has 1 cells; the first row has 2."),
        ("start\n1\n", {}, "no column with answers"),
        ("", {}, "does not begin with a row of column names"),
        ('agree\n"3\n', {}, "cannot be read as CSV"),
    ],
)
def test_what_is_wrong_is_told_with_row_and_column(
    tmp_path: Path, text: str, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadRequest) as error:
        read(tmp_path, text, **options)
    assert says in error.value.message("en")
    assert error.value.message("nl") != error.value.message("en")


def test_the_first_twenty_problems_are_told_and_how_many_more(tmp_path: Path) -> None:
    with pytest.raises(BadRequest) as error:
        read(tmp_path, "agree\n" + "9\n" * 30)
    told = error.value.message("en")
    assert "30 problem(s)" in told
    assert "Row 21," in told
    assert "Row 22," not in told
    assert "… and 10 more." in told


def test_a_file_that_is_not_there_and_names_that_mean_two_things(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_answers(tmp_path / "none.csv", find("climate"))
    with pytest.raises(BadRequest, match="“effect” is no item"):
        read(tmp_path, "effect\n1\n")  # there is one.effect and two.effect


def test_days_of_respondents(tmp_path: Path) -> None:
    text = "agree,on\n3,2026-03-01T10:11:12.000+01:00\n3,2-3-2026\n"
    assert [str(person.day) for person in read(tmp_path, text, date="on").respondents] == ["2026-03-01", "2026-03-02"]


def test_likert_points_that_begin_elsewhere_are_known_by_their_words(tmp_path: Path) -> None:
    instrument = parse(
        "id: t\nversion: 1\npace: own\ntitle: t\nsource: s\nlicence: l\nconsent: c\nsteps:\n  - id: a\n    title: a\n"
        "    items:\n      - {id: b, kind: likert, text: t, first: -2, labels: [--, '-', '0', +, ++]}\n"
    )
    (tmp_path / "a.csv").write_text("b\n++\n-2\n")
    found = read_answers(tmp_path / "a.csv", instrument)
    assert [person.answers["a"]["b"] for person in found.respondents] == [2, -2]


def test_the_examples_in_the_docs_are_true(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "instruments.md").read_text(encoding="utf-8")
    questionnaire, columns = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert [scale.id for scale in parse(questionnaire).scales] == ["together"]
    (tmp_path / "columns.yaml").write_text(columns)
    meant = read_columns(tmp_path / "columns.yaml")
    (tmp_path / "a.csv").write_text("V1,V2,team,answered_on,number,age\n3,99,wekerom-03,2026-03-01,1,30\n")
    [person] = read_answers(tmp_path / "a.csv", find("climate"), meant).respondents
    assert (person.answers, person.unit) == ({"safety": {"s1": 3}}, "wekerom-03")

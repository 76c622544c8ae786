"""Answers that were gathered elsewhere: a CSV file with a row for each respondent, checked against a questionnaire."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from bedoeling_nb import checked
from bedoeling_nb.errors import BadRequest, BedoelingError, InvalidAnswer
from bedoeling_nb.exchange import csv_file
from bedoeling_nb.instruments import NOT_APPLICABLE, Choosable, Instrument, Item, in_language
from bedoeling_nb.instruments.kinds.dot_vote import DotVote
from bedoeling_nb.instruments.kinds.likert import Likert
from bedoeling_nb.instruments.kinds.multiple_choice import MultipleChoice
from bedoeling_nb.instruments.kinds.plane import Plane
from bedoeling_nb.instruments.kinds.ranking import Ranking
from bedoeling_nb.instruments.kinds.single_choice import SingleChoice
from bedoeling_nb.instruments.kinds.smiley import Smiley
from bedoeling_nb.instruments.kinds.triad import Triad
from bedoeling_nb.texts import N_

__all__ = ["AnswersFile", "Columns", "Respondent", "read_answers", "read_columns"]

NOTHING = {"", "NA"}
"""What says that a question was not answered; NA is how R writes it. What does not apply is na, in small letters."""

_OTHER_TOOLS = re.compile(
    r"(_.*|start|end|today|deviceid|username|phonenumber|consent|meta/.*|meta-.*|formhub/.*|instanceid|key|submissiondate"
    r"|submitterid|submittername|attachments.*|reviewstate|edits|formversion|.*/_?consent)",
    re.IGNORECASE,
)
"""Columns that Kobo, ODK and LimeSurvey add by themselves, about the form or who filled it in."""

_NOT_APPLICABLE = {NOT_APPLICABLE, "nvt", "n.v.t.", "niet van toepassing", "not applicable"}
_YES = {"1", "1.0", "true", "yes", "ja", "x", "y"}
_NO = {"0", "0.0", "false", "no", "nee", "n"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


class Columns(BaseModel):
    """What the columns of a file mean, where their names do not say it; a YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = {}
    """Column of the file to STEP.ITEM, or STEP.ITEM.PART."""
    unit: str | None = None
    """The column with each respondent's team."""
    respondent: str | None = None
    """The column with a number of each respondent, which is checked for doubles and never kept."""
    date: str | None = None
    """The column with the day on which each respondent answered."""
    ignore: tuple[str, ...] = ()
    """Columns that are left out."""
    missing: tuple[str | int | float, ...] = ()
    """Values that say that a question was not answered, such as 99."""


@dataclass(frozen=True)
class Respondent:
    """One row of the file."""

    row: int
    """As a spreadsheet counts: the first respondent is in row 2."""
    answers: Mapping[str, Mapping[str, Any]]
    """Step to item to value, as the store keeps them."""
    unit: str | None = None
    day: date | None = None


@dataclass(frozen=True)
class AnswersFile:
    """All that was read, and what was not used."""

    respondents: tuple[Respondent, ...]
    """Who answered something."""
    empty: int
    """How many rows have no answer."""
    ignored: tuple[str, ...]
    """Columns that were left out."""
    unasked: tuple[str, ...]
    """Items of the questionnaire that the file does not have."""
    unit_column: str | None = None
    content: bytes = field(default=b"", repr=False)


Problem = Callable[..., None]


@dataclass(frozen=True)
class _Target:
    """Where a column goes."""

    step: str
    item: Item
    part: str | None = None

    @property
    def path(self) -> str:
        return f"{self.step}.{self.item.id}"

    @property
    def name(self) -> str:
        return f"{self.path}.{self.part}" if self.part else self.path


def read_columns(path: Path) -> Columns:
    """The meaning of columns in a YAML file. Raises NotFound, and BadRequest with line and field."""
    return checked.read(path, Columns, BadRequest)


def read_answers(path: Path, instrument: Instrument, columns: Columns | None = None) -> AnswersFile:
    """Each respondent's answers, all checked by their items.

    Raises NotFound, and BadRequest with row, column and what is allowed: of many problems the first twenty.
    """
    columns = columns or Columns()
    content = csv_file.content(path)
    heading, rows = csv_file.table(content, path.name)
    problems: list[BedoelingError] = []
    filled = {name for _, cells in rows for name, cell in zip(heading, cells, strict=False) if cell.strip()}
    targets, ignored = _targets(heading, filled, instrument, columns, problems)
    special = {name: getattr(columns, name) for name in ("unit", "respondent", "date")}
    for column in filter(None, special.values()):
        if column not in heading:
            problems.append(_no_column(column, heading))
    if problems:
        raise csv_file.refused(path, problems)

    missing = NOTHING | {str(one) for one in columns.missing}
    respondents: list[Respondent] = []
    known: dict[str, int] = {}
    empty = 0
    for number, cells in rows:
        if len(cells) != len(heading):
            problems.append(csv_file.wrong_length(number, cells, heading))
            continue
        row = {name: text.strip() for name, text in zip(heading, cells, strict=True)}
        answers, wrong = _answers(row, targets, missing)
        problems += [
            BedoelingError(N_("Row {row}, column “{column}”: {problem}"), row=number, column=column, problem=problem)
            for column, problem in wrong
        ]
        day, unit, who = (row.get(special[name] or "", "") for name in ("date", "unit", "respondent"))
        if who and known.setdefault(who, number) != number:
            problems.append(
                BedoelingError(
                    N_("Row {row}, column “{column}”: this respondent is also in row {other}."),
                    row=number,
                    column=special["respondent"],
                    other=known[who],
                )
            )
        if not answers:
            empty += not wrong
            continue
        answered_on = _day(day) if day else None
        if special["date"] and answered_on is None:
            problems.append(
                BedoelingError(
                    N_("Row {row}, column “{column}”: “{text}” is not a day. Example: 2026-12-01."),
                    row=number,
                    column=special["date"],
                    text=day,
                )
            )
        respondents.append(Respondent(number, answers, unit if special["unit"] else None, answered_on))
    if problems:
        raise csv_file.refused(path, problems)
    asked = {target.path for target in targets.values()}
    unasked = [f"{s.id}.{item.id}" for s in instrument.steps for item in s.items if f"{s.id}.{item.id}" not in asked]
    return AnswersFile(tuple(respondents), empty, tuple(ignored), tuple(unasked), special["unit"], content)


# Columns


def _targets(
    heading: Sequence[str],
    filled: set[str],
    instrument: Instrument,
    columns: Columns,
    problems: list[BedoelingError],
) -> tuple[dict[str, _Target], list[str]]:
    """Where each column goes, and the columns that go nowhere; an unknown one is a problem."""
    exact, loose = _names(instrument)
    steps = tuple(f"{_key(step.id)}_" for step in instrument.steps)
    chosen: dict[str, _Target] = {}
    ignored: list[str] = []
    special = {columns.unit, columns.respondent, columns.date}
    for column, wanted in columns.columns.items():
        if column not in heading:
            problems.append(_no_column(column, heading))
        elif wanted not in exact:
            problems.append(
                BedoelingError(
                    N_("The questionnaire has no item “{item}”, to which the column “{column}” should go."),
                    item=wanted,
                    column=column,
                )
            )
        else:
            chosen[column] = exact[wanted]
    for column in heading:
        if column in chosen or column in special or column in columns.columns:
            continue
        found = exact.get(column) or _found(column, loose, steps)
        of_no_use = column not in filled or _OTHER_TOOLS.fullmatch(column)
        if column in columns.ignore or (of_no_use and not found):
            ignored.append(column)
        elif found:
            chosen[column] = found
        else:
            problems.append(
                BedoelingError(
                    N_(
                        "The column “{column}” is no item of “{instrument}”. Name it as STEP.ITEM, say in a file for "
                        "--map where it goes, or leave it out with --ignore."
                    ),
                    column=column,
                    instrument=instrument.id,
                )
            )
    return _each_once(chosen, ignored, problems)


def _each_once(
    chosen: Mapping[str, _Target], ignored: Sequence[str], problems: list[BedoelingError]
) -> tuple[dict[str, _Target], list[str]]:
    """The columns without the parts of an item that is also there as a whole; two for one item are a problem."""
    whole = {target.path for target in chosen.values() if target.part is None}
    parts = {column: one for column, one in chosen.items() if one.part not in (None, NOT_APPLICABLE)}
    double = [column for column, one in parts.items() if one.path in whole]  # Kobo writes a choice in both ways
    kept = {column: one for column, one in chosen.items() if column not in double}
    seen: dict[str, str] = {}
    for column, target in kept.items():
        if target.name in seen:
            problems.append(
                BedoelingError(
                    N_("The columns “{one}” and “{other}” are both {item}."),
                    one=seen[target.name],
                    other=column,
                    item=target.name,
                )
            )
        seen[target.name] = column
    if not kept and not problems:
        problems.append(BedoelingError(N_("There is no column with answers.")))
    return kept, [*ignored, *double]


def _found(column: str, loose: Mapping[str, _Target], steps: tuple[str, ...]) -> _Target | None:
    """Where a column goes by its name, or by the last parts of it: other tools put groups in front, with / or -."""
    names = [column, column.rpartition("/")[2]]
    if _key(column).startswith(steps):
        parts = column.split("-")
        names += ["-".join(parts[number:]) for number in range(1, len(parts))]
    return next((loose[_key(name)] for name in names if _key(name) in loose), None)


def _no_column(column: str, heading: Sequence[str]) -> BedoelingError:
    shown = ", ".join(heading[:20]) + (", …" if len(heading) > 20 else "")
    return BedoelingError(N_("There is no column “{column}”. The file has: {known}."), column=column, known=shown)


def _names(instrument: Instrument) -> tuple[dict[str, _Target], dict[str, _Target]]:
    """Each item and part by STEP.ITEM.PART; and by looser names, where these mean one thing only."""
    exact: dict[str, _Target] = {}
    loose: dict[str, list[_Target]] = {}
    for step in instrument.steps:
        for item in step.items:
            for target in (_Target(step.id, item), *(_Target(step.id, item, part) for part in _part_ids(item))):
                exact[target.name] = target
                loose.setdefault(_key(target.name), []).append(target)
                loose.setdefault(_key(target.name.partition(".")[2]), []).append(target)
            for language in ("nl", "en"):  # as an export with labels names its columns
                loose.setdefault(_key(in_language(item.text, language)), []).append(_Target(step.id, item))
    single = {name: found[0] for name, found in loose.items() if name and len({one.name for one in found}) == 1}
    return exact, single


def _part_ids(item: Item) -> list[str]:
    ids = []
    if isinstance(item, Triad):
        ids = [corner.id for corner in item.corners]
    elif isinstance(item, Plane):
        ids = ["x", "y"]
    elif isinstance(item, MultipleChoice | DotVote | Ranking):
        ids = [option.id for option in item.options]
    if item.not_applicable and NOT_APPLICABLE not in ids:
        ids.append(NOT_APPLICABLE)
    return ids


def _key(name: str) -> str:
    """A column's name without what tools change in it: STEP.ITEM, STEP/ITEM and step-item are one."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


# Values


def _answers(
    row: Mapping[str, str], targets: Mapping[str, _Target], missing: set[str]
) -> tuple[dict[str, dict[str, Any]], list[tuple[str, BedoelingError]]]:
    """One respondent's answers, and what is wrong with which column."""
    answers: dict[str, dict[str, Any]] = {}
    wrong: list[tuple[str, BedoelingError]] = []
    parts: dict[str, dict[str, str]] = {}
    for column, target in targets.items():
        if target.part is not None:
            parts.setdefault(target.path, {})[column] = target.part
            continue
        if _is_missing(row[column], missing):
            continue
        try:
            value = target.item.check(_value(target.item, row[column]))
            answers.setdefault(target.step, {})[target.item.id] = value
        except InvalidAnswer as error:
            wrong.append((column, _with_allowed(error, target.item)))
    for columns in parts.values():
        first = next(iter(columns))
        step, item = targets[first].step, targets[first].item
        given = {part: row[column] for column, part in columns.items() if not _is_missing(row[column], missing)}
        try:
            value = _from_parts(item, given)
            if value is not None and item.id not in answers.get(step, {}):
                answers.setdefault(step, {})[item.id] = item.check(value)
        except InvalidAnswer as error:
            wrong.append((first, _with_allowed(error, item)))
    return answers, wrong


def _is_missing(text: str, missing: set[str]) -> bool:
    return text in missing or str(_number(text)) in missing


def _with_allowed(error: InvalidAnswer, item: Item) -> BedoelingError:
    """The error, for choices with what can be chosen."""
    options = getattr(item, "options", ())
    if not options:
        return error
    return BedoelingError(N_("{problem} Allowed: {allowed}."), problem=error, allowed=", ".join(o.id for o in options))


def _value(item: Item, text: str) -> Any:
    """What a cell says, as the item takes it; what is not understood stays text, which the item refuses."""
    if item.not_applicable and (text == NOT_APPLICABLE or text.lower() in _NOT_APPLICABLE):
        return NOT_APPLICABLE
    value: Any = text
    if isinstance(item, Likert | Smiley):
        named = _by_label(zip(range(getattr(item, "first", 1), 99), item.labels, strict=False), text)
        value = _number(text) if named is None else named
    elif isinstance(item, SingleChoice):
        value = _option(item, text)
    elif isinstance(item, MultipleChoice | Ranking):
        value = _chosen(item, text)
    elif not item.is_text:
        value = _number(text)
    return value


def _chosen(item: Choosable, text: str) -> list[str]:
    """Several options in one cell: apart by spaces as ODK writes them, or by a semicolon, comma or bar."""
    whole = _option(item, text)
    if any(option.id == whole for option in item.options):
        return [whole]
    by = r"\s*[;|,]\s*" if re.search(r"[;|,]", text) else r"\s+"
    return [_option(item, one) for one in re.split(by, text) if one]


def _from_parts(item: Item, given: Mapping[str, str]) -> Any:
    """The value of an item that takes several columns; None when none of them has an answer."""
    if item.not_applicable and given.get(NOT_APPLICABLE, "").lower() in _YES | _NOT_APPLICABLE:
        return NOT_APPLICABLE
    given = {part: text for part, text in given.items() if part != NOT_APPLICABLE or not item.not_applicable}
    if not given:
        return None
    if isinstance(item, MultipleChoice):
        unclear = [text for text in given.values() if text.lower() not in _YES | _NO]
        if unclear:
            raise InvalidAnswer(N_("{value} is not 1 (chosen) or 0."), value=repr(unclear[0]))
        return [part for part, text in given.items() if text.lower() in _YES]
    numbers = {part: _number(text) for part, text in given.items()}
    if isinstance(item, Ranking):
        order = {number: part for part, number in numbers.items()}
        return [order.get(place + 1, "") for place in range(len(item.options))]
    if isinstance(item, Triad) and all(isinstance(one, int | float) for one in numbers.values()):
        total = sum(numbers.values())
        return {part: one / 100 for part, one in numbers.items()} if total > 1.5 else numbers
    return numbers


def _number(text: str) -> Any:
    if not _NUMBER.fullmatch(text):
        return text
    value = float(text.replace(",", "."))
    return int(value) if abs(value) < 1e15 and value == int(value) else value


def _option(item: Choosable, text: str) -> str:
    ids = {option.id.casefold(): option.id for option in item.options}
    if text.casefold() in ids:
        return ids[text.casefold()]
    number = _number(text)
    if str(number) in ids:  # 1.0 for the option 1
        return ids[str(number)]
    named = _by_label(((option.id, option.text) for option in item.options), text)
    return text if named is None else str(named)


def _by_label(options: Iterable[tuple[Any, Any]], text: str) -> Any:
    for value, label in options:
        if text.casefold() in {in_language(label, language).casefold() for language in ("nl", "en")}:
            return value
    return None


def _day(text: str) -> date | None:
    if found := re.match(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})", text):
        day, month, year = map(int, found.groups())
        text = f"{year}-{month:02}-{day:02}"
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None

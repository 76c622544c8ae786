"""Spreadsheets as rows with named columns: what reading and writing an XLSForm have in common."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from bedoeling_nb.errors import BedoelingError, InvalidInstrument, MissingExtra, NotFound
from bedoeling_nb.texts import N_, Language

__all__ = [
    "BROKEN",
    "LANGUAGE_NAMES",
    "NA",
    "OWN",
    "Row",
    "Sheet",
    "ends_hint",
    "made",
    "opened",
    "place",
    "plain_number",
]

LANGUAGE_NAMES: dict[Language, str] = {"nl": "Nederlands (nl)", "en": "English (en)"}
"""As XLSForm names a language: with its code, so that other tools know which it is."""

OWN = "bedoeling"
"""Before each column of ours, and the name of our sheet."""

NA = ("Niet van toepassing", "Not applicable")

BROKEN = (
    *(OSError, EOFError, ValueError, LookupError, AttributeError, TypeError, SyntaxError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What reading raises about a file that was damaged; a SyntaxError is that of its XML."""

_CODES = {"nederlands": "nl", "dutch": "nl", "nl": "nl", "english": "en", "engels": "en", "en": "en"}


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number as the spreadsheet shows it, and what stands in its cells, by column."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    """By column; a translated column is NAME::LANGUAGE, with nl or en where that is what the heading says."""
    headings: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Each column as it is written in the file."""

    def get(self, column: str) -> str:
        """What stands in a column; nothing is an empty text."""
        return self.cells.get(column, "")

    def place(self, column: str | None = None) -> BedoelingError:
        """Where this is, for a message."""
        return place(self.sheet, self.number, self.headings.get(column, column) if column else None)


@dataclass(frozen=True)
class Sheet:
    """A sheet's rows that have something in them, and its columns."""

    name: str
    columns: Sequence[str] = ()
    rows: Sequence[Row] = ()


def place(sheet: str, row: int, column: str | None = None) -> BedoelingError:
    """The place of a cell in words."""
    if column is None:
        return BedoelingError(N_("Sheet “{sheet}”, row {row}"), sheet=sheet, row=row)
    return BedoelingError(N_("Sheet “{sheet}”, row {row}, column “{column}”"), sheet=sheet, row=row, column=column)


def opened(path: Path) -> dict[str, Sheet]:
    """The sheets of an .xlsx file, by name in lower case. Raises NotFound, InvalidInstrument and MissingExtra."""
    openpyxl = _openpyxl()
    try:
        content = BytesIO(path.read_bytes())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of formats, which we do not read
            workbook = openpyxl.load_workbook(content, read_only=True, data_only=True)
            return {sheet.title.lower(): _sheet(sheet.title, sheet.iter_rows(values_only=True)) for sheet in workbook}
    except FileNotFoundError:
        raise NotFound(N_("There is no file {path}."), path=path) from None
    except BROKEN as problem:
        raise InvalidInstrument(
            N_("{file} cannot be read as a spreadsheet (.xlsx): {problem}"), file=path.name, problem=problem
        ) from None


def made(sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """An .xlsx file of these sheets; the columns are those of the rows, in the order in which they first come."""
    openpyxl = _openpyxl()
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - an extra
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([None if row.get(column) in (None, "") else row[column] for column in columns])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for line in sheet.iter_rows(min_row=2):
            for cell in line:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # a text that begins with = is no formula
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
        for number, column in enumerate(columns, start=1):
            longest = max([len(column), *(len(str(row.get(column) or "")) for row in rows)])
            sheet.column_dimensions[get_column_letter(number)].width = min(max(longest + 2, 8), 60)
        sheet.freeze_panes = "A2"
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def ends_hint(low: Any, high: Any, low_text: str, high_text: str) -> str:
    """What the ends of a scale mean, for tools that show no words at the ends of theirs."""
    return f"{low} = {low_text} · {high} = {high_text}"


def plain_number(value: float) -> str:
    """A number as people write it: 3, 0.5."""
    return str(int(value)) if value == int(value) else f"{value:.15f}".rstrip("0")


def _openpyxl() -> Any:
    try:
        import openpyxl  # noqa: PLC0415 - an extra
        import pyxform  # noqa: F401, PLC0415 - what is written must be what it accepts
    except ImportError as missing:
        raise MissingExtra(
            N_("A spreadsheet needs pyxform and openpyxl ({problem}). Install: pip install bedoeling-nb[xlsform]"),
            problem=missing,
        ) from missing
    return openpyxl


def _sheet(title: str, lines: Iterable[Sequence[Any]]) -> Sheet:
    rows: list[Row] = []
    columns: list[str] = []
    headings: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        texts = [_text(value) for value in line]
        if number == 1:
            columns = [_column(text) for text in texts]
            headings = dict(zip(columns, texts, strict=True))
        elif any(texts):
            cells = {column: text for column, text in zip(columns, texts, strict=False) if column and text}
            rows.append(Row(title, number, cells, headings))
    return Sheet(title, [column for column in columns if column], rows)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return plain_number(value)
    return str(value).strip()


def _column(heading: str) -> str:
    """A heading as we know it: label::nl for "Label :: Nederlands (nl)"."""
    parts = [part.strip() for part in re.split(r"::?", heading)]
    *names, last = parts
    if not names:
        return last.lower().replace(" ", "_")
    code = re.search(r"\(([a-z]{2})\)$", last.lower())
    known = code.group(1) if code else _CODES.get(last.lower(), last)
    names = [name.lower().replace(" ", "_") for name in names]
    return "::".join([*names, known if names[0] != OWN or len(names) > 1 else last.lower()])

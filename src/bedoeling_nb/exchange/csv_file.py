"""A CSV file as spreadsheets and survey tools write it: its heading and its rows, and how what is wrong is told."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from bedoeling_nb.errors import BadRequest, BedoelingError, NotFound, listed
from bedoeling_nb.texts import N_

__all__ = ["content", "refused", "table", "wrong_length"]

_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how an .xlsx or .ods begins, and an .xls


def content(path: Path) -> bytes:
    """What stands in a file. Raises NotFound, and BadRequest when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(N_("There is no file {path}."), path=path) from None
    except OSError as problem:
        raise BadRequest(N_("{path} cannot be read: {problem}"), path=path, problem=problem.strerror) from None


def table(data: bytes, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The heading, and each row with its number as a spreadsheet counts; lines without anything are left out.

    Raises BadRequest for what is no CSV, such as a spreadsheet, and for two columns of one name.
    """
    if data.startswith(_SPREADSHEETS):
        raise BadRequest(
            N_("{file} is a spreadsheet. Save it as CSV (in Excel: “CSV UTF-8”), and give that file."), file=name
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # as Excel on Windows writes it
    first = text.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise BadRequest(N_("{file} cannot be read as CSV: {problem}"), file=name, problem=problem) from None
    rows = [(number, cells) for number, cells in enumerate(lines, start=1) if any(cell.strip() for cell in cells)]
    if not rows or rows[0][0] != 1:
        raise BadRequest(N_("{file} does not begin with a row of column names."), file=name)
    heading = [cell.strip() for cell in rows[0][1]]
    if twice := sorted({one for one in heading if one and heading.count(one) > 1}):
        raise BadRequest(N_("{file} has two columns with the name “{column}”."), file=name, column=twice[0])
    return heading, rows[1:]


def wrong_length(row: int, cells: Sequence[str], heading: Sequence[str]) -> BedoelingError:
    """What is told of a row with more or fewer cells than the heading has."""
    return BedoelingError(
        N_("Row {row} has {n} cells; the first row has {wanted}."), row=row, n=len(cells), wanted=len(heading)
    )


def refused(path: Path, problems: Sequence[BedoelingError]) -> BadRequest:
    """The error that tells all that is wrong with a file."""
    return BadRequest(
        N_("Nothing was imported from {file}. It has {n} problem(s):\n{problems}"),
        file=path.name,
        n=len(problems),
        problems=listed(problems),
    )

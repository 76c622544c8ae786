"""The sample as rows, and as CSV files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bedoeling_nb.community import Person, Unit
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.store.courses import Course, Goal
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Event, Session
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_

__all__ = ["Asked", "Sample", "read_csv", "write_csv"]


@dataclass(frozen=True)
class Asked:
    """The session of one unit in a wave."""

    wave: str
    session: str
    code: str
    unit: str


@dataclass(frozen=True)
class Sample:
    """A made-up community, as the rows of the store."""

    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    sessions: tuple[Session, ...]
    events: tuple[Event, ...]
    submissions: tuple[Submission, ...]
    interventions: tuple[Intervention, ...]
    courses: tuple[Course, ...] = ()
    waves: tuple[Wave, ...] = ()
    wave_sessions: tuple[Asked, ...] = ()
    wave_submissions: tuple[Submission, ...] = ()


_TABLES: dict[str, type[Any]] = {
    "units": Unit,
    "people": Person,
    "sessions": Session,
    "events": Event,
    "submissions": Submission,
    "interventions": Intervention,
    "courses": Course,
    "waves": Wave,
    "wave_sessions": Asked,
    "wave_submissions": Submission,
}
_READ: dict[str, Callable[[str], Any]] = {
    "parent": lambda text: text or None,
    "above": lambda text: text or None,
    "instrument_version": int,
    "k": int,
    "rev": int,
    "data": json.loads,
    "answers": json.loads,
    "goals": lambda text: {key: Goal(**goal) for key, goal in json.loads(text).items()},
    "asks": json.loads,
    "offers": json.loads,
    "shared": lambda text: {"True": True, "False": False}[text],
    "due_on": date.fromisoformat,
    "review_on": date.fromisoformat,
    "created_at": datetime.fromisoformat,
    "closes_at": datetime.fromisoformat,
    "closed_at": lambda text: datetime.fromisoformat(text) if text else None,
    "at": datetime.fromisoformat,
}


def write_csv(sample: Sample, folder: Path) -> list[Path]:
    """Write ten files (UTF-8, comma, LF), each whole or not at all; answers are JSON in one column."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, row_type in _TABLES.items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        columns = _columns(row_type)
        writer.writerow(columns)
        writer.writerows([_written(getattr(row, column)) for column in columns] for row in getattr(sample, name))
        path = folder / f"{name}.csv"
        half = path.with_suffix(".csv.part")
        half.write_text(text.getvalue(), encoding="utf-8", newline="")
        half.replace(path)
        written.append(path)
    return written


def read_csv(folder: Path) -> Sample:
    """The sample in the files of this folder.

    Raises NotFound when a file is missing and BadRequest, with file and line, when one cannot be read.
    """
    return Sample(**{name: tuple(_rows(folder / f"{name}.csv", row_type)) for name, row_type in _TABLES.items()})


def _columns(row_type: type[Any]) -> list[str]:
    return [field.name for field in fields(row_type) if field.name != "seq"]  # the store numbers rows itself


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=vars)
    return "" if value is None else str(value)


def _rows(path: Path, row_type: type[Any]) -> Iterable[Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(N_("There is no file {path}."), path=path) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(path, 1, problem) from None
    columns = _columns(row_type)
    extra = {"seq": 0} if row_type is Event else {}
    reader = csv.reader(io.StringIO(text, newline=""))
    if (header := next(reader, [])) != columns:
        raise _unreadable(path, 1, f"{', '.join(header)} ≠ {', '.join(columns)}")
    try:
        for cells in reader:
            named = zip(columns, cells, strict=True)
            yield row_type(**{column: _READ.get(column, str)(cell) for column, cell in named}, **extra)
    except (ValueError, KeyError, TypeError, csv.Error) as problem:
        raise _unreadable(path, reader.line_num, problem) from None


def _unreadable(path: Path, line: int, problem: object) -> BadRequest:
    return BadRequest(
        N_("{file}, line {line}, cannot be read: {problem}. Make the sample again with: bedoeling sample"),
        file=path.name,
        line=line,
        problem=problem,
    )

"""Read instruments from YAML, with errors that name the file, the line and the field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.constructor import ConstructorError

from bedoeling_nb.errors import InvalidInstrument, NotFound
from bedoeling_nb.instruments.instrument import Instrument
from bedoeling_nb.instruments.kinds import KINDS
from bedoeling_nb.texts import N_

__all__ = ["CATALOG", "available", "find", "load", "parse"]

CATALOG = Path(__file__).parent / "catalog"


def available() -> list[Instrument]:
    """All instruments of the catalogue, by id."""
    return [load(path) for path in sorted(CATALOG.glob("*.yaml"))]


def find(name: str) -> Instrument:
    """The catalogue's instrument with this id, or the one in the file of this name."""
    path = CATALOG / f"{name}.yaml"
    if path.is_file():
        return load(path)
    if name.endswith((".yaml", ".yml")):
        return load(Path(name))
    known = ", ".join(sorted(file.stem for file in CATALOG.glob("*.yaml")))
    raise NotFound(
        N_("There is no instrument “{name}”. Known: {known}. Or give the path of a YAML file."), name=name, known=known
    )


def load(path: Path) -> Instrument:
    """The instrument in a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(N_("There is no file {path}."), path=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInstrument(
            N_("{file} cannot be read as UTF-8 text: {problem}"), file=path.name, problem=error
        ) from None
    return parse(text, path.name)


def parse(text: str, file: str = "text") -> Instrument:
    """The instrument in a text; ``file`` is the name that errors mention."""
    try:
        root = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidInstrument(
            N_("{file}, line {line}: this is not YAML: {problem}. Check the indentation and the quotes."),
            file=file,
            line=_line_of(error, text),
            problem=getattr(error, "problem", None) or getattr(error, "reason", None) or "too many levels",
        ) from None
    try:
        return Instrument.model_validate(data)
    except ValidationError as invalid:
        problems = [_problem(root, error["loc"], error["msg"]) for error in invalid.errors()]
        raise InvalidInstrument(
            N_("{file} has {n} error(s):\n{problems}"), file=file, n=len(problems), problems="\n".join(problems)
        ) from None


class _Loader(yaml.SafeLoader):
    """Names the line of a value that cannot be read, and of a field that is given twice."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError) as error:  # such as the date 2026-02-31
            raise ConstructorError(None, None, f"{node.value!r} cannot be read ({error})", node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _line_of(error: Exception, text: str) -> int:
    if mark := getattr(error, "problem_mark", None):
        return int(mark.line) + 1
    return text.count("\n", 0, getattr(error, "position", 0)) + 1


def _problem(root: yaml.Node | None, location: Sequence[str | int], message: str) -> str:
    line, path = _line(root, location)
    return f"  line {line}, {'.'.join(map(str, path)) or 'top'}: {message.removeprefix('Value error, ')}"


def _line(node: yaml.Node | None, location: Sequence[str | int]) -> tuple[int, list[str | int]]:
    """The line (from 1) of the deepest part of the location that stands in the file, and the location without tags."""
    line = node.start_mark.line + 1 if node else 1
    path: list[str | int] = []
    for part in location:
        child: tuple[yaml.Node, int] | None = None
        if isinstance(node, yaml.MappingNode):
            child = next(((value, key.start_mark.line) for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = (node.value[part], node.value[part].start_mark.line)
        if child is None and _is_tag(part):
            continue  # pydantic names the member of a union, which is not in the file
        path.append(part)
        if child is None:
            break
        node, line = child[0], child[1] + 1
    return line, path


def _is_tag(part: Any) -> bool:
    return (
        part in KINDS
        or part in ("str", "Translated")
        or (isinstance(part, str) and part.startswith(("constrained-", "function-")))
    )

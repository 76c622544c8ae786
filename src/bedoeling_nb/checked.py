"""Read a YAML file into a model, with errors that name the file, the line and the field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import ConstructorError

from bedoeling_nb.errors import BedoelingError, NotFound
from bedoeling_nb.texts import N_

__all__ = ["parse", "read"]

Model = TypeVar("Model", bound=BaseModel)


def _no_tags(_part: Any) -> bool:
    return False


def read(
    path: Path, model: type[Model], error: type[BedoelingError], is_tag: Callable[[Any], bool] = _no_tags
) -> Model:
    """The model in a file of UTF-8 text. Raises NotFound, and ``error`` for what cannot be read; see `parse`."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(N_("There is no file {path}."), path=path) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise error(N_("{file} cannot be read as UTF-8 text: {problem}"), file=path.name, problem=problem) from None
    return parse(text, model, path.name, error, is_tag)


def parse(
    text: str,
    model: type[Model],
    file: str,
    error: type[BedoelingError],
    is_tag: Callable[[Any], bool] = _no_tags,
) -> Model:
    """The model in a text.

    Parameters
    ----------
    file
        The name that errors mention.
    error
        The class of the error that is raised when the text is not YAML, or not such a model.
    is_tag
        Whether a part of pydantic's location names a member of a union, or a step of validation, that is not in the
        file.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError) as problem:
        raise error(
            N_("{file}, line {line}: this is not YAML: {problem}. Check the indentation and the quotes."),
            file=file,
            line=_line_of(problem, text),
            problem=getattr(problem, "problem", None) or getattr(problem, "reason", None) or "too many levels",
        ) from None
    try:
        return model.model_validate(data)
    except ValidationError as invalid:
        problems = [_problem(root, one["loc"], one["msg"], is_tag) for one in invalid.errors()]
        raise error(
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


def _problem(root: yaml.Node | None, location: Sequence[str | int], message: str, is_tag: Callable[[Any], bool]) -> str:
    line, path = _line(root, location, is_tag)
    return f"  line {line}, {'.'.join(map(str, path)) or 'top'}: {message.removeprefix('Value error, ')}"


def _line(
    node: yaml.Node | None, location: Sequence[str | int], is_tag: Callable[[Any], bool]
) -> tuple[int, list[str | int]]:
    """The line (from 1) of the deepest part of the location that stands in the file, and the location without tags."""
    line = node.start_mark.line + 1 if node else 1
    path: list[str | int] = []
    for part in location:
        child: tuple[yaml.Node, int] | None = None
        if isinstance(node, yaml.MappingNode):
            child = next(((value, key.start_mark.line) for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = (node.value[part], node.value[part].start_mark.line)
        if child is None and is_tag(part):
            continue
        path.append(part)
        if child is None:
            break
        node, line = child[0], child[1] + 1
    return line, path

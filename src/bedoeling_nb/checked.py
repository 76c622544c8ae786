"""Read a YAML file into a model, with errors that name the file, the line and the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import ConstructorError

from bedoeling_nb.errors import BedoelingError, NotFound, listed
from bedoeling_nb.texts import N_

__all__ = ["parse", "read", "told"]

Model = TypeVar("Model", bound=BaseModel)

_SENTENCES = {
    "missing": N_("Field required"),
    "extra_forbidden": N_("This field is not permitted here; is it a typing error?"),
    "union_tag_invalid": N_("{tag} is no {discriminator}. Permitted are: {expected_tags}"),
    "union_tag_not_found": N_("The field {discriminator} is required here"),
    "literal_error": N_("Input should be one of: {expected}"),
    "enum": N_("Input should be one of: {expected}"),
    "string_type": N_("Input should be a valid string (a text; a number goes between quotes)"),
    "string_too_short": N_("This text should have at least {min_length} character(s)"),
    "string_too_long": N_("This text should have at most {max_length} character(s)"),
    "string_pattern_mismatch": N_("This text should have the pattern {pattern}"),
    "int_type": N_("Input should be a valid integer (a whole number)"),
    "int_parsing": N_("Input should be a valid integer (a whole number)"),
    "int_from_float": N_("Input should be a valid integer (a whole number)"),
    "float_type": N_("Input should be a valid number"),
    "float_parsing": N_("Input should be a valid number"),
    "finite_number": N_("Input should be a finite number"),
    "bool_type": N_("Input should be true or false"),
    "bool_parsing": N_("Input should be true or false"),
    "list_type": N_("Input should be a valid list"),
    "tuple_type": N_("Input should be a valid list"),
    "dict_type": N_("Input should be a valid dictionary (fields with values)"),
    "model_type": N_("Input should be a valid dictionary (fields with values)"),
    "model_attributes_type": N_("Input should be a valid dictionary (fields with values)"),
    "too_short": N_("There should be at least {min_length} here, not {actual_length}"),
    "too_long": N_("There may be at most {max_length} here, not {actual_length}"),
    "greater_than_equal": N_("Input should be greater than or equal to {ge}"),
    "greater_than": N_("Input should be greater than {gt}"),
    "less_than_equal": N_("Input should be less than or equal to {le}"),
    "less_than": N_("Input should be less than {lt}"),
}
"""Type of an error of pydantic to what we say of it; it speaks English only."""


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
        problems = [_problem(root, one["loc"], told(one), is_tag) for one in _deepest(invalid.errors())]
        problems.sort(key=lambda one: one.values["line"])
        raise error(
            N_("{file} has {n} error(s):\n{problems}"), file=file, n=len(problems), problems=listed(problems)
        ) from None


def told(error: Mapping[str, Any]) -> BedoelingError:
    """One of pydantic's errors, in Dutch and English where it is a common one; else as pydantic says it."""
    sentence, values = _SENTENCES.get(error["type"]), dict(error.get("ctx", {}))
    some, either, last = str(values.get("expected", "")).rpartition(" or ")
    if either:
        values["expected"] = BedoelingError(N_("{some} or {last}"), some=some, last=last)
    try:
        known = BedoelingError(sentence or "", **values)
        return known if sentence and known.message("nl") else _as_said(error)
    except (KeyError, TypeError):  # another version of pydantic gives other values
        return _as_said(error)


def _as_said(error: Mapping[str, Any]) -> BedoelingError:
    return BedoelingError("{problem}", problem=error["msg"].removeprefix("Value error, "))


def _deepest(errors: Sequence[Any]) -> list[Any]:
    """Without “too few” of a list in which something is wrong, which was not counted."""
    places = [one["loc"] for one in errors]
    return [
        one
        for one in errors
        if one["type"] != "too_short"
        or not any(len(place) > len(one["loc"]) and place[: len(one["loc"])] == one["loc"] for place in places)
    ]


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


def _problem(
    root: yaml.Node | None, location: Sequence[str | int], problem: BedoelingError, is_tag: Callable[[Any], bool]
) -> BedoelingError:
    line, path = _line(root, location, is_tag)
    return BedoelingError(
        N_("line {line}, {path}: {problem}"),
        line=line,
        path=".".join(map(str, path)) or BedoelingError(N_("top")),
        problem=problem,
    )


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

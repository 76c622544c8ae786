"""An instrument as the YAML that people edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bedoeling_nb.instruments.files import write_whole
from bedoeling_nb.instruments.instrument import Instrument

__all__ = ["as_yaml", "write_yaml"]

_SHORT = 240
"""What takes so many characters stands on one line."""


def as_yaml(instrument: Instrument) -> str:
    """The instrument as YAML, without what is so by default; `parse` gives the same instrument."""
    data = instrument.model_dump(mode="json", exclude_defaults=True)
    for step, kept in zip(instrument.steps, data["steps"], strict=True):
        if step.items:
            kept["items"] = [_with_kind(item) for item in step.items]
    return yaml.dump(_flowing(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)


def write_yaml(instrument: Instrument, path: Path) -> None:
    """Write the instrument; the file is new or as it was. Raises BadRequest when it cannot be written."""
    write_whole(path, as_yaml(instrument).encode())


def _with_kind(item: Any) -> dict[str, Any]:
    return {"id": item.id, "kind": item.kind, **item.model_dump(mode="json", exclude_defaults=True)}


class _Flow(dict[str, Any]):
    """A mapping on one line."""


class _FlowList(list[Any]):
    """A list on one line."""


class _Dumper(yaml.SafeDumper):
    """Lists stand in from their key, as people write them, and without anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    _Flow, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)
)
_Dumper.add_representer(
    _FlowList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def _flowing(value: Any) -> Any:
    """The same data with each small mapping of texts, and each list of names, marked for one line."""
    if isinstance(value, list):
        if all(isinstance(one, str) for one in value) and len(str(value)) <= _SHORT:
            return _FlowList(value)
        return [_flowing(one) for one in value]
    if not isinstance(value, dict):
        return value
    small = set(value) <= {"nl", "en"} or set(value) == {"id", "text"}
    if small and len(str(value)) <= _SHORT:
        return _Flow({key: _flowing(one) for key, one in value.items()})
    return {key: _flowing(one) for key, one in value.items()}

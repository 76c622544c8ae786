"""Read instruments from YAML, with errors that name the file, the line and the field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bedoeling_nb import checked
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
    return checked.read(path, Instrument, InvalidInstrument, _is_tag)


def parse(text: str, file: str = "text") -> Instrument:
    """The instrument in a text; ``file`` is the name that errors mention."""
    return checked.parse(text, Instrument, file, InvalidInstrument, _is_tag)


def _is_tag(part: Any) -> bool:
    return (
        part in KINDS
        or part in ("str", "Translated")
        or (isinstance(part, str) and part.startswith(("constrained-", "function-")))
    )

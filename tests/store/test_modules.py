"""The store's own house: every module is told of, and nobody reaches for what another keeps to itself."""

from __future__ import annotations

import re
from pathlib import Path

import bedoeling_nb
from bedoeling_nb import store

FOLDER = Path(store.__file__).parent
MODULES = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}


def test_every_module_is_told_of() -> None:
    assert set(re.findall(r"`(\w+)`", store.__doc__ or "")) - {"Store"} == MODULES


def test_nobody_uses_what_a_module_keeps_to_itself() -> None:
    inner = re.compile(rf"\b(?:{'|'.join(MODULES)})\._[a-z]\w*")
    sources = Path(bedoeling_nb.__file__).parent.rglob("*.py")
    assert [(path.name, found) for path in sources for found in inner.findall(path.read_text(encoding="utf-8"))] == []

"""The rooms of the house: what is exported exists, and an item kind is a Python file and a script of one name."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import bedoeling_nb
from bedoeling_nb.instruments import KINDS
from bedoeling_nb.widgets.assets import folder

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(bedoeling_nb.__path__, "bedoeling_nb.")
    if "migrations" not in found.name and not found.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_exports_exists_and_what_it_says_first_is_what_it_is_for(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    exported = getattr(module, "__all__", [])
    assert sorted(set(exported)) == sorted(exported), "exported twice"
    assert [one for one in exported if not hasattr(module, one)] == []


def test_a_kind_is_a_python_file_and_a_script() -> None:
    kinds = {path.stem for path in (ROOT / "src/bedoeling_nb/instruments/kinds").glob("*.py")} - {"__init__"}
    frames = {"shared", "host", "stage", "agreements", "desk", "waves"}
    assert kinds == set(KINDS)
    assert kinds == {path.stem for path in folder().glob("*.js")} - frames
    assert {path.stem for path in folder().glob("*.css")} <= kinds | {"widgets", "phone", "apps", "desk", "waves"}


def test_a_kind_says_its_own_name() -> None:
    for name, kind in KINDS.items():
        assert kind.model_fields["kind"].default in (name, None) or name in str(kind.model_fields["kind"].annotation)
        assert kind.__module__.endswith(f".{name}")
        assert f'kind("{name}"' in (folder() / f"{name}.js").read_text(encoding="utf-8")


def test_the_suite_has_a_room_for_each_room() -> None:
    """Tests mirror src/, so that one knows where to look."""
    rooms = {path.name for path in (ROOT / "src/bedoeling_nb").iterdir() if (path / "__init__.py").is_file()}
    tested = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert {"figures", "instruments", "live", "reports", "store", "widgets"} <= rooms & tested

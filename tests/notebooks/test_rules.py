"""Notebooks are thin, take the four parameters, and are kept without what a run left in them."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import papermill
import pytest

from bedoeling_nb.widgets.assets import folder

NOTEBOOKS = sorted(folder("notebooks").rglob("*.ipynb"))
PARAMETERS = ("store", "unit", "session", "language")
OVER_A_PERIOD = {"team", "unit"}
"""Reports that are about a period where the others are about a session."""


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def cells(path: Path) -> list[dict[str, Any]]:
    """The cells of code."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == "code"]


def test_the_first_code_is_the_parameters(path: Path) -> None:
    first, *others = cells(path)
    assert first["metadata"]["tags"] == ["parameters"]
    assert not [cell for cell in others if "parameters" in cell["metadata"].get("tags", [])]
    assigned = [node.targets[0].id for node in ast.parse("".join(first["source"])).body]  # type: ignore[attr-defined]
    about = "period" if path.stem in OVER_A_PERIOD else "session"
    expected = tuple(about if name == "session" else name for name in PARAMETERS)
    assert tuple(assigned) == expected
    assert set(papermill.inspect_notebook(str(path))) == set(expected)


def test_a_store_is_never_named_in_a_notebook(path: Path) -> None:
    """It is where BEDOELING_STORE says, so that tests, reports and people use their own."""
    assert papermill.inspect_notebook(str(path))["store"]["default"].startswith("None")


def test_nothing_of_a_run_is_kept(path: Path) -> None:
    for cell in cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    assert set(metadata) <= {"kernelspec", "language_info", "bedoeling"}
    assert metadata["kernelspec"]["name"] == "bedoeling"
    assert metadata["language_info"] == {"name": "python"}


def test_cells_are_thin(path: Path) -> None:
    """Logic in a notebook cannot be imported, so it is in the wrong room."""
    for cell in cells(path):
        tree = ast.parse("".join(cell["source"]))
        assert not [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While)
        ]
        assert len(tree.body) <= 8


def test_each_app_has_a_tile_in_both_languages() -> None:
    for path in (one for one in NOTEBOOKS if one.parent.name == "apps"):
        described = json.loads(path.read_text(encoding="utf-8"))["metadata"]["bedoeling"]
        assert {"title", "summary"} <= set(described) <= {"title", "summary", "sign", "order"}
        for text in (described["title"], described["summary"]):
            assert set(text) == {"nl", "en"}
            assert all(text.values())

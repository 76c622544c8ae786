"""A store with a small organisation, and reports whose notebooks a test writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from bedoeling_nb.instruments.item import Translated
from bedoeling_nb.reports import batch
from bedoeling_nb.reports.catalogue import Report
from bedoeling_nb.store import Store, units
from tests.conftest import ORGANISATION


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    """An SQLite store with the small organisation, which other processes can open."""
    shutil.copy(sqlite_template, tmp_path / "store.db")
    address = f"sqlite:///{tmp_path / 'store.db'}"
    store = Store.open(address)
    units.add(store, ORGANISATION)
    store.close()
    return address


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Report]:
    """A report of teams, from a notebook with one cell of this code; `batch` finds it in this process."""

    def write(code: str) -> Report:
        cells = [
            nbformat.v4.new_code_cell("unit = period = language = None", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(code),
        ]
        kernel = {"kernelspec": {"name": "bedoeling", "display_name": "Python", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "own.ipynb")
        text = Translated(nl="Eigen", en="Own")
        found = Report(
            id="own",
            notebook=str(tmp_path / "own.ipynb"),
            title=text,
            summary=text,
            recipients=text,
            levels=("team",),
            periods=("month", "quarter", "year"),
            formats=("html", "pdf"),
        )
        monkeypatch.setattr(batch, "find", lambda _: found)
        return found

    return write

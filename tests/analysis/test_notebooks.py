"""The research notebooks run on the sample, and are thin and without outputs."""

from __future__ import annotations

import json
from pathlib import Path

import papermill
import pytest

from bedoeling_nb.store import Store
from bedoeling_nb.widgets.assets import folder

NOTEBOOKS = sorted((folder("notebooks") / "research").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_for_one_unit_of_the_sample(notebook: Path, sample_store: Store, tmp_path: Path) -> None:
    parameters = {"store": sample_store.url, "unit": "wekerom-03", "language": "en"}
    ran = papermill.execute_notebook(str(notebook), str(tmp_path / "out.ipynb"), parameters, progress_bar=False)
    assert not [out for cell in ran.cells for out in cell.get("outputs", ()) if out.output_type in ("error", "stream")]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_thin_and_clean(notebook: Path) -> None:
    read = json.loads(notebook.read_text(encoding="utf-8"))
    assert read["metadata"]["kernelspec"]["name"] == "bedoeling"
    code = [cell for cell in read["cells"] if cell["cell_type"] == "code"]
    assert code[0]["metadata"]["tags"] == ["parameters"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    assert max(len(cell["source"]) for cell in code) <= 10

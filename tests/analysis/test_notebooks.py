"""The research notebooks run on the sample, and are thin and without outputs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import papermill
import pytest

from bedoeling_nb.community import new_id, now
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, submissions, units, waves
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.widgets.assets import folder
from tests.conftest import ORGANISATION
from tests.servers import until

NOTEBOOKS = sorted((folder("notebooks") / "research").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_for_one_unit_of_the_sample(notebook: Path, sample_store: Store, tmp_path: Path) -> None:
    parameters = {"store": sample_store.url, "unit": "wekerom-03", "language": "en"}
    ran = papermill.execute_notebook(str(notebook), str(tmp_path / "out.ipynb"), parameters, progress_bar=False)
    assert not [out for cell in ran.cells for out in cell.get("outputs", ()) if out.output_type in ("error", "stream")]


def test_that_of_waves_runs_where_one_team_was_asked(tmp_path: Path) -> None:
    """There is nothing to say of teams then, so no row has those measures."""
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    units.add(store, ORGANISATION)
    wave = waves.open_wave(store, find("climate"), "wekerom-01", now() + timedelta(days=1))
    [session] = waves.sessions_of(store, wave)
    for person in range(6):
        answers = {f"s{item}": 1 + (person * item + person) % 5 for item in range(1, 8)}
        submissions.add(store, [Submission(new_id(), session.id, "safety", "1", f"p{person}", answers)])
    waves.close(store, wave)
    until(lambda: waves.settled(waves.get(store, wave.id), now()), "the last answers may have come in")
    [notebook] = [path for path in NOTEBOOKS if path.stem == "waves"]
    parameters = {"store": store.url}
    ran = papermill.execute_notebook(str(notebook), str(tmp_path / "out.ipynb"), parameters, progress_bar=False)
    assert not [out for cell in ran.cells for out in cell.get("outputs", ()) if out.output_type == "error"]
    store.close()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_thin_and_clean(notebook: Path) -> None:
    read = json.loads(notebook.read_text(encoding="utf-8"))
    assert read["metadata"]["kernelspec"]["name"] == "bedoeling"
    code = [cell for cell in read["cells"] if cell["cell_type"] == "code"]
    assert code[0]["metadata"]["tags"] == ["parameters"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    assert max(len(cell["source"]) for cell in code) <= 10

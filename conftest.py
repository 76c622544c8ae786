"""`pytest --nbval notebooks` runs each notebook on the sample community, in a store of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from bedoeling_nb import sample
from bedoeling_nb.store import Store


def pytest_configure(config: pytest.Config) -> None:
    """Fill a store before the first kernel starts, and name it where notebooks look; nobody's own store is touched."""
    if not (config.getoption("nbval", False) or config.getoption("nbval_lax", False)):
        return
    folder = Path(tempfile.mkdtemp(prefix="bedoeling-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["BEDOELING_STORE"] = f"sqlite:///{folder / 'store.db'}"
    store = Store.open()
    sample.fill(store, sample.make(seed=7))
    store.close()

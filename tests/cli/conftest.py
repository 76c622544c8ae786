"""The command, typed in this process on a small organisation."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bedoeling_nb.cli import main
from bedoeling_nb.community import Person
from bedoeling_nb.store import Store, units
from tests.conftest import ORGANISATION

Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Run `bedoeling …` on a store with a small organisation; gives the exit code and all that was printed."""
    shutil.copy(sqlite_template, tmp_path / "store.db")
    address = f"sqlite:///{tmp_path / 'store.db'}"
    store = Store.open(address)
    units.add(store, ORGANISATION, [Person("p1", "wekerom-01", "professional", "P")])
    store.close()
    monkeypatch.setenv("BEDOELING_STORE", address)
    monkeypatch.setenv("BEDOELING_REPORTS", str(tmp_path / "out"))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("", ".instruments", ".keeping", ".organisation", ".reports", ".responses", ".schedule", ".waves"):
        monkeypatch.setattr(sys.modules[f"bedoeling_nb.cli{name}"].console, "width", 200)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["bedoeling", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out + printed.err

    return run

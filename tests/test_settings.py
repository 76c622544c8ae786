"""Settings come from the environment, and cannot weaken what protects people."""

from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from bedoeling_nb.settings import Settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without settings."""
    for name in os.environ:
        if name.startswith("BEDOELING_"):
            monkeypatch.delenv(name)


def test_without_settings_the_store_is_a_file_and_the_threshold_is_five() -> None:
    assert Settings().store == "sqlite:///.bedoeling/store.db"
    assert Settings().k == 5


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDOELING_STORE", "postgresql://host/db")
    monkeypatch.setenv("BEDOELING_K", "8")
    assert (Settings().store, Settings().k) == ("postgresql://host/db", 8)


@pytest.mark.parametrize(
    ("name", "value"),
    [("K", "4"), ("K", "1"), ("K", "five"), ("RATE_PER_SOURCE", "0"), ("ANSWERS_PER_PARTICIPANT", "0")],
)
def test_a_setting_that_protects_nobody_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BEDOELING_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_settings_cannot_be_changed_on_the_way() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().k = 5

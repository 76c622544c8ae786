"""A store with a small community that told something, and the sample's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bedoeling_nb.analysis import frames
from bedoeling_nb.community import new_id
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.sample import fill, make
from bedoeling_nb.store import Store, interventions, sessions, submissions, units
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.submissions import Submission
from tests.conftest import ORGANISATION

CORNERS = ("good_life", "good_work", "healthy_organisation")


class Community:
    """Sessions of a small organisation, one line each."""

    def __init__(self, store: Store, script: Instrument) -> None:
        self.store, self.script = store, script
        units.add(store, ORGANISATION)

    def hold(
        self, unit: str, day: datetime, answers: list[tuple[str, str, str, dict[str, Any]]], k: int = 5
    ) -> Session:
        """A session in which people gave (step, entry, person, answers)."""
        session = sessions.create(self.store, unit, self.script, created_at=day, k=k)
        told = [Submission(new_id(), session.id, *one) for one in answers]
        submissions.import_past(self.store, told)
        return session

    def agree(self, session: Session, text: str) -> Intervention:
        """Something that a session agreed."""
        day = session.created_at.date()
        made = Intervention(session.id, session.unit, text, "Ank", day, day, created_at=session.created_at)
        interventions.import_past(self.store, [made])
        return made


@pytest.fixture
def community(tmp_path: Path, sqlite_template: Path, script: Instrument) -> Iterator[Community]:
    shutil.copy(sqlite_template, tmp_path / "community.db")
    store = Store.open(f"sqlite:///{tmp_path / 'community.db'}")
    yield Community(store, script)
    store.close()


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("analysis") / "store.db"
    shutil.copy(sqlite_template, path)
    store = Store.open(f"sqlite:///{path}")
    fill(store, make())
    yield store
    store.close()


@pytest.fixture(scope="session")
def reading(sample_store: Store) -> frames.Reading:
    return frames.read(sample_store)


@pytest.fixture(scope="session")
def sample_answers(reading: frames.Reading) -> pd.DataFrame:
    return frames.answer_frame(reading)


@pytest.fixture(scope="session")
def nothing(reading: frames.Reading) -> frames.Reading:
    """A reading of a store in which nobody told anything."""
    return replace(reading, sessions={}, states={}, submissions=[], agreed=[])


DAY = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)  # in Amsterdam it is February by then
LATER = datetime(2026, 5, 1, 9, tzinfo=UTC)

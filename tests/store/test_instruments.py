"""The questionnaires that were used, as they were then."""

from __future__ import annotations

import pytest

from bedoeling_nb.errors import Conflict, NotFound
from bedoeling_nb.instruments import Instrument, available
from bedoeling_nb.store import Store, instruments


@pytest.mark.parametrize("instrument", available(), ids=lambda instrument: instrument.id)
def test_every_instrument_of_the_catalogue_comes_back_as_it_was(instrument: Instrument, store: Store) -> None:
    instruments.keep(store, instrument)
    instruments.keep(store, instrument)
    assert instruments.get(store, instrument.id, instrument.version) == instrument


def test_a_changed_instrument_needs_a_new_version(store: Store, script: Instrument) -> None:
    instruments.keep(store, script)
    changed = script.model_copy(update={"source": "Elsewhere"})
    with pytest.raises(Conflict, match="Give it a higher version number"):
        instruments.keep(store, changed)
    assert instruments.get(store, script.id, script.version) == script
    newer = changed.model_copy(update={"version": script.version + 1})
    instruments.keep(store, newer)
    assert instruments.get(store, script.id, newer.version) == newer
    assert instruments.get(store, script.id, script.version) == script


def test_a_version_that_was_never_used_is_not_found(store: Store, script: Instrument) -> None:
    instruments.keep(store, script)
    with pytest.raises(NotFound, match="no version 99"):
        instruments.get(store, script.id, 99)

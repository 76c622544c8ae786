"""The questionnaires and scripts that were used, as they were then."""

from __future__ import annotations

import sqlalchemy as sa

from bedoeling_nb.errors import Conflict, NotFound
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["get", "keep"]


def keep(store: Store, instrument: Instrument) -> None:
    """Keep this version; refuse one that differs from what was kept under the same version."""
    row = {"id": instrument.id, "version": instrument.version, "definition": instrument.to_json()}
    with store.write() as connection:
        connection.execute(store.insert_new(tables.instrument), [row])
        kept = connection.execute(_select(instrument.id, instrument.version)).scalar_one()
    if Instrument.model_validate(kept) != instrument:  # read anew: an older version of ours wrote fewer fields
        raise Conflict(
            N_("“{instrument}” was changed, but version {version} is in use. Give it a higher version number."),
            instrument=instrument.id,
            version=instrument.version,
        )


def get(store: Store, instrument_id: str, version: int) -> Instrument:
    """The instrument as it was kept."""
    with store.read() as connection:
        definition = connection.execute(_select(instrument_id, version)).scalar()
    if definition is None:
        raise NotFound(
            N_("The store has no version {version} of “{instrument}”."), instrument=instrument_id, version=version
        )
    return Instrument.model_validate(definition)


def _select(instrument_id: str, version: int) -> sa.Select[tuple[dict[str, object]]]:
    kept = tables.instrument.c
    return sa.select(kept.definition).where(kept.id == instrument_id, kept.version == version)

"""Waves that were held elsewhere: a wave that is over comes in with all its answers, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bedoeling_nb.errors import Conflict
from bedoeling_nb.store import events, sessions, submissions, tables, waves
from bedoeling_nb.store.database import Store
from bedoeling_nb.store.events import Event
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_

__all__ = ["keep"]


def keep(store: Store, wave: Wave, asked: Sequence[Session], told: Sequence[Submission]) -> bool:
    """Keep all of it in one transaction; False when the wave is there already, and nothing is changed.

    Its questionnaire and the units must be in the store. The sessions end when the wave closed. Raises Conflict when
    another wave of this questionnaire was held in this unit on the same days.
    """
    kept = tables.wave.c
    same_days = sa.select(kept.id).where(
        (kept.id == wave.id)
        | (
            (kept.instrument == wave.instrument)
            & (kept.unit == wave.unit)
            & (kept.created_at == wave.created_at)
            & (kept.closes_at == wave.closes_at)
        )
    )
    ended = [Event(0, one.id, 2, "end", {}, wave.closed_at or wave.closes_at) for one in asked]
    with store.write() as connection:
        there = set(connection.execute(same_days).scalars())
        if wave.id in there:
            return False
        if there:
            raise Conflict(
                N_(
                    "Other answers to “{instrument}” of “{unit}” were imported for this day. Nothing was changed. Is "
                    "it another time? Then give its own --date."
                ),
                instrument=wave.instrument,
                unit=wave.unit,
            )
        waves.insert(connection, wave, sessions.with_free_codes(connection, asked), sa.insert)
        connection.execute(sa.insert(tables.session_event), events.rows(ended))
        connection.execute(sa.insert(tables.submission), submissions.rows(told))
    return True

"""Which participants of which waves are one person, by the hash of a code that this person makes; and their erasure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.errors import BadRequest, SessionEnded
from bedoeling_nb.store import events, scores, tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["Linked", "erase", "keep", "linked"]

_link, _told = tables.link, tables.submission


@dataclass(frozen=True)
class Linked:
    """One participant of one session with a code, and how many submissions are kept of them."""

    session: str
    participant: str
    unit: str
    instrument: str
    submissions: int
    wave: str | None = None


def keep(store: Store, session: str, participant: str, code: str | None) -> None:
    """Link a participant to the hash of their code, in place of an earlier one; None takes the link away.

    Raises BadRequest for a session that is led (there everybody is somebody new), SessionEnded when it is over.
    """
    with store.write() as connection:
        state = events.states(connection, [session])[session]
        if not state.own_pace:
            raise BadRequest(N_("Only a questionnaire takes a code of one's own."), code="no_code_here")
        if not state.accepts("", now()):
            raise SessionEnded
        if code is None:
            gone = sa.delete(_link).where(_link.c.session == session, _link.c.participant == participant)
            connection.execute(gone)
        else:
            store.upsert(_link, [{"session": session, "participant": participant, "code": code}], connection)


def linked(store: Store, code: str, units: Collection[str] | None = None) -> list[Linked]:
    """Everybody with this hash, of all units or of these, in order of time."""
    session, asked = tables.session.c, tables.wave_session.c
    amount = sa.func.count(_told.c.seq).label("submissions")
    query: sa.Select[Any] = (
        sa.select(_link.c.session, _link.c.participant, session.unit, session.instrument, asked.wave, amount)
        .join(tables.session, session.id == _link.c.session)
        .outerjoin(tables.wave_session, asked.session == session.id)
        .outerjoin(_told, (_told.c.session == _link.c.session) & (_told.c.participant == _link.c.participant))
        .where(_link.c.code == code)
        .group_by(
            _link.c.session, _link.c.participant, session.unit, session.instrument, asked.wave, session.created_at
        )
        .order_by(session.created_at)
    )
    if units is not None:
        query = query.where(session.unit.in_(list(units)))
    with store.read() as connection:
        return [Linked(**row) for row in connection.execute(query).mappings()]


def erase(store: Store, people: Collection[Linked]) -> tuple[int, bool]:
    """Erase everything that these participants told, and their links.

    Gives how many rows, and whether it is gone from the database's files too (`Store.scrub`).
    """
    rows = 0
    with store.write() as connection:
        for one in people:
            for table in (_told, _link):
                its = (table.c.session == one.session) & (table.c.participant == one.participant)
                gone = connection.execute(sa.delete(table).where(its)).rowcount
                rows += gone if table is _told else 0
        scores.drop(connection, {one.session for one in people})
    return rows, store.scrub()

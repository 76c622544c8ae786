"""What sessions agreed: who does what, by when, and when we look back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from bedoeling_nb.community import new_id, now
from bedoeling_nb.errors import BadRequest, BedoelingError
from bedoeling_nb.instruments.wording import clean, named
from bedoeling_nb.store import events, sessions, tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["Intervention", "agree", "import_past", "last_of_unit", "of_session", "of_unit", "withdraw"]


@dataclass(frozen=True)
class Intervention:
    """One agreement."""

    session: str
    unit: str
    text: str
    who: str
    due_on: date
    review_on: date
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)


def agree(store: Store, session: sessions.Session, text: str, who: str, due_on: date, review_on: date) -> Intervention:
    """Record an agreement of this session."""
    if review_on < due_on:
        raise BadRequest(N_("You look back before it is done. Choose a later day to look back."))
    with named(BedoelingError(N_("We do"))):
        text = clean(text, 280, one_line=True)
    with named(BedoelingError(N_("Who"))):
        who = clean(who, 80, one_line=True)
    intervention = Intervention(session.id, session.unit, text, who, due_on, review_on)
    with store.write() as connection:
        events.append(connection, session.id, "note", {})
        connection.execute(sa.insert(tables.intervention), [vars(intervention)])
    return intervention


def withdraw(store: Store, intervention: Intervention) -> None:
    """Take back an agreement that was made by mistake."""
    with store.write() as connection:
        events.append(connection, intervention.session, "note", {})
        connection.execute(sa.delete(tables.intervention).where(tables.intervention.c.id == intervention.id))


def import_past(store: Store, interventions: list[Intervention]) -> None:
    """Keep agreements; ids that are there already are left alone."""
    if interventions:
        with store.write() as connection:
            connection.execute(store.insert_new(tables.intervention), [vars(one) for one in interventions])


def of_session(store: Store, session: str) -> list[Intervention]:
    """What this session agreed, in order."""
    return _select(store, tables.intervention.c.session == session)


def of_unit(store: Store, unit: str) -> list[Intervention]:
    """Everything this unit agreed, in order."""
    return _select(store, tables.intervention.c.unit == unit)


def last_of_unit(store: Store, session: sessions.Session) -> list[Intervention]:
    """What the unit agreed in the latest session before this one that agreed anything."""
    before = [
        one for one in of_unit(store, session.unit) if one.session != session.id and one.created_at < session.created_at
    ]
    return [one for one in before if one.session == before[-1].session]


def _select(store: Store, condition: sa.ColumnElement[bool]) -> list[Intervention]:
    query = (
        sa.select(tables.intervention)
        .where(condition)
        .order_by(tables.intervention.c.created_at, tables.intervention.c.id)
    )
    with store.read() as connection:
        return [Intervention(**row) for row in connection.execute(query).mappings()]

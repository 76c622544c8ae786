"""Who took part in a session: whoever told something, and did not withdraw all of it. There is no other count."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bedoeling_nb.store import tables

__all__ = ["WITHDRAWN", "took_part"]

WITHDRAWN = "{}"
"""The answers of a row that withdraws what was told before. Where retention took a text there is null in its place."""


def took_part(which: sa.Select[Any]) -> sa.Subquery:
    """Session and participant of everybody who took part in one of these sessions, a row each.

    Few withdraw anything, so of the others no answers are looked at: people are counted while they answer.
    """
    told, one = tables.submission.c, tables.submission.alias().c
    empty = sa.cast(told.answers, sa.Text) == WITHDRAWN
    person = (told.session, told.participant)
    withdrew = sa.select(*person).where(told.session.in_(which), empty).distinct().subquery()
    theirs = (one.session == withdrew.c.session) & (one.participant == withdrew.c.participant)
    last = (
        sa.select(sa.func.max(one.seq))
        .where(theirs)
        .group_by(one.session, one.participant, one.step, one.entry)
        .correlate(None)
    )
    nothing_left = (
        sa.select(*person)
        .where(told.seq.in_(last))
        .group_by(*person)
        .having(sa.func.max(sa.case((empty, 0), else_=1)) == 0)
    )
    return sa.except_(sa.select(*person).where(told.session.in_(which)), nothing_left).subquery()

"""What people told. Rows are only ever added; the last one of a person for a step and entry counts.

Only retention changes a row: it takes out a text that is too old.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.errors import BedoelingError, SessionEnded, StepClosed, TooMany
from bedoeling_nb.store import events, scores, tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["Submission", "add", "count", "current", "import_past", "latest", "of_wave", "rows", "since"]


@dataclass(frozen=True)
class Submission:
    """One person's answers to the items of one entry of one step. Empty answers withdraw the entry."""

    id: str
    session: str
    step: str
    entry: str
    participant: str
    answers: dict[str, Any]
    at: datetime = field(default_factory=now)
    seq: int = 0


def add(store: Store, submissions: Sequence[Submission], *, most: int = 500) -> list[bool | BedoelingError]:
    """Keep checked submissions in one transaction; when this returns they are on the disk.

    For each one: True when it is new, False when its id was there already, or the error for which it was not kept:
    the session has ended, its step is not open, or this participant already gave ``most``. One that is refused does
    not harm the others.
    """
    with store.write() as connection:
        states = events.states(connection, {one.session for one in submissions})
        known = set(
            connection.execute(
                sa.select(tables.submission.c.id).where(tables.submission.c.id.in_([one.id for one in submissions]))
            ).scalars()
        )
        given = _given(connection, submissions)
        results: list[bool | BedoelingError] = []
        new = []
        for one in submissions:
            result = one.id not in known and (
                _refusal(states[one.session], one)
                or given.get((one.session, one.participant), 0) < most
                or _too_many(most)
            )
            if result is True:
                known.add(one.id)
                given[one.session, one.participant] = given.get((one.session, one.participant), 0) + 1
                new.append(one)
            results.append(result)
        if new:
            connection.execute(sa.insert(tables.submission), rows(new))
    return results


def import_past(store: Store, submissions: Iterable[Submission]) -> None:
    """Keep submissions of sessions that are over (sample data, import); ids that are there already are left alone."""
    past = rows(submissions)
    if past:
        with store.write() as connection:
            scores.drop(connection, {row["session"] for row in past})
            connection.execute(store.insert_new(tables.submission), past)


def since(store: Store, session: str, seq: int) -> list[Submission]:
    """The session's submissions after number ``seq``, in order of arrival."""
    kept = tables.submission
    with store.read() as connection:
        query = sa.select(kept).where(kept.c.session == session, kept.c.seq > seq).order_by(kept.c.seq)
        return [Submission(**row) for row in connection.execute(query).mappings()]


def latest(submissions: Iterable[Submission]) -> dict[tuple[str, str, str], Submission]:
    """What counts: the last submission for each (step, entry, participant) that was not withdrawn; input in order.

    Of a text that was removed for its age nothing is left, but that somebody answered: that stays counted.
    """
    last = {(one.step, one.entry, one.participant): one for one in submissions}
    return {key: _without_removed(one) for key, one in last.items() if one.answers}


def current(store: Store, session: str) -> list[Submission]:
    """The session's submissions that count."""
    return list(latest(since(store, session, 0)).values())


def of_wave(store: Store, wave: str) -> dict[str, list[Submission]]:
    """What counts of each session of a wave, by the unit that was asked."""
    kept = tables.submission
    query = (
        sa.select(kept, tables.session.c.unit)
        .join(tables.wave_session, tables.wave_session.c.session == kept.c.session)
        .join(tables.session, tables.session.c.id == kept.c.session)
        .where(tables.wave_session.c.wave == wave)
        .order_by(kept.c.seq)
    )
    found: dict[str, list[Submission]] = {}
    with store.read() as connection:
        for row in connection.execute(query).mappings():
            found.setdefault(row["unit"], []).append(Submission(**{k: v for k, v in row.items() if k != "unit"}))
    return {unit: list(latest(told).values()) for unit, told in found.items()}


def count(store: Store, session: str) -> int:
    """How many rows the session has."""
    kept = tables.submission
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).where(kept.c.session == session)).scalar_one()


def rows(some: Iterable[Submission]) -> list[dict[str, Any]]:
    """Submissions as rows to keep, which the database numbers."""
    return [{key: value for key, value in vars(one).items() if key != "seq"} for one in some]


def _without_removed(one: Submission) -> Submission:
    kept = {item: value for item, value in one.answers.items() if value is not None}
    return one if len(kept) == len(one.answers) else replace(one, answers=kept)


def _refusal(state: events.State, one: Submission) -> BedoelingError | None:
    if state.accepts(one.step, now()):
        return None
    return SessionEnded() if state.over(now()) else StepClosed()


def _too_many(most: int) -> TooMany:
    return TooMany(
        N_("You have sent {most} answers; more are not kept in one session."),
        most=most,
        retry_after=3600,
    )


def _given(connection: sa.Connection, submissions: Sequence[Submission]) -> dict[tuple[str, str], int]:
    kept = tables.submission.c
    query = (
        sa.select(kept.session, kept.participant, sa.func.count())
        .where(
            kept.session.in_({one.session for one in submissions}),
            kept.participant.in_({one.participant for one in submissions}),
        )
        .group_by(kept.session, kept.participant)
    )
    return {(session, participant): number for session, participant, number in connection.execute(query)}

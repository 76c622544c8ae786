"""What is kept of a wave that is over, so that nobody reads its answers again: scores of sessions, and totals.

Only numbers of a whole session are here, and they follow from its answers. Whoever deletes or adds answers of a session
that is over deletes these rows too (`drop`, in the same transaction); they are worked out anew when they are next
needed, by `analysis.scores`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.store.taking_part import WITHDRAWN, took_part
from bedoeling_nb.store.waves import SETTLED, Wave, settled

__all__ = [
    "AT_ONCE",
    "SETTLED",
    "Row",
    "Score",
    "Sum",
    "Told",
    "add_up",
    "closed",
    "drop",
    "keep",
    "missing",
    "of_unit",
    "of_waves",
    "participants",
    "passing",
    "settled",
    "told",
    "totals",
]

AT_ONCE = 500
"""Sessions in one query: SQLite takes 32,766 values, and what is read of so many fits in memory."""


@dataclass(frozen=True)
class Score:
    """One scale of one session: people with a score, their mean (None of nobody) and standard deviation (from two).

    ``least`` is the smallest ``n`` of the scales with which it shares items, itself included: what goes into a total
    goes by that, or the difference of two scales would be about few people. ``seq`` is the number of the last
    submission it was made of, 0 when there was none.
    """

    session: str
    scale: str
    n: int
    least: int
    mean: float | None
    sd: float | None
    seq: int


@dataclass(frozen=True)
class Told:
    """All answers of a session as they were read: how many rows, the last one's number, and what counts.

    ``answers`` has (participant, step, answers as JSON): the last row of each participant, step and entry, unless that
    withdraws the answer.
    """

    rows: int
    seq: int
    answers: tuple[tuple[str, str, str], ...]


def closed(store: Store, instrument: str | None, until: datetime) -> list[Wave]:
    """The waves of a questionnaire (None: of all) that closed before a moment or at it, in the order in which they did.

    At the moment at which a day begins those of which the day before was the last are among them (`Wave.last_day`).
    """
    wave = tables.wave.c
    query = sa.select(tables.wave).where((wave.closed_at <= until) | (wave.closes_at <= until))
    if instrument is not None:
        query = query.where(wave.instrument == instrument)
    at = now()
    with store.read() as connection:
        found = [Wave(**row) for row in connection.execute(query).mappings()]
    return sorted((one for one in found if settled(one, at)), key=lambda one: (one.closing, one.id))


def missing(store: Store, waves: Collection[str]) -> dict[tuple[str, int], list[str]]:
    """The sessions of these waves of which no scores are kept, or older ones, by instrument and version.

    Of a wave with totals nothing is looked at: it was complete, and has lost nothing since.
    """
    found: dict[tuple[str, int], list[str]] = {}
    with store.read() as connection:
        for id_, instrument, version in connection.execute(_missing(waves)):
            found.setdefault((instrument, version), []).append(id_)
    return found


def _missing(waves: Collection[str]) -> sa.Select[Any]:
    asked, session, score, row = tables.wave_session.c, tables.session.c, tables.score.c, tables.submission.c
    known = sa.select(sa.func.max(score.seq)).where(score.session == asked.session).scalar_subquery()
    last = sa.select(sa.func.max(row.seq)).where(row.session == asked.session).scalar_subquery()
    added_up = sa.select(tables.wave_total.c.wave)
    return (
        sa.select(session.id, session.instrument, session.instrument_version)
        .select_from(tables.wave_session)
        .join(tables.session, session.id == asked.session)
        .where(asked.wave.in_(waves), asked.wave.not_in(added_up))
        .where(sa.func.coalesce(known, -1) < sa.func.coalesce(last, 0))
        .order_by(session.id)
    )


def told(store: Store, sessions: Collection[str]) -> dict[str, Told]:
    """What each of these sessions was told, as it counts. Answers are JSON still: a row has those of its whole step."""
    kept = tables.submission.c
    query = (
        sa.select(kept.session, kept.participant, kept.step, kept.entry, sa.cast(kept.answers, sa.Text), kept.seq)
        .where(kept.session.in_(sessions))
        .order_by(kept.session, kept.seq)
    )
    rows, last = Counter[str](), dict.fromkeys(sessions, 0)
    counts: dict[str, dict[tuple[str, str, str], str]] = {session: {} for session in sessions}
    with store.read() as connection:
        for session, participant, step, entry, answers, seq in connection.execute(query):
            rows[session] += 1
            last[session] = seq
            counts[session][participant, step, entry] = answers
    return {
        session: Told(
            rows[session],
            last[session],
            tuple((who, step, said) for (who, step, _), said in given.items() if said != WITHDRAWN),
        )
        for session, given in counts.items()
    }


def keep(store: Store, scores: Iterable[Score], read: Mapping[str, Told]) -> list[str]:
    """Keep scores of sessions, but not of one whose answers are others now than those that were ``read``.

    Gives back the sessions that were left: somebody had answers deleted in the meantime.
    """
    row = tables.submission.c
    now_there = (
        sa.select(row.session, sa.func.count(), sa.func.max(row.seq))
        .where(row.session.in_(list(read)))
        .group_by(row.session)
    )
    with store.write() as connection:
        there = {session: (rows, seq) for session, rows, seq in connection.execute(now_there)}
        same = {session for session, was in read.items() if there.get(session, (0, 0)) == (was.rows, was.seq)}
        store.upsert(tables.score, [vars(one) for one in scores if one.session in same], connection)
    return [session for session in read if session not in same]


def drop(connection: sa.Connection, sessions: Iterable[str]) -> None:
    """Forget the scores of sessions of which answers are deleted or added; within the transaction that does so."""
    score, asked, total = tables.score, tables.wave_session, tables.wave_total
    every = sorted(set(sessions))
    for first in range(0, len(every), AT_ONCE):
        some = every[first : first + AT_ONCE]
        theirs = sa.select(asked.c.wave).where(asked.c.session.in_(some))
        connection.execute(sa.delete(score).where(score.c.session.in_(some)))
        connection.execute(sa.delete(total).where(total.c.wave.in_(theirs)))


class Row(NamedTuple):
    """A kept score, and of whom it is. ``above`` is what was right above the unit when the wave began."""

    wave: str
    unit: str
    level: str
    above: str | None
    k: int
    scale: str
    n: int
    least: int
    mean: float | None
    sd: float | None


def of_waves(store: Store, waves: Collection[str]) -> Sequence[tuple[Any, ...]]:
    """All that is kept of those of these waves that have totals, each as the fields of a `Row`.

    Where somebody has just had answers erased, a total of the scores that are left would tell what their team said.
    """
    whole = sa.select(tables.wave_total.c.wave).where(tables.wave_total.c.wave.in_(waves))
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(_rows().where(tables.wave_session.c.wave.in_(whole)))]


def of_unit(store: Store, waves: Collection[str], unit: str) -> dict[tuple[str, str], Row]:
    """What is kept of one unit, by wave and scale."""
    asked = tables.wave_session.c.wave.in_(waves) & (tables.session.c.unit == unit)
    with store.read() as connection:
        rows = [Row(*row) for row in connection.execute(_rows().where(asked))]
    return {(row.wave, row.scale): row for row in rows}


class Sum(NamedTuple):
    """The teams of a wave that go up on a scale: how many, their people, the sum of these people's scores."""

    teams: int
    people: int
    total: float


def add_up(store: Store, wave: str, scales: Iterable[str], least: int) -> None:
    """Keep the totals of a wave of which all scores are kept: of teams that pass, in parts with ``least`` of them.

    Does nothing when some score is missing, or when there are totals already.
    """
    rows = _rows().where(tables.wave_session.c.wave == wave, tables.unit.c.level == "team").subquery().c
    parts = (
        sa.select(rows.scale, sa.func.count(), sa.func.sum(rows.n), sa.func.sum(rows.n * rows.mean))
        .where(rows.least >= rows.k, rows.above.is_not(None))
        .group_by(rows.scale, rows.above)
        .having(sa.func.count() >= least)
    )
    sums = dict.fromkeys(scales, Sum(0, 0, 0.0))
    with store.write() as connection:
        if connection.execute(_missing([wave]).limit(1)).first() is not None:
            return
        for scale, teams, people, total in connection.execute(parts):
            if (one := sums.get(scale)) is not None:
                sums[scale] = Sum(one.teams + teams, one.people + int(people), one.total + float(total))
        made = [{"wave": wave, "scale": scale, **one._asdict()} for scale, one in sums.items()]
        if made:
            connection.execute(store.insert_new(tables.wave_total), made)


def totals(store: Store, waves: Collection[str]) -> dict[tuple[str, str], Sum]:
    """The totals that are kept of these waves, by wave and scale."""
    kept = tables.wave_total.c
    query = sa.select(kept.wave, kept.scale, kept.teams, kept.people, kept.total).where(kept.wave.in_(waves))
    with store.read() as connection:
        return {(row[0], row[1]): Sum(*row[2:]) for row in connection.execute(query)}


def passing(store: Store, waves: Collection[str], above: str) -> dict[tuple[str, str], int]:
    """How many teams right below a unit, when a wave began, pass their threshold, by wave and scale."""
    theirs = (tables.session.c.above == above) & (tables.unit.c.level == "team")
    rows = _rows().where(theirs).subquery().c
    query = (
        sa.select(rows.wave, rows.scale, sa.func.count())
        .where(rows.wave.in_(waves), rows.least >= rows.k)
        .group_by(rows.wave, rows.scale)
    )
    with store.read() as connection:
        return {(wave, scale): int(teams) for wave, scale, teams in connection.execute(query)}


def participants(store: Store, sessions: Collection[str]) -> dict[str, int]:
    """How many people took part in each of these sessions, and did not withdraw all that they told."""
    took = took_part(sa.select(tables.session.c.id).where(tables.session.c.id.in_(sessions))).c
    query = sa.select(took.session, sa.func.count()).group_by(took.session)
    with store.read() as connection:
        found = {session: int(people) for session, people in connection.execute(query)}
    return {session: found.get(session, 0) for session in sessions}


def _rows() -> sa.Select[Any]:
    asked, session, unit, score = tables.wave_session.c, tables.session.c, tables.unit.c, tables.score.c
    return (
        sa.select(
            *(
                asked.wave,
                unit.id.label("unit"),
                unit.level,
                session.above,
                session.k,
                score.scale,
                score.n,
                score.least,
                score.mean,
                score.sd,
            )
        )
        .select_from(tables.wave_session)
        .join(tables.session, session.id == asked.session)
        .join(tables.unit, unit.id == session.unit)
        .join(tables.score, score.session == asked.session)
    )

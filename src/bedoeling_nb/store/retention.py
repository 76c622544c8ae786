"""How long anything about people is kept: what is older goes, every day, without anybody having to think of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import instruments, scores, tables
from bedoeling_nb.store.database import Store

__all__ = ["Removed", "apply", "daily"]

DAY = 24 * 3600

AT_ONCE = 200
"""Rows in one transaction: so long an answer that comes in has to wait."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Removed:
    """How many rows went, or changed: answers, open texts in answers, codes that link waves, names with agreements."""

    answers: int = 0
    texts: int = 0
    codes: int = 0
    names: int = 0

    def __bool__(self) -> bool:
        return any((self.answers, self.texts, self.codes, self.names))


def apply(store: Store, rules: Settings, at: datetime | None = None, *, only_count: bool = False) -> Removed:
    """Remove what is older than the settings allow. What was removed before is not there any more: again is harmless.

    Ages count from the day that the session or the wave began, or that a course was set; of names with agreements, from
    the day that the unit was to look back.
    """
    at = at or now()
    told, link, agreed = tables.submission, tables.link, tables.intervention
    texts, codes, answers = (
        at - timedelta(days=round(months * 365.25 / 12))
        for months in (rules.keep_texts_months, rules.keep_codes_months, rules.keep_answers_months)
    )

    def begun_before(moment: datetime) -> Any:
        return sa.select(tables.session.c.id).where(tables.session.c.created_at < moment)

    old_answers = told.c.session.in_(begun_before(answers))
    old_codes = link.c.session.in_(begun_before(codes))
    old_names = (agreed.c.review_on < texts.date()) & (agreed.c.who != "")
    with store.read() as connection:  # on most days nothing is too old: no writer waits while we look

        def count(table: sa.Table, which: sa.ColumnElement[bool]) -> int:
            return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(which)).scalar_one())

        nameless = _without_names(connection, texts)
        removed = Removed(
            answers=count(told, old_answers),
            codes=count(link, old_codes),
            names=count(agreed, old_names) + len(nameless),
        )
    if removed and not only_count:
        with store.write() as connection:
            emptied = connection.execute(sa.select(told.c.session).where(old_answers).distinct()).scalars().all()
            connection.execute(sa.delete(told).where(old_answers))
            scores.drop(connection, emptied)
            connection.execute(sa.delete(link).where(old_codes))
            connection.execute(sa.update(agreed).where(old_names).values(who=""))
            for course, goals in nameless.items():
                connection.execute(sa.update(tables.course).where(tables.course.c.id == course).values(goals=goals))
    # By itself: a questionnaire that cannot be read keeps its texts, and nothing else of it.
    removed = replace(removed, texts=_remove_texts(store, texts, answers, only_count=only_count))
    if removed and not only_count:
        store.scrub()
    return removed


def _without_names(connection: sa.Connection, before: datetime) -> dict[str, dict[str, Any]]:
    """The goals of courses that were set before a moment and say who does what, without that."""
    query = sa.select(tables.course.c.id, tables.course.c.goals).where(tables.course.c.created_at < before)
    return {
        row.id: {key: {**goal, "who": ""} for key, goal in row.goals.items()}
        for row in connection.execute(query)
        if any(goal.get("who") for goal in row.goals.values())
    }


def _remove_texts(store: Store, before: datetime, after: datetime, *, only_count: bool) -> int:
    """Take open texts out of submissions of sessions that began before a moment, and not before another.

    In the place of a text comes null: somebody did answer. Only who writes keeps writers waiting, a few rows at a time.
    """
    session, told = tables.session.c, tables.submission
    removed = 0
    with store.read() as connection:
        scripts = connection.execute(sa.select(session.instrument, session.instrument_version).distinct()).all()
    for script in scripts:
        try:
            steps = instruments.get(store, script.instrument, script.instrument_version).steps
        except ValueError:
            log.exception("The texts of %s %s stay: it cannot be read.", script.instrument, script.instrument_version)
            continue
        texts = {step.id: [item.id for item in step.items if item.is_text] for step in steps}
        there = [
            (told.c.step == step) & told.c.answers[item].as_string().is_not(None)
            for step, items in texts.items()
            for item in items
        ]
        query = (
            sa.select(told.c.seq, told.c.step, told.c.answers)
            .join(tables.session, session.id == told.c.session)
            .where(session.instrument == script.instrument, session.instrument_version == script.instrument_version)
            .where(session.created_at < before, session.created_at >= after)
            .where(sa.or_(sa.false(), *there))
            .order_by(told.c.seq)
            .limit(AT_ONCE)
        )
        seq = 0
        while some := _rows_after(store, query, seq):
            seq = some[-1].seq
            removed += len(some)
            if not only_count:
                with store.write() as connection:
                    for row in some:
                        kept = row.answers | dict.fromkeys(row.answers.keys() & set(texts[row.step]))
                        connection.execute(sa.update(told).where(told.c.seq == row.seq).values(answers=kept))
    return removed


def _rows_after(store: Store, query: sa.Select[Any], seq: int) -> Sequence[sa.Row[Any]]:
    with store.read() as connection:
        return connection.execute(query.where(tables.submission.c.seq > seq)).all()


@contextmanager
def daily(store: Store, rules: Settings) -> Iterator[None]:
    """While we are in it: `apply` now, and each day. Several processes may; who comes second finds nothing."""
    over = threading.Event()

    def keep_to_the_rules() -> None:
        while True:
            try:
                if removed := apply(store, rules):
                    log.warning("Older than is kept, and removed: %s", removed)
                elif store.is_sqlite:  # cheap, and what was erased in the meantime may still stand in the log
                    store.scrub()
            except Exception:  # tomorrow again; the service is not harmed
                log.exception("What is older than is kept could not be removed.")
            if over.wait(DAY):
                return

    thread = threading.Thread(target=keep_to_the_rules, daemon=True, name="retention")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)

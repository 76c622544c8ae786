"""How long anything about people is kept: what is older goes, every day, without anybody having to think of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bedoeling_nb.community import now
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import instruments, scores, tables
from bedoeling_nb.store.database import Store

__all__ = ["Removed", "apply", "daily"]

DAY = 24 * 3600

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

    Ages count from the day that the session or the wave began; of names with agreements, from the day that the unit
    was to look back. All of it happens, or nothing.
    """
    at = at or now()
    session, told, link, agreed = tables.session, tables.submission, tables.link, tables.intervention
    texts, codes, answers = (
        at - timedelta(days=round(months * 365.25 / 12))
        for months in (rules.keep_texts_months, rules.keep_codes_months, rules.keep_answers_months)
    )

    def begun_before(moment: datetime) -> Any:
        return sa.select(session.c.id).where(session.c.created_at < moment)

    old_answers = told.c.session.in_(begun_before(answers))
    old_codes = link.c.session.in_(begun_before(codes))
    old_names = (agreed.c.review_on < texts.date()) & (agreed.c.who != "")
    with store.read() if only_count else store.write() as connection:

        def count(table: sa.Table, which: sa.ColumnElement[bool]) -> int:
            return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(which)).scalar_one())

        shortened = _without_texts(store, connection, texts, answers)
        removed = Removed(count(told, old_answers), len(shortened), count(link, old_codes), count(agreed, old_names))
        if only_count or not removed:
            return removed
        for row in shortened:
            update = sa.update(told).where(told.c.seq == row["seq"])
            connection.execute(update.values(answers=row["answers"]))
        emptied = connection.execute(sa.select(told.c.session).where(old_answers).distinct()).scalars().all()
        connection.execute(sa.delete(told).where(old_answers))
        scores.drop(connection, emptied)
        connection.execute(sa.delete(link).where(old_codes))
        connection.execute(sa.update(agreed).where(old_names).values(who=""))
    store.scrub()
    return removed


def _without_texts(store: Store, connection: sa.Connection, before: datetime, after: datetime) -> list[dict[str, Any]]:
    """The submissions with an open text of sessions that began before a moment (and not before another), less it."""
    session, told = tables.session.c, tables.submission.c
    scripts = connection.execute(sa.select(session.instrument, session.instrument_version).distinct()).all()
    found = []
    for script in scripts:
        steps = instruments.get(store, script.instrument, script.instrument_version).steps
        texts = {step.id: {item.id for item in step.items if item.is_text} for step in steps}
        query = (
            sa.select(told.seq, told.step, told.answers)
            .join(tables.session, session.id == told.session)
            .where(session.instrument == script.instrument, session.instrument_version == script.instrument_version)
            .where(session.created_at < before, session.created_at >= after)
            .where(told.step.in_([step for step, items in texts.items() if items]))
        )
        for row in connection.execute(query):
            if gone := texts[row.step] & row.answers.keys():
                kept = {item: value for item, value in row.answers.items() if item not in gone}
                found.append({"seq": row.seq, "answers": kept})
    return found


@contextmanager
def daily(store: Store, rules: Settings) -> Iterator[None]:
    """While we are in it: `apply` now, and each day. Several processes may; who comes second finds nothing."""
    over = threading.Event()

    def keep_to_the_rules() -> None:
        while True:
            try:
                if removed := apply(store, rules):
                    log.warning("Older than is kept, and removed: %s", removed)
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

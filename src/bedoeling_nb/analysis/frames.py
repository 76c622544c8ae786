"""Everything that was told and agreed, as tidy pandas frames for researchers.

One reading of the store (`read`) gives a `Reading`; the frames follow from it without the store. They hold pseudonyms
and everything that people told, also in small groups: they are for study, not for the screen. What is shown to others
goes through `trends` and `themes`, which hold back small groups. The column ``k`` carries the threshold along.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd
import sqlalchemy as sa

from bedoeling_nb.analysis.scores import person_scores
from bedoeling_nb.community import Unit, local_time
from bedoeling_nb.instruments import (
    AGREEMENTS,
    NOT_APPLICABLE,
    Choosable,
    Instrument,
    Item,
    Option,
    in_language,
)
from bedoeling_nb.privacy import protect, text_name
from bedoeling_nb.store import Store, instruments, tables
from bedoeling_nb.store import units as unit_store
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Event, Session, State, fold
from bedoeling_nb.store.submissions import Submission, latest

__all__ = ["ANSWERS", "INTERVENTIONS", "SESSIONS", "Reading", "answers", "interventions", "read", "sessions"]

_PLACE = {
    "session": "category",
    "code": "category",
    "unit": "category",
    "level": "category",
    "location": "category",
    "region": "category",
    "part": "category",
    "held_on": "datetime64[us]",
    "quarter": "category",
    "k": "int64",
}

ANSWERS: Mapping[str, str] = _PLACE | {
    "step": "category",
    "entry": "category",
    "participant": "category",
    "person": "category",
    "at": "datetime64[us, UTC]",
    "item": "category",
    "kind": "category",
    "column": "category",
    "column_label": "category",
    "value_number": "Float64",
    "value_text": "string",
    "value_label": "category",
    "not_applicable": "bool",
    "hidden": "bool",
}
"""Columns of `answers` and their types."""

SESSIONS: Mapping[str, str] = _PLACE | {
    "unit_name": "string",
    "instrument_version": "int64",
    "language": "category",
    "ended": "bool",
    "participants": "int64",
    "agreements": "int64",
}
"""Columns of `sessions` and their types."""

INTERVENTIONS: Mapping[str, str] = _PLACE | {
    "unit_name": "string",
    "intervention": "string",
    "text": "string",
    "who": "string",
    "due_on": "datetime64[us]",
    "review_on": "datetime64[us]",
    "reviewed_in": "category",
    "reviewed_on": "datetime64[us]",
    "n_done": "Int64",
    "done_share": "Float64",
    "n_effect": "Int64",
    "mean_effect": "Float64",
}
"""Columns of `interventions` and their types."""


@dataclass(frozen=True)
class Reading:
    """All sessions with one instrument, as they were in the store at one moment; `submissions` are those that count."""

    units: Mapping[str, Unit]
    sessions: Mapping[str, Session]
    scripts: Mapping[int, Instrument]
    states: Mapping[str, State]
    submissions: Sequence[Submission]
    agreed: Sequence[Intervention]
    people: Mapping[tuple[str, str], str]
    """(Session, participant) to the hash of the code that this participant made, which is the same in each wave."""

    @cached_property
    def places(self) -> Mapping[str, tuple[Any, ...]]:
        """Session id to the values of the first columns of every frame."""
        return {one.id: self._place(one) for one in self.sessions.values()}

    def _place(self, session: Session) -> tuple[Any, ...]:
        above = {unit.level: unit.id for unit in self._lineage(session.unit)}
        held = local_time(session.created_at)
        return (
            session.id,
            session.code,
            session.unit,
            self.units[session.unit].level,
            above.get("location"),
            above.get("region"),
            session.above,
            _day(held),
            f"{held.year}-Q{(held.month + 2) // 3}",
            session.k,
        )

    def _lineage(self, unit: str | None) -> Iterator[Unit]:
        seen: set[str] = set()
        while unit and unit not in seen:  # even a circle ends
            seen.add(unit)
            yield self.units[unit]
            unit = self.units[unit].parent


def answers(
    store: Store, instrument: str = "resonance", units: Iterable[str] | None = None, language: str = "nl"
) -> pd.DataFrame:
    """One row for each column of each value that counts (the last of a person for a step and entry, not withdrawn).

    Parameters
    ----------
    instrument
        Id of the questionnaire or script; all its versions.
    units
        Ids of units, each with all units below it; None is everything.
    language
        That of the labels.

    Returns
    -------
    DataFrame
        In order of arrival, with the columns and types of `ANSWERS`:

        - ``session``, ``code`` (to join it), ``unit``, ``level``, ``location``, ``region``, ``part`` (what was right
          above the unit then; the others are as the tree is now), ``held_on`` (day in Amsterdam), ``quarter`` of the
          year ("2026-Q1"), ``k`` (the session's threshold);
        - ``step``, ``entry``, ``participant`` (a pseudonym in one session: in another the same person is somebody
          else), ``person`` (the hash of a code of one's own, the same in each wave; missing for who made none), ``at``
          (UTC);
        - ``item``, ``kind``, ``column`` and ``column_label``: a kind's `Item.columns`, such as ``promise.good_life`` of
          a triad. Where options are texts of an earlier step they are all there, as each person chose them, before
          merging;
        - ``value_number`` (also 0 and 1 for no and yes), ``value_text`` (also the id of a choice), ``value_label``
          (what a coded value says); with ``not_applicable`` all three are missing;
        - ``hidden``: the facilitator hid this text.

    Raises NotFound for a unit that does not exist.
    """
    return answer_frame(read(store, instrument, units), language)


def sessions(store: Store, instrument: str = "resonance", units: Iterable[str] | None = None) -> pd.DataFrame:
    """One row for each session, in order of time: `SESSIONS`. ``participants`` counts who answered anything."""
    return session_frame(read(store, instrument, units))


def interventions(store: Store, instrument: str = "resonance", units: Iterable[str] | None = None) -> pd.DataFrame:
    """One row for each agreement, in order of time, with what it did: `INTERVENTIONS`.

    ``done_share`` is the share that said "done", of the ``n_done`` people who told whether it was; ``mean_effect``
    (-2 to 2) is of the ``n_effect`` people who told what it did. Both come from the first later session that looked
    back, which is ``reviewed_in``, and are missing when fewer than its k people told, or when nobody looked back.
    """
    return intervention_frame(read(store, instrument, units))


def read(
    store: Store,
    instrument: str = "resonance",
    units: Iterable[str] | None = None,
    until: datetime | None = None,
) -> Reading:
    """Read everything that the frames need: one state of the store, a query a table.

    Of ``units`` it reads what is below them now, and what was right below one of these when it met.
    ``until`` leaves out the sessions that began at that moment or later, with all that they told: the store as it was.
    """
    wanted = None if units is None else {one.id for unit in units for one in unit_store.below(store, unit)}
    session, event, submission, intervention = (
        table.c for table in (tables.session, tables.session_event, tables.submission, tables.intervention)
    )
    chosen = session.instrument == instrument
    if wanted is not None:
        chosen &= session.unit.in_(wanted) | session.above.in_(wanted)
    if until is not None:
        chosen &= session.created_at < until
    ids = sa.select(session.id).where(chosen)
    with store.read() as connection:

        def rows(table: sa.Table, condition: sa.ColumnElement[bool], *order: sa.ColumnElement[Any]) -> Any:
            return connection.execute(sa.select(table).where(condition).order_by(*order)).mappings()

        known = {row["id"]: Unit(**row) for row in rows(tables.unit, sa.true(), tables.unit.c.id)}
        held = {row["id"]: Session(**row) for row in rows(tables.session, chosen, session.created_at, session.id)}
        acts = defaultdict(list)
        for row in rows(tables.session_event, event.session.in_(ids), event.session, event.rev):
            acts[row["session"]].append(Event(**row))
        told = [Submission(**row) for row in rows(tables.submission, submission.session.in_(ids), submission.seq)]
        agreed = [
            Intervention(**row)
            for row in rows(
                tables.intervention, intervention.session.in_(ids), intervention.created_at, intervention.id
            )
        ]
        people = {
            (row["session"], row["participant"]): row["code"]
            for row in rows(tables.link, tables.link.c.session.in_(ids), tables.link.c.session)
        }
    versions = {one.instrument_version for one in held.values()}
    by_session: dict[str, list[Submission]] = {one: [] for one in held}
    for one in told:
        by_session[one.session].append(one)
    counted = [one for each in by_session.values() for one in latest(each).values()]
    return Reading(
        units=known,
        sessions=held,
        scripts={version: instruments.get(store, instrument, version) for version in versions},
        states={one: fold(State(), acts[one]) for one in held},
        submissions=sorted(counted, key=lambda one: one.seq),
        agreed=agreed,
        people=people,
    )


def answer_frame(reading: Reading, language: str = "nl") -> pd.DataFrame:
    """`answers` of a reading."""
    texts = _texts(reading)
    items: dict[tuple[str, str, str], _Columns] = {}
    rows = []
    for one in reading.submissions:
        session = reading.sessions[one.session]
        script, hidden = reading.scripts[session.instrument_version], reading.states[one.session].hidden
        person = reading.people.get((one.session, one.participant))
        place = (*reading.places[one.session], one.step, one.entry, one.participant, person, one.at)
        for item_id, value in one.answers.items():
            columns = items.get(key := (one.session, one.step, item_id))
            if columns is None:
                item = script.step(one.step).item(item_id)
                if isinstance(item, Choosable) and item.options_from:
                    item = item.with_options(texts.get((one.session, item.options_from), ()))
                columns = items[key] = _Columns(item, language)
            is_hidden = columns.item.is_text and text_name(one.participant, one.step, one.entry, item_id) in hidden
            rows += [(*place, item_id, columns.item.kind, *cells, is_hidden) for cells in columns.of(value)]
    return _frame(rows, ANSWERS)


def session_frame(reading: Reading) -> pd.DataFrame:
    """`sessions` of a reading."""
    people = Counter(session for session, _ in {(one.session, one.participant) for one in reading.submissions})
    agreed = Counter(one.session for one in reading.agreed)
    rows = [
        (
            *reading.places[one.id],
            reading.units[one.unit].name,
            one.instrument_version,
            one.language,
            reading.states[one.id].ended,
            people[one.id],
            agreed[one.id],
        )
        for one in reading.sessions.values()
    ]
    return _frame(rows, SESSIONS)


def intervention_frame(reading: Reading) -> pd.DataFrame:
    """`interventions` of a reading."""
    told: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for one in reading.submissions:
        script = reading.scripts[reading.sessions[one.session].instrument_version]
        if script.step(one.step).for_each == AGREEMENTS:
            told[one.entry][one.session].append(one.answers)
    rows = []
    for agreed in reading.agreed:
        looked_back = min(told[agreed.id], key=lambda one: reading.sessions[one].created_at, default=None)
        review: tuple[Any, ...] = (None,) * 6
        if looked_back is not None:
            given, session = told[agreed.id][looked_back], reading.sessions[looked_back]
            done = _mean([one == "done" for one in _given(given, "done")], session.k)
            effect = _mean(_given(given, "effect"), session.k)
            review = (looked_back, _day(local_time(session.created_at)), *done, *effect)
        rows.append(
            (
                *reading.places[agreed.session],
                reading.units[agreed.unit].name,
                agreed.id,
                agreed.text,
                agreed.who,
                agreed.due_on,
                agreed.review_on,
                *review,
            )
        )
    return _frame(rows, INTERVENTIONS)


def score_frame(reading: Reading) -> pd.DataFrame:
    """The scores of each person on the scales of a questionnaire, in order of time.

    Returns
    -------
    DataFrame
        A row for each participant: the places of `ANSWERS` (``session`` to ``k``), ``participant``, ``person`` (the
        hash of a code of one's own, missing for who made none), and for each scale the score of `scores.person_scores`,
        missing where somebody answered too few items, or where the version did not have this scale.
    """
    told: dict[str, list[Submission]] = {one: [] for one in reading.sessions}
    for one in reading.submissions:
        told[one.session].append(one)
    scales = list(dict.fromkeys(scale.id for script in reading.scripts.values() for scale in script.scales))
    columns = [*_PLACE, "participant", "person", *scales]
    rows = []
    for session in reading.sessions.values():
        people = person_scores(reading.scripts[session.instrument_version], told[session.id]).reindex(columns=scales)
        rows += [
            (*reading.places[session.id], who, reading.people.get((session.id, who)), *values)
            for who, values in zip(people.index, people.itertuples(index=False, name=None), strict=True)
        ]
    types = _PLACE | {"participant": "category", "person": "category"} | dict.fromkeys(scales, "Float64")
    return pd.DataFrame(rows, columns=columns).astype(types)


class _Columns:
    """How the values of one item become cells: column, label, number, text, label of the value, not applicable."""

    def __init__(self, item: Item, language: str) -> None:
        self.item, self.language = item, language
        self.text = in_language(item.text, language)
        parts: Iterable[Option] = (*getattr(item, "options", ()), *getattr(item, "corners", ()))
        self.parts = {part.id: in_language(part.text, language) for part in parts}
        self.parts |= {axis: in_language(getattr(item, axis).text, language) for axis in "xy" if hasattr(item, axis)}
        labels: Iterable[Any] = enumerate(getattr(item, "labels", ()), getattr(item, "first", 1))
        self.coded = {code: in_language(label, language) for code, label in labels}

    def of(self, value: Any) -> Iterator[tuple[Any, ...]]:
        """The cells of each column of one person's value."""
        item = self.item
        if item.not_applicable and value == NOT_APPLICABLE:
            yield item.id, self.text, None, None, None, True
            return
        if isinstance(item, Choosable) and item.options_from:
            value = item.regroup(value, lambda option: option)  # an order gets the texts that came after it
        for column, cell in item.columns(value).items():
            label = self.parts.get(column.removeprefix(f"{item.id}."), self.text)
            if isinstance(cell, int | float):
                yield column, label, float(cell), None, self.coded.get(cell), False
            else:
                yield column, label, None, str(cell), self.parts.get(cell), False


def _texts(reading: Reading) -> dict[tuple[str, str], list[Option]]:
    """The texts of each (session, STEP.ITEM), as options of a later step."""
    found: dict[tuple[str, str], list[Option]] = defaultdict(list)
    for one in reading.submissions:
        step = reading.scripts[reading.sessions[one.session].instrument_version].step(one.step)
        for item in step.items:
            if item.is_text and item.id in one.answers:
                name = text_name(one.participant, one.step, one.entry, item.id)
                found[one.session, f"{step.id}.{item.id}"].append(Option(id=name, text=one.answers[item.id]))
    return found


def _given(answers: Iterable[Mapping[str, Any]], item: str) -> list[Any]:
    return [one[item] for one in answers if one.get(item, NOT_APPLICABLE) != NOT_APPLICABLE]


def _mean(values: Sequence[float], k: int) -> tuple[int, float | None]:
    """How many people, and their mean unless they are too few."""
    summary = protect({"n": len(values), "mean": sum(values) / len(values) if values else None}, k)
    return summary["n"], summary.get("mean")


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _frame(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(dict(columns))

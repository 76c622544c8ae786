"""Bring answers that were gathered elsewhere into the store, as a wave that is closed."""

from __future__ import annotations

import random
import secrets
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

from bedoeling_nb.community import Unit, local_time, new_id, now, start_of_day
from bedoeling_nb.errors import BadRequest, BedoelingError, listed
from bedoeling_nb.exchange.answers_file import AnswersFile
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.privacy import K
from bedoeling_nb.store import Store, instruments, past_waves, sessions, thresholds, units
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_, Language

__all__ = ["Kept", "check_asked", "keep_responses"]

NOON = timedelta(hours=12)


@dataclass(frozen=True)
class Kept:
    """What an import did."""

    wave: Wave
    """As this file and its days make it; what the store has may have other days when it is not new."""
    new: bool
    """False when this file was imported before; nothing was changed then."""
    people: Mapping[str, int]
    """Unit to the number of respondents."""


def check_asked(store: Store, instrument: Instrument, unit: str) -> None:
    """Raise BadRequest for the script of a session, and NotFound for an unknown unit."""
    if instrument.pace != "own":
        raise BadRequest(
            N_("“{instrument}” is the script of a session; answers can be imported for a questionnaire."),
            instrument=instrument.id,
        )
    units.get(store, unit)


def keep_responses(
    store: Store,
    instrument: Instrument,
    unit: str,
    told: AnswersFile,
    day: date | None = None,
    *,
    language: Language = "nl",
    k: int = K,
) -> Kept:
    """Keep the answers of a file as a closed wave among the teams of a unit, in one transaction.

    Without a column of teams all answers are of the unit itself. A respondent becomes a participant with a name that
    means nothing; neither the file's rows nor its numbers of respondents can be found back from the store. The same
    file gives the same wave, so it is kept once.

    Parameters
    ----------
    day
        When the answers were given, for respondents whose row does not say it.

    Raises
    ------
    BedoelingError
        NotFound for an unknown unit; BadRequest, with the rows, for teams that do not exist, days that are unknown or
        to come, and the script of a session; Conflict when another file was imported for this day, or the
        questionnaire was changed without a new version.
    """
    check_asked(store, instrument, unit)
    places = _places(units.below(store, unit), unit, told)
    days = {one.row: one.day or day for one in told.respondents}
    known = sorted({one for one in days.values() if one is not None})
    if None in days.values():
        raise BadRequest(N_("On which day were these answers given? Say it with --date or --date-column."))
    if not known:
        raise BadRequest(N_("Nobody in this file answered anything."))
    if known[-1] > local_time(now()).date():
        raise BadRequest(N_("Answers of {day}, which is still to come, cannot be imported."), day=known[-1])

    wave_id = _name(instrument.id, instrument.version, unit, told.content)
    closes = start_of_day(known[-1] + timedelta(days=1))
    closed = min(closes, now())
    wave = Wave(instrument.id, instrument.version, unit, closes, wave_id, start_of_day(known[0]), closed)
    least = thresholds.of_units(store, set(places.values()), k)
    made = {
        place: sessions.new(place, instrument, language=language, k=least[place], created_at=wave.created_at)
        for place in sorted(least)
    }
    rows = []
    shuffled = list(told.respondents)
    random.SystemRandom().shuffle(shuffled)  # the order of rows is the order of the file no more
    for one in shuffled:
        participant = secrets.token_hex(16)
        at = min(start_of_day(days[one.row] or known[0]) + NOON, closed)
        for step, answers in one.answers.items():
            session = made[places[one.row]].id
            rows.append(Submission(new_id(), session, step, "1", participant, dict(answers), at))
    instruments.keep(store, instrument)
    new = past_waves.keep(store, wave, list(made.values()), rows)
    return Kept(wave, new, Counter(places.values()))


def _places(below: list[Unit], unit: str, told: AnswersFile) -> dict[int, str]:
    """Each row's unit, by its id or its name."""
    if told.unit_column is None:
        return {one.row: unit for one in told.respondents}
    names = Counter(one.name.casefold() for one in below)
    known = {one.name.casefold(): one.id for one in below if names[one.name.casefold()] == 1}
    known |= {one.id.casefold(): one.id for one in below}
    problems: list[BedoelingError] = [
        BedoelingError(
            N_("Row {row}, column “{column}”: “{team}” is no unit below “{unit}”. See: bedoeling units"),
            row=one.row,
            column=told.unit_column,
            team=one.unit,
            unit=unit,
        )
        for one in told.respondents
        if (one.unit or "").casefold() not in known
    ]
    if problems:
        raise BadRequest(
            N_("Nothing was imported. There are {n} problem(s):\n{problems}"),
            n=len(problems),
            problems=listed(problems),
        )
    return {one.row: known[(one.unit or "").casefold()] for one in told.respondents}


def _name(*parts: object) -> str:
    """The same id for the same parts."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return str(uuid.UUID(bytes=digest.digest(), version=5))

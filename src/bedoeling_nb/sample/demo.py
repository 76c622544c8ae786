"""The sample in a store, and a session to join."""

from __future__ import annotations

from datetime import timedelta

from bedoeling_nb.community import now
from bedoeling_nb.instruments import find
from bedoeling_nb.sample.organisation import DEMO_UNIT
from bedoeling_nb.sample.rows import Sample
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, courses, instruments, interventions, sessions, submissions, units, waves
from bedoeling_nb.store.sessions import Session

__all__ = ["fill", "open_demo_session"]


def fill(store: Store, sample: Sample) -> None:
    """Put the sample in a store. Run again, it adds what is missing and touches nothing else.

    Raises Conflict when the store has another text under the script's version number, and NotFound when the sample was
    made for a version that nobody has.
    """
    units.add(store, sample.units, sample.people)
    used = {(one.instrument, one.instrument_version) for one in sample.sessions}
    used |= {(one.instrument, one.instrument_version) for one in sample.waves}
    for name, version in sorted(used):
        script = find(name)
        if script.version == version:
            instruments.keep(store, script)
        else:
            instruments.get(store, name, version)
    sessions.import_past(store, sample.sessions, sample.events)
    submissions.import_past(store, sample.submissions)
    interventions.import_past(store, list(sample.interventions))
    courses.import_past(store, sample.courses)
    for wave in sample.waves:
        asked = [
            Session(one.session, one.code, one.unit, wave.instrument, wave.instrument_version, "nl", 5, wave.created_at)
            for one in sample.wave_sessions
            if one.wave == wave.id
        ]
        waves.import_past(store, wave, asked)
    submissions.import_past(store, sample.wave_submissions)


def open_demo_session(store: Store) -> sessions.Session:
    """A live resonance session of the demo's team, on its first step; the one that is open already, if there is one.

    The first step asks what the agreements of the last meeting did, so whoever joins sees at once that the store knows
    something. There are no answers yet: the room gives them.
    """
    script = find("resonance")
    running = [one for one in sessions.open_sessions(store) if (one.unit, one.instrument) == (DEMO_UNIT, script.id)]
    if running:
        session = running[0]
    else:
        past = sessions.of_unit(store, DEMO_UNIT)
        moment = max([now(), *(one.created_at + timedelta(days=1) for one in past)])  # also where the clock is behind
        session = sessions.create(store, DEMO_UNIT, script, k=Settings().k, created_at=moment)
    if not sessions.events(store, session.id):
        sessions.go(store, session.id, script.steps[0].id, rev=0, at=session.created_at)
    return session

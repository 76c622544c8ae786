"""A made-up community: an organisation, its people, a year of resonance meetings, and four waves of questionnaires.

Nobody in it exists. The same seed gives the same rows, down to the byte, on every machine; nothing depends on today.
"""

from __future__ import annotations

import sqlalchemy as sa

from bedoeling_nb.errors import Conflict
from bedoeling_nb.sample.courses import courses
from bedoeling_nb.sample.demo import fill, open_demo_session
from bedoeling_nb.sample.meetings import Meetings
from bedoeling_nb.sample.organisation import DEMO_UNIT, people, units
from bedoeling_nb.sample.rows import Sample, read_csv, write_csv
from bedoeling_nb.sample.surveys import Surveys
from bedoeling_nb.store import Store, tables
from bedoeling_nb.store import units as store_units
from bedoeling_nb.texts import N_

__all__ = ["DEMO_UNIT", "Sample", "fill", "make", "open_demo_session", "read_csv", "refuse_mixture", "write_csv"]


def make(seed: int = 7) -> Sample:
    """The community that follows from this seed."""
    tree = units()
    staff = people(seed, tree)
    meetings = Meetings(seed)
    meetings.hold(tree, staff)
    surveys = Surveys(seed)
    surveys.ask(tree, staff)
    return Sample(
        units=tuple(tree),
        people=tuple(staff),
        sessions=tuple(meetings.sessions),
        events=tuple(meetings.events),
        submissions=tuple(meetings.submissions),
        interventions=tuple(meetings.interventions),
        courses=tuple(courses(seed, tree, meetings.sessions)),
        waves=tuple(surveys.waves),
        wave_sessions=tuple(surveys.asked),
        wave_submissions=tuple(surveys.told),
    )


def refuse_mixture(store: Store, made: Sample) -> None:
    """Raise Conflict when a store has units or sessions of its own, or of another seed: nobody could part them again.

    A store that has this sample already may be filled again, and keeps the sessions that were held in it since.
    """
    with store.read() as connection:
        held = set(connection.execute(sa.select(tables.session.c.id)).scalars())
    ours = {unit.id: unit for unit in made.units}
    filled = not held.isdisjoint(one.id for one in made.sessions)
    others = [
        unit for unit in store_units.all_units(store) if unit.id not in ours or (unit != ours[unit.id] and not filled)
    ]
    if others or (held and not filled):
        raise Conflict(
            N_(
                "The store {store} has units or sessions that are not of this made-up community, and the two are not "
                "mixed. Choose another with --store, such as sqlite:///.bedoeling/sample.db"
            ),
            store=store.engine.url.render_as_string(),
        )

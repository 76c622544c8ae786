"""A made-up community: an organisation, its people, a year of resonance meetings, and four waves of questionnaires.

Nobody in it exists. The same seed gives the same rows, down to the byte, on every machine; nothing depends on today.
"""

from __future__ import annotations

from bedoeling_nb.sample.courses import courses
from bedoeling_nb.sample.demo import fill, open_demo_session
from bedoeling_nb.sample.meetings import Meetings
from bedoeling_nb.sample.organisation import DEMO_UNIT, people, units
from bedoeling_nb.sample.rows import Sample, read_csv, write_csv
from bedoeling_nb.sample.surveys import Surveys

__all__ = ["DEMO_UNIT", "Sample", "fill", "make", "open_demo_session", "read_csv", "write_csv"]


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

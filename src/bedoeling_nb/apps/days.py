"""A day that somebody chooses can be meant: it is not past, nor in another century by a slip of the finger."""

from __future__ import annotations

from datetime import date, timedelta

from bedoeling_nb.community import local_time, now
from bedoeling_nb.errors import BadRequest, BedoelingError
from bedoeling_nb.texts import N_

__all__ = ["MOST_AHEAD", "to_come"]

MOST_AHEAD = timedelta(days=366)


def to_come(day: date, field: str) -> date:
    """The day, when it is today or within a year. Raises BadRequest, which names the field."""
    ahead = day - local_time(now()).date()
    if timedelta(0) <= ahead <= MOST_AHEAD:
        return day
    past = N_("This day is past. Choose today or a later day.")
    far = N_("This day is more than a year away. Choose an earlier day.")
    raise BadRequest("{field}: {problem}", field=field, problem=BedoelingError(past if ahead < timedelta(0) else far))

"""What a team said in a wave: its scales, where it differs, what changed, and how it is with others.

It is for the team itself. A scale is shown from *k* people with a score on; what others said is the mean of at least
three other teams that each have so many, and none of them is named. Answers are new in each wave, so a change is shown
when both waves pass the threshold by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.special import stdtrit

from bedoeling_nb.analysis.differences import Difference, change
from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.analysis.scales import scale_scores
from bedoeling_nb.analysis.steering import LEAST
from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments import NOT_APPLICABLE, Instrument, Item
from bedoeling_nb.instruments.instrument import Scale
from bedoeling_nb.privacy import protect
from bedoeling_nb.store import Store, submissions, units, waves
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_

__all__ = ["Reflection", "ScaleResult", "person_scores", "reflect"]


@dataclass(frozen=True)
class ScaleResult:
    """One scale of one team. Where too few people have a score, there is only that: `mean` is None.

    ``low`` and ``high`` are Student's 95 % interval, ``spread`` is the standard deviation between people, ``ends`` are
    the ends of the scale. ``change`` is since the wave before, ``others`` the mean of other teams.
    """

    scale: Scale
    ends: tuple[float, float]
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    n: int = 0
    change: Difference | None = None
    others: float | None = None


@dataclass(frozen=True)
class Reflection:
    """A team's results of a wave."""

    wave: Wave
    before: Wave | None
    meeting: Meeting
    participants: int
    people: int
    scales: tuple[ScaleResult, ...]

    @property
    def k(self) -> int:
        """The smallest group about which something is shown."""
        return self.meeting.session.k

    @property
    def known(self) -> list[ScaleResult]:
        """The scales that are shown, the highest first."""
        return sorted((one for one in self.scales if one.mean is not None), key=lambda one: -(one.mean or 0))


def reflect(store: Store, wave: Wave, unit: str) -> Reflection:
    """The results of a unit that was asked in this wave. Raises NotFound when it was not."""
    session = _session(store, wave, unit)
    if session is None:
        raise NotFound(N_("“{unit}” was not asked in this wave."), unit=unit)
    meeting = Meeting.load(store, session)
    script, k = meeting.script, session.k
    told = waves.answers(store, wave)
    scores = {one: person_scores(script, given) for one, given in told.items()}
    mine = scores.get(unit, person_scores(script, ()))
    previous = waves.before(store, wave, unit)
    earlier_session = _session(store, previous, unit) if previous else None
    then = person_scores(script, submissions.current(store, earlier_session.id)) if earlier_session else None
    results = []
    for scale in script.scales:
        own = mine[scale.id].dropna()
        result = ScaleResult(scale, _ends(script, scale))
        if "withheld" not in protect({"n": len(own)}, k):
            half = stdtrit(len(own) - 1, 0.975) * float(own.std()) / len(own) ** 0.5
            middle = float(own.mean())
            earlier = then[scale.id].dropna() if then is not None else own.iloc[:0]
            others = [
                float(one[scale.id].mean())
                for other, one in scores.items()
                if other != unit and one[scale.id].notna().sum() >= k
            ]
            result = ScaleResult(
                scale,
                result.ends,
                mean=middle,
                low=max(middle - half, result.ends[0]),
                high=min(middle + half, result.ends[1]),
                spread=float(own.std()),
                n=len(own),
                change=change(earlier, own) if len(earlier) >= k else None,
                others=sum(others) / len(others) if len(others) >= LEAST else None,
            )
        results.append(result)
    participants = len({one.participant for one in meeting.submissions})
    return Reflection(wave, previous, meeting, participants, len(units.people(store, unit)), tuple(results))


def person_scores(script: Instrument, told: Iterable[Submission]) -> pd.DataFrame:
    """A row for each participant, a column for each scale: the score, missing where somebody answered too few items."""
    given: dict[str, dict[str, float]] = {}
    for one in told:
        row = given.setdefault(one.participant, {})
        for item, value in one.answers.items():
            if value != NOT_APPLICABLE and isinstance(value, int | float):
                row[f"{one.step}.{item}"] = float(value)
    columns = [path for scale in script.scales for path in scale.items]
    frame = pd.DataFrame.from_dict(given, orient="index").reindex(columns=columns).astype("Float64")
    scores: Mapping[str, Any] = {
        scale.id: scale_scores(frame, scale.items, scale.reversed, scale.needed, _ends(script, scale))
        for scale in script.scales
    }
    return pd.DataFrame(scores, index=frame.index)


def _session(store: Store, wave: Wave, unit: str) -> Session | None:
    return next((one for one in waves.sessions_of(store, wave) if one.unit == unit), None)


def _ends(script: Instrument, scale: Scale) -> tuple[float, float]:
    """The lowest and highest answer of the scale's items."""
    step, name = scale.items[0].split(".")
    item: Item = script.step(step).item(name)
    first, labels = getattr(item, "first", 1), len(getattr(item, "labels", ()))
    if labels:
        return float(first), float(first + labels - 1)
    return float(getattr(item, "min", 0)), float(getattr(item, "max", 1))

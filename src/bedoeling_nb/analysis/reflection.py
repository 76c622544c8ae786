"""What a team said in a wave: its scales, where it differs, what changed, and how it is with others.

It is for the team itself. A scale is shown from *k* people with a score on. What others said is the mean of the people
of at least three other teams that each have so many, none of them named, as they go up (`steering`); and only once the
wave is over, since of a number that moves while others answer one could see what the last one said. Answers are new in
each wave, so a change is shown when both waves pass the threshold by themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from scipy.special import stdtrit

from bedoeling_nb.analysis.differences import Difference, change_of_means
from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.analysis.scores import ends, session_scores, work_out
from bedoeling_nb.analysis.steering import LEAST
from bedoeling_nb.community import now
from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.instruments.instrument import Scale
from bedoeling_nb.privacy import protect
from bedoeling_nb.store import Store, instruments, scores, units, waves
from bedoeling_nb.store.scores import Score
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_

__all__ = ["Profile", "Reflection", "ScaleResult", "profiles", "reflect"]


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
class Profile:
    """A team's scales in a wave."""

    wave: Wave
    before: Wave | None
    session: Session
    script: Instrument
    participants: int
    people: int
    scales: tuple[ScaleResult, ...]

    @property
    def k(self) -> int:
        """The smallest group about which something is shown."""
        return self.session.k

    @property
    def known(self) -> list[ScaleResult]:
        """The scales that are shown, the highest first."""
        return sorted((one for one in self.scales if one.mean is not None), key=lambda one: -(one.mean or 0))


@dataclass(frozen=True)
class Reflection(Profile):
    """A team's results of a wave: its scales, and all that it answered."""

    meeting: Meeting


def reflect(store: Store, wave: Wave, unit: str) -> Reflection:
    """The results of a unit that was asked in this wave. Raises NotFound when it was not."""
    [profile] = profiles(store, [wave], unit)
    return Reflection(**vars(profile), meeting=Meeting.load(store, profile.session))


def profiles(store: Store, asked: Collection[Wave], unit: str) -> list[Profile]:
    """The scales of a unit in each of these waves. Raises NotFound for one in which it was not asked.

    Of other teams no answers are read: their scores are kept.
    """
    previous = {one.id: waves.before(store, one, unit) for one in asked}
    every = {one.id: one for one in (*asked, *previous.values()) if one is not None}
    sessions = waves.sessions_of_unit(store, every, unit)
    for one in asked:
        if one.id not in sessions:
            raise NotFound(N_("“{unit}” was not asked in this wave."), unit=unit)
    told = scores.told(store, [one.id for one in sessions.values()])
    scripts = {
        (one.instrument, one.instrument_version): instruments.get(store, one.instrument, one.instrument_version)
        for one in every.values()
    }
    own: dict[str, dict[str, Score]] = {}
    for key, script in scripts.items():
        mine = [one.id for one in sessions.values() if (one.instrument, one.instrument_version) == key]
        for score in session_scores(script, {session: told[session] for session in mine}):
            own.setdefault(score.session, {})[score.scale] = score
    over = [one for one in asked if scores.settled(one, now())]
    work_out(store, over)
    others = _others(store, [one.id for one in over], unit) if units.get(store, unit).level == "team" else {}
    people = len(units.people(store, unit))
    found = []
    for wave in asked:
        session, before = sessions[wave.id], previous[wave.id]
        script = scripts[wave.instrument, wave.instrument_version]
        earlier = own.get(sessions[before.id].id, {}) if before else {}
        results = tuple(
            _result(
                script,
                scale,
                session.k,
                own[session.id][scale.id],
                earlier.get(scale.id),
                others.get((wave.id, scale.id)),
            )
            for scale in script.scales
        )
        participants = len({participant for participant, *_ in told[session.id].answers})
        found.append(Profile(wave, before, session, script, participants, people, results))
    return found


def _result(
    script: Instrument, scale: Scale, k: int, own: Score, earlier: Score | None, others: float | None
) -> ScaleResult:
    """One scale, as far as it may be shown."""
    span = ends(script, scale)
    if "withheld" in protect({"n": own.n}, k) or own.mean is None or own.sd is None:
        return ScaleResult(scale, span)
    half = float(stdtrit(own.n - 1, 0.975)) * own.sd / own.n**0.5
    change = None
    if earlier is not None and earlier.n >= k and earlier.mean is not None and earlier.sd is not None:
        change = change_of_means((earlier.n, earlier.mean, earlier.sd), (own.n, own.mean, own.sd))
    return ScaleResult(
        scale,
        span,
        mean=own.mean,
        low=max(own.mean - half, span[0]),
        high=min(own.mean + half, span[1]),
        spread=own.sd,
        n=own.n,
        change=change,
        others=others,
    )


def _others(store: Store, over: Collection[str], unit: str) -> dict[tuple[str, str], float]:
    """What the people of other teams said on average, by wave and scale: the total that goes up, less one's own.

    So nothing follows from it that did not follow from the total (`steering`), of which each team knows its own part.
    """
    own = scores.of_unit(store, over, unit)
    sums: dict[tuple[str, str], tuple[int, int, float]] = {}
    for part in scores.of_parts(store, over):
        if part.above is not None and part.teams >= LEAST:
            key = (part.wave, part.scale)
            teams, people, total = sums.get(key, (0, 0, 0.0))
            mine = own.get(key)
            if mine and mine.above == part.above and mine.least >= mine.k and mine.mean is not None:
                teams, people, total = teams - 1, people - mine.n, total - mine.n * mine.mean
            sums[key] = (teams + part.teams, people + part.people, total + part.total)
    return {key: total / people for key, (teams, people, total) in sums.items() if teams >= LEAST}

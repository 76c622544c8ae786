"""What a team said in a wave: its scales, where it differs, what changed, and how it is with others.

It is for the team itself. A scale is shown from *k* people with a score on. What others said is the mean of the people
of at least three other teams that each have so many, none of them named, as they go up (`steering`); and only once the
wave is over, since of a number that moves while others answer one could see what the last one said. Answers are new in
each wave, so a change is shown when both waves pass the threshold by themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
from bedoeling_nb.store.scores import Row, Score
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
    at = now()
    began = waves.asked_of(store, unit)  # in order
    previous: dict[str, Wave | None] = {}
    for one in asked:
        earlier = [other for other in began if other.instrument == one.instrument and other.created_at < one.created_at]
        previous[one.id] = earlier[-1] if earlier else None
    every = {one.id: one for one in (*asked, *previous.values()) if one is not None}
    sessions = waves.sessions_of_unit(store, every, unit)
    for one in asked:
        if one.id not in sessions:
            raise NotFound(N_("“{unit}” was not asked in this wave."), unit=unit)
    versions = {(one.instrument, one.instrument_version) for one in every.values()}
    scripts = {key: instruments.get(store, *key) for key in versions}
    over = [one.id for one in every.values() if scores.settled(one, at)]
    work_out(store, every.values())
    kept = scores.of_unit(store, over, unit)
    own: dict[tuple[str, str], Row | Score] = dict(kept)
    for wave in every.values():
        session, script = sessions[wave.id], scripts[wave.instrument, wave.instrument_version]
        if any((wave.id, scale.id) not in kept for scale in script.scales):  # it is not over
            for score in session_scores(script, scores.told(store, [session.id])):
                own[wave.id, score.scale] = score
    others = _others(store, kept, over) if units.get(store, unit).level == "team" else {}
    took_part = scores.participants(store, [one.id for one in sessions.values()])
    people = len(units.people(store, unit))
    found = []
    for wave in asked:
        session, before, script = (
            sessions[wave.id],
            previous[wave.id],
            scripts[wave.instrument, wave.instrument_version],
        )
        results = tuple(
            _result(
                script,
                scale,
                session.k,
                own[wave.id, scale.id],
                own.get((before.id, scale.id)) if before and _as_then(script, scale, before, scripts) else None,
                others.get((wave.id, scale.id)),
            )
            for scale in script.scales
        )
        found.append(Profile(wave, before, session, script, took_part[session.id], people, results))
    return found


def _as_then(script: Instrument, scale: Scale, before: Wave, scripts: Mapping[tuple[str, int], Instrument]) -> bool:
    """Whether a scale is scored as in the wave before; a newer version may ask something else by the same name."""
    then = scripts[before.instrument, before.instrument_version]
    same = next((one for one in then.scales if one == scale), None)
    return same is not None and ends(then, same) == ends(script, scale)


def _result(
    script: Instrument,
    scale: Scale,
    k: int,
    own: Row | Score,
    earlier: Row | Score | None,
    others: float | None,
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


def _others(store: Store, own: Mapping[tuple[str, str], Row], over: Collection[str]) -> dict[tuple[str, str], float]:
    """What the people of other teams said on average, by wave and scale: the total that goes up, less one's own.

    So nothing follows from it that did not follow from the total (`steering`), of which each team knows its own part.
    """
    beside = {
        (one, *key): teams
        for one in {row.above for row in own.values() if row.above is not None}
        for key, teams in scores.passing(store, over, one).items()
    }
    found = {}
    for key, (teams, people, total) in scores.totals(store, over).items():
        mine = own.get(key)
        if mine is None or mine.mean is None or mine.least < mine.k or beside.get((mine.above or "", *key), 0) < LEAST:
            rest = teams, people, total
        else:
            rest = teams - 1, people - mine.n, total - mine.n * mine.mean
        if rest[0] >= LEAST:
            found[key] = rest[2] / rest[1]
    return found

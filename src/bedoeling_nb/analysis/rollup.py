"""What waves say from below: the scales of a questionnaire for all teams of a unit together, wave after wave.

What goes up
------------
As in `steering`: of a wave that is over, only teams whose scale passes the threshold by itself, and of these only of
units right above teams with at least `LEAST` of them. Every total is a sum of such parts, whole, so that no
difference of any two of them is about fewer than `LEAST` teams. A team stays with the part that it was in when the
wave began: had it moved along in the organisation's tree, the totals of before and after the move would tell its
answers. Above the parts the tree is as it is now; parts move as a whole. A wave is one of a unit when it was asked of
that unit or of one above it: what two of the nine locations asked of themselves is no number of the region.

How sure it is
--------------
The mean is that of people, and its interval knows that they answer as teams. With a variance between teams τ² and one
between the people of a team σ², a mean over teams of n_j people, N in all, has the variance Σ (n_j/N)² (τ² + σ²/n_j)
= (σ² + τ²)/N · (1 + (m - 1) ICC), m = Σ n_j²/N: the design effect of Kish (1965) for unequal groups (Eldridge, Ashby
& Kerry 2006). τ² and σ² come from the analysis of variance of all teams of the wave that go up (as `scales.icc`), not
of this unit's alone, and Student's distribution has the degrees of freedom of these teams. With equal teams, and the
unit of the wave itself, that is Student's interval for the mean of the team means. An interval made of three teams'
own differences would also give these away: who knows one team, the sum and the spread can solve for the other two. So
there is one spread a wave, and only from `ENOUGH` teams on.

A change is the mean less the one of the wave before, as both are shown. A team that is in both has its own level in
both, so the covariance of the true means of teams, from the variance of teams' changes, is taken off for it. What these
teams add to the variance is then set to how much their changes did differ, each against its own variance, as Hartung
and Knapp (2001) do for studies of unequal size: that is never under 0, and with equal teams that are all in both waves
it is Student's paired interval of the team means.

Levels
------
A questionnaire may be asked of those who lead and support in the units above teams as well. They are few, so what is
shown of them is decided by `privacy.suppress`, over the whole tree and all waves.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from bedoeling_nb.analysis.differences import Difference, clear
from bedoeling_nb.analysis.estimates import components
from bedoeling_nb.analysis.scores import NO_SPREAD, ends, sharing, work_out
from bedoeling_nb.analysis.steering import LEAST
from bedoeling_nb.community import Unit, lineage
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.instruments.instrument import Scale
from bedoeling_nb.privacy.suppression import Cell, Key, Shown, suppress
from bedoeling_nb.settings import K, Settings
from bedoeling_nb.store import Store, instruments, scores, units
from bedoeling_nb.store.scores import Row
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_

__all__ = ["ENOUGH", "GROUPS", "Group", "LevelMean", "Rollup", "Total", "WaveTotals", "roll_up", "rolled_up"]

ENOUGH = 5
"""Teams of a wave from which its spread is shown, and with it intervals."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Group:
    """People of some levels of the tree: who they are, in words."""

    id: str
    levels: tuple[str, ...]
    name: str


GROUPS = (
    Group("teams", ("team",), N_("Teams")),
    Group("leaders", ("location", "cluster"), N_("Location leaders")),
    Group("directors", ("region", "organisation"), N_("Directors")),
)
"""From below."""


@dataclass(frozen=True)
class Total:
    """One scale of a unit's teams together in a wave. Where too few go up, there is only that: `mean` is None.

    ``ends`` are the ends of the scale; ``n`` people of so many ``teams``; ``low`` and ``high`` the 95 % interval;
    ``icc`` what belonging to a team explains, of all teams of the wave that go up, and whether that is ``clear``: its
    95 % interval leaves out 0; ``change`` since the wave before.
    """

    scale: Scale
    ends: tuple[float, float]
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    teams: int = 0
    icc: float | None = None
    clear: bool = False
    change: Difference | None = None
    others: None = None
    """For a profile: above the teams there is nobody to lay beside it."""


@dataclass(frozen=True)
class WaveTotals:
    """The scales of a unit's teams together in one wave."""

    wave: Wave
    totals: tuple[Total, ...]

    @property
    def known(self) -> list[Total]:
        """The scales that are shown, the highest first."""
        return sorted((one for one in self.totals if one.mean is not None), key=lambda one: -(one.mean or 0))

    def moved(self) -> list[Total]:
        """The scales that changed more than chance easily gives, taking into account how many there are (Holm)."""
        moved = clear({one.scale.id: one.change for one in self.totals}, CONFIDENCE)
        return [one for one in self.totals if one.scale.id in moved]


@dataclass(frozen=True)
class LevelMean:
    """The mean of people of one level on a scale, in the latest wave that asked them; None where it is withheld."""

    group: Group
    wave: Wave
    scale: str
    mean: float | None = None
    n: int = 0


@dataclass(frozen=True)
class Rollup:
    """A questionnaire from below, for one unit: its waves in order of time, and the levels side by side.

    ``script`` is the version of the latest wave.
    """

    unit: str
    script: Instrument
    waves: tuple[WaveTotals, ...]
    levels: tuple[LevelMean, ...]

    @property
    def latest(self) -> WaveTotals | None:
        """The last wave in which teams were asked."""
        return self.waves[-1] if self.waves else None

    @property
    def side_by_side(self) -> tuple[LevelMean, ...]:
        """The levels with the teams in front, each in its latest wave; nothing where only one level was asked."""
        last = self.latest
        teams = [LevelMean(GROUPS[0], last.wave, one.scale.id, one.mean, one.n) for one in last.totals] if last else []
        every = (*teams, *self.levels)
        return every if len({one.group for one in every}) > 1 else ()


def roll_up(store: Store, unit: str, instrument: str, until: datetime) -> Rollup | None:
    """What the waves of a questionnaire that closed before a moment say of a unit above teams; None without any.

    Raises NotFound for an unknown unit.
    """
    return rolled_up(store, unit, [instrument], until).get(instrument)


def rolled_up(store: Store, unit: str, asked: Collection[str], until: datetime) -> dict[str, Rollup]:
    """`roll_up` of several questionnaires, by id; one that closed no wave is left out."""
    units.get(store, unit)
    tree = {one.id: one for one in units.all_units(store)}
    found = {}
    for instrument in asked:
        closed = scores.closed(store, instrument, until)
        mine = [one for one in closed if one.unit in lineage(tree, unit)]
        if not mine:
            continue
        work_out(store, closed)
        rows = _frame(scores.of_waves(store, [one.id for one in closed]))
        scripts = {
            version: instruments.get(store, instrument, version) for version in {one.instrument_version for one in mine}
        }
        latest = scripts[mine[-1].instrument_version]
        totals = _totals(rows, mine, scripts, tree, unit)
        levels = _levels(rows, closed, mine, latest, tree, unit)
        if totals or levels:
            found[instrument] = Rollup(unit, latest, tuple(totals), tuple(levels))
    return found


def _frame(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=Row._fields)
    names = dict.fromkeys(("wave", "unit", "level", "above", "scale"), "category")  # few, and each many times
    return frame.astype(names | {"mean": "float64", "sd": "float64"})


# Teams


def _totals(
    rows: pd.DataFrame,
    mine: Sequence[Wave],
    scripts: Mapping[int, Instrument],
    tree: Mapping[str, Unit],
    unit: str,
) -> list[WaveTotals]:
    """The totals of each wave in which teams of this unit were asked, in order."""
    teams = rows[(rows["level"] == "team") & rows["wave"].isin([one.id for one in mine])]
    within = {part for part in teams["above"].unique() if unit in lineage(tree, part)}
    asked = set(teams.loc[teams["above"].isin(within), "wave"])
    up = _going_up(teams)
    cells: dict[Any, pd.DataFrame] = dict(iter(up.groupby(["wave", "scale"], sort=False, observed=True)))
    found: list[WaveTotals] = []
    before: dict[str, tuple[Scale, _Teams, Total]] = {}
    for wave in (one for one in mine if one.id in asked):
        script, totals = scripts[wave.instrument_version], []
        now_there: dict[str, tuple[Scale, _Teams, Total]] = {}
        for scale in script.scales:
            span = ends(script, scale)
            group = _Teams.of(cells.get((wave.id, scale.id)), within)
            total = group.total(scale, span)
            if (then := before.get(scale.id)) and then[0] == scale and then[2].ends == span:
                total = replace(total, change=_change(then[1], then[2], group, total))
            now_there[scale.id] = (scale, group, total)
            totals.append(total)
        before = now_there
        found.append(WaveTotals(wave, tuple(totals)))
    return found


def _going_up(teams: pd.DataFrame) -> pd.DataFrame:
    """The rows that may be part of a total: a team that passes, of a part with enough such teams."""
    passing = teams[teams["least"] >= teams["k"]]
    there = passing.groupby(["wave", "scale", "above"], observed=True)["n"].transform("size")
    return passing[there >= LEAST]


@dataclass(frozen=True)
class _Teams:
    """The teams of a wave that go up on one scale: who they are, people, means; which are within the unit.

    ``between`` and ``within`` are the variances of teams' true means and of people in a team; None of too few teams.
    """

    names: Any
    n: Any
    means: Any
    inside: Any
    between: float | None
    within: float | None
    icc: float | None
    p: float | None

    @classmethod
    def of(cls, cell: pd.DataFrame | None, parts: set[str]) -> _Teams:
        if cell is None:
            nothing = np.array([])
            return cls(nothing, nothing, nothing, nothing.astype(bool), None, None, None, None)
        n, means, sd = (cell[name].to_numpy(dtype="float64") for name in ("n", "mean", "sd"))
        inside = cell["above"].isin(parts).to_numpy()
        found = components(n, means, sd) if len(n) >= ENOUGH else (None, None, None, None)
        return cls(cell["unit"].to_numpy(), n, means, inside, *found)

    @property
    def weights(self) -> Any:
        """What each team weighs in the unit's mean."""
        mine = np.where(self.inside, self.n, 0)
        return mine / mine.sum()

    def errors(self) -> Any:
        """The variance of each team's mean."""
        return self.between + self.within / self.n

    def total(self, scale: Scale, span: tuple[float, float]) -> Total:
        """What is shown of these teams."""
        if not self.inside.any():
            return Total(scale, span)
        mean = float(self.weights @ self.means)
        total = Total(scale, span, mean, n=int(self.n[self.inside].sum()), teams=int(self.inside.sum()), icc=self.icc)
        if self.between is None:
            return total
        half = _half(len(self.n) - 1, float(self.weights**2 @ self.errors()))
        clear = self.p is not None and self.p < 0.025
        return replace(total, low=max(mean - half, span[0]), high=min(mean + half, span[1]), clear=clear)


def _change(then: _Teams, was: Total, there: _Teams, total: Total) -> Difference | None:
    """The change of a mean that is shown twice, with an interval when both waves have one."""
    if was.mean is None or total.mean is None:
        return None
    made = Difference(
        name=N_("Change of the mean"),
        n=was.n + total.n,
        before=was.mean,
        after=total.mean,
        estimate=total.mean - was.mean,
    )
    if then.between is None or there.between is None or then.within is None or there.within is None:
        return replace(made, why=N_("With so few teams there is no interval."))
    variance = float(then.weights**2 @ then.errors() + there.weights**2 @ there.errors())
    freedom = min(len(then.n), len(there.n)) - 1
    _, one, two = np.intersect1d(then.names, there.names, return_indices=True)
    if len(one) >= ENOUGH:
        errors, more = then.within / then.n[one], there.within / there.n[two]
        moved = there.means[two] - then.means[one]
        least = (math.sqrt(there.between) - math.sqrt(then.between)) ** 2  # a correlation is at most 1
        apart = max(float(moved.var(ddof=1) - (errors + more).mean()), least)
        each = np.maximum(apart + errors + more, NO_SPREAD)
        ratio = float((moved - np.average(moved, weights=1 / each)) ** 2 @ (1 / each)) / (len(one) - 1)
        first, second = then.weights[one], there.weights[two]
        both = float(first**2 @ (then.between + errors) + second**2 @ (there.between + more))
        variance += ratio * (both - (then.between + there.between - apart) * float(first @ second)) - both
        freedom = len(one) - 1
    if variance < NO_SPREAD:
        return replace(made, why=N_("There is no spread in the answers, so there is no interval."))
    half, difference = _half(freedom, variance), total.mean - was.mean
    p = 2 * float(stdtr(freedom, -abs(difference) / math.sqrt(variance)))
    return replace(made, low=difference - half, high=difference + half, p=p)


def _half(freedom: int, variance: float) -> float:
    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * math.sqrt(variance)


# Levels above the teams


def _levels(
    rows: pd.DataFrame,
    closed: Sequence[Wave],
    mine: Sequence[Wave],
    script: Instrument,
    tree: Mapping[str, Unit],
    unit: str,
) -> list[LevelMean]:
    """The means of leaders and directors within this unit, each in the latest wave of which they may be shown.

    What may be shown is decided on everything that anybody sees: the cells of all units and all waves. Who somebody is
    in two waves is not known, so they are counts.
    """
    found = []
    for group in (one for one in GROUPS if one.levels != ("team",)):
        people = rows[rows["level"].isin(group.levels) & (rows["n"] > 0)]
        inside = [unit in _places(tree, one, above) for one, above in zip(people["unit"], people["above"], strict=True)]
        within = people[np.array(inside, dtype=bool)]
        asked = [one for one in reversed(mine) if (within["wave"] == one.id).any()]
        if not asked:
            continue
        decided = {one.id: _decided(people[people["scale"] == one.id], closed, tree) for one in script.scales}
        shown = {
            wave.id: {
                scale.id
                for scale in script.scales
                if all(
                    isinstance(decided[one].get(Key(unit, _wave_key(closed, wave))), Shown)
                    for one in sharing(script, scale)
                )
            }
            for wave in asked
        }
        told = {wave.id: within.loc[within["wave"] == wave.id, "scale"].nunique() for wave in asked}
        latest = next((one for one in asked if 2 * len(shown[one.id]) >= told[one.id]), asked[0])
        for scale in script.scales:
            made = LevelMean(group, latest, scale.id)
            if scale.id in shown[latest.id]:
                cell = within[(within["wave"] == latest.id) & (within["scale"] == scale.id)]
                n, means = cell["n"].to_numpy(), cell["mean"].to_numpy()
                made = replace(made, mean=float(n @ means / n.sum()), n=int(n.sum()))
            found.append(made)
    return found


def _decided(people: pd.DataFrame, closed: Sequence[Wave], tree: Mapping[str, Unit]) -> Mapping[Key, Any]:
    """What may be shown of one scale: of each wave and each unit with people of these levels in it.

    A wave is judged by the smallest group and the places that units had then: what was shown of it stays shown, also
    when a unit asks for more or moves.
    """
    counts: dict[tuple[str, str], int] = {}
    k: dict[str, int] = {}
    moved: dict[str, dict[str, str | None]] = {}
    top, order = {one.id: one.unit for one in closed}, {one.id: _wave_key(closed, one) for one in closed}
    rows = (people[name] for name in ("wave", "unit", "above", "n", "k"))
    for wave, unit, above, n, least in zip(*rows, strict=True):
        name = order[wave]
        k[name] = max(k.get(name, K), int(least))
        moved.setdefault(name, {})[unit] = above if isinstance(above, str) else None
        for place in _places(tree, unit, above):
            counts[place, name] = counts.get((place, name), 0) + int(n)
            if place == top[wave]:
                break
    cells = [Cell(unit, name, n) for (unit, name), n in counts.items()]
    parents = {one.id: one.parent for one in tree.values()}
    return suppress(cells, parents, k, over_time=Settings().over_time, moved=moved)


def _places(tree: Mapping[str, Unit], unit: str, above: Any) -> list[str]:
    """The unit, and all that it was part of in a wave in which this was right above it."""
    return [unit, *(one for one in lineage(tree, above if isinstance(above, str) else None) if one != unit)]


def _wave_key(closed: Sequence[Wave], wave: Wave) -> str:
    """A name that sorts in the order in which waves closed."""
    return f"{closed.index(wave):06}"

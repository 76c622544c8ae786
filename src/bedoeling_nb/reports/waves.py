"""What waves say from below, for a unit above teams: what changed, a profile, the levels side by side, the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bedoeling_nb.analysis.differences import Difference
from bedoeling_nb.analysis.rollup import LevelMean, Rollup, Total, WaveTotals, rolled_up
from bedoeling_nb.analysis.scores import ends
from bedoeling_nb.community import Period, start_of_day
from bedoeling_nb.figures.profile import draw_levels, draw_profile
from bedoeling_nb.instruments import Instrument, in_language
from bedoeling_nb.reports.reflection import high_and_low, listed
from bedoeling_nb.reports.sections import Section, Shown, Words, paragraph, table
from bedoeling_nb.store import Store, scores
from bedoeling_nb.texts import N_

__all__ = ["wave_sections"]

_WHO = {"teams": N_("the teams"), "leaders": N_("the leaders of locations"), "directors": N_("the directors")}
"""`GROUPS` within a sentence."""

MARK = "*"
"""Stands at a change that is more than chance easily gives."""


def wave_sections(store: Store, unit: str, period: Period, say: Words) -> list[Section]:
    """A section for each questionnaire of which a wave of this unit had its last day in the period.

    They are in the order of closing. Each shows the latest wave of the period, with the one before it. Raises NotFound
    for an unknown unit.
    """
    until = start_of_day(period.end)
    closed = [one for one in scores.closed(store, None, until) if one.last_day >= period.first]
    found = rolled_up(store, unit, list(dict.fromkeys(one.instrument for one in closed)), until)
    return [_section(one, say) for one in found.values() if _asked_since(one, period.first)]


def _asked_since(rollup: Rollup, first: date) -> bool:
    """Whether any of what is shown is of this period: of a questionnaire that only sisters were asked nothing is."""
    asked = [*(one.wave for one in rollup.waves[-1:]), *(one.wave for one in rollup.levels)]
    return any(one.last_day >= first for one in asked)


def _section(rollup: Rollup, say: Words) -> Section:
    title = say(N_("Wave: {questionnaire}"), questionnaire=in_language(rollup.script.title, say.language))
    shown: list[Shown] = []
    if rollup.latest:
        shown += _teams(rollup.script, rollup.latest, say)
    if levels := rollup.side_by_side:
        shown += _levels(rollup.script, levels, say)
    return Section(title, tuple(shown))


def _teams(script: Instrument, last: WaveTotals, say: Words) -> list[Shown]:
    """All teams together: in sentences, a picture and a table."""
    day = say.day(last.wave.last_day)
    if not script.scales:
        return [paragraph(say(N_("This questionnaire has no scales.")))]
    if not last.known:
        closed = say(N_("The teams' wave closed on {day}."), day=day)
        few = say(N_("Those are too few to count together without showing one team."))
        return [paragraph(f"{closed} {few}", "bn-withheld")]
    low, high = _poles(script, say)
    profile = draw_profile(last.totals, low, high, say.language, say(N_("Teams together, on {day}"), day=day))
    return [paragraph(_in_words(last, day, say)), profile, *_numbers(last, say)]


def _in_words(last: WaveTotals, day: str, say: Words) -> str:
    """Who, what is high and low, what changed, and where teams differ."""
    known = last.known
    most = max(known, key=lambda one: one.n)
    sentences = [say(N_("On {day} {n} people of {teams} teams count."), day=day, n=most.n, teams=most.teams)]

    def names(some: Sequence[Total]) -> str:
        return ", ".join(in_language(one.scale.title, say.language) for one in some)

    sentences += high_and_low(known, say)
    moved = last.moved()
    up = [one for one in moved if one.change and (one.change.estimate or 0) > 0]
    down = [one for one in moved if one not in up]
    if up:
        sentences.append(say(N_("Clearly up since last time: {scales}."), scales=names(up)))
    if down:
        sentences.append(say(N_("Clearly down since last time: {scales}."), scales=names(down)))
    if not moved and any(one.change and one.change.low is not None for one in known):
        sentences.append(say(N_("Since last time nothing changed more than chance easily gives.")))
    apart = max((one for one in known if one.clear), key=lambda one: one.icc or 0, default=None)
    if apart and apart.icc:
        differ = N_(
            "Of all teams that count: they differ most about {scale}, of which {n} percent of the differences "
            "between people lies in their team."
        )
        sentences.append(say(differ, scale=names([apart]), n=round(100 * apart.icc)))
    return " ".join(sentences)


def _numbers(last: WaveTotals, say: Words) -> list[Shown]:
    """A row for each scale; what was before only where there is something before. And what the mark means."""
    again = any(one.change for one in last.totals)
    moved = last.moved()
    rows = []
    for one in last.totals:
        now_, before, change, people = say(N_("too few")), "–", "–", "–"
        if one.mean is not None:
            now_, people = say.number(one.mean) + _interval(one.low, one.high, say), f"{one.n} ({one.teams})"
        if one.change is not None and one.change.before is not None:
            before, change = say.number(one.change.before), _change(one.change, say)
            change += f"\u00a0{MARK}" if one in moved else ""
        earlier = [before, change] if again else []
        rows.append([in_language(one.scale.title, say.language), now_, *earlier, people])
    earlier = [say(N_("Last time")), say(N_("Change (95% interval)"))] if again else []
    shown: list[Shown] = [
        table([say(N_("Scale")), say(N_("Now (95% interval)")), *earlier, say(N_("People (teams)"))], rows)
    ]
    if moved:
        means = N_(
            "{mark} This change is larger than chance easily gives, also when one counts how many scales there are "
            "(Holm)."
        )
        shown.append(paragraph(say(means, mark=MARK), "bn-note"))
    return shown


def _change(change: Difference, say: Words) -> str:
    if change.estimate is None:
        return "–"
    sign = "+" if round(change.estimate, 1) > 0 else ""
    return f"{sign}{say.number(change.estimate)}{_interval(change.low, change.high, say)}"


def _interval(low: float | None, high: float | None, say: Words) -> str:
    if low is None or high is None:
        return ""
    span = say(N_("{low} to {high}"), low=say.number(low), high=say.number(high)).replace(" ", "\u00a0")
    return f" ({span})"


def _levels(script: Instrument, levels: Sequence[LevelMean], say: Words) -> list[Shown]:
    """The levels of the organisation side by side: in a picture and in a table."""
    groups = {one.group: one.wave for one in levels}
    means = {(one.group, one.scale): one.mean for one in levels}
    hidden = [say(_WHO[one.id]) for one in groups if all(means[one, scale.id] is None for scale in script.scales)]
    why = [
        paragraph(say(N_("Not shown: too few people, or one could work out what a few of them answered.")), "bn-note")
    ]
    if len(groups) - len(hidden) < 2:
        nothing = say(N_("About {levels} we show nothing."), levels=listed(hidden, say))
        return [paragraph(nothing, "bn-withheld"), *why]
    spans = [(scale, ends(script, scale)) for scale in script.scales]
    asked = "; ".join(f"{say(group.name)} {say.day(wave.last_day)}" for group, wave in groups.items())
    note = say(N_("Asked until: {levels}."), levels=asked)
    rows = []
    for scale, _ in spans:
        cells = [means[group, scale.id] for group in groups]
        told = [say(N_("not shown")) if one is None else say.number(one) for one in cells]
        rows.append([in_language(scale.title, say.language), *told])
    return [
        draw_levels(spans, levels, *_poles(script, say), note, say.language),
        table([say(N_("Scale")), *(say(group.name) for group in groups)], rows),
        *(why if None in means.values() else ()),
    ]


def _poles(script: Instrument, say: Words) -> tuple[str, str]:
    """The words at the ends of the answers."""
    step, name = script.scales[0].items[0].split(".")
    labels = getattr(script.step(step).item(name), "labels", ())
    words = [in_language(one, say.language) for one in labels] or ["", ""]
    return words[0], words[-1]

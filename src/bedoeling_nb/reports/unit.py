"""The report of a location, region or the whole: what comes from below, with the teams' own course beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from bedoeling_nb.analysis import frames
from bedoeling_nb.analysis.steering import LEAST, SMALLEST, going_up, parts
from bedoeling_nb.analysis.trends import BALANCE, SCALES, periods
from bedoeling_nb.community import PROMISES, Period, Unit, now, start_of_day
from bedoeling_nb.figures.trends import between
from bedoeling_nb.reports.progress import (
    PERIODS,
    Progress,
    checked,
    course_section,
    foot,
    help_section,
    in_period,
    outcomes,
    promised,
    script_of,
)
from bedoeling_nb.reports.sections import Page, Section, Shown, Words, agreements, paragraph, said, table
from bedoeling_nb.reports.waves import wave_sections
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, courses, sessions, units
from bedoeling_nb.store.courses import Course
from bedoeling_nb.texts import N_

__all__ = ["unit_report"]


def unit_report(store: Store, unit: str, period: Period | str, language: str = "nl") -> Page:
    """The report of a unit above the teams over a quarter or year, as the store was at the end of it.

    Numbers are of the teams below together, as `analysis.steering` lets them go up; no team is named but where it
    shares its course. A quarter that is not over is in no total yet: of two reports in one quarter the difference would
    be the team that met in between. It is over in the night after its last day, when its meetings take nothing more.
    Raises NotFound for an unknown unit, and BadRequest for a team or a period that has not begun.
    """
    about = units.get(store, unit)
    period = checked("unit", about, period)
    until = start_of_day(period.end)
    say = Words(language)
    reading = frames.read(store, units=[unit], until=until)
    script = script_of(reading)
    running = Period.containing(sessions.first_open_day(now()), SMALLEST)
    answers = _before(frames.answer_frame(reading, language), "held_on", running)
    below = {one.id for one in units.below(store, unit)}
    up = pd.concat([going_up(answers, path, below) for path in (BALANCE, *SCALES)])
    held = frames.session_frame(reading)
    held = held[(held["part"].isin(below) | (held["unit"].astype("str") == unit)).to_numpy(dtype="bool")]
    counted = _before(held[(held["level"] == "team").to_numpy()], "held_on", running)
    progress = Progress.of(about.name, script, period, up, counted, say, together=True)
    met = in_period(held, "held_on", period)
    agreed = frames.intervention_frame(reading)
    course = courses.of_unit(store, unit, until)
    shared = [one for one in courses.shared_below(store, unit, until) if reading.units[one.unit].level == "team"]
    teams = sorted(team for found in parts(reading.units, unit).values() for team in found)
    return Page(
        title=say(N_("From below – {unit}"), unit=about.name),
        headline=_headline(about, period, running, teams, met, progress, say),
        language=language,
        sections=(
            *progress.sections(),
            *wave_sections(store, unit, period, say),
            _taking_part(held, teams, period, say),
            _agreed_below(agreed[agreed["part"].isin(below).to_numpy(dtype="bool")], period, running, say),
            _own(about, reading, met, agreed, period, script, say),
            course_section(
                say(N_("The course of {unit}"), unit=about.name),
                course,
                period.end,
                say,
                say(N_("{unit} has not set a course yet."), unit=about.name),
            ),
            _teams_courses(reading.units, shared, say),
            help_section(
                say(N_("Asking and offering help")),
                [(one, reading.units[one.unit].name) for one in (*([course] if course else []), *shared)],
                N_("Asked"),
                N_("Offered"),
                say,
            ),
            progress.numbers(),
        ),
        foot=foot(period, max((one["k"] for one in met), default=Settings().k), say)
        + " "
        + say(
            N_("Teams are counted together, at least {least} in each location; a smaller group is in no total."),
            least=LEAST,
        ),
    )


def _headline(
    about: Unit,
    period: Period,
    running: Period,
    teams: list[str],
    met: list[dict[Any, Any]],
    progress: Progress,
    say: Words,
) -> str:
    came = len({one["unit"] for one in met if one["level"] == "team"})
    name = period.in_words(say.language)
    if came == 0:
        return say(N_("In {period} no team of {unit} held a resonance meeting."), period=name, unit=about.name)
    held = N_("In {period} {n} of the {all} teams of {unit} held a resonance meeting.")
    if came > len(teams):  # some are elsewhere now
        held = N_("In {period} {n} teams of {unit} held a resonance meeting.")
    elif came == 1:
        held = N_("In {period} one of the {all} teams of {unit} held a resonance meeting.")
        if len(teams) == 1:
            held = N_("In {period} the one team of {unit} held a resonance meeting.")
    sentences = [say(held, period=name, n=came, all=len(teams), unit=about.name)]
    told = progress.changes()
    if period.end > running.first:
        told.append(say(N_("A quarter that is not over is counted together only when it is.")))
    elif not told and period.id not in set(progress.balance.loc[~progress.balance["withheld"], progress.per]):
        told = [say(N_("Those are too few to count together without showing one team."))]
    return " ".join([*sentences, *told])


def _taking_part(held: pd.DataFrame, teams: list[str], period: Period, say: Words) -> Section:
    """How many teams met in each period; never which ones did not."""
    met = held[(held["level"] == "team").to_numpy()]
    came = met.assign(period=periods(met, period.kind)).groupby("period")["unit"].nunique()
    recent = between([*came.index, period.id])[-PERIODS:]
    rows = [[Period.parse(one).name(say.language), str(came.get(one, 0)), str(len(teams))] for one in recent]
    heads = [say(N_("Period")), say(N_("Teams that met")), say(N_("Teams there are now"))]
    return Section(say(N_("Taking part")), (table(heads, rows, numbers=True),))


def _before(table: pd.DataFrame, column: str, running: Period) -> pd.DataFrame:
    """The rows of which the day in this column is before the quarter that is running now."""
    return table[(table[column] < pd.Timestamp(running.first)).to_numpy(dtype="bool", na_value=False)]


def _agreed_below(agreed: pd.DataFrame, period: Period, running: Period, say: Words) -> Section:
    """How many things teams agreed and what these did; only of locations where enough teams did."""
    title = say(N_("What teams agreed"))
    few = paragraph(say(N_("Too few teams to show.")), "bn-withheld")
    teams = agreed[agreed["level"] == "team"]

    def enough(rows: list[dict[Any, Any]], day: str) -> list[dict[Any, Any]]:
        """As `going_up`: of a part and a quarter in which enough teams did."""
        cells = [(str(one["part"]), Period.containing(one[day].date(), SMALLEST)) for one in rows]
        did: dict[tuple[str, Period], set[str]] = {}
        for cell, one in zip(cells, rows, strict=True):
            did.setdefault(cell, set()).add(one["unit"])
        return [one for cell, one in zip(cells, rows, strict=True) if len(did[cell]) >= LEAST]

    new = enough(in_period(_before(teams, "held_on", running), "held_on", period), "held_on")
    told = teams[teams["mean_effect"].notna() & teams["done_share"].notna()]
    back = enough(in_period(_before(told, "reviewed_on", running), "reviewed_on", period), "reviewed_on")
    lines = []
    if new:
        lines.append([say(N_("Agreed in this period")), str(len(new))])
    if back:
        effect = sum(one["mean_effect"] for one in back) / len(back)
        better = sum(one["mean_effect"] >= 0.5 for one in back)
        lines.append([say(N_("Earlier agreements on which teams looked back")), str(len(back))])
        done = sum(one["done_share"] > 0.5 for one in back)
        for words, n in (
            (N_("Of these done, say most people"), done),
            (N_("Of these: it went better because of it"), better),
        ):
            lines.append([say(words), say(N_("{n} of {all}"), n=n, all=len(back))])
        sign = "+" if round(effect, 1) > 0 else ""
        lines.append([say(N_("What they did, on average (−2 to +2)")), f"{sign}{say.number(effect)}"])
    return Section(
        title, (table([say(N_("Of the teams together")), say(N_("Number"))], lines, numbers=True) if lines else few,)
    )


def _own(
    about: Unit,
    reading: frames.Reading,
    met: list[dict[Any, Any]],
    agreed: pd.DataFrame,
    period: Period,
    script: Any,
    say: Words,
) -> Section:
    """The unit's own meetings: when, what was agreed, what earlier agreements did."""
    title = say(N_("The meetings of {unit} itself"), unit=about.name)
    own = [one for one in met if one["unit"] == about.id]
    mine = agreed[agreed["unit"].astype("str") == about.id]
    if not own:
        return Section(title, (paragraph(say(N_("There was no resonance meeting in this period."))),))
    new = {one["intervention"] for one in in_period(mine, "held_on", period)}
    days = ", ".join(say.day(one["held_on"]) for one in own)
    shown: list[Shown] = [
        paragraph(days),
        paragraph(say(N_("Agreed in this period")), "bn-label"),
        agreements([one for one in reading.agreed if one.id in new], say.language),
    ]
    if looked_back := in_period(mine, "reviewed_on", period):
        shown += [paragraph(say(N_("What earlier agreements did")), "bn-label"), outcomes(looked_back, script, say)]
    return Section(title, tuple(shown))


def _teams_courses(known: Any, shared: Sequence[Course], say: Words) -> Section:
    """By promise, what teams want, as they wrote it and because they share it."""
    shown: list[Shown] = []
    for promise in PROMISES:
        goals: dict[str, list[str]] = {}
        for one in shared:
            if promise.key in one.goals:
                goal, name = one.goals[promise.key], known[one.unit].name
                goals.setdefault(goal.goal, []).append(f"{name}: {goal.sign}" if goal.sign else name)
        if goals:
            shown += [promised(promise, say), said(goals, columns=True)]
    nothing = paragraph(say(N_("No team shares its course yet. Whether it does is up to the team.")))
    return Section(
        say(N_("The course of the teams")),
        tuple(shown or [nothing]),
        say(N_("In their own words; only what teams choose to share.")),
    )

"""The report of a team, for the team itself: its promises, what it agreed and what that did, its course."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd

from bedoeling_nb.analysis import frames
from bedoeling_nb.analysis.reflection import Profile, profiles
from bedoeling_nb.community import Period, local_time, now, start_of_day
from bedoeling_nb.instruments import in_language
from bedoeling_nb.reports.progress import (
    Progress,
    checked,
    course_section,
    foot,
    help_section,
    in_period,
    joined,
    outcomes,
    script_of,
)
from bedoeling_nb.reports.reflection import profile_section
from bedoeling_nb.reports.sections import Page, Section, Shown, Words, agreements, paragraph, table
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, courses, interventions, units, waves
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.texts import N_

__all__ = ["team_report"]

MAJORITY = 0.5
"""An agreement is called done when more than this share of those who told say so."""


def team_report(store: Store, unit: str, period: Period | str, language: str = "nl") -> Page:
    """The report of a team over a month, quarter or year, as the store was at the end of it.

    Every number in it is about at least k people, the k of the session. Raises NotFound for an unknown unit, and
    BadRequest for a unit that is no team or a period that has not begun.
    """
    about = units.get(store, unit)
    period = checked("team", about, period)
    until = start_of_day(period.end)
    say = Words(language)
    reading = frames.read(store, units=[unit], until=until)
    script = script_of(reading)
    held = frames.session_frame(reading)
    progress = Progress.of(about.name, script, period, frames.answer_frame(reading, language), held, say)
    met = in_period(held, "held_on", period)
    agreed = frames.intervention_frame(reading)
    course = courses.of_unit(store, unit, until)
    size = len(units.people(store, unit))
    return Page(
        title=say(N_("Team report – {team}"), team=about.name),
        headline=_headline(about.name, period, met, agreed, size, progress, say),
        language=language,
        sections=(
            *progress.sections(),
            *_waves(store, unit, period, say),
            _taking_part(met, size, say),
            _agreed(reading, agreed, _agreed_elsewhere(store, reading, unit, period), period, script, say),
            course_section(
                say(N_("Our course")),
                course,
                period.end,
                say,
                say(N_("There is no course yet. Choose one small goal together; that is enough to begin.")),
            ),
            help_section(
                say(N_("What we ask of others and offer")),
                [(course, "")] if course else [],
                N_("We ask"),
                N_("We offer"),
                say,
            ),
            progress.numbers(),
        ),
        foot=foot(period, max((one["k"] for one in met), default=Settings().k), say),
    )


def _headline(
    team: str,
    period: Period,
    met: list[dict[Any, Any]],
    agreed: pd.DataFrame,
    size: int,
    progress: Progress,
    say: Words,
) -> str:
    name = period.in_words(say.language)
    if not met:
        silent = N_("{unit} did not meet for a resonance meeting in {period}. Below is what was before.")
        if progress.balance.empty and progress.scales.empty:
            silent = N_("{unit} has had no resonance meeting yet. As soon as there is one, it is here.")
        return say(silent, unit=team, period=name)
    if len(met) == 1:
        sentences = [say(N_("{unit} met once in {period}."), unit=team, period=name)]
    else:
        sentences = [say(N_("{unit} met {n} times in {period}."), unit=team, n=len(met), period=name)]
    last = met[-1]
    if last["participants"] < last["k"]:
        sentences.append(say(N_("Too few people took part to show answers.")))
        return " ".join(sentences)
    if len(met) == 1 and size >= max(last["k"], last["participants"]):
        if size == last["participants"]:
            sentences.append(say(N_("All {n} people took part."), n=size))
        else:
            sentences.append(say(N_("{n} of {size} people took part."), n=last["participants"], size=size))
    sentences += progress.changes()
    looked_back = [one for one in in_period(agreed, "reviewed_on", period) if not pd.isna(one["done_share"])]
    if looked_back:
        sentences.append(
            _how_many_done(sum(one["done_share"] > MAJORITY for one in looked_back), len(looked_back), say)
        )
    return " ".join(sentences)


def _how_many_done(done: int, of: int, say: Words) -> str:
    """In words that fit each number."""
    if of == 1:
        one = N_("The earlier agreement is done, most people say.")
        return say(one if done else N_("The earlier agreement is not quite done, most people say."))
    told = N_("Of the {n} earlier agreements {done} are done, most people say.")
    if done in (0, 1, of):
        told = {
            of: N_("All {n} earlier agreements are done, most people say."),
            0: N_("Of the {n} earlier agreements none is quite done, most people say."),
            1: N_("Of the {n} earlier agreements one is done, most people say."),
        }[done]
    return say(told, n=of, done=done)


def _taking_part(met: list[dict[Any, Any]], size: int, say: Words) -> Section:
    title = say(N_("Taking part"))
    if not met:
        return Section(title, (paragraph(say(N_("There was no resonance meeting in this period."))),))
    rows = [
        [
            say.day(one["held_on"]),
            joined(one["participants"], one["k"], say),
            str(size) if size >= one["k"] else "–",
        ]
        for one in met
    ]
    heads = [say(N_("Meeting")), say(N_("Took part")), say(N_("People in the team now"))]
    return Section(title, (table(heads, rows, numbers=True),))


def _waves(store: Store, unit: str, period: Period, say: Words) -> list[Section]:
    """How the team sees itself, in each wave that closed in this period."""
    closed = waves.closed_of(store, unit, period)
    return [
        replace(
            profile_section(one, say),
            title=in_language(one.script.title, say.language),
            note=_asked(one, say),
        )
        for one in profiles(store, closed, unit)
    ]


def _asked(profile: Profile, say: Words) -> str:
    """When, and how many told; of a small group not how many."""
    when = say(N_("Asked until {day}."), day=say.day(profile.wave.last_day))
    if profile.participants < profile.k:
        return when
    return f"{when} {say(N_('{n} people took part.'), n=profile.participants)}"


def _agreed_elsewhere(store: Store, reading: frames.Reading, unit: str, period: Period) -> list[Intervention]:
    """What the team agreed in this period in other meetings, such as a talk about a wave."""
    first, until = start_of_day(period.first), start_of_day(period.end)
    return [
        one
        for one in interventions.of_unit(store, unit)
        if one.session not in reading.sessions and first <= one.created_at < until
    ]


def _agreed(
    reading: frames.Reading,
    agreed: pd.DataFrame,
    elsewhere: list[Intervention],
    period: Period,
    script: Any,
    say: Words,
) -> Section:
    """What was agreed in this period, what earlier agreements did, and on what the team has still to look back."""
    new = {one["intervention"] for one in in_period(agreed, "held_on", period)}
    shown: list[Shown] = [
        paragraph(say(N_("Agreed in this period")), "bn-label"),
        agreements([*(one for one in reading.agreed if one.id in new), *elsewhere], say.language),
    ]
    if looked_back := in_period(agreed, "reviewed_on", period):
        shown += [paragraph(say(N_("What earlier agreements did")), "bn-label"), outcomes(looked_back, script, say)]
    today = min(local_time(now()).date(), period.end)
    recent = pd.Timestamp(today - timedelta(days=365))
    waiting = agreed[agreed["reviewed_in"].isna() & (agreed["review_on"] < pd.Timestamp(today))]
    open_ = [one for one in waiting.to_dict("records") if one["review_on"] >= recent]
    if open_:
        shown.append(paragraph(say(N_("Still to look back on")), "bn-label"))
        rows = [[one["text"], one["who"] or "–", say.day(one["review_on"])] for one in open_]
        shown.append(table([say(N_("What")), say(N_("Who")), say(N_("Looking back was on"))], rows))
    return Section(say(N_("Agreements and what they did")), tuple(shown))

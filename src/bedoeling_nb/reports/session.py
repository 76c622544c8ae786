"""What a session said and what it agreed: at its end on the screen, and afterwards as a report."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from babel.dates import format_date

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.community import local_time
from bedoeling_nb.errors import NotFound
from bedoeling_nb.figures import Figure, Listing, draw
from bedoeling_nb.instruments import AGREEMENTS, Step, in_language
from bedoeling_nb.store import Store, sessions
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.texts import N_, translate

__all__ = ["STYLE", "Part", "SessionReport", "find_session", "session_report"]

STYLE = Path(__file__).with_name("report.css")


@dataclass(frozen=True)
class Part:
    """One step: its title and question, how many people answered, and what they said."""

    title: str
    question: str
    people: str
    shown: tuple[Figure | Listing, ...]
    before: tuple[Intervention, ...] = ()
    """What was agreed last time, where the step looks back on it."""


@dataclass(frozen=True)
class SessionReport:
    """The report of one session; in a notebook or an app it shows itself."""

    title: str
    headline: str
    language: str
    agreed: tuple[Intervention, ...]
    parts: tuple[Part, ...]
    threshold: str

    def _repr_html_(self) -> str:
        parts = "".join(_part(part, self.language) for part in self.parts)
        agreed = _agreements(self.agreed, self.language)
        heading = html.escape(translate(N_("What we agreed"), self.language))
        return (
            f"<style>{STYLE.read_text(encoding='utf-8')}</style>"
            f'<article class="bn-report" lang="{self.language}">'
            f'<h1>{html.escape(self.title)}</h1><p class="bn-lead">{html.escape(self.headline)}</p>'
            f'<section class="bn-agreed"><h2>{heading}</h2>{agreed}</section>'
            f'{parts}<p class="bn-foot">{html.escape(self.threshold)}</p></article>'
        )


def find_session(store: Store, unit: str, code: str | None = None) -> Session:
    """The session with this code; without a code the unit's latest session that has ended.

    Raises NotFound when there is none.
    """
    if code:
        return sessions.by_code(store, code)
    for session in sessions.of_unit(store, unit):
        if sessions.state(store, session.id).ended:
            return session
    raise NotFound(N_("“{unit}” has no session that has ended. Give the code of a session."), unit=unit)


def session_report(store: Store, session: Session | str, language: str | None = None) -> SessionReport:
    """The report of a session (or the session with this code), in the reader's language, else in its own.

    Every number and text in it passed through privacy with the k of the session.
    """
    if isinstance(session, str):
        session = sessions.by_code(store, session)
    meeting = Meeting.load(store, session)
    language = language or session.language
    parts = [
        _part_of(meeting, step, language)
        for step in meeting.script.steps
        if step.items and not (step.for_each == AGREEMENTS and not meeting.previous)
    ]
    if meeting.previous and all(step.for_each != AGREEMENTS for step in meeting.script.steps):
        parts.insert(0, Part(translate(N_("Agreed last time"), language), "", "", (), tuple(meeting.previous)))
    threshold = translate(
        N_("No names stand with the answers. About fewer than {k} people nothing is shown."), language
    ).format(k=session.k)
    return SessionReport(
        title=f"{in_language(meeting.script.title, language)} – {meeting.unit_name}",
        headline=_headline(meeting, language),
        language=language,
        agreed=tuple(meeting.agreements),
        parts=tuple(parts),
        threshold=threshold,
    )


def _headline(meeting: Meeting, language: str) -> str:
    people = len({one.participant for one in meeting.submissions})
    start = local_time(meeting.session.created_at)
    met = translate(N_("{unit} met on {day} from {time}."), language)
    sentences = [met.format(unit=meeting.unit_name, day=_day(start, language, weekday=True), time=f"{start:%H:%M}")]
    if people == 1:
        sentences.append(translate(N_("One person took part."), language))
    else:
        sentences.append(translate(N_("{n} people took part."), language).format(n=people))
    match len(meeting.agreements):
        case 0:
            sentences.append(translate(N_("Nothing was agreed."), language))
        case 1:
            text = meeting.agreements[0].text.rstrip(".")
            sentences.append(translate(N_("Agreed: {text}."), language).format(text=text))
        case many:
            sentences.append(translate(N_("{n} things were agreed."), language).format(n=many))
    if not meeting.state.ended:
        sentences.append(translate(N_("The session is still going on."), language))
    return " ".join(sentences)


def _part_of(meeting: Meeting, step: Step, language: str) -> Part:
    people = meeting.participants(step)
    shown: tuple[Figure | Listing, ...] = ()
    if people:
        summaries = meeting.summaries(step)
        shown = tuple(draw(item, summaries[item.id], language) for item in meeting.items(step))
        told = translate(N_("{n} people answered"), language).format(n=people)
    else:
        told = translate(N_("Nobody answered anything in this step."), language)
    return Part(
        title=in_language(step.title, language),
        question=in_language(step.question, language),
        people="" if len(step.items) == 1 and people else told,
        shown=shown,
        before=tuple(meeting.previous) if step.for_each == AGREEMENTS else (),
    )


def _part(part: Part, language: str) -> str:
    lines = [f"<h2>{html.escape(part.title)}</h2>"]
    if part.question:
        lines.append(f'<p class="bn-question">{html.escape(part.question)}</p>')
    if part.people:
        lines.append(f'<p class="bn-note">{html.escape(part.people)}</p>')
    if part.before:
        lines.append(_agreements(part.before, language))
    lines += [one._repr_html_() for one in part.shown]
    return f"<section>{''.join(lines)}</section>"


def _agreements(agreed: Sequence[Intervention], language: str) -> str:
    if not agreed:
        return f"<p>{html.escape(translate(N_('Nothing was agreed.'), language))}</p>"
    heads = [translate(head, language) for head in (N_("What"), N_("Who"), N_("Done by"), N_("We look back on"))]
    columns = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(one.text)}</th><td class="bn-wrap">{html.escape(one.who)}</td>'
        f"<td>{_day(one.due_on, language)}</td><td>{_day(one.review_on, language)}</td></tr>"
        for one in agreed
    )
    return f'<table class="bn-table"><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>'


def _day(day: date | datetime, language: str, *, weekday: bool = False) -> str:
    pattern = "EEEE d MMMM y" if weekday else "d MMM y"
    return str(format_date(day, pattern, locale=language))

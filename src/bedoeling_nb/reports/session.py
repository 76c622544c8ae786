"""What a session said and what it agreed: at its end on the screen, and afterwards as a report."""

from __future__ import annotations

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.community import local_time, now
from bedoeling_nb.errors import NotFound
from bedoeling_nb.figures import draw
from bedoeling_nb.instruments import AGREEMENTS, Step, Summary, in_language
from bedoeling_nb.reports.sections import Page, Section, Shown, Words, agreements, day
from bedoeling_nb.store import Store, sessions
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.texts import N_

__all__ = ["find_session", "session_report"]


def find_session(store: Store, unit: str, code: str | None = None) -> Session:
    """The session with this code; without a code the unit's latest session that has ended.

    Raises NotFound when there is none.
    """
    if code:
        return sessions.by_code(store, code)
    for session in sessions.of_unit(store, unit):
        if sessions.state(store, session.id).over(now()):
            return session
    raise NotFound(N_("“{unit}” has no session that has ended. Give the code of a session."), unit=unit)


def session_report(store: Store, session: Session | str, language: str | None = None) -> Page:
    """The report of a session (or the session with this code), in the reader's language, else in its own.

    Every number and text in it passed through privacy with the k of the session.
    """
    # As it is kept now: one that was made ready on an earlier day is held on that of its first step.
    session = sessions.by_code(store, session if isinstance(session, str) else session.code)
    meeting = Meeting.load(store, session)
    say = Words(language or session.language)
    people = len({one.participant for one in meeting.submissions})
    asked = [one for one in meeting.script.steps if one.items] if people >= session.k else []  # else all say "too few"
    steps = [_section(meeting, one, say) for one in asked if one.for_each != AGREEMENTS or meeting.previous]
    if meeting.previous and all(one.for_each != AGREEMENTS for one in asked):
        steps.insert(0, Section(say(N_("Agreed last time")), (agreements(meeting.previous, say.language),)))
    agreed = Section(say(N_("What we agreed")), (agreements(meeting.agreements, say.language),))
    return Page(
        title=f"{in_language(meeting.script.title, say.language)} – {meeting.unit_name}",
        headline=_headline(meeting, people, say),
        language=say.language,
        sections=(agreed, *steps),
        foot=say(N_("No names stand with the answers. About fewer than {k} people nothing is shown."), k=session.k),
    )


def _headline(meeting: Meeting, people: int, say: Words) -> str:
    start = local_time(meeting.session.created_at)
    met = N_("{unit} met on {day} from {time}.")
    when = day(start, say.language, weekday=True)
    sentences = [say(met, unit=meeting.unit_name, day=when, time=f"{start:%H:%M}")]
    few = people < meeting.session.k
    took_part = N_("Too few people took part to show answers.") if few else N_("{n} people took part.")
    sentences.append(say(took_part, n=people))
    match len(meeting.agreements):
        case 0:
            sentences.append(say(N_("Nothing was agreed.")))
        case 1:
            sentences.append(say(N_("Agreed: {text}."), text=meeting.agreements[0].text.rstrip(".")))
        case many:
            sentences.append(say(N_("{n} things were agreed."), n=many))
    if not meeting.state.over(now()):
        sentences.append(say(N_("The session is still going on.")))
    elif not meeting.state.ended and not meeting.state.own_pace:
        sentences.append(say(N_("Nobody ended the session; it ended by itself in the night.")))
    return " ".join(sentences)


def _section(meeting: Meeting, step: Step, say: Words) -> Section:
    people = meeting.participants(step)
    shown: list[Shown] = [agreements(meeting.previous, say.language)] if step.for_each == AGREEMENTS else []
    told = ""
    if not people:
        told = say(N_("Nobody answered anything in this step."))
    elif people < meeting.session.k:
        told = say(N_("Too few people answered to show this."))
    else:
        summaries = meeting.summaries(step)
        shown += [draw(item, _without_small_numbers(summaries[item.id]), say.language) for item in meeting.items(step)]
    return Section(
        title=in_language(step.title, say.language),
        question=in_language(step.question, say.language),
        note=told,
        shown=tuple(shown),
    )


def _without_small_numbers(summary: Summary) -> Summary:
    """The board says how many are still needed; a report says of a small group nothing, also not how small it is."""
    if summary.get("withheld"):
        return {"withheld": True}
    if "entries" not in summary:
        return summary
    entries = [one | {"summary": _without_small_numbers(one["summary"])} for one in summary["entries"]]
    return summary | {"entries": entries}

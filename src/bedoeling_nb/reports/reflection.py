"""A team's results of a wave, for the team: its profile, where it differs, what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from babel.lists import format_list

from bedoeling_nb.analysis.agreement import ItemAgreement, item_agreements
from bedoeling_nb.analysis.differences import clear
from bedoeling_nb.analysis.reflection import Profile, Reflection, ScaleResult
from bedoeling_nb.analysis.rollup import Total
from bedoeling_nb.figures import draw
from bedoeling_nb.figures.profile import draw_profile
from bedoeling_nb.instruments import Instrument, Item, in_language
from bedoeling_nb.privacy.threshold import TEXT_K
from bedoeling_nb.reports.sections import Page, Section, Shown, Words, beside, heading, paragraph, table
from bedoeling_nb.texts import N_

__all__ = ["high_and_low", "listed", "profile_section", "reflection_page"]

MOST = 3
"""Statements on which people agree, or differ, that are named."""

CLOSE = 0.2
"""Scales that are no further apart than this, as shown, lie close together: none of them is the highest."""

Of = TypeVar("Of")


def reflection_page(reflection: Reflection, language: str = "nl") -> Page:
    """What the team reads together. Every number is about at least k people, every text from at least eight."""
    say, meeting = Words(language), reflection.meeting
    sections = [profile_section(reflection, say), *_agreement(reflection, say)]
    few = reflection.participants < reflection.k
    for step in meeting.script.steps if not few else ():
        summaries = meeting.summaries(step)
        shown: list[Shown] = []
        for together in _alike(meeting.items(step)):
            first = together[0]
            if len(together) > 1:
                entries = [
                    {"id": one.id, "text": _statement(one, meeting.script, say), "summary": summaries[one.id]}
                    for one in together
                ]
                people = {"n": reflection.participants, "entries": entries}
                titled = first.model_copy(update={"text": say(N_("What each of us answered"))})
                shown.append(draw(titled, people, language))
            elif not (first.is_text and summaries[first.id]["n"] < max(TEXT_K, reflection.k)):
                titled = first.model_copy(update={"text": _statement(first, meeting.script, say)})
                shown.append(draw(titled, summaries[first.id], language))
        if shown:
            sections.append(Section(in_language(step.title, language), tuple(shown)))
    return Page(
        title=f"{in_language(meeting.script.title, language)} – {meeting.unit_name}",
        headline=_headline(reflection, say),
        language=language,
        sections=tuple(sections),
        foot=say(
            N_("About fewer than {k} people nothing is shown, and of texts nothing of fewer than {texts}."),
            k=reflection.k,
            texts=max(TEXT_K, reflection.k),
        ),
    )


def _agreement(reflection: Reflection, say: Words) -> Iterator[Section]:
    """What people agree on most, and least: where a talk can begin."""
    meeting = reflection.meeting
    found = item_agreements(meeting.script, meeting.submissions, reflection.k)
    if len(found) < 2:
        return
    agree = [one for one in found if one.agrees][:MOST]
    differ = [one for one in reversed(found) if not one.agrees][:MOST]
    heads = [say(N_("Statement")), say(N_("Average")), say(N_("Apart"))]

    def column(title: str, some: list[ItemAgreement], nothing: str) -> list[Shown]:
        rows = [
            [_statement(one.item, meeting.script, say), say.number(one.mean), say.number(one.apart)] for one in some
        ]
        return [heading(say(title)), table(heads, rows, numbers=True) if rows else paragraph(say(nothing))]

    yield Section(
        say(N_("Where we agree, and where we differ")),
        (
            beside(
                column(N_("Here we differ"), differ, N_("On no statement we differ much.")),
                column(N_("Here we agree"), agree, N_("On no statement we agree much.")),
            ),
        ),
        say(
            N_(
                "How far answers are from their average, in steps: 0 when all say the same. Up to a sixth of the "
                "number of answers we call it agreeing (Burke & Dunlap 2002)."
            )
        ),
    )


def _statement(item: Item, script: Instrument, say: Words) -> str:
    """Its text, and of a statement that is scored the other way round that disagreeing is what one hopes for."""
    text = in_language(item.text, say.language)
    paths = {path for scale in script.scales for path in scale.reversed}
    turned = any(f"{step.id}.{one.id}" in paths for step in script.steps for one in step.items if one == item)
    return f"{text} {say(N_('(here disagreeing is good)'))}" if turned else text


def _alike(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Items that follow each other and have the same answers are one picture."""

    def answers(item: Item) -> object:
        return (item.kind, getattr(item, "labels", None)) if item.kind == "likert" else item.id

    for _, together in groupby(items, key=answers):
        yield list(together)


def profile_section(profile: Profile, say: Words) -> Section:
    """The scales in one picture."""
    title = say(N_("How we see ourselves"))
    if profile.participants < profile.k:
        return Section(title, (paragraph(say(N_("Too few people took part to show answers.")), "bn-withheld"),))
    if not profile.scales:
        return Section(
            title,
            (
                paragraph(
                    say(N_("This questionnaire has no scales.")),
                ),
            ),
        )
    step, name = profile.scales[0].scale.items[0].split(".")
    item: Item = profile.script.step(step).item(name)
    labels = [in_language(label, say.language) for label in getattr(item, "labels", ("", ""))]
    return Section(title, (draw_profile(profile.scales, labels[0], labels[-1], say.language),))


def high_and_low(known: Sequence[ScaleResult | Total], say: Words) -> list[str]:
    """What stands out among scales that are shown, or that nothing does; nothing of fewer than two."""

    def mean(one: ScaleResult | Total) -> float:
        return one.mean or 0

    def names(some: Sequence[ScaleResult | Total]) -> str:
        return listed([in_language(one.scale.title, say.language) for one in some], say)

    if len(known) > 1 and _apart(known, mean) <= CLOSE:
        return [say(N_("The themes lie close together."))]
    best, least = _standing_out(known, mean), _standing_out(known, lambda one: -mean(one))
    high = [say(N_("Highest: {best}."), best=names(best))] if best else []
    return [*high, say(N_("Lowest: {least}."), least=names(least))] if least else high


def listed(names: Sequence[str], say: Words) -> str:
    """Names as people list them: "A, B en C"."""
    return str(format_list(list(names), locale=say.language))


def _standing_out(some: Sequence[Of], value: Callable[[Of], float]) -> list[Of]:
    """The one with the highest value, or two that are as high or nearly; of more, none stands out."""
    if len(some) < 2 or _apart(some, value) <= CLOSE:
        return []
    most = max(map(value, some))
    top = [one for one in some if round(round(most, 1) - round(value(one), 1), 1) <= CLOSE / 2]
    return top if len(top) <= 2 else []


def _apart(some: Sequence[Of], value: Callable[[Of], float]) -> float:
    """How far the highest and the lowest are apart, as they are shown."""
    values = [round(value(one), 1) for one in some]
    return round(max(values) - min(values), 1)


def _headline(reflection: Reflection, say: Words) -> str:
    if reflection.participants < reflection.k:
        return say(N_("Too few people took part to show answers."))
    of_all = reflection.people >= reflection.participants
    took = N_("{n} of {size} people took part.") if of_all else N_("{n} people took part.")
    if reflection.people == reflection.participants:
        took = N_("All {n} people took part.")
    sentences = [say(took, n=reflection.participants, size=reflection.people)]
    known = reflection.known

    def name(one: ScaleResult) -> str:
        return in_language(one.scale.title, say.language)

    sentences += high_and_low(known, say)
    if differ := _standing_out(known, lambda one: one.spread or 0):
        sentences.append(say(N_("You differ most about {scale}."), scale=listed([name(one) for one in differ], say)))
    changes = {name(one): one.change for one in known if one.change is not None}
    # Of many scales one changes by chance: that is taken into account (Holm), as in the report of all teams.
    moved = {one: changes[one].estimate or 0 for one in clear(changes)}
    up, down = ([one for one, by in moved.items() if by * sign > 0] for sign in (1, -1))
    if up:
        sentences.append(say(N_("Clearly up since last time: {scales}."), scales=", ".join(up)))
    if down:
        sentences.append(say(N_("Clearly down since last time: {scales}."), scales=", ".join(down)))
    if any(one.low is not None for one in changes.values()) and not up and not down:
        sentences.append(say(N_("Since last time nothing changed more than chance easily gives.")))
    return " ".join(sentences)

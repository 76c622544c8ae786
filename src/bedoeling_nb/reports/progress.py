"""What the reports of teams and of the units above them share: how it goes, what was agreed, which course is set."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from bedoeling_nb.analysis import trends
from bedoeling_nb.analysis.frames import Reading
from bedoeling_nb.analysis.steering import change
from bedoeling_nb.community import PROMISES, Period, Promise, Unit, local_time, now
from bedoeling_nb.figures.cloud import draw_cloud
from bedoeling_nb.figures.drawing import mark, whole_parts
from bedoeling_nb.figures.trends import between, draw_balance, draw_scales, draw_shares
from bedoeling_nb.instruments import Instrument, find, in_language
from bedoeling_nb.instruments.kinds.triad import Triad
from bedoeling_nb.privacy import TEXT_K
from bedoeling_nb.reports import catalogue
from bedoeling_nb.reports.sections import Block, Section, Shown, Words, beside, heading, paragraph, said, table
from bedoeling_nb.store.courses import Course
from bedoeling_nb.texts import N_

__all__ = [
    "PERIODS",
    "Progress",
    "checked",
    "course_section",
    "foot",
    "goals",
    "help_section",
    "in_period",
    "joined",
    "outcomes",
    "promised",
    "script_of",
]

PERIODS = 6
"""How far back the pictures look."""

NOTABLE = 0.10
"""So much of all attention must have moved before the headline says so."""


def checked(report: str, unit: Unit, period: Period | str) -> Period:
    """The period, when the report is about this unit and the period has begun. Raises BadRequest."""
    if isinstance(period, str):
        period = Period.parse(period)
    catalogue.find(report).check(unit, period)
    catalogue.refuse_future(period)
    return period


def script_of(reading: Reading) -> Instrument:
    """The newest version of the script that was used, or the catalogue's."""
    return reading.scripts[max(reading.scripts)] if reading.scripts else find("resonance")


@dataclass(frozen=True)
class Progress:
    """How the promises and the feelings of one place moved, from tables of `analysis.trends` about it alone."""

    place: str
    script: Instrument
    period: Period
    balance: pd.DataFrame
    scales: pd.DataFrame
    people: pd.DataFrame
    """Where each person stood in the period itself, as `trends.people`."""
    say: Words

    @property
    def per(self) -> str:
        """The name of the column with periods."""
        return self.period.kind

    @classmethod
    def of(
        cls,
        place: str,
        script: Instrument,
        period: Period,
        answers: pd.DataFrame,
        held: pd.DataFrame,
        say: Words,
    ) -> Progress:
        """From the answers of one place, of which all rows may be counted together, and the sessions it held.

        A period with a session but without answers that may be counted is withheld.
        """
        first = pd.Timestamp(period.shifted(1 - PERIODS).first)
        answers, held = (frame[(frame["held_on"] >= first).to_numpy()] for frame in (answers, held))
        answers = answers.assign(unit=place)
        met = sorted(set(trends.periods(held, period.kind)))
        balance, scales = trends.balance(answers, per=period.kind), trends.scales(answers, per=period.kind)
        return cls(
            place,
            script,
            period,
            _withheld(balance, [{"unit": place, period.kind: one} for one in met]),
            _withheld(
                scales,
                [{"unit": place, period.kind: one, "item": item} for one in met for item in scales["item"].unique()],
            ),
            trends.people(answers, period),
            say,
        )

    def changes(self) -> list[str]:
        """What moved in this period, in sentences for the headline; also that there are too few answers."""
        return [one for one in (self._attention(), self._feeling()) if one]

    def _attention(self) -> str:
        known = self.balance[~self.balance["withheld"]].sort_values(self.per).to_dict("records")
        if not known or known[-1][self.per] != self.period.id:
            return ""
        shares = {one.key: float(known[-1][one.key]) for one in PROMISES}
        parts = dict(zip(shares, whole_parts(list(shares.values())), strict=True))
        if len(known) > 1:
            before = {one.key: float(known[-2][one.key]) for one in PROMISES}
            moved = max(PROMISES, key=lambda one: abs(shares[one.key] - before[one.key]))
            then = dict(zip(before, whole_parts(list(before.values())), strict=True))
            difference = shares[moved.key] - before[moved.key]
            if abs(difference) >= NOTABLE:
                more = N_("More attention went to {promise}: {now} %, against {then} % in {before}.")
                less = N_("Less attention went to {promise}: {now} %, against {then} % in {before}.")
                return self.say(
                    more if difference > 0 else less,
                    promise=self._name(moved.key),
                    now=parts[moved.key],
                    then=then[moved.key],
                    before=self._period(known[-2][self.per]),
                )
            same = N_("Attention to the three promises stayed about as it was in {before}.")
            return self.say(same, before=self._period(known[-2][self.per]))
        most = max(shares, key=lambda key: shares[key])
        return self.say(N_("Most attention went to {promise} ({now} %)."), promise=self._name(most), now=parts[most])

    def _feeling(self) -> str:
        found = change(self.scales, "voelen.energy", self.period.id, self.per)
        if found is None:
            return ""
        before, moved = found
        values = {
            "before": self._period(before),
            "then": self.say.number(moved.before),
            "now": self.say.number(moved.after),
        }
        if values["then"] == values["now"]:
            return self.say(N_("Energy was {now}, as in {before}."), **values)
        if not moved.clear:
            return self.say(N_("Energy was {now}; in {before} it was {then}. That difference may be chance."), **values)
        if moved.after > moved.before:
            return self.say(N_("Energy rose from {then} in {before} to {now}."), **values)
        return self.say(N_("Energy fell from {then} in {before} to {now}."), **values)

    def sections(self) -> list[Section]:
        """The promises and the feelings over time, in pictures."""
        triad = self.script.step("zien").item("promise")
        shown: tuple[Shown, ...] = (paragraph(self.say(N_("There are no answers yet.")), "bn-withheld"),)
        if isinstance(triad, Triad) and len(self.balance):
            shown = (draw_shares(self.balance, triad, self.place, self.say.language),)
            if (~self.balance["withheld"]).sum() > 1:
                shown += (draw_balance(self.balance, triad, self.place, self.say.language),)
            if len(self.people) >= TEXT_K:  # a dot is somebody's, as a text is
                title = self.say(N_("Where everybody stood in {period}"), period=self._period(self.period.id))
                shown += (draw_cloud(self.people, triad, title, self.say.language),)
        promises = Section(self.say(N_("The three promises")), shown, self.say(N_("What was our attention on?")))
        if not len(self.scales):
            return [promises]
        feelings = draw_scales(self.scales, self.script, self.place, self.say.language)
        return [promises, Section(self.say(N_("How we feel")), (feelings,), self.say(N_("Here and now, each time.")))]

    def numbers(self) -> Section:
        """The same in a table: a row for each promise and scale, a column for each period."""
        say, few = self.say, self.say(N_("too few"))
        scales = {(one["item"], one[self.per]): one for one in self.scales.to_dict("records")}
        shares = {one[self.per]: one for one in self.balance.to_dict("records")}
        columns = between([*shares, *(one for _, one in scales)])
        parts = {
            period: dict(zip(PROMISES, whole_parts([float(one[promise.key]) for promise in PROMISES]), strict=True))
            for period, one in shares.items()
            if not one["withheld"]
        }
        rows = [
            [
                self._name(promise.key),
                *(f"{parts[one][promise]} %" if one in parts else few if one in shares else "–" for one in columns),
            ]
            for promise in PROMISES
            if shares
        ]
        asked = {path for path, _ in scales}
        for path in (one for one in trends.SCALES if one in asked):
            step, item = path.split(".")
            row = [_short(in_language(self.script.step(step).item(item).text, say.language), item, say)]
            for period in columns:
                one = scales.get((path, period))
                row.append("–" if one is None else few if one["withheld"] else self._shown(path, float(one["mean"])))
            rows.append(row)
        heads = [say(N_("Measure")), *(Period.parse(one).short(say.language) for one in columns)]
        body = table(heads, rows, numbers=True) if rows else paragraph(say(N_("There are no answers yet.")))
        return Section(say(N_("The numbers")), (body,))

    def _shown(self, path: str, value: float) -> str:
        return f"{round(100 * value)} %" if path == "voelen.lead" else self.say.number(value)

    def _name(self, promise: str) -> str:
        return next(str(getattr(one, self.say.language)) for one in PROMISES if one.key == promise)

    def _period(self, period: str) -> str:
        return Period.parse(period).in_words(self.say.language)


def _withheld(table: pd.DataFrame, cells: Sequence[dict[str, str]]) -> pd.DataFrame:
    """The table with a withheld row for each of these cells that it lacks."""
    keys = list(cells[0]) if cells else []
    there = set(zip(*(table[key] for key in keys), strict=True)) if keys else set()
    lacking = [one | {"withheld": True} for one in cells if tuple(one.values()) not in there]
    rows = pd.DataFrame(lacking, columns=table.columns).astype(table.dtypes)
    return pd.concat([table, rows]).sort_values(keys, ignore_index=True) if lacking else table


def _short(question: str, item: str, say: Words) -> str:
    names = {
        "energy": say(N_("Energy (0–10)")),
        "safety": say(N_("Safety (0–10)")),
        "lead": say(N_("Organising")),
    }
    return names.get(item, question)


def outcomes(found: Sequence[dict[Any, Any]], script: Instrument, say: Words, *, with_unit: bool = False) -> Shown:
    """What agreements did, as the sessions that looked back on them said: rows of `frames.interventions`."""
    few = say(N_("too few answers"))
    effect = script.step("terugblik").item("effect")
    labels = [in_language(label, say.language) for label in getattr(effect, "labels", ())]
    rows = []
    for one in found:
        done, did = one["done_share"], one["mean_effect"]
        told = few if pd.isna(done) else say(N_("{n} percent says yes"), n=round(100 * done))
        if pd.isna(did):
            word = few
        else:
            sign = "+" if round(did, 1) > 0 else ""
            word = f"{sign}{say.number(did)} ({labels[round(did) + 2]})"
        rows.append([one["text"], *([one["unit_name"]] if with_unit else []), told, word])
    heads = [say(N_("What")), *([say(N_("Who"))] if with_unit else []), say(N_("Done?")), say(N_("What did it do?"))]
    return table(heads, rows)


def joined(participants: int, k: int, say: Words) -> str:
    """How many people took part, unless they are too few."""
    return say(N_("{n} people"), n=participants) if participants >= k else say(N_("too few answers"))


def course_section(title: str, course: Course | None, until: date, say: Words, nothing: str) -> Section:
    """A unit's own course, or the sentence that there is none."""
    if course is None:
        return Section(title, (paragraph(nothing),))
    today = min(local_time(now()).date(), until)
    line = N_("We look at our course again on {day}.")
    if course.review_on < today:
        line = N_("We wanted to look at our course again on {day}. That day has passed.")
    return Section(title, (goals(course, say), paragraph(say(line, day=say.day(course.review_on)))))


def goals(course: Course, say: Words) -> Shown:
    """The goals of a course, a card for each promise."""
    cards = ""
    for promise in PROMISES:
        goal = course.goals.get(promise.key)
        if goal is None:
            continue
        color, _ = mark(promise.key)
        more = "".join(
            f"<dt>{html.escape(say(head))}</dt><dd>{html.escape(text)}</dd>"
            for head, text in ((N_("How we notice"), goal.sign), (N_("Who"), goal.who))
            if text
        )
        cards += (
            f'<div class="bn-goal" style="border-color:{color}">{promised(promise, say)._repr_html_()}'
            f"<p>{html.escape(goal.goal)}</p>{f'<dl>{more}</dl>' if more else ''}</div>"
        )
    return Block(f'<div class="bn-goals">{cards}</div>')


def promised(promise: Promise, say: Words) -> Block:
    """A promise as a heading, in its colour and with its sign."""
    color, sign = mark(promise.key)
    return heading(f"{sign} {getattr(promise, say.language)}", color)


def help_section(title: str, told: Sequence[tuple[Course, str]], ask: str, offer: str, say: Words) -> Section:
    """What is asked of others, and beside it what is offered: of courses, each with the name to show beside its texts.

    Who says the same stands with the same text.
    """
    columns: list[list[Shown]] = []
    for head, which in ((ask, "asks"), (offer, "offers")):
        names: dict[str, list[str]] = {}
        for course, name in told:
            for text in getattr(course, which):
                names.setdefault(text, []).append(name)
        texts = {text: [", ".join(who)] if any(who) else [] for text, who in names.items()}
        columns.append([heading(say(head)), said(texts) if texts else paragraph(say(N_("Nothing now.")))])
    return Section(title, (beside(*columns),))


def in_period(table: pd.DataFrame, column: str, period: Period) -> list[dict[Any, Any]]:
    """The rows of which the day in this column falls in the period."""
    days = table[column]
    inside = (days >= pd.Timestamp(period.first)) & (days < pd.Timestamp(period.end))
    return table[inside.to_numpy(dtype="bool", na_value=False)].to_dict("records")


def foot(period: Period, k: int, say: Words) -> str:
    """What is withheld, and until when this is."""
    parts = [say(N_("No names stand with the answers. About fewer than {k} people nothing is shown."), k=k)]
    today = local_time(now()).date()
    if today < period.end:
        parts.append(say(N_("This period is not over: this is what there is until {day}."), day=say.day(today)))
    else:
        parts.append(say(N_("As it was at the end of {period}."), period=period.in_words(say.language)))
    return " ".join(parts)

"""What the reports of teams and of the units above them share: how it goes, what was agreed, which course is set."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from bedoeling_nb.analysis import trends
from bedoeling_nb.analysis.frames import Reading
from bedoeling_nb.analysis.promises import Balance, balance, shift
from bedoeling_nb.analysis.rollup import ENOUGH
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
    dots: pd.DataFrame
    """Where each person (or, of several teams, each part) stood in the period itself: a column for each promise."""
    middle: Balance
    moved_since: Callable[[Period], bool]
    """Whether attention moved by more than chance since an earlier period."""
    together: bool
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
        *,
        together: bool = False,
    ) -> Progress:
        """From the answers of one place, of which all rows may be counted together, and the sessions it held.

        ``together`` says that they are of several teams.
        A period with a session but without answers that may be counted is withheld.
        """
        first = pd.Timestamp(period.shifted(1 - PERIODS).first)
        answers, held = (frame[(frame["held_on"] >= first).to_numpy()] for frame in (answers, held))
        dots, middle = _dots(answers, period, together=together)
        own = answers.assign(unit=place)
        met = sorted(set(trends.periods(held, period.kind)))
        balance, scales = trends.balance(own, per=period.kind), trends.scales(own, per=period.kind)

        def moved_since(before: Period) -> bool:
            then, now = (_points(answers, one, together=together) for one in (before, period))
            return (shift(then, now).low or 0) > 0

        return cls(
            place,
            script,
            period,
            _withheld(balance, [{"unit": place, period.kind: one} for one in met]),
            _withheld(
                scales,
                [{"unit": place, period.kind: one, "item": item} for one in met for item in scales["item"].unique()],
            ),
            dots,
            middle,
            moved_since,
            together,
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
        ways = sorted(shares, key=lambda key: -shares[key])
        if shares[ways[0]] - shares[ways[-1]] < NOTABLE and self.middle.balanced is not False:
            stands = self.say(N_("It is in balance: each promise gets about as much."))
        else:
            stands = self.say(
                N_("Most attention goes to {most} ({high} %), least to {least} ({low} %)."),
                most=self._name(ways[0]),
                high=parts[ways[0]],
                least=self._name(ways[-1]),
                low=parts[ways[-1]],
            )
        if len(known) > 1:
            return f"{self._moved(known, shares, parts)} {stands}"
        return self.say(
            N_("Most attention went to {promise} ({now} %)."), promise=self._name(ways[0]), now=parts[ways[0]]
        )

    def _moved(self, known: list[dict[Any, Any]], shares: dict[str, float], parts: dict[str, int]) -> str:
        """How attention moved since the first period that is shown, or else since the one before."""
        far, by_far = _furthest(known[0], shares)
        near, by_near = _furthest(known[-2], shares)
        if abs(by_far) >= NOTABLE and abs(by_far) > abs(by_near):
            told = N_("Since {before} attention to {promise} went from {then} to {now} %.")
            moved, then = far, known[0]
        elif abs(by_near) >= NOTABLE:
            told = N_("More attention went to {promise}: {now} %, against {then} % in {before}.")
            if by_near < 0:
                told = N_("Less attention went to {promise}: {now} %, against {then} % in {before}.")
            moved, then = near, known[-2]
        else:
            same = N_("Attention to the three promises stayed about as it was in {before}.")
            return self.say(same, before=self._period(known[-2][self.per]))
        were = dict(zip(shares, whole_parts([float(then[key]) for key in shares]), strict=True))
        sentence = self.say(
            told,
            promise=self._name(moved),
            now=parts[moved],
            then=were[moved],
            before=self._period(then[self.per]),
        )
        clear = self.moved_since(Period.parse(then[self.per]))
        return sentence if clear else f"{sentence} {self.say(N_('That difference may be chance.'))}"

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
            if len(self.dots):
                title = self.say(N_("Where everybody stood in {period}"), period=self._period(self.period.id))
                shown += (draw_cloud(self.dots, self.middle, triad, title, self.say.language, parts=self.together),)
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


def _furthest(then: dict[Any, Any], shares: dict[str, float]) -> tuple[str, float]:
    """The promise whose share differs most from what it was, and by how much."""
    moved = {key: share - float(then[key]) for key, share in shares.items()}
    return max(moved.items(), key=lambda one: abs(one[1]))


def _dots(answers: pd.DataFrame, period: Period, *, together: bool) -> tuple[pd.DataFrame, Balance]:
    """What stands in the cloud of a period, and its middle; empty when there is too little to show.

    Of a team its people in one meeting, and no fewer than for texts: a dot is somebody's.
    Of several teams only parts, which are shown in reports of their own: whoever knows the dots of one team could take
    these away. The region around the middle is that of teams, since people answer as teams, and of no fewer than
    `ENOUGH` of them: of three teams it would tell who knows one the other two.
    """
    points = _points(answers, period, together=together)
    middle = balance(points)
    if not together:
        return points if len(points) >= TEXT_K else points.iloc[:0], middle
    parts = _middles(answers, "part", period)
    if len(points) < ENOUGH:
        middle = replace(middle, region=None, balanced=None)
    return parts if len(parts) > 1 else parts.iloc[:0], middle


def _points(answers: pd.DataFrame, period: Period, *, together: bool) -> pd.DataFrame:
    """What a middle is the middle of: people in one meeting, or teams, since people answer as teams."""
    return _middles(answers, "unit", period) if together else trends.people(answers, period)


def _middles(answers: pd.DataFrame, by: trends.Group, period: Period) -> pd.DataFrame:
    """Where each group stood that may be shown, a column for each promise."""
    table = trends.balance(answers, by=by, per=period.kind)
    table = table[(table[period.kind] == period.id).to_numpy() & ~table["withheld"].to_numpy()]
    found: pd.DataFrame = table[[promise.key for promise in PROMISES]].astype("float64").reset_index(drop=True)
    return found


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
        if pd.isna(done):
            told = few
        elif done in (0, 1):
            told = say(N_("everybody says yes") if done else N_("nobody says yes"))
        else:
            told = say(N_("{n} percent says yes"), n=round(100 * done))
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

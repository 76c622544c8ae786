"""Earlier resonance meetings of the made-up organisation, as the script asks and as phones would have sent them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bedoeling_nb.community import PROMISES, Person, Unit
from bedoeling_nb.instruments import NOT_APPLICABLE, Choosable, Instrument, Option, Step, find
from bedoeling_nb.privacy import text_name
from bedoeling_nb.sample.dice import Dice
from bedoeling_nb.sample.organisation import DEMO_UNIT, kinds
from bedoeling_nb.sample.phrases import Kind, Line, Season, Theme, phrases, said
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import CODE_ALPHABET, Event, Session
from bedoeling_nb.store.submissions import Submission

__all__ = ["QUARTERS", "Meetings"]

QUARTERS: tuple[tuple[str, date, date], ...] = (
    ("2025-Q4", date(2025, 10, 6), date(2025, 12, 12)),
    ("2026-Q1", date(2026, 1, 12), date(2026, 3, 20)),
    ("2026-Q2", date(2026, 4, 7), date(2026, 6, 19)),
    ("2026-Q3", date(2026, 7, 6), date(2026, 9, 18)),
)
"""Name, first and last day on which there were meetings."""

_HOLIDAYS = {date(2026, 4, 27), date(2026, 5, 5), date(2026, 5, 14), date(2026, 5, 15), date(2026, 5, 25)}
_SEASON = (0.0, -0.35, 0.15, 0.1)  # what a quarter does to everybody's energy: in winter many are ill
_STARTS = (time(9, 30), time(10), time(11), time(13), time(13, 30), time(14, 30), time(15))
_KEYS = tuple(promise.key for promise in PROMISES)


@dataclass
class Meetings:
    """All rows about meetings; `hold` adds those of the whole organisation."""

    seed: int
    script: Instrument = field(default_factory=lambda: find("resonance"))
    sessions: list[Session] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    interventions: list[Intervention] = field(default_factory=list)

    def hold(self, units: Sequence[Unit], people: Sequence[Person]) -> None:
        """Four quarters of meetings, in order of time."""
        staff = Counter(person.unit for person in people)
        below = Counter(unit.parent for unit in units)
        planned = self._planned(units)
        kind_of = kinds()
        held: list[_Meeting] = []
        for unit in units:
            # A meeting above the teams is of its own staff and one from each unit below.
            invited = staff[unit.id] + (0 if unit.level == "team" else below[unit.id])
            place = _Place(unit, kind_of[unit.id], invited, Dice(self.seed, "place", unit.id))
            for quarter in planned[unit.id]:
                meeting = _Meeting(self, place, quarter)
                meeting.hold()
                held.append(meeting)
        for meeting in sorted(held, key=lambda one: one.session.created_at):
            self.sessions.append(meeting.session)
            self.events += meeting.events
            self.submissions += meeting.submissions
            self.interventions += meeting.interventions

    def _planned(self, units: Sequence[Unit]) -> dict[str, list[int]]:
        """Unit to the quarters in which it met. Some teams met each quarter, some now and then, some never."""
        dice = Dice(self.seed, "planned")
        planned = {}
        teams = [DEMO_UNIT, *dice.shuffled([u.id for u in units if u.level == "team" and u.id != DEMO_UNIT])]
        for i, team in enumerate(teams):
            times = 4 if i < 24 else 3 if i < 36 else 2 if i < 46 else 0
            planned[team] = sorted(dice.shuffled(range(len(QUARTERS)))[:times])
        for unit in units:
            if unit.level != "team":
                planned[unit.id] = {"organisation": [0, 1, 2, 3], "region": [0, 2]}.get(
                    unit.level, [dice.whole(0, 1), 3]
                )
        return planned


@dataclass
class _Agreed:
    """An agreement and what became of it, which the next meeting tells."""

    intervention: Intervention
    theme: Theme
    done: str
    effect: float


@dataclass
class _Text:
    """A text that somebody gave."""

    id: str
    text: str
    person: str
    theme: Theme | None
    good: bool
    at: datetime
    into: str | None = None
    hidden: bool = False


class _Place:
    """A unit and how it is doing: what lasts from one meeting to the next."""

    def __init__(self, unit: Unit, kind: Kind, invited: int, dice: Dice) -> None:
        self.unit, self.kind, self.invited, self.dice = unit, kind, invited, dice
        self.energy = dice.normal(6.0, 1.1)
        self.safety = dice.normal(6.6, 0.9)
        self.start = dice.pick(_STARTS)
        # In a year attention moves, in most units from the organisation's own affairs towards people's lives.
        self._from = [dice.between(0.4, 1.4), dice.between(0.4, 1.6), dice.between(0.8, 2.2)]
        self._to = [dice.between(0.8, 2.2), dice.between(0.4, 1.6), dice.between(0.4, 1.2)]
        self.agreed: list[_Agreed] = []
        self.last_theme: Theme | None = None
        self.said: Counter[Line] = Counter()
        self.is_team = unit.level == "team"
        if unit.id == DEMO_UNIT:  # a team that had a hard autumn and finds its way
            self.energy, self.safety = 4.8, 6.0
            self._from, self._to = [0.6, 0.9, 2.0], [1.9, 1.2, 0.8]

    def attention(self, quarter: int) -> list[float]:
        """How much attention goes to each promise in this quarter."""
        share = quarter / (len(QUARTERS) - 1)
        return [a + (b - a) * share for a, b in zip(self._from, self._to, strict=True)]

    def themes(self, promise: str) -> list[Theme]:
        """What this unit could talk about, within a promise; a location meets about both its teams and its lead."""
        book = phrases()
        pool = {"leiding": book.leading, "locatie": (*book.leading, *book.themes)}.get(self.kind, book.themes)
        return [theme for theme in pool if theme.promise == promise]

    def after(self, quarter: int) -> None:
        """What the agreements of last time did until this quarter."""
        gain = sum(one.effect for one in self.agreed) / len(self.agreed) if self.agreed else 0.0
        if quarter:
            self.energy += 1.1 * gain - 0.4 + _SEASON[quarter] - _SEASON[quarter - 1] + self.dice.normal(0, 0.15)
            self.safety += 0.35 * gain - 0.05 + self.dice.normal(0, 0.15)
        self.energy = min(max(self.energy, 2.5), 8.6)
        self.safety = min(max(self.safety, 3.5), 9.0)


class _Meeting:
    """One meeting from the first step to the end."""

    def __init__(self, meetings: Meetings, place: _Place, quarter: int) -> None:
        self.place, self.quarter, self.script = place, quarter, meetings.script
        name, first, last = QUARTERS[quarter]
        self.dice = Dice(meetings.seed, "meeting", place.unit.id, name)
        day = first + timedelta(self.dice.whole(0, (last - first).days))
        while day.weekday() > 4 or day in _HOLIDAYS:
            day += timedelta(1)
        self.day = day
        self.season: Season = "warm" if 4 <= day.month <= 9 else "koud"
        start = datetime.combine(day, place.start, ZoneInfo("Europe/Amsterdam")).astimezone(UTC)
        self.now = start + timedelta(seconds=self.dice.whole(20, 240))
        created = start - timedelta(seconds=self.dice.whole(200, 900))
        self.session = Session(
            id=self.dice.uuid7(created),
            code="".join(self.dice.pick(CODE_ALPHABET) for _ in range(6)),
            unit=place.unit.id,
            instrument=self.script.id,
            instrument_version=self.script.version,
            language="nl",
            k=5,
            created_at=created,
            above=place.unit.parent,
        )
        fewest = math.ceil(0.6 * place.invited)
        present = max(fewest, round(place.invited * self.dice.between(0.6, 1)))
        self.participants = [self.dice.hexadecimal(32) for _ in range(present)]
        self.events: list[Event] = []
        self.submissions: list[Submission] = []
        self.interventions: list[Intervention] = []
        self.used: set[Line] = set()

    def hold(self) -> None:
        """Walk through the script."""
        self.place.after(self.quarter)
        asked: dict[str, Callable[[Step], None]] = {
            "terugblik": self._look_back,
            "zien": self._see,
            "voelen": self._feel,
            "bijsturing": self._vote,
            "voorstellen": self._propose,
            "afwegen": self._weigh,
            "afspreken": self._agree,
            "uitcheck": self._leave,
        }
        for step in self.script.steps:
            if step.id == "bijsturing":
                self._event("step", {"step": step.id, "open": False})
                self._merge(self.seen, 3)
            self._event("step", {"step": step.id, "open": True})
            opened = self.now
            asked[step.id](step)
            minutes = (step.minutes or 3) * self.dice.between(0.8, 1.15)
            if step.for_each and not any(one.step == step.id for one in self.submissions):
                minutes = 0.5
            self.now = max(opened + timedelta(minutes=minutes), self.now + timedelta(seconds=5)).replace(microsecond=0)
            self._event("step", {"step": step.id, "open": False})
            if step.id == "voorstellen":
                self._merge(self.proposed, 2)
        self._event("end", {})
        self.submissions.sort(key=lambda one: one.at)

    # ── What the facilitator does ──────────────────────────────────────────────────────────────────────────────────

    def _event(self, kind: str, data: dict[str, Any]) -> None:
        self.events.append(Event(0, self.session.id, len(self.events) + 1, kind, data, self.now))
        self.now += timedelta(seconds=self.dice.whole(4, 20))

    def _merge(self, texts: list[_Text], most: int) -> None:
        """Put together what is about the same."""
        groups: dict[tuple[str, bool], list[_Text]] = {}
        for text in self._shown(texts):
            if text.theme:
                groups.setdefault((text.theme.id, text.good), []).append(text)
        for group in groups.values():
            if most and len(group) > 1 and self.dice.chance(0.55):
                for text in group[1 : self.dice.whole(2, min(3, len(group)))]:
                    text.into = group[0].id
                    self._event("merge", {"text": text.id, "into": group[0].id})
                most -= 1

    def _shown(self, texts: list[_Text]) -> list[_Text]:
        """The texts that are on the screen: none when fewer than k people wrote them."""
        if len({text.person for text in texts}) < self.session.k:
            return []
        return [text for text in texts if not text.into and not text.hidden]

    def _hide(self, texts: list[_Text]) -> None:
        """Hide what points at somebody or hurts; now and then a finger slips and a text is brought back."""
        for text in self._shown(texts):
            slip = text.theme is not None and self.dice.chance(0.003)
            if text.theme is None or slip:
                self.now = max(self.now, text.at + timedelta(seconds=self.dice.whole(3, 25)))
                self._event("hide", {"text": text.id})
                text.hidden = True
            if slip:
                self._event("show", {"text": text.id})
                text.hidden = False

    # ── What people tell ───────────────────────────────────────────────────────────────────────────────────────────

    def _look_back(self, step: Step) -> None:
        book = phrases()
        done_item, effect_item, note_item = (step.item(name) for name in ("done", "effect", "note"))
        for agreed in self.place.agreed:
            for person in self._people(0.92):
                done = agreed.done if self.dice.chance(0.78) else self.dice.pick(("done", "partly", "not_done"))
                answers: dict[str, Any] = {"done": done_item.check(done)}
                effect = 0
                if done == "not_done" and self.dice.chance(0.8):
                    answers["effect"] = effect_item.check(NOT_APPLICABLE)
                else:
                    effect = min(max(round(self.dice.normal(agreed.effect, 0.55)), -2), 2)
                    answers["effect"] = effect_item.check(effect)
                if self.dice.chance(0.34):
                    better = "done_better" if effect > 0 else "done_worse" if effect < 0 else "done_same"
                    lines = book.notes[better if done == "done" else done]
                    if effect > 0 and done == "done" and self.dice.chance(0.6):
                        lines = agreed.theme.helped
                    if line := self._fresh(lines):
                        answers["note"] = note_item.check(self._said(line))
                self._submit(step, person, agreed.intervention.id, answers)

    def _see(self, step: Step) -> None:
        self.focus = self._focus()
        self.seen: list[_Text] = []
        seen, promise = step.item("seen"), step.item("promise")
        for person in self.participants:
            for entry, at in self._entries(step, (5, 36, 38, 21)):
                theme = self._theme()
                good = self.dice.chance(min(max(0.5 + (self.place.energy - 6) * 0.13, 0.15), 0.85))
                line = self._fresh(theme.good if good else theme.hard)
                point: Any = self._point(theme)
                unfit = self.place.is_team and self.dice.chance(0.008)
                if unfit:
                    line, point = self._fresh(phrases().unfit), NOT_APPLICABLE
                if line is None:  # everything was said
                    break
                answers = {"seen": seen.check(self._said(line)), "promise": promise.check(point)}
                one = self._submit(step, person, entry, answers, at)
                if self.dice.chance(0.008):  # thought better of it
                    self._submit(step, person, entry, {}, self._soon(at))
                    continue
                self.seen.append(
                    _Text(_name(one, "seen"), answers["seen"], person, None if unfit else theme, good, one.at)
                )
        self.seen.sort(key=lambda text: text.at)
        self._hide(self.seen)

    def _feel(self, step: Step) -> None:
        place = self.place
        book = phrases()
        organising = place.attention(self.quarter)[2] / sum(place.attention(self.quarter))
        for person in self.participants:
            energy = self._scale(self.dice.normal(place.energy, 1.2))
            answers: dict[str, Any] = {"energy": energy}
            if self.dice.chance(0.95):
                answers["safety"] = self._scale(self.dice.normal(place.safety, 1.2))
            if self.dice.chance(0.93):
                lead = min(max(self.dice.normal(0.25 + 0.8 * organising, 0.15), 0), 1)
                answers["lead"] = NOT_APPLICABLE if self.dice.chance(0.04) else lead
            if self.dice.chance(0.85):
                mood = "high" if energy >= 7 else "low" if energy <= 4 else "middle"
                answers["word"] = self.dice.pick(book.words[mood])
            one = self._submit(step, person, "1", self._checked(step, answers))
            if self.dice.chance(0.04):  # looked again, and changed it
                answers["energy"] = self._scale(energy + self.dice.pick((-1, 1)))
                self._submit(step, person, "1", self._checked(step, answers), self._soon(one.at))

    def _vote(self, step: Step) -> None:
        votes_item = step.item("votes")
        options = self._shown(self.seen)
        assert isinstance(votes_item, Choosable)
        votes_item = votes_item.with_options(Option(id=text.id, text=text.text) for text in options)
        merged = Counter(text.into for text in self.seen)
        weights = [
            (1 if one.good else 4) * (2 if one.theme in self.focus else 1) * (1 + merged[one.id]) for one in options
        ]
        self.themes: Counter[str] = Counter()
        by_id = {text.id: text for text in options}
        for person in self._people(0.95) if options else ():
            votes: Counter[str] = Counter()
            for _ in range(3 if self.dice.chance(0.92) else 2):
                votes[self.dice.weighted(options, weights).id] += 1
            self._submit(step, person, "1", {"votes": votes_item.check(dict(votes))})
            for option, dots in votes.items():
                if theme := by_id[option].theme:
                    self.themes[theme.id] += dots

    def _propose(self, step: Step) -> None:
        chosen = [theme for theme, _ in sorted(self.themes.items(), key=lambda pair: (-pair[1], pair[0]))][:2]
        pool = [theme for promise in _KEYS for theme in self.place.themes(promise)]
        top = [theme for name in chosen for theme in pool if theme.id == name] or self.focus
        self.place.last_theme = top[0]
        self.proposed: list[_Text] = []
        for person in self.participants:
            for entry, at in self._entries(step, (20, 70, 10)):
                if len(self.proposed) == 8:
                    break
                theme = self.dice.weighted(top, [3, 2][: len(top)] + [1] * (len(top) - 2))
                if (line := self._fresh(theme.proposals)) is None:
                    break
                answers = self._checked(step, {"proposal": self._said(line)})
                one = self._submit(step, person, entry, answers, at)
                name = _name(one, "proposal")
                self.proposed.append(_Text(name, answers["proposal"], person, theme, False, one.at))
        if not self.proposed:
            line = self._fresh(top[0].proposals) or top[0].proposals[0]
            answers = self._checked(step, {"proposal": self._said(line)})
            one = self._submit(step, self.participants[0], "1", answers)
            name = _name(one, "proposal")
            self.proposed.append(_Text(name, answers["proposal"], one.participant, top[0], False, one.at))
        self.proposed.sort(key=lambda text: text.at)

    def _weigh(self, step: Step) -> None:
        place_item = step.item("place")
        self.weighed: list[tuple[float, _Text]] = []
        shown = self._shown(self.proposed)
        for text in shown or self.proposed:
            effort, effect = self.dice.between(12, 75), self.dice.between(35, 88)
            for person in self._people(0.72) if shown else ():  # a small group only talks about it
                x, y = (min(max(self.dice.normal(middle, 13), 0), 100) for middle in (effort, effect))
                self._submit(step, person, text.id, {"place": place_item.check({"x": x, "y": y})})
            self.weighed.append((effort - effect, text))
        self.weighed.sort(key=lambda pair: pair[0])

    def _agree(self, step: Step) -> None:
        demo_now = self.place.unit.id == DEMO_UNIT and self.quarter == len(QUARTERS) - 1
        most = 3 if demo_now else self.dice.weighted((1, 2, 3), (35, 45, 20))
        roles = self.dice.shuffled(
            phrases().fitting(phrases().who["team" if self.place.is_team else "leading"], self.place.kind, self.season)
        )
        agreed = []
        for (_, text), who in zip(self.weighed[:most], roles, strict=False):
            self.now += timedelta(seconds=self.dice.whole(20, 45))
            due = self.day + timedelta(self.dice.whole(5, 21))
            intervention = Intervention(
                session=self.session.id,
                unit=self.place.unit.id,
                text=text.text,
                who=who,
                due_on=_workday(due),
                review_on=_workday(due + timedelta(self.dice.whole(14, 45))),
                id=self.dice.uuid7(self.now),
                created_at=self.now,
            )
            assert text.theme
            self.interventions.append(intervention)
            agreed.append(_Agreed(intervention, text.theme, *self._outcome()))
            self._event("note", {})
        self.place.agreed = agreed

    def _outcome(self) -> tuple[str, float]:
        """Whether it will be done, and what it will do (-2 to 2)."""
        good = 1.0 if self.place.unit.id == DEMO_UNIT else 0.5
        done = self.dice.weighted(("done", "partly", "not_done"), (50, 32, 0 if good > 0.5 else 18))
        effect = self.dice.normal(good, 0.6 if good <= 0.5 else 0.2)
        return done, {"done": 1.2 * effect + 0.2, "partly": 0.7 * effect, "not_done": 0.0}[done]

    def _leave(self, step: Step) -> None:
        for person in self._people(0.93):
            feels = self.dice.normal((self.place.energy + self.place.safety) / 2 + 0.8, 1.6)
            mood = 3 if feels > 6.4 else 2 if feels > 4.2 else 1
            answers: dict[str, Any] = {"mood": mood}
            line = self._fresh(phrases().last[{3: "good", 2: "middle", 1: "bad"}[mood]])
            if line and self.dice.chance(0.62):
                answers["last"] = self._said(line)
            self._submit(step, person, "1", self._checked(step, answers))

    # ── Small things ───────────────────────────────────────────────────────────────────────────────────────────────

    def _submit(
        self, step: Step, person: str, entry: str, answers: dict[str, Any], at: datetime | None = None
    ) -> Submission:
        """Somebody sends answers while the step is open."""
        at = at or self._moment(step)
        one = Submission(self.dice.uuid4(), self.session.id, step.id, entry, person, answers, at)
        self.submissions.append(one)
        return one

    def _moment(self, step: Step) -> datetime:
        """Some moment while the step is open."""
        opened = next(event.at for event in reversed(self.events) if event.kind == "step")
        return opened + timedelta(seconds=self.dice.whole(8, int(60 * (step.minutes or 3) * 0.7)))

    def _soon(self, at: datetime) -> datetime:
        """A few seconds later."""
        return at + timedelta(seconds=self.dice.whole(2, 9))

    def _entries(self, step: Step, weights: tuple[int, ...]) -> list[tuple[str, datetime]]:
        """The entries that one person gives and when; the weights are those of none, one, two …"""
        count = self.dice.weighted(range(len(weights)), weights)
        moments = sorted(self._moment(step) for _ in range(count))
        return [(str(entry), at) for entry, at in enumerate(moments, start=1)]

    def _checked(self, step: Step, answers: dict[str, Any]) -> dict[str, Any]:
        return {name: step.item(name).check(value) for name, value in answers.items()}

    def _people(self, share: float) -> Iterable[str]:
        """Most of them; there is always somebody who looks out of the window."""
        return [person for person in self.participants if self.dice.chance(share)]

    def _scale(self, value: float) -> int:
        return min(max(round(value), 0), 10)

    def _focus(self) -> list[Theme]:
        """Three themes that are in the air, often one of last time."""
        chosen: list[Theme] = [self.place.last_theme] if self.place.last_theme and self.dice.chance(0.5) else []
        while len(chosen) < 3:
            theme = self.dice.pick(self.place.themes(self._promise()))
            if theme not in chosen:
                chosen.append(theme)
        return chosen

    def _promise(self) -> str:
        return self.dice.weighted(_KEYS, self.place.attention(self.quarter))

    def _theme(self) -> Theme:
        promise = self._promise()
        in_focus = [theme for theme in self.focus if theme.promise == promise]
        if in_focus and self.dice.chance(0.7):
            return self.dice.pick(in_focus)
        return self.dice.pick(self.place.themes(promise))

    def _point(self, theme: Theme) -> Any:
        """A place in the triangle: always nearest to the promise that the text is about."""
        if self.dice.chance(0.03):
            return NOT_APPLICABLE
        main = self.dice.between(0.52, 0.92)
        second = (1 - main) * self.dice.between(0.45, 0.95)
        return dict.fromkeys(_KEYS, 1 - main - second) | {theme.promise: main, theme.second: second}

    def _fresh(self, lines: Sequence[Line]) -> Line | None:
        """A line that nobody said in this meeting, and that this unit said least before."""
        free = [line for line in phrases().fitting(lines, self.place.kind, self.season) if line not in self.used]
        if not free:
            return None
        least = min(self.place.said[line] for line in free)
        line = self.dice.pick([line for line in free if self.place.said[line] == least])
        self.used.add(line)
        self.place.said[line] += 1
        return line

    def _said(self, line: Line) -> str:
        return said(line, self.place.kind, self.dice)


def _name(submission: Submission, item: str) -> str:
    """The name by which later steps, votes and moderation mean this text."""
    return text_name(submission.participant, submission.step, submission.entry, item)


def _workday(day: date) -> date:
    while day.weekday() > 4 or day in _HOLIDAYS:
        day += timedelta(1)
    return day

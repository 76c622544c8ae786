"""A session as it stands: what is asked now, and what the room says."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Self, TypeVar

from bedoeling_nb.community import now
from bedoeling_nb.errors import InvalidAnswer, NotFound
from bedoeling_nb.instruments import (
    AGREEMENTS,
    NOT_APPLICABLE,
    Answer,
    AnyItem,
    Choosable,
    Instrument,
    Item,
    Option,
    Step,
    Summary,
    Text,
)
from bedoeling_nb.instruments.kinds.plane import Plane
from bedoeling_nb.instruments.kinds.triad import Triad
from bedoeling_nb.privacy import Screen, in_batches, protect, text_name
from bedoeling_nb.store import Store, instruments, interventions, sessions, submissions, units
from bedoeling_nb.store.interventions import Intervention
from bedoeling_nb.store.sessions import Session, State
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.texts import N_

__all__ = ["Entry", "Meeting"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Entry:
    """One time that a step's items are asked; `text` is what it is asked about, if anything."""

    id: str
    text: Text | None = None


@dataclass(frozen=True)
class Meeting:
    """Everything that the phones and the board need to know, from one reading of the store.

    ``told`` is all that was handed in, in order of arrival; ``previous`` is what the unit agreed the time before.
    """

    session: Session
    unit_name: str
    script: Instrument
    state: State
    told: Sequence[Submission]
    previous: Sequence[Intervention]
    agreements: Sequence[Intervention]
    screen: Screen | None = None
    """Takes names and numbers out of what people wrote in a questionnaire; in a session the facilitator hides texts."""
    _worked_out: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What follows from this one reading: a thousand phones choose from the same thousand texts."""

    @classmethod
    def load(cls, store: Store, session: Session) -> Self:
        """Read a session from the store."""
        script = instruments.get(store, session.instrument, session.instrument_version)
        writes = script.pace == "own" and any(item.is_text for step in script.steps for item in step.items)
        return cls(
            session=session,
            unit_name=units.get(store, session.unit).name,
            script=script,
            screen=Screen(*units.names(store)) if writes else None,
            state=sessions.state(store, session.id),
            told=submissions.since(store, session.id, 0),
            previous=interventions.last_of_unit(store, session),
            agreements=interventions.of_session(store, session.id),
        )

    def follow(self, store: Store, *, answers: bool = True) -> Self:
        """The session as it is now; of the submissions only the new ones are read.

        Phones need no ``answers``, unless the step asks about texts: elsewhere ten thousand answers would be read to
        say that the next question is there.
        """
        state, agreements = sessions.state(store, self.session.id), interventions.of_session(store, self.session.id)
        now = replace(self, state=state, agreements=agreements)
        if not answers and (now.step is None or not now.asks_about_texts(now.step.id)):
            return now
        new = submissions.since(store, self.session.id, self.told[-1].seq if self.told else 0)
        return replace(now, told=[*self.told, *new])

    @property
    def submissions(self) -> list[Submission]:
        """Those that count (`submissions.latest`)."""
        return self._once("submissions", lambda: list(submissions.latest(self.told).values()))

    @property
    def step(self) -> Step | None:
        """The step at which the session is."""
        return self.script.step(self.state.step) if self.state.step else None

    def items(self, step: Step) -> list[AnyItem]:
        """The step's items, with the options that come from earlier steps filled in."""
        return [self._resolved(item) for item in step.items]

    def entries(self, step: Step, *, everything: bool = False) -> list[Entry]:
        """How many times, and about what, the step's items are asked."""
        if not step.for_each:
            return [Entry(str(number + 1)) for number in range(step.entries)]
        source = step.for_each
        return self._once(
            ("entries", source, everything),
            lambda: [Entry(option.id, option.text) for option in self.options(source, everything=everything)],
        )

    def options(self, source: str, *, everything: bool = False) -> list[Option]:
        """The texts of a source: last time's agreements, or what people said, merged and without hidden ones.

        Nothing while fewer than k people said something: a choice must not show what a small group wrote. With
        ``everything`` also the merged and hidden ones, on which somebody may have voted a moment ago.
        """
        return self._once(("options", source, everything), lambda: self._options(source, everything))

    def _options(self, source: str, everything: bool) -> list[Option]:
        if source == AGREEMENTS:
            return [Option(id=one.id, text=one.text) for one in self.previous]
        step_id, item_id = source.split(".")
        answers = list(self._answers(step_id, item_id))
        if len({participant for participant, _ in answers}) < self.session.k:
            return []
        shown = [text for _, text in answers if everything or not (text.hidden or text.into)]
        return [Option(id=text.id, text=text.value) for text in shown]

    def ranked(self, source: str) -> list[Option]:
        """The texts of a source, most effect (y) for least effort (x) first, where a later step placed them in a plane.

        Those that fewer than k people placed come last, in their own order.
        """
        gains: dict[str, float] = {}
        for step in self.script.steps:
            for item in step.items if step.for_each == source else ():
                if isinstance(item, Plane):
                    for entry in self.summaries(step)[item.id].get("entries", ()):
                        if "mean" in entry["summary"]:
                            gains[entry["id"]] = entry["summary"]["mean"][1] - entry["summary"]["mean"][0]
        return sorted(self.options(source), key=lambda option: -gains.get(option.id, float("-inf")))

    def check(self, step_id: str, entry: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        """One submission's answers, checked by their items. Empty answers (a withdrawal) are fine.

        Raises NotFound for a step, entry or item that does not exist, InvalidAnswer for a value that is not allowed.
        """
        step = self.script.step(step_id)
        if all(one.id != entry for one in self.entries(step, everything=True)):
            raise NotFound(N_("Step “{step}” has no part “{entry}”."), code="unknown_entry", step=step_id, entry=entry)
        given = {item_id: value for item_id, value in answers.items() if value is not None}
        checked = {
            item_id: self._resolved(step.item(item_id), everything=True).check(value)
            for item_id, value in given.items()
        }
        missing = next((item for item in step.items if item.required and item.id not in checked), None)
        if checked and missing:
            raise InvalidAnswer(N_("Please answer this question too.")).at(missing.id)
        return checked

    def asks_about_texts(self, step_id: str) -> bool:
        """Whether what may be answered in this step depends on what people wrote or agreed."""
        step = self.script.step(step_id)
        return bool(step.for_each) or any(isinstance(item, Choosable) and item.options_from for item in step.items)

    def summaries(self, step: Step, *, moderate: bool = False) -> dict[str, Summary]:
        """For each item of the step what may be shown of it; with ``moderate`` hidden texts too, marked.

        While the step takes answers, what is no text is shown in batches (`privacy.in_batches`); then ``waiting`` says
        how many people are in the next, and ``of`` how many there are with those who are in this one. What is withheld
        is ``closed`` when no more answers can come.
        """
        closed = not self.state.accepts(step.id, now())
        return {
            item.id: _marked(protect(self._summary(step, item, moderate), self.session.k), closed=closed)
            for item in self.items(step)
        }

    def participants(self, step: Step) -> int:
        """How many people answered something in this step."""
        return len({one.participant for one in self.submissions if one.step == step.id})

    def public(self) -> dict[str, Any]:
        """The state as the phones get it (docs/phone-api.md)."""
        return {
            "code": self.session.code,
            "rev": self.state.rev,
            "language": self.session.language,
            "title": _json(self.script.title),
            "unit": self.unit_name,
            "consent": _json(self.script.consent),
            "k": self.session.k,
            "status": "ended" if self.state.over(now()) else "open",
            "step": self._public_step(self.step, open=self.state.open) if self.step else None,
            **self._own_pace(),
            "agreements": [
                {"id": one.id, "text": one.text, "who": one.who, "due_on": one.due_on.isoformat()}
                for one in self.agreements
            ],
        }

    def _own_pace(self) -> dict[str, Any]:
        """Of a questionnaire all steps, and until when they are open."""
        if not self.state.own_pace:
            return {}
        until = self.state.until
        return {
            "steps": [self._public_step(step, open=True) for step in self.script.steps],
            "until": until.isoformat() if until else None,
        }

    def _public_step(self, step: Step, *, open: bool) -> dict[str, Any]:
        return {
            "id": step.id,
            "index": self.script.index(step.id),
            "count": len(self.script.steps),
            "title": _json(step.title),
            "question": _json(step.question),
            "open": open,
            "entries": [{"id": entry.id, "text": _json(entry.text)} for entry in self.entries(step)]
            if step.items
            else [],
            "items": [item.public() for item in self.items(step)],
        }

    def _once(self, key: Hashable, work: Callable[[], Result]) -> Result:
        if key not in self._worked_out:
            self._worked_out[key] = work()
        found: Result = self._worked_out[key]
        return found

    def _resolved(self, item: Item, *, everything: bool = False) -> Item:
        if isinstance(item, Choosable) and item.options_from:
            return item.with_options(self.options(item.options_from, everything=everything))
        return item

    def _group(self, text: str) -> str | None:
        """The text that stands for this one on the screen, or None when that is hidden."""
        root = self.state.root(text)
        return None if root in self.state.hidden else root

    def _visible(self, answer: Answer) -> bool:
        return not answer.hidden and self._group(answer.id) is not None

    def _answers(
        self, step_id: str, item_id: str, entry: str | None = None, counted: Sequence[Submission] | None = None
    ) -> Iterator[tuple[str, Answer]]:
        """The participant and the answer, for each submission that answers this item; of those that count, or these."""
        triads = [item for item in self.script.step(step_id).items if isinstance(item, Triad)]
        item = self._resolved(self.script.step(step_id).item(item_id))
        for one in self.submissions if counted is None else counted:
            if one.step != step_id or item_id not in one.answers or entry not in (None, one.entry):
                continue
            value = one.answers[item_id]
            if isinstance(item, Choosable) and item.options_from and value != NOT_APPLICABLE:
                value = item.regroup(value, self._group)
            if not item.is_text:
                yield one.participant, Answer(id="", value=value)
                continue
            name = text_name(one.participant, step_id, one.entry, item_id)
            root = self.state.root(name)
            placed = next((triad for triad in triads if isinstance(one.answers.get(triad.id), dict)), None)
            yield (
                one.participant,
                Answer(
                    id=name,
                    value=self.screen(value).text if self.screen else value,
                    hidden=name in self.state.hidden,
                    into=None if root == name else root,
                    lean=placed.leaning(one.answers[placed.id]) if placed else None,
                ),
            )

    def _pictured(self, step: Step, item: Item, entry: str | None) -> tuple[list[Submission], set[str]]:
        """What the item's picture counts, and who waits for the next one."""
        if item.is_text or not self.state.accepts(step.id, now()):
            return self.submissions, set()
        told, answered = [], set()
        for one in self.told:
            if one.step == step.id and entry in (None, one.entry):
                if item.id in one.answers:
                    answered.add((one.participant, one.entry))
                if (one.participant, one.entry) in answered:  # or takes back what it was
                    told.append(one)
        shown, waiting = in_batches(told, attrgetter("participant"), self.session.k)
        return list(submissions.latest(shown).values()), waiting

    def _summary(self, step: Step, item: Item, moderate: bool) -> Summary:
        if not step.for_each:
            summary, people, waiting = self._summary_of_entry(step, item, None, moderate)
            return summary | {"waiting": len(waiting), "of": len(people | waiting)}
        entries, pictured, everybody, waiting = [], set(), set(), set()
        for entry in self.entries(step):
            summary, people, wait = self._summary_of_entry(step, item, entry.id, moderate)
            entries.append({"id": entry.id, "text": _json(entry.text), "summary": summary})
            pictured |= people if len(people) >= self.session.k else set()
            everybody |= people | wait
            waiting |= wait
        # Where no entry has its picture yet, each says how many it still needs: all of them are told of together.
        return {
            "n": len(pictured or everybody),
            "waiting": len(waiting),
            "of": len(everybody),
            "entries": entries,
        }

    def _summary_of_entry(
        self, step: Step, item: Item, entry: str | None, moderate: bool
    ) -> tuple[Summary, set[str], set[str]]:
        """What is in the picture, of whom, and who waits for the next."""
        counted, waiting = self._pictured(step, item, entry)
        answers = [
            (participant, answer)
            for participant, answer in self._answers(step.id, item.id, entry, counted)
            if moderate or (self._visible(answer) if item.is_text else answer.value is not None)
        ]
        people = {participant for participant, answer in answers if answer.value != NOT_APPLICABLE}
        n = len(people)
        if n < self.session.k:  # no picture: then those who wait are told of too
            n = min(len(people | waiting), self.session.k - 1) if waiting else n
        return item.summarise(answer for _, answer in answers) | {"n": n}, people, waiting


def _marked(summary: Summary, *, closed: bool) -> Summary:
    """Says of what is withheld whether it will stay so."""
    if not closed:
        return summary
    if summary.get("withheld"):
        return summary | {"closed": True}
    if "entries" not in summary:
        return summary
    entries = [entry | {"summary": _marked(entry["summary"], closed=closed)} for entry in summary["entries"]]
    return summary | {"entries": entries}


def _json(text: Text | None) -> Any:
    return text.model_dump() if text is not None and not isinstance(text, str) else text

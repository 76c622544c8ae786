"""A questionnaire of ours as an XLSForm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from bedoeling_nb.errors import BadRequest, InvalidInstrument
from bedoeling_nb.instruments.files import write_whole
from bedoeling_nb.instruments.instrument import Instrument, Step
from bedoeling_nb.instruments.item import NOT_APPLICABLE, Item, Text, in_language
from bedoeling_nb.instruments.kinds.dot_vote import DotVote
from bedoeling_nb.instruments.kinds.dyad import Dyad
from bedoeling_nb.instruments.kinds.likert import Likert
from bedoeling_nb.instruments.kinds.long_text import LongText
from bedoeling_nb.instruments.kinds.multiple_choice import MultipleChoice
from bedoeling_nb.instruments.kinds.plane import Plane
from bedoeling_nb.instruments.kinds.ranking import Ranking
from bedoeling_nb.instruments.kinds.short_text import ShortText
from bedoeling_nb.instruments.kinds.single_choice import SingleChoice
from bedoeling_nb.instruments.kinds.slider import Slider
from bedoeling_nb.instruments.kinds.smiley import Smiley
from bedoeling_nb.instruments.kinds.triad import Triad
from bedoeling_nb.instruments.xlsform.sheets import LANGUAGE_NAMES, NA, OWN, ends_hint, made, plain_number
from bedoeling_nb.texts import N_

__all__ = ["write_xlsform"]

Both = tuple[str, str]
"""A text in Dutch and English."""

Cells = dict[str, Any]


def write_xlsform(instrument: Instrument, path: Path) -> None:
    """Write a questionnaire as .xlsx, once pyxform has taken it; the file is new or as it was.

    Raises BadRequest for the script of a session and for an item kind that an XLSForm cannot ask, MissingExtra without
    pyxform.
    """
    if instrument.pace != "own":
        raise BadRequest(
            N_(
                "“{instrument}” is the script of a session, in which people build on what others said. An XLSForm is "
                "filled in alone: only questionnaires (pace: own) can become one."
            ),
            instrument=instrument.id,
        )
    form = _Form(instrument)
    content = made(form.sheets())

    from pyxform.errors import PyXFormError  # noqa: PLC0415 - an extra; `made` has said so when it is not here
    from pyxform.xls2xform import convert  # noqa: PLC0415

    try:
        convert(content, file_type=".xlsx")
    except PyXFormError as problem:
        raise InvalidInstrument(
            N_("“{instrument}” cannot be an XLSForm: {problem}"), instrument=instrument.id, problem=problem
        ) from None
    write_whole(path, content)


class _Form:
    """The sheets, as they grow."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.survey: list[Cells] = []
        self.choices: list[Cells] = []
        self._lists: dict[tuple[tuple[str, Both], ...], str] = {}
        self._names: set[str] = set()

    def sheets(self) -> dict[str, Sequence[Cells]]:
        """Those of XLSForm, and two of our own."""
        whole = self.instrument
        self._row("note", "consent", _both(whole.consent), kind="consent")
        for step in whole.steps:
            self._step(step)
        settings = {
            "form_title": in_language(whole.title, "nl"),
            "form_id": whole.id,
            "version": str(whole.version),
            "default_language": LANGUAGE_NAMES["nl"],
        }
        about = [("title", _both(whole.title)), ("source", (whole.source, "")), ("licence", (whole.licence, ""))]
        if whole.summary:
            about.insert(1, ("summary", _both(whole.summary)))
        scales = [
            {
                "id": scale.id,
                **_translated("title", _both(scale.title)),
                "items": " ".join(scale.items),
                "reversed": " ".join(scale.reversed),
                "at_least": scale.at_least,
            }
            for scale in whole.scales
        ]
        return {
            "survey": [self._in_order(row) for row in self.survey],
            "choices": self.choices or [{"list_name": None, "name": None, **_translated("label", ("", ""))}],
            "settings": [settings],
            OWN: [{"key": key, **_translated("text", texts)} for key, texts in about],
            **({"scales": scales} if scales else {}),
        }

    def _step(self, step: Step) -> None:
        more = {"minutes": step.minutes, "tip": _plain(step.tip)}
        self._row("begin_group", self._name(step.id), _both(step.title), kind="step", id=step.id, more=more)
        if step.question:
            self._row("note", self._name(f"{step.id}_question"), _both(step.question), kind="question")
        for item in step.items:
            if item.kind not in _WRITERS:
                raise BadRequest(
                    N_("An XLSForm cannot ask item “{item}” of step “{step}”: it has no form for the kind “{kind}”."),
                    item=item.id,
                    step=step.id,
                    kind=item.kind,
                )
            _WRITERS[item.kind](self, step, item)
        self.survey.append({"type": "end_group"})

    # One kind each

    def likert(self, step: Step, item: Likert) -> None:
        self._select(step, item, "select_one", zip(map(str, item.points), item.labels, strict=True))

    def smiley(self, step: Step, item: Smiley) -> None:
        self._select(step, item, "select_one", zip("123", item.labels, strict=True))

    def single_choice(self, step: Step, item: SingleChoice) -> None:
        self._select(step, item, "select_one", _options(item))

    def multiple_choice(self, step: Step, item: MultipleChoice) -> None:
        limits = [f"count-selected(.) >= {item.min}"] if item.min else []
        if item.max is not None:
            limits.append(f"count-selected(.) <= {item.max}")
        constraint = " and ".join(limits)
        if item.not_applicable:
            alone = f"selected(., '{NOT_APPLICABLE}') and count-selected(.) = 1"
            some = " and ".join([f"not(selected(., '{NOT_APPLICABLE}'))", *limits])
            constraint = f"({alone}) or ({some})"
        most = item.max or len(item.options)
        message = (f"Kies {item.min} tot {most}.", f"Choose {item.min} to {most}.")
        self._select(step, item, "select_multiple", _options(item), constraint=(constraint, message))

    def ranking(self, step: Step, item: Ranking) -> None:
        name = self._item_name(step, item)
        choices = self._choices(item.kind, [(id_, _both(text)) for id_, text in _options(item)])
        self._question(f"rank {choices}", name, item)

    def slider(self, step: Step, item: Slider) -> None:
        self._range(step, item, (item.min, item.max, item.step), item.low, item.high)

    def dyad(self, step: Step, item: Dyad) -> None:
        self._range(step, item, (0, 1, 0.01), item.left, item.right)

    def short_text(self, step: Step, item: ShortText) -> None:
        limits = [f"string-length(.) <= {item.max_length}"]
        if item.word:
            limits.append("not(contains(normalize-space(.), ' '))")
        said = (f"Ten hoogste {item.max_length} tekens.", f"At most {item.max_length} characters.")
        one = ("Eén woord, zonder spaties.", "One word, without spaces.")
        more = {"word": True} if item.word else {}
        constraint = (" and ".join(limits), one if item.word else said)
        self._question("text", self._item_name(step, item), item, constraint=constraint, more=more)

    def long_text(self, step: Step, item: LongText) -> None:
        said = (f"Ten hoogste {item.max_length} tekens.", f"At most {item.max_length} characters.")
        constraint = (f"string-length(.) <= {item.max_length}", said)
        name = self._item_name(step, item)
        self._question("text", name, item, constraint=constraint, appearance="multiline")

    def triad(self, step: Step, item: Triad) -> None:
        parts = [(corner.id, _both(corner.text)) for corner in item.corners]
        said = ("De drie getallen zijn samen 100.", "The three numbers add to 100.")
        self._parts(step, item, parts, lambda names: (_sum(names, "= 100"), said))

    def dot_vote(self, step: Step, item: DotVote) -> None:
        parts = [(id_, _both(text)) for id_, text in _options(item)]
        said = (f"Je hebt {item.dots} stippen.", f"You have {item.dots} dots.")
        more = {"dots": item.dots, "max_per_option": item.max_per_option}
        constraint = lambda names: (_sum(names, f"<= {item.dots}"), said)  # noqa: E731 - as for the triad
        self._parts(step, item, parts, constraint, most=item.max_per_option, more=more)

    def plane(self, step: Step, item: Plane) -> None:
        name = self._item_name(step, item)
        quadrants = [_plain(one) for one in item.quadrants] if item.quadrants else None
        self._begin(name, item, {"quadrants": quadrants})
        for axis in ("x", "y"):
            ends = getattr(item, axis)
            low, high = _both(ends.low), _both(ends.high)
            self._row(
                "range",
                self._name(f"{name}_{axis}"),
                _both(ends.text),
                hint=_ends((0, 100), low, high),
                parameters="start=0 end=100 step=1",
                kind="part",
                id=axis,
                low=low,
                high=high,
            )
        self._end(name, item)

    # What kinds have in common

    def _select(
        self,
        step: Step,
        item: Item,
        kind: str,
        options: Iterable[tuple[str, Text]],
        constraint: tuple[str, Both] = ("", ("", "")),
    ) -> None:
        choices = [(name, _both(text)) for name, text in options]
        more = {}
        if item.not_applicable:
            choices.append((NOT_APPLICABLE, NA))
        elif any(name == NOT_APPLICABLE for name, _ in choices):
            more = {"not_applicable": False}
        listed = self._choices(item.kind, choices)
        name = self._item_name(step, item)
        required = "yes" if item.required else ""
        self._item_row(f"{kind} {listed}", name, item, constraint=constraint, more=more, required=required)

    def _question(self, kind: str, name: str, item: Item, **cells: Any) -> None:
        """An item of one row; that it does not apply is a question after it."""
        required = "yes" if item.required else ""
        if item.required and item.not_applicable:
            required = f"not(selected(${{{name}_{NOT_APPLICABLE}}}, '{NOT_APPLICABLE}'))"
        self._item_row(kind, name, item, required=required, **cells)
        self._not_applicable(name, item)

    def _range(
        self, step: Step, item: Item, limits: tuple[float, float, float], low_text: Text, high_text: Text
    ) -> None:
        start, end, by = map(plain_number, limits)
        low, high = _both(low_text), _both(high_text)
        help_ = _both(item.help) if item.help else ("", "")
        ends = _ends((start, end), low, high)
        hint = ("\n".join(filter(None, (help_[0], ends[0]))), "\n".join(filter(None, (help_[1], ends[1]))))
        parameters = f"start={start} end={end} step={by}"
        name = self._item_name(step, item)
        self._question("range", name, item, hint=hint, parameters=parameters, low=low, high=high)

    def _parts(
        self,
        step: Step,
        item: Item,
        parts: Sequence[tuple[str, Both]],
        together: Callable[[Sequence[str]], tuple[str, Both]],
        *,
        most: int = 100,
        more: Cells | None = None,
    ) -> None:
        """An item of several whole numbers; the last one is held to what they must be together."""
        name = self._item_name(step, item)
        self._begin(name, item, more or {})
        names = [self._name(f"{name}_{part}") for part, _ in parts]
        for number, (part, text) in enumerate(parts):
            own, said = f". >= 0 and . <= {most}", (f"Een getal van 0 tot {most}.", f"A number from 0 to {most}.")
            if number == len(parts) - 1:
                rule, said = together(names[:-1])
                own += f" and {rule}"
            self._row("integer", names[number], text, constraint=(own, said), kind="part", id=part)
        self._end(name, item)

    def _begin(self, name: str, item: Item, more: Cells) -> None:
        more = {**more, "required": item.required or None}
        self._row("begin_group", name, _both(item.text), kind=item.kind, id=item.id, more=more)
        if item.help:
            self._row("note", self._name(f"{name}_help"), _both(item.help), kind="help")

    def _end(self, name: str, item: Item) -> None:
        self._not_applicable(name, item)
        self.survey.append({"type": "end_group"})

    def _not_applicable(self, name: str, item: Item) -> None:
        if item.not_applicable:
            choices = self._choices(NOT_APPLICABLE, [(NOT_APPLICABLE, NA)])
            self._row(f"select_multiple {choices}", self._name(f"{name}_{NOT_APPLICABLE}"), NA, kind=NOT_APPLICABLE)

    def _item_row(self, type_: str, name: str, item: Item, **cells: Any) -> None:
        help_ = _both(item.help) if item.help else ("", "")
        self._row(type_, name, _both(item.text), kind=item.kind, id=item.id, **{"hint": help_, **cells})

    def _row(
        self,
        type_: str,
        name: str,
        label: Both,
        *,
        kind: str,
        id: str = "",
        hint: Both = ("", ""),
        required: str = "",
        constraint: tuple[str, Both] = ("", ("", "")),
        parameters: str = "",
        appearance: str = "",
        low: Both = ("", ""),
        high: Both = ("", ""),
        more: Cells | None = None,
    ) -> None:
        rule, said = constraint
        leftover = {key: value for key, value in (more or {}).items() if value is not None}
        self._names.add(name)
        self.survey.append(
            {
                "type": type_,
                "name": name,
                **_translated("label", label),
                **_translated("hint", hint),
                "required": required,
                "constraint": rule,
                **_translated("constraint_message", said if rule else ("", "")),
                "parameters": parameters,
                "appearance": appearance,
                f"{OWN}::kind": kind,
                f"{OWN}::id": id if id != name else "",
                **_translated(f"{OWN}::low", low),
                **_translated(f"{OWN}::high", high),
                f"{OWN}::more": _one_line(leftover) if leftover else "",
            }
        )

    def _in_order(self, row: Cells) -> Cells:
        """A row with the columns that some row fills."""
        used = [key for key in self.survey[0] if any(one.get(key) for one in self.survey)]
        return {key: row.get(key, "") for key in used}

    def _choices(self, kind: str, choices: list[tuple[str, Both]]) -> str:
        """The name of the list with these choices, which items share."""
        key = tuple(choices)
        if key not in self._lists:
            same = sum(name.rpartition("_")[0] == kind for name in self._lists.values())
            self._lists[key] = f"{kind}_{same + 1}"
            listed = [{"list_name": self._lists[key], "name": name, **_translated("label", text)} for name, text in key]
            self.choices += listed
        return self._lists[key]

    def _item_name(self, step: Step, item: Item) -> str:
        """The item's id, where no other question has it: then STEP_ITEM."""
        taken = [one.id for other in self.instrument.steps for one in other.items].count(item.id) > 1
        return self._name(f"{step.id}_{item.id}" if taken or item.id in self._names else item.id)

    def _name(self, wanted: str) -> str:
        """A name that no other row has."""
        name, number = wanted, 2
        reserved = {"meta", "consent"} if wanted != "consent" else {"meta"}
        while name in self._names or name in reserved:
            name, number = f"{wanted}_{number}", number + 1
        self._names.add(name)
        return name


_WRITERS: dict[str, Callable[[_Form, Step, Any], None]] = {
    "dot_vote": _Form.dot_vote,
    "dyad": _Form.dyad,
    "likert": _Form.likert,
    "long_text": _Form.long_text,
    "multiple_choice": _Form.multiple_choice,
    "plane": _Form.plane,
    "ranking": _Form.ranking,
    "short_text": _Form.short_text,
    "single_choice": _Form.single_choice,
    "slider": _Form.slider,
    "smiley": _Form.smiley,
    "triad": _Form.triad,
}


def _options(item: Any) -> Iterable[tuple[str, Text]]:
    return ((option.id, option.text) for option in item.options)


def _sum(others: Sequence[str], ends: str) -> str:
    return " + ".join([".", *(f"coalesce(${{{name}}}, 0)" for name in others)]) + f" {ends}"


def _ends(limits: tuple[Any, Any], low: Both, high: Both) -> Both:
    return (ends_hint(*limits, low[0], high[0]), ends_hint(*limits, low[1], high[1]))


def _both(text: Text | None) -> Both:
    return in_language(text, "nl"), in_language(text, "en")


def _translated(column: str, texts: Both) -> Cells:
    return {f"{column}::{LANGUAGE_NAMES['nl']}": texts[0], f"{column}::{LANGUAGE_NAMES['en']}": texts[1]}


def _plain(text: Text | None) -> Any:
    return text.model_dump() if text is not None and not isinstance(text, str) else text


def _one_line(value: Any) -> str:
    return str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6)).strip()

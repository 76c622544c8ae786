"""An XLSForm, ours or anybody's, as a questionnaire."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bedoeling_nb.errors import BedoelingError, InvalidInstrument, listed
from bedoeling_nb.instruments.instrument import Instrument
from bedoeling_nb.instruments.item import NOT_APPLICABLE
from bedoeling_nb.instruments.xlsform.sheets import BROKEN, OWN, Row, Sheet, ends_hint, opened, place, plain_number
from bedoeling_nb.texts import N_

__all__ = ["Imported", "read_xlsform"]

ALLOWED = "select_one, select_multiple, rank, text, integer, range, note, begin_group, end_group"

ABOUT_PEOPLE = {
    *("start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "email", "audit"),
    *("device_id", "phone_number", "start-geopoint", "background-audio"),
}
"""What other tools note beside the answers. We do not want to know who or where."""

NOT_KEPT = {"default", "trigger", "media::image", "media::audio", "media::video", "image", "audio", "video"}
CONSENT = {
    "nl": "Je doet mee zonder naam. Je team ziet alleen gemiddelden, en pas als er genoeg mensen meedoen. "
    "Schrijf geen namen van mensen op. Je mag altijd stoppen.",
    "en": "You take part without a name. Your team sees averages only, and only when enough people take part. "
    "Do not write people's names. You may stop at any time.",
}

_NOT_APPLICABLE_NAMES = {NOT_APPLICABLE, "n_a", "nvt", "n_v_t", "not_applicable", "niet_van_toepassing"}
_COUNTED = re.compile(r"count-selected\(\s*\.\s*\)\s*(>=|<=|=|>|<)\s*(\d+)")
_BOUND = re.compile(r"(?<![\w)])\.\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)")
_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*(<=|<)\s*(\d+)")


@dataclass(frozen=True)
class Imported:
    """A questionnaire, and what of the form it does not have."""

    instrument: Instrument
    remarks: tuple[BedoelingError, ...]
    """For whoever made the form: what was left out, or filled in."""


def read_xlsform(path: Path) -> Imported:
    """The questionnaire in an .xlsx file.

    Raises NotFound; MissingExtra without pyxform; InvalidInstrument with the sheet, row and column of what pyxform does
    not accept or a questionnaire cannot have.
    """
    sheets = opened(path)
    if "survey" not in sheets:
        raise InvalidInstrument(
            N_("{file} has no sheet “survey”, so it is not an XLSForm. Its sheets: {sheets}."),
            file=path.name,
            sheets=", ".join(sheet.name for sheet in sheets.values()),
        )
    reader = _Reader(sheets, path)
    data = reader.read()
    if not reader.problems:
        _accepted(path)
    if not reader.problems:
        try:
            return Imported(Instrument.model_validate(data), tuple(reader.remarks))
        except ValidationError as invalid:
            wrong = [one["loc"] for one in invalid.errors()]
            reader.problems += [
                reader.problem(one)
                for one in invalid.errors()
                # Where a part is wrong, the whole also says that it is too short: without that part.
                if not any(len(loc) > len(one["loc"]) and loc[: len(one["loc"])] == one["loc"] for loc in wrong)
            ]
    raise InvalidInstrument(
        N_("{file} cannot be a questionnaire:\n{problems}"), file=path.name, problems=listed(reader.problems)
    )


def _accepted(path: Path) -> None:
    """Raises InvalidInstrument with pyxform's own words when the file is not an XLSForm."""
    from pyxform.errors import PyXFormError  # noqa: PLC0415 - an extra, and `opened` has said so when it is not here
    from pyxform.xls2xform import convert  # noqa: PLC0415

    try:
        convert(path.read_bytes(), file_type=".xlsx")
    except (PyXFormError, *BROKEN) as problem:
        raise InvalidInstrument(
            N_("{file} is not an XLSForm: {problem}"), file=path.name, problem=" ".join(str(problem).split())
        ) from None


@dataclass
class _Open:
    """A group that has begun."""

    row: Row
    step: dict[str, Any] | None = None
    item: dict[str, Any] | None = None
    parts: list[Row] = field(default_factory=list)


class _Reader:
    """Goes through the rows once; problems and remarks are gathered, so that people hear all of them at once."""

    def __init__(self, sheets: dict[str, Sheet], path: Path) -> None:
        self.sheets, self.path = sheets, path
        self.problems: list[BedoelingError] = []
        self.remarks: list[BedoelingError] = []
        self.steps: list[dict[str, Any]] = []
        self.consent: Any = None
        self._rows: dict[tuple[Any, ...], Row] = {}
        self._groups: list[_Open] = []
        self._loose: dict[str, Any] | None = None
        self._lists: dict[str, list[Row]] = {}
        self._renamed: set[int] = set()
        for row in self._of("choices"):
            self._lists.setdefault(row.get("list_name"), []).append(row)

    def read(self) -> dict[str, Any]:
        """What the model checks."""
        self._languages()
        for row in self._of("survey"):
            self._row(row)
        for group in self._groups:
            self._wrong(group.row, "type", N_("this group is not ended. Put an end_group under it."))
        settings = next(iter(self._of("settings")), Row("settings", 2, {}))
        about = {row.get("key"): row for row in self._of(OWN)}
        title = self._text(about["title"], "text") if "title" in about else settings.get("form_title")
        version = settings.get("version")
        data: dict[str, Any] = {
            "id": self._id(settings, settings.get("form_id") or self.path.stem, "form_id"),
            "version": int(version) if re.fullmatch(r"\d{1,9}", version) and int(version) else 1,
            "pace": "own",
            "title": title or settings.get("form_id") or self.path.stem,
            "source": self._about(about, "source", self.path.name),
            "licence": self._about(about, "licence", "?"),
            "consent": self.consent or CONSENT,
            "steps": self.steps,
        }
        if "summary" in about:
            data["summary"] = self._text(about["summary"], "text")
        if scales := [self._scale(number, row) for number, row in enumerate(self._of("scales"))]:
            data["scales"] = scales
        if version and str(data["version"]) != version:
            self._tell(settings, "version", N_("a version is a whole number here; it is now 1."))
        if self.consent is None:
            self.remarks.append(
                BedoelingError(
                    N_("The form says nothing on what happens with answers (a note “consent”); our own words are used.")
                )
            )
        if not self.steps and not self.problems:
            self.problems.append(BedoelingError(N_("There is no question in the sheet “survey”.")))
        return data

    def problem(self, invalid: Any) -> BedoelingError:
        """What the model says, with the row that it is about."""
        location = tuple(invalid["loc"])
        row = next((self._rows[location[:n]] for n in range(len(location), 0, -1) if location[:n] in self._rows), None)
        told = invalid["msg"].removeprefix("Value error, ")
        what = ".".join(str(one) for one in location if not isinstance(one, int)) or "top"
        return BedoelingError("{place}: {what}: {told}", place=row.place() if row else OWN, what=what, told=told)

    # Rows

    def _row(self, row: Row) -> None:
        kind, _, rest = _as_now(row.get("type")).partition(" ")
        kind, rest = kind.lower(), rest.strip()
        if kind.startswith("#") or not kind:
            if row.get("name"):
                self._wrong(row, "type", N_("a question has a type. There are: {allowed}."), allowed=ALLOWED)
            return
        if kind in ABOUT_PEOPLE:
            self._tell(row, "type", N_("“{type}” is left out: we do not note who or where."), type=kind)
            return
        if row.get("relevant"):
            self._wrong(
                row,
                "relevant",
                N_(
                    "questions that depend on other answers are not possible here. Empty this cell: everybody is asked."
                ),
            )
        for column in NOT_KEPT & set(row.cells):
            self._tell(row, column, N_("this is not kept."))
        handlers: dict[str, Callable[[Row, str], None]] = {
            "begin_group": self._begin,
            "end_group": self._end,
            "note": self._note,
            "calculate": self._calculated,
            "hidden": self._calculated,
            "select_one": self._select_one,
            "select_multiple": self._select_multiple,
            "rank": self._rank,
            "text": self._words,
            "string": self._words,
            "integer": self._whole,
            "int": self._whole,
            "decimal": self._whole,
            "range": self._range,
        }
        if kind not in handlers:
            self._wrong(
                row, "type", N_("“{type}” is not possible here. There are: {allowed}."), type=kind, allowed=ALLOWED
            )
            return
        handlers[kind](row, rest)

    def _begin(self, row: Row, _: str) -> None:
        kind = row.get(f"{OWN}::kind")
        above = self._groups[-1] if self._groups else None
        if kind and kind != "step":
            self._groups.append(_Open(row, step=above.step if above else None, item=self._item(row, kind)))
            return
        if above:
            self._tell(row, "type", N_("a group in a group: its questions are asked as part of the outer one."))
            self._groups.append(_Open(row, step=above.step))
            return
        self._loose = None
        step = {"id": self._own_id(row), "title": self._text(row) or row.get("name"), **self._more(row), "items": []}
        self._groups.append(_Open(row, step=step))

    def _end(self, row: Row, _: str) -> None:
        if not self._groups:
            self._wrong(row, "type", N_("no group has begun that could end here."))
            return
        group = self._groups.pop()
        if group.item is not None:
            self._finish_parts(group)
        elif not self._groups and group.step is not None:
            if group.step["items"]:
                self._add_step(group.step, group.row)
            else:
                self._tell(group.row, "type", N_("this group asks nothing and is left out."))

    def _note(self, row: Row, _: str) -> None:
        kind = row.get(f"{OWN}::kind")
        group = self._groups[-1] if self._groups else None
        if kind == "consent" or (not kind and self.consent is None and row.get("name").lower() in _CONSENT_NAMES):
            self.consent = self._text(row)
        elif kind == "question" and group and group.step is not None:
            group.step["question"] = self._text(row)
        elif kind == "help" and group and group.item is not None:
            group.item["help"] = self._text(row)
        else:
            self._tell(row, "type", N_("a note asks nothing and is left out. A hint beside a question is kept."))

    def _calculated(self, row: Row, _: str) -> None:
        self._tell(row, "type", N_("what is calculated is no question and is left out."))

    # Kinds

    def _select_one(self, row: Row, list_name: str) -> None:
        kind, choices, applicable = self._chosen(row, list_name)
        points = [one.get("name") for one in choices]
        whole = [int(one) for one in points if re.fullmatch(r"-?\d{1,4}", one)]
        ordered = len(whole) == len(points) >= 3 and whole == list(range(whole[0], whole[0] + len(whole)))
        kind = kind or ("likert" if ordered and len(points) <= 11 else "single_choice")
        item = self._item(row, kind) | applicable
        if kind == "likert" and whole:
            item |= {"labels": [self._text(one) or one.get("name") for one in choices], "first": whole[0]}
        elif kind == "smiley":
            item["labels"] = [self._text(one) for one in choices]
        else:
            item["options"] = self._options(choices)
        self._add(item, row)

    def _select_multiple(self, row: Row, list_name: str) -> None:
        if row.get(f"{OWN}::kind") == NOT_APPLICABLE:  # beside the question above it, or in the group of its parts
            self._last_item(row)["not_applicable"] = True
            return
        kind, choices, applicable = self._chosen(row, list_name)
        item = self._item(row, kind or "multiple_choice") | applicable | {"options": self._options(choices)}
        rule = row.get("constraint").replace(f"selected(., '{NOT_APPLICABLE}') and count-selected(.) = 1", "")
        for sign, number in _COUNTED.findall(rule):
            value = int(number) + {">": 1, "<": -1}.get(sign, 0)
            item |= {name: value for name in ("min", "max") if sign[0] in {"min": ">=", "max": "<="}[name]}
        self._not_understood(row, _COUNTED)
        self._add(item, row)

    def _rank(self, row: Row, list_name: str) -> None:
        _, choices, applicable = self._chosen(row, list_name)
        self._add(self._item(row, "ranking") | applicable | {"options": self._options(choices)}, row)

    def _words(self, row: Row, _: str) -> None:
        long = "multiline" in row.get("appearance")
        kind = row.get(f"{OWN}::kind") or ("long_text" if long else "short_text")
        item = self._item(row, kind)
        if found := _LENGTH.search(row.get("constraint")):
            item["max_length"] = int(found.group(2)) - (found.group(1) == "<")
        self._not_understood(row, _LENGTH)
        self._add(item, row)

    def _whole(self, row: Row, _: str) -> None:
        if row.get(f"{OWN}::kind") == "part" and self._groups and self._groups[-1].item is not None:
            self._groups[-1].parts.append(row)
            return
        bounds = {
            ("min" if sign[0] == ">" else "max"): float(number) + {">": 1, "<": -1}.get(sign, 0)
            for sign, number in _BOUND.findall(row.get("constraint"))
        }
        if row.get("type").lower().startswith("decimal") or set(bounds) != {"min", "max"}:
            self._wrong(
                row,
                "constraint",
                N_("a number has a lowest and a highest value, such as . >= 0 and . <= 10; or use the type range."),
            )
            return
        self._slider(row, bounds["min"], bounds["max"], 1)

    def _range(self, row: Row, _: str) -> None:
        if row.get(f"{OWN}::kind") == "part" and self._groups and self._groups[-1].item is not None:
            self._groups[-1].parts.append(row)
            return
        given = {"start": "1", "end": "10", "step": "1"}  # as XLSForm has it when nothing is said
        given |= dict(re.findall(r"(start|end|step)\s*=\s*(-?[\d.]+)", row.get("parameters")))
        try:
            self._slider(row, *(float(given[name]) for name in ("start", "end", "step")))
        except ValueError:
            self._wrong(row, "parameters", N_("a range has numbers, such as start=0 end=10 step=1."))

    def _slider(self, row: Row, low: float, high: float, step: float) -> None:
        kind = row.get(f"{OWN}::kind") or "slider"
        names = ("left", "right") if kind == "dyad" else ("low", "high")
        ends = (plain_number(low), plain_number(high))
        item = self._item(row, kind)
        for name, column, number in zip(names, ("low", "high"), ends, strict=True):
            item[name] = self._text(row, f"{OWN}::{column}") or number
        if not self._text(row, f"{OWN}::low"):
            self._tell(row, "parameters", N_("the ends have no words; the questionnaire shows their numbers."))
        if kind != "dyad":
            item |= {"min": low, "max": high, "step": step}
        if help_ := self._without_ends(row, ends):
            item["help"] = help_
        else:
            item.pop("help", None)
        self._add(item, row)

    def _finish_parts(self, group: _Open) -> None:
        item = group.item or {}
        ids = [self._own_id(part) for part in group.parts]
        options = [{"id": id_, "text": self._text(part)} for id_, part in zip(ids, group.parts, strict=True)]
        if item["kind"] == "plane":
            for id_, part in zip(ids, group.parts, strict=True):
                ends = {end: self._text(part, f"{OWN}::{end}") for end in ("low", "high")}
                item[id_] = {"text": self._text(part), **ends}
        else:
            item["corners" if item["kind"] == "triad" else "options"] = options
        self._add(item, group.row)

    # What kinds have in common

    def _item(self, row: Row, kind: str) -> dict[str, Any]:
        item: dict[str, Any] = {"id": self._own_id(row), "kind": kind, "text": self._text(row) or row.get("name")}
        if help_ := self._text(row, "hint"):
            item["help"] = help_
        required = row.get("required").lower()
        if required not in ("", "no", "false", "false()"):
            item["required"] = True
            if required not in ("yes", "true", "true()") and not row.get(f"{OWN}::kind"):
                self._tell(row, "required", N_("an answer is now always required, not only sometimes."))
        return item | self._more(row)

    def _chosen(self, row: Row, list_name: str) -> tuple[str, list[Row], dict[str, Any]]:
        """The kind as our own column says it, the choices, and whether one of these says that it does not apply."""
        list_name, _, other = list_name.partition(" ")
        if other:
            self._tell(row, "type", N_("“or_other” is not kept: people choose from the list."))
        if row.get("choice_filter"):
            self._wrong(row, "choice_filter", N_("choices that depend on other answers are not possible here."))
        choices = self._lists.get(list_name, [])
        if not choices:
            self._wrong(
                row,
                "type",
                N_("the sheet “choices” has no list “{list}”. It has: {known}."),
                list=list_name,
                known=", ".join(name for name in self._lists if name) or "–",
            )
        own = row.get(f"{OWN}::kind")
        more = self._more(row)
        if more.get("not_applicable") is False:
            return own, choices, {}
        none = [one for one in choices if one.get("name").lower() in _NOT_APPLICABLE_NAMES]
        kept = [one for one in choices if one not in none]
        return own, kept, {"not_applicable": True} if none else {}

    def _options(self, choices: Sequence[Row]) -> list[dict[str, Any]]:
        return [
            {"id": self._option_id(one, one.get("name")), "text": self._text(one) or one.get("name")} for one in choices
        ]

    def _add(self, item: dict[str, Any], row: Row) -> None:
        group = next((one for one in reversed(self._groups) if one.item is None), None)
        if group is None or group.step is None:
            if self._loose is None:
                taken = {step["id"] for step in self.steps}
                name = next(name for n in range(1, 10**6) if (name := f"part{n}") not in taken)
                settings = next(iter(self._of("settings")), row)
                title = settings.get("form_title") or self.path.stem
                self._loose = {"id": name, "title": title, "items": []}
                self._add_step(self._loose, row)
            step, number = self._loose, len(self.steps) - 1
        else:
            step, number = group.step, len(self.steps)
        self._rows["steps", number, "items", len(step["items"])] = row
        step["items"].append(item)

    def _add_step(self, step: dict[str, Any], row: Row) -> None:
        self._rows["steps", len(self.steps)] = row
        self.steps.append(step)

    def _last_item(self, row: Row) -> dict[str, Any]:
        group = self._groups[-1] if self._groups else None
        if group and group.item is not None:
            return group.item
        items = group.step["items"] if group and group.step else (self._loose or {}).get("items", [])
        if items:
            last: dict[str, Any] = items[-1]
            return last
        self._wrong(row, "type", N_("there is no question above this one that may not apply."))
        return {}

    def _not_understood(self, row: Row, known: re.Pattern[str]) -> None:
        """Say which constraint is not kept."""
        rest = known.sub("", row.get("constraint"))
        if row.get("constraint") and not row.get(f"{OWN}::kind") and re.sub(r"\band\b|[()\s]", "", rest):
            self._tell(row, "constraint", N_("this is not kept."))

    def _without_ends(self, row: Row, ends: tuple[str, str]) -> Any:
        """The hint without the line on the ends that we wrote ourselves."""
        help_, low, high = self._text(row, "hint"), self._text(row, f"{OWN}::low"), self._text(row, f"{OWN}::high")
        if not low or not high or not isinstance(help_, dict):
            return help_
        kept = {}
        for language, text in help_.items():
            own = ends_hint(*ends, *(one[language] if isinstance(one, dict) else one for one in (low, high)))
            if rest := text.removesuffix(own).strip():
                kept[language] = rest
        return kept if len(kept) == len(help_) else next(iter(kept.values()), None)

    # Cells

    def _of(self, sheet: str) -> Sequence[Row]:
        found = self.sheets.get(sheet)
        return found.rows if found else ()

    def _text(self, row: Row, column: str = "label") -> Any:
        """Both languages, or the only text that there is."""
        told = {code: text for code in ("nl", "en") if (text := row.get(f"{column}::{code}"))}
        if len(told) == 2:
            return told
        others = [text for name, text in row.cells.items() if name.startswith(f"{column}::")]
        return next(iter([*told.values(), *filter(None, [row.get(column)]), *others]), "")

    def _languages(self) -> None:
        sheet = self.sheets["survey"]
        languages = [name.partition("::")[2] for name in sheet.columns if name.startswith("label::")]
        for language in languages:
            if language not in ("nl", "en"):
                self.remarks.append(
                    BedoelingError(
                        N_("The language “{language}” is used only where there is no Dutch and no English text."),
                        language=language,
                    )
                )

    def _more(self, row: Row) -> dict[str, Any]:
        try:
            found = yaml.safe_load(row.get(f"{OWN}::more")) or {}
        except yaml.YAMLError:
            found = None
        if not isinstance(found, dict):
            self._wrong(row, f"{OWN}::more", N_("this is not understood. Example: {{word: true}}"))
            return {}
        return found

    def _about(self, about: dict[str, Row], key: str, otherwise: str) -> str:
        if key in about and (text := self._text(about[key], "text")):
            return text if isinstance(text, str) else str(text["nl"])
        self.remarks.append(
            BedoelingError(N_("The form does not say its {key}. Fill it in in the YAML file."), key=key)
        )
        return otherwise

    def _scale(self, number: int, row: Row) -> dict[str, Any]:
        self._rows["scales", number] = row
        split = {name: re.split(r"[\s,;]+", row.get(name)) if row.get(name) else [] for name in ("items", "reversed")}
        scale: dict[str, Any] = {"id": row.get("id"), "title": self._text(row, "title") or row.get("id"), **split}
        if row.get("at_least"):
            scale["at_least"] = int(row.get("at_least")) if row.get("at_least").isdigit() else row.get("at_least")
        return scale

    def _own_id(self, row: Row) -> str:
        return row.get(f"{OWN}::id") or self._id(row, row.get("name"), "name")

    def _id(self, row: Row, name: str, column: str) -> str:
        """The name as an id of ours; a name that had to change is told."""
        id_ = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_")[:64]
        if not id_[:1].isalpha():
            id_ = f"q_{id_}"[:64]
        if id_ != name:
            self._tell(row, column, N_("“{name}” is called “{id}” here."), name=name, id=id_)
        return id_

    def _option_id(self, row: Row, name: str) -> str:
        id_ = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_-")[:64] or "x"
        if id_ != name and row.number not in self._renamed:  # questions share lists
            self._renamed.add(row.number)
            self._tell(row, "name", N_("“{name}” is called “{id}” here."), name=name, id=id_)
        return id_

    def _wrong(self, row: Row, column: str, msgid: str, **values: Any) -> None:
        self.problems.append(_at(row, column, msgid, values))

    def _tell(self, row: Row, column: str, msgid: str, **values: Any) -> None:
        self.remarks.append(_at(row, column, msgid, values))


def _as_now(kind: str) -> str:
    """The type as XLSForm writes it now: older forms have "select one from LIST", "begin group"."""
    kind = re.sub(r"^(?:add )?select(?:1|[ _]?one)(?:\s+prompt using|\s+from)?(?=\s)", "select_one", kind, flags=re.I)
    several = r"^(?:add )?select(?:[ _]multiple|[ _]all(?:[ _]that[ _]apply)?)(?:\s+prompt using|\s+from)?(?=\s)"
    kind = re.sub(several, "select_multiple", kind, flags=re.I)
    return re.sub(r"^(begin|end)\s+(\w+)", r"\1_\2", kind, flags=re.I)


_CONSENT_NAMES = {"consent", "toestemming", "informed_consent"}


def _at(row: Row, column: str, msgid: str, values: dict[str, Any]) -> BedoelingError:
    return BedoelingError(
        "{place}: {told}",
        place=place(row.sheet, row.number, row.headings.get(column, column)),
        told=BedoelingError(msgid, **values),
    )

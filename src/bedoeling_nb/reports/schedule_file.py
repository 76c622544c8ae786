"""The schedule file: which reports are made when, about which units, and who gets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from bedoeling_nb import checked
from bedoeling_nb.community import Level, Period, PeriodKind, Unit, local_time
from bedoeling_nb.errors import BedoelingError, NotFound
from bedoeling_nb.reports import catalogue
from bedoeling_nb.reports.catalogue import Format, Report
from bedoeling_nb.store import Store, units
from bedoeling_nb.texts import N_, Language

__all__ = ["Cron", "Entry", "InvalidSchedule", "Recipient", "Schedule", "Units", "read"]

PLACES = ("unit", "report", "period", "parent")
"""What stands between braces in a folder or an address."""

_HERE = ZoneInfo("Europe/Amsterdam")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
_ID = r"^[a-z0-9][a-z0-9-]*$"
_WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=367), timedelta(days=4 * 366))


class InvalidSchedule(BedoelingError):
    """A schedule file with an error: file, line, field."""

    code: ClassVar[str] = "invalid_schedule"


class Cron(BaseTrigger):  # type: ignore[misc]
    """Five fields on the clock of people here; the moments it gives are UTC.

    On the night that the clock goes back, a time between two and three comes once, unless the entry runs each hour. On
    the night that it goes forward, such a time comes an hour later. Raises ValueError.

    APScheduler's own trigger counts days of the week from Monday where cron counts from Sunday: here those are names.
    Given the time it last fired it never leaves the hour that comes twice, so it is only asked for the first after a
    moment.
    """

    def __init__(self, text: str) -> None:
        fields = text.split()
        if len(fields) != 5:
            raise ValueError("five fields: minute, hour, day of the month, month, day of the week. Example: 0 7 1 * *")
        if any(character.isdigit() for character in fields[4].partition("/")[0]):
            raise ValueError("write the day of the week as a name: mon, tue, wed, thu, fri, sat, sun")
        self.text = " ".join(fields)
        self._hourly = fields[1].startswith("*")
        self._cron = CronTrigger.from_crontab(text, _HERE)
        if self.after(datetime(2000, 1, 1, tzinfo=UTC)) is None:
            raise ValueError("this never comes")

    def after(self, moment: datetime) -> datetime | None:
        """The first time after a moment, or None when there is none any more."""
        while found := self._cron.get_next_fire_time(None, moment.astimezone(UTC) + timedelta(microseconds=1)):
            # By way of UTC: of a local time that does not exist, only that tells when it is.
            moment = found.astimezone(UTC)
            if self._hourly or not local_time(moment).fold:
                return moment
        return None

    def latest(self, moment: datetime) -> datetime | None:
        """The last time until and with a moment, in the last four years."""
        for window in _WINDOWS:
            last, found = None, self.after(moment - window)
            while found is not None and found <= moment:
                last, found = found, self.after(found)
            if last:
                return last
        return None

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """What APScheduler asks."""
        return self.after(previous_fire_time or now)

    def __str__(self) -> str:
        return self.text


class Checked(BaseModel):
    """Nothing that we do not know, and nothing that changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Units(Checked):
    """About which units: these, all below one (and itself), all of a level, or all. In the file one of the four."""

    ids: tuple[str, ...] | None = Field(default=None, min_length=1)
    below: str | None = None
    level: Level | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_of(cls, given: Any) -> Any:
        if given == "all":
            return {}
        if isinstance(given, list):
            return {"ids": given}
        if isinstance(given, dict) and len(given) == 1 and next(iter(given)) in ("below", "level"):
            return given
        raise ValueError("a list of units, “below: UNIT”, “level: LEVEL”, or all")

    def chosen(self, store: Store, report: Report) -> list[Unit]:
        """The units that there are now, of the levels that the report is about. Raises NotFound, and BadRequest."""
        if self.ids is not None:
            return [units.get(store, unit) for unit in self.ids]  # of a wrong level: `plan` says so
        found = units.below(store, self.below) if self.below else units.all_units(store)
        return [unit for unit in found if unit.level in report.levels and self.level in (None, unit.level)]

    def __str__(self) -> str:
        if self.ids is not None:
            return ", ".join(self.ids)
        return f"≤ {self.below}" if self.below else self.level or "all"


class Recipient(Checked):
    """A folder, or addresses: one template for all units, or those of each unit."""

    folder: str | None = None
    mail: str | dict[str, tuple[str, ...]] | None = None

    @model_validator(mode="after")
    def _one(self) -> Recipient:
        if (self.folder is None) == (self.mail is None):
            raise ValueError("either folder or mail")
        return self

    @field_validator("mail", mode="before")
    @classmethod
    def _lists(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return {unit: [one] if isinstance(one, str) else one for unit, one in given.items()}
        return given

    @field_validator("folder")
    @classmethod
    def _path(cls, given: str) -> str:
        _filled(given, dict.fromkeys(PLACES, "x"))
        return given

    @field_validator("mail")
    @classmethod
    def _addresses(cls, given: str | dict[str, tuple[str, ...]]) -> str | dict[str, tuple[str, ...]]:
        for address in [given] if isinstance(given, str) else [one for all in given.values() for one in all]:
            if not _ADDRESS.fullmatch(_filled(address, dict.fromkeys(PLACES, "x"))):
                raise ValueError(f"“{address}” is not an address. Example: team-{{unit}}@example.nl")
        return given

    def at(self, folder: Path) -> Recipient:
        """With its folder below another one, unless it is absolute."""
        if self.folder is None or Path(self.folder).is_absolute():
            return self
        above = str(folder).replace("{", "{{").replace("}", "}}")
        return self.model_copy(update={"folder": f"{above}/{self.folder}"})

    def of(self, unit: Unit, report: str, period: str) -> Iterator[str]:
        """``folder:PATH`` or ``mail:ADDRESS`` for each place where a report of this unit goes."""
        values = {"unit": unit.id, "report": report, "period": period, "parent": unit.parent or unit.id}
        if self.folder is not None:
            yield f"folder:{Path(_filled(self.folder, values)).absolute()}"
        addresses = [self.mail] if isinstance(self.mail, str) else (self.mail or {}).get(unit.id, ())
        for address in addresses:
            yield f"mail:{_filled(address, values)}"


class Entry(Checked):
    """One line of the schedule. What it does not say, the file's ``defaults`` say."""

    id: str = Field(pattern=_ID, max_length=60)
    report: str
    units: Units
    period: PeriodKind
    when: Cron
    recipients: tuple[Recipient, ...] = Field(min_length=1)
    folder: Path = Path("data/output")
    """Where the reports are made."""
    language: Language = "nl"
    formats: tuple[Format, ...] = Field(default=("html",), min_length=1)

    def at(self, folder: Path) -> Entry:
        """With its paths below a folder, unless they are absolute."""
        recipients = tuple(one.at(folder) for one in self.recipients)
        return self.model_copy(update={"folder": folder / self.folder, "recipients": recipients})

    @field_validator("when", mode="before")
    @classmethod
    def _cron(cls, given: Any) -> Cron:
        if not isinstance(given, str):
            raise ValueError('five fields between quotes, such as "0 7 1 * *"')  # noqa: TRY004 - pydantic's way
        return Cron(given)

    @field_validator("report")
    @classmethod
    def _known(cls, given: str) -> str:
        try:
            report = catalogue.find(given)
        except NotFound as unknown:
            raise ValueError(unknown.message("en")) from None
        if not report.periods:
            raise ValueError("this report is about a session, and is made when that ends")
        return given

    @field_validator("period")
    @classmethod
    def _of_report(cls, given: PeriodKind, info: ValidationInfo) -> PeriodKind:
        if (report := info.data.get("report")) and given not in (known := catalogue.find(report).periods):
            raise ValueError(f"the report “{report}” is made of: {', '.join(known)}")
        return given

    @field_validator("units")
    @classmethod
    def _of_level(cls, given: Units, info: ValidationInfo) -> Units:
        if given.level and (report := info.data.get("report")):
            known = catalogue.find(report).levels
            if given.level not in known:
                raise ValueError(f"the report “{report}” is about: {', '.join(known)}")
        return given

    def period_at(self, due_at: datetime) -> Period:
        """The last whole period before it was due."""
        return Period.containing(local_time(due_at).date(), self.period).shifted(-1)


class Defaults(Checked):
    """What holds for each entry that does not say it itself."""

    folder: Path | None = None
    language: Language | None = None
    formats: tuple[Format, ...] | None = Field(default=None, min_length=1)
    recipients: tuple[Recipient, ...] | None = Field(default=None, min_length=1)


class Schedule(Checked):
    """The file."""

    defaults: Defaults = Defaults()
    entries: tuple[Entry, ...]

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        defaults, entries = given.get("defaults"), given.get("entries")
        if not isinstance(defaults, dict) or not isinstance(entries, list):
            return given
        known = {name: value for name, value in defaults.items() if name in Defaults.model_fields}
        return given | {"entries": [known | entry if isinstance(entry, dict) else entry for entry in entries]}

    @field_validator("entries")
    @classmethod
    def _once(cls, given: tuple[Entry, ...]) -> tuple[Entry, ...]:
        ids = [entry.id for entry in given]
        if twice := sorted({id for id in ids if ids.count(id) > 1}):
            raise ValueError(f"given twice: {', '.join(twice)}")
        return given

    def at(self, folder: Path) -> Schedule:
        """The same, with all paths below a folder; those that are absolute stay as they are."""
        return Schedule.model_construct(entries=tuple(entry.at(folder) for entry in self.entries))

    def entry(self, id: str) -> Entry:
        """The entry with this id. Raises NotFound."""
        for entry in self.entries:
            if entry.id == id:
                return entry
        raise NotFound(
            N_("There is no “{entry}” in the schedule. Known: {known}."),
            entry=id,
            known=", ".join(entry.id for entry in self.entries) or "–",
        )


def read(path: Path) -> Schedule:
    """The schedule in a file; a relative path in it starts at the file's own folder.

    Raises NotFound, and InvalidSchedule with file, line and field.
    """
    return checked.read(path, Schedule, InvalidSchedule, _is_tag).at(path.absolute().parent)


def _is_tag(part: Any) -> bool:
    return part in ("ids", "str") or (isinstance(part, str) and part.startswith(("dict[", "function-")))


def _filled(template: str, values: dict[str, str]) -> str:
    """The template with a value for each name in braces. Raises ValueError for any other brace."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as problem:
        raise ValueError(f"“{template}”: {problem}") from None
    for _, name, how, conversion in parts:
        if name is not None and (name not in PLACES or how or conversion):
            raise ValueError(f"“{template}”: between braces can stand {', '.join(f'{{{one}}}' for one in PLACES)}")
    # A unit's id comes from a file that somebody imported: in a path it stays one name.
    return template.format_map({name: re.sub(r"[^\w.-]|^\.+", "_", value) for name, value in values.items()})

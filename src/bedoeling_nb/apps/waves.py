"""Waves: ask a questionnaire of the teams of a unit, see how many take part, share the links, close it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, partial
from math import ceil
from typing import Any, Self

from bedoeling_nb.apps.attempts import attempt
from bedoeling_nb.apps.background import follow, in_background
from bedoeling_nb.apps.request import asked
from bedoeling_nb.community import LEVELS, Level, Unit, in_order, local_time, now, start_of_day
from bedoeling_nb.errors import Conflict
from bedoeling_nb.instruments import Instrument, Text, available, find, in_language
from bedoeling_nb.reports.invitations import reminder
from bedoeling_nb.reports.sections import day
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, events, instruments, units, waves
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import LANGUAGES, N_, Language, spoken, translate
from bedoeling_nb.widgets.stage import qr_path
from bedoeling_nb.widgets.waves import WavesDesk

__all__ = ["WavesApp", "minutes"]

POLL_SECONDS = 2.0
SOME_POLLS = 15
"""After so many polls the desk looks even when nothing was written: a wave closes by the clock."""

LISTED = 200
"""The newest waves; with older ones the command line still works."""

USUAL_DAYS = 14
MOST_AHEAD = timedelta(days=366)
"""A later last day is a slip of the finger."""

TAPPED = {"likert", "smiley", "single_choice", "multiple_choice", "slider", "dyad"}


class WavesApp:
    """The app: a list of waves; choose one to look at it, or open a new one. It moves by itself after `follow`."""

    def __init__(
        self, store: Store, unit: str | None, wave: str | None, language: Language, settings: Settings | None = None
    ) -> None:
        self.store, self.language, self.settings = store, language, settings or Settings()
        self.desk = WavesDesk(language=language, choices=self._choices(unit))
        self.desk.on_act(self.act)
        self._changed = store.changed()
        self._looked: Wave | None = None
        self._teams: dict[str, tuple[str, str]] = {}
        self._settled: dict[str, tuple[int, int]] = {}
        self._titles: dict[tuple[str, int], dict[str, str]] = {}
        self._working: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self.refresh()
        if wave:
            self.act({"do": "look", "wave": wave})

    @classmethod
    def open(cls, store: str | None = None, **parameters: Any) -> Self:
        """The app as the notebook's parameters, and the address in the browser, ask for it."""
        given = {name: value for name, value in parameters.items() if value is not None}
        wanted = given | {key: value for key, value in asked(wave=None, unit=None, language=None).items() if value}
        app = cls(Store.open(store), wanted.get("unit"), wanted.get("wave"), spoken(wanted.get("language")))
        app.follow()
        return app

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415

        display(self.desk)  # type: ignore[no-untyped-call]

    def _say(self, msgid: str, **values: Any) -> str:
        return translate(msgid, self.language).format(**values)

    def _choices(self, unit: str | None) -> dict[str, Any]:
        today = local_time(now()).date()
        known = in_order(units.all_units(self.store))
        people, below = units.headcount(self.store), units.tree(self.store)
        return {
            "questionnaires": _questionnaires(),
            "units": [
                {"id": one.id, "name": one.name, "depth": depth, "asks": _asks(below[one.id], people, self.settings.k)}
                for one, depth in known
            ],
            "unit": unit if unit in below else "",
            "k": self.settings.k,
            "today": today.isoformat(),
            "day": (today + timedelta(days=USUAL_DAYS)).isoformat(),
        }

    def refresh(self) -> None:
        """Bring the desk up to date with the store."""
        names = {unit.id: unit.name for unit in units.all_units(self.store)}
        found, moment = waves.recent(self.store, LISTED), now()
        turnout = self._settled | waves.turnout(self.store, [one for one in found if one.id not in self._settled])
        listed = [
            {
                "id": one.id,
                "title": self._title(one),
                "unit": names[one.unit],
                "until": one.last_day.isoformat(),
                "open": one.is_open(moment),
                "took": turnout[one.id][0],
                "people": turnout[one.id][1],
            }
            for one in sorted(found, key=lambda one: not one.is_open(moment))  # newest first, as they came
        ]
        self._settled = {one.id: turnout[one.id] for one in found if events.settled(one.closing, moment)}
        if listed != self.desk.waves:
            self.desk.waves = listed
        self._rate()

    def _rate(self) -> None:
        """The numbers of the wave that is looked at."""
        if self._looked is None:
            return
        wave = waves.get(self.store, self._looked.id)
        told, ended, is_open = waves.responses(self.store, wave), waves.ended(self.store, wave), wave.is_open(now())
        rate = {
            "open": is_open,
            "until": wave.last_day.isoformat(),
            "took": sum(one.participants for one in told),
            "people": sum(one.people for one in told),
            "teams": {one.code: [one.participants, one.people, is_open and one.unit not in ended] for one in told},
        }
        if rate != self.desk.rate:
            self.desk.rate = rate

    def follow(self) -> None:
        """From now on look at the store every few seconds, and do what takes long beside the notebook's cells."""
        self._following = in_background(
            follow(self._changed, self.refresh, self._tell, self.language, every=POLL_SECONDS, some=SOME_POLLS)
        )

    def _tell(self, problem: str) -> None:
        self.desk.notice = problem

    def act(self, message: dict[str, Any]) -> None:
        """What somebody asked for on the desk."""
        with attempt(self._tell, self.language):
            match message:
                case {"do": "open", **form}:
                    self._open(form)
                case {"do": "look", "wave": wave}:
                    with self.desk.hold_sync():
                        self._look(waves.get(self.store, str(wave)) if wave else None)
                case {"do": "team", "code": code}:
                    self._team(str(code))
                case {"do": "close", "wave": str(wave)}:
                    self._close(waves.get(self.store, wave))

    def _open(self, form: dict[str, Any]) -> None:
        """Open a wave, or say in the form what is wrong, or ask whether it is meant when it is asked there already."""
        self.desk.doubt, self.desk.problems = "", {}  # the form forgets them by itself: told again, they arrive
        self.desk.problems = problems = self._problems(form)
        if problems:
            return
        instrument, levels = find(str(form["questionnaire"])), _levels(form)
        if not form.get("sure"):
            self.desk.doubt = self._doubt(instrument, str(form["unit"]), levels)
            if self.desk.doubt:
                return
        closes_at = start_of_day(date.fromisoformat(str(form["day"])) + timedelta(days=1))

        work = partial(
            waves.open_wave,
            self.store,
            instrument,
            str(form["unit"]),
            closes_at,
            levels=levels,
            language=spoken(form.get("language")),
            k=self.settings.k,
        )
        self._in_thread(N_("The wave is being opened…"), work, self._opened)

    def _opened(self, wave: Wave) -> None:
        self.refresh()
        with self.desk.hold_sync():
            self._look(wave)

    def _problems(self, form: dict[str, Any]) -> dict[str, str]:
        """What is wrong with the form, by its field."""
        found: dict[str, str] = {}
        if str(form.get("questionnaire")) not in {one["id"] for one in self.desk.choices["questionnaires"]}:
            found["questionnaire"] = self._say(N_("Choose a questionnaire."))
        unit = next((one for one in self.desk.choices["units"] if one["id"] == form.get("unit")), None)
        levels = _levels(form)
        if unit is None:
            found["unit"] = self._say(N_("Choose the unit whose teams you ask."))
        if not levels:
            found["levels"] = self._say(N_("Choose at least one: teams, or those who lead."))
        elif unit and not set(levels) & set(unit["asks"]):
            found["levels"] = self._say(N_("In “{unit}” there is nothing of this to ask."), unit=unit["name"])
        try:
            ahead = date.fromisoformat(str(form.get("day"))) - local_time(now()).date()
            if ahead < timedelta(0):
                found["day"] = self._say(N_("This day is past. Choose today or a later day."))
            elif ahead > MOST_AHEAD:
                found["day"] = self._say(N_("This day is more than a year away. Choose an earlier day."))
        except ValueError:
            found["day"] = self._say(N_("Choose the last day on which people can answer."))
        return found

    def _doubt(self, instrument: Instrument, unit: str, levels: Sequence[Level]) -> str:
        """A question when units that would be asked are being asked the same already, else nothing."""
        wanted = {one.id for one in units.below(self.store, unit) if one.level in levels}
        twice, last = waves.running(self.store, instrument.id, wanted)
        if last is None:
            return ""
        asks = N_(
            "“{title}” is running here already, until and with {day}: at {n} of the {all} that you ask. People would "
            "get the same questions twice. Do you want to open it all the same?"
        )
        return self._say(
            asks,
            title=_both(instrument.title)[self.language],
            n=len(twice),
            all=len(wanted),
            day=day(last, self.language),
        )

    def _look(self, wave: Wave | None) -> None:
        """Show a wave: who was asked, and what can be shared; or only the list."""
        self._looked, self._teams = wave, {}
        self.desk.team, self.desk.doubt, self.desk.problems = {}, "", {}
        if wave is None:
            self.desk.wave = {}
            return
        names = {unit.id: unit for unit in units.all_units(self.store)}
        told = waves.responses(self.store, wave)
        self._teams = {one.code: (one.name, f"{self.settings.join_url}{one.code}") for one in told}
        language = waves.sessions_of(self.store, wave)[0].language
        self.desk.rate = {}
        self._rate()
        self.desk.wave = {
            "id": wave.id,
            "title": self._title(wave),
            "unit": names[wave.unit].name,
            "language": language,
            "reminders": {
                "general": reminder(self.store, wave, language),
                "teams": reminder(self.store, wave, language, list(self._teams.values())),
            },
            "teams": [
                {
                    "code": one.code,
                    "unit": one.unit,
                    "name": one.name,
                    "where": names[above].name if (above := names[one.unit].parent) else "",
                }
                for one in told
            ],
        }

    def _team(self, code: str) -> None:
        """The link of one team: codes are drawn when somebody looks at them, a thousand would take seconds."""
        if self._looked is None or code not in self._teams:
            self.desk.team = {}
            return
        name, address = self._teams[code]
        self.desk.team = {
            "code": code,
            "address": address,
            "qr": qr_path(address),
            "reminder": reminder(self.store, self._looked, spoken(self.desk.wave["language"]), [(name, address)]),
        }

    def _close(self, wave: Wave) -> None:
        work = partial(waves.close, self.store, wave)
        self._in_thread(N_("The wave is being closed…"), work, lambda _: self.refresh())

    def _in_thread(self, told: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do what takes seconds for a thousand teams beside the desk, and then go on with what it gave."""
        if self._working is not None and not self._working.done():
            raise Conflict(N_("Something is being done already. Wait until it is ready."))
        if self._following is None:
            then(work())
            return
        self.desk.busy = self._say(told)
        self._working = in_background(self._work(work, then))

    async def _work(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        with attempt(self._tell, self.language):
            try:
                then(await asyncio.to_thread(work))
            finally:
                self.desk.busy = ""

    def _title(self, wave: Wave) -> dict[str, str]:
        key = (wave.instrument, wave.instrument_version)
        if key not in self._titles:
            self._titles[key] = _both(instruments.get(self.store, *key).title)
        return self._titles[key]


@cache
def _questionnaires() -> list[dict[str, Any]]:
    """What can be asked, for the form; the catalogue is part of the installation, so it is read once."""
    return [
        {
            "id": one.id,
            "title": _both(one.title),
            "summary": _both(one.summary or ""),
            "minutes": minutes(one),
        }
        for one in available()
        if one.pace == "own"
    ]


def minutes(instrument: Instrument) -> int:
    """About how many minutes a questionnaire takes: what its steps say, else 16 s for a tap and 28 s for the rest."""
    if all(step.minutes for step in instrument.steps):
        return sum(step.minutes or 0 for step in instrument.steps)
    kinds = [item.kind for step in instrument.steps for item in step.items]
    return ceil(sum(16 if kind in TAPPED else 28 for kind in kinds) / 60)


def _levels(form: dict[str, Any]) -> list[Level]:
    chosen = form.get("levels")
    return [one for one in LEVELS if isinstance(chosen, list) and one in chosen]


def _both(text: Text) -> dict[str, str]:
    return {one: in_language(text, one) for one in LANGUAGES}


def _asks(below: Sequence[Unit], people: Mapping[str, int], k: int) -> dict[str, list[int]]:
    """Of each level that there is: how many units, how many people work in them, and how many have fewer than k."""
    found: dict[str, list[int]] = {}
    for level in LEVELS:
        staff = [people.get(one.id, 0) for one in below if one.level == level]
        if staff:
            found[level] = [len(staff), sum(staff), sum(size < k for size in staff)]
    return found

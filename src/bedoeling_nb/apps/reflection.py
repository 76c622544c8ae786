"""The reflection: a team looks at its own results together, talks about them with phones, and sets its course."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Self

import ipywidgets

from bedoeling_nb.analysis.reflection import Reflection, reflect
from bedoeling_nb.apps.attempts import attempt
from bedoeling_nb.apps.background import in_background
from bedoeling_nb.apps.course_form import CourseForm
from bedoeling_nb.apps.request import asked
from bedoeling_nb.apps.resonance import LiveSession
from bedoeling_nb.community import now
from bedoeling_nb.errors import BadRequest, NotFound, SessionEnded
from bedoeling_nb.instruments import Instrument, Text, find, in_language
from bedoeling_nb.instruments.instrument import Scale
from bedoeling_nb.reports.reflection import reflection_page
from bedoeling_nb.reports.sections import day
from bedoeling_nb.settings import Settings
from bedoeling_nb.store import Store, instruments, sessions, units, waves
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.texts import LANGUAGES, N_, Language, spoken, translate

__all__ = ["ReflectionApp", "talk"]

MOST_THEMES = 2
LOOK_SECONDS = 0.5


class ReflectionApp:
    """Choose a wave and a team; then what it says, what to talk about, and the course.

    ``session`` is the code of a talk to go on with: during the talk it stands in the address, so that a reload comes
    back to it. ``view`` is "lead", or "screen" for a second window on the projector, without the bar.
    """

    def __init__(
        self,
        store: Store,
        wave: str | None,
        unit: str | None,
        language: Language,
        session: str | None = None,
        view: str = "lead",
    ) -> None:
        self.store, self.language, self.leads = store, language, view != "screen"
        self.box = ipywidgets.VBox().add_class("bn-reflection")
        self.live: LiveSession | None = None
        self.course: CourseForm | None = None
        self.themes: dict[str, ipywidgets.Checkbox] = {}
        self.told = ipywidgets.Label("").add_class("bn-message")
        if session:
            try:
                self._talk(sessions.by_code(store, session))
            except NotFound as error:
                self._choose(None, None)
                self.told.value = error.message(language)
        else:
            self._choose(wave, unit)

    @classmethod
    def open(cls, store: str | None = None, **parameters: Any) -> Self:
        """The app as the notebook's parameters, and the address in the browser, ask for it."""
        given = {name: value for name, value in parameters.items() if value is not None}
        address = asked(wave=None, unit=None, language=None, session=None, view=None)
        wanted = given | {key: value for key, value in address.items() if value}
        return cls(
            Store.open(store),
            wanted.get("wave"),
            wanted.get("unit"),
            spoken(wanted.get("language")),
            wanted.get("session"),
            wanted.get("view", "lead"),
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415

        display(self.box)  # type: ignore[no-untyped-call]

    def _say(self, msgid: str, **values: Any) -> str:
        return translate(msgid, self.language).format(**values)

    def _attempt(self) -> AbstractContextManager[None]:
        def tell(problem: str) -> None:
            self.told.value = problem

        return attempt(tell, self.language)

    def _line(self, told: str) -> ipywidgets.Label:
        return ipywidgets.Label(told, layout={"width": "auto", "height": "auto"}).add_class("bn-help")

    def _choose(self, wave: str | None, unit: str | None) -> None:
        """The form to choose with, and at once the results when both are known."""
        names = {one.id: one.name for one in units.all_units(self.store)}
        known = waves.recent(self.store)
        if not known:
            hint = N_("There has been no wave yet. Open one with: bedoeling wave open climate --unit UNIT --closes DAY")
            self.box.children = [self._line(self._say(hint))]
            return
        labels = []
        for one in known:
            title = in_language(
                instruments.get(self.store, one.instrument, one.instrument_version).title, self.language
            )
            labels.append((f"{one.last_day:%d-%m-%Y} · {title} · {names[one.unit]}", one.id))  # its end may be cut off
        style = {"description_width": "11em"}
        self.wave = ipywidgets.Dropdown(
            options=labels,
            value=wave if wave in {one.id for one in known} else known[0].id,
            description=self._say(N_("Wave")),
            style=style,
        )
        self.unit = ipywidgets.Dropdown(description=self._say(N_("Team or unit")), style=style)

        def fill(_: Any = None) -> None:
            with self._attempt():
                chosen = waves.get(self.store, self.wave.value)
                teams = [(one.name, one.unit) for one in waves.responses(self.store, chosen)]
                self.unit.options = teams
                self.unit.value = teams[0][1]

        fill()
        self.wave.observe(fill, "value")
        show = ipywidgets.Button(description=self._say(N_("Look together")), button_style="primary")
        show.on_click(lambda _: self.look(self.wave.value, self.unit.value))
        heading = ipywidgets.Label(self._say(N_("Which team looks at itself?"))).add_class("bn-form-title")
        self.box.children = [ipywidgets.VBox([heading, self.wave, self.unit, show, self.told]).add_class("bn-form")]
        if unit in {value for _, value in self.unit.options}:
            self.look(self.wave.value, str(unit))

    def look(self, wave: str, unit: str) -> None:
        """Show what the team said, and what it can do with it."""
        with self._attempt():
            found = reflect(self.store, waves.get(self.store, wave), unit)
            state, at = found.meeting.state, now()
            if state.settled(at):
                self._show(found, unit)
            elif state.over(at):
                self._wait(found)
            else:
                self._still_open(found)

    def _show(self, found: Reflection, unit: str) -> None:
        page = ipywidgets.HTML(reflection_page(found, self.language)._repr_html_()).add_class("bn-summary")
        self.course = CourseForm(self.store, unit, self.language, self._say(N_("Our course")))
        self.box.children = [page, *([self._talk_form(found, unit)] if found.known else []), self.course.box]

    def _still_open(self, found: Reflection) -> None:
        """Who looks twice while people still answer sees what the last one said; so first the team closes it."""
        told = N_("This is still open until and with {day}. You look at it together when your team has closed it.")
        close = ipywidgets.Button(description=self._say(N_("Close it for our team, and look")), button_style="primary")
        close.on_click(lambda _: self._sure(found))
        self._ask(found, self._say(told, day=day(found.wave.last_day, self.language)), close)

    def _sure(self, found: Reflection) -> None:
        """It cannot be undone, and somebody may still be answering: so whoever presses says it twice."""
        told = N_(
            "Close it for your team? Whoever is still answering cannot send any more, and it cannot be opened again."
        )
        close = ipywidgets.Button(description=self._say(N_("Yes, close it for our team")), button_style="primary")

        def act(_: Any) -> None:
            session = found.meeting.session
            with self._attempt():
                with suppress(SessionEnded):  # somebody else of the team closed it
                    sessions.end(self.store, session.id, rev=sessions.state(self.store, session.id).rev)
                self.look(found.wave.id, session.unit)

        close.on_click(act)
        self._ask(found, self._say(told), close)

    def _ask(self, found: Reflection, told: str, close: ipywidgets.Button) -> None:
        """How many took part so far, something to press, and the way back."""
        back = ipywidgets.Button(description=self._say(N_("Not yet, back")))

        def leave(_: Any) -> None:
            with self._attempt():
                self._choose(found.wave.id, None)

        back.on_click(leave)
        took = N_("{n} of {size} people took part.") if found.people else N_("{n} people took part.")
        counted = self._say(took, n=found.participants, size=found.people)
        title = ipywidgets.Label(f"{found.meeting.unit_name}: {counted}").add_class("bn-form-title")
        self.box.children = [ipywidgets.VBox([title, self._line(told), close, back, self.told]).add_class("bn-form")]

    def _wait(self, found: Reflection) -> None:
        """For some seconds what was on its way comes in; then they look."""
        told = N_("One moment, the last answers are coming in. Then you see it here.")
        title = ipywidgets.Label(found.meeting.unit_name).add_class("bn-form-title")
        line = self._line(self._say(told))
        again = ipywidgets.Button(description=self._say(N_("Look together")), button_style="primary")
        again.on_click(lambda _: self.look(found.wave.id, found.session.unit))
        self.box.children = [ipywidgets.VBox([title, line, again, self.told]).add_class("bn-form")]

        async def look() -> None:
            while not found.meeting.state.settled(now()):  # noqa: ASYNC110 - it is the clock that we wait for
                await asyncio.sleep(LOOK_SECONDS)
            again.disabled = False
            again.click()

        self._waiting = in_background(look())
        again.disabled = self._waiting is not None

    def _talk_form(self, found: Reflection, unit: str) -> ipywidgets.VBox:
        """Choose at most two themes, and begin the talk."""
        self.themes = {
            one.scale.id: ipywidgets.Checkbox(
                description=in_language(one.scale.title, self.language), value=False, indent=False
            )
            for one in found.known
        }
        begin = ipywidgets.Button(description=self._say(N_("Begin the talk, with phones")), button_style="primary")
        begin.on_click(lambda _: self.begin(found, unit))
        heading = ipywidgets.Label(self._say(N_("What do we talk about? Choose two at most."))).add_class(
            "bn-form-title"
        )
        return ipywidgets.VBox([heading, *self.themes.values(), begin, self.told]).add_class("bn-form")

    def begin(self, found: Reflection, unit: str) -> None:
        """A live session about the chosen themes: vote again, what can we do, what do we agree?"""
        if self.live:  # a second press of a double click
            return
        chosen = [one.scale for one in found.known if self.themes[one.scale.id].value]
        with self._attempt():
            if not 1 <= len(chosen) <= MOST_THEMES:
                raise BadRequest(N_("Choose one or two themes."))
            script = talk(found.meeting.script, chosen)
            self._talk(sessions.create(self.store, unit, script, language=self.language, k=Settings().k))

    def _talk(self, session: Session) -> None:
        """The talk on the screen; when it has ended, the way to the course that follows from it."""
        self.live = live = LiveSession(self.store, session, leads=self.leads)
        self.box.remove_class("bn-reflection").add_class("bn-resonance")
        self.box.children = [live.box]
        on = ipywidgets.Button(description=self._say(N_("On to our course")), button_style="primary")

        def go_on(_: Any) -> None:
            with attempt(live._tell, self.language):
                self._set_course(session.unit)

        on.on_click(go_on)
        way = ipywidgets.VBox([on], layout={"align_self": "center"}).add_class("bn-form")

        def draw(_: Any = None) -> None:
            ended = self.leads and live.stage.view["ended"]
            live.box.children = [live.stage, *([way] if ended else []), live.board]

        draw()
        live.stage.observe(draw, "view")

    def _set_course(self, unit: str) -> None:
        """The course after the talk, with what was typed before it."""
        if self.course is None:
            self.course = CourseForm(self.store, unit, self.language, self._say(N_("Our course")))
        self.box.remove_class("bn-resonance").add_class("bn-reflection")
        self.box.children = [self.course.box]


def talk(questionnaire: Instrument, scales: Sequence[Scale]) -> Instrument:
    """The script of a talk about some scales: each is asked again, then what can be done and what is agreed."""

    def both(msgid: str, title: Text = "–") -> dict[str, str]:
        return {one: translate(msgid, one).format(title=in_language(title, one)) for one in LANGUAGES}

    steps: list[dict[str, Any]] = []
    for number, scale in enumerate(scales, 1):
        items = [questionnaire.step(path.split(".")[0]).item(path.split(".")[1]) for path in scale.items]
        steps.append(
            {
                "id": f"theme{number}",
                "title": scale.model_dump(mode="json")["title"],
                "question": both(N_("Tell each other what you see. How is it now?")),
                "minutes": 10,
                "items": [item.model_dump(mode="json") for item in items],
            }
        )
    wording = find("resonance")
    idea = {"id": "proposal", "kind": "short_text", "text": both(N_("We could…")), "max_length": 140, "required": True}
    steps += [
        {
            "id": "ideas",
            "title": both(N_("What can we do?")),
            "question": both(N_("What is the smallest step that we can try?")),
            "entries": 2,
            "minutes": 5,
            "items": [idea],
        },
        {
            "id": "agree",
            "title": both(N_("Agree")),
            "question": both(N_("Who does what by when, and when do we look back?")),
            "agree_on": "ideas.proposal",
            "minutes": 5,
        },
        wording.step("uitcheck").model_dump(mode="json"),
    ]
    content = {
        "version": 1,
        "title": both(N_("Talking about {title}"), questionnaire.title),
        "source": questionnaire.source,
        "licence": questionnaire.licence,
        "consent": wording.model_dump(mode="json")["consent"],
        "steps": steps,
    }
    digest = hashlib.blake2b(repr(content).encode(), digest_size=5).hexdigest()
    return Instrument.model_validate(content | {"id": f"talk-{digest}"})

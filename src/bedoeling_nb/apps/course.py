"""The course: what comes from below for any unit above the teams, and the course that any unit sets itself."""

from __future__ import annotations

from html import escape
from typing import Any, Self

import ipywidgets

from bedoeling_nb.apps.attempts import attempt
from bedoeling_nb.apps.course_form import CourseForm
from bedoeling_nb.apps.request import asked
from bedoeling_nb.community import LEVELS, Period, local_time, now
from bedoeling_nb.reports.unit import unit_report
from bedoeling_nb.store import Store, units
from bedoeling_nb.texts import N_, Language, spoken, translate

__all__ = ["CourseApp"]

QUARTERS = 6


class CourseApp:
    """Choose a unit. Of a team there is only its own course to set; above teams also what comes from below."""

    def __init__(self, store: Store, unit: str | None, language: Language) -> None:
        self.store, self.language = store, language
        known = units.all_units(store)
        style = {"description_width": "11em"}
        last = Period.containing(local_time(now()).date(), "quarter").shifted(-1)
        spans = [last.shifted(-number) for number in range(QUARTERS)]
        ids: list[str | None] = [one.id for one in sorted(known, key=lambda one: LEVELS.index(one.level))]
        self.unit = ipywidgets.Dropdown(
            options=[(f"{one.name} ({one.id})", one.id) for one in known],
            value=unit if unit in ids else next(iter(ids), None),
            description=self._say(N_("Team or unit")),
            style=style,
        )
        self.period = ipywidgets.Dropdown(
            options=[(one.name(language), one.id) for one in spans],
            value=last.id,
            description=self._say(N_("Period")),
            style=style,
        )
        self.shown = ipywidgets.VBox().add_class("bn-below")
        choice = ipywidgets.VBox([self.unit, self.period]).add_class("bn-form")
        self.box = ipywidgets.VBox([choice, self.shown]).add_class("bn-reflection")
        for one in (self.unit, self.period):
            one.observe(lambda _: self.look(), "value")
        self.look()

    @classmethod
    def open(cls, store: str | None = None, **parameters: Any) -> Self:
        """The app as the notebook's parameters, and the address in the browser, ask for it."""
        given = {name: value for name, value in parameters.items() if value is not None}
        wanted = given | {key: value for key, value in asked(unit=None, language=None).items() if value}
        return cls(Store.open(store), wanted.get("unit"), spoken(wanted.get("language")))

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415

        display(self.box)  # type: ignore[no-untyped-call]

    def _say(self, msgid: str, **values: Any) -> str:
        return translate(msgid, self.language).format(**values)

    def look(self) -> None:
        """Show what there is of the chosen unit."""
        if self.unit.value is None:
            return
        parts: list[ipywidgets.Widget] = []

        def show(page: str) -> None:
            parts.append(ipywidgets.HTML(page).add_class("bn-summary"))

        def tell(problem: str) -> None:
            if problem:
                show(f'<p class="bn-message">{escape(problem)}</p>')

        with attempt(tell, self.language):
            unit = units.get(self.store, self.unit.value)
            if unit.level != "team":
                with attempt(tell, self.language):
                    show(unit_report(self.store, unit.id, self.period.value, self.language)._repr_html_())
            self.course = CourseForm(
                self.store, unit.id, self.language, self._say(N_("The course of {unit}"), unit=unit.name)
            )
            parts.append(self.course.box)
        self.shown.children = parts

"""The course: what comes from below for any unit above the teams, and the course that any unit sets itself."""

from __future__ import annotations

from html import escape
from typing import Any, Self

import ipywidgets

from bedoeling_nb.apps.attempts import attempt
from bedoeling_nb.apps.course_form import CourseForm
from bedoeling_nb.apps.request import asked
from bedoeling_nb.community import LEVELS, Period, Unit, in_order, lineage, local_time, now
from bedoeling_nb.reports.progress import help_section
from bedoeling_nb.reports.sections import Page, Words
from bedoeling_nb.reports.unit import unit_report
from bedoeling_nb.store import Store, courses, units
from bedoeling_nb.texts import N_, Language, spoken, translate

__all__ = ["CourseApp"]

QUARTERS = 6
NEAREST = 20
"""Of so many others a team sees what they ask and offer: more nobody reads."""


class CourseApp:
    """Choose a unit and set its course: above teams beside what comes from below, of a team beside what others ask."""

    def __init__(self, store: Store, unit: str | None, language: Language) -> None:
        self.store, self.language = store, language
        known = [one for one, _ in in_order(units.all_units(store))]
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
        self.forms: dict[str, CourseForm] = {}
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
            self.period.layout.display = "none" if unit.level == "team" else ""  # of a team it changes nothing
            if unit.level != "team":
                with attempt(tell, self.language):
                    show(unit_report(self.store, unit.id, self.period.value, self.language)._repr_html_())
            parts.append(self._form(unit).box)
            if unit.level == "team" and (page := others(self.store, unit, self.language)):
                show(page._repr_html_())
        self.shown.children = parts

    def _form(self, unit: Unit) -> CourseForm:
        """The unit's form; one in which somebody typed stays as it is, also while they look at another unit."""
        form = self.forms.get(unit.id)
        if form is None or not form.changed:
            title = self._say(N_("The course of {unit}"), unit=unit.name)
            form = self.forms[unit.id] = CourseForm(self.store, unit.id, self.language, title)
        return form


def others(store: Store, unit: Unit, language: Language) -> Page | None:
    """What other units that share their course ask and offer, those nearest to this one first; None when nothing."""
    tree = {one.id: one for one in units.all_units(store)}

    mine = lineage(tree, unit.id)
    told = [one for one in courses.shared_below(store, mine[-1]) if one.unit != unit.id and (one.asks or one.offers)]
    told.sort(key=lambda one: mine.index(next(above for above in lineage(tree, one.unit) if above in mine)))
    if not told:
        return None

    def name(unit: str) -> str:
        place = tree.get(tree[unit].parent or "")
        return f"{tree[unit].name} ({place.name})" if place and place.id not in mine else tree[unit].name

    say = Words(language)
    return Page(
        title=say(N_("Asking and offering help")),
        headline=say(N_("What others ask and offer, who are nearest first. Does something fit? Then call each other.")),
        language=language,
        sections=(
            help_section(
                say(N_("What others ask and offer")),
                [(one, name(one.unit)) for one in told[:NEAREST]],
                N_("Asked"),
                N_("Offered"),
                say,
            ),
        ),
        foot=say(N_("Of those who share their course.")),
    )

"""The form with which a unit sets its course."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ipywidgets

from bedoeling_nb.apps.attempts import attempt
from bedoeling_nb.community import PROMISES, local_time, now
from bedoeling_nb.store import Store, courses
from bedoeling_nb.store.courses import Goal
from bedoeling_nb.texts import N_, Language, translate

__all__ = ["CourseForm"]

SIGNS = ("●", "▲", "■")


class CourseForm:
    """A goal for each promise, what is asked and offered, when to look again, and whether it goes up.

    ``title`` stands above it. It begins with the course that the unit has. Keeping it adds a new one; what it was stays
    readable.
    """

    def __init__(self, store: Store, unit: str, language: Language, title: str) -> None:
        self.store, self.unit, self.language = store, unit, language
        course = courses.of_unit(store, unit)
        rows: list[Any] = [ipywidgets.Label(title).add_class("bn-form-title")]
        self.goals: dict[str, tuple[ipywidgets.Text, ...]] = {}
        for sign, promise in zip(SIGNS, PROMISES, strict=True):
            goal = course.goals.get(promise.key, Goal("")) if course else Goal("")
            fields = (
                self._field(N_("We want"), goal.goal),
                self._field(N_("We notice it by"), goal.sign),
                self._field(N_("Who"), goal.who),
            )
            self.goals[promise.key] = fields
            name = ipywidgets.Label(f"{sign} {getattr(promise, language)}").add_class("bn-form-title")
            rows += [name, *fields]
        self.asks = self._lines(N_("We ask of others (one a line)"), course.asks if course else ())
        self.offers = self._lines(N_("We offer others (one a line)"), course.offers if course else ())
        later = local_time(now()).date() + timedelta(days=90)
        self.review = ipywidgets.DatePicker(
            value=max(course.review_on, later) if course else later, **self._described(N_("Look at it again on"))
        )
        self.shared = ipywidgets.Checkbox(
            value=bool(course and course.shared),
            description=self._say(
                N_("We share our course with the units above us, and what we ask and offer with other teams")
            ),
            indent=False,
        )
        keep = ipywidgets.Button(description=self._say(N_("Keep our course")), button_style="primary")
        keep.on_click(lambda _: self.keep())
        self.told = ipywidgets.Label("").add_class("bn-message")
        parts = [*rows, self.asks, self.offers, self.review, self.shared, keep, self.told]
        self.box = ipywidgets.VBox(parts).add_class("bn-form").add_class("bn-course")

    def keep(self) -> None:
        """Record what stands in the form, or say why it cannot be."""
        goals = {
            key: Goal(*(field.value for field in fields))
            for key, fields in self.goals.items()
            if fields[0].value.strip()
        }
        with attempt(self._tell, self.language):
            courses.set_course(
                self.store,
                self.unit,
                goals,
                self.review.value,
                asks=[line for line in self.asks.value.splitlines() if line.strip()],
                offers=[line for line in self.offers.value.splitlines() if line.strip()],
                shared=self.shared.value,
            )
            self._tell(self._say(N_("Your course is kept.")))

    def _tell(self, told: str) -> None:
        self.told.value = told

    def _say(self, msgid: str) -> str:
        return translate(msgid, self.language)

    def _described(self, msgid: str) -> dict[str, Any]:
        return {"description": self._say(msgid), "style": {"description_width": "11em"}}

    def _field(self, msgid: str, value: str) -> ipywidgets.Text:
        return ipywidgets.Text(value=value, **self._described(msgid))

    def _lines(self, msgid: str, values: Any) -> ipywidgets.Textarea:
        return ipywidgets.Textarea(value="\n".join(values), rows=3, **self._described(msgid))

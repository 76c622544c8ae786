"""The form with which a unit sets its course."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ipywidgets

from bedoeling_nb.apps.attempts import attempt
from bedoeling_nb.apps.days import MOST_AHEAD, to_come
from bedoeling_nb.community import PROMISES, Promise, local_time, now
from bedoeling_nb.errors import BadRequest
from bedoeling_nb.instruments.wording import clean, named
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
        today = local_time(now()).date()
        later = today + timedelta(days=90)
        self.review = ipywidgets.DatePicker(
            value=course.review_on if course and later < course.review_on <= today + MOST_AHEAD else later,
            **self._described(N_("Look at it again on")),
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
        self._kept = self._typed()

    @property
    def changed(self) -> bool:
        """Whether there is something in it that was not kept."""
        return self._typed() != self._kept

    def _typed(self) -> tuple[Any, ...]:
        fields = [field for fields in self.goals.values() for field in fields]
        return tuple(one.value for one in (*fields, self.asks, self.offers, self.review, self.shared))

    def keep(self) -> None:
        """Record what stands in the form, or say why it cannot be."""
        with attempt(self._tell, self.language):
            goals = {promise.key: self._goal(promise) for promise in PROMISES}
            courses.set_course(
                self.store,
                self.unit,
                {key: goal for key, goal in goals.items() if goal.goal},
                to_come(self.review.value, self.review.description) if self.review.value else None,
                asks=self._texts(self.asks),
                offers=self._texts(self.offers),
                shared=self.shared.value,
            )
            self._kept = self._typed()
            self._tell(self._say(N_("Your course is kept.")))

    def _goal(self, promise: Promise) -> Goal:
        """What is wanted for a promise; a sign or a name alone would be lost, so that is refused."""
        fields = self.goals[promise.key]
        name = getattr(promise, self.language)
        goal = Goal(*("".join(self._texts(field, f"{name}, ")) for field in fields))
        if (goal.sign or goal.who) and not goal.goal:
            left = ", ".join(f"“{field.description}”" for field in fields[1:] if field.value.strip())
            raise BadRequest(N_("{promise}: say what you want, or clear {fields} too."), promise=name, fields=left)
        return goal

    def _texts(self, field: Any, before: str = "") -> list[str]:
        """The lines of a field that hold something, fit to keep."""
        with named(f"{before}{field.description}"):
            return [clean(line, courses.LONGEST, one_line=True) for line in field.value.splitlines() if line.strip()]

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

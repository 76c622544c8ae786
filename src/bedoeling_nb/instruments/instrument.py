"""A questionnaire or the script of a session: steps, each with items."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments.item import Id, Text, misplaced
from bedoeling_nb.instruments.kinds import AnyItem
from bedoeling_nb.texts import N_

__all__ = ["AGREEMENTS", "Instrument", "Pace", "Scale", "Step"]

AGREEMENTS = "agreements"
"""The source that stands for what this unit agreed at its last session."""

Source = Annotated[str, Field(pattern=r"^(agreements|[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*)$")]


class Step(BaseModel):
    """What is asked together: one screen of a phone, one picture on the board."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    title: Text
    question: Text | None = None
    minutes: int | None = Field(default=None, ge=1, le=240)
    tip: Text | None = None
    """For the facilitator only."""
    entries: int = Field(default=1, ge=1, le=20)
    """How many times one person may answer."""
    for_each: Source | None = None
    """Ask once for each text of an earlier step (STEP.ITEM), or for each of the unit's last agreements."""
    agree_on: Source | None = None
    """The facilitator records who does what by when, choosing from these texts."""
    items: tuple[AnyItem, ...] = ()

    @model_validator(mode="after")
    def _one_way_to_repeat(self) -> Self:
        if self.for_each and self.entries != 1:
            raise ValueError("give entries or for_each, not both")
        for index, item in enumerate(self.items):
            if item.id in {other.id for other in self.items[:index]}:
                raise misplaced(f"two items have the id {item.id!r}", "items", index, "id")
        return self

    def item(self, item_id: str) -> AnyItem:
        """The item with this id."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise NotFound(N_("Step “{step}” has no item “{item}”."), code="unknown_item", step=self.id, item=item_id)


Pace = Literal["together", "own"]

ItemPath = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$")]


class Scale(BaseModel):
    """Items that are scored together: the mean of those that were answered, reversed ones turned round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    title: Text
    items: tuple[ItemPath, ...] = Field(min_length=1)
    """As STEP.ITEM; all with the same answers."""
    reversed: tuple[ItemPath, ...] = ()
    at_least: int | None = Field(default=None, ge=1)
    """How many items somebody must have answered to have a score; by default half of them, rounded up."""

    @property
    def needed(self) -> int:
        """How many items somebody must have answered."""
        return self.at_least or (len(self.items) + 1) // 2


class Instrument(BaseModel):
    """A questionnaire or a session's script, as data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    version: int = Field(ge=1)
    pace: Pace = "together"
    """A session, led step by step by a facilitator, or a questionnaire that everybody fills in at their own pace."""
    title: Text
    summary: Text | None = None
    source: str
    licence: str
    consent: Text
    """What people read before they take part: what happens with their answers."""
    steps: tuple[Step, ...] = Field(min_length=1)
    scales: tuple[Scale, ...] = ()

    @model_validator(mode="after")
    def _scales_fit(self) -> Self:
        items = {f"{step.id}.{item.id}": item for step in self.steps for item in step.items}
        seen: set[str] = set()
        for number, scale in enumerate(self.scales):
            if scale.id in seen:
                raise misplaced(f"two scales have the id {scale.id!r}", "scales", number, "id")
            seen.add(scale.id)
            for name in ("items", "reversed"):
                known = items if name == "items" else dict.fromkeys(scale.items)
                for index, path in enumerate(getattr(scale, name)):
                    if path not in known:
                        what = "an item of this questionnaire" if name == "items" else "an item of this scale"
                        raise misplaced(f"{path!r} is not {what}", "scales", number, name, index)
            if len({_answers(items[path]) for path in scale.items}) > 1:
                raise misplaced("the items of a scale have the same answers", "scales", number, "items")
            if scale.needed > len(scale.items):
                raise misplaced("more than the scale has items", "scales", number, "at_least")
        return self

    @model_validator(mode="after")
    def _own_pace_needs_nobody(self) -> Self:
        """Whoever answers alone cannot build on what others said, nor agree with them."""
        if self.pace == "own":
            for number, step in enumerate(self.steps):
                for name in ("for_each", "agree_on"):
                    if getattr(step, name):
                        raise misplaced("only in a session (pace: together)", "steps", number, name)
                if step.entries > 1:
                    raise misplaced("only in a session (pace: together)", "steps", number, "entries")
                if not step.items:
                    raise misplaced("a step of a questionnaire asks something", "steps", number, "items")
                for index, item in enumerate(step.items):
                    if getattr(item, "options_from", None):
                        location = ("steps", number, "items", index, "options_from")
                        raise misplaced("only in a session (pace: together)", *location)
        return self

    @model_validator(mode="after")
    def _sources_exist(self) -> Self:
        texts: set[str] = {AGREEMENTS}
        seen: set[str] = set()
        for number, step in enumerate(self.steps):
            if step.id in seen:
                raise misplaced(f"two steps have the id {step.id!r}", "steps", number, "id")
            seen.add(step.id)
            wanted: list[tuple[str | None, tuple[str | int, ...]]] = [
                (step.for_each, ("for_each",)),
                (step.agree_on, ("agree_on",)),
                *(
                    (getattr(item, "options_from", None), ("items", index, "options_from"))
                    for index, item in enumerate(step.items)
                ),
            ]
            for source, location in wanted:
                if source is not None and source not in texts:
                    raise misplaced(f"{source!r} is not a text item of an earlier step", "steps", number, *location)
            texts |= {f"{step.id}.{item.id}" for item in step.items if item.is_text}
        return self

    def step(self, step_id: str) -> Step:
        """The step with this id."""
        return self.steps[self.index(step_id)]

    def index(self, step_id: str) -> int:
        """Where the step stands, from 0."""
        for index, step in enumerate(self.steps):
            if step.id == step_id:
                return index
        raise NotFound(N_("There is no step “{step}” in this session."), code="unknown_step", step=step_id)

    def to_json(self) -> dict[str, Any]:
        """The definition as it is kept in the store."""
        return self.model_dump(mode="json")


def _answers(item: Any) -> tuple[Any, ...]:
    """What tells whether two items can be in one scale: the kind, and its first and last value."""
    ends = (
        getattr(item, "first", None),
        len(getattr(item, "labels", ())),
        getattr(item, "min", 0),
        getattr(item, "max", 1),
    )
    return (item.kind, *ends)

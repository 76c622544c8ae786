"""A questionnaire or the script of a session: steps, each with items."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments.item import Id, Text, misplaced
from bedoeling_nb.instruments.kinds import AnyItem
from bedoeling_nb.texts import N_

__all__ = ["AGREEMENTS", "Instrument", "Step"]

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


class Instrument(BaseModel):
    """A questionnaire or a session's script, as data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    version: int = Field(ge=1)
    title: Text
    summary: Text | None = None
    source: str
    licence: str
    consent: Text
    """What people read before they take part: what happens with their answers."""
    steps: tuple[Step, ...] = Field(min_length=1)

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

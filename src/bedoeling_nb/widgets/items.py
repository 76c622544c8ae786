"""Each item kind as a Jupyter widget: the same front-end module that the phones use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

import traitlets

from bedoeling_nb.errors import InvalidAnswer
from bedoeling_nb.instruments import KINDS, Item
from bedoeling_nb.widgets.assets import module, style
from bedoeling_nb.widgets.translated import Translated

__all__ = [
    "DotVote",
    "Dyad",
    "ItemWidget",
    "Likert",
    "LongText",
    "MultipleChoice",
    "Plane",
    "Ranking",
    "ShortText",
    "SingleChoice",
    "Slider",
    "Smiley",
    "Triad",
    "widget",
]


class ItemWidget(Translated):
    """Ask one item, or show the summary of many answers.

    ``Triad(id="balance", text="Waar ging onze aandacht heen?")`` asks; ``value`` is a trait with the answer, checked
    as a phone's answer is. A value that is not allowed is not taken over: the page says why (``message``), and setting
    it from Python raises a TraitError with the same sentence. With ``mode="show"`` it draws ``summary`` instead, as
    `Item.summarise` makes it.
    """

    kind: ClassVar[str] = ""

    item = traitlets.Dict(help="The question, as data").tag(sync=True)
    mode = traitlets.Enum(["ask", "show"], default_value="ask").tag(sync=True)
    value = traitlets.Any(default_value=None, allow_none=True, help="The answer; None is no answer").tag(sync=True)
    summary = traitlets.Dict(default_value=None, allow_none=True, help="What to show").tag(sync=True)
    disabled = traitlets.Bool(default_value=False).tag(sync=True)
    moderate = traitlets.Bool(default_value=False, help="Whether texts can be hidden and merged").tag(sync=True)
    message = traitlets.Unicode("", help="Why the last value was refused").tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "kind" in vars(cls):  # ipywidgets makes further subclasses by itself, when it adds traits
            cls._esm, cls._css = module(cls.kind), style("widgets", cls.kind)
        super().__init_subclass__(**kwargs)

    def __init__(self, item: Item | None = None, **config: Any) -> None:
        traits = {name: config.pop(name) for name in list(config) if self.has_trait(name) and name != "item"}
        self.question = item or KINDS[self.kind].model_validate({"kind": self.kind, **config})
        super().__init__(item=self.question.public(), **traits)

    @traitlets.validate("value")
    def _check(self, proposal: traitlets.Bunch) -> Any:
        try:
            return None if proposal["value"] is None else self.question.check(proposal["value"])
        except InvalidAnswer as error:
            raise traitlets.TraitError(error.message(self.language)) from error

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What the page changed; a value that is not allowed is answered with a message there."""
        self.message = ""
        if sync_data.get("value") is not None:
            try:
                self.question.check(sync_data["value"])
            except InvalidAnswer as error:
                self.message = error.message(self.language)
                sync_data = {name: value for name, value in sync_data.items() if name != "value"}
        super().set_state(sync_data)

    def on_moderate(self, act: Callable[[str, str, str | None], None]) -> None:
        """Call ``act(action, text, into)`` when somebody hides, shows, merges or splits a text."""
        actions = ("hide", "show", "merge", "split")

        def hear(_: Any, content: Any, _buffers: Any) -> None:
            if isinstance(content, dict) and content.get("type") in actions and isinstance(content.get("id"), str):
                act(content["type"], content["id"], content.get("into"))

        self.on_msg(hear)


class SingleChoice(ItemWidget):
    """One of the options."""

    kind = "single_choice"


class MultipleChoice(ItemWidget):
    """Some of the options."""

    kind = "multiple_choice"


class Likert(ItemWidget):
    """A scale with a label at each point."""

    kind = "likert"


class Slider(ItemWidget):
    """A number between two ends."""

    kind = "slider"


class Smiley(ItemWidget):
    """Three faces."""

    kind = "smiley"


class ShortText(ItemWidget):
    """One line, or one word."""

    kind = "short_text"


class LongText(ItemWidget):
    """More than one line."""

    kind = "long_text"


class Dyad(ItemWidget):
    """A place between two poles."""

    kind = "dyad"


class Triad(ItemWidget):
    """A place between three corners."""

    kind = "triad"


class Plane(ItemWidget):
    """A place between two axes."""

    kind = "plane"


class DotVote(ItemWidget):
    """Dots to divide."""

    kind = "dot_vote"


class Ranking(ItemWidget):
    """An order."""

    kind = "ranking"


def widget(item: Item, **traits: Any) -> ItemWidget:
    """The widget for an item of any kind."""
    for subclass in ItemWidget.__subclasses__():
        if subclass.kind == item.kind:
            return cast("ItemWidget", subclass(item, **traits))
    made = type(item.kind.title().replace("_", ""), (ItemWidget,), {"kind": item.kind})  # a kind that came by itself
    return cast("ItemWidget", made(item, **traits))

"""The item kinds: one file a kind, found by looking in this folder.

A new kind is a module here with one subclass of `Item` whose `kind` is a literal of the module's name, and a front-end
module `widgets/<kind>.js`; nothing else needs to know.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from bedoeling_nb.instruments.item import Item

__all__ = ["KINDS", "AnyItem"]


def _find() -> dict[str, type[Item]]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        namespace = vars(importlib.import_module(f"{__name__}.{module.name}"))
        found[module.name] = next(
            value
            for value in namespace.values()
            if isinstance(value, type) and issubclass(value, Item) and value.__module__.endswith("." + module.name)
        )
    return found


KINDS: dict[str, type[Item]] = _find()
"""Kind name to class."""

if TYPE_CHECKING:
    AnyItem = Item
else:
    AnyItem = Annotated[Union[tuple(KINDS.values())], Field(discriminator="kind")]  # noqa: UP007 - made at run time

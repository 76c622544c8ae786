"""The report desk: make a report, what comes by itself, what was made and what failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from bedoeling_nb.widgets.assets import module, style
from bedoeling_nb.widgets.translated import Translated

__all__ = ["Desk"]


class Desk(Translated):
    """What can be made, what is due, and what was run.

    ``choices`` has reports [{id, title, levels, periods}], units [{id, name, level, depth}] and periods [{id, kind,
    name, running, usual}]; ``view`` has entries [{id, title, about, next, paused, last}], a hint for when there are
    none, and runs [{id, title, unit, period, state, at, seconds, problem, traceback, files, path}]; moments are
    milliseconds. ``making`` has total, done, failed and unchanged while reports are made; when they are ready the total
    is 0.
    """

    _esm = module("desk")
    _css = style("widgets", "apps", "desk")

    choices = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    making = traitlets.Dict({"total": 0, "done": 0, "failed": 0, "unchanged": 0}).tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)

    def on_act(self, act: Callable[[dict[str, Any]], None]) -> None:
        """Call ``act`` with {do: "make", report, unit, period, pdf}, {do: "again", run}, or {do: "pause" | "resume" |
        "now", entry} when somebody asks for it.
        """
        self.on_msg(lambda _, content, __: act(content) if isinstance(content, dict) else None)

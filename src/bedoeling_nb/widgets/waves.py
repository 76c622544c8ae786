"""The waves: open one, see who was asked and how many took part, share the links, close it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from bedoeling_nb.widgets.assets import module, style
from bedoeling_nb.widgets.translated import Translated

__all__ = ["WavesDesk"]


class WavesDesk(Translated):
    """A list of waves, the form that opens one, and one wave of which the numbers move while people answer.

    ``choices`` is for the form: questionnaires [{id, title, summary, minutes}], units in the order of the tree
    [{id, name, depth, asks: {level: [units, people, units with fewer than k]}}], k, unit (the one to begin with),
    today and day (the last day to begin with). ``waves`` is the list [{id, title, unit, until, open, took, people}];
    days are ISO texts.

    ``wave`` is the one that is looked at, {} for none: id, title, unit, language, reminders {general, teams} and teams
    [{code, unit, name, where}]. ``rate`` has what changes of it: open, until, took, people, and teams {code: [took,
    people, open]}. ``team`` is the team whose link is looked at: code, address, qr (`qr_path`), reminder.

    ``problems`` are sentences by the field of the form they are about; ``doubt`` asks whether it is really meant.
    ``busy`` says what is being done.
    """

    _esm = module("waves")
    _css = style("widgets", "apps", "desk", "waves")

    choices = traitlets.Dict().tag(sync=True)
    waves: Any = traitlets.List().tag(sync=True)
    wave = traitlets.Dict().tag(sync=True)
    rate = traitlets.Dict().tag(sync=True)
    team = traitlets.Dict().tag(sync=True)
    problems = traitlets.Dict().tag(sync=True)
    doubt = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Unicode("").tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)

    def on_act(self, act: Callable[[dict[str, Any]], None]) -> None:
        """Call ``act`` with {do: "open", questionnaire, unit, levels, day, language, sure}, {do: "look", wave} (null:
        the list), {do: "team", code} or {do: "close", wave} when somebody asks for it.
        """
        self.on_msg(lambda _, content, __: act(content) if isinstance(content, dict) else None)

"""The frame of a live session on the big screen, and the list of what was agreed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
import traitlets

from bedoeling_nb.widgets.assets import module, style
from bedoeling_nb.widgets.translated import Translated

__all__ = ["Agreements", "Stage", "qr_path"]


class Stage(Translated):
    """What is asked, how to join, who is here, and the facilitator's bar.

    ``view`` has: rev, title, unit, code, join_url, qr (`qr_path`), phones, answered (None where nothing is asked),
    waiting (some answers are in no picture until the step closes), steps [{id, title, question, tip, minutes}], index
    (-1 before the first), open, ended, since (milliseconds), screen (no bar). ``beat`` is a sign of
    life: a page that misses it loads itself again.
    """

    _esm = module("stage")
    _css = style("widgets", "apps")

    view = traitlets.Dict().tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)
    beat = traitlets.Int(0).tag(sync=True)

    def on_act(self, act: Callable[[dict[str, Any]], None]) -> None:
        """Call ``act`` with {do: "go", step, open, rev} or {do: "end", rev} when the facilitator uses the bar."""
        self.on_msg(lambda _, content, __: act(content) if isinstance(content, dict) else None)


class Agreements(Translated):
    """What was agreed: [{id, text, who, due_on, review_on}]; ``editable`` offers to take one back.

    ``past`` says that it was last time, not now.
    """

    _esm = module("agreements")
    _css = style("widgets", "apps")

    agreements: Any = traitlets.List().tag(sync=True)
    past = traitlets.Bool(default_value=False).tag(sync=True)
    editable = traitlets.Bool(default_value=False).tag(sync=True)

    def on_withdraw(self, act: Callable[[str], None]) -> None:
        """Call ``act(id)`` when an agreement is taken back."""
        self.on_msg(lambda _, content, __: act(content["withdraw"]) if "withdraw" in content else None)


def qr_path(text: str) -> dict[str, Any]:
    """A QR code as an SVG path in a square of ``size`` units, with the quiet zone of four that the standard asks."""
    code = segno.make(text, error="m", micro=False)
    border = 4
    path = "".join(
        f"M{x + border} {y + border}h1v1h-1z" for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark
    )
    return {"size": code.symbol_size(border=border)[0], "path": path}

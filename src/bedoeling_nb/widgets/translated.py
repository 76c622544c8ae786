"""A widget that speaks the reader's language."""

from __future__ import annotations

import anywidget
import traitlets

from bedoeling_nb.widgets.assets import words

__all__ = ["Translated"]


class Translated(anywidget.AnyWidget):
    """A widget whose words follow ``language``."""

    language = traitlets.Enum(["nl", "en"], default_value="nl").tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)

    @traitlets.default("texts")
    def _words(self) -> dict[str, str]:
        return words(self.language)

    @traitlets.observe("language")
    def _translate(self, change: traitlets.Bunch) -> None:
        self.texts = words(change["new"])

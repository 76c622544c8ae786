"""Who may see what: nobody sees a small group, nobody sees who said something."""

from __future__ import annotations

from bedoeling_nb.privacy.pseudonyms import participant, text_name
from bedoeling_nb.privacy.threshold import protect

__all__ = ["participant", "protect", "text_name"]

"""Who may see what: nobody sees a small group, nobody sees who said something."""

from __future__ import annotations

from bedoeling_nb.privacy.batches import in_batches
from bedoeling_nb.privacy.pseudonyms import linking_hash, participant, personal_code, text_name
from bedoeling_nb.privacy.screen import Found, Screen, Screened
from bedoeling_nb.privacy.suppression import Cell, Key, Shown, Withheld, suppress
from bedoeling_nb.privacy.threshold import TEXT_K, K, protect

__all__ = [
    "TEXT_K",
    "Cell",
    "Found",
    "K",
    "Key",
    "Screen",
    "Screened",
    "Shown",
    "Withheld",
    "in_batches",
    "linking_hash",
    "participant",
    "personal_code",
    "protect",
    "suppress",
    "text_name",
]

"""What people read, in Dutch and English.

The msgid is the English sentence; `nl/LC_MESSAGES/bedoeling_nb.po` holds the Dutch one. `hatch_build.py` compiles it at
installation; `make texts` extracts new sentences from the Python and JavaScript sources.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import Literal, get_args

__all__ = ["LANGUAGES", "N_", "Language", "catalogue", "spoken", "translate"]

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def spoken(asked: object) -> Language:
    """The language that an address, a form or a row asks for; Dutch when it is none of ours."""
    return next((one for one in LANGUAGES if one == asked), "nl")


def N_(msgid: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a sentence for translation where it is not yet translated."""
    return msgid


@cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation("bedoeling_nb", Path(__file__).parent, [language], fallback=language == "en")


def translate(msgid: str, language: str) -> str:
    """The sentence in ``language``; a sentence without a translation stays English."""
    return _translations(language).gettext(msgid)


@cache
def catalogue(language: str) -> dict[str, str]:
    """All translated sentences, for the scripts of a page: {msgid: sentence}."""
    translations = _translations(language)
    known: dict[str, str] = getattr(translations, "_catalog", {})
    return {msgid: text for msgid, text in known.items() if msgid and isinstance(msgid, str)}

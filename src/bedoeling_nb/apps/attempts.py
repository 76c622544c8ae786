"""What somebody presses happens, or says why not: an error in a callback would vanish, and the button do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from traitlets.log import get_logger

from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.texts import N_, Language, translate

__all__ = ["attempt", "sentence"]


def sentence(error: Exception, language: Language) -> str:
    """An error in words for people; one that is not theirs to mend is logged, and they read that it is not."""
    if isinstance(error, BedoelingError):
        return error.message(language)
    get_logger().error("An app failed.", exc_info=error)  # the kernel's: any other writes to the page
    return translate(N_("Something went wrong here. Try again."), language)


@contextmanager
def attempt(told: Callable[[str], None], language: Language) -> Iterator[None]:
    """Do what somebody asked for. ``told`` gets no words before, and a sentence when it fails."""
    told("")
    try:
        yield
    except Exception as error:  # noqa: BLE001 - above a callback there is nobody who would tell it
        told(sentence(error, language))

"""Every error that a person can cause.

BedoelingError
├── InvalidAnswer       a value that its item does not allow
├── InvalidInstrument   a questionnaire or script with an error: file, line, field
├── NotFound            no such session, unit, step, instrument
├── SessionEnded        the session is over
├── StepClosed          the step is not open (any more)
├── Conflict            somebody else changed it first
├── TooMany             more than the limits allow
├── BadRequest          a message to the server that it cannot read
├── MissingExtra        a part that was not installed with us
└── StoreError          the database cannot be opened, or is another version

Beside the code that raises them: `reports.html.ReportError` (`BeingMade`), `reports.schedule_file.InvalidSchedule`,
`reports.deliver.DeliveryError`, `kernels.kernelspec.KernelspecError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, ClassVar

from bedoeling_nb.texts import N_, translate

__all__ = [
    "BadRequest",
    "BedoelingError",
    "Conflict",
    "InvalidAnswer",
    "InvalidInstrument",
    "MissingExtra",
    "NotFound",
    "SessionEnded",
    "StepClosed",
    "StoreError",
    "TooMany",
    "listed",
]


class BedoelingError(Exception):
    """An error with a message for people, in Dutch and English.

    Parameters
    ----------
    msgid
        The English sentence, marked with ``N_`` for translation; ``{name}`` is filled in from ``values``. It says what
        was wrong, where, and what to do.
    code
        A word for programs (the ``error.code`` of the phones' API); by default that of the class.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400  # the HTTP status of the API

    def __init__(self, msgid: str, *, code: str | None = None, **values: Any) -> None:
        super().__init__(msgid)
        self.msgid, self.values = msgid, values
        self.name = code or self.code

    def message(self, language: str = "nl") -> str:
        """The sentence in ``language`` ("nl" or "en")."""
        values = {
            key: value.message(language) if isinstance(value, BedoelingError) else value
            for key, value in self.values.items()
        }
        return translate(self.msgid, language).format(**values)

    def __str__(self) -> str:
        """Dutch first, English second."""
        return f"{self.message('nl')}\n{self.message('en')}"

    def as_json(self) -> dict[str, Any]:
        """The body of an API answer."""
        return {"error": {"code": self.name, "message": {"nl": self.message("nl"), "en": self.message("en")}}}


def listed(problems: Sequence[BedoelingError], most: int = 20) -> BedoelingError:
    """Problems under each other, as a value of the error that tells them; of many the first, and how many more."""
    shown = list(problems[:most])
    if len(problems) > most:
        shown.append(BedoelingError(N_("… and {n} more."), n=len(problems) - most))
    shown = [BedoelingError("  {one}", one=one) for one in shown]
    return reduce(lambda told, one: BedoelingError("{told}\n{one}", told=told, one=one), shown)


class InvalidAnswer(BedoelingError):
    """A value that its item does not allow."""

    code, status = "invalid_answer", 422
    item: str | None = None

    def at(self, item: str) -> InvalidAnswer:
        """The same error, knowing the id of the item it is about."""
        self.item = item
        return self

    def as_json(self) -> dict[str, Any]:
        """The body of an API answer, with the item's id."""
        body = super().as_json()
        body["error"]["item"] = self.item
        return body


class InvalidInstrument(BedoelingError):
    """A questionnaire or script with an error."""

    code = "invalid_instrument"


class NotFound(BedoelingError):
    """No such session, unit, step or instrument."""

    code, status = "not_found", 404


class SessionEnded(BedoelingError):
    """The session is over."""

    code, status = "session_ended", 410

    def __init__(self) -> None:
        super().__init__(N_("This session has ended. Thank you for taking part."))


class StepClosed(BedoelingError):
    """The step is not open (any more)."""

    code, status = "step_closed", 409

    def __init__(self) -> None:
        super().__init__(N_("This step is closed. Your answer stays on your phone."))


class Conflict(BedoelingError):
    """Somebody else changed it first."""

    code, status = "conflict", 409


class TooMany(BedoelingError):
    """More than the limits allow; ``retry_after`` is in seconds."""

    code, status = "too_many", 429

    def __init__(self, msgid: str, *, retry_after: int = 2, **values: Any) -> None:
        super().__init__(msgid, **values)
        self.retry_after = retry_after


class BadRequest(BedoelingError):
    """A message to the server that it cannot read."""

    code, status = "bad_request", 400

    def __init__(self, msgid: str, *, code: str | None = None, status: int | None = None, **values: Any) -> None:
        super().__init__(msgid, code=code, **values)
        self.http_status = status or self.status


class MissingExtra(BedoelingError):
    """A part that was not installed with us."""

    code = "missing_extra"


class StoreError(BedoelingError):
    """The database cannot be opened, or is another version."""

    code, status = "store", 503

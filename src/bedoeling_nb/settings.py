"""Settings of an installation, from the environment (`BEDOELING_…`)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.texts import N_

__all__ = ["K", "Settings", "checked_k"]

K = 5
"""The smallest group about which anything may ever be shown."""


def checked_k(k: int) -> int:
    """The smallest group, when it is not under what may be. Raises BadRequest."""
    if k < K:
        raise BadRequest(
            N_("The smallest group can only be raised: it is {least}, and {value} is lower."), least=K, value=k
        )
    return k


class Settings(BaseSettings):
    """What an installation may choose; each field is the environment variable ``BEDOELING_<FIELD>``."""

    model_config = SettingsConfigDict(env_prefix="BEDOELING_", frozen=True)

    store: str = f"sqlite:///{Path('.bedoeling', 'store.db').as_posix()}"
    """SQLAlchemy URL of the store."""

    k: int = Field(default=K, ge=K, le=100)
    """Nothing is shown about fewer than this many people. Upward only: five is the least."""

    over_time: bool = True
    """Whether leaders' answers in a wave are withheld when few of them came or left since another that was shown."""

    join_url: str = "http://127.0.0.1:8866/s/"
    """The address that phones reach, ending in /s/ (found by ``bedoeling serve``)."""

    rate_per_source: int = Field(default=300, ge=1)
    """Requests a second from one network address. A room behind one Wi-Fi router is one address."""

    answers_per_participant: int = Field(default=500, ge=1)
    """Submissions of one participant in one session, changes included."""

    reports: Path = Path("data/output")
    """The folder in which reports are made that somebody asks for."""

    schedule: Path = Path("schedule.yaml")
    """The file that says which reports are made when, and for whom."""

    smtp_url: SecretStr | None = None
    """The mail server: smtps://USER:PASSWORD@HOST:465, or smtp://HOST:587 (with STARTTLS when it offers that)."""

    mail_from: str | None = None
    """The address that reports are sent from."""

    keep_texts_months: int = Field(default=24, ge=1)
    """How long open texts are kept, and names with agreements."""

    keep_codes_months: int = Field(default=84, ge=1)
    """How long the hash of somebody's own code is kept, by which their answers can be erased."""

    keep_answers_months: int = Field(default=84, ge=1)
    """How long answers are kept at all."""

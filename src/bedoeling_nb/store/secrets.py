"""The facilitators' password, hashed (Argon2id)."""

from __future__ import annotations

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["check_password", "has_password", "set_password"]

PASSWORD = "facilitator-password"  # noqa: S105 - the name of the row


def set_password(store: Store, password: str) -> None:
    """Keep the hash of a password of at least ten characters."""
    if len(password) < 10:
        raise BadRequest(N_("A password has at least 10 characters. A sentence is easy to remember."))
    with store.write() as connection:
        store.upsert(tables.secret, [{"name": PASSWORD, "value": PasswordHasher().hash(password)}], connection)


def has_password(store: Store) -> bool:
    """Whether a password was set."""
    return _hash(store) is not None


def check_password(store: Store, password: str) -> bool:
    """Whether this is the password."""
    kept = _hash(store)
    try:
        return kept is not None and PasswordHasher().verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _hash(store: Store) -> str | None:
    with store.read() as connection:
        return connection.execute(sa.select(tables.secret.c.value).where(tables.secret.c.name == PASSWORD)).scalar()

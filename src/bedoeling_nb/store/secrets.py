"""The facilitators' password, hashed (Argon2id), and the keys of this store."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.store import tables
from bedoeling_nb.store.database import Store
from bedoeling_nb.texts import N_

__all__ = ["check_password", "cookie_key", "linking_key", "set_password"]

PASSWORD = "facilitator-password"  # noqa: S105 - the name of the row
COOKIE = "cookie-key"
LINKING = "linking-key"


def set_password(store: Store, password: str) -> None:
    """Keep the hash of a password of at least ten characters."""
    if len(password) < 10:
        raise BadRequest(N_("A password has at least 10 characters. A sentence is easy to remember."))
    with store.write() as connection:
        store.upsert(tables.secret, [{"name": PASSWORD, "value": PasswordHasher().hash(password)}], connection)


def check_password(store: Store, password: str) -> bool:
    """Whether this is the password."""
    kept = _hash(store)
    try:
        return kept is not None and PasswordHasher().verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def cookie_key(store: Store) -> bytes:
    """The key that signs the facilitators' cookies, made once: a login outlives a restart of the server."""
    return _key(store, COOKIE)


def linking_key(store: Store) -> bytes:
    """The key with which personal codes are hashed, made once."""
    return _key(store, LINKING)


def _key(store: Store, name: str) -> bytes:
    kept = sa.select(tables.secret.c.value).where(tables.secret.c.name == name)
    with store.read() as connection:
        value = connection.execute(kept).scalar()
    if value is None:
        with store.write() as connection:
            made = {"name": name, "value": secrets.token_hex(32)}
            connection.execute(store.insert_new(tables.secret), [made])
            value = connection.execute(kept).scalar_one()
    return bytes.fromhex(value)


def _hash(store: Store) -> str | None:
    with store.read() as connection:
        return connection.execute(sa.select(tables.secret.c.value).where(tables.secret.c.name == PASSWORD)).scalar()

"""The facilitators' password."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.store import Store, secrets, tables


def test_only_the_last_password_that_was_set_is_right(store: Store) -> None:
    assert not secrets.check_password(store, "een zin om te onthouden")
    assert not secrets.check_password(store, "")
    secrets.set_password(store, "samen zien we meer")
    assert secrets.check_password(store, "samen zien we meer")
    secrets.set_password(store, "Één voor állen 🌻")
    assert secrets.check_password(store, "Één voor állen 🌻")
    assert not secrets.check_password(store, "samen zien we meer")


def test_the_store_holds_a_salted_hash_and_not_the_password(store: Store) -> None:
    kept = []
    for _ in range(2):
        secrets.set_password(store, "samen zien we meer")
        with store.read() as connection:
            kept.append(connection.execute(sa.select(tables.secret.c.value)).scalar_one())
    assert all(one.startswith("$argon2id$") and "samen" not in one for one in kept)
    assert kept[0] != kept[1]


def test_a_short_password_is_refused(store: Store) -> None:
    with pytest.raises(BadRequest, match="at least 10 characters"):
        secrets.set_password(store, "123456789")
    assert not secrets.check_password(store, "een zin om te onthouden")
    assert not secrets.check_password(store, "123456789")


def test_a_damaged_hash_lets_nobody_in(store: Store) -> None:
    with store.write() as connection:
        connection.execute(sa.insert(tables.secret), [{"name": secrets.PASSWORD, "value": "damaged"}])
    assert not secrets.check_password(store, "damaged")

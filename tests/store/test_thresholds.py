"""A unit may ask for a larger smallest group: for itself and all below it, and never a smaller one again."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from bedoeling_nb.community import now
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, sessions, thresholds, waves


def test_it_holds_for_what_is_below_and_what_begins_from_now_on(store: Store, organisation: object) -> None:
    before = sessions.create(store, "wekerom-01", find("resonance"))
    thresholds.raise_to(store, "wekerom", 7)
    thresholds.raise_to(store, "wekerom-02", 9)
    assert sessions.create(store, "wekerom-01", find("resonance")).k == 7
    assert sessions.create(store, "wekerom-01", find("resonance"), k=8).k == 8
    assert sessions.create(store, "oost", find("resonance")).k == 5
    assert sessions.by_code(store, before.code).k == 5
    wave = waves.open_wave(store, find("climate"), "heeren-loo", now() + timedelta(days=1))
    assert {one.unit: one.k for one in waves.sessions_of(store, wave)} == {"wekerom-01": 7, "wekerom-02": 9}


def test_it_is_raised_and_not_lowered(store: Store, organisation: object, monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds.raise_to(store, "wekerom", 7)
    thresholds.raise_to(store, "wekerom", 8)
    for unit, k in (("wekerom", 7), ("wekerom-01", 6), ("oost", 4), ("oost", 101)):
        with pytest.raises(BadRequest, match="can be raised"):
            thresholds.raise_to(store, unit, k)
    monkeypatch.setenv("BEDOELING_K", "12")
    with pytest.raises(BadRequest, match="is 12"):
        thresholds.raise_to(store, "wekerom", 9)
    with pytest.raises(NotFound):
        thresholds.raise_to(store, "nowhere", 9)


def test_who_raises_it_less_at_the_same_time_does_not_lower_it(
    store: Store, organisation: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, threads = thresholds.of_units, list[Thread]()

    def slow(*arguments: Any) -> dict[str, int]:
        """Somebody else raises it to ten after we looked; or waits until we are ready."""
        found = real(*arguments)
        if not threads:
            threads.append(Thread(target=lambda: thresholds.raise_to(store, "wekerom", 10)))
            threads[0].start()
            threads[0].join(0.3)
        return found

    monkeypatch.setattr(thresholds, "of_units", slow)
    thresholds.raise_to(store, "wekerom", 6)
    threads[0].join()
    assert real(store, ["wekerom-01"], 5) == {"wekerom-01": 10}

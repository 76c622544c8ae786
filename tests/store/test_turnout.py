"""How many people took part in waves, of how many, and which units closed their part early."""

from __future__ import annotations

from datetime import timedelta

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.community import Person, new_id, now
from bedoeling_nb.instruments import find
from bedoeling_nb.store import Store, scores, sessions, submissions, units, waves
from bedoeling_nb.store.submissions import Submission

PULSE = find("promises-pulse")


def staff(store: Store, **sizes: int) -> None:
    """So many people in each unit."""
    made = [
        Person(f"{unit}-{number}", unit.replace("_", "-"), "professional", "–")
        for unit, size in sizes.items()
        for number in range(size)
    ]
    units.add(store, [], made)


def test_each_wave_counts_its_own_people_once(store: Store, organisation: object) -> None:
    staff(store, wekerom_01=6, wekerom_02=3, wekerom=1)
    soon = now() + timedelta(days=7)
    first = waves.open_wave(store, PULSE, "wekerom", soon)
    second = waves.open_wave(store, PULSE, "wekerom-01", soon)
    one, two = waves.sessions_of(store, first)
    [other] = waves.sessions_of(store, second)
    told = [
        Submission(new_id(), one.id, "good_life", "1", "a", {"gl1": 4}),
        Submission(new_id(), one.id, "good_work", "1", "a", {"gw1": 4}),
        Submission(new_id(), one.id, "good_life", "1", "b", {"gl1": 4}),
        Submission(new_id(), two.id, "good_life", "1", "c", {"gl1": 4}),
        Submission(new_id(), other.id, "good_life", "1", "d", {"gl1": 4}),
    ]
    assert submissions.add(store, told) == [True] * 5
    assert waves.turnout(store, [first, second]) == {first.id: (3, 9), second.id: (1, 6)}
    parts = waves.responses(store, first)
    assert waves.turnout(store, [first])[first.id] == (
        sum(part.participants for part in parts),
        sum(part.people for part in parts),
    )
    assert waves.turnout(store, []) == {}


def test_a_wave_of_units_without_people_counts_nobody(store: Store, organisation: object) -> None:
    wave = waves.open_wave(store, PULSE, "wekerom", now() + timedelta(days=7))
    assert waves.turnout(store, [wave]) == {wave.id: (0, 0)}
    assert units.headcount(store) == {}


def test_a_part_that_was_closed_early_is_known(store: Store, organisation: object) -> None:
    wave = waves.open_wave(store, PULSE, "wekerom", now() + timedelta(days=7))
    assert waves.ended(store, wave) == set()
    session = waves.sessions_of(store, wave)[1]
    sessions.end(store, session.id, rev=sessions.state(store, session.id).rev)
    assert waves.ended(store, wave) == {session.unit} == {"wekerom-02"}
    waves.close(store, wave)
    assert waves.ended(store, wave) == {"wekerom-01", "wekerom-02"}


def test_people_are_counted_where_they_work_not_above(store: Store, organisation: object) -> None:
    staff(store, wekerom_01=6, wekerom=2)
    assert units.headcount(store) == {"wekerom": 2, "wekerom-01": 6}


def test_every_count_of_who_took_part_is_the_same(store: Store, organisation: object) -> None:
    """Who withdrew all that they told did not take part; who withdrew some, or told it again, did."""
    wave = waves.open_wave(store, PULSE, "wekerom", now() + timedelta(days=7))
    one, two = waves.sessions_of(store, wave)
    told = [
        (one, "good_life", "a", {"gl1": 4}),
        (one, "good_life", "a", {}),
        (one, "good_life", "b", {"gl1": 4}),
        (one, "good_work", "b", {"gw1": 4}),
        (one, "good_life", "b", {}),
        (one, "good_life", "c", {}),
        (one, "good_life", "c", {"gl1": 4}),
        (one, "good_life", "d", {}),
        (two, "good_life", "e", {"gl1": 4}),
        (two, "good_life", "a", {}),
    ]
    rows = [Submission(new_id(), part.id, step, "1", who, answers) for part, step, who, answers in told]
    assert submissions.add(store, rows) == [True] * 10
    assert [part.participants for part in waves.responses(store, wave)] == [2, 1]
    assert waves.turnout(store, [wave]) == {wave.id: (3, 0)}
    assert scores.participants(store, [one.id, two.id, "nowhere"]) == {one.id: 2, two.id: 1, "nowhere": 0}
    counted = {part.unit: Meeting.load(store, part).submissions for part in (one, two)}
    assert [len({row.participant for row in some}) for some in counted.values()] == [2, 1]

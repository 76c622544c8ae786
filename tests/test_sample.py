"""The made-up community: as large as promised, possible in every detail, and the same every time."""

from __future__ import annotations

import math
import re
import statistics
import uuid
from collections import Counter, defaultdict
from dataclasses import fields, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bedoeling_nb import sample
from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.community import PROMISES
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.instruments import NOT_APPLICABLE, Instrument, find
from bedoeling_nb.privacy import text_name
from bedoeling_nb.sample import DEMO_UNIT, Sample
from bedoeling_nb.sample.dice import Dice
from bedoeling_nb.sample.meetings import QUARTERS
from bedoeling_nb.sample.phrases import phrases, said
from bedoeling_nb.store import Store, courses, interventions, sessions, submissions, units, waves
from bedoeling_nb.store.sessions import CODE_ALPHABET, Session, State, fold

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


@pytest.fixture(scope="module")
def made() -> Sample:
    """The community of the default seed."""
    return sample.make()


@pytest.fixture(scope="module")
def small(made: Sample) -> Sample:
    """Of the meetings only those of the demo's team: quick to keep."""
    mine = {session.id for session in made.sessions if session.unit == DEMO_UNIT}
    return Sample(
        made.units,
        made.people,
        sessions=tuple(session for session in made.sessions if session.id in mine),
        events=tuple(event for event in made.events if event.session in mine),
        submissions=tuple(one for one in made.submissions if one.session in mine),
        interventions=tuple(one for one in made.interventions if one.session in mine),
    )


def by_session(rows: tuple[Any, ...]) -> dict[str, list[Any]]:
    """Rows by the id of their session, in order."""
    found = defaultdict(list)
    for row in rows:
        found[row.session].append(row)
    return found


def numbers(made: Sample, step: str, item: str) -> dict[str, list[float]]:
    """What people in each session gave for an item, without "not applicable"."""
    found = defaultdict(list)
    for one in made.submissions:
        if one.step == step and one.answers.get(item, NOT_APPLICABLE) != NOT_APPLICABLE:
            found[one.session].append(one.answers[item])
    return found


def texts(made: Sample, step: str, item: str) -> list[str]:
    """Every text that people gave for an item."""
    return [one.answers[item] for one in made.submissions if one.step == step and item in one.answers]


# --- the organisation


def test_the_tree_has_three_regions_nine_locations_and_sixty_teams(made: Sample) -> None:
    parents = {unit.id: unit.parent for unit in made.units}
    levels = {unit.id: unit.level for unit in made.units}
    above = {"team": "location", "location": "region", "region": "organisation"}
    assert Counter(levels.values()) == {"organisation": 1, "region": 3, "location": 9, "team": 60}
    assert len(parents) == len(made.units)
    for i, unit in enumerate(made.units):
        if unit.level == "organisation":
            assert unit.parent is None
        else:
            assert unit.parent is not None
            assert levels[unit.parent] == above[unit.level]
            assert unit.parent in {earlier.id for earlier in made.units[:i]}, "parents come first"
        if unit.level == "team":
            assert re.fullmatch(rf"{unit.parent}-\d\d", unit.id)
    assert parents[DEMO_UNIT] == "wekerom"
    assert len({unit.name for unit in made.units}) == len(made.units)


def test_teams_have_5_to_14_people_and_every_unit_above_is_led(made: Sample) -> None:
    staff = defaultdict(list)
    for person in made.people:
        staff[person.unit].append(person.role)
    for unit in made.units:
        if unit.level == "team":
            assert 5 <= len(staff[unit.id]) <= 14
        else:
            assert set(staff[unit.id]) & {"director", "manager"}
    assert (
        len({person.id for person in made.people}) == len({person.name for person in made.people}) == len(made.people)
    )


# --- the meetings


def test_forty_teams_and_the_units_above_them_met_in_the_last_four_quarters(made: Sample) -> None:
    levels = {unit.id: unit.level for unit in made.units}
    met = Counter(levels[unit] for unit in {session.unit for session in made.sessions})
    assert met["team"] >= 40
    assert set(met) == {"team", "location", "region", "organisation"}
    quarters = defaultdict(list)
    for session in made.sessions:
        day = session.created_at.date()
        quarters[session.unit].append(next(name for name, first, last in QUARTERS if first <= day <= last))
    assert quarters[DEMO_UNIT] == [name for name, _, _ in QUARTERS]
    assert all(len(set(names)) == len(names) for names in quarters.values())
    assert {name for names in quarters.values() for name in names} == {name for name, _, _ in QUARTERS}


def test_sixty_to_a_hundred_percent_takes_part_and_some_groups_are_small(made: Sample) -> None:
    size = Counter(person.unit for person in made.people)
    teams = {unit.id for unit in made.units if unit.level == "team"}
    small = 0
    for session, rows in by_session(made.submissions).items():
        unit = next(one.unit for one in made.sessions if one.id == session)
        present = len({one.participant for one in rows})
        small += present < 5
        if unit in teams:
            assert math.ceil(0.6 * size[unit]) <= present <= size[unit]
    assert small >= 10


def test_each_meeting_follows_the_script(made: Sample, script: Instrument) -> None:
    events = by_session(made.events)
    for session in made.sessions:
        mine = events[session.id]
        assert [event.rev for event in mine] == list(range(1, len(mine) + 1))
        assert [event.at for event in mine] == sorted(event.at for event in mine)
        assert session.created_at < mine[0].at
        opened = [event.data["step"] for event in mine if event.kind == "step" and event.data["open"]]
        assert opened == [step.id for step in script.steps]
        state = fold(State(), mine)
        assert state.ended
        assert 30 <= (mine[-1].at - mine[0].at).total_seconds() / 60 <= 65


def test_every_submission_is_one_that_the_server_would_have_taken(made: Sample, script: Instrument) -> None:
    events, told, agreed = by_session(made.events), by_session(made.submissions), by_session(made.interventions)
    previous: dict[str, list[Any]] = defaultdict(list)
    names = {unit.id: unit.name for unit in made.units}
    for session in made.sessions:
        assert (session.instrument, session.instrument_version) == (script.id, script.version)
        rows = told[session.id]
        assert [one.at for one in rows] == sorted(one.at for one in rows)
        for step in script.steps:
            here = [one for one in rows if one.step == step.id]
            if not here:
                continue
            before = [event for event in events[session.id] if event.at <= here[0].at]
            asked = Meeting(
                session,
                names[session.unit],
                script,
                fold(State(), before),
                [one for one in rows if one.at < here[0].at],
                previous[session.unit],
                (),
            )
            entries = {entry.id for entry in asked.entries(step)}
            items = {item.id: item for item in asked.items(step)}
            for one in here:
                state = fold(State(), (event for event in events[session.id] if event.at <= one.at))
                assert (state.step, state.open) == (step.id, True)
                assert one.entry in entries
                assert {name: items[name].check(value) for name, value in one.answers.items()} == one.answers
                assert not one.answers or all(item.id in one.answers for item in step.items if item.required)
        previous[session.unit] = agreed[session.id] or previous[session.unit]


def test_facilitators_merge_and_hide_only_what_is_there(made: Sample) -> None:
    told = by_session(made.submissions)
    kinds: Counter[str] = Counter()
    for session in made.sessions:
        mine = [event for event in made.events if event.session == session.id]
        moderated = [event for event in mine if event.kind in ("hide", "show", "merge")]
        kinds.update(event.kind for event in moderated)
        shown = {
            text_name(one.participant, one.step, one.entry, item)
            for one in told[session.id]
            for item in ("seen", "proposal")
            if item in one.answers
        }
        for event in moderated:
            assert event.data["text"] in shown
            assert event.data.get("into", event.data["text"]) in shown
    assert kinds["merge"] > 100
    assert kinds["hide"] > 10
    assert kinds["show"] > 0


def test_ids_and_codes_are_valid_and_unique(made: Sample) -> None:
    for rows, version in ((made.sessions, 7), (made.interventions, 7), (made.submissions, 4)):
        assert {uuid.UUID(row.id).version for row in rows} == {version}
        assert len({row.id for row in rows}) == len(rows)
    codes = [session.code for session in made.sessions]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 6 and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert all(re.fullmatch("[0-9a-f]{32}", one.participant) for one in made.submissions)


def test_people_change_and_withdraw_answers_and_give_them_in_order(made: Sample) -> None:
    given = defaultdict(list)
    for one in made.submissions:
        given[one.session, one.step, one.entry, one.participant].append(one)
    assert sum(len(rows) > 1 for rows in given.values()) > 20
    assert sum(not rows[-1].answers for rows in given.values()) > 5
    for (session, step, entry, participant), rows in list(given.items()):
        if entry in ("2", "3"):
            before = (session, step, str(int(entry) - 1), participant)
            assert given[before][0].at <= rows[0].at


def test_agreements_are_of_their_meeting_and_are_looked_back_on(made: Sample) -> None:
    sessions_by_id = {session.id: session for session in made.sessions}
    told = by_session(made.submissions)
    reviewed = {one.entry for one in made.submissions if one.step == "terugblik"}
    for one in made.interventions:
        session = sessions_by_id[one.session]
        assert one.unit == session.unit
        assert session.created_at < one.created_at
        assert session.created_at.date() < one.due_on < one.review_on
        assert one.text in {row.answers.get("proposal") for row in told[one.session]}
    last: dict[str, str] = {session.unit: session.id for session in made.sessions}
    assert all(one.id in reviewed or last[one.unit] == one.session for one in made.interventions)


# --- what there is to find in it


def test_energy_rises_where_agreements_helped(made: Sample) -> None:
    energy, effect = numbers(made, "voelen", "energy"), numbers(made, "terugblik", "effect")
    pairs = []
    for unit in {session.unit for session in made.sessions}:
        mine = [session.id for session in made.sessions if session.unit == unit]
        for before, after in pairwise(mine):
            if effect[after]:
                pairs.append(
                    (statistics.mean(effect[after]), statistics.mean(energy[after]) - statistics.mean(energy[before]))
                )
    assert statistics.correlation(*zip(*pairs, strict=True)) > 0.25
    mine = [session.id for session in made.sessions if session.unit == DEMO_UNIT]
    assert statistics.mean(energy[mine[-1]]) > statistics.mean(energy[mine[0]]) + 1
    level = [statistics.mean(values) for values in energy.values()]
    assert statistics.stdev(level) > 0.7


def test_attention_moves_between_the_promises(made: Sample) -> None:
    start: dict[str, date] = {session.id: session.created_at.date() for session in made.sessions}
    share: dict[str, list[float]] = {name: [] for name, _, _ in QUARTERS}
    for one in made.submissions:
        if one.step == "zien" and one.answers and one.answers["promise"] != NOT_APPLICABLE:
            quarter = next(name for name, first, last in QUARTERS if first <= start[one.session] <= last)
            share[quarter].append(one.answers["promise"]["good_life"])
    assert statistics.mean(share["2026-Q3"]) > statistics.mean(share["2025-Q4"]) + 0.07


def test_there_is_much_to_read(made: Sample) -> None:
    book = phrases()
    themes = (*book.themes, *book.leading)
    assert len({line for theme in themes for line in (*theme.good, *theme.hard)}) >= 150
    assert len({line for theme in themes for line in theme.proposals}) >= 80
    for step, item, least in (
        ("zien", "seen", 300),
        ("voorstellen", "proposal", 150),
        ("terugblik", "note", 80),
        ("voelen", "word", 40),
        ("uitcheck", "last", 40),
    ):
        assert len(set(texts(made, step, item))) >= least
    for rows in by_session(tuple(one for one in made.submissions if one.step == "zien")).values():
        seen = [one.answers["seen"] for one in rows if one.answers]
        assert len(set(seen)) == len(seen), "nobody says the same as somebody else"


def test_a_point_is_nearest_to_the_promise_of_its_theme(made: Sample) -> None:
    promise_of = {
        re.sub(r"\(.*?\)", "…", said_line): theme.promise
        for theme in (*phrases().themes, *phrases().leading)
        for line in (*theme.good, *theme.hard)
        for said_line in [line.partition(" ")[2] if line.startswith("@") else line]
    }
    assert set(promise_of.values()) == {promise.key for promise in PROMISES}
    plain = {line: promise for line, promise in promise_of.items() if "…" not in line and "ewoner" not in line}
    checked = 0
    for one in made.submissions:
        if one.step == "zien" and one.answers.get("seen") in plain and one.answers["promise"] != NOT_APPLICABLE:
            point = one.answers["promise"]
            assert max(point, key=point.__getitem__) == plain[one.answers["seen"]]
            checked += 1
    assert checked > 500


def test_texts_hold_no_names_of_people_and_no_open_choices(made: Sample) -> None:
    names = {word for person in made.people for word in person.name.split() if word[0].isupper() and len(word) > 2}
    everything = " ".join(
        value for one in made.submissions for value in one.answers.values() if isinstance(value, str)
    ) + " ".join(f"{one.text} {one.who}" for one in made.interventions)
    words = re.findall(r"\w+", everything)
    assert not names & set(words)
    assert not re.search(r"[|@()]", everything)


def test_words_fit_the_kind_of_team() -> None:
    dice = Dice("test")
    assert said("Een bewoner en bewoners", "dag", dice) == "Een deelnemer en deelnemers"
    assert said("Bewoners koken", "ambulant", dice) == "Cliënten koken"
    assert said("Bewoners koken", "wonen", dice) == "Bewoners koken"
    assert said("(Rood|Rood) en (blauw|blauw)", "wonen", dice) == "Rood en blauw"
    assert phrases().fitting(["@dag a", "@koud b", "c", "Om acht uur naar bed"], "dag", "warm") == ["a", "c"]


def test_most_teams_that_meet_have_a_course_and_two_of_three_share_it(made: Sample) -> None:
    teams = {unit.id for unit in made.units if unit.level == "team"}
    met = {session.unit for session in made.sessions} & teams
    last = {one.unit: one for one in made.courses if one.unit in teams}
    assert 0.6 < len(last) / len(met) < 0.95
    assert 0.5 < statistics.mean(one.shared for one in last.values()) < 0.8
    assert len([one for one in made.courses if one.unit in teams]) > len(last) + 5
    assert all(one.review_on > one.created_at.date() for one in made.courses)
    assert last[DEMO_UNIT].shared
    assert set(last[DEMO_UNIT].goals) == {promise.key for promise in PROMISES}


# --- the same every time


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(made: Sample, tmp_path: Path) -> None:
    one, two = sample.write_csv(made, tmp_path / "1"), sample.write_csv(sample.make(7), tmp_path / "2")
    assert [path.stem for path in one] == [field.name for field in fields(Sample)]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    other = sample.make(8)
    for table in (path.stem for path in one[1:]):
        assert getattr(other, table) != getattr(made, table)
    assert other.units == made.units


def test_the_repository_holds_the_sample_of_seed_7(made: Sample, tmp_path: Path) -> None:
    written = sample.write_csv(made, tmp_path)
    assert sum(path.stat().st_size for path in written) < 6_000_000
    for path in written:
        assert path.read_bytes() == (SAMPLES / path.name).read_bytes(), "run: bedoeling sample"
    assert {path.name for path in SAMPLES.glob("*.csv")} == {path.name for path in written}


def test_reading_gives_what_was_written(made: Sample, tmp_path: Path) -> None:
    sample.write_csv(made, tmp_path)
    assert sample.read_csv(tmp_path) == made
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("units", "id,naam\n", 1),
        ("units", "", 1),
        ("units", "id,parent,level,name\nwekerom,,location\n", 2),
        (
            "sessions",
            "id,code,unit,instrument,instrument_version,language,k,created_at,above\na,b,c,d,1,nl,5,gisteren,e\n",
            2,
        ),
        ("events", 'session,rev,kind,data,at\na,1,step,"{""step"": ",2026-01-01T10:00:00Z\n', 2),
        ("people", "id,unit,role,name\nx,y,z,\udcff\n", 1),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    made: Sample, tmp_path: Path, file: str, text: str, line: int
) -> None:
    sample.write_csv(made, tmp_path)
    (tmp_path / f"{file}.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadRequest) as caught:
        sample.read_csv(tmp_path)
    assert f"{file}.csv, line {line}" in caught.value.message("en")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"units\.csv"):
        sample.read_csv(tmp_path)


# --- waves


def test_every_answer_of_a_wave_is_one_that_its_phone_would_have_sent(made: Sample) -> None:
    wave_of = {one.session: next(wave for wave in made.waves if wave.id == one.wave) for one in made.wave_sessions}
    scripts = {name: find(name) for name in {wave.instrument for wave in made.waves}}
    for one in made.wave_submissions:
        wave = wave_of[one.session]
        step = scripts[wave.instrument].step(one.step)
        assert {item: step.item(item).check(value) for item, value in one.answers.items()} == one.answers
        assert wave.created_at < one.at < wave.closes_at
    assert len({one.code for one in made.wave_sessions} | {one.code for one in made.sessions}) == len(
        made.wave_sessions
    ) + len(made.sessions)


def test_who_is_further_from_the_work_thinks_it_is_safer_there(made: Sample) -> None:
    levels = {unit.id: unit.level for unit in made.units}
    unit_of = {one.session: one.unit for one in made.wave_sessions}
    open_talk = defaultdict(list)  # "in our team you can bring up difficult things"
    for one in made.wave_submissions:
        if isinstance(answer := one.answers.get("s2"), int):
            open_talk[levels[unit_of[one.session]]].append(answer)
    means = [statistics.mean(open_talk[level]) for level in ("team", "location", "region")]
    assert means == sorted(means)
    team = [levels[unit] == "team" for unit in unit_of.values()]
    assert sum(team) == 60 * len(made.waves)


# --- in a store


def meetings(store: Store, unit: str) -> list[Session]:
    """The unit's meetings, latest first."""
    return [one for one in sessions.of_unit(store, unit) if one.instrument == "resonance"]


def kept(store: Store, made: Sample) -> tuple[Any, ...]:
    """What the store has of the sample."""
    return (
        {unit.id: unit for unit in units.all_units(store)},
        [units.people(store, unit.id) for unit in made.units],
        [meetings(store, unit.id) for unit in made.units],
        [[vars(event) | {"seq": 0} for event in sessions.events(store, one.id)] for one in made.sessions],
        [[vars(row) | {"seq": 0} for row in submissions.since(store, one.id, 0)] for one in made.sessions],
        [interventions.of_unit(store, unit.id) for unit in made.units],
        [courses.of_unit(store, unit.id) for unit in made.units],
        [
            [(wave, one.code, told) for one, told in zip(asked, map(len, answers.values()), strict=False)]
            for wave in made.waves
            for asked, answers in [(waves.sessions_of(store, wave), submissions.of_wave(store, wave.id))]
        ],
    )


def test_a_filled_store_holds_the_sample_and_filling_again_changes_nothing(store: Store, made: Sample) -> None:
    sample.fill(store, made)
    first = kept(store, made)
    assert set(first[0].values()) == set(made.units)
    assert sum(map(len, first[1])) == len(made.people)
    assert sum(map(len, first[2])) == len(made.sessions)
    told, events = by_session(made.submissions), by_session(made.events)
    assert first[3] == [[vars(event) for event in events[one.id]] for one in made.sessions]
    assert first[4] == [[vars(row) for row in told[one.id]] for one in made.sessions]
    assert sum(map(len, first[5])) == len(made.interventions)
    assert first[6] == [{one.unit: one for one in made.courses}.get(unit.id) for unit in made.units]
    sample.fill(store, made)
    assert kept(store, made) == first
    assert sessions.open_sessions(store) == []


def test_filling_repairs_what_was_cut_off(store: Store, small: Sample) -> None:
    sample.fill(store, replace(small, events=small.events[:30], submissions=small.submissions[:50], interventions=()))
    assert not all(sessions.state(store, one.id).ended for one in small.sessions)
    sample.fill(store, small)
    assert all(sessions.state(store, one.id).ended for one in small.sessions)
    assert sum(submissions.count(store, one.id) for one in small.sessions) == len(small.submissions)
    assert interventions.of_unit(store, DEMO_UNIT) == list(small.interventions)


def test_the_demo_begins_with_looking_back(store: Store, small: Sample, script: Instrument) -> None:
    sample.fill(store, small)
    session = sample.open_demo_session(store)
    assert session.unit == DEMO_UNIT
    meeting = Meeting.load(store, session)
    assert meeting.step == script.steps[0]
    assert meeting.state.open
    assert meeting.submissions == []
    assert len(meeting.entries(script.steps[0])) >= 2
    assert sessions.of_unit(store, DEMO_UNIT)[0] == session

    sessions.go(store, session.id, "zien", rev=meeting.state.rev)
    assert sample.open_demo_session(store) == session
    assert sessions.state(store, session.id).step == "zien", "a running demo is left where it is"

    sessions.end(store, session.id, rev=sessions.state(store, session.id).rev)
    again = sample.open_demo_session(store)
    assert again.id != session.id
    assert len(Meeting.load(store, again).entries(script.steps[0])) >= 2


def test_a_demo_session_that_never_began_is_begun(store: Store, small: Sample, script: Instrument) -> None:
    sample.fill(store, small)
    waiting = sessions.create(store, DEMO_UNIT, script)
    assert sample.open_demo_session(store) == waiting
    assert sessions.state(store, waiting.id).step == script.steps[0].id


def test_a_demo_without_the_sample_says_what_is_missing(store: Store) -> None:
    with pytest.raises(NotFound, match=DEMO_UNIT):
        sample.open_demo_session(store)


def test_a_second_community_goes_beside_the_first(store: Store, small: Sample) -> None:
    sample.fill(store, small)
    sample.fill(store, sample.make(8))
    assert len(meetings(store, DEMO_UNIT)) == 8
    assert [one for one in meetings(store, DEMO_UNIT) if one in small.sessions] == list(small.sessions)[::-1]


def test_importing_nothing_is_fine(store: Store) -> None:
    sessions.import_past(store, [], [])
    assert sessions.latest_event(store) == 0

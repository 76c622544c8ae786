"""Six million answers: what a team's report and a roll-up of the whole read of twelve waves, beside pandas.

    python -m benchmarks.store                              # 1,000 teams, 12 waves, SQLite and PostgreSQL: 15 minutes
    python -m benchmarks.store --teams 20 --waves 3         # the same in seconds

The store is filled as phones do it: each answer is a row that holds what somebody has answered of the step so far, and
the people of a wave answer in turn. The plain way reads a wave's answers with `pandas.read_sql`, keeps the last row of
each person and step, and groups; of as many waves as asked for (``--plain``), times the waves there are. It must give
the same numbers.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from bedoeling_nb.analysis.reflection import profiles
from bedoeling_nb.analysis.rollup import Rollup, roll_up
from bedoeling_nb.community import Person, Unit, now
from bedoeling_nb.instruments import Instrument, find
from bedoeling_nb.store import Store, instruments, tables, units, waves
from bedoeling_nb.store.sessions import CODE_ALPHABET
from benchmarks.servers import table

STEPS, ITEMS, PEOPLE, LEADERS = 6, 7, 12, 4
REVERSED = (0, 2, 4)
TOP = "organisation"
FIRST = datetime(2023, 2, 1, tzinfo=UTC)
COLUMNS = ("id", "session", "step", "entry", "participant", "answers", "at")


def questionnaire() -> Instrument:
    """Six scales of seven items, three of them reversed, on five points."""
    climate = find("climate")
    safety = climate.step("safety")
    steps, scales = [], []
    for number in range(STEPS):
        step = f"part{number}"
        steps.append(safety.model_copy(update={"id": step}))
        items = tuple(f"{step}.{item.id}" for item in safety.items)
        turned = tuple(items[place] for place in REVERSED)
        scales.append(climate.scales[0].model_copy(update={"id": step, "items": items, "reversed": turned}))
    changed = {"id": "six-scales", "steps": tuple(steps), "scales": tuple(scales)}
    return Instrument.model_validate(climate.model_copy(update=changed).to_json())


@dataclass(frozen=True)
class Asked:
    """One session of the store that is made, and how its people lean: a value for each scale."""

    session: str
    unit: str
    people: int
    lean: Any


def tree(teams: int) -> list[Unit]:
    """Ten teams in a location, ten locations in a region."""
    found = [Unit(TOP, None, "organisation", "Organisation")]
    locations = -(-teams // 10)
    found += [Unit(f"r{one}", TOP, "region", f"Region {one}") for one in range(-(-locations // 10))]
    found += [Unit(f"l{one}", f"r{one // 10}", "location", f"Location {one}") for one in range(locations)]
    return found + [Unit(f"t{one:04}", f"l{one // 10}", "team", f"Team {one}") for one in range(teams)]


def fill(store: Store, teams: int, many: int, seed: int = 7) -> int:
    """Fill an empty store with closed waves, one a quarter; gives how many answers there are."""
    script, everywhere, dice = questionnaire(), tree(teams), np.random.default_rng(seed)
    sizes = {one.id: PEOPLE if one.level == "team" else LEADERS for one in everywhere}
    staff = [
        Person(f"{unit}-{number}", unit, "professional", f"Person {number} of {unit}")
        for unit, size in sizes.items()
        for number in range(size)
    ]
    units.add(store, everywhere, staff)
    instruments.keep(store, script)
    parents = {one.id: one.parent for one in everywhere}
    level = {one.id: dice.normal(3.4, 0.4, STEPS) for one in everywhere}
    answers = 0
    for number in range(many):
        begun = FIRST + timedelta(days=91 * number)
        wave = waves.Wave(script.id, script.version, TOP, begun + timedelta(days=14), f"wave-{number:02}", begun)
        asked = [
            Asked(f"{number:04}-{place:031}", one.id, sizes[one.id], level[one.id] + dice.normal(0.02 * number, 0.15))
            for place, one in enumerate(everywhere)
        ]
        with store.write() as connection:
            connection.execute(sa.insert(tables.wave), [vars(wave)])
            connection.execute(
                sa.insert(tables.session),
                [
                    {
                        "id": one.session,
                        "code": _code(number * len(asked) + place),
                        "unit": one.unit,
                        "instrument": script.id,
                        "instrument_version": script.version,
                        "language": "nl",
                        "k": 5,
                        "created_at": begun,
                        "above": parents[one.unit],
                    }
                    for place, one in enumerate(asked)
                ],
            )
            event = {"rev": 1, "kind": "own_pace", "data": {"until": wave.closes_at.isoformat()}, "at": begun}
            connection.execute(sa.insert(tables.session_event), [event | {"session": one.session} for one in asked])
            connection.execute(
                sa.insert(tables.wave_session),
                [{"session": one.session, "wave": wave.id} for one in asked],
            )
            rows = _rows(asked, answers, begun, dice)
            answers += _write(connection, rows, store.is_sqlite)
    return answers


def _rows(asked: Sequence[Asked], first: int, begun: datetime, dice: Any) -> Iterator[tuple[Any, ...]]:
    """What phones send in a wave: the first person of each unit, then the second."""
    count = first
    names = [item.id for item in find("climate").step("safety").items]
    at = begun + timedelta(days=3)
    for turn in range(max(one.people for one in asked)):
        here = [one for one in asked if turn < one.people]
        lean = np.array([one.lean for one in here])[:, :, None] + dice.normal(0, 0.5, (len(here), 1, 1))
        given = np.clip(np.rint(lean + dice.normal(0, 0.8, (len(here), STEPS, ITEMS))), 1, 5).astype(int)
        given[:, :, REVERSED] = 6 - given[:, :, REVERSED]
        skipped = dice.random(given.shape) < 0.03
        for one, values, without in zip(here, given.tolist(), skipped.tolist(), strict=True):
            who = blake2b(f"{one.session} {turn}".encode(), digest_size=16).hexdigest()
            for step in range(STEPS):
                said = ""
                for name, value, na in zip(names, values[step], without[step], strict=True):
                    said += f'{", " if said else ""}"{name}": {chr(34) + "na" + chr(34) if na else value}'
                    yield f"{count:036}", one.session, f"part{step}", "1", who, f"{{{said}}}", at
                    count += 1


def _write(connection: sa.Connection, rows: Iterator[tuple[Any, ...]], is_sqlite: bool) -> int:
    """As fast as the database takes them."""
    written = 0
    raw = connection.connection.cursor()
    if is_sqlite:
        statement = f"INSERT INTO submission ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)"
        while some := [(*row[:-1], f"{row[-1]:%Y-%m-%d %H:%M:%S.%f}") for row in islice(rows, 50_000)]:
            raw.executemany(statement, some)
            written += len(some)
    else:
        with raw.copy(f"COPY submission ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
                written += 1
    return written


def _code(number: int) -> str:
    size = len(CODE_ALPHABET)
    return "".join(CODE_ALPHABET[number // size**place % size] for place in range(6))


def plain(store: Store, wave: str) -> pd.DataFrame:
    """A wave's scales by unit and scale, with pandas alone: count and mean of people's scores."""
    text = "submission.answers" if store.is_sqlite else "submission.answers::text"
    query = f"""
        SELECT session.unit, submission.participant, submission.step, submission.seq, {text} AS answers
        FROM submission JOIN wave_session ON wave_session.session = submission.session
        JOIN session ON session.id = submission.session WHERE wave_session.wave = '{wave}'
    """
    with store.read() as connection:
        told = pd.read_sql(sa.text(query), connection)
    told = told.sort_values("seq").drop_duplicates(["unit", "participant", "step"], keep="last")
    values = pd.DataFrame(told["answers"].map(json.loads).tolist(), index=told.index)
    values = values.apply(pd.to_numeric, errors="coerce")
    turned = values.columns[list(REVERSED)]
    values[turned] = 6 - values[turned]
    score = values.mean(axis=1).where(values.notna().sum(axis=1) >= 4)
    return told.assign(score=score).groupby(["unit", "step"])["score"].agg(["count", "mean"])


def checked(store: Store, found: pd.DataFrame, wave: str) -> None:
    """Whether the kept scores are the plain ones."""
    score, session, asked = tables.score.c, tables.session.c, tables.wave_session.c
    query = (
        sa.select(session.unit, score.scale, score.n, score.mean)
        .join(tables.session, session.id == score.session)
        .join(tables.wave_session, asked.session == score.session)
        .where(asked.wave == wave)
    )
    with store.read() as connection:
        kept = pd.DataFrame(connection.execute(query).all(), columns=["unit", "step", "count", "mean"])
    kept = kept.set_index(["unit", "step"]).loc[found.index]
    assert (kept["count"] == found["count"]).all()
    assert np.allclose(kept["mean"].to_numpy(dtype=float), found["mean"].to_numpy(), rtol=1e-12)


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """The median of some times."""
    took = []
    for _ in range(times):
        before = time.perf_counter()
        work()
        took.append(time.perf_counter() - before)
    return statistics.median(took)


def housekeeping(store: Store) -> None:
    """What PostgreSQL does by itself within minutes, and what is off in a server of tests."""
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


@dataclass(frozen=True)
class Measured:
    """Seconds; of the plain way for all waves, from those that were read."""

    first: float
    whole: float
    team: float
    location: float
    plain: float
    rollup: Rollup


def measure(store: Store, plainly: int) -> Measured:
    """What there is to read of a store that `fill` filled: nothing is kept before, everything after."""
    end = now()
    rolled: list[Rollup | None] = []
    first = seconds(lambda: rolled.append(roll_up(store, TOP, "six-scales", end)))
    assert rolled[0] is not None
    housekeeping(store)
    whole = seconds(lambda: roll_up(store, TOP, "six-scales", end), 3)
    location = seconds(lambda: roll_up(store, "l0", "six-scales", end), 3)
    teams = iter([f"t{number:04}" for number in range(9)])

    def read_team() -> None:
        team = next(teams)
        profiles(store, waves.asked_of(store, team), team)

    team = seconds(read_team, 9)
    some = [one.wave.id for one in rolled[0].waves[:plainly]]
    plain_ = seconds(lambda: [checked(store, plain(store, one), one) for one in some])
    return Measured(first, whole, team, location, plain_ * len(rolled[0].waves) / len(some), rolled[0])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--teams", type=int, default=1000)
    parser.add_argument("--waves", type=int, default=12)
    parser.add_argument("--plain", type=int, default=1, help="how many waves the plain way reads")
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    options = parser.parse_args(arguments)
    for database in options.databases:
        with ExitStack() as running:
            if database == "sqlite":
                folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="bn-")))
                store = Store.open(f"sqlite:///{folder / 'store.db'}")
            else:
                from tests.postgres import private_cluster  # noqa: PLC0415 - only where it is asked for

                url = running.enter_context(running.enter_context(private_cluster()).database())
                store = Store.open(url)
            running.callback(store.close)
            before = time.perf_counter()
            answers = fill(store, options.teams, options.waves)
            filled = time.perf_counter() - before
            housekeeping(store)
            found = measure(store, options.plain)
        title = f"{database}: {answers:,} answers of {options.teams:,} teams in {options.waves} waves"
        _print(f"{title} (filled in {filled:.0f} s)", found, options)


def _print(title: str, found: Measured, options: argparse.Namespace) -> None:
    form, ms = "{:.2f} s".format, "{:.0f} ms".format
    read = "" if options.plain >= options.waves else f", from {options.plain} of {options.waves} waves"
    rows = [
        (
            "a team's report: all that it reads",
            ms(1000 * found.team),
            form(found.plain),
            f"{found.plain / found.team:.0f} x",
        ),
        (
            "roll-up of a location",
            ms(1000 * found.location),
            form(found.plain),
            f"{found.plain / found.location:.0f} x",
        ),
        ("roll-up of the whole", form(found.whole), form(found.plain), f"{found.plain / found.whole:.0f} x"),
        (
            "the first time, nothing kept yet",
            form(found.first),
            form(found.plain),
            f"{found.plain / found.first:.1f} x",
        ),
    ]
    table(title, ("kept scores", f"pandas{read}", "ratio"), rows)


if __name__ == "__main__":
    main()

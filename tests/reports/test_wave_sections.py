"""What waves say from below, in the report of a unit: sentences, pictures, numbers, and what is kept back."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bedoeling_nb.analysis.reflection import reflect
from bedoeling_nb.analysis.rollup import GROUPS, LevelMean, Total
from bedoeling_nb.analysis.scores import ends
from bedoeling_nb.analysis.steering import LEAST
from bedoeling_nb.community import Level, new_id, now
from bedoeling_nb.figures.profile import draw_levels
from bedoeling_nb.instruments import find, in_language
from bedoeling_nb.reports.reflection import high_and_low, reflection_page
from bedoeling_nb.reports.sections import Words
from bedoeling_nb.reports.team import team_report
from bedoeling_nb.reports.unit import unit_report
from bedoeling_nb.store import Store, submissions, tables, units, waves
from bedoeling_nb.store.submissions import Submission
from tests.analysis.test_rollup import TEAMS, TREE
from tests.reports.test_team import read

CLIMATE, PULSE = find("climate"), find("promises-pulse")
LEADING: tuple[Level, ...] = ("location", "region", "organisation")


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    opened = community(sqlite_template, tmp_path)
    yield opened
    opened.close()


def community(template: Path, folder: Path) -> Store:
    path = folder / f"{new_id()}.db"
    shutil.copy(template, path)
    opened = Store.open(f"sqlite:///{path}")
    units.add(opened, TREE)
    return opened


def hold(
    store: Store,
    told: Mapping[str, tuple[int, int]],
    closed: datetime | None,
    script: object = CLIMATE,
    levels: tuple[Level, ...] = ("team",),
) -> None:
    """A wave in which so many people of each unit gave one answer to all; it closed then, or is open."""
    wave = waves.open_wave(store, script, "whole", now() + timedelta(days=9), levels=levels)  # type: ignore[arg-type]
    for session in waves.sessions_of(store, wave):
        people, value = told.get(session.unit, (0, 0))
        rows = [
            Submission(new_id(), session.id, step.id, "1", f"p{n}", {item.id: value for item in step.items})
            for n in range(people)
            for step in script.steps  # type: ignore[attr-defined]
        ]
        submissions.import_past(store, rows)
    if closed:
        with store.write() as connection:
            row = {"created_at": closed - timedelta(days=14), "closes_at": closed}
            connection.execute(sa.update(tables.wave).where(tables.wave.c.id == wave.id).values(row))


def at(month: int) -> datetime:
    return datetime(2026, month, 15, 12, tzinfo=UTC)


def section(page: str, name: str) -> str:
    """What is read of the section with this name; empty when there is none."""
    found = re.search(rf"<section><h2>[^<]*{name}</h2>.*?</section>", page, re.DOTALL)
    return read(found[0]) if found else ""


def test_it_says_what_changed_and_names_no_team(store: Store) -> None:
    hold(store, {team: (6, 2 + place % 2) for place, team in enumerate(TEAMS)}, at(4))
    hold(store, {team: (7, 4 + (place % 3 > 0)) for place, team in enumerate(TEAMS)}, at(7))
    page = unit_report(store, "whole", "2026-Q3", "en")._repr_html_()
    text = section(page, "Safe learning climate")
    assert "84 people of 12 teams count" in text
    assert "Clearly up since last time" in text
    assert "100 percent of the differences" in text
    assert re.search(
        r"Peace and stability 4.7 \(4.4 to 5\) 2.5 \+2.2 \(1.7 to 2.6\) \* 84 \(12\)", text.replace("\u00a0", " ")
    )
    assert "last time 2.5" in text
    assert not [unit.name for unit in TREE if unit.level == "team" and unit.name in text]
    assert "Duidelijk hoger" in section(unit_report(store, "whole", "2026-Q3")._repr_html_(), "Veilig leerklimaat")


def test_only_what_closed_in_the_period_has_a_section(store: Store) -> None:
    hold(store, dict.fromkeys(TEAMS, (6, 3)), at(2))
    hold(store, dict.fromkeys(TEAMS, (6, 4)), at(8))
    hold(store, dict.fromkeys(TEAMS, (6, 3)), at(8), PULSE)
    hold(store, dict.fromkeys(TEAMS, (6, 5)), None, PULSE)
    pages = {period: unit_report(store, "north", period, "en")._repr_html_() for period in ("2026-Q1", "2026-Q2")}
    pages["2026-Q3"] = unit_report(store, "north", "2026-Q3", "en")._repr_html_()
    titles = {period: re.findall(r"<h2>Wave: ([^<]*)</h2>", page) for period, page in pages.items()}
    assert titles == {
        "2026-Q1": ["Safe learning climate"],
        "2026-Q2": [],
        "2026-Q3": ["Safe learning climate", "The three promises"],
    }
    for period, before in (("2026-Q1", False), ("2026-Q3", True)):
        assert ("Last time" in section(pages[period], "Safe learning climate")) == before


def test_too_few_teams_and_too_few_leaders_are_said_in_words(store: Store) -> None:
    hold(store, {"l0-0": (9, 4), "l0-1": (9, 4), "l1-0": (4, 1)}, at(7))
    hold(store, {"l0": (3, 2), "north": (4, 5)}, at(8), levels=LEADING)
    page = unit_report(store, "north", "2026-Q3", "en")._repr_html_()
    text = section(page, "Safe learning climate")
    assert "Those are too few to count together without showing one team." in text
    assert "About the teams, the leaders of locations, and the directors we show nothing." in text
    assert "<img" not in page[page.index("Wave: ") : page.index("Taking part")]


def test_levels_stand_side_by_side(store: Store) -> None:
    hold(store, dict.fromkeys(TEAMS, (6, 3)), at(7))
    told = {"l0": (6, 4), "l1": (6, 4), "l2": (6, 4), "north": (2, 5), "whole": (2, 5)}
    hold(store, told, at(8), levels=LEADING)
    text = section(unit_report(store, "whole", "2026-Q3", "en")._repr_html_(), "Safe learning climate")
    assert "Asked until: Teams 15 Jul 2026; Location leaders 15 Aug 2026; Directors 15 Aug 2026." in text.replace(
        "\u00a0", " "
    )
    assert "Peace and stability: Teams 3, Location leaders 4, Directors not shown" in text
    assert "Peace and stability 3 4 not shown" in text
    assert "Highest" not in text  # all are the same


def test_a_level_that_is_not_shown_has_no_mark() -> None:
    spans = [(scale, ends(CLIMATE, scale)) for scale in CLIMATE.scales]
    wave = waves.Wave("climate", 1, "whole", at(7))
    with_all, with_two, with_none = (
        draw_levels(
            spans,
            [
                LevelMean(group, wave, scale.id, None if place >= shown else 2.5 + place, 9)
                for place, group in enumerate(GROUPS)
                for scale, _ in spans
            ],
            "low",
            "high",
            "",
            "en",
        )
        for shown in (3, 2, 0)
    )
    assert "Safety: Teams 2.5, Location leaders 3.5, Directors 4.5" in with_all.alt
    assert "Safety: Teams 2.5, Location leaders 3.5, Directors not shown" in with_two.alt
    assert "Safety: too few answers" in with_none.alt
    marks = [len(one.figure.findobj(lambda artist: artist.get_zorder() >= 5)) for one in (with_all, with_two)]
    assert marks[0] - marks[1] == len(spans)


@settings(max_examples=2)
@given(st.lists(st.sampled_from((0, 3, 4, 5, 7)), min_size=12, max_size=12))
def test_what_is_held_back_could_have_been_anything(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    """No report above the teams depends on small teams, on teams of a part with too few, nor on a wave that is open."""
    folder = tmp_path_factory.mktemp("anything")
    people = dict(zip(TEAMS, sizes, strict=True))
    passing = Counter(team[:2] for team, n in people.items() if n >= 5)
    up = {team for team, n in people.items() if n >= 5 and passing[team[:2]] >= LEAST}
    pages = []
    for turned in (set(), set(TEAMS) - up, set(TEAMS)):
        store = community(sqlite_template, folder)
        hold(store, {team: (n, 5 if team in turned else 2) for team, n in people.items()}, at(7))
        hold(store, {team: (n, 5 if turned else 2) for team, n in people.items()}, None)
        pages.append([unit_report(store, unit, "2026-Q3")._repr_html_() for unit in ("whole", "l0")])
        store.close()
    assert pages[0] == pages[1]
    assert (pages[0] != pages[2]) == bool(up)


def test_a_statement_that_is_scored_the_other_way_round_is_marked_in_words(store: Store) -> None:
    hold(store, dict.fromkeys(TEAMS[:1], (9, 2)), at(7))
    page = read(reflection_page(reflect(store, waves.recent(store)[0], TEAMS[0]), "en")._repr_html_())
    turned = [path for scale in CLIMATE.scales for path in scale.reversed]
    for step in CLIMATE.steps:
        for one in step.items:
            marked = f"{in_language(one.text, 'en')} (here disagreeing is good)" in page
            assert marked == (f"{step.id}.{one.id}" in turned)
    assert "All 9 people took part" not in page  # nobody is known to work there


@pytest.mark.parametrize(
    ("closes", "closed", "quarter", "day"),
    [
        ("2026-09-30T22:00", None, "2026-Q3", "30 Sep 2026"),  # midnight here: until and with 30 September
        ("2026-10-09T22:00", "2026-09-30T22:30", "2026-Q4", "1 Oct 2026"),  # by hand, half an hour after it
        ("2026-12-31T23:00", "2026-09-30T22:00", "2026-Q3", "30 Sep 2026"),
    ],
)
def test_a_wave_is_in_the_period_of_its_last_day(
    store: Store, closes: str, closed: str | None, quarter: str, day: str
) -> None:
    hold(store, dict.fromkeys(TEAMS, (6, 4)), datetime.fromisoformat(closes).replace(tzinfo=UTC))
    if closed:
        by_hand = sa.update(tables.wave).values(closed_at=datetime.fromisoformat(closed).replace(tzinfo=UTC))
        with store.write() as connection:
            connection.execute(by_hand)
    for period in ("2026-Q3", "2026-Q4"):
        told = section(unit_report(store, "whole", period, "en")._repr_html_(), "Safe learning climate")
        assert (f"On {day}" in told.replace("\N{NO-BREAK SPACE}", " ")) == (period == quarter)
        profile = in_language(CLIMATE.title, "en") in team_report(store, TEAMS[0], period, "en")._repr_html_()
        assert profile == (period == quarter)


@pytest.mark.parametrize(
    ("means", "told"),
    [
        ((3.44, 3.43, 3.42), "The themes lie close together."),
        ((3.6, 3.5, 3.4), "The themes lie close together."),
        ((4.5, 3.0, 2.0), "Highest: A. Lowest: C."),
        ((4.5, 4.4, 2.0), "Highest: A and B. Lowest: C."),
        ((3.5, 3.5, 3.5, 3.0), "Lowest: D."),  # one of three is not the highest
        ((4.5, 4.5, 4.5, 2.0, 2.0, 2.0), ""),
        ((4.5,), ""),
    ],
)
def test_nothing_is_called_the_highest_among_equals(means: tuple[float, ...], told: str) -> None:
    known = [
        Total(CLIMATE.scales[0].model_copy(update={"title": name}), (1, 5), mean)
        for name, mean in zip("ABCDEF", means, strict=False)
    ]
    assert " ".join(high_and_low(known, Words("en"))) == told

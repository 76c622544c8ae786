"""A team's own results: means recomputed by hand, the threshold, what others said, and what changed."""

from __future__ import annotations

import statistics
from datetime import timedelta

import pytest
import sqlalchemy as sa
from scipy import stats

from bedoeling_nb.analysis.meeting import Meeting
from bedoeling_nb.analysis.reflection import Reflection, reflect
from bedoeling_nb.analysis.scores import person_scores
from bedoeling_nb.apps.reflection import talk
from bedoeling_nb.community import Person, Unit, new_id, now
from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments import find
from bedoeling_nb.reports.reflection import reflection_page
from bedoeling_nb.store import Store, submissions, tables, units, waves
from bedoeling_nb.store.submissions import Submission

CLIMATE = find("climate")
TEAMS = [f"t{number}" for number in range(6)]


@pytest.fixture
def community(store: Store) -> Store:
    tree = [Unit("top", None, "location", "Top"), *(Unit(team, "top", "team", f"Team {team}") for team in TEAMS)]
    units.add(store, tree)
    return store


def hold(store: Store, answers: dict[str, list[dict[str, int]]], days_ago: int = 0) -> waves.Wave:
    """A wave in which the people of each team gave these answers to the items of safety."""
    wave = waves.open_wave(store, CLIMATE, "top", now() + timedelta(days=9))
    moment = now() - timedelta(days=days_ago)
    with store.write() as connection:
        connection.execute(sa.update(tables.wave).where(tables.wave.c.id == wave.id).values(created_at=moment))
    for session in waves.sessions_of(store, wave):
        rows = [
            Submission(new_id(), session.id, "safety", "1", f"person-{number}", dict(given))
            for number, given in enumerate(answers.get(session.unit, ()))
        ]
        submissions.import_past(store, rows)
    return waves.get(store, wave.id)


def over(store: Store, wave: waves.Wave, days_ago: int = 1) -> waves.Wave:
    """The wave, closed some days ago."""
    moment = now() - timedelta(days=days_ago)
    with store.write() as connection:
        connection.execute(sa.update(tables.wave).where(tables.wave.c.id == wave.id).values(closed_at=moment))
    return waves.get(store, wave.id)


def same(value: int, people: int = 6) -> list[dict[str, int]]:
    """People of whom all seven answers say the same, the reversed ones turned round."""
    return [{f"s{n}": 6 - value if n in (1, 3, 5) else value for n in range(1, 8)} for _ in range(people)]


def safety(found: Reflection) -> object:
    return next(one for one in found.scales if one.scale.id == "safety")


def test_the_mean_is_that_of_peoples_scores_with_reversed_items_turned_round(community: Store) -> None:
    given = [{"s1": 2, "s2": 4, "s3": 1, "s4": 5, "s5": 2, "s6": 4, "s7": number % 5 + 1} for number in range(7)]
    given.append({"s2": 5, "s4": 5, "s6": 5})  # three of seven: too few for a score
    found = reflect(community, hold(community, {"t0": given}), "t0")
    by_hand = [(4 + 4 + 5 + 5 + 4 + 4 + (number % 5 + 1)) / 7 for number in range(7)]
    one = safety(found)
    assert one.n == 7  # type: ignore[attr-defined]
    assert one.mean == pytest.approx(statistics.fmean(by_hand))  # type: ignore[attr-defined]
    interval = stats.t.interval(0.95, 6, statistics.fmean(by_hand), stats.sem(by_hand))
    assert (one.low, one.high) == pytest.approx(interval)  # type: ignore[attr-defined]
    assert found.participants == 8


def test_fewer_than_five_people_see_nothing(community: Store) -> None:
    found = reflect(community, hold(community, {"t0": same(4, 4)}), "t0")
    assert found.known == []
    page = reflection_page(found, "en")
    assert "Too few people took part" in page.headline
    assert "<img" not in page._repr_html_()


def test_others_are_at_least_three_teams_and_never_named(community: Store) -> None:
    two = hold(community, {"t0": same(3), "t1": same(4), "t2": same(5), "t3": same(1, 4)})
    assert safety(reflect(community, over(community, two), "t0")).others is None  # type: ignore[attr-defined]
    three = hold(community, {"t0": same(3), "t1": same(4), "t2": same(5), "t3": same(3)})
    assert safety(reflect(community, three, "t0")).others is None  # type: ignore[attr-defined]
    found = reflect(community, over(community, three), "t0")
    assert safety(found).others == pytest.approx(4)  # type: ignore[attr-defined]
    page = reflection_page(found, "nl")._repr_html_()
    assert not [team for team in TEAMS[1:] if f"Team {team}" in page]


def test_others_are_the_total_that_goes_up_without_ones_own(community: Store) -> None:
    """Team t5 is in a part of its own, in no total: it is not among the others, and sees all of them itself."""
    units.add(community, [Unit("apart", "top", "cluster", "Apart"), Unit("t5", "apart", "team", "Team t5")])
    told = {"t0": same(3), "t1": same(4, 5), "t2": same(5, 9), "t3": same(2, 7), "t4": same(1, 4), "t5": same(1)}
    wave = over(community, hold(community, told))
    seen = {team: safety(reflect(community, wave, team)).others for team in ("t0", "t5")}  # type: ignore[attr-defined]
    assert seen["t0"] == pytest.approx((4 * 5 + 5 * 9 + 2 * 7) / 21)
    assert seen["t5"] == pytest.approx((3 * 6 + 4 * 5 + 5 * 9 + 2 * 7) / 27)


def test_what_changed_is_against_the_wave_before(community: Store) -> None:
    hold(community, {"t0": [*same(2, 4), *same(3, 3)]}, days_ago=200)
    hold(community, {"t0": [*same(3, 4), *same(2, 3)]}, days_ago=90)
    found = reflect(community, hold(community, {"t0": [*same(4, 4), *same(5, 3)]}), "t0")
    change = safety(found).change  # type: ignore[attr-defined]
    welch = stats.ttest_ind([4] * 4 + [5] * 3, [3] * 4 + [2] * 3, equal_var=False).confidence_interval()
    assert change.estimate == pytest.approx((4 * 4 + 5 * 3) / 7 - (3 * 4 + 2 * 3) / 7)
    assert (change.low, change.high) == pytest.approx(tuple(welch))
    assert "Clearly up since last time: Safety." in reflection_page(found, "en").headline


def test_a_wave_before_with_too_few_people_is_no_comparison(community: Store) -> None:
    hold(community, {"t0": same(2, 4)}, days_ago=90)
    assert safety(reflect(community, hold(community, {"t0": same(4)}), "t0")).change is None  # type: ignore[attr-defined]


def test_a_changed_questionnaire_is_not_compared_and_a_running_wave_keeps_its_own(community: Store) -> None:
    """The file is changed while a wave runs: phones of that wave go on with what was asked, the next wave is other."""
    running = hold(community, {"t0": same(2)}, days_ago=9)
    first, *others = CLIMATE.scales
    fewer = first.model_copy(update={"items": first.items[:5]})
    renamed = CLIMATE.steps[0].model_copy(update={"title": "Iets anders"})
    changed = CLIMATE.model_copy(
        update={"version": 2, "scales": (fewer, *others), "steps": (renamed, *CLIMATE.steps[1:])}
    )
    later = waves.open_wave(community, changed, "top", now() + timedelta(days=9))
    [session, *_] = waves.sessions_of(community, later)
    rows = [Submission(new_id(), session.id, "safety", "1", f"p{n}", dict(one)) for n, one in enumerate(same(4))]
    submissions.import_past(community, rows)
    asked = {wave.id: waves.sessions_of(community, wave)[0] for wave in (running, later)}
    titles = [Meeting.load(community, one).public()["steps"][0]["title"] for one in asked.values()]
    assert titles == [CLIMATE.steps[0].title.model_dump(), "Iets anders"]  # type: ignore[union-attr]
    found = safety(reflect(community, later, "t0"))
    assert (found.mean, found.change) == (4, None)  # type: ignore[attr-defined]
    assert safety(reflect(community, running, "t0")).mean == 2  # type: ignore[attr-defined]


def test_everybody_the_same_has_a_mean_and_no_width(community: Store) -> None:
    one = safety(reflect(community, hold(community, {"t0": same(4)}), "t0"))
    assert (one.mean, one.low, one.high, one.spread) == (4, 4, 4, 0)  # type: ignore[attr-defined]


def test_where_all_say_the_same_nothing_is_highest_and_nobody_differs(community: Store) -> None:
    wave = hold(community, {"t0": same(3)})
    [session, *_] = waves.sessions_of(community, wave)
    given = [Submission(new_id(), session.id, "peace", "1", f"person-{n}", {"pea1": 3, "pea2": 3}) for n in range(6)]
    submissions.import_past(community, given)
    told = reflection_page(reflect(community, wave, "t0"), "en").headline
    assert told == "6 people took part. The themes lie close together."


def test_who_took_everything_back_did_not_take_part(community: Store) -> None:
    wave = hold(community, {"t0": same(3)})
    [session, *_] = waves.sessions_of(community, wave)
    back = [Submission(new_id(), session.id, "safety", "1", f"person-{number}", {}) for number in range(2)]
    submissions.import_past(community, back)
    assert reflect(community, wave, "t0").participants == 4
    assert "Too few people" in reflection_page(reflect(community, wave, "t0"), "en").headline


def test_an_empty_wave_and_a_team_that_was_not_asked(community: Store) -> None:
    wave = hold(community, {})
    assert reflect(community, wave, "t0").participants == 0
    assert "nan" not in reflection_page(reflect(community, wave, "t0"))._repr_html_().lower().replace("nant", "")
    with pytest.raises(NotFound, match="top"):
        reflect(community, wave, "top")
    assert person_scores(CLIMATE, ()).empty


def test_a_talk_asks_the_chosen_scales_again_and_ends_with_an_agreement() -> None:
    script = talk(CLIMATE, CLIMATE.scales[:2])
    assert script.pace == "together"
    assert [step.id for step in script.steps] == ["theme1", "theme2", "ideas", "agree", "uitcheck"]
    assert [item.id for item in script.step("theme1").items] == [f"s{number}" for number in range(1, 8)]
    assert script.step("agree").agree_on == "ideas.proposal"
    assert script.id == talk(CLIMATE, CLIMATE.scales[:2]).id != talk(CLIMATE, CLIMATE.scales[1:3]).id


def test_names_and_numbers_are_taken_out_of_what_people_wrote_and_eight_must_write(community: Store) -> None:
    units.add(community, [], [Person("p1", "t0", "professional", "Fatma Yilmaz")])
    script = find("team-reflection")
    wave = waves.open_wave(community, script, "t0", now() + timedelta(days=1))
    [session] = waves.sessions_of(community, wave)

    text = "Fatma belt {} keer: 06-12345678"

    def write(people: range) -> str:
        told = [
            Submission(new_id(), session.id, "wishes", "1", f"p{n}", {"wishes": 4, "wishes-sign": text.format(n)})
            for n in people
        ]
        submissions.import_past(community, told)
        return reflection_page(reflect(community, wave, "t0"))._repr_html_()

    assert "keer" not in write(range(7))
    shown = write(range(7, 8))
    assert "[…] belt 3 keer: […]" in shown
    assert "Fatma" not in shown
    assert "12345678" not in shown

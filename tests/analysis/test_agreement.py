"""Where a team agrees and differs: by numbers that one can check by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bedoeling_nb.analysis.agreement import item_agreements
from bedoeling_nb.analysis.reflection import reflect
from bedoeling_nb.community import now
from bedoeling_nb.instruments import NOT_APPLICABLE, find
from bedoeling_nb.reports.reflection import reflection_page
from bedoeling_nb.store import Store, submissions, waves
from bedoeling_nb.store.submissions import Submission

PULSE = find("promises-pulse")


def told(**answers: list[object]) -> list[Submission]:
    """What each of the people gave for each item of the first promise, in order."""
    people = max(map(len, answers.values()))
    return [
        Submission(
            f"id{number}",
            "s",
            "good_life",
            "1",
            f"p{number}",
            {item: given[number] for item, given in answers.items() if number < len(given)},
        )
        for number in range(people)
    ]


def test_half_at_each_end_is_two_steps_apart_and_all_the_same_is_none() -> None:
    found = item_agreements(PULSE, told(gl1=[1, 1, 1, 5, 5, 5], gl2=[3] * 6, gl3=[5] * 6), k=5)
    by_item = {one.item.id: one for one in found}
    assert (by_item["gl1"].apart, by_item["gl1"].mean, by_item["gl1"].n) == (2, 3, 6)
    assert by_item["gl2"].apart == by_item["gl3"].apart == 0
    assert [one.agrees for one in found] == [True, True, False]
    assert found[-1].item.id == "gl1"


def test_the_limit_of_five_answers_is_five_sixths() -> None:
    under, over = [3, 3, 3, 3, 2, 4, 2, 4, 2, 4, 1, 5], [1, 5, 2, 4, 3, 3]
    found = item_agreements(PULSE, told(gl1=under, gl2=over), k=5)
    assert [(one.apart, one.agrees) for one in found] == [(10 / 12, True), (1, False)]


def test_of_too_few_people_nothing_is_said_and_not_applicable_is_no_answer() -> None:
    given: list[object] = [4, 4, 4, 4, NOT_APPLICABLE]
    assert item_agreements(PULSE, told(gl1=given), k=5) == []
    assert [one.n for one in item_agreements(PULSE, told(gl1=[*given, 4]), k=5)] == [5]
    assert item_agreements(PULSE, [], k=5) == []


def test_nearly_all_at_one_end_is_agreeing() -> None:
    """Of a_wg such a mean has no meaning (Brown & Hauenstein 2005)."""
    [one] = item_agreements(PULSE, told(gl1=[1, 1, 1, 1, 1, 2]), k=5)
    assert (round(one.apart, 4), one.agrees) == (0.2778, True)


def test_the_page_of_a_team_speaks_one_language(store: Store, organisation: object) -> None:
    wave = waves.open_wave(store, PULSE, "wekerom-01", now() + timedelta(days=1))
    [session] = waves.sessions_of(store, wave)
    rows = told(gl1=[1, 1, 1, 5, 5, 5], gl2=[4] * 6, gl3=[5, 5, 5, 5, 5, 4])
    submissions.import_past(store, [replace(one, session=session.id) for one in rows])
    page = reflection_page(reflect(store, wave, "wekerom-01"), "nl")._repr_html_()
    differ, agree = page.split("Hier verschillen we")[1].split("Hier zijn we het eens")
    first, second, _ = (item.text.nl for item in PULSE.steps[0].items)  # type: ignore[union-attr]
    assert first in differ
    assert second in agree.split("</section>")[0]
    assert ">2<" in differ.replace("\n", "")
    assert "nl=" not in page
    assert "clients here could" not in page


def test_of_what_is_the_same_nothing_is_called_the_highest_or_the_most_divided(
    store: Store, organisation: object
) -> None:
    wave = waves.open_wave(store, PULSE, "wekerom-01", now() + timedelta(days=1))
    [session] = waves.sessions_of(store, wave)
    rows = [
        Submission(
            f"{step.id}{n}",
            session.id,
            step.id,
            "1",
            f"p{n}",
            {one.id: 3 + n % 2 for one in step.items if one.kind == "likert"},
        )
        for n in range(6)
        for step in PULSE.steps
    ]
    submissions.import_past(store, rows)
    page = reflection_page(reflect(store, wave, "wekerom-01"), "en")._repr_html_()
    assert "The themes lie close together." in page
    assert not [one for one in ("Highest", "Lowest", "You differ most") if one in page]

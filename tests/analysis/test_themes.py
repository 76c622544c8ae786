"""Words, links and themes against NumPy and networkx; only words of k people."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import pandas as pd
import pytest

from bedoeling_nb.analysis import frames, themes
from bedoeling_nb.analysis.themes import Themes, fold_inflections, tokens
from bedoeling_nb.privacy import text_name
from bedoeling_nb.store import sessions
from tests.analysis.conftest import DAY, LATER, Community


def seen(*texts: str, person: str = "p") -> list[tuple[str, str, str, dict[str, object]]]:
    return [("zien", "1", f"{person}{place}", {"seen": text}) for place, text in enumerate(texts)]


@pytest.fixture(scope="module")
def found(sample_answers: pd.DataFrame) -> Themes:
    return themes.find(sample_answers)


def test_words_are_lower_case_without_stopwords_numbers_and_signs() -> None:
    assert list(tokens("De Bewoners zijn 3 keer in de moes-tuin geweest; foto’s!")) == [
        "bewoners",
        "moes-tuin",
        "foto's",
    ]


@pytest.mark.parametrize(
    ("inflected", "base"),
    [
        ("bewoners", "bewoner"),
        ("foto's", "foto"),
        ("diensten", "dienst"),
        ("plekken", "plek"),
        ("taken", "taak"),
        ("brieven", "brief"),
        ("huizen", "huis"),
        ("kinderen", "kind"),
        ("gedachten", "gedachte"),
        ("drukke", "druk"),
        ("grote", "groot"),
    ],
)
def test_an_inflection_becomes_its_base_only_when_the_base_is_used(inflected: str, base: str) -> None:
    assert fold_inflections([inflected, base]) == {inflected: base}
    assert fold_inflections([inflected, "iets"]) == {}


def test_folding_goes_to_the_end() -> None:
    assert fold_inflections(["drukkere", "drukker", "druk"])["drukkere"] == "drukker"
    assert fold_inflections(["namens", "namen", "naam"]) == {"namens": "naam", "namen": "naam"}


def test_links_are_normalised_pmi(sample_answers: pd.DataFrame, found: Themes) -> None:
    rows = sample_answers[(sample_answers["item"] == "seen") & ~sample_answers["hidden"]]
    texts = [{found.inflections.get(word, word) for word in tokens(text)} for text in rows["value_text"]]
    n = len(texts)
    for link in found.links.sample(20, random_state=1).to_dict("records"):
        one = sum(link["word"] in text for text in texts)
        other = sum(link["other"] in text for text in texts)
        both = sum({link["word"], link["other"]} <= text for text in texts)
        assert link["texts"] == both
        assert link["npmi"] == pytest.approx(math.log(both / n / (one / n * other / n)) / -math.log(both / n))
        assert 0 < link["npmi"] <= 1


def test_themes_are_the_same_each_time_and_better_than_chance(sample_answers: pd.DataFrame, found: Themes) -> None:
    again = themes.find(sample_answers)
    pd.testing.assert_frame_equal(found.words, again.words)
    graph = found.graph
    assert set(graph) == set(found.words["word"])
    assert graph.number_of_edges() == len(found.links)
    groups = [set(words["word"]) for _, words in found.words.groupby("theme")]
    assert nx.community.is_partition(graph, groups)
    assert nx.community.modularity(graph, groups, weight="npmi") > 0.6


def test_only_words_and_pairs_of_k_people(community: Community) -> None:
    community.hold("wekerom-01", DAY, seen(*["rooster"] * 5, "geheim", "geheim", "geheim", "geheim"))
    found = themes.find(frames.answers(community.store))
    assert list(found.words["word"]) == ["rooster"]
    assert found.links.empty


def test_people_who_met_before_count_once(community: Community) -> None:
    """Three people in four sessions have twelve pseudonyms; with two of another team they are five."""
    for month in (2, 3, 4, 5):
        community.hold("wekerom-01", DAY.replace(day=1, month=month), seen(*["rooster"] * 3, person=str(month)))
    assert themes.find(frames.answers(community.store)).words.empty
    community.hold("wekerom", DAY, seen("rooster", "rooster", person="x"))  # delegates of the teams
    assert themes.find(frames.answers(community.store)).words.empty
    community.hold("wekerom-02", DAY, seen("rooster", "rooster", person="y"))
    assert list(themes.find(frames.answers(community.store)).words["people"]) == [5]


def test_a_hidden_text_is_left_out(community: Community) -> None:
    session = community.hold("wekerom-01", DAY, seen(*["rooster"] * 5))
    sessions.moderate(community.store, session.id, "hide", text_name("p0", "zien", "1", "seen"))
    assert themes.find(frames.answers(community.store)).words.empty


def test_a_theme_returns_until_something_is_agreed_about_it(community: Community) -> None:
    both = ["rooster wachten"] * 5
    community.agree(community.hold("wekerom-01", DAY, seen(*both, *["tuin"] * 5)), "Nieuwe stoelen")
    later = community.hold("wekerom-01", LATER, seen(*both, *["tuin"] * 4))
    reading = frames.read(community.store)
    found = themes.find(frames.answer_frame(reading))
    returned = found.returning(frames.intervention_frame(reading))
    assert returned.to_dict("records") == [
        {
            "unit": "wekerom-01",
            "theme": "rooster · wachten",
            "times": 2,
            "first": pd.Timestamp("2026-02-01"),
            "last": pd.Timestamp("2026-05-01"),
            "people": 5,
            "agreements": 0,
        }
    ]
    community.agree(later, "De roosters op tijd")
    reading = frames.read(community.store)
    found = themes.find(pd.concat([frames.answer_frame(reading)]))
    assert list(found.returning(frames.intervention_frame(reading))["agreements"]) == [0]  # "roosters": nobody's word
    community.agree(later, "Het rooster op tijd")
    assert list(found.returning(frames.interventions(community.store))["agreements"]) == [1]
    assert list(found.returning(frames.interventions(community.store), "location")["location"]) == ["wekerom"]


def test_nothing_gives_the_same_columns(nothing: frames.Reading, found: Themes, reading: frames.Reading) -> None:
    empty = themes.find(frames.answer_frame(nothing))
    agreed = frames.intervention_frame(reading)
    for one, other in itertools.chain(
        [(empty.words, found.words), (empty.links, found.links)],
        [(empty.returning(agreed, by), found.returning(agreed, by)) for by in ("unit", "location", "region")],
    ):
        assert one.empty
        assert dict(one.dtypes) == dict(other.dtypes)
    assert len(empty.graph) == 0

"""The frames say what the store says, with the same columns whatever is in it."""

from __future__ import annotations

import pandas as pd
import pytest

from bedoeling_nb.analysis import frames
from bedoeling_nb.community import new_id
from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments import find
from bedoeling_nb.privacy import text_name
from bedoeling_nb.store import Store, links, sessions, submissions
from bedoeling_nb.store.submissions import Submission
from tests.analysis.conftest import CORNERS, DAY, LATER, Community
from tests.kept import open_all

PLACE = dict(zip(CORNERS, (0.6, 0.3, 0.1), strict=True))


def test_every_value_is_a_row_of_its_kind_with_labels(community: Community) -> None:
    name = text_name("p0", "zien", "1", "seen")
    before = community.hold("wekerom-01", DAY, [])
    agreed = community.agree(before, "Samen eten")
    session = community.hold(
        "wekerom-01",
        LATER,
        [
            ("terugblik", agreed.id, "p0", {"done": "partly", "effect": -1}),
            ("terugblik", agreed.id, "p1", {"done": "not_done", "effect": "na"}),
            ("zien", "1", "p0", {"seen": "Er wordt gelachen", "promise": PLACE}),
            ("zien", "1", "p1", {"seen": "withdrawn", "promise": "na"}),
            ("zien", "1", "p1", {}),
            ("voelen", "1", "p0", {"energy": 3}),
            ("voelen", "1", "p0", {"energy": 7}),
            ("bijsturing", "1", "p1", {"votes": {name: 2}}),
            ("uitcheck", "1", "p1", {"mood": 3}),
        ],
        k=6,
    )
    sessions.moderate(community.store, session.id, "hide", name)
    table = frames.answers(community.store, units=["oost"], language="en")
    assert dict(table.dtypes.astype(str)) == dict(frames.ANSWERS)
    assert set(table["session"]) == {session.id}
    first = table.iloc[0]
    assert (first["unit"], first["level"], first["location"], first["region"]) == (
        "wekerom-01",
        "team",
        "wekerom",
        "oost",
    )
    assert (first["quarter"], first["k"], first["code"]) == ("2026-Q2", 6, session.code)
    told = {(one.participant, one.column): one for one in table.itertuples()}
    assert (told["p0", "done"].value_text, told["p0", "done"].value_label) == ("partly", "Partly")
    assert (told["p0", "effect"].value_number, told["p0", "effect"].value_label) == (-1, "worse")
    assert told["p1", "effect"].not_applicable
    assert pd.isna(told["p1", "effect"].value_number)
    assert told["p0", "promise.good_work"].value_number == 0.3
    assert told["p0", "promise.good_work"].column_label == "Good work"
    assert told["p0", "seen"].hidden
    assert ("p1", "seen") not in told
    assert told["p0", "energy"].value_number == 7
    vote = told["p1", f"votes.{name}"]
    assert (vote.value_number, vote.column_label, vote.hidden) == (2, "Er wordt gelachen", False)
    assert told["p1", "mood"].value_label == "good"


def test_who_made_a_code_is_one_person_in_each_wave(community: Community) -> None:
    for day in (DAY, LATER):
        session = community.hold("wekerom-01", day, [("voelen", "1", f"p{day}", {"energy": 3})])
        open_all(community.store, session.id)
        links.keep(community.store, session.id, f"p{day}", "hash")
    community.hold("wekerom-01", LATER, [("voelen", "1", "other", {"energy": 7})])
    table = frames.answers(community.store)
    assert table.groupby("person", observed=True)["session"].nunique().to_dict() == {"hash": 2}
    assert table["person"].isna().sum() == 1


def test_a_day_is_the_day_of_people_here(community: Community) -> None:
    community.hold("oost", DAY, [])
    one = frames.sessions(community.store).iloc[0]
    assert one["held_on"] == pd.Timestamp("2026-02-01")
    assert pd.isna(one["location"])
    assert (one["region"], one["participants"], one["ended"]) == ("oost", 0, False)


def test_what_an_agreement_did_comes_from_the_first_session_that_looked_back(community: Community) -> None:
    agreed = community.agree(community.hold("wekerom-01", DAY, []), "Samen eten")
    lonely = community.agree(community.hold("wekerom-02", DAY, []), "Stil zijn")
    values = [("done", 2), ("done", 1), ("partly", 0), ("not_done", "na"), ("done", "na"), ("na", "na")]
    told = [
        ("terugblik", agreed.id, f"p{place}", {"done": done, "effect": effect})
        for place, (done, effect) in enumerate(values)
    ]
    review = community.hold("wekerom-01", LATER, told)
    small = [("terugblik", lonely.id, f"p{place}", {"done": "done"}) for place in range(4)]
    community.hold("wekerom-02", LATER, small)
    table = frames.interventions(community.store).set_index("text")
    assert table.loc["Samen eten", "reviewed_in"] == review.id
    assert (table.loc["Samen eten", "n_done"], table.loc["Samen eten", "done_share"]) == (5, 0.6)
    assert table.loc["Samen eten", "n_effect"] == 3
    assert table.loc["Samen eten", "mean_effect"] is pd.NA  # three people
    assert table.loc["Stil zijn", "n_done"] == 4
    assert table.loc["Stil zijn", "done_share"] is pd.NA


def test_an_empty_store_gives_the_same_columns(community: Community) -> None:
    for make, columns in (
        (frames.answers, frames.ANSWERS),
        (frames.sessions, frames.SESSIONS),
        (frames.interventions, frames.INTERVENTIONS),
    ):
        table = make(community.store)
        assert table.empty
        assert dict(table.dtypes.astype(str)) == dict(columns)
    with pytest.raises(NotFound, match="nowhere"):
        frames.answers(community.store, units=["nowhere"])


def test_the_sample_is_there_value_for_value(sample_store: Store, sample_answers: pd.DataFrame) -> None:
    table = frames.sessions(sample_store)
    session = table.loc[table["participants"].idxmax(), "session"]
    counted = submissions.current(sample_store, session)
    energy = sample_answers[(sample_answers["session"] == session) & (sample_answers["item"] == "energy")]
    told = {one.participant: one.answers["energy"] for one in counted if "energy" in one.answers}
    assert dict(zip(energy["participant"], energy["value_number"], strict=True)) == told
    assert not sample_answers["value_number"].isna().all()
    assert len(frames.interventions(sample_store)) == table["agreements"].sum()
    done = frames.interventions(sample_store)["done_share"].dropna()
    assert done.between(0, 1).all()


def test_scores_are_a_row_a_person_in_each_wave(community: Community) -> None:
    pulse = find("promises-pulse")
    session = sessions.create(community.store, "wekerom-01", pulse, created_at=DAY)
    open_all(community.store, session.id)
    links.keep(community.store, session.id, "p0", "hash")
    told = {"p0": {"gl1": 2, "gl2": 4, "gl3": "na"}, "p1": {"gl1": 5}}
    submissions.import_past(
        community.store,
        [Submission(new_id(), session.id, "good_life", "1", who, given) for who, given in told.items()],
    )
    table = frames.score_frame(frames.read(community.store, pulse.id)).set_index("participant")
    assert table["good_life"].dropna().to_dict() == {"p0": 3.0}  # of three items one is too few
    assert table.loc["p0", ["unit", "quarter", "person"]].to_list() == ["wekerom-01", "2026-Q1", "hash"]
    assert pd.isna(table.loc["p1", "person"])
    assert frames.score_frame(frames.read(community.store, "climate")).empty

"""The report of a session: what it says, what it keeps to itself, and the file that it becomes."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import nbformat
import pytest

from bedoeling_nb.community import new_id
from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments import Instrument
from bedoeling_nb.reports.batch import make_all, session_job
from bedoeling_nb.reports.html import ReportError, run, to_html
from bedoeling_nb.reports.session import find_session, session_report
from bedoeling_nb.store import Store, interventions, sessions, submissions, units
from bedoeling_nb.store.sessions import Session
from bedoeling_nb.store.submissions import Submission
from bedoeling_nb.widgets.assets import folder
from tests.conftest import ORGANISATION

NOTEBOOK = folder("notebooks") / "reports" / "session.ipynb"
CORNERS = ("good_life", "good_work", "healthy_organisation")


@pytest.fixture(scope="module")
def url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("reports") / "store.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def held(url: str, script: Instrument) -> Session:
    """A session of twelve people, of whom three also wrote a word; the one before it agreed one thing."""
    store = Store.open(url)
    units.add(store, ORGANISATION)
    before = sessions.create(store, "wekerom-01", script, created_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    earlier = interventions.Intervention(
        before.id,
        "wekerom-01",
        "Samen <b>eten</b>",
        "Ank",
        date(2026, 3, 9),
        date(2026, 4, 1),
        created_at=before.created_at,
    )
    interventions.import_past(store, [earlier])
    session = sessions.create(store, "wekerom-01", script, created_at=datetime(2026, 4, 1, 8, 30, tzinfo=UTC))

    def tell(step: str, entry: str, person: int, answers: dict[str, object]) -> Submission:
        return Submission(new_id(), session.id, step, entry, f"p{person:02}", answers)

    told = []
    for person in range(12):
        place = dict(zip(CORNERS, (0.6, 0.3, 0.1), strict=True))
        feeling: dict[str, object] = {"energy": person % 6 + 4, "safety": 8, "lead": 0.3}
        if person < 3:
            feeling["word"] = f"geheim{person}"
        told += [
            tell("terugblik", earlier.id, person, {"done": "done", "effect": 1}),
            tell("zien", "1", person, {"seen": f"Ik zag <i>{person}</i>", "promise": place}),
            tell("voelen", "1", person, feeling),
            tell("uitcheck", "1", person, {"mood": 3} | ({"last": f"stil{person}"} if person < 4 else {})),
        ]
    submissions.import_past(store, told)
    interventions.agree(store, session, "Elke ochtend <script>", "het team", date(2026, 4, 8), date(2026, 5, 1))
    sessions.end(store, session.id, rev=sessions.state(store, session.id).rev)
    store.close()
    return session


@pytest.fixture(scope="module")
def made(url: str, held: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store.open(url)
    job = session_job(store, held.code, "en")
    store.close()
    (outcome,) = make_all(url, [job], tmp_path_factory.mktemp("out") / "deeper")
    assert outcome.state == "made"
    return outcome.path


def test_the_report_says_who_met_and_what_was_agreed(url: str, held: Session) -> None:
    store = Store.open(url)
    report = session_report(store, held.code, "en")
    store.close()
    assert "Wednesday 1 April 2026" in report.headline
    assert "10:30" in report.headline  # the clock of people here
    assert "12 people took part." in report.headline
    assert "Elke ochtend" in report.headline
    page = report._repr_html_()
    assert page.index("What we agreed") < page.index("Looking back") < page.index("What do we see?")
    assert "Samen &lt;b&gt;eten&lt;/b&gt;" in page
    assert "Nobody answered anything in this step." in page  # nobody voted
    assert page == session_report(Store.open(url), held, "en")._repr_html_()


def test_nothing_about_fewer_than_k_people(made: Path) -> None:
    page = made.read_text()
    for secret in ("geheim", "stil0"):
        assert secret not in page
        assert secret not in made.with_suffix(".ipynb").read_text()
    assert "Too few answers" in page
    assert not re.search(r"\b[1-4] (of 5|people)", page)  # of one step of a meeting of twelve
    assert not re.search(r"p0\d\b", page)  # no pseudonym


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("people", [0, 1, 4, 5, 12])
def test_how_many_came_is_told_of_as_many_as_answers_are_shown_of(
    sqlite_template: Path, tmp_path: Path, script: Instrument, people: int, language: str
) -> None:
    shutil.copy(sqlite_template, tmp_path / "store.db")
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    units.add(store, ORGANISATION)
    met = sessions.create(store, "wekerom-01", script, created_at=datetime(2026, 4, 1, 8, 30, tzinfo=UTC))
    place = dict(zip(CORNERS, (0.6, 0.3, 0.1), strict=True))
    steps: dict[str, dict[str, object]] = {"zien": {"seen": "Licht", "promise": place}, "voelen": {"energy": 6}}
    submissions.import_past(
        store,
        [
            Submission(new_id(), met.id, step, "1", f"p{person}", answers)
            for person in range(people)
            for step, answers in steps.items()
        ],
    )
    page = session_report(store, met, language)._repr_html_()
    store.close()
    shown = re.sub(r"<style>.*?</style>|src=\"[^\"]*\"", "", page, flags=re.DOTALL)
    few = {"nl": "Er deden te weinig mensen mee", "en": "Too few people took part"}[language]
    word, foot = {"nl": ("mensen", "minder dan 5 mensen"), "en": ("people", "fewer than 5 people")}[language]
    assert foot in shown
    told = {int(number) for number in re.findall(rf"(\d+) {word}", shown.replace(foot, ""))}
    assert told == ({people} if people >= 5 else set())
    assert shown.count(few) == (people < 5)  # and not once more for each step
    assert ("<h2>" + {"nl": "Wat zien we?", "en": "What do we see?"}[language] in shown) == (people >= 5)
    assert not re.search(r"\d (van|of) 5\b|Eén persoon|One person", shown)


def test_the_file_has_no_code_no_script_and_asks_nobody(made: Path) -> None:
    page = made.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in page
    assert "<title>Resonance meeting – Team 1</title>" in page
    assert "<script" not in page
    assert "session_report(" not in page
    assert not re.search(r"https?://", page)
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert "default-src 'none'" in page
    assert "Ik zag &lt;i&gt;3&lt;/i&gt;" in page
    assert page.count("<img ") == page.count(' alt="')
    assert len(page) < 1_500_000


def test_the_executed_notebook_stands_beside_it_without_the_address_of_the_store(made: Path, url: str) -> None:
    executed = made.with_suffix(".ipynb").read_text()
    assert json.loads(executed)["metadata"]["papermill"]["parameters"]["language"] == "en"
    assert url not in executed
    assert sorted(path.name for path in made.parent.iterdir()) == sorted([made.name, made.with_suffix(".ipynb").name])


def test_without_a_code_the_latest_session_that_ended(url: str, held: Session, script: Instrument) -> None:
    store = Store.open(url)
    later = sessions.create(store, "wekerom-01", script)
    assert find_session(store, "wekerom-01").id == held.id
    assert find_session(store, "wekerom-01", later.code).id == later.id
    with pytest.raises(NotFound, match="wekerom-02"):
        find_session(store, "wekerom-02")
    empty = session_report(store, later)
    store.close()
    assert empty.language == "nl"
    assert "<img" not in empty._repr_html_()


def test_an_unknown_code_is_a_sentence(url: str) -> None:
    store = Store.open(url)
    with pytest.raises(NotFound):
        session_job(store, "ZZZZZZ")
    store.close()


def test_a_notebook_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1 / 0")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python"}},
    )
    nbformat.write(broken, tmp_path / "broken.ipynb")
    out = tmp_path / "out" / "broken.html"
    with pytest.raises(ReportError, match="ZeroDivisionError"):
        run(tmp_path / "broken.ipynb", {}, out)
    assert not list(out.parent.iterdir())
    with pytest.raises(ReportError, match=r"none\.ipynb"):
        run(tmp_path / "none.ipynb", {}, out)
    (tmp_path / "file").touch()
    with pytest.raises(ReportError):
        run(tmp_path / "broken.ipynb", {}, tmp_path / "file" / "broken.html")


def test_only_what_a_notebook_shows_is_in_the_page() -> None:
    outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="a warning"),
        nbformat.v4.new_output("display_data", {"application/javascript": "alert(1)", "text/plain": "<plain>"}),
        nbformat.v4.new_output("display_data", {"image/png": "aGk=\n", "text/plain": "x"}),
    ]
    shown = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Kop"), nbformat.v4.new_code_cell("secret = 1", outputs=outputs)]
    )
    page = to_html(shown)
    assert '<html lang="nl">' in page
    assert "<pre>&lt;plain&gt;</pre>" in page
    assert 'src="data:image/png;base64,aGk="' in page
    for word in ("secret", "a warning", "alert", "<script"):
        assert word not in page


def test_the_notebook_is_thin_and_clean() -> None:
    notebook = json.loads(NOTEBOOK.read_text())
    assert notebook["metadata"]["kernelspec"]["name"] == "bedoeling"
    assert notebook["cells"][0]["metadata"]["tags"] == ["parameters"]
    names = re.findall(r"^(\w+) = ", "".join(notebook["cells"][0]["source"]), re.MULTILINE)
    assert names == ["store", "unit", "session", "language"]
    assert len(notebook["cells"]) <= 4
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in notebook["cells"])

"""A notebook run with parameters, and what it shows as one HTML file: no code, no script, no request to anybody.

Beside the HTML stands the executed notebook: what was run, with which parameters, and what came out.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import papermill
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError

from bedoeling_nb.community import local_time
from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.reports.session import find_session
from bedoeling_nb.store import Store
from bedoeling_nb.texts import N_
from bedoeling_nb.widgets.assets import folder as shipped

__all__ = ["ReportError", "make_session_report", "run", "to_html"]

_TEMPLATES = Path(__file__).parent / "templates"
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class ReportError(BedoelingError):
    """A report that could not be made; nothing was written."""

    code: ClassVar[str] = "report"


def run(notebook: Path, parameters: Mapping[str, Any], output_html: Path, *, store: str | None = None) -> Path:
    """Run a notebook with parameters and write what it shows as HTML, with the executed notebook beside it.

    Both files appear whole or not at all, and replace those of an earlier run. The address of the store reaches the
    kernel through its environment (BEDOELING_STORE), so that a password never stands in the executed notebook.

    Parameters
    ----------
    notebook
        A notebook with a cell that is tagged ``parameters``.
    parameters
        Values for that cell; ``language`` is also the language of the page.
    output_html
        Where the HTML is written; its folder is made. The notebook gets the same name, ending in ``.ipynb``.
    store
        The SQLAlchemy URL of the store, by default that of the settings.

    Raises
    ------
    ReportError
        The notebook is missing or fails, or the files cannot be written.
    """
    if not notebook.is_file():
        raise ReportError(N_("There is no notebook {path}."), path=notebook)
    try:
        output_html.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".report-", dir=output_html.parent) as aside:
            executed, page = Path(aside, "executed.ipynb"), Path(aside, "page.html")
            with _environment(BEDOELING_STORE=store):
                papermill.execute_notebook(
                    str(notebook), str(executed), dict(parameters), progress_bar=False, autosave_cell_every=0
                )
            page.write_text(to_html(executed, str(parameters.get("language") or "nl")), encoding="utf-8")
            executed.replace(output_html.with_suffix(".ipynb"))
            page.replace(output_html)
    except PapermillExecutionError as failed:
        raise ReportError(
            N_("The report {name} could not be made. In the notebook: {problem}"),
            name=notebook.stem,
            problem=f"{failed.ename}: {failed.evalue}",
        ) from failed
    except OSError as problem:
        raise ReportError(
            N_("The report cannot be written to {path}: {problem}"), path=output_html, problem=problem.strerror
        ) from problem
    return output_html


def to_html(executed: Path, language: str = "nl") -> str:
    """What an executed notebook shows, as one page. Its title is the first heading."""
    notebook = nbformat.read(executed, as_version=4)  # type: ignore[no-untyped-call]
    shown = "".join(
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    heading = _HEADING.search(shown)
    title = unescape(_TAG.sub("", heading[1])) if heading else executed.stem
    page, _ = _exporter().from_notebook_node(notebook, {"report": {"language": language, "title": title}})
    return str(page)


def make_session_report(
    store_url: str | None, code: str | None, folder: Path, language: str = "nl", *, unit: str = "wekerom-03"
) -> Path:
    """Write the report of the session with this code, or of the unit's latest that ended; returns the HTML's path.

    Raises NotFound or StoreError before anything is run when there is no such session or store.
    """
    store = Store.open(store_url)
    try:
        session = find_session(store, unit, code)
    finally:
        store.close()
    name = f"{local_time(session.created_at):%Y-%m-%d}-{session.unit}-{session.code}.html"
    parameters = {"unit": session.unit, "session": session.code, "language": language}
    return run(shipped("notebooks") / "reports" / "session.ipynb", parameters, folder / name, store=store_url)


@cache
def _exporter() -> HTMLExporter:
    return HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="report", extra_template_basedirs=[str(_TEMPLATES)]
    )


@contextmanager
def _environment(**values: str | None) -> Iterator[None]:
    """Environment variables for the kernels that are started meanwhile; None leaves one as it is."""
    before = {name: os.environ.get(name) for name, value in values.items() if value is not None}
    os.environ.update({name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

"""A notebook run with parameters, and what it shows as one HTML file: no code, no script, no request to anybody.

Beside the HTML stands the executed notebook: what was run, with which parameters and packages, and what came out.
"""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from html import unescape
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from bedoeling_nb.errors import BedoelingError
from bedoeling_nb.texts import N_

__all__ = ["BeingMade", "ReportError", "make", "reserved", "run", "to_html", "unwritable"]

CELL_SECONDS = 600
"""A cell that takes longer hangs."""

PROVENANCE = (
    "bedoeling-nb",
    "ipykernel",
    "matplotlib",
    "networkx",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "sqlalchemy",
)
"""Packages whose versions the executed notebook keeps."""

_TEMPLATES = Path(__file__).parent / "templates"
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class ReportError(BedoelingError):
    """A report that could not be made; nothing was written."""

    code: ClassVar[str] = "report"


class BeingMade(ReportError):
    """Somebody else is making the same file now."""

    code: ClassVar[str] = "being_made"


def run(
    notebook: Path, parameters: Mapping[str, Any], output_html: Path, *, store: str | None = None, pdf: bool = False
) -> Path:
    """Run a notebook with parameters and write what it shows as HTML, with the executed notebook beside it.

    See `make`; this reserves the place first.
    """
    with reserved(output_html) as aside:
        make(notebook, parameters, output_html, aside, store=store, pdf=pdf)
    return output_html


@contextmanager
def reserved(output_html: Path) -> Iterator[Path]:
    """A folder beside the output that is ours alone while we are in it, also after one that was killed in it.

    Raises BeingMade when another process has it, and ReportError when something cannot be written, also inside.
    """
    aside = output_html.parent / f".{output_html.stem}.part"
    try:
        output_html.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _locked(aside)
        if descriptor is None:
            raise BeingMade(N_("{path} is being made by another run."), path=output_html)
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            os.close(descriptor)
    except OSError as problem:
        raise unwritable(output_html, problem) from problem


def unwritable(path: Path, problem: OSError) -> ReportError:
    """The sentence for a disk that is full, or a folder that is not ours."""
    return ReportError(
        N_("The report cannot be written to {path}: {problem}"), path=path, problem=problem.strerror or problem
    )


def make(
    notebook: Path,
    parameters: Mapping[str, Any],
    output_html: Path,
    aside: Path,
    *,
    store: str | None = None,
    pdf: bool = False,
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Run a notebook and write HTML, executed notebook and PDF: each whole or not at all, and the HTML last.

    The address of the store reaches the kernel through its environment (BEDOELING_STORE), so that a password never
    stands in the executed notebook.

    Parameters
    ----------
    notebook
        A notebook with a cell that is tagged ``parameters``.
    parameters
        Values for that cell; ``language`` is also the language of the page.
    output_html
        Where the HTML is written. The notebook gets the same name, ending in ``.ipynb``.
    aside
        The folder that is `reserved` for this output.
    store
        The SQLAlchemy URL of the store, by default that of the settings.
    pdf
        Also as A4 pages, with the same name ending in ``.pdf``; needs WeasyPrint.
    provenance
        What else to keep in the notebook's metadata, beside the versions of the packages.

    Raises ReportError when the notebook is missing or fails or its kernel dies, and OSError.
    """
    if not notebook.is_file():
        raise ReportError(N_("There is no notebook {path}."), path=notebook)
    executed = _execute(notebook, parameters, store)
    executed.metadata["bedoeling"] = {**(provenance or {}), "versions": _versions()}
    page = to_html(executed, str(parameters.get("language") or "nl"))
    nbformat.write(executed, aside / "executed.ipynb")  # type: ignore[no-untyped-call]
    (aside / "page.html").write_text(page, encoding="utf-8")
    if pdf:
        from bedoeling_nb.reports.pdf import write_pdf  # noqa: PLC0415 - an extra

        write_pdf(page, aside / "page.pdf")
        _settle(aside / "page.pdf", output_html.with_suffix(".pdf"))
    else:
        output_html.with_suffix(".pdf").unlink(missing_ok=True)  # of an earlier run: it would say something else
    _settle(aside / "executed.ipynb", output_html.with_suffix(".ipynb"))
    _settle(aside / "page.html", output_html)


def to_html(executed: NotebookNode, language: str = "nl") -> str:
    """What an executed notebook shows, as one page. Its title is the first heading."""
    shown = "".join(
        output.get("data", {}).get("text/html", "")
        for cell in executed.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    heading = _HEADING.search(shown)
    title = unescape(_TAG.sub("", heading[1])) if heading else "Verslag"
    page, _ = _exporter().from_notebook_node(executed, {"report": {"language": language, "title": title}})
    return str(page)


def _execute(notebook: Path, parameters: Mapping[str, Any], store: str | None) -> NotebookNode:
    """The notebook with its outputs, from a kernel of its own."""
    environment = {**os.environ} | ({"BEDOELING_STORE": store} if store else {})
    try:
        executed: NotebookNode = papermill.execute_notebook(
            str(notebook),
            None,
            dict(parameters),
            engine_name="bedoeling",
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution_timeout=CELL_SECONDS,
            env=environment,
        )
        return executed  # noqa: TRY300
    except PapermillExecutionError as failed:
        problem = f"{failed.ename}: {failed.evalue}"
        raise ReportError(
            N_("The report {name} could not be made. In the notebook: {problem}"), name=notebook.stem, problem=problem
        ) from failed
    except (DeadKernelError, RuntimeError) as died:  # RuntimeError: it died before its first answer
        raise ReportError(
            N_("The report {name} could not be made: its kernel stopped. Perhaps memory ran out. Try again."),
            name=notebook.stem,
        ) from died
    except CellTimeoutError as hanging:
        raise ReportError(
            N_("The report {name} could not be made: a cell took longer than {seconds} seconds."),
            name=notebook.stem,
            seconds=CELL_SECONDS,
        ) from hanging


def _locked(aside: Path) -> int | None:
    """The descriptor that holds the lock on this folder, which is made; None when another process holds it."""
    while True:
        with suppress(FileExistsError):
            aside.mkdir()
        try:
            descriptor = os.open(aside, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:  # the one before us has just removed it
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), aside.stat()):
                return descriptor
        os.close(descriptor)


def _settle(aside: Path, final: Path) -> None:
    """Put a file in its place, whole, also when the power fails now."""
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    aside.replace(final)


@cache
def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {package: version(package) for package in PROVENANCE}


@cache
def _exporter() -> HTMLExporter:
    return HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="report", extra_template_basedirs=[str(_TEMPLATES)]
    )

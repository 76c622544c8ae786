"""A report's page as A4 pages in a PDF."""

from __future__ import annotations

from pathlib import Path

from bedoeling_nb.errors import MissingExtra
from bedoeling_nb.texts import N_

__all__ = ["write_pdf"]


def write_pdf(page: str, path: Path) -> None:
    """Write a page of ours, which asks nobody for anything, as a tagged PDF. Raises MissingExtra without WeasyPrint."""
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an extra, and it takes a second
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError) as missing:  # OSError: WeasyPrint is here, but Pango is not
        raise MissingExtra(
            N_("A PDF needs WeasyPrint and Pango ({problem}). Install: pip install bedoeling-nb[pdf]"), problem=missing
        ) from missing
    HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=("data",))).write_pdf(path, pdf_tags=True)

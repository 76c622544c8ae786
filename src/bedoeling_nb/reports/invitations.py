"""A sheet to print for each team of a wave: what it is about, a QR code, and until when."""

from __future__ import annotations

import html
from pathlib import Path

import segno
from babel.dates import format_date

from bedoeling_nb.instruments import in_language
from bedoeling_nb.reports.sections import Words
from bedoeling_nb.store import Store, instruments, waves
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_, Language

__all__ = ["write_invitations"]

_STYLE = """
@page { size: A4; margin: 20mm }
body { margin: 0; color: #1f2a37; background: #fff; font: 14pt/1.45 "DejaVu Sans", Verdana, system-ui, sans-serif }
section { display: grid; justify-items: center; align-content: center; gap: 7mm; min-height: 250mm; padding: 0 10mm;
  text-align: center; break-after: page }
section:last-child { break-after: auto }
h1 { margin: 0; font-size: 30pt; line-height: 1.15 }
p { margin: 0; max-width: 34em }
svg { width: 85mm; height: 85mm }
.team { font-size: 18pt; font-weight: 700; color: #0b5563 }
.code { font-size: 26pt; font-weight: 700; letter-spacing: 0.12em }
.small { font-size: 11pt; color: #5b6673 }
@media screen { section { min-height: 90vh; border-bottom: 1px dashed #d5d9de } }
"""


def write_invitations(store: Store, wave: Wave, path: Path, join_url: str, language: Language = "nl") -> Path:
    """Write one page for each team, as one HTML file that prints on A4; returns its path. It asks nobody anything."""
    say = Words(language)
    instrument = instruments.get(store, wave.instrument, wave.instrument_version)
    title = in_language(instrument.title, language)
    last = format_date(wave.last_day, "EEEE d MMMM", locale=language)
    pages = []
    for one in waves.responses(store, wave):
        address = f"{join_url}{one.code}"
        code = segno.make(address, error="m").svg_inline(border=2, omitsize=True, title=address)
        pages.append(
            f'<section><h1>{html.escape(title)}</h1><p class="team">{html.escape(one.name)}</p>'
            f"<p>{html.escape(in_language(instrument.summary, language))}</p>{code}"
            f"<p>{html.escape(say(N_('Scan the code with your phone, or go to')))}<br>"
            f'{html.escape(join_url.rsplit("://", maxsplit=1)[-1])}</p><p class="code">{one.code}</p>'
            f"<p>{html.escape(say(N_('Open until and with {day}.'), day=last))}</p>"
            f'<p class="small">{html.escape(in_language(instrument.consent, language))}</p></section>'
        )
    page = (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body>{''.join(pages)}</body></html>"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    aside.write_text(page, encoding="utf-8")
    aside.replace(path)
    return path

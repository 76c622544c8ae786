"""What asks people to take part in a wave: a sheet to print for each team with a QR code, and a text to send."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import segno
from babel.dates import format_date

from bedoeling_nb.errors import NotFound
from bedoeling_nb.instruments import in_language
from bedoeling_nb.reports.sections import Words
from bedoeling_nb.store import Store, instruments, waves
from bedoeling_nb.store.waves import Wave
from bedoeling_nb.texts import N_, Language

__all__ = ["invitations", "reminder", "write_invitations"]

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
@media screen {
  section { min-height: 90vh; padding: 2rem 1rem; border-bottom: 1px dashed #d5d9de }
  svg { max-width: 100%; height: auto }
}
"""


def invitations(store: Store, wave: Wave, join_url: str, language: Language = "nl", code: str | None = None) -> str:
    """A page for each team, or only for the team with this code, as one HTML file that prints on A4.

    It asks nobody anything. Raises NotFound when the wave has no team with this code.
    """
    say = Words(language)
    instrument = instruments.get(store, wave.instrument, wave.instrument_version)
    title = in_language(instrument.title, language)
    last = _last_day(wave, language)
    asked = [one for one in waves.responses(store, wave) if code in (None, one.code)]
    if not asked:
        raise NotFound(N_("This wave has no team with the code {team}."), team=code)
    pages = []
    for one in asked:
        address = f"{join_url}{one.code}"
        picture = segno.make(address, error="m").svg_inline(border=2, omitsize=True, title=address)
        pages.append(
            f'<section><h1>{html.escape(title)}</h1><p class="team">{html.escape(one.name)}</p>'
            f"<p>{html.escape(in_language(instrument.summary, language))}</p>{picture}"
            f"<p>{html.escape(say(N_('Scan the code with your phone, or go to')))}<br>"
            f'{html.escape(join_url.rsplit("://", maxsplit=1)[-1])}</p><p class="code">{one.code}</p>'
            f"<p>{html.escape(say(N_('Open until and with {day}.'), day=last))}</p>"
            f'<p class="small">{html.escape(in_language(instrument.consent, language))}</p></section>'
        )
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body><main>{''.join(pages)}</main></body></html>"
    )


def write_invitations(store: Store, wave: Wave, path: Path, join_url: str, language: Language = "nl") -> Path:
    """Write the pages of all teams in a file; returns its path."""
    page = invitations(store, wave, join_url, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    aside.write_text(page, encoding="utf-8")
    aside.replace(path)
    return path


def reminder(store: Store, wave: Wave, language: Language, teams: Sequence[tuple[str, str]] = ()) -> str:
    """A plain text for a mail or a message that asks people to take part.

    ``teams`` are names with the addresses to take part: of one team the text has its address, of more a list, and
    without any it says where the address is.
    """
    say = Words(language)
    title = in_language(instruments.get(store, wave.instrument, wave.instrument_version).title, language)
    asks = N_("Have you told how it is for you? It takes a few minutes, without names, until and with {day}.")
    match teams:
        case []:
            where = say(N_("Scan the QR code of your team, or open the link that your team got."))
        case [(_, address)]:
            where = say(N_("Take part on your phone: {address}"), address=address)
        case _:
            lines = [f"{name}: {address}" for name, address in teams]
            where = "\n".join([say(N_("Take part on your phone with the link of your team:")), *lines])
    thanks = say(N_("Did you take part already? Thank you!"))
    return "\n\n".join([title, say(asks, day=_last_day(wave, language)), where, thanks])


def _last_day(wave: Wave, language: Language) -> str:
    return str(format_date(wave.last_day, "EEEE d MMMM", locale=language))

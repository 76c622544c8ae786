"""The front-end sources in `widgets/`, made ready for their two hosts: Jupyter (anywidget) and the phone page.

The sources are ES modules without a build step. Each has one import line, from `./shared.js`. anywidget loads a module
as one text without relative imports, so `shared.js` is put in line; the phone gets all modules in one script, because a
room of a thousand phones on one Wi-Fi should not make fifteen requests each. A phone only asks: what stands under the
comment "On the board" in a source is left out of its script and style sheet.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import rcssmin
import rjsmin

from bedoeling_nb.instruments import KINDS
from bedoeling_nb.texts import LANGUAGES, catalogue

__all__ = ["Bundle", "folder", "module", "phone_bundle", "style"]

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./shared\.js";\n', re.MULTILINE)
_BOARD = re.compile(r"^// On the board$.*?(?=^export default|\Z)", re.MULTILINE | re.DOTALL)
_BOARD_STYLE = re.compile(r"^/\* On the board \*/$.*\Z", re.MULTILINE | re.DOTALL)
_PARTS = re.compile(r"\{ ask, show(, showEntries)? \}")
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def folder(name: str = "widgets") -> Path:
    """The folder `widgets` or `notebooks`: inside the package when it was installed from a wheel, else beside src/."""
    shipped = Path(__file__).parents[1] / "shipped" / name
    return shipped if shipped.is_dir() else Path(__file__).parents[3] / name


def module(name: str) -> str:
    """The source of one widget as a module of its own, for anywidget."""
    return f"{_shared()}\n{_IMPORT.sub('', _source(f'{name}.js'))}"


def style(*names: str) -> str:
    """The style sheets of the named widgets; `widgets` is that of the frames."""
    return "\n".join(_source(f"{name}.css") for name in names if (folder() / f"{name}.css").is_file())


@dataclass(frozen=True)
class Bundle:
    """What the phone page loads; `version` changes with the content, so that it may be cached for ever."""

    script: str
    style: str
    version: str


@cache
def phone_bundle() -> Bundle:
    """All item kinds and the phone's host in one script, and one style sheet."""
    shared, *modules = (_BOARD.sub("", text) for text in (_shared(), *(_source(f"{name}.js") for name in KINDS)))
    kinds = [
        "{\n" + _PARTS.sub("{ ask }", _IMPORT.sub("", text)).replace("export default ", f"kinds.{name} = ", 1) + "\n}"
        for name, text in zip(KINDS, modules, strict=True)
    ]
    host = _IMPORT.sub("", _source("host.js"))
    used = {language: _only_used(catalogue(language), "\n".join([shared, *kinds, host])) for language in LANGUAGES}
    texts = json.dumps(used, ensure_ascii=False, separators=(",", ":"))
    script = rjsmin.jsmin("\n".join([f"const TEXTS = {texts};\nconst kinds = {{}};", shared, *kinds, host]))
    sheets = [_BOARD_STYLE.sub("", style(name)) for name in ("widgets", *KINDS, "phone")]
    sheet = rcssmin.cssmin("\n".join(sheets))
    version = hashlib.sha256((script + sheet).encode()).hexdigest()[:12]
    return Bundle(script, sheet, version)


def words(language: str) -> dict[str, str]:
    """The translated words of all widgets, for their trait `texts`."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in folder().glob("*.js"))
    return _only_used(catalogue(language), sources)


def _only_used(translations: dict[str, str], source: str) -> dict[str, str]:
    return {msgid: text for msgid, text in translations.items() if json.dumps(msgid, ensure_ascii=False) in source}


def _shared() -> str:
    return _EXPORT.sub("", _source("shared.js"))


def _source(name: str) -> str:
    return (folder() / name).read_text(encoding="utf-8")

"""The front-end sources: each module stands alone, the bundle holds what phones need, and all words are Dutch."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import bedoeling_nb
from bedoeling_nb.instruments import KINDS
from bedoeling_nb.texts import catalogue
from bedoeling_nb.widgets.assets import folder, module, phone_bundle, style, words

SOURCES = sorted(folder().glob("*.js"))
PACKAGE = Path(bedoeling_nb.__file__).parent

SAID = re.compile(r"\b(?:say|tool)\(")
LITERAL = re.compile(r'\s*\w+,\s*("(?:[^"\\]|\\.)*")')
OWN = ("function say(", "function tool(", "const tool =")


def said(source: str) -> list[str]:
    """The msgids of a script; fails where one is not literal, as neither the extractor nor the bundle could find it."""
    found = []
    for line in source.splitlines():
        for match in SAID.finditer(line):
            if any(own in line for own in OWN) or "msgid" in line:  # where `say` and `tool` themselves are written
                continue
            literal = LITERAL.match(line, match.end())
            assert literal, f"not a literal sentence: {line.strip()}"
            found.append(json.loads(literal[1]))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_word_of_a_widget_is_translated(path: Path) -> None:
    dutch = catalogue("nl")
    sentences = said(path.read_text(encoding="utf-8"))
    assert [one for one in sentences if one not in dutch] == []
    assert [one for one in sentences if one not in words("nl")] == []


@pytest.mark.parametrize("name", [*KINDS, "stage", "agreements"])
def test_a_module_stands_alone(name: str) -> None:
    """anywidget loads it as one text, from a blob: it can import nothing that is near."""
    source = module(name)
    assert not re.search(r"^\s*import\b|\bimport\(|\brequire\(", source, re.MULTILINE)
    assert len(re.findall(r"^export default ", source, re.MULTILINE)) == 1
    assert not re.search(r"^export (?!default)", source, re.MULTILINE)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", source)
    assert "@import" not in style("widgets", name)
    assert not re.search(r"url\((?!\"?data:)", style("widgets", name))


def test_the_only_import_is_that_of_the_shared_module() -> None:
    for path in SOURCES:
        imports = re.findall(r"^import .*$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert all(re.fullmatch(r'import \{ [\w, ]+ \} from "\./shared\.js";', line) for line in imports), path.name
        assert len(imports) <= 1


def test_the_bundle_asks_and_never_shows() -> None:
    bundle = phone_bundle()
    for name in KINDS:
        assert re.search(rf'\bkinds\.{name}\s*=\s*kind\("{name}",\s*{{\s*ask\s*}}\)', bundle.script), name
    for only_on_the_board in ("showEntries(", "function show(", "showBars", "showColumns", "bn-moderated"):
        assert f"function {only_on_the_board}" not in bundle.script
        assert only_on_the_board == "showEntries(" or only_on_the_board not in bundle.script
    assert "On the board" not in bundle.script + bundle.style
    assert not re.search(r"^(import|export) ", bundle.script, re.MULTILINE)


def test_the_bundle_has_the_words_of_phones_and_no_others() -> None:
    script = phone_bundle().script
    texts = json.loads(
        script[
            script.index("{") : script.index(";const kinds")
            if ";const kinds" in script
            else script.index(";\nconst kinds")
        ]
    )
    dutch = set(texts["nl"])
    on_phones = set(said((folder() / "host.js").read_text(encoding="utf-8")))
    for name in KINDS:
        ask, _, _ = (folder() / f"{name}.js").read_text(encoding="utf-8").partition("// On the board")
        on_phones |= set(said(ask))
    assert on_phones <= dutch
    assert not {"End the session for everybody?", "Waiting for more answers ({n} of {needed})"} & dutch


def test_the_version_follows_the_content() -> None:
    bundle = phone_bundle()
    assert re.fullmatch(r"[0-9a-f]{12}", bundle.version)
    assert phone_bundle() is bundle


# ── The catalogue ──────────────────────────────────────────────────────────────────────────────────────────────────


def marked(source: str) -> list[str]:
    """The sentences in N_(…) of a Python module; fails where one is not a literal."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
            [sentence] = node.args
            assert isinstance(sentence, ast.Constant), ast.unparse(node)
            assert isinstance(sentence.value, str)
            found.append(sentence.value)
    return found


def placeholders(text: str) -> list[str]:
    return sorted(set(re.findall(r"\{(\w+)[^}]*\}", text)))


@pytest.fixture(scope="module")
def dutch() -> dict[str, str]:
    """The Dutch catalogue as it is written, not as it was compiled."""
    with (PACKAGE / "texts" / "nl" / "LC_MESSAGES" / "bedoeling_nb.po").open("rb") as file:
        found = read_po(file)
    assert not [message.id for message in found if message.fuzzy and message.id]
    return {str(message.id): str(message.string) for message in found if message.id}


def test_every_marked_sentence_is_translated(dutch: dict[str, str]) -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    missing = [(path.name, one) for path, text in sources.items() for one in marked(text) if not dutch.get(one)]
    assert missing == []


def test_every_sentence_of_a_page_is_translated(dutch: dict[str, str]) -> None:
    templates = [path for path in PACKAGE.rglob("templates/**/*") if path.suffix in (".html", ".j2")]
    sentences = [
        one for path in templates for one in re.findall(r'\bsay\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    ]
    assert sentences
    assert [one for one in sentences if not dutch.get(one)] == []


def test_translations_have_the_same_placeholders(dutch: dict[str, str]) -> None:
    wrong = [msgid for msgid, text in dutch.items() if placeholders(msgid) != placeholders(text)]
    assert wrong == []
    assert [msgid for msgid, text in dutch.items() if not text.strip()] == []


def test_what_is_compiled_is_what_is_written(dutch: dict[str, str]) -> None:
    """An old .mo beside a new .po: `make` compiles it again at installation."""
    assert catalogue("nl") == dutch

"""Open texts, screened before others read them: who and where somebody is does not belong on a screen.

What has a fixed form is found by its form: telephone numbers, e-mail addresses, links, accounts, citizen service
numbers (BSN), bank accounts (IBAN), full dates, postal codes and addresses. Names are found because they are known:
the caller gives those of people and places. Nicknames, names of others and descriptions ("the only man in the team")
pass; a facilitator can still hide a text, and texts are shown of at least `TEXT_K` people.

When in doubt a part goes: a gap costs little, a name costs trust.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["GAP", "Find", "Found", "Screen", "Screened"]

GAP = "[…]"

Find = Literal["email", "link", "account", "iban", "address", "date", "phone", "bsn", "name"]

_MONTH = "jan(?:uari)?|feb(?:ruari)?|maart|mrt|apr(?:il)?|mei|juni?|juli?|aug(?:ustus)?|sep(?:t|tember)?"
_MONTH += "|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?"
_DAY, _NUMBER = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_TO_END = r"\S*[^\s.,;:!?)\]\"'”’]"  # without the full stop after it
_STREET = "straat|weg|laan|plein|hof|dijk|singel|gracht|kade|pad|steeg|dreef|plantsoen"

_FORMS: tuple[tuple[Find, str], ...] = (
    ("email", r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"),
    (
        "link",
        rf"(?i)\b(?:https?://|www\.){_TO_END}|(?<![\w.-])(?:[\w-]{{1,63}}\.){{1,5}}(?:nl|com|org|net|eu|be)\b(?:/{_TO_END})?",
    ),
    ("account", r"(?<!\w)@\w[\w.]+\w"),
    ("iban", r"(?i)\bNL ?\d\d ?[A-Z]{4}(?:[ .]?\d){10}(?!\d)"),
    ("iban", r"\b[A-Z]{2}\d\d(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?\b"),
    ("address", rf"(?i)\b[^\W\d_]{{2,30}}(?:{_STREET})\s\d{{1,4}}(?:\s?-?\s?[a-z])?\b"),
    ("address", r"(?<!\w)[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}(?:,? ?\d{1,4}(?:[- ]?[A-Za-z])?)?\b"),
    ("address", r"(?<!\w)[1-9]\d{3}[a-z]{2}(?:,? ?\d{1,4}[a-z]?)?\b"),  # "2026 en" is no postal code
    ("date", rf"(?<![\w.-]){_DAY}\s?[-/.]\s?{_NUMBER}\s?[-/.]\s?(?:19|20)?\d\d(?![\w-])"),
    ("date", rf"(?<![\w-])(?:19|20)\d\d[-/]{_NUMBER}[-/]{_DAY}(?!\d)"),
    ("date", rf"(?i)(?<!\w){_DAY}\s(?:{_MONTH})\.?,?\s(?:19|20|['’])\d\d\b"),
    (
        "date",
        rf"(?i)\b(?:geboren|geb\.|geboortedatum|verjaardag|jarig)(?:\s(?:is|op|in|:))*:?\s"
        rf"(?:{_DAY}\s(?:{_MONTH})\b|{_DAY}[-/]{_NUMBER}\b|(?:19|20)\d\d\b)",
    ),
    ("phone", r"(?<![\w+])(?:(?:\+|00) ?31 ?(?:\(0\))?|\(?0)(?:[ .\-/()]{0,3}\d){9}(?!\d)"),
    ("phone", r"(?<!\w)0[89]00[ -]?\d{4}(?!\d)|(?<![\w+])\+\d{1,3}(?:[ .\-()]{0,2}\d){7,12}(?!\d)"),
    ("bsn", r"(?i)\bBSN\W{0,3}(?:is\s)?\d(?:[ .-]?\d){7,8}(?!\d)"),
    ("bsn", r"(?<![\w.,])\d{9}(?!\d)|(?<!\w)\d{3}[ .-]\d{3}[ .-]\d{3}(?!\d)|(?<!\w)\d{4}[.-]\d\d[.-]\d{3}(?!\d)"),
)
_PATTERNS = tuple((kind, re.compile(form)) for kind, form in _FORMS)

_WORD = re.compile(r"[^\W\d_]+")
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")  # would split a word for us and not for a reader
_SENTENCE_ENDS = re.compile(r"(?:^|[.!?…:\n•])[\s\"'“”„‘’()\-–—]*$")
_ENDINGS = re.compile(r"(?:tjes?|jes?|s)$")  # Jans, Roosje
_LETTERS = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})

_ARTICLES = {"de", "het", "t", "s"}
_LINK = "de|het|t|van|von|der|den|ter|ten|te|la|le|du|des|di|da|dos|del|el|al|bin"
_LINKS = frozenset(_LINK.split("|"))  # stand within a name, and are none by themselves
_PARTICLES = _LINKS | {"s", "aan", "bij", "en", "in", "of", "onder", "op", "over", "uit", "voor"}
_SURNAME = re.compile(rf"(?: (?:{_LINK}))*[ -]([^\W\d_])")
_COMMON = frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())  # names as well


@dataclass(frozen=True)
class Found:
    """A part that was taken out: what it is, and how it was written."""

    kind: Find
    text: str


@dataclass(frozen=True)
class Screened:
    """A text with gaps, and what was in them; `found` is for those who may see the text itself."""

    text: str
    found: tuple[Found, ...]


class Screen:
    """Takes names and numbers out of texts; made once for many texts.

    Parameters
    ----------
    people
        Names of people as they are known: "Fatma van der Koç". Each word of a name counts by itself.
    places
        Names of places, houses and teams: "Wonen De Akker". Only the whole name counts.

    Case and accents do not matter, except of a word that is also a common one ("roos", "mees", of one or two letters):
    that is a name when it has a capital inside a sentence, or before another capital.
    """

    def __init__(self, people: Iterable[str] = (), places: Iterable[str] = ()) -> None:
        words = {word for name in people for word in _words(name)}
        self._people = frozenset(words - _PARTICLES)
        self._places: dict[str, set[tuple[str, ...]]] = {}
        for place in places:
            if phrase := tuple(_words(place)):
                self._places.setdefault(phrase[0], set()).add(phrase)

    def __call__(self, text: str) -> Screened:
        """The text with a gap for each part that tells who or where somebody is."""
        text = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
        parts = _apart(text, [*_formed(text), *self._named(text)])
        shown, done = "", 0
        for start, end, _ in parts:
            shown += text[done:start] + GAP
            done = end
        return Screened(shown + text[done:], tuple(Found(kind, text[start:end]) for start, end, kind in parts))

    def _named(self, text: str) -> Iterator[_Part]:
        words = [(one.start(), one.end(), _fold(one.group())) for one in _WORD.finditer(text)]
        for index, (start, end, word) in enumerate(words):
            if self._is_person(word) and (not _is_common(word) or _stands_out(text, start, end)):
                yield start, end, "name"
            for phrase in self._places.get(word, ()):
                here = words[index : index + len(phrase)]
                if tuple(one for _, _, one in here) == phrase and _is_place(text, here):
                    yield start, here[-1][1], "name"

    def _is_person(self, word: str) -> bool:
        if word in self._people:
            return True
        stem = _ENDINGS.sub("", word)
        return len(stem) > 2 and stem in self._people


_Part = tuple[int, int, Find]  # start, end, kind


def _formed(text: str) -> Iterator[_Part]:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield match.start(), match.end(), kind


def _apart(text: str, parts: Iterable[_Part]) -> list[_Part]:
    """The parts in order; those that overlap are one, and so are names of which only particles lie between."""
    joined: list[_Part] = []
    for start, end, kind in sorted(parts, key=lambda part: (part[0], -part[1])):
        if joined:
            begin, until, first = joined[-1]
            between = text[until:start]
            names = first == kind == "name" and (not between.strip(" -") or _only_particles(between))
            if start < until or names:
                joined[-1] = begin, max(until, end), first
                continue
        joined.append((start, end, kind))
    return joined


def _only_particles(between: str) -> bool:
    words = between.split()
    return between[:1] == between[-1:] == " " and all(word in _LINKS for word in words)


def _fold(word: str) -> str:
    """The word in small letters without accents."""
    plain = unicodedata.normalize("NFKD", word.casefold().translate(_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _words(name: str) -> list[str]:
    return [_fold(word) for word in _WORD.findall(unicodedata.normalize("NFC", name))]


def _is_common(word: str) -> bool:
    return len(word) < 3 or word in _COMMON or _ENDINGS.sub("", word) in _COMMON


def _stands_out(text: str, start: int, end: int) -> bool:
    """Whether a capital means a name here: inside a sentence, or before another capital."""
    if text.isupper() or not text[start].isupper():
        return False
    following = _SURNAME.match(text, end)
    before_capital = following is not None and following.group(1).isupper()
    return before_capital or _SENTENCE_ENDS.search(text[max(0, start - 20) : start]) is None


def _is_place(text: str, words: Sequence[tuple[int, int, str]]) -> bool:
    """Whether these words, which make the name of a place, are meant as a name: "De Kas" is one, "de kas" is not."""
    (start, end, first), (last, _, word) = words[0], words[-1]
    if first not in _ARTICLES and not _is_common(word):
        return True
    return _stands_out(text, start, end) if len(words) == 1 else text[last].isupper() and not text.isupper()

"""Themes that return: the words that people use for what they see, and which of them stand together.

A word counts for the people who used it, and only words (and pairs of words) of at least k people appear. Pseudonyms
hold for one session, so people are counted as the fewest that there can be: in a unit as many as in its fullest
session, over units the sum, and of the levels of the organisation (a colleague may also sit in the meeting of the
location) the largest. k is the largest threshold of the sessions.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from bedoeling_nb.analysis.trends import Group
from bedoeling_nb.privacy import protect

__all__ = ["SEEN", "Themes", "find", "fold_inflections", "stopwords", "tokens"]

SEEN = "zien.seen"
"""What people see in a resonance meeting, as STEP.ITEM."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHORTEST = 3
_VOWELS = "aeou"


@dataclass(frozen=True)
class Themes:
    """Words, how they hang together, and the themes that they form."""

    words: pd.DataFrame
    """``word``, ``people``, ``texts``, ``theme`` (its number); most people first."""
    links: pd.DataFrame
    """``word``, ``other``, ``people``, ``texts``, ``npmi``: pairs that stand together more often than by chance."""
    names: Mapping[int, str]
    """Theme to its three most used words."""
    mentions: pd.DataFrame
    """Who spoke of a ``theme`` in which ``session``, once for each word: for study only."""
    inflections: Mapping[str, str]
    """What `fold_inflections` made of the words."""

    @property
    def graph(self) -> nx.Graph:
        """The network: words with ``people``, ``texts``, ``theme``; links with ``npmi``, ``people``, ``texts``."""
        graph = nx.Graph()
        graph.add_nodes_from((row.pop("word"), row) for row in self.words.to_dict("records"))
        graph.add_edges_from((row.pop("word"), row.pop("other"), row) for row in self.links.to_dict("records"))
        return graph

    def returning(self, interventions: pd.DataFrame, by: Group = "unit") -> pd.DataFrame:
        """Themes of which at least k people spoke at two or more moments, and what was agreed about them since.

        A moment is a session of a unit; by location or region it is a quarter, with all sessions there. An agreement is
        about a theme when it has one of its words; it counts when it was made there in the first of these moments or
        later. A theme that returns with 0 ``agreements`` is one that nobody picked up.

        Parameters
        ----------
        interventions
            As `frames.interventions` gives them.

        Returns
        -------
        DataFrame
            ``unit`` (or location, region), ``theme`` (its name), ``times``, ``first`` and ``last`` (days), ``people``
            (at the fullest moment), ``agreements``. First those without an agreement, most times first.
        """
        moment = "session" if by == "unit" else "quarter"
        mentions = self.mentions.dropna(subset=[by])
        spoken = mentions.groupby([by, "theme", moment]).agg(
            k=("k", "max"), first=("held_on", "min"), last=("held_on", "max")
        )
        spoken["people"] = _people(mentions, [by, "theme", moment])
        table = spoken[_enough(spoken["people"], spoken["k"])].groupby([by, "theme"])
        found = table.agg(first=("first", "min"), last=("last", "max"), people=("people", "max"))
        found.insert(0, "times", table.size())
        found = found[found["times"] > 1].reset_index()
        agreed = [
            (place, theme, day)
            for place, day, text in interventions[[by, "held_on", "text"]].itertuples(index=False)
            for theme in self._themes_in(text)
        ]
        counts = [
            sum(place == one[by] and theme == one["theme"] and day >= one["first"] for place, theme, day in agreed)
            for one in found.to_dict("records")
        ]
        found["agreements"] = pd.Series(counts, index=found.index, dtype="int64")
        found["theme"] = found["theme"].map(self.names).astype("str")
        order = ["agreements", "times", "people", by, "theme"]
        return found.sort_values(order, ascending=[True, False, False, True, True], ignore_index=True)

    def _themes_in(self, text: str) -> set[int]:
        themes = dict(zip(self.words["word"], self.words["theme"], strict=True))
        return {themes[word] for word in _words(text, self.inflections) if word in themes}


def find(answers: pd.DataFrame, item: str = SEEN, *, resolution: float = 1.0, seed: int = 7) -> Themes:
    """The words of a text item, their links and their themes.

    Words are those of `tokens` with inflections folded (`fold_inflections`); hidden texts are left out. Two words of a
    text are linked when at least k people had both in a text, and they stand together more often than by chance:
    normalised pointwise mutual information

        npmi(x, y) = ln(p(x, y) / (p(x) · p(y))) / -ln p(x, y)

    is above 0, with p the share of texts (Bouma 2009, Normalized (pointwise) mutual information in collocation
    extraction, eq. 7); 1 is "never apart", 0 "by chance". Themes are the communities of this network by the Louvain
    method on npmi (Blondel, Guillaume, Lambiotte & Lefebvre 2008), the same for the same seed, numbered from the one
    whose words have most people.

    Parameters
    ----------
    answers
        As `frames.answers` gives them.
    item
        A text item, as STEP.ITEM.
    resolution
        Above 1 gives smaller themes (γ of Reichardt & Bornholdt 2006): a word that goes with everything, such as
        "collega", then no longer ties together what has nothing else in common. With few words 1 is right.
    """
    step, name = item.split(".")
    chosen = (answers["step"] == step) & (answers["item"] == name) & ~answers["hidden"] & answers["value_text"].notna()
    ids = ["session", "unit", "level", "location", "region", "quarter", "participant"]
    texts = answers.loc[chosen, [*ids, "held_on", "k", "value_text"]].astype(dict.fromkeys(ids, "str"))
    texts = texts.reset_index(drop=True)
    inflections = fold_inflections(word for text in texts["value_text"] for word in tokens(text))
    texts["word"] = [sorted(_words(text, inflections)) for text in texts["value_text"]]
    k = int(texts["k"].max()) if len(texts) else 0

    said = texts.drop(columns="value_text").assign(text=texts.index).explode("word").dropna(subset="word")
    words = _counted(said.astype({"word": "str"}), ["word"], k)
    said = said[said["word"].isin(words["word"])].astype({"word": "str"})
    pairs = said.merge(said[["text", "word"]].rename(columns={"word": "other"}), on="text")
    links = _counted(pairs[pairs["word"] < pairs["other"]], ["word", "other"], k)
    share = words.set_index("word")["texts"] / max(len(texts), 1)
    both = (links["texts"] / max(len(texts), 1)).to_numpy(dtype=float)
    apart = (links["word"].map(share) * links["other"].map(share)).to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        links["npmi"] = np.where(both < 1, np.log(both / apart) / -np.log(both), 1.0)
    links = links[links["npmi"] > 0].sort_values(["npmi", "word", "other"], ascending=[False, True, True])

    theme_of = _communities(words, links, resolution, seed)
    words["theme"] = words["word"].map(theme_of).astype("int64")
    said["theme"] = said["word"].map(theme_of).astype("int64")
    return Themes(
        words=words,
        links=links.reset_index(drop=True),
        names={int(str(theme)): " · ".join(rows["word"].head(3)) for theme, rows in words.groupby("theme")},
        mentions=said[[*ids, "held_on", "k", "theme"]].reset_index(drop=True),
        inflections=inflections,
    )


@cache
def stopwords() -> frozenset[str]:
    """Dutch words that say little about what a text is about (`stopwords_nl.txt`)."""
    lines = Path(__file__).with_name("stopwords_nl.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def tokens(text: str) -> Iterator[str]:
    """The words of a text, in lower case: letters with hyphens and apostrophes inside, three or more, no stopwords."""
    for match in _WORD.finditer(text):
        word = match.group().casefold().replace("’", "'")
        if len(word) >= _SHORTEST and word not in stopwords():
            yield word


def fold_inflections(words: Iterable[str]) -> dict[str, str]:
    """Each inflected word to its base, where the base is also used: ``bewoners`` to ``bewoner``, ``weken`` to ``week``.

    No dictionary and no stems that nobody wrote: the endings -s, -'s, -n, -en, -eren and -e are taken off, with Dutch
    spelling (``plekken`` plek, ``taken`` taak, ``brieven`` brief), and the result must be among the words. A verb and
    its noun (``werken``, ``werk``) become one word.
    """
    known = set(words)
    base = {word: next((one for one in _bases(word) if one in known), word) for word in known}

    def root(word: str) -> str:  # a base may be an inflection itself
        return word if base[word] == word else root(base[word])

    return {word: root(word) for word, one in base.items() if word != one}


def _bases(word: str) -> Iterator[str]:
    """What a word may be an inflection of, likeliest first."""
    for ending in ("'s", "s", "eren", "en", "n", "e"):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < _SHORTEST:
            continue
        yield stem
        if ending in ("en", "e"):
            if stem[-1] == stem[-2]:  # plekken
                yield stem[:-1]
            elif stem[-2] in _VOWELS and stem[-3] not in _VOWELS and stem[-1] not in _VOWELS:  # taken
                yield stem[:-1] + stem[-2:]
            if stem[-1] in "vz":  # brieven, huizen
                yield stem[:-1] + {"v": "f", "z": "s"}[stem[-1]]


def _words(text: str, inflections: Mapping[str, str]) -> set[str]:
    return {inflections.get(word, word) for word in tokens(text)}


def _counted(rows: pd.DataFrame, by: list[str], k: int) -> pd.DataFrame:
    """People (the fewest there can be) and texts for each word or pair of at least k people, most people first."""
    table = pd.DataFrame({"people": _people(rows, by), "texts": rows.groupby(by)["text"].nunique()}).reset_index()
    table = table[_enough(table["people"], itertools.repeat(k))].astype({"people": "int64", "texts": "int64"})
    return table.sort_values(["people", *by], ascending=[False, *itertools.repeat(True, len(by))], ignore_index=True)


def _people(rows: pd.DataFrame, by: list[str]) -> pd.Series[int]:
    """The fewest people that there can be behind the pseudonyms of each group."""
    in_session = rows.groupby(list(dict.fromkeys([*by, "level", "unit", "session"])))["participant"].nunique()
    in_unit = in_session.groupby(list(dict.fromkeys([*by, "level", "unit"]))).max()
    return in_unit.groupby([*by, "level"]).sum().groupby(by).max()


def _enough(people: Iterable[int], needed: Iterable[int]) -> npt.NDArray[np.bool_]:
    """Which groups may be shown."""
    return np.array(["withheld" not in protect({"n": n}, k) for n, k in zip(people, needed, strict=False)], dtype=bool)


def _communities(words: pd.DataFrame, links: pd.DataFrame, resolution: float, seed: int) -> dict[str, int]:
    """Each word to the number of its theme, from 1; a word without links is a theme of its own."""
    graph = nx.Graph()
    graph.add_nodes_from(words["word"])
    graph.add_weighted_edges_from(links[["word", "other", "npmi"]].itertuples(index=False, name=None))
    people = dict(zip(words["word"], words["people"], strict=True))
    found = nx.community.louvain_communities(graph, weight="weight", resolution=resolution, seed=seed) if people else []
    found.sort(key=lambda theme: (-sum(people[word] for word in theme), min(theme)))
    return {word: number for number, theme in enumerate(found, 1) for word in theme}

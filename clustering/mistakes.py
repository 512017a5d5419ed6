"""The worst mistakes of a clustering: what was put together wrongly, and what was left apart.

A mistake is as bad as the number of pairs it gets wrong. Its evidence is the likeliest pair of
articles across the two largest parts: what glued strangers together, or what did not hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb
from typing import Final, Literal

from clustering.corpora import Corpus, Labelled
from clustering.explaining import Explanation
from clustering.model import Article
from clustering.scoring import Level, label

Kind = Literal["merge", "split"]
Explain = Callable[[Article, Article], Explanation]
LOOKED_AT: Final = 5
"""Articles of a part that are compared to find the likeliest pair."""


@dataclass(frozen=True, slots=True)
class Part:
    """The articles of a mistake that do belong together."""

    articles: int
    first: Article


@dataclass(frozen=True, slots=True)
class Mistake:
    """One found group that holds several true ones, or one true group that was parted.

    Attributes
    ----------
    kind : {"merge", "split"}
    level : {"event", "duplicate_group"}
    articles : int
        In all parts.
    wrong_pairs : int
    parts : tuple of Part
        The largest first.
    likeliest : Explanation
        The likeliest pair across the two largest parts.
    pair : tuple of Article
    mean : float
        Mean probability (of copies: mean score) of the pairs that were looked at.
    """

    kind: Kind
    level: Level
    articles: int
    wrong_pairs: int
    parts: tuple[Part, ...]
    likeliest: Explanation
    pair: tuple[Article, Article]
    mean: float


def worst(
    corpus: Corpus,
    found: Mapping[int, int],
    level: Level,
    explain: Explain,
    most: int,
) -> list[Mistake]:
    """Find the worst merges and the worst splits.

    Articles of different languages are never counted as parted: no group spans two.

    Parameters
    ----------
    corpus : Corpus
    found : mapping of int to int
        The event or duplicate group of each article, by its key.
    level : {"event", "duplicate_group"}
    explain : callable
        Lays open how two articles are judged.
    most : int
        Of each kind.

    Returns
    -------
    list of Mistake
        Merges, then splits, the worst first.
    """
    items = [it for it in corpus.items if label(it, level) is not None]

    def true(it: Labelled) -> Hashable:
        return (it.article.language, label(it, level))

    def placed(it: Labelled) -> Hashable:
        return (it.article.language, found[it.article.key])

    merges = _ranked(_parted(items, by=placed, into=true), most)
    splits = _ranked(_parted(items, by=true, into=placed), most)
    return [
        *(_mistake("merge", level, parts, explain) for parts in merges),
        *(_mistake("split", level, parts, explain) for parts in splits),
    ]


Parts = list[list[Labelled]]


def _parted(
    items: Iterable[Labelled],
    by: Callable[[Labelled], Hashable],
    into: Callable[[Labelled], Hashable],
) -> list[Parts]:
    groups: defaultdict[Hashable, defaultdict[Hashable, list[Labelled]]]
    groups = defaultdict(lambda: defaultdict(list))
    for it in items:
        groups[by(it)][into(it)].append(it)
    return [list(parts.values()) for parts in groups.values() if len(parts) > 1]


def _ranked(mistakes: Sequence[Parts], most: int) -> list[Parts]:
    return sorted(mistakes, key=lambda parts: -_wrong_pairs(parts))[:most]


def _wrong_pairs(parts: Parts) -> int:
    return comb(sum(map(len, parts)), 2) - sum(comb(len(part), 2) for part in parts)


def _mistake(kind: Kind, level: Level, parts: Parts, explain: Explain) -> Mistake:
    parts = sorted(parts, key=len, reverse=True)
    pairs = product(parts[0][:LOOKED_AT], parts[1][:LOOKED_AT])
    shown = [(one.article, other.article) for one, other in pairs]
    judged = [explain(*pair) for pair in shown]
    likely = [it.event.probability if level == "event" else it.reprint.score for it in judged]
    best = max(range(len(likely)), key=likely.__getitem__)
    return Mistake(
        kind,
        level,
        sum(map(len, parts)),
        _wrong_pairs(parts),
        tuple(Part(len(part), part[0].article) for part in parts),
        judged[best],
        shown[best],
        sum(likely) / len(likely),
    )


def sizes(groups: Iterable[Hashable]) -> dict[int, int]:
    """How many groups there are of each size.

    Parameters
    ----------
    groups : iterable of hashable
        The group of each article.

    Returns
    -------
    dict of int to int
        Ascending.
    """
    return dict(sorted(Counter(Counter(groups).values()).items()))

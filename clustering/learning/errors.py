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

from clustering.explain.report import Explanation
from clustering.learning.datasets import Corpus, LabelledArticle
from clustering.learning.scores import Level, label_of
from clustering.types import Article

MistakeKind = Literal["merge", "split"]
Explain = Callable[[Article, Article], Explanation]
MAX_COMPARED_PER_PART: Final = 5
"""Articles of a part that are compared to find the likeliest pair."""


@dataclass(frozen=True, slots=True)
class MistakePart:
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
    parts : tuple of MistakePart
        The largest first.
    explanation : Explanation
        The likeliest pair across the two largest parts.
    pair : tuple of Article
    mean_score : float
        Mean probability (of copies: mean score) of the pairs that were looked at.
    """

    kind: MistakeKind
    level: Level
    articles: int
    wrong_pairs: int
    parts: tuple[MistakePart, ...]
    explanation: Explanation
    pair: tuple[Article, Article]
    mean_score: float


def find_worst_mistakes(
    corpus: Corpus,
    predicted: Mapping[int, int],
    level: Level,
    explain: Explain,
    max_per_kind: int,
) -> list[Mistake]:
    """Find the worst merges and the worst splits.

    Articles of different languages are never counted as parted: no group spans two.

    Parameters
    ----------
    corpus : Corpus
    predicted : mapping of int to int
        The event or duplicate group of each article, by its key.
    level : {"event", "duplicate_group"}
    explain : callable
        Lays open how two articles are judged.
    max_per_kind : int
        Of each kind.

    Returns
    -------
    list of Mistake
        Merges, then splits, the worst first.
    """
    items = [it for it in corpus.items if label_of(it, level) is not None]

    def true_group(item: LabelledArticle) -> Hashable:
        return (item.article.language, label_of(item, level))

    def predicted_group(item: LabelledArticle) -> Hashable:
        return (item.article.language, predicted[item.article.key])

    merges = _rank_mistakes(
        _find_divided_groups(items, group_of=predicted_group, part_of=true_group), max_per_kind
    )
    splits = _rank_mistakes(
        _find_divided_groups(items, group_of=true_group, part_of=predicted_group), max_per_kind
    )
    return [
        *(_build_mistake("merge", level, parts, explain) for parts in merges),
        *(_build_mistake("split", level, parts, explain) for parts in splits),
    ]


LabelledParts = list[list[LabelledArticle]]


def _find_divided_groups(
    items: Iterable[LabelledArticle],
    group_of: Callable[[LabelledArticle], Hashable],
    part_of: Callable[[LabelledArticle], Hashable],
) -> list[LabelledParts]:
    groups: defaultdict[Hashable, defaultdict[Hashable, list[LabelledArticle]]]
    groups = defaultdict(lambda: defaultdict(list))
    for it in items:
        groups[group_of(it)][part_of(it)].append(it)
    return [list(parts.values()) for parts in groups.values() if len(parts) > 1]


def _rank_mistakes(mistakes: Sequence[LabelledParts], max_mistakes: int) -> list[LabelledParts]:
    return sorted(mistakes, key=lambda parts: -_count_wrong_pairs(parts))[:max_mistakes]


def _count_wrong_pairs(parts: LabelledParts) -> int:
    return comb(sum(map(len, parts)), 2) - sum(comb(len(part), 2) for part in parts)


def _build_mistake(
    kind: MistakeKind, level: Level, parts: LabelledParts, explain: Explain
) -> Mistake:
    parts = sorted(parts, key=len, reverse=True)
    pairs = product(parts[0][:MAX_COMPARED_PER_PART], parts[1][:MAX_COMPARED_PER_PART])
    shown = [(one.article, other.article) for one, other in pairs]
    judged = [explain(*pair) for pair in shown]
    likely = [it.event.probability if level == "event" else it.duplicate.score for it in judged]
    best = max(range(len(likely)), key=likely.__getitem__)
    return Mistake(
        kind,
        level,
        sum(map(len, parts)),
        _count_wrong_pairs(parts),
        tuple(MistakePart(len(part), part[0].article) for part in parts),
        judged[best],
        shown[best],
        sum(likely) / len(likely),
    )


def count_group_sizes(groups: Iterable[Hashable]) -> dict[int, int]:
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

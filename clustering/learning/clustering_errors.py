"""The worst mistakes of a clustering: wrong merges and wrong splits.

A mistake is as bad as its number of wrong pairs. Its evidence is the most similar pair of articles
across its two largest parts: it joined them wrongly, or was not probable enough to join them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb
from typing import Final, Literal

from clustering.explain.explanation import Explanation
from clustering.learning.datasets import Corpus, LabelledArticle
from clustering.learning.scores import Level, label_of
from clustering.types import Article

MistakeKind = Literal["merge", "split"]
Explain = Callable[[Article, Article], Explanation]
MAX_COMPARED_PER_PART: Final = 5
"""Articles of each part that are compared to find the most similar pair."""


@dataclass(frozen=True, slots=True)
class MistakePart:
    """Articles of a mistake that belong together."""

    articles: int
    first: Article


@dataclass(frozen=True, slots=True)
class Mistake:
    """One found group that holds several true ones, or one true group that was split.

    Attributes
    ----------
    kind : {"merge", "split"}
    level : {"event", "duplicate_group"}
    articles : int
        In all parts.
    wrong_pairs : int
    parts : tuple of MistakePart
        Largest first.
    explanation : Explanation
        Of the most similar pair across the two largest parts.
    pair : tuple of Article
        That pair.
    mean_score : float
        Mean probability (for duplicate groups: mean score) of the compared pairs.
    """

    kind: MistakeKind
    level: Level
    articles: int
    wrong_pairs: int
    parts: tuple[MistakePart, ...]
    explanation: Explanation
    pair: tuple[Article, Article]
    mean_score: float


LabelledParts = list[list[LabelledArticle]]
"""The articles of one group, divided by the other clustering."""


def find_worst_mistakes(
    corpus: Corpus,
    predicted: Mapping[int, int],
    level: Level,
    explain: Explain,
    max_per_kind: int,
) -> list[Mistake]:
    """Find the worst merges and the worst splits.

    Articles of different languages are never counted as split, since no group has two languages.

    Parameters
    ----------
    corpus : Corpus
    predicted : mapping of int to int
        The event or duplicate group of each article, by article key.
    level : {"event", "duplicate_group"}
    explain : callable
        Explains a pair of articles.
    max_per_kind : int
        Mistakes of each kind to return.

    Returns
    -------
    list of Mistake
        Merges, then splits; the worst first.
    """
    items = [item for item in corpus.items if label_of(item, level) is not None]

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


def count_group_sizes(groups: Iterable[Hashable]) -> dict[int, int]:
    """Count the groups of each size.

    Parameters
    ----------
    groups : iterable of hashable
        The group of each article.

    Returns
    -------
    dict of int to int
        Number of groups by size, in ascending order of size.
    """
    return dict(sorted(Counter(Counter(groups).values()).items()))


def _find_divided_groups(
    items: Iterable[LabelledArticle],
    group_of: Callable[[LabelledArticle], Hashable],
    part_of: Callable[[LabelledArticle], Hashable],
) -> list[LabelledParts]:
    groups: defaultdict[Hashable, defaultdict[Hashable, list[LabelledArticle]]]
    groups = defaultdict(lambda: defaultdict(list))
    for item in items:
        groups[group_of(item)][part_of(item)].append(item)
    return [list(parts.values()) for parts in groups.values() if len(parts) > 1]


def _rank_mistakes(mistakes: Sequence[LabelledParts], max_mistakes: int) -> list[LabelledParts]:
    return sorted(mistakes, key=lambda parts: -_count_wrong_pairs(parts))[:max_mistakes]


def _count_wrong_pairs(parts: LabelledParts) -> int:
    return comb(sum(map(len, parts)), 2) - sum(comb(len(part), 2) for part in parts)


def _build_mistake(
    kind: MistakeKind, level: Level, parts: LabelledParts, explain: Explain
) -> Mistake:
    parts = sorted(parts, key=len, reverse=True)
    item_pairs = product(parts[0][:MAX_COMPARED_PER_PART], parts[1][:MAX_COMPARED_PER_PART])
    pairs = [(first.article, second.article) for first, second in item_pairs]
    explanations = [explain(*pair) for pair in pairs]
    pair_scores = [
        explanation.event.probability if level == "event" else explanation.duplicate.score
        for explanation in explanations
    ]
    best = max(range(len(pair_scores)), key=pair_scores.__getitem__)
    return Mistake(
        kind,
        level,
        sum(map(len, parts)),
        _count_wrong_pairs(parts),
        tuple(MistakePart(len(part), part[0].article) for part in parts),
        explanations[best],
        pairs[best],
        sum(pair_scores) / len(pair_scores),
    )

"""Baseline: the best clustering by a single TF-IDF cosine threshold, chosen with the labels.

It uses scikit-learn's TF-IDF vectors of the whole file and joins articles by connected components
or average link. All thresholds, linkages and time windows are tried, and the setting that scores
best by the labels counts: an upper bound, since it cannot be chosen without the labels.

References
----------
Salton, G. and Buckley, C. (1988). Term-weighting approaches in automatic text retrieval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.features.normalize import clean
from clustering.learning.datasets import Corpus, LabelledArticle
from clustering.learning.metrics import bcubed, f1_of_pairs
from clustering.types import SECONDS_PER_DAY

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Labels = NDArray[np.int64]
"""Cluster number of each article."""
Linkage = Literal["single", "average"]
"""Single link gives connected components."""
LINKAGES: Final[tuple[Linkage, ...]] = ("single", "average")
THRESHOLDS: Final = tuple(round(0.05 + 0.025 * step, 3) for step in range(37))
"""Cosines that are tried: 0.05 to 0.95."""
WINDOWS_DAYS: Final = (1, 2, 3, 7, 14)
"""Time windows that are tried: articles further apart count as not similar at all."""
MAX_ARTICLES_PER_LANGUAGE: Final = 10_000
"""Articles of one language, whose pairs are all held in memory: 50 million at this limit."""


class TooManyArticlesError(ValueError):
    """A corpus has more articles of one language than can be compared pair by pair."""


@dataclass(frozen=True, slots=True)
class BaselineSetting:
    """One setting of the baseline.

    Attributes
    ----------
    linkage : {"single", "average"}
    threshold : float
        The cosine from which clusters are joined.
    max_days_apart : int or None
        The time window in days; None for none.
    """

    linkage: Linkage
    threshold: float
    max_days_apart: int | None


def iter_clusterings(corpus: Corpus) -> Iterator[tuple[BaselineSetting, dict[int, int]]]:
    """Cluster a corpus with every setting, each language separately.

    Parameters
    ----------
    corpus : Corpus

    Yields
    ------
    tuple of (BaselineSetting, dict of int to int)
        The setting, and the cluster of each article by its key. Time windows are only tried if
        most articles have a date.

    Raises
    ------
    TooManyArticlesError
        If one language has more than `MAX_ARTICLES_PER_LANGUAGE` articles.
    """
    items_by_language = _split_languages(corpus)
    cosines_by_language = [_PairwiseCosines(items) for items in items_by_language]
    windows = WINDOWS_DAYS if corpus.median_date is not None else ()
    for max_days_apart in (None, *windows):
        for linkage in LINKAGES:
            trees = [
                cosines.linkage_tree(linkage, max_days_apart) for cosines in cosines_by_language
            ]
            for threshold in THRESHOLDS:
                labels_by_language = [_cut_tree(tree, threshold) for tree in trees]
                yield (
                    BaselineSetting(linkage, threshold, max_days_apart),
                    _merge_languages(items_by_language, labels_by_language),
                )


def best_baseline_score(corpus: Corpus) -> float:
    """Return the best score that a setting of the baseline reaches.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    float
        B-cubed F1 of events; of labelled pairs, the F1 of the best threshold of their cosine.

    Raises
    ------
    TooManyArticlesError
        If one language has more than `MAX_ARTICLES_PER_LANGUAGE` articles.
    """
    if corpus.pairs:
        return _best_pair_score(corpus)
    items = [item for item in corpus.items if item.event is not None]
    labels_true = [(item.event, item.article.language) for item in items]
    return max(
        bcubed(labels_true, [clusters[item.article.key] for item in items]).f1
        for _, clusters in iter_clusterings(corpus)
    )


def _best_pair_score(corpus: Corpus) -> float:
    """Return the best F1 of labelled pairs that a threshold of their cosine reaches."""
    cosines = dict.fromkeys(((pair.first, pair.second) for pair in corpus.pairs), 0.0)
    for items in _split_languages(corpus):
        row_of = {item.article.key: row for row, item in enumerate(items)}
        vectors = _vectorize(items)
        for first, second in cosines:
            if first in row_of and second in row_of:
                product = vectors[row_of[first]].multiply(vectors[row_of[second]])
                cosines[first, second] = float(product.sum())
    same = [pair.same for pair in corpus.pairs]
    return max(
        f1_of_pairs(same, [cosines[pair.first, pair.second] >= threshold for pair in corpus.pairs])
        for threshold in THRESHOLDS
    )


def _split_languages(corpus: Corpus) -> list[list[LabelledArticle]]:
    languages = sorted({item.article.language or "" for item in corpus.items})
    items_by_language = [
        [item for item in corpus.items if (item.article.language or "") == language]
        for language in languages
    ]
    if max(map(len, items_by_language)) > MAX_ARTICLES_PER_LANGUAGE:
        raise TooManyArticlesError(
            f"{corpus.name}: the baseline takes at most {MAX_ARTICLES_PER_LANGUAGE:,} articles"
            " per language"
        )
    return items_by_language


class _PairwiseCosines:
    """The cosines of all pairs of articles in one language, in scipy's condensed form."""

    def __init__(self, items: Sequence[LabelledArticle]) -> None:
        vectors = _vectorize(items)
        self._pairs = np.triu_indices(len(items), 1)
        self._cosines = (vectors @ vectors.T).toarray()[self._pairs]
        self._dates = np.array([_timestamp(item) for item in items])

    def linkage_tree(self, method: Linkage, max_days_apart: int | None) -> NDArray[np.float64]:
        """Return scipy's linkage matrix, shape (n_articles - 1, 4)."""
        from scipy.cluster.hierarchy import linkage

        if not len(self._cosines):
            return np.empty((0, 4))
        distances = 1 - self._cosines.astype(np.float64)
        if max_days_apart is not None:
            rows, columns = self._pairs
            seconds_apart = np.abs(self._dates[rows] - self._dates[columns])
            distances[seconds_apart > max_days_apart * SECONDS_PER_DAY] = 1.0
        tree: NDArray[np.float64] = linkage(np.maximum(distances, 0), method=method)
        return tree


def _vectorize(items: Sequence[LabelledArticle]) -> csr_matrix:
    """Return the TF-IDF vectors of titles and texts, one row for each article."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [clean(f"{item.article.title}\n{item.article.text}") for item in items]
    vectors: csr_matrix = TfidfVectorizer(sublinear_tf=True, dtype=np.float32).fit_transform(texts)
    return vectors


def _cut_tree(tree: NDArray[np.float64], threshold: float) -> Labels:
    from scipy.cluster.hierarchy import fcluster

    if not len(tree):
        return np.ones(1, dtype=np.int64)
    return fcluster(tree, 1 - threshold, criterion="distance").astype(np.int64)


def _merge_languages(
    items_by_language: Sequence[Sequence[LabelledArticle]], labels_by_language: Sequence[Labels]
) -> dict[int, int]:
    """Renumber the clusters of all languages so that no two share a number."""
    numbers: dict[tuple[int, int], int] = {}
    cluster_of = {}
    for language, (items, labels) in enumerate(
        zip(items_by_language, labels_by_language, strict=True)
    ):
        for item, label in zip(items, labels.tolist(), strict=True):
            cluster_of[item.article.key] = numbers.setdefault((language, label), len(numbers))
    return cluster_of


def _timestamp(item: LabelledArticle) -> float:
    """Return the date; NaN without one, so that no time window excludes the article."""
    return np.nan if item.article.published is None else item.article.published

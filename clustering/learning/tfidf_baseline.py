"""The best that one TF-IDF threshold can do, chosen with the labels in hand.

What anyone would try first: scikit-learn's vectors of the whole file, a cosine from which two
articles belong together, connected components or average link. Thresholds, ways of linking and
windows of time are all tried, and the one that scores best by the labels counts, which nobody
could have known beforehand.

References
----------
Salton, G. and Buckley, C. (1988). Term-weighting approaches in automatic text retrieval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.features.normalize import clean
from clustering.learning.datasets import Corpus, LabelledArticle

Labels = NDArray[np.int64]
Linkage = Literal["single", "average"]
"""Single link is what connected components give."""
LINKAGES: Final[tuple[Linkage, ...]] = ("single", "average")
THRESHOLDS: Final = tuple(round(0.05 + 0.025 * step, 3) for step in range(37))
WINDOWS_DAYS: Final = (1, 2, 3, 7, 14)
"""Days apart, beyond which articles are not alike at all."""
MAX_ARTICLES_PER_LANGUAGE: Final = 10_000
"""Articles of one language; all their pairs are held in memory."""
_SECONDS_PER_DAY: Final = 86400.0


class TooManyArticlesError(ValueError):
    """There are more articles than can be compared with each other at once."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to link articles.

    Attributes
    ----------
    link : {"single", "average"}
    threshold : float
        The cosine from which clusters are joined.
    days : int or None
        The window of time; None for none.
    """

    link: Linkage
    threshold: float
    days: int | None


def iter_clusterings(corpus: Corpus) -> Iterator[tuple[Setting, dict[int, int]]]:
    """Cluster a corpus in every way that is tried, each language on its own.

    Parameters
    ----------
    corpus : Corpus

    Yields
    ------
    tuple of (Setting, dict of int to int)
        The setting, and the cluster of each article by its key.

    Raises
    ------
    TooManyArticlesError
        If one language has more than `MOST` articles.
    """
    languages = sorted({it.article.language or "" for it in corpus.items})
    parts = [[it for it in corpus.items if (it.article.language or "") == at] for at in languages]
    if max(map(len, parts)) > MAX_ARTICLES_PER_LANGUAGE:
        raise TooManyArticlesError(
            f"{corpus.name}: the baseline takes {MAX_ARTICLES_PER_LANGUAGE:,} articles a language"
        )
    spoken = [_PairwiseCosines(part) for part in parts]
    dated = corpus.median_date is not None
    for days in (None, *(WINDOWS_DAYS if dated else ())):
        for link in LINKAGES:
            trees = [alike.linkage_tree(link, days) for alike in spoken]
            for threshold in THRESHOLDS:
                cuts = [_cut_tree(tree, threshold) for tree in trees]
                yield Setting(link, threshold, days), _merge_languages(parts, cuts)


class _PairwiseCosines:
    """The cosines of all pairs of articles of one language, as scipy lays out distances."""

    def __init__(self, items: Sequence[LabelledArticle]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = [clean(f"{it.article.title}\n{it.article.text}") for it in items]
        vectors = TfidfVectorizer(sublinear_tf=True, dtype=np.float32).fit_transform(texts)
        self._upper = np.triu_indices(len(items), 1)
        self._cosines = (vectors @ vectors.T).toarray()[self._upper]
        self._dates = np.array([_timestamp(it) for it in items])

    def linkage_tree(self, method: Linkage, days: int | None) -> NDArray[np.float64]:
        """What is joined with what, and at which distance."""
        from scipy.cluster.hierarchy import linkage

        if not len(self._cosines):
            return np.empty((0, 4))
        distances = 1 - self._cosines.astype(np.float64)
        if days is not None:
            apart = np.abs(self._dates[self._upper[0]] - self._dates[self._upper[1]])
            distances[apart > days * _SECONDS_PER_DAY] = 1.0
        tree: NDArray[np.float64] = linkage(np.maximum(distances, 0), method=method)
        return tree


def _cut_tree(tree: NDArray[np.float64], threshold: float) -> Labels:
    from scipy.cluster.hierarchy import fcluster

    if not len(tree):
        return np.ones(1, dtype=np.int64)
    return fcluster(tree, 1 - threshold, criterion="distance").astype(np.int64)


def _merge_languages(
    items_by_language: Sequence[Sequence[LabelledArticle]], labels_by_language: Sequence[Labels]
) -> dict[int, int]:
    """Number the clusters of all languages so that none is that of another."""
    numbers: dict[tuple[int, int], int] = {}
    found = {}
    for language, (part, labels) in enumerate(
        zip(items_by_language, labels_by_language, strict=True)
    ):
        for it, cluster in zip(part, labels.tolist(), strict=True):
            found[it.article.key] = numbers.setdefault((language, cluster), len(numbers))
    return found


def _timestamp(item: LabelledArticle) -> float:
    """The date; where there is none no window keeps the article from any other."""
    return np.nan if item.article.published is None else item.article.published

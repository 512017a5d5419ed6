"""The pairs of labelled articles that the service would compare, to learn from and to check by.

The articles of a corpus go through the service's own finder of candidates one by one, as news
comes in, and every pair it asks about is kept. So what is learned is what will be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.index import EventIndex
from clustering.features.extract import extract_features
from clustering.features.terms import Terms
from clustering.learning.datasets import Corpus, LabelledArticle, ablate_fields, date_of
from clustering.learning.train import LabelledPairs
from clustering.similarity.idf import DocumentFrequencies, IdfSnapshot
from clustering.similarity.model import PAIR_KINDS, PairKind, SimilarityModel, pair_kind
from clustering.similarity.pair_features import FEATURES, FeatureMatrix, compute_pair_features
from clustering.state.membership import Membership

_FIRST_TIME_FEATURE: Final = FEATURES.index("dated")
"""From here on the features of a pair speak of time."""
MIN_PAIRS_PER_CLASS: Final = 20
"""So many pairs of one event, and of different ones, it takes to learn from."""

_NEVER_LINK_MODEL: Final = SimilarityModel(
    {kind: np.zeros(len(FEATURES)) for kind in PAIR_KINDS}, dict.fromkeys(PAIR_KINDS, -50.0)
)
"""Takes every two articles for different events, so that each stays alone."""


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Pairs of articles as they are compared, and the truth about them.

    Attributes
    ----------
    first, second : ndarray of int64, shape (n_pairs,)
        Keys of the articles, the later one first.
    kinds : ndarray of str, shape (n_pairs,)
        Which regression judges the pair: one of `clustering.similarity.KNOWN`.
    features : ndarray of float64, shape (n_pairs, n_features)
    same : ndarray of bool, shape (n_pairs,)
        Whether both report one event.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    kinds: NDArray[np.str_]
    features: FeatureMatrix
    same: NDArray[np.bool_]

    def of_kind(self, kind: PairKind) -> LabelledPairs:
        """The pairs of one kind of knowledge."""
        at = self.kinds == kind
        return LabelledPairs(kind, self.features[at], self.same[at])


def build_idf_snapshot(corpora: Iterable[Corpus]) -> IdfSnapshot:
    """Term weights as of a store that has taken in all of some corpora.

    Parameters
    ----------
    corpora : iterable of Corpus

    Returns
    -------
    IdfSnapshot
    """
    counts = DocumentFrequencies()
    for corpus in corpora:
        for it in corpus.items:
            counts.add(Terms.from_bytes(extract_features(it.article).terms).term_ids)
    return counts.snapshot()


def collect_candidate_pairs(corpus: Corpus, idf_snapshot: IdfSnapshot) -> CandidatePairs:
    """Gather the pairs that the service would compare, articles taken by date.

    Articles without a label are left out.

    Parameters
    ----------
    corpus : Corpus
    idf_snapshot : IdfSnapshot
        The term weights to compare by.

    Returns
    -------
    Compared
    """
    items = sorted((it for it in corpus.items if it.event is not None), key=date_of)
    index, roster = EventIndex(_NEVER_LINK_MODEL), Membership()
    index.reset_idf(idf_snapshot)
    return _build_pairs(items, [_compare_article(index, roster, it) for it in items])


def training_pairs(corpus: Corpus, idf_snapshot: IdfSnapshot) -> list[LabelledPairs]:
    """Gather what there is to learn from a corpus, in all its readings.

    Pairs with dates are given once more with the dates withheld, and every pair of texts is read
    with titles and with texts withheld, so that no regression leans on what may be missing.

    Parameters
    ----------
    corpus : Corpus
    idf_snapshot : IdfSnapshot
        The term weights to compare by.

    Returns
    -------
    list of Pairs
    """
    read = [collect_candidate_pairs(reading, idf_snapshot) for reading in ablate_fields(corpus)]
    found = [each.of_kind(kind) for each in read for kind in PAIR_KINDS]
    told = [part for part in found if _has_both_classes(part)]
    return [
        *told,
        *(_without_dates(part) for part in told if part.features[:, _FIRST_TIME_FEATURE].any()),
    ]


@dataclass(frozen=True, slots=True)
class _Comparisons:
    """What one article was compared with when it came: slots, and features of each pair."""

    other_slots: list[int]
    kinds: list[PairKind]
    features: FeatureMatrix


def _compare_article(
    index: EventIndex, membership: Membership, item: LabelledArticle
) -> _Comparisons:
    analysed, group = extract_features(item.article), membership.next_group
    slot = membership.add(item.article.key, analysed)
    membership.set_group(slot, group)
    vector = index.add(slot, Terms.from_bytes(analysed.terms), analysed)
    index.sync_groups(membership, [group])
    others = index.find_candidates(group)
    vectors = [index.vector(other) for other in others]
    known = [pair_kind(vector, other) for other in vectors]
    features = compute_pair_features(vector, vectors) if vectors else np.empty((0, len(FEATURES)))
    index.commit()
    return _Comparisons(others, known, features)


def _build_pairs(
    items: Sequence[LabelledArticle], comparisons: Sequence[_Comparisons]
) -> CandidatePairs:
    """All pairs; a slot is the place of an article among the items."""
    pairs = [(at, other) for at, row in enumerate(comparisons) for other in row.other_slots]
    return CandidatePairs(
        np.array([items[at].article.key for at, _ in pairs], dtype=np.int64),
        np.array([items[other].article.key for _, other in pairs], dtype=np.int64),
        np.array([kind for row in comparisons for kind in row.kinds], dtype=np.str_),
        np.concatenate([np.empty((0, len(FEATURES))), *(row.features for row in comparisons)]),
        np.array([items[at].event == items[other].event for at, other in pairs], dtype=np.bool_),
    )


def _has_both_classes(pairs: LabelledPairs) -> bool:
    same = int(pairs.same.sum())
    return min(same, len(pairs.same) - same) >= MIN_PAIRS_PER_CLASS


def _without_dates(pairs: LabelledPairs) -> LabelledPairs:
    features = pairs.features.copy()
    features[:, _FIRST_TIME_FEATURE:] = 0
    return LabelledPairs("undated" if pairs.kind == "dated" else pairs.kind, features, pairs.same)

"""The labelled pairs that the service would compare, for training and calibration.

The articles of a corpus go through the service's own candidate search one by one, in order of
date, and every candidate pair is kept. So a model is trained on the kind of pairs that it scores
later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from clustering.similarity.tfidf import vectorise_features
from clustering.state.membership import Membership

_FIRST_TIME_FEATURE: Final = FEATURES.index("dated")
"""All features from this one on depend on the dates."""
MIN_PAIRS_PER_CLASS: Final = 20
"""Pairs of one event, and of different events, below which a corpus is not trained on."""

_NEVER_LINK_MODEL: Final = SimilarityModel(
    {kind: np.zeros(len(FEATURES)) for kind in PAIR_KINDS},
    dict.fromkeys(PAIR_KINDS, -50.0),
    dict.fromkeys(PAIR_KINDS, 0.5),
)
"""Gives every pair a probability of nearly 0, so that each article stays an event of its own."""


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Candidate pairs with their features and labels.

    Attributes
    ----------
    first, second : ndarray of int64, shape (n_pairs,)
        Keys of the articles, the later one first.
    kinds : ndarray of str, shape (n_pairs,)
        Which regression scores the pair: one of `PAIR_KINDS`.
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
        """Return the pairs of one kind."""
        mask = self.kinds == kind
        return LabelledPairs(kind, self.features[mask], self.same[mask])


def build_idf_snapshot(corpora: Iterable[Corpus]) -> IdfSnapshot:
    """Compute the term weights of a store that holds all articles of some corpora.

    Parameters
    ----------
    corpora : iterable of Corpus

    Returns
    -------
    IdfSnapshot
    """
    frequencies = DocumentFrequencies()
    for corpus in corpora:
        for item in corpus.items:
            frequencies.add(Terms.from_bytes(extract_features(item.article).terms).term_ids)
    return frequencies.snapshot()


def collect_candidate_pairs(corpus: Corpus, idf_snapshot: IdfSnapshot) -> CandidatePairs:
    """Collect the pairs that the service would compare if the articles came by date.

    Articles without an event label are left out. Of a collection of labelled pairs, these are
    the pairs.

    Parameters
    ----------
    corpus : Corpus
    idf_snapshot : IdfSnapshot
        The term weights used for the features.

    Returns
    -------
    CandidatePairs
    """
    if corpus.pairs:
        return _compare_labelled_pairs(corpus, idf_snapshot)
    items = sorted((item for item in corpus.items if item.event is not None), key=date_of)
    index, membership = EventIndex(_NEVER_LINK_MODEL), Membership()
    index.reset_idf(idf_snapshot)
    return _build_pairs(items, [_compare_article(index, membership, item) for item in items])


def training_pairs(
    corpus: Corpus, idf_snapshot: IdfSnapshot, weights: Mapping[PairKind, float]
) -> list[LabelledPairs]:
    """Collect the training pairs of a corpus, with all variants of its fields.

    Pairs of texts are added again without their titles and without their texts, and dated pairs
    once more without their dates, so that no regression depends on a field that may be missing.

    Parameters
    ----------
    corpus : Corpus
    idf_snapshot : IdfSnapshot
        The term weights used for the features.
    weights : mapping of str to float
        The weight of the corpus in the regression of each of `PAIR_KINDS`; 1 if it is missing.

    Returns
    -------
    list of LabelledPairs
        Without those that have no weight or too few pairs of either class.
    """
    variants = [collect_candidate_pairs(variant, idf_snapshot) for variant in ablate_fields(corpus)]
    by_kind = [variant.of_kind(kind) for variant in variants for kind in PAIR_KINDS]
    usable = [pairs for pairs in by_kind if _has_both_classes(pairs)]
    dated = [pairs for pairs in usable if pairs.features[:, _FIRST_TIME_FEATURE].any()]
    weighted = (
        replace(pairs, weight=weights.get(pairs.kind, 1.0))
        for pairs in (*usable, *map(_without_dates, dated))
    )
    return [pairs for pairs in weighted if pairs.weight]


def _compare_labelled_pairs(corpus: Corpus, idf_snapshot: IdfSnapshot) -> CandidatePairs:
    vectors = {
        item.article.key: vectorise_features(extract_features(item.article), idf_snapshot)
        for item in corpus.items
    }
    compared = [(vectors[pair.first], vectors[pair.second]) for pair in corpus.pairs]
    return CandidatePairs(
        np.array([pair.first for pair in corpus.pairs], dtype=np.int64),
        np.array([pair.second for pair in corpus.pairs], dtype=np.int64),
        np.array([pair_kind(*pair) for pair in compared], dtype=np.str_),
        np.concatenate([compute_pair_features(first, [second]) for first, second in compared]),
        np.array([pair.same for pair in corpus.pairs], dtype=np.bool_),
    )


@dataclass(frozen=True, slots=True)
class _Comparisons:
    """The candidates of one article when it arrived: their slots, and features of each pair."""

    candidate_slots: list[int]
    kinds: list[PairKind]
    features: FeatureMatrix


def _compare_article(
    index: EventIndex, membership: Membership, item: LabelledArticle
) -> _Comparisons:
    extracted, group = extract_features(item.article), membership.next_group
    slot = membership.add(item.article.key, extracted)
    membership.set_group(slot, group)
    vector = index.add(slot, Terms.from_bytes(extracted.terms), extracted)
    index.sync_groups(membership, [group])
    candidate_slots = index.find_candidates(group)
    vectors = [index.vector(candidate) for candidate in candidate_slots]
    kinds = [pair_kind(vector, candidate) for candidate in vectors]
    features = compute_pair_features(vector, vectors) if vectors else np.empty((0, len(FEATURES)))
    index.commit()
    return _Comparisons(candidate_slots, kinds, features)


def _build_pairs(
    items: Sequence[LabelledArticle], comparisons: Sequence[_Comparisons]
) -> CandidatePairs:
    """Join the comparisons of all articles; the slot of an article is its position in `items`."""
    slot_pairs = [
        (slot, candidate)
        for slot, compared in enumerate(comparisons)
        for candidate in compared.candidate_slots
    ]
    return CandidatePairs(
        np.array([items[slot].article.key for slot, _ in slot_pairs], dtype=np.int64),
        np.array([items[candidate].article.key for _, candidate in slot_pairs], dtype=np.int64),
        np.array([kind for compared in comparisons for kind in compared.kinds], dtype=np.str_),
        np.concatenate(
            [np.empty((0, len(FEATURES))), *(compared.features for compared in comparisons)]
        ),
        np.array(
            [items[slot].event == items[candidate].event for slot, candidate in slot_pairs],
            dtype=np.bool_,
        ),
    )


def _has_both_classes(pairs: LabelledPairs) -> bool:
    n_same = int(pairs.same.sum())
    return min(n_same, len(pairs.same) - n_same) >= MIN_PAIRS_PER_CLASS


def _without_dates(pairs: LabelledPairs) -> LabelledPairs:
    features = pairs.features.copy()
    features[:, _FIRST_TIME_FEATURE:] = 0
    return LabelledPairs("undated" if pairs.kind == "dated" else pairs.kind, features, pairs.same)

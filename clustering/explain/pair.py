"""Explain two articles: every number on the way to the verdict, and the words that decided it.

Nothing is decided here. The numbers are those that `clustering.duplicates.comparison` and
`clustering.similarity` compute for the index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.comparison import (
    Comparison,
    Overlap,
    RejectionReason,
    compare,
    measure_overlap,
    order_by_length,
    rejection_reason,
    shingle_weight,
)
from clustering.duplicates.notice_terms import find_disregarded_terms
from clustering.duplicates.veto import find_veto
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.explain.across_languages import explain_across_languages, hours_apart
from clustering.explain.explanation import (
    ArticleDetails,
    DuplicateExplanation,
    EventExplanation,
    Explanation,
    FeatureContribution,
    GroupFrequencySummary,
    Passage,
    SharedTerm,
)
from clustering.explain.passages import find_passages
from clustering.features.extract import extract_features
from clustering.features.fingerprint import Fingerprint
from clustering.features.language import are_comparable, language_code
from clustering.features.minhash import BANDS, Hashes32, estimate_jaccard
from clustering.features.normalize import clean
from clustering.features.terms import Terms
from clustering.similarity.disregarded_terms import DisregardedTerms, keep_other_terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.model import (
    Contribution,
    base_rate_shifts,
    default_similarity,
    pair_kind,
)
from clustering.similarity.pair_features import find_shared_terms
from clustering.similarity.tfidf import Vector, VectorBatch, vectorise
from clustering.types import Article, Features

MAX_SHARED_TERMS: Final = 12
"""Shared terms in an explanation, the most distinctive ones; bounds its length."""

GroupFrequencyOf = Callable[[Hashes32], NDArray[np.int64]]
"""Returns, for sampled shingles, how many groups contain each, both articles counted."""


def explain(
    first: Article,
    second: Article,
    group_frequency_of: GroupFrequencyOf | None = None,
    idf_snapshot: IdfSnapshot | None = None,
    event_threshold: float = DEFAULT_EVENT_THRESHOLD,
) -> Explanation:
    """Explain how two articles compare.

    Parameters
    ----------
    first, second : Article
    group_frequency_of : callable, optional
        Counts as `ArticleIndex.group_frequency` does. Without it, the two articles count as the
        only ones.
    idf_snapshot : IdfSnapshot, optional
        The current term weights; without it those of an empty store.
    event_threshold : float
        Mean pair probability from which groups are one event.

    Returns
    -------
    Explanation
    """
    first_analysed, second_analysed = _analyse_article(first), _analyse_article(second)
    duplicate = _explain_duplicate(
        first_analysed,
        second_analysed,
        group_frequency_of
        or _count_in_pair(first_analysed.fingerprint, second_analysed.fingerprint),
    )
    event = explain_event(
        first_analysed.features,
        second_analysed.features,
        idf_snapshot or IdfSnapshot(),
        event_threshold,
    )
    return Explanation(first_analysed.details, second_analysed.details, duplicate, event)


class _AnalysedArticle(NamedTuple):
    """An article with everything that is computed from it."""

    details: ArticleDetails
    body: str
    fingerprint: Fingerprint
    features: Features


def _analyse_article(article: Article) -> _AnalysedArticle:
    features = extract_features(article)
    fingerprint = Fingerprint.from_bytes(features.fingerprint)
    details = ArticleDetails(
        clean(article.title),
        features.language,
        article.published,
        features.words,
        len(fingerprint.shingles),
        fingerprint.n_numbers,
        fingerprint.modulus,
        len(fingerprint.sampled_shingles),
    )
    body = clean(article.text) or details.title
    return _AnalysedArticle(details, body, fingerprint, features)


def _count_in_pair(first: Fingerprint, second: Fingerprint) -> GroupFrequencyOf:
    """Return group frequencies as if the two articles were the only ones."""

    def group_frequency_of(keys: Hashes32) -> NDArray[np.int64]:
        return np.isin(keys, first.shingles).astype(np.int64) + np.isin(keys, second.shingles)

    return group_frequency_of


def _explain_duplicate(
    first: _AnalysedArticle, second: _AnalysedArticle, group_frequency_of: GroupFrequencyOf
) -> DuplicateExplanation:
    def weight_of(fingerprint: Fingerprint) -> NDArray[np.float64]:
        return shingle_weight(group_frequency_of(fingerprint.sampled_shingles))

    shorter, longer = order_by_length(first.fingerprint, second.fingerprint)
    n_shared = len(np.intersect1d(shorter.shingles, longer.shingles, assume_unique=True))
    overlap = measure_overlap(shorter, longer, n_shared, weight_of)
    frequencies = group_frequency_of(overlap.sampled_shingles).tolist()
    group_frequency = dict(zip(overlap.sampled_shingles.tolist(), frequencies, strict=True))
    comparison = compare(first.fingerprint, second.fingerprint, weight_of)
    rejection = None if comparison.is_identical else _rejection(shorter, longer, n_shared)
    return _build_duplicate_explanation(
        first.fingerprint,
        second.fingerprint,
        comparison,
        rejection,
        overlap,
        group_frequency,
        find_passages(first.body, second.body, group_frequency),
    )


def _rejection(shorter: Fingerprint, longer: Fingerprint, n_shared: int) -> RejectionReason | None:
    return rejection_reason(shorter, n_shared) or find_veto(shorter, longer)


def _build_duplicate_explanation(
    first: Fingerprint,
    second: Fingerprint,
    comparison: Comparison,
    rejection: RejectionReason | None,
    overlap: Overlap,
    group_frequency: Mapping[int, int],
    passages: list[Passage],
) -> DuplicateExplanation:
    return DuplicateExplanation(
        verdict=comparison.is_linked,
        same_text=comparison.same_text,
        same_address=comparison.same_address,
        rejection_reason=rejection,
        n_shared_shingles=overlap.n_shared,
        modulus=max(first.modulus, second.modulus),
        n_shared_sampled=int(np.count_nonzero(overlap.is_shared)),
        n_bands=BANDS,
        n_shared_bands=int(np.sum(first.band_hashes == second.band_hashes)),
        jaccard_estimate=estimate_jaccard(first.signature, second.signature),
        jaccard=comparison.jaccard,
        containment=comparison.containment,
        shared_group_frequency=_summarise_frequency(
            overlap.sampled_shingles[overlap.is_shared], group_frequency
        ),
        rest_group_frequency=_summarise_frequency(
            overlap.sampled_shingles[~overlap.is_shared], group_frequency
        ),
        mean_shared_weight=overlap.mean_shared_weight,
        mean_rest_weight=overlap.mean_rest_weight,
        is_boilerplate=overlap.is_boilerplate,
        score=comparison.score,
        threshold=comparison.threshold,
        passages=tuple(passages),
    )


def _summarise_frequency(
    keys: Hashes32, group_frequency: Mapping[int, int]
) -> GroupFrequencySummary | None:
    counts = [group_frequency[key] for key in keys.tolist()]
    if not counts:
        return None
    return GroupFrequencySummary(len(counts), min(counts), float(median(counts)), max(counts))


def explain_event(
    first_features: Features,
    second_features: Features,
    idf_snapshot: IdfSnapshot,
    event_threshold: float = DEFAULT_EVENT_THRESHOLD,
) -> EventExplanation:
    """Explain whether two articles report the same event.

    Parameters
    ----------
    first_features, second_features : Features
    idf_snapshot : IdfSnapshot
        The current term weights.
    event_threshold : float
        Mean pair probability from which groups are one event.

    Returns
    -------
    EventExplanation
    """
    if not _is_same_language(first_features.language, second_features.language):
        return explain_across_languages(first_features, second_features, event_threshold)
    disregarded = _find_disregarded(first_features, second_features)
    first, first_terms = _vectorise_without(first_features, disregarded.first, idf_snapshot)
    second, _ = _vectorise_without(second_features, disregarded.second, idf_snapshot)
    similarity = default_similarity()
    kind = pair_kind(first, second)
    intercept = similarity.intercepts[kind]
    contributions = tuple(map(_to_feature_contribution, similarity.contributions(first, second)))
    shift = float(base_rate_shifts(first, VectorBatch.from_vectors([second]))[0])
    probability = float(similarity.probabilities(first, [second])[0])
    if disregarded.are_two_cases:
        probability = 0.0
    return EventExplanation(
        verdict=probability >= event_threshold,
        same_language=True,
        pair_kind=kind,
        hours_apart=hours_apart(first, second),
        intercept=intercept,
        contributions=contributions,
        logit=intercept + shift + sum(feature.contribution for feature in contributions),
        probability=probability,
        threshold=event_threshold,
        shared_terms=_shared_terms(first, second, first_terms),
        base_rate_shift=shift,
        n_disregarded_terms=int(disregarded.first.sum()),
        are_two_cases=disregarded.are_two_cases,
    )


def _find_disregarded(first: Features, second: Features) -> DisregardedTerms:
    """The terms that the two have from a notice, if any."""
    first_text, second_text = (
        Fingerprint.from_bytes(features.fingerprint) for features in (first, second)
    )
    found = find_disregarded_terms(first_text, second_text)
    if found is not None:
        return found
    n_first, n_second = len(first_text.term_words), len(second_text.term_words)
    return DisregardedTerms(np.zeros(n_first, dtype=np.bool_), np.zeros(n_second, dtype=np.bool_))


def _vectorise_without(
    features: Features, disregarded: NDArray[np.bool_], idf_snapshot: IdfSnapshot
) -> tuple[Vector, Terms]:
    terms = keep_other_terms(Terms.from_bytes(features.terms), disregarded)
    return vectorise(terms, idf_snapshot, features.published, features.words), terms


def _to_feature_contribution(contribution: Contribution) -> FeatureContribution:
    return FeatureContribution(
        contribution.feature, contribution.value, contribution.weight, contribution.amount
    )


def _is_same_language(first: str, second: str) -> bool:
    return bool(are_comparable(language_code(first), language_code(second)))


def _shared_terms(first: Vector, second: Vector, terms: Terms) -> tuple[SharedTerm, ...]:
    positions = find_shared_terms(first, second, MAX_SHARED_TERMS).tolist()
    return tuple(
        SharedTerm(terms.names[position], float(first.idf[position])) for position in positions
    )

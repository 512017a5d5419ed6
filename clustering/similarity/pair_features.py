"""Features of a pair of articles, from which the probability of "same event" is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import BIGRAM, LEAD, TITLE
from clustering.similarity.tfidf import (
    FIELD_WEIGHTING,
    FIELDS,
    MIN_RARE_IDF,
    Vector,
    VectorBatch,
    field_masks,
    sublinear_tf,
)
from clustering.types import SECONDS_PER_DAY

FeatureMatrix = NDArray[np.float64]

_COSINE_FEATURES: Final = tuple(f"{field}_cosine" for field in FIELDS)
_COVERAGE_FEATURES: Final = (
    "title_found_more",
    "title_found_less",
    "lead_found_more",
    "lead_found_less",
)
_RAREST_FEATURES: Final = ("rarest_shared", "five_rarest_shared", "next_ten_shared")
_TIME_FEATURES: Final = (
    "log_hours",
    "within_36_hours",
    "within_3_days",
    "within_7_days",
    "near_by_day",
    "near_by_4_days",
)
_PROXIMITY_FEATURES: Final = tuple(f"{cosine}_if_near" for cosine in _COSINE_FEATURES[:6])
_FEATURE_GROUPS: Final = {
    "cosines": _COSINE_FEATURES,
    "coverage": _COVERAGE_FEATURES,
    "rarest": _RAREST_FEATURES,
    "titles": ("titles",),
    "times": ("dated", *_TIME_FEATURES),
    "proximity": _PROXIMITY_FEATURES,
}

FEATURES: Final = tuple(chain.from_iterable(_FEATURE_GROUPS.values()))
"""Names of the features of a pair, in the order of the columns."""

_COLUMNS: Final = {
    group: slice(end - len(names), end)
    for (group, names), end in zip(
        _FEATURE_GROUPS.items(), accumulate(map(len, _FEATURE_GROUPS.values())), strict=True
    )
}
"""The columns of each group of features."""

MIN_DISTINCTIVE_IDF: Final = 0.3
"""Terms of a lower idf occur in so many articles that sharing them means nothing."""

_SECONDS_PER_HOUR: Final = 3600.0
_TIME_WINDOWS_DAYS: Final = np.array([1.5, 3.0, 7.0])
_DECAY_DAYS: Final = np.array([1.0, 4.0, 3.0])
"""Days in which proximity in time decays by e: of "near_by_day", of "near_by_4_days", and of the
cosines multiplied by proximity."""
_RANK_BOUNDS: Final = np.array([[0], [1], [5], [15]])
_RANK_STARTS: Final = np.array([0, 0, 2])
"""Ranks of shared words that are summed: the first, the first five, the ten after them."""
_FILTER_SIZE: Final = 1 << 14
_FILTER_MASK: Final = np.uint32(_FILTER_SIZE - 1)
_TITLE_OR_LEAD: Final = np.uint8(TITLE | LEAD)
_WEIGHTING_COLUMNS: Final = np.array([*FIELD_WEIGHTING, 1, 1, 1, 1])
_COVERAGE_MASKS: Final = np.array(
    [[flags >> bit & 1 for bit in (0, 2, 1, 3)] for flags in range(16)], np.float64
)
"""By the title and lead flags of both articles: 1 where a term counts for the coverage of the
article's title, the other's title, the article's lead, the other's lead."""


def compute_pair_features(article: Vector, others: Sequence[Vector] | VectorBatch) -> FeatureMatrix:
    """Compute the features of the pairs of one article with each of the others.

    Parameters
    ----------
    article : Vector
    others : sequence of Vector, or VectorBatch

    Returns
    -------
    ndarray of float64, shape (n_others, n_features)
        Columns as in `FEATURES`. Exchanging the two articles of a pair changes nothing.
    """
    batch = others if isinstance(others, VectorBatch) else VectorBatch.from_vectors(others)
    shared = _match_terms(article, batch)
    products, covered = shared.sum_by_field()
    features = np.empty((len(batch), len(FEATURES)))
    cosines = _ratio(products, (batch.norms * article.norms).astype(np.float64))
    features[:, _COLUMNS["cosines"]] = cosines
    features[:, _COLUMNS["coverage"]] = _head_coverage(article, batch, covered)
    features[:, _COLUMNS["rarest"]] = shared.sum_rarest()
    features[:, _COLUMNS["titles"]] = (batch.norms[:, 2:3] > 0) + float(article.norms[2] > 0)
    times = _time_features(article, batch)
    features[:, _COLUMNS["times"]] = times[:, :-1]
    np.multiply(cosines[:, :6], times[:, -1:], out=features[:, _COLUMNS["proximity"]])
    return features


def find_shared_terms(first: Vector, second: Vector, max_terms: int) -> NDArray[np.int64]:
    """Find the single words that two articles share, the heaviest first.

    Parameters
    ----------
    first, second : Vector
    max_terms : int

    Returns
    -------
    ndarray of int64, shape (n_terms,)
        Positions in the terms of `first`; at most `max_terms`, above `MIN_DISTINCTIVE_IDF`.
    """
    shared = _match_terms(first, VectorBatch.from_vectors([second]))
    distinctive = ((shared.common_flags & BIGRAM) == 0) & (shared.idf > MIN_DISTINCTIVE_IDF)
    positions = shared.indices[distinctive]
    order = np.argsort(-first.weights[positions], kind="stable")
    heaviest: NDArray[np.int64] = positions[order][:max_terms]
    return heaviest


@dataclass(frozen=True, slots=True)
class _SharedTerms:
    """The terms that an article shares with others: one entry per term and other article.

    Attributes
    ----------
    indices : ndarray of int64, shape (n_entries,)
        Positions in the article's terms.
    starts : ndarray of int64, shape (n_others + 1,)
        Start of the entries of each other article, and the end of the last.
    article_flags, other_flags : ndarray of uint8, shape (n_entries,)
        Field flags of the term in the article, and in the other.
    idf : ndarray of float32, shape (n_entries,)
    weights : ndarray of float32, shape (n_entries,)
        The product of the term's weights in both articles.
    """

    indices: NDArray[np.int64]
    starts: NDArray[np.int64]
    article_flags: NDArray[np.uint8]
    other_flags: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]

    @property
    def common_flags(self) -> NDArray[np.uint8]:
        """Field flags that the term has in both articles."""
        return self.article_flags & self.other_flags

    def sum_by_field(self) -> tuple[FeatureMatrix, FeatureMatrix]:
        """Sum the entries of each other article, by field.

        Returns
        -------
        products : ndarray of float64, shape (n_others, 7)
            Dot product of the two vectors in each of `FIELDS`.
        covered : ndarray of float64, shape (n_others, 4)
            Squared idf of the terms of the article's title, the other's title, the article's lead
            and the other's lead that occur anywhere in the opposite article.
        """
        by_weighting = np.empty((len(self.indices), 3))
        by_weighting[:, 0] = self.weights
        by_weighting[:, 1] = self.idf**2
        by_weighting[:, 2] = self.weights * (self.idf > MIN_RARE_IDF)
        sides = (self.article_flags & _TITLE_OR_LEAD) | (self.other_flags & _TITLE_OR_LEAD) << 2
        masks = np.concatenate(
            [field_masks(self.common_flags), _COVERAGE_MASKS.take(sides, axis=0)], axis=1
        )
        sums = _segment_sums(masks * by_weighting.take(_WEIGHTING_COLUMNS, axis=1), self.starts)
        return sums[:, : len(FIELDS)], sums[:, len(FIELDS) :]

    def sum_rarest(self) -> FeatureMatrix:
        """Return the idf of the rarest shared word, and sums of the five rarest and the next ten.

        Returns
        -------
        ndarray of float64, shape (n_others, 3)
        """
        words = (self.common_flags < BIGRAM).nonzero()[0]
        starts = words.searchsorted(self.starts)
        first, last = starts[:-1], starts[1:]
        # Each article gets a base of its own, 2 apart, so that one sort ranks within articles.
        base = np.arange(0, 2 * len(first), 2).repeat(last - first)
        ranked = base - self.idf[words]
        ranked.sort()
        cumulative = np.zeros(len(words) + 1)
        (base - ranked).cumsum(out=cumulative[1:])
        at_bounds = cumulative.take(np.minimum(first + _RANK_BOUNDS, last))
        sums: FeatureMatrix = at_bounds[1:] - at_bounds.take(_RANK_STARTS, axis=0)
        return sums.T


def _match_terms(article: Vector, batch: VectorBatch) -> _SharedTerms:
    """Find the terms of a batch that the article has too."""
    hits = _may_contain(article, batch.term_ids).nonzero()[0]
    term_ids = batch.term_ids[hits]
    indices = article.term_ids.searchsorted(term_ids)
    shared = (article.term_ids.take(indices, mode="clip") == term_ids).nonzero()[0]
    indices, hits = indices[shared], hits[shared]
    idf = article.idf[indices]
    weights = idf * sublinear_tf(batch.counts[hits]) * article.weights[indices]
    starts = np.concatenate([[0], hits.searchsorted(batch.ends)])
    return _SharedTerms(
        indices, starts, article.field_flags[indices], batch.field_flags[hits], idf, weights
    )


def _may_contain(article: Vector, term_ids: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Rule out most terms that the article lacks, by their last bits; faster than a search."""
    last_bits = np.zeros(_FILTER_SIZE, dtype=np.bool_)
    last_bits[article.term_ids & _FILTER_MASK] = True
    return last_bits.take(term_ids & _FILTER_MASK)


def _head_coverage(article: Vector, batch: VectorBatch, covered: FeatureMatrix) -> FeatureMatrix:
    """Return how much of each title and lead occurs in the opposite article, the larger first."""
    norms = np.empty((len(batch), 2, 2))
    norms[:, :, 0] = article.norms[2:4]
    norms[:, :, 1] = batch.norms[:, 2:4]
    shares = _ratio(covered.reshape(-1, 2, 2), norms**2)
    shares.sort(axis=2)
    return shares[:, :, ::-1].reshape(-1, 4)


def _segment_sums(values: FeatureMatrix, starts: NDArray[np.int64]) -> FeatureMatrix:
    """Return column sums of consecutive segments of rows; a segment may be empty."""
    sums = np.zeros((len(starts) - 1, values.shape[1]))
    not_empty = (starts[1:] > starts[:-1]).nonzero()[0]
    sums[not_empty] = np.add.reduceat(values, starts[not_empty], axis=0)
    return sums


def _ratio(numerator: FeatureMatrix, denominator: FeatureMatrix) -> FeatureMatrix:
    """Divide; 0 where the denominator is 0."""
    ratio: FeatureMatrix = np.divide(
        numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0
    )
    return ratio


def _time_features(article: Vector, batch: VectorBatch) -> FeatureMatrix:
    """Return "dated", the columns of `_TIME_FEATURES`, and the proximity in time (last column)."""
    seconds = np.abs(batch.published - (nan if article.published is None else article.published))
    is_known = ~np.isnan(seconds)
    days = np.where(is_known, seconds, inf) / SECONDS_PER_DAY
    times = np.empty((len(batch), 8))
    times[:, 0] = is_known
    times[:, 1] = np.log1p(np.where(is_known, seconds, 0) / _SECONDS_PER_HOUR)
    times[:, 2:5] = days[:, None] < _TIME_WINDOWS_DAYS
    times[:, 5:] = np.exp(-days[:, None] / _DECAY_DAYS)
    return times

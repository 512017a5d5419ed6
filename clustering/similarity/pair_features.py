"""The features of a pair."""

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
    "found": _COVERAGE_FEATURES,
    "rarest": _RAREST_FEATURES,
    "titles": ("titles",),
    "times": ("dated", *_TIME_FEATURES),
    "near": _PROXIMITY_FEATURES,
}


FEATURES: Final = tuple(chain.from_iterable(_FEATURE_GROUPS.values()))
"""Names of the features of a pair, in the order of the columns."""


_COLUMNS: Final = {
    part: slice(end - len(names), end)
    for (part, names), end in zip(
        _FEATURE_GROUPS.items(), accumulate(map(len, _FEATURE_GROUPS.values())), strict=True
    )
}


MIN_DISTINCTIVE_IDF: Final = 0.3
"""Terms of a lower idf stand in so many articles that sharing them says nothing."""


_SECONDS_PER_HOUR: Final = 3600.0


_SECONDS_PER_DAY: Final = 86400.0


_TIME_WINDOWS_DAYS: Final = np.array([1.5, 3.0, 7.0])


_DECAY_DAYS: Final = np.array([1.0, 4.0, 3.0])
"""Days in which nearness fades: twice as a feature of its own, then of the likeness if near."""


_RANK_BOUNDS: Final = np.array([[0], [1], [5], [15]])


_RANK_STARTS: Final = np.array([0, 0, 2])


_FILTER_SIZE: Final = 1 << 14


_FILTER_MASK: Final = np.uint32(_FILTER_SIZE - 1)


_TITLE_OR_LEAD: Final = np.uint8(TITLE | LEAD)


_WEIGHTING_COLUMNS: Final = np.array([*FIELD_WEIGHTING, 1, 1, 1, 1])


_COVERAGE_MASKS: Final = np.array(
    [[at >> bit & 1 for bit in (0, 2, 1, 3)] for at in range(16)], np.float64
)


FeatureMatrix = NDArray[np.float64]


def compute_pair_features(article: Vector, others: Sequence[Vector] | VectorBatch) -> FeatureMatrix:
    """Features of the pairs of one article with each of the others.

    Parameters
    ----------
    article : Vector
    others : sequence of Vector, or VectorBatch

    Returns
    -------
    ndarray of float64, shape (n_others, n_features)
        Columns as in `FEATURES`; the same whichever of the two is the article.
    """
    pile = others if isinstance(others, VectorBatch) else VectorBatch.from_vectors(others)
    shared = _match_terms(article, pile)
    products, found = shared.sum_by_field()
    features = np.empty((len(pile), len(FEATURES)))
    cosines = _ratio(products, (pile.norms * article.norms).astype(np.float64))
    features[:, _COLUMNS["cosines"]] = cosines
    features[:, _COLUMNS["found"]] = _head_coverage(article, pile, found)
    features[:, _COLUMNS["rarest"]] = shared.sum_rarest()
    features[:, _COLUMNS["titles"]] = (pile.norms[:, 2:3] > 0) + float(article.norms[2] > 0)
    times = _time_features(article, pile)
    features[:, _COLUMNS["times"]] = times[:, :-1]
    np.multiply(cosines[:, :6], times[:, -1:], out=features[:, _COLUMNS["near"]])
    return features


def find_shared_terms(first: Vector, second: Vector, max_terms: int) -> NDArray[np.int64]:
    """Positions in `first` of the single words it shares with `second`, the rarest first."""
    shared = _match_terms(first, VectorBatch.from_vectors([second]))
    telling = ((shared.common_flags & BIGRAM) == 0) & (shared.idf > MIN_DISTINCTIVE_IDF)
    at = shared.indices[telling]
    rarest: NDArray[np.int64] = at[np.argsort(-first.weights[at], kind="stable")][:max_terms]
    return rarest


@dataclass(frozen=True, slots=True)
class _SharedTerms:
    """The terms an article shares with others: one entry for each term of each other.

    Attributes
    ----------
    indices : ndarray of int64
        Positions in the article's terms.
    starts : ndarray of int64, shape (n_others + 1,)
        Where the entries of each other begin, and where the last ends.
    article_flags, other_flags : ndarray of uint8
        Where the term stands in the article, and in the other.
    idf, weights : ndarray of float32
        The products of what it weighs in both: `weights`, and the square of `idf`.
    """

    indices: NDArray[np.int64]
    starts: NDArray[np.int64]
    article_flags: NDArray[np.uint8]
    other_flags: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]

    @property
    def common_flags(self) -> NDArray[np.uint8]:
        """Where the term stands in both."""
        return self.article_flags & self.other_flags

    def sum_by_field(self) -> tuple[FeatureMatrix, FeatureMatrix]:
        """Sums for each of the others.

        Returns
        -------
        products : ndarray of float64, shape (n_others, 7)
            What the two have in common in each of `FIELDS`.
        found : ndarray of float64, shape (n_others, 4)
            Squared idf of our title, their title, our lead and their lead that stand anywhere in
            the other.
        """
        amount = np.empty((len(self.indices), 3))
        amount[:, 0] = self.weights
        amount[:, 1] = self.idf**2
        amount[:, 2] = self.weights * (self.idf > MIN_RARE_IDF)
        sides = (self.article_flags & _TITLE_OR_LEAD) | (self.other_flags & _TITLE_OR_LEAD) << 2
        inside = np.concatenate(
            [field_masks(self.common_flags), _COVERAGE_MASKS.take(sides, axis=0)], axis=1
        )
        sums = _segment_sums(inside * amount.take(_WEIGHTING_COLUMNS, axis=1), self.starts)
        return sums[:, : len(FIELDS)], sums[:, len(FIELDS) :]

    def sum_rarest(self) -> FeatureMatrix:
        """Idf of the rarest word shared, and sums over the five rarest and the ten after them.

        Returns
        -------
        ndarray of float64, shape (n_others, 3)
        """
        word = (self.common_flags < BIGRAM).nonzero()[0]
        starts = word.searchsorted(self.starts)
        first, last = starts[:-1], starts[1:]
        base = np.arange(0, 2 * len(first), 2).repeat(last - first)
        ranked = base - self.idf[word]
        ranked.sort()
        sums = np.zeros(len(word) + 1)
        (base - ranked).cumsum(out=sums[1:])
        ends = sums.take(np.minimum(first + _RANK_BOUNDS, last))
        stretches: FeatureMatrix = ends[1:] - ends.take(_RANK_STARTS, axis=0)
        return stretches.T


def _match_terms(article: Vector, batch: VectorBatch) -> _SharedTerms:
    hits = _may_contain(article, batch.term_ids).nonzero()[0]
    numbers = batch.term_ids[hits]
    at = article.term_ids.searchsorted(numbers)
    shared = (article.term_ids.take(at, mode="clip") == numbers).nonzero()[0]
    at, hits = at[shared], hits[shared]
    idf = article.idf[at]
    weights = idf * sublinear_tf(batch.counts[hits]) * article.weights[at]
    starts = np.concatenate([[0], hits.searchsorted(batch.ends)])
    return _SharedTerms(at, starts, article.field_flags[at], batch.field_flags[hits], idf, weights)


def _may_contain(article: Vector, term_ids: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which terms the article has, and a few others: most are told by their last bits alone."""
    ends = np.zeros(_FILTER_SIZE, dtype=np.bool_)
    ends[article.term_ids & _FILTER_MASK] = True
    return ends.take(term_ids & _FILTER_MASK)


def _head_coverage(article: Vector, batch: VectorBatch, covered: FeatureMatrix) -> FeatureMatrix:
    """How much of one's title and lead stands anywhere in the other, both ways."""
    lengths = np.empty((len(batch), 2, 2))
    lengths[:, :, 0] = article.norms[2:4]
    lengths[:, :, 1] = batch.norms[:, 2:4]
    shares = _ratio(covered.reshape(-1, 2, 2), lengths**2)
    shares.sort(axis=2)
    return shares[:, :, ::-1].reshape(-1, 4)


def _segment_sums(values: FeatureMatrix, starts: NDArray[np.int64]) -> FeatureMatrix:
    """Column sums of stretches of rows, of which any may be empty."""
    sums = np.zeros((len(starts) - 1, values.shape[1]))
    filled = (starts[1:] > starts[:-1]).nonzero()[0]
    sums[filled] = np.add.reduceat(values, starts[filled], axis=0)
    return sums


def _ratio(numerator: FeatureMatrix, denominator: FeatureMatrix) -> FeatureMatrix:
    ratio: FeatureMatrix = np.divide(
        numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0
    )
    return ratio


def _time_features(article: Vector, batch: VectorBatch) -> FeatureMatrix:
    """Whether the time between is known, columns of `_TIME`, and how near that makes the two."""
    gaps = np.abs(batch.published - (nan if article.published is None else article.published))
    known = ~np.isnan(gaps)
    days = np.where(known, gaps, inf) / _SECONDS_PER_DAY
    times = np.empty((len(batch), 8))
    times[:, 0] = known
    times[:, 1] = np.log1p(np.where(known, gaps, 0) / _SECONDS_PER_HOUR)
    times[:, 2:5] = days[:, None] < _TIME_WINDOWS_DAYS
    times[:, 5:] = np.exp(-days[:, None] / _DECAY_DAYS)
    return times

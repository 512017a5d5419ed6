"""The terms that an article shares with others, and their weights summed by other article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import BIGRAM, LEAD, NAME, NUMBER, TITLE
from clustering.similarity.tfidf import (
    FIELD_WEIGHTING,
    KEY_WORDS,
    MIN_RARE_IDF,
    Vector,
    VectorBatch,
    field_masks,
    sublinear_tf,
)

FloatArray = NDArray[np.float64]

PARTS: Final = ("title", "lead", "numbers", "names", "ten_key_words", "twenty_key_words")
"""The parts of an article of which it is measured how much another article contains."""

_FLAGGED_PARTS: Final = np.array([TITLE, LEAD, NUMBER, NAME], np.uint8)
_RANK_BOUNDS: Final = np.array([[0], [1], [5], [15]])
_RANK_STARTS: Final = np.array([0, 0, 2])
"""Ranks of shared words that are summed: the first, the first five, the ten after them."""
_FILTER_SIZE: Final = 1 << 14
_FILTER_MASK: Final = np.uint32(_FILTER_SIZE - 1)


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """The terms that an article shares with others: one entry per term and other article.

    Attributes
    ----------
    indices : ndarray of int64, shape (n_entries,)
        Positions in the article's terms.
    starts : ndarray of int64, shape (n_others + 1,)
        Start of the entries of each other article, and the end of the last.
    flags : ndarray of uint8, shape (2, n_entries)
        Field flags of the term in the article, and in the other.
    idf : ndarray of float32, shape (n_entries,)
    weights : ndarray of float32, shape (2, n_entries)
        The term's weight in the article, and in the other.
    """

    indices: NDArray[np.int64]
    starts: NDArray[np.int64]
    flags: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]

    @property
    def common_flags(self) -> NDArray[np.uint8]:
        """Field flags that the term has in both articles."""
        common: NDArray[np.uint8] = self.flags[0] & self.flags[1]
        return common

    def sum_products(self) -> FloatArray:
        """Return the dot products of the vectors of both articles in each of `FIELDS`.

        Returns
        -------
        ndarray of float64, shape (n_others, 6)
        """
        products = self.weights[0] * self.weights[1]
        by_weighting = np.empty((len(self.idf), 3))
        by_weighting[:, 0] = products
        by_weighting[:, 1] = self.idf**2
        by_weighting[:, 2] = products * (self.idf > MIN_RARE_IDF)
        masks = field_masks(self.common_flags)
        return self._sum(masks * by_weighting.take(FIELD_WEIGHTING, axis=1))

    def sum_found(self, least_weights: NDArray[np.float32]) -> FloatArray:
        """Return how much of each part of either article occurs anywhere in the opposite one.

        Parameters
        ----------
        least_weights : ndarray of float32, shape (n_others + 1, 2)
            The least weight of the `KEY_WORDS`: of the article, then of each other one.

        Returns
        -------
        ndarray of float64, shape (2, n_others, 6)
            Sums of squared idf (title, lead, numbers) or squared weights (names, key words) of
            the shared terms, for each of `PARTS` of the article, and of the other.
        """
        return np.stack([self._sum_found_of(side, least_weights) for side in (0, 1)])

    def sum_rarest(self) -> FloatArray:
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
        sums: FloatArray = at_bounds[1:] - at_bounds.take(_RANK_STARTS, axis=0)
        return sums.T

    def _sum_found_of(self, side: int, least_weights: NDArray[np.float32]) -> FloatArray:
        squares = np.empty((len(self.idf), len(PARTS)))
        squares[:, :3] = (self.idf**2)[:, None]
        squares[:, 3:] = (self.weights[side] ** 2)[:, None]
        least = least_weights[:1] if side == 0 else least_weights[1:].repeat(self._counts, axis=0)
        squares[:, :4] *= self.flags[side][:, None] & _FLAGGED_PARTS != 0
        is_key_word = self.weights[side][:, None] >= least
        squares[:, 4:] *= is_key_word & (self.flags[side] < BIGRAM)[:, None]
        return self._sum(squares)

    @property
    def _counts(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def _sum(self, values: FloatArray) -> FloatArray:
        """Return column sums of the entries of each other article; there may be no entries."""
        sums = np.zeros((len(self.starts) - 1, values.shape[1]))
        not_empty = self._counts.nonzero()[0]
        sums[not_empty] = np.add.reduceat(values, self.starts[not_empty], axis=0)
        return sums


def match_terms(article: Vector, batch: VectorBatch) -> SharedTerms:
    """Find the terms of a batch that the article has too.

    Parameters
    ----------
    article : Vector
    batch : VectorBatch

    Returns
    -------
    SharedTerms
    """
    hits = _may_contain(article, batch.term_ids).nonzero()[0]
    term_ids = batch.term_ids[hits]
    indices = article.term_ids.searchsorted(term_ids)
    shared = (article.term_ids.take(indices, mode="clip") == term_ids).nonzero()[0]
    indices, hits = indices[shared], hits[shared]
    idf = article.idf[indices]
    weights = np.stack([article.weights[indices], idf * sublinear_tf(batch.counts[hits])])
    starts = np.concatenate([[0], hits.searchsorted(batch.ends)])
    flags = np.stack([article.field_flags[indices], batch.field_flags[hits]])
    return SharedTerms(indices, starts, flags, idf, weights)


def part_sizes(norms: NDArray[np.float32], key_words: NDArray[np.float32]) -> FloatArray:
    """Return the whole of what `SharedTerms.sum_found` sums: the size of each of `PARTS`.

    Parameters
    ----------
    norms : ndarray of float32, shape (n_articles, 6)
    key_words : ndarray of float32, shape (n_articles, 2, 2)

    Returns
    -------
    ndarray of float64, shape (n_articles, 6)
    """
    sizes = np.empty((len(norms), len(PARTS)))
    sizes[:, :4] = norms[:, [1, 2, 4, 3]].astype(np.float64) ** 2
    sizes[:, 4:] = key_words[:, : len(KEY_WORDS), 1]
    return sizes


def _may_contain(article: Vector, term_ids: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Rule out most terms that the article lacks, by their last bits; faster than a search."""
    last_bits = np.zeros(_FILTER_SIZE, dtype=np.bool_)
    last_bits[article.term_ids & _FILTER_MASK] = True
    return last_bits.take(term_ids & _FILTER_MASK)

"""Inverse document frequencies: background frequencies blended with observed ones, in snapshots.

Term weights are constant between two snapshots, so that the order of arrival makes no difference.
The inverse document frequency is divided by its largest possible value, so that a similarity means
the same in a store of a hundred articles and in one of a million.

scikit-learn's `TfidfTransformer` is not used: it fits its weights on all documents at once, without
background frequencies and without removing a document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import Terms

BACKGROUND_ARTICLES: Final = 1000.0
"""Number of observed articles that the background frequencies weigh as much as."""
MIN_IDF: Final = 0.01
"""Lower bound of an inverse document frequency; keeps norms above 0."""
COMMON_TERM_SHARE: Final = 0.1
"""A term in a larger share of the observed articles does not mark an event (it belongs to the frame
of market reports, for example), however rare it is elsewhere and however few articles there are."""
SHARE_SMOOTHING_ARTICLES: Final = 50
"""Added to the number of articles in that share, so that few articles make no term common."""
BUCKET_BITS: Final = 22
"""Leading bits of a term id that select its counter. Two terms that share a counter do little harm;
the counters take 16 MiB."""
DISCOUNTED_ARTICLES: Final = 3
"""The first articles of a term are not counted: they may all report one event."""


@dataclass(frozen=True)
class IdfSnapshot:
    """Document frequencies at one moment, from which term weights follow.

    Attributes
    ----------
    n_articles : int
        Articles counted when the snapshot was taken.
    buckets : ndarray of uint32, shape (n_buckets,)
        Counters that are not 0, ascending: the leading `BUCKET_BITS` bits of term ids.
    document_frequency : ndarray of uint32, shape (n_buckets,)
        Number of articles counted in each.
    next_group : int
        The number of the next new group at that moment.
    base_rate_shift : float
        How much the logit of a pair is raised in this stream; see
        `clustering.similarity.base_rate`.
    """

    n_articles: int = 0
    buckets: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    document_frequency: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    next_group: int = 1
    base_rate_shift: float = 0.0

    def idf(self, terms: Terms) -> NDArray[np.float32]:
        """Return inverse document frequencies, from 0 (in every article) to 1 (in this one only).

        Parameters
        ----------
        terms : Terms

        Returns
        -------
        ndarray of float32, shape (n_terms,)
        """
        total = self.n_articles + 1 + BACKGROUND_ARTICLES
        observed = self._lookup_frequency(terms.term_ids)
        blended = (observed + 1 + BACKGROUND_ARTICLES * terms.prior) / total
        excess = observed / (self.n_articles + SHARE_SMOOTHING_ARTICLES) - COMMON_TERM_SHARE
        idf = -np.log(np.maximum(blended, excess)) / np.log(total)
        floored: NDArray[np.float32] = np.maximum(idf, MIN_IDF).astype(np.float32)
        return floored

    def select_rarest(self, idf: NDArray[np.float32], max_articles: int) -> NDArray[np.bool_]:
        """Select the rarest terms that occur in at most `max_articles` articles together.

        Parameters
        ----------
        idf : ndarray of float32, shape (n_terms,)
        max_articles : int
            Bound of the sum of their document frequencies, blended with the background.

        Returns
        -------
        ndarray of bool, shape (n_terms,)
        """
        frequencies = (self.n_articles + 1 + BACKGROUND_ARTICLES) ** (1 - idf.astype(np.float64))
        order = np.argsort(frequencies, kind="stable")
        selected = np.zeros(len(idf), dtype=np.bool_)
        selected[order[np.cumsum(frequencies[order]) <= max_articles]] = True
        return selected

    def to_bytes(self) -> bytes:
        """Pack the snapshot for the store."""
        header = np.array([self.n_articles, len(self.buckets)], dtype="<u4")
        next_group = np.array([self.next_group], dtype="<u8")
        shift = np.array([self.base_rate_shift], dtype="<f8")
        arrays = (header, self.buckets, self.document_frequency, next_group, shift)
        return b"".join(array.tobytes() for array in arrays)

    @classmethod
    def from_bytes(cls, packed: bytes) -> IdfSnapshot:
        """Unpack what `to_bytes` packed, also by versions that did not store the last fields."""
        n_articles, count = np.frombuffer(packed, "<u4", 2).tolist()
        buckets = np.frombuffer(packed, "<u4", count, 8)
        document_frequency = np.frombuffer(packed, "<u4", count, 8 + 4 * count)
        last_fields = packed[8 + 8 * count :]
        next_group = np.frombuffer(last_fields[:8], "<u8").tolist()
        shift = np.frombuffer(last_fields[8:16], "<f8").tolist()
        return cls(n_articles, buckets, document_frequency, *next_group, *shift)

    def _lookup_frequency(self, term_ids: NDArray[np.uint32]) -> NDArray[np.float64]:
        if not len(self.buckets):
            return np.zeros(len(term_ids))
        frequency = self.discounted_frequencies[_hash_buckets(term_ids)]
        as_float: NDArray[np.float64] = frequency.astype(np.float64)
        return as_float

    @cached_property
    def discounted_frequencies(self) -> NDArray[np.uint32]:
        """The frequency of every bucket less the discount: a table, since a search is slower."""
        table = np.zeros(1 << BUCKET_BITS, dtype=np.uint32)
        at_least = np.maximum(self.document_frequency, DISCOUNTED_ARTICLES)
        table[self.buckets] = at_least - np.uint32(DISCOUNTED_ARTICLES)
        return table


class DocumentFrequencies:
    """Counts in how many articles each term occurs."""

    def __init__(self) -> None:
        self._counts = np.zeros(1 << BUCKET_BITS, dtype=np.uint32)
        self.n_articles = 0

    def add(self, term_ids: NDArray[np.uint32]) -> None:
        """Count one article's terms."""
        self._counts[_hash_buckets(term_ids)] += 1
        self.n_articles += 1

    def remove(self, term_ids: NDArray[np.uint32]) -> None:
        """Remove one article's terms from the counts."""
        self._counts[_hash_buckets(term_ids)] -= 1
        self.n_articles -= 1

    def snapshot(self, next_group: int = 1) -> IdfSnapshot:
        """Return the current counts; `next_group` is the number of the next new group."""
        buckets = np.flatnonzero(self._counts).astype(np.uint32)
        return IdfSnapshot(self.n_articles, buckets, self._counts[buckets], next_group)


def _hash_buckets(term_ids: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the counter of each term."""
    return term_ids >> np.uint32(32 - BUCKET_BITS)

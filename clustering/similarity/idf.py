"""How rare terms are: background frequencies blended with what was seen, in fixed snapshots.

Between two snapshots the weights stand still, so that the order of arrival can't matter. The
inverse document frequency is divided by its largest possible value: similarities then mean the
same in a store of a hundred articles and in one of a million.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import Terms

BACKGROUND_ARTICLES: Final = 1000.0
"""Articles that the background frequencies count for."""
MIN_IDF: Final = 0.01
COMMON_TERM_SHARE: Final = 0.1
"""What a larger share of the articles here carries is no mark of an event (it is the frame of a
market report, say), however rare it is at large and however few articles there are."""
SHARE_SMOOTHING_ARTICLES: Final = 50
BUCKET_BITS: Final = 22
"""Bits of a term's number by which it is counted: that two terms share a count does little harm."""
DISCOUNTED_ARTICLES: Final = 3
"""Articles in which a term does not count yet: they may well be those of one event."""


@dataclass(frozen=True)
class IdfSnapshot:
    """Term weights as of one moment.

    Attributes
    ----------
    n_articles : int
        Articles seen when the snapshot was taken.
    buckets : ndarray of uint32, shape (n_terms,)
        Rows of the terms seen, ascending: their first `COUNTED_BITS` bits.
    document_frequency : ndarray of uint32, shape (n_terms,)
        In how many of the articles.
    next_group : int
        The number that the next group was to get then.
    """

    n_articles: int = 0
    buckets: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    document_frequency: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    next_group: int = 1

    def idf(self, terms: Terms) -> NDArray[np.float32]:
        """Inverse document frequencies, from 0 (in every article) to 1 (in this one alone).

        Parameters
        ----------
        terms : Terms

        Returns
        -------
        ndarray of float32, shape (n_terms,)
        """
        total = self.n_articles + 1 + BACKGROUND_ARTICLES
        carriers = self._lookup_frequency(terms.term_ids)
        blended = (carriers + 1 + BACKGROUND_ARTICLES * terms.prior) / total
        here = carriers / (self.n_articles + SHARE_SMOOTHING_ARTICLES) - COMMON_TERM_SHARE
        idf = -np.log(np.maximum(blended, here)) / np.log(total)
        floored: NDArray[np.float32] = np.maximum(idf, MIN_IDF).astype(np.float32)
        return floored

    def select_rarest(self, idf: NDArray[np.float32], max_articles: int) -> NDArray[np.bool_]:
        """Mark the rarest of some terms, that have no more than so many carriers between them.

        Parameters
        ----------
        idf : ndarray of float32, shape (n_terms,)
        max_articles : int

        Returns
        -------
        ndarray of bool, shape (n_terms,)
        """
        carriers = (self.n_articles + 1 + BACKGROUND_ARTICLES) ** (1 - idf.astype(np.float64))
        order = np.argsort(carriers, kind="stable")
        marked = np.zeros(len(idf), dtype=np.bool_)
        marked[order[np.cumsum(carriers[order]) <= max_articles]] = True
        return marked

    def to_bytes(self) -> bytes:
        """Pack the snapshot for the store."""
        head = np.array([self.n_articles, len(self.buckets)], dtype="<u4")
        tail = np.array([self.next_group], dtype="<u8")
        return b"".join(it.tobytes() for it in (head, self.buckets, self.document_frequency, tail))

    @classmethod
    def from_bytes(cls, packed: bytes) -> IdfSnapshot:
        """Unpack what `to_bytes` packed, or what it did before it noted the next group."""
        n_articles, count = np.frombuffer(packed, "<u4", 2).tolist()
        numbers = np.frombuffer(packed, "<u4", count, 8)
        seen = np.frombuffer(packed, "<u4", count, 8 + 4 * count)
        tail = np.frombuffer(packed, "<u8", offset=8 + 8 * count)
        return cls(n_articles, numbers, seen, *tail.tolist())

    def _lookup_frequency(self, term_ids: NDArray[np.uint32]) -> NDArray[np.float64]:
        if not len(self.buckets):
            return np.zeros(len(term_ids))
        counted: NDArray[np.float64] = self._discounted_frequency[_hash_buckets(term_ids)].astype(
            np.float64
        )
        return counted

    @cached_property
    def _discounted_frequency(self) -> NDArray[np.uint32]:
        """The carriers that count, by the row of the term: to be looked up, not searched."""
        counted = np.zeros(1 << BUCKET_BITS, dtype=np.uint32)
        counted[self.buckets] = np.maximum(
            self.document_frequency, DISCOUNTED_ARTICLES
        ) - np.uint32(DISCOUNTED_ARTICLES)
        return counted


class DocumentFrequencies:
    """In how many articles each term stands."""

    def __init__(self) -> None:
        self._counts = np.zeros(1 << BUCKET_BITS, dtype=np.uint32)
        self.n_articles = 0

    def add(self, term_ids: NDArray[np.uint32]) -> None:
        """Count one article's terms."""
        self._counts[_hash_buckets(term_ids)] += 1
        self.n_articles += 1

    def remove(self, term_ids: NDArray[np.uint32]) -> None:
        """Take one article's terms out of the count."""
        self._counts[_hash_buckets(term_ids)] -= 1
        self.n_articles -= 1

    def snapshot(self, next_group: int = 1) -> IdfSnapshot:
        """Term weights as of now, when the next group is to get a number."""
        numbers = np.flatnonzero(self._counts).astype(np.uint32)
        return IdfSnapshot(self.n_articles, numbers, self._counts[numbers], next_group)


def _hash_buckets(term_ids: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Where terms are counted."""
    return term_ids >> np.uint32(32 - BUCKET_BITS)

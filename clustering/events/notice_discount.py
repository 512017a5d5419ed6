"""Discount for notices: what two articles share in a notice is no sign of a common event.

Terms of a notice that is in many articles have a low weight. In the first articles with it they
look rare, and would make one event of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from clustering.events.term_store import Slots, TermStore
from clustering.events.thresholds import NEIGHBOUR_THRESHOLD
from clustering.similarity.disregarded_terms import DisregardedTerms
from clustering.similarity.model import SimilarityModel

FindDisregarded = Callable[[int, Sequence[int]], Mapping[int, DisregardedTerms]]
"""Returns the terms to be left out of the comparison of a slot with others, by the other slot."""


class NoticeDiscount:
    """Computes the probabilities of pairs with a common notice again, without its terms.

    Parameters
    ----------
    term_store : TermStore
    similarity : SimilarityModel
    find_disregarded : callable
    """

    def __init__(
        self, term_store: TermStore, similarity: SimilarityModel, find_disregarded: FindDisregarded
    ) -> None:
        self._term_store = term_store
        self._similarity = similarity
        self._find_disregarded = find_disregarded

    def apply(
        self, slot: int, other_slots: Slots, probabilities: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probabilities between an article and others, with the discount.

        Parameters
        ----------
        slot : int
        other_slots : ndarray of int64, shape (n_others,)
        probabilities : ndarray of float64, shape (n_others,)
            Without the discount. Only those of neighbours are looked at.

        Returns
        -------
        ndarray of float64, shape (n_others,)
        """
        near = other_slots[probabilities >= NEIGHBOUR_THRESHOLD].tolist()
        disregarded = self._find_disregarded(slot, near) if near else {}
        if not disregarded:
            return probabilities
        discounted = probabilities.copy()
        for position, other_slot in enumerate(other_slots.tolist()):
            if other_slot in disregarded:
                probability = self._probability(slot, other_slot, disregarded[other_slot])
                discounted[position] = min(discounted[position], probability)
        return discounted

    def _probability(self, slot: int, other_slot: int, disregarded: DisregardedTerms) -> float:
        if disregarded.are_two_cases:
            return 0.0
        first = self._term_store.vector_without(slot, disregarded.first)
        second = self._term_store.vector_without(other_slot, disregarded.second)
        return float(self._similarity.probabilities(first, [second])[0])

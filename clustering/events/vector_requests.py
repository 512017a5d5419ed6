"""Sentence vectors in the comparison of texts, and requests for those that are missing.

an uncertain pair whose texts have vectors is judged by them too. If one has none, it is requested:
the caller of the index has it made, outside of any lock, and sets it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.sentence_vectors import SentenceVectors
from clustering.events.term_store import Slots, TermStore
from clustering.similarity.semantic import MIN_PROBABILITY, default_semantic_model

MAX_REQUESTS_PER_SEARCH: Final = 16
"""Vectors requested because of one text; more are requested by the texts that follow."""

Probabilities = NDArray[np.float64]


class VectorRequests:
    """Refines probabilities by sentence vectors.

    Parameters
    ----------
    term_store : TermStore
    is_enabled : bool
        Whether anybody makes the vectors that are requested.

    Attributes
    ----------
    vectors : SentenceVectors
    requested : set of int
        Slots whose vectors are missing.
    """

    def __init__(self, term_store: TermStore, is_enabled: bool) -> None:
        self.is_enabled = is_enabled
        self.vectors = SentenceVectors()
        self.requested: set[int] = set()
        self._pending: set[int] = set()
        self._term_store = term_store

    def refine(self, slot: int, other_slots: Slots, probabilities: Probabilities) -> Probabilities:
        """Refine the probabilities of the pairs that are uncertain and have vectors.

        Parameters
        ----------
        slot : int
        other_slots : ndarray of int64, shape (n_others,)
        probabilities : ndarray of float64, shape (n_others,)
            By words.

        Returns
        -------
        ndarray of float64, shape (n_others,)
        """
        if not self.is_enabled:
            return probabilities
        is_uncertain = self._are_uncertain(slot, other_slots, probabilities)
        cosines = self.vectors.cosines(slot, other_slots)
        if is_uncertain.any():
            self.request(np.append(other_slots[is_uncertain], slot))
        refined = is_uncertain & ~np.isnan(cosines)
        result = probabilities.copy()
        result[refined] = default_semantic_model().refine(probabilities[refined], cosines[refined])
        return result

    def request(self, slots: Slots) -> None:
        """Request the vectors that some slots lack, the newest first."""
        if self.is_enabled:
            missing = np.sort(slots[~self.vectors.has(slots)])
            self._pending.update(missing[-MAX_REQUESTS_PER_SEARCH:].tolist())

    def pop(self) -> set[int]:
        """The slots that were requested since the last call and have no vector yet."""
        requested = np.array(sorted(self.requested), dtype=np.int64)
        self.requested.clear()
        return {*requested[~self.vectors.has(requested)].tolist()}

    def commit(self) -> None:
        """Make the pending vectors and requests final."""
        self.vectors.commit()
        self.requested |= self._pending
        self._pending.clear()

    def rollback(self) -> None:
        """Drop the vectors and requests since the last commit."""
        self.vectors.rollback()
        self._pending.clear()

    def _are_uncertain(
        self, slot: int, other_slots: Slots, probabilities: Probabilities
    ) -> NDArray[np.bool_]:
        """Mask of the pairs of texts without a date, unless the words rule them out."""
        published, _ = self._term_store.date_and_language(slot)
        dates, _ = self._term_store.dates_and_languages(other_slots)
        has_text = self._term_store.have_text(np.append(other_slots, slot))
        is_undated = np.isnan(dates) | np.isnan(published)
        is_uncertain: NDArray[np.bool_] = (
            is_undated & has_text[:-1] & has_text[-1] & (probabilities >= MIN_PROBABILITY)
        )
        return is_uncertain

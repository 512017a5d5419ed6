"""Candidates of an event: texts of other groups that share rare terms and were published near."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.representatives import EventRepresentatives
from clustering.events.term_store import Slots, TermStore
from clustering.features.language import are_comparable
from clustering.similarity.tfidf import Vector
from clustering.state.inverted_index import InvertedIndex
from clustering.types import SECONDS_PER_DAY

MAX_POSTINGS_PER_TERM: Final = 2000
"""Articles looked up for one term, the newest: bounds the time for a common term."""
MAX_POSTINGS_PER_ARTICLE: Final = 6000
"""Postings of all the terms that are looked up for one article; the most common terms are left out.
Bounds the time for one article."""
MIN_SHARED_SQUARED_IDF: Final = 0.15
"""Sum of the squared IDF of the terms that a candidate must share."""
MAX_CANDIDATE_TERMS: Final = 5_000
"""Terms of all the candidates that one text is compared with: some twenty-five texts."""
MAX_HEADLINE_CANDIDATE_TERMS: Final = 16_000
"""The same for an article without text. A thousand headlines may be neighbours of one another; if a
lower limit cut them, events would depend on the order of arrival."""
MAX_DAYS_APART: Final = 365.0
"""Texts published further apart are not compared: an event and its follow-ups are over by then."""
NEAR_DAYS: Final = 7.0
"""Texts published at most so far apart need share no more than `MIN_SHARED_SQUARED_IDF`."""
FAR_DAYS: Final = 27.0
"""Texts published so far apart, or further, must share `FAR_SQUARED_IDF` more. A follow-up of weeks
later has the names of the event in common; without this, most candidates would be of its topic."""
FAR_SQUARED_IDF: Final = 1.5


class EventCandidates:
    """Finds the texts that a text is compared with.

    Parameters
    ----------
    term_store : TermStore
    representatives : EventRepresentatives
    """

    def __init__(self, term_store: TermStore, representatives: EventRepresentatives) -> None:
        self._term_store = term_store
        self._representatives = representatives
        self._inverted_index = InvertedIndex()
        # By slot, blank except during a search.
        self._score_buffer = np.zeros(1024)
        self._position_buffer = np.zeros(1024, dtype=np.int32)

    def reserve(self, slot: int) -> None:
        """Make room for a slot."""
        while slot >= len(self._score_buffer):
            self._score_buffer = np.concatenate(
                [self._score_buffer, np.zeros_like(self._score_buffer)]
            )
            self._position_buffer = np.concatenate(
                [self._position_buffer, np.zeros_like(self._position_buffer)]
            )

    def add(self, slot: int) -> None:
        """Index the text in a slot by its terms."""
        self._inverted_index.add(self._term_store.index_terms(slot), slot)

    def drop_before(self, slot: int) -> None:
        """Drop the time slices whose slots all lie before `slot`."""
        self._inverted_index.drop_before(slot)

    def find(self, slot: int, vector: Vector) -> Slots:
        """Find the representatives of other groups that share rare terms with a text.

        Parameters
        ----------
        slot : int
        vector : Vector
            The weighted terms of that text.

        Returns
        -------
        ndarray of int64, shape (n_candidates,)
            Slots, those that share the rarest terms first.
        """
        terms = self._term_store.index_terms(slot)
        idf = vector.idf[np.searchsorted(vector.term_ids, terms)]
        snapshot = self._term_store.idf_snapshot
        looked_up = snapshot.select_rarest(idf, MAX_POSTINGS_PER_ARTICLE)
        terms, idf = terms[looked_up], idf[looked_up]
        positions, slots = self._find_postings(slot, terms)
        different_slots, scores = self._sum_by_slot(
            slots.astype(np.int64), idf[positions].astype(np.float64) ** 2
        )
        rows = np.flatnonzero(scores >= self._min_scores(slot, different_slots))
        rows = rows[self._comparable_mask(slot, different_slots[rows])]
        order = np.lexsort((-different_slots[rows], -scores[rows]))
        ranked: Slots = different_slots[rows[order]]
        max_terms = MAX_CANDIDATE_TERMS if vector.words else MAX_HEADLINE_CANDIDATE_TERMS
        n_terms = np.cumsum(self._term_store.term_counts(ranked))
        return ranked[: np.searchsorted(n_terms, max_terms) + 1]

    def _min_scores(self, slot: int, other_slots: Slots) -> NDArray[np.float64]:
        """The sum of squared IDF that each candidate must share: more, the further apart in time.

        Unknown dates count as near.
        """
        published, _ = self._term_store.date_and_language(slot)
        dates, _ = self._term_store.dates_and_languages(other_slots)
        days_apart = np.nan_to_num(np.abs(dates - published)) / SECONDS_PER_DAY
        remoteness = (days_apart - NEAR_DAYS) / (FAR_DAYS - NEAR_DAYS)
        more: NDArray[np.float64] = FAR_SQUARED_IDF * np.clip(remoteness, 0, 1)
        return MIN_SHARED_SQUARED_IDF + more

    def _find_postings(
        self, slot: int, terms: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Positions in some terms and the slots that contain them, uncommitted ones included."""
        positions, slots = self._inverted_index.find(terms, MAX_POSTINGS_PER_TERM)
        for unindexed in sorted(self._representatives.unindexed - {slot}):
            shared = np.isin(terms, self._term_store.index_terms(unindexed)).nonzero()[0]
            positions = np.concatenate([positions, shared])
            slots = np.concatenate([slots, np.full(len(shared), unindexed, dtype=np.uint32)])
        return positions, slots

    def _sum_by_slot(
        self, slots: Slots, weights: NDArray[np.float64]
    ) -> tuple[Slots, NDArray[np.float64]]:
        """Different slots, each with the sum of its weights."""
        positions = np.arange(len(slots))
        self._position_buffer[slots] = positions
        different = slots[self._position_buffer[slots] == positions]
        np.add.at(self._score_buffer, slots, weights)
        sums = self._score_buffer[different]
        self._score_buffer[different] = 0
        return different, sums

    def _comparable_mask(self, slot: int, other_slots: Slots) -> NDArray[np.bool_]:
        """Mask of the representatives of other groups with a near date and the same language.

        Unknown dates and languages count as near and the same.
        """
        groups = self._representatives.group_of[other_slots]
        mask: NDArray[np.bool_] = (groups > 0) & (groups != self._representatives.group_of[slot])
        published, language = self._term_store.date_and_language(slot)
        dates, languages = self._term_store.dates_and_languages(other_slots)
        mask &= ~(np.abs(dates - published) > MAX_DAYS_APART * SECONDS_PER_DAY)
        mask &= are_comparable(language, languages)
        return mask

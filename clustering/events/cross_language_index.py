"""Candidates in other languages: texts of other groups that share cross-language keys.

Each article has a few keys (`clustering.features.cross_language`). As long as all articles are in
one language, they are kept but neither indexed nor looked up.
"""

from __future__ import annotations

from array import array
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.candidates import MAX_DAYS_APART
from clustering.events.representatives import EventRepresentatives
from clustering.events.term_store import Slots, TermStore
from clustering.events.vector_requests import VectorRequests
from clustering.features.cross_language import MAX_KEYS, Keys, extract_keys, hashes, script_code
from clustering.features.language import UNDETERMINED_CODE
from clustering.features.terms import Terms
from clustering.similarity.cross_language import CrossLanguageModel, compute_features
from clustering.state.inverted_index import InvertedIndex
from clustering.types import SECONDS_PER_DAY

MIN_SHARED_KEYS: Final = 3
"""Keys that a candidate must share."""
MAX_POSTINGS_PER_KEY: Final = 1000
"""Articles looked up for one key, the newest; bounds the time for a common key."""
MAX_CANDIDATES: Final = 200
"""Texts in other languages that one text is compared with, those with most shared keys."""
MIN_COSINE: Final = 0.4
"""Cosine of the sentence vectors from which a text is a candidate, whatever keys it shares."""
_PROBABILITY_DECIMALS: Final = 6
"""Probabilities are rounded, so that the order of arrival of two articles does not matter."""

Probabilities = NDArray[np.float64]


class CrossLanguageIndex:
    """Finds texts in other languages that may report the same event.

    Parameters
    ----------
    term_store : TermStore
    representatives : EventRepresentatives
    model : CrossLanguageModel
    vector_requests : VectorRequests
    """

    def __init__(
        self,
        term_store: TermStore,
        representatives: EventRepresentatives,
        model: CrossLanguageModel,
        vector_requests: VectorRequests,
    ) -> None:
        self._term_store = term_store
        self._representatives = representatives
        self._model = model
        self._vector_requests = vector_requests
        self._keys = np.zeros((1024, MAX_KEYS), dtype=np.uint32)
        self._scripts = np.zeros(1024, dtype=np.uint16)
        self._inverted_index = InvertedIndex()
        self._waiting = array("q")  # indexed once there is a second language
        self._languages: set[int] = set()

    @property
    def is_multilingual(self) -> bool:
        """Whether articles in two languages were ever added."""
        return len(self._languages) > 1

    def add(self, slot: int, terms: Terms, language_code: int) -> None:
        """Add the keys of the article in a slot; they are looked up once it is indexed."""
        while slot >= len(self._keys):
            self._keys = np.concatenate([self._keys, np.zeros_like(self._keys)])
            self._scripts = np.concatenate([self._scripts, np.zeros_like(self._scripts)])
        keys = extract_keys(terms)
        self._keys[slot, : len(keys)] = keys
        self._keys[slot, len(keys) :] = 0
        self._scripts[slot] = script_code(terms)
        self._languages.add(language_code or -int(self._scripts[slot]))

    def index(self, slot: int) -> None:
        """Index the text in a slot by its keys, as soon as there is a second language."""
        self._waiting.append(slot)
        if self.is_multilingual:
            self._index_waiting()

    def drop_before(self, slot: int) -> None:
        """Drop the time slices whose slots all lie before `slot`."""
        self._inverted_index.drop_before(slot)
        self._waiting = array("q", (waiting for waiting in self._waiting if waiting >= slot))

    def find(self, slot: int) -> tuple[Slots, Probabilities]:
        """Find representatives of other groups in other languages, with their probabilities.

        Parameters
        ----------
        slot : int

        Returns
        -------
        slots : ndarray of int64, shape (n_candidates,)
        probabilities : ndarray of float64, shape (n_candidates,)
        """
        self._index_waiting()
        candidates = self._candidates(slot)
        if not len(candidates):
            return candidates, np.empty(0)
        published, _ = self._term_store.date_and_language(slot)
        dates, _ = self._term_store.dates_and_languages(candidates)
        features = compute_features(
            self._keys[slot],
            self._keys[candidates],
            dates - published,
            self._vector_requests.vectors.cosines(slot, candidates),
        )
        return candidates, np.round(self._model.probabilities(features), _PROBABILITY_DECIMALS)

    def _index_waiting(self) -> None:
        for slot in self._waiting:
            self._inverted_index.add(self._hashes(slot), slot)
        self._waiting = array("q")

    def _candidates(self, slot: int) -> Slots:
        """Comparable texts that share enough keys or have a near sentence vector."""
        by_keys = self._candidates_by_keys(slot)
        if not self._vector_requests.is_enabled:
            return by_keys
        comparable = np.flatnonzero(self._representatives.group_of > 0)
        comparable = comparable[self._comparable_mask(slot, comparable)]
        self._vector_requests.request(np.append(comparable, slot))
        cosines = np.nan_to_num(self._vector_requests.vectors.cosines(slot, comparable))
        near = np.flatnonzero(cosines >= MIN_COSINE)
        nearest = near[np.lexsort((-comparable[near], -cosines[near]))][:MAX_CANDIDATES]
        return np.union1d(by_keys, comparable[nearest])

    def _candidates_by_keys(self, slot: int) -> Slots:
        """Comparable texts that share enough keys, those that share most first."""
        found, n_shared = np.unique(self._find_postings(slot), return_counts=True)
        slots = found[n_shared >= MIN_SHARED_KEYS]
        n_shared = n_shared[n_shared >= MIN_SHARED_KEYS]
        comparable = self._comparable_mask(slot, slots)
        slots, n_shared = slots[comparable], n_shared[comparable]
        order = np.lexsort((-slots, -n_shared))
        candidates: Slots = slots[order][:MAX_CANDIDATES]
        return candidates

    def _find_postings(self, slot: int) -> Slots:
        """The slots that contain each key, uncommitted ones included."""
        keys = self._hashes(slot)
        _, indexed = self._inverted_index.find(keys, MAX_POSTINGS_PER_KEY)
        pending = [
            np.full(np.count_nonzero(np.isin(self._hashes(unindexed), keys)), unindexed)
            for unindexed in sorted(self._representatives.unindexed - {slot})
        ]
        return np.concatenate([indexed.astype(np.int64), *pending]).astype(np.int64)

    def _comparable_mask(self, slot: int, other_slots: Slots) -> NDArray[np.bool_]:
        """Mask of the representatives of other groups with a near date and another language.

        Undetermined languages differ if the scripts do.
        """
        groups = self._representatives.group_of[other_slots]
        published, language = self._term_store.date_and_language(slot)
        dates, languages = self._term_store.dates_and_languages(other_slots)
        known = (languages != UNDETERMINED_CODE) & (language != UNDETERMINED_CODE)
        scripts = self._scripts[other_slots]
        differ = np.where(known, languages != language, scripts != self._scripts[slot])
        mask: NDArray[np.bool_] = (groups > 0) & differ
        mask &= ~(np.abs(dates - published) > MAX_DAYS_APART * SECONDS_PER_DAY)
        return mask

    def _hashes(self, slot: int) -> Keys:
        keys = self._keys[slot]
        return hashes(keys[keys > 0])

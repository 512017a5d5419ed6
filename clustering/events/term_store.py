"""What is known of the live articles' terms: packed, and weighed when it is asked for.

Terms lie packed, in ten bytes each, those of one article in one piece: what many articles say is
read by putting their pieces together. What depends on the snapshot of term weights
is one small row of lengths for each article, made again when it is first needed after a renewal; so
a renewal itself costs nothing, however many articles there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from clustering.features.language import language_code
from clustering.features.terms import Terms
from clustering.similarity import idf_schedule
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.tfidf import FIELDS, Vector, VectorBatch, index_terms, vectorise
from clustering.state.representatives import EventTextKey, argsort_event_texts, event_text_key
from clustering.types import Features

MAX_CACHED_VECTORS: Final = 1024
"""Vectors that are kept as they are."""

Slots = NDArray[np.int64]

_TERM_DTYPE = np.dtype(
    [("number", "<u4"), ("prior", "<f4"), ("count", np.uint8), ("place", np.uint8)]
)
_METADATA_DTYPE = np.dtype(
    [
        ("published", np.float64),
        ("words", np.int32),
        ("terms", np.int32),
        ("content", np.uint32),
        ("language", np.uint16),
        ("weighed", np.uint32),
        ("norms", np.float32, (len(FIELDS),)),
    ],
    align=True,
)


class TermStore:
    """Terms of the live articles by slot.

    Attributes
    ----------
    idf_snapshot : IdfSnapshot
        The snapshot of term weights in force.
    """

    def __init__(self) -> None:
        self.idf_snapshot = IdfSnapshot()
        self._norms_valid_until = idf_schedule.norms_valid_until(self.idf_snapshot)
        self._norms_version = 1
        self._packed: dict[int, bytes] = {}
        self._vector_cache: dict[int, Vector] = {}
        self._index_terms_cache: dict[int, NDArray[np.uint32]] = {}
        self._metadata = np.zeros(1024, dtype=_METADATA_DTYPE)
        self._added_slots: list[int] = []
        self._refreshed_rows: list[tuple[int, np.void]] = []

    def commit(self) -> None:
        """Make the pending changes final: texts that were added, norms that were computed."""
        self._added_slots.clear()
        self._refreshed_rows.clear()

    def rollback(self) -> None:
        """Undo the pending changes."""
        for slot, row in reversed(self._refreshed_rows):
            self._metadata[slot] = row
        for slot in self._added_slots:
            self.remove(slot)
            self._metadata[slot] = np.zeros((), dtype=_METADATA_DTYPE)
        self.commit()

    def add(self, slot: int, terms: Terms, features: Features) -> Vector:
        """Take in an article's terms; return them weighed."""
        while slot >= len(self._metadata):
            self._metadata = np.concatenate([self._metadata, np.zeros_like(self._metadata)])
        self._packed[slot] = _pack_terms(terms)
        vector = vectorise(terms, self.idf_snapshot, features.published, features.words)
        self._metadata[slot] = (
            nan if features.published is None else features.published,
            features.words,
            len(terms.term_ids),
            crc32(terms.term_ids.tobytes()),
            language_code(features.language),
            self._norms_version,
            vector.norms,
        )
        self._added_slots.append(slot)
        self._cache_vector(slot, vector)
        self._index_terms_cache[slot] = index_terms(terms)
        return vector

    def remove(self, slot: int) -> None:
        """Forget an article."""
        del self._packed[slot]
        self._vector_cache.pop(slot, None)
        self._index_terms_cache.pop(slot, None)

    def terms(self, slot: int) -> Terms:
        """An article's terms, without their names."""
        found = np.frombuffer(self._packed[slot], _TERM_DTYPE)
        numbers, prior, counts, places = (found[name].copy() for name in _TERM_DTYPE.names or ())
        return Terms(numbers, prior, counts, places, ())

    def term_ids(self, slot: int) -> NDArray[np.uint32]:
        """The numbers of an article's terms."""
        numbers: NDArray[np.uint32] = np.frombuffer(self._packed[slot], _TERM_DTYPE)["number"]
        return numbers

    def reset_idf(self, idf_snapshot: IdfSnapshot) -> None:
        """Weigh by another snapshot from now on."""
        self._norms_valid_until = idf_schedule.norms_valid_until(idf_snapshot)
        self._norms_version += 1
        self._set_idf(idf_snapshot)

    def update_idf(self, idf_snapshot: IdfSnapshot) -> None:
        """The same, but lengths that were worked out a short while ago stand."""
        if idf_snapshot.next_group >= self._norms_valid_until:
            self.reset_idf(idf_snapshot)
        else:
            self._set_idf(idf_snapshot)

    @contextmanager
    def weighted_by(self, idf_snapshot: IdfSnapshot) -> Iterator[None]:
        """Weigh all terms by another snapshot inside this block only."""
        before = self.idf_snapshot, self._norms_valid_until, self._norms_version
        metadata = self._metadata.copy()
        self.reset_idf(idf_snapshot)
        try:
            yield
        finally:
            snapshot, self._norms_valid_until, self._norms_version = before
            self._set_idf(snapshot)
            self._metadata = metadata
            self._refreshed_rows.clear()

    def length_key(self, slot: int) -> EventTextKey:
        """The key of one text by which the longest is found; see `event_text_key`."""
        row = self._metadata[slot]
        return event_text_key(
            int(row["words"]), int(row["terms"]), float(row["published"]), int(row["content"]), slot
        )

    def argsort_by_length(self, slots: Slots) -> NDArray[np.int64]:
        """The order of some slots by `length_key`."""
        rows = self._metadata[slots]
        return argsort_event_texts(
            rows["words"], rows["terms"], rows["published"], rows["content"], slots
        )

    def date_and_language(self, slot: int) -> tuple[float, int]:
        """POSIX seconds, NaN if not known; the language as `clustering.roster` counts them."""
        return float(self._metadata["published"][slot]), int(self._metadata["language"][slot])

    def dates_and_languages(self, slots: Slots) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
        """The same of several."""
        return self._metadata["published"][slots], self._metadata["language"][slots]

    def term_counts(self, slots: Slots) -> NDArray[np.int64]:
        """Numbers of terms."""
        found: NDArray[np.int64] = self._metadata["terms"][slots].astype(np.int64)
        return found

    def index_terms(self, slot: int) -> NDArray[np.uint32]:
        """The terms to find an article by."""
        known = self._index_terms_cache.get(slot)
        return index_terms(self.terms(slot)) if known is None else known

    def vector(self, slot: int) -> Vector:
        """An article's weighted terms."""
        if slot in self._vector_cache:
            return self._vector_cache[slot]
        facts = self._metadata[slot]
        published = None if np.isnan(facts["published"]) else float(facts["published"])
        vector = vectorise(self.terms(slot), self.idf_snapshot, published, int(facts["words"]))
        self._cache_vector(slot, vector)
        return vector

    def vector_batch(self, slots: Slots) -> VectorBatch:
        """Several articles, at least one, to be compared with another."""
        self._refresh_norms(slots)
        facts = self._metadata.take(slots)
        terms = np.frombuffer(b"".join(map(self._packed.__getitem__, slots.tolist())), _TERM_DTYPE)
        return VectorBatch(
            terms["number"],
            terms["place"],
            terms["count"],
            facts["terms"].cumsum(),
            facts["norms"],
            facts["published"],
            facts["words"],
        )

    def _set_idf(self, idf_snapshot: IdfSnapshot) -> None:
        self.idf_snapshot = idf_snapshot
        self._vector_cache.clear()

    def _cache_vector(self, slot: int, vector: Vector) -> None:
        if len(self._vector_cache) >= MAX_CACHED_VECTORS:
            self._vector_cache.clear()
            self._index_terms_cache.clear()
        self._vector_cache[slot] = vector

    def _refresh_norms(self, slots: Slots) -> None:
        """Renew the lengths of those that were weighed by an older snapshot."""
        for slot in slots[self._metadata["weighed"][slots] != self._norms_version].tolist():
            self._refreshed_rows.append((slot, self._metadata[slot].copy()))
            self._metadata["norms"][slot] = self.vector(slot).norms
            self._metadata["weighed"][slot] = self._norms_version


def _pack_terms(terms: Terms) -> bytes:
    packed = np.empty(len(terms.term_ids), dtype=_TERM_DTYPE)
    packed["number"], packed["prior"] = terms.term_ids, terms.prior
    packed["count"], packed["place"] = terms.counts, terms.field_flags
    return packed.tobytes()

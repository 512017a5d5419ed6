"""Terms of the live articles: stored packed, and weighted when they are needed.

Each term takes ten bytes, and the terms of one article are one block, so that those of many
articles are read by joining their blocks. Only one small row of norms for each article depends on
the IDF snapshot. It is computed again when it is first needed after a new snapshot, so that taking
a snapshot costs nothing, however many articles there are.
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
from clustering.similarity import idf_renewal
from clustering.similarity.disregarded_terms import keep_other_terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.tfidf import (
    FIELDS,
    KEY_WORDS,
    Vector,
    VectorBatch,
    index_terms,
    vectorise,
    weigh_packed,
)
from clustering.state.representatives import EventTextKey, argsort_event_texts, event_text_key
from clustering.types import Features

MAX_CACHED_VECTORS: Final = 1024
"""Weighted vectors in memory; when there are more, all are dropped."""

Slots = NDArray[np.int64]

_TERM_DTYPE = np.dtype(
    [("term_id", "<u4"), ("prior", "<f4"), ("count", np.uint8), ("field_flags", np.uint8)]
)
_METADATA_DTYPE = np.dtype(
    [
        ("published", np.float64),
        ("words", np.int32),
        ("n_terms", np.int32),
        ("content", np.uint32),
        ("language", np.uint16),
        ("norms_version", np.uint32),
        ("norms", np.float32, (len(FIELDS),)),
        ("key_words", np.float32, (len(KEY_WORDS), 2)),
    ],
    align=True,
)


class TermStore:
    """Terms of the live articles by slot; changes can be rolled back until they are committed.

    Attributes
    ----------
    idf_snapshot : IdfSnapshot
        The IDF snapshot in force.
    """

    def __init__(self) -> None:
        self.idf_snapshot = IdfSnapshot()
        self._norms_valid_until = idf_renewal.norms_valid_until(self.idf_snapshot)
        self._norms_version = 1
        self._packed: dict[int, bytes] = {}
        self._vector_cache: dict[int, Vector] = {}
        self._index_terms_cache: dict[int, NDArray[np.uint32]] = {}
        self._metadata = np.zeros(1024, dtype=_METADATA_DTYPE)
        self._added_slots: list[int] = []
        self._refreshed_rows: list[tuple[Slots, NDArray[np.void]]] = []

    def commit(self) -> None:
        """Make the pending changes final: texts that were added, norms that were computed."""
        self._added_slots.clear()
        self._refreshed_rows.clear()

    def rollback(self) -> None:
        """Undo the pending changes."""
        self._restore_rows(0)
        for slot in self._added_slots:
            self.remove(slot)
            self._metadata[slot] = np.zeros((), dtype=_METADATA_DTYPE)
        self.commit()

    def add(self, slot: int, terms: Terms, features: Features) -> Vector:
        """Add the terms of an article; return them weighted."""
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
            vector.key_words,
        )
        self._added_slots.append(slot)
        self._cache_vector(slot, vector)
        self._index_terms_cache[slot] = index_terms(terms)
        return vector

    def remove(self, slot: int) -> None:
        """Remove the terms of an article."""
        del self._packed[slot]
        self._vector_cache.pop(slot, None)
        self._index_terms_cache.pop(slot, None)

    def terms(self, slot: int) -> Terms:
        """The terms of an article, without their names."""
        packed = np.frombuffer(self._packed[slot], _TERM_DTYPE)
        term_ids, prior, counts, fields = (packed[name].copy() for name in _TERM_DTYPE.names or ())
        return Terms(term_ids, prior, counts, fields, ())

    def term_ids(self, slot: int) -> NDArray[np.uint32]:
        """The ids of an article's terms."""
        term_ids: NDArray[np.uint32] = np.frombuffer(self._packed[slot], _TERM_DTYPE)["term_id"]
        return term_ids

    def reset_idf(self, idf_snapshot: IdfSnapshot) -> None:
        """Weigh terms by another snapshot from now on; all norms are computed again when needed."""
        self._norms_valid_until = idf_renewal.norms_valid_until(idf_snapshot)
        self._norms_version += 1
        self._set_idf(idf_snapshot)

    def update_idf(self, idf_snapshot: IdfSnapshot) -> None:
        """Weigh terms by another snapshot from now on, but keep norms that are recent enough."""
        if idf_snapshot.next_group >= self._norms_valid_until:
            self.reset_idf(idf_snapshot)
        else:
            self._set_idf(idf_snapshot)

    @contextmanager
    def weighted_by(self, idf_snapshot: IdfSnapshot) -> Iterator[None]:
        """Weigh all terms by another snapshot inside this block only."""
        before = self.idf_snapshot, self._norms_valid_until, self._norms_version
        n_refreshed = len(self._refreshed_rows)
        self.reset_idf(idf_snapshot)
        try:
            yield
        finally:
            snapshot, self._norms_valid_until, self._norms_version = before
            self._set_idf(snapshot)
            self._restore_rows(n_refreshed)

    def length_key(self, slot: int) -> EventTextKey:
        """The key of one text by which the longest is found; see `event_text_key`."""
        row = self._metadata[slot]
        return event_text_key(
            int(row["words"]),
            int(row["n_terms"]),
            float(row["published"]),
            int(row["content"]),
            slot,
        )

    def argsort_by_length(self, slots: Slots) -> NDArray[np.int64]:
        """The order of some slots by `length_key`."""
        rows = self._metadata[slots]
        return argsort_event_texts(
            rows["words"], rows["n_terms"], rows["published"], rows["content"], slots
        )

    def words(self, slots: Slots) -> NDArray[np.int32]:
        """The words of each article's text."""
        words: NDArray[np.int32] = self._metadata["words"][slots]
        return words

    def content_hashes(self, slots: Slots) -> NDArray[np.uint32]:
        """A hash of each article's terms."""
        hashes: NDArray[np.uint32] = self._metadata["content"][slots]
        return hashes

    def date_and_language(self, slot: int) -> tuple[float, int]:
        """The date in POSIX seconds (NaN if not known) and the language as `language_code`."""
        return float(self._metadata["published"][slot]), int(self._metadata["language"][slot])

    def dates_and_languages(self, slots: Slots) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
        """Dates and languages of several articles; see `date_and_language`."""
        return self._metadata["published"][slots], self._metadata["language"][slots]

    def have_text(self, slots: Slots) -> NDArray[np.bool_]:
        """Mask of the articles that are more than a headline."""
        return np.asarray(self._metadata["words"][slots] > 0)

    def term_counts(self, slots: Slots) -> NDArray[np.int64]:
        """The number of terms of each article."""
        counts: NDArray[np.int64] = self._metadata["n_terms"][slots].astype(np.int64)
        return counts

    def index_terms(self, slot: int) -> NDArray[np.uint32]:
        """The ids of the terms by which an article is indexed."""
        cached = self._index_terms_cache.get(slot)
        return index_terms(self.terms(slot)) if cached is None else cached

    def vector(self, slot: int) -> Vector:
        """The weighted terms of an article."""
        if slot in self._vector_cache:
            return self._vector_cache[slot]
        row = self._metadata[slot]
        published = None if np.isnan(row["published"]) else float(row["published"])
        vector = vectorise(self.terms(slot), self.idf_snapshot, published, int(row["words"]))
        self._cache_vector(slot, vector)
        return vector

    def vector_without(self, slot: int, disregarded: NDArray[np.bool_]) -> Vector:
        """The weighted terms of an article without some of them."""
        vector = self.vector(slot)
        terms = keep_other_terms(self.terms(slot), disregarded)
        return vectorise(terms, self.idf_snapshot, vector.published, vector.words)

    def vector_batch(self, slots: Slots) -> VectorBatch:
        """The weighted terms of at least one article, to be compared with another article."""
        self._refresh_norms(slots)
        rows = self._metadata.take(slots)
        terms = np.frombuffer(self._join_packed(slots), _TERM_DTYPE)
        return VectorBatch(
            terms["term_id"],
            terms["field_flags"],
            terms["count"],
            rows["n_terms"].cumsum(),
            rows["norms"],
            rows["key_words"],
            rows["published"],
            rows["words"],
        )

    def _set_idf(self, idf_snapshot: IdfSnapshot) -> None:
        self.idf_snapshot = idf_snapshot
        self._vector_cache.clear()

    def _cache_vector(self, slot: int, vector: Vector) -> None:
        if len(self._vector_cache) >= MAX_CACHED_VECTORS:
            self._vector_cache.clear()
            self._index_terms_cache.clear()
        self._vector_cache[slot] = vector

    def _restore_rows(self, n_kept: int) -> None:
        """Undo the refreshing of rows, but for the first ones."""
        for slots, rows in reversed(self._refreshed_rows[n_kept:]):
            self._metadata[slots] = rows
        del self._refreshed_rows[n_kept:]

    def _refresh_norms(self, slots: Slots) -> None:
        """Compute the norms that belong to an older version again."""
        stale = slots[self._metadata["norms_version"][slots] != self._norms_version]
        if not len(stale):
            return
        self._refreshed_rows.append((stale, self._metadata[stale]))
        self._metadata["norms"][stale], self._metadata["key_words"][stale] = self._weigh(stale)
        self._metadata["norms_version"][stale] = self._norms_version

    def _weigh(self, slots: Slots) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the norms and the key words of some articles, at least one."""
        weighed = weigh_packed(
            self._join_packed(slots), self.term_counts(slots).cumsum(), self.idf_snapshot
        )
        if weighed is not None:
            return weighed
        vectors = list(map(self.vector, slots.tolist()))
        return (
            np.stack([vector.norms for vector in vectors]),
            np.stack([vector.key_words for vector in vectors]),
        )

    def _join_packed(self, slots: Slots) -> bytes:
        """Return the terms of some articles, one after another."""
        return b"".join(map(self._packed.__getitem__, slots.tolist()))


def _pack_terms(terms: Terms) -> bytes:
    packed = np.empty(len(terms.term_ids), dtype=_TERM_DTYPE)
    packed["term_id"], packed["prior"] = terms.term_ids, terms.prior
    packed["count"], packed["field_flags"] = terms.counts, terms.field_flags
    return packed.tobytes()

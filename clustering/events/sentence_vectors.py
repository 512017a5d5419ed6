"""Sentence vectors of the live articles that have one, by slot.

They take two bytes for each dimension, and only articles with uncertain pairs have one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.term_store import Slots

_NO_ROW: Final = -1

SentenceVector = NDArray[np.float16]


class SentenceVectors:
    """Unit vectors by slot; changes can be rolled back until they are committed."""

    def __init__(self) -> None:
        self._row_of_slot = np.full(1024, _NO_ROW, dtype=np.int64)
        self._slot_of_row = np.zeros(64, dtype=np.int64)
        self._vectors = np.zeros((64, 0), dtype=np.float16)
        self._n_rows = 0
        self._added: list[int] = []

    def __len__(self) -> int:
        return self._n_rows

    def has(self, slots: Slots) -> NDArray[np.bool_]:
        """Mask of the slots that have a vector."""
        self._reserve_slot(int(slots.max(initial=0)))
        return np.asarray(self._row_of_slot[slots] != _NO_ROW)

    def slots(self) -> Slots:
        """All slots that have a vector."""
        return self._slot_of_row[: self._n_rows].copy()

    def set(self, slot: int, vector: SentenceVector) -> None:
        """Set the vector of a slot; one that it has already stays."""
        if self.has(np.array([slot]))[0]:
            return
        self._reserve_row(len(vector))
        self._row_of_slot[slot] = self._n_rows
        self._slot_of_row[self._n_rows] = slot
        self._vectors[self._n_rows] = vector
        self._n_rows += 1
        self._added.append(slot)

    def remove(self, slot: int) -> None:
        """Remove the vector of a slot, if it has one; the last row takes its place."""
        if not self.has(np.array([slot]))[0]:
            return
        row, last = int(self._row_of_slot[slot]), self._n_rows - 1
        moved = int(self._slot_of_row[last])
        self._vectors[row], self._slot_of_row[row] = self._vectors[last], moved
        self._row_of_slot[moved] = row
        self._row_of_slot[slot] = _NO_ROW
        self._n_rows = last

    def cosines(self, slot: int, other_slots: Slots) -> NDArray[np.float64]:
        """The cosine of a slot's vector with others; NaN where either is missing.

        Parameters
        ----------
        slot : int
        other_slots : ndarray of int64, shape (n_others,)

        Returns
        -------
        ndarray of float64, shape (n_others,)
        """
        cosines = np.full(len(other_slots), np.nan)
        if not self.has(np.array([slot]))[0]:
            return cosines
        known = self.has(other_slots)
        vectors = self._vectors[self._row_of_slot[other_slots[known]]].astype(np.float64)
        cosines[known] = vectors @ self._vectors[self._row_of_slot[slot]].astype(np.float64)
        return cosines

    def commit(self) -> None:
        """Make the pending changes final."""
        self._added.clear()

    def rollback(self) -> None:
        """Remove the vectors that were set since the last commit."""
        for slot in reversed(self._added):
            self.remove(slot)
        self._added.clear()

    def _reserve_slot(self, slot: int) -> None:
        while slot >= len(self._row_of_slot):
            blank = np.full_like(self._row_of_slot, _NO_ROW)
            self._row_of_slot = np.concatenate([self._row_of_slot, blank])

    def _reserve_row(self, n_dimensions: int) -> None:
        if not self._n_rows:
            self._vectors = np.zeros((len(self._slot_of_row), n_dimensions), dtype=np.float16)
        if self._n_rows == len(self._slot_of_row):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._slot_of_row = np.concatenate(
                [self._slot_of_row, np.zeros_like(self._slot_of_row)]
            )

"""Adjacency rows of a weighted graph, stored one after another in a pool.

A new group changes the row of each of its neighbours: hundreds in an event that all outlets cover.
In a pool, all of these rows are read and written at once. Changes can be rolled back until they are
committed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Nodes = NDArray[np.int64]
Positions = NDArray[np.int64]
_ROW_SPAN: Final = np.dtype([("start", np.int64), ("length", np.int32), ("room", np.int32)])
_SPARE_CAPACITY: Final = 4
"""Entries that a row can take before it has to be moved."""


class Entries(NamedTuple):
    """Neighbours of a node: parallel arrays. `NeighbourGraph` describes the values.

    Attributes
    ----------
    neighbour : ndarray of int64
    probability : ndarray of float64
    edge_weight : ndarray of float64
    shared_neighbour_weight : ndarray of float64
    linked : ndarray of bool
    """

    neighbour: Nodes
    probability: NDArray[np.float64]
    edge_weight: NDArray[np.float64]
    shared_neighbour_weight: NDArray[np.float64]
    linked: NDArray[np.bool_]

    @classmethod
    def zeros(cls, size: int) -> Entries:
        """Blank entries."""
        dtypes = (np.int64, np.float64, np.float64, np.float64, np.bool_)
        return cls._make(np.zeros(size, dtype=dtype) for dtype in dtypes)

    def take(self, positions: Positions | slice | NDArray[np.bool_]) -> Entries:
        """Some of the entries."""
        return Entries._make(column[positions] for column in self)

    def write(self, positions: Positions | slice, entries: Entries) -> None:
        """Overwrite some of the entries."""
        for column, values in zip(self, entries, strict=True):
            column[positions] = values


class _SavedRows(NamedTuple):
    """Rows before a change; a length of -1 means that the node had no row."""

    nodes: Nodes
    lengths: NDArray[np.int32]
    entries: Entries


_NO_ROW: Final = np.array([-1], dtype=np.int32)
_NO_ENTRIES: Final = Entries.zeros(0)


class Adjacency:
    """Rows by node; a node may have an empty row, or none.

    Attributes
    ----------
    entries : Entries
        The pool. Rows may be written at their positions, once they were passed to `save_rows`.
    """

    def __init__(self) -> None:
        self.entries = Entries.zeros(1024)
        self._spans = np.zeros(1024, dtype=_ROW_SPAN)
        self._used = 0
        self._saved_nodes: set[int] = set()
        self._undo_log: list[_SavedRows] = []

    def __contains__(self, node: int) -> bool:
        return node < len(self._spans) and bool(self._spans["room"][node])

    def nodes(self) -> Nodes:
        """All nodes that have a row."""
        return np.flatnonzero(self._spans["room"])

    def has_row(self, nodes: Nodes) -> NDArray[np.bool_]:
        """Mask of the nodes that have a row."""
        self.reserve(nodes)
        has_row: NDArray[np.bool_] = self._spans["room"][nodes] > 0
        return has_row

    def positions(self, nodes: Nodes) -> tuple[Positions, Positions]:
        """The positions of some nodes' entries in the pool.

        Parameters
        ----------
        nodes : ndarray of int64

        Returns
        -------
        positions : ndarray of int64, shape (n_entries,)
        owners : ndarray of int64, shape (n_entries,)
            The node of each entry, as a position in `nodes`.
        """
        spans = self._spans[nodes]
        lengths = spans["length"].astype(np.int64)
        owners = np.arange(len(nodes)).repeat(lengths)
        shift = spans["start"] - (lengths.cumsum() - lengths)
        return np.arange(len(owners)) + shift[owners], owners

    def row(self, node: int) -> Entries:
        """A view of the entries of one node."""
        start, length, _ = self._spans[node]
        return self.entries.take(slice(start, start + length))

    def set_row(self, node: int, entries: Entries) -> None:
        """Set the row of a node, in place of the one it may have."""
        self.reserve(np.array([node]))
        self.save_rows(np.array([node]))
        self._write_row(node, entries)

    def remove_row(self, node: int) -> None:
        """Remove the row of a node."""
        self.save_rows(np.array([node]))
        self._erase_row(node)

    def append(self, nodes: Nodes, entries: Entries) -> None:
        """Add an entry to each of some rows."""
        self.save_rows(nodes)
        spans = self._spans[nodes]
        for node in nodes[spans["length"] == spans["room"]].tolist():
            self._write_row(node, self.row(node), 2 * int(self._spans["room"][node]))
        ends = self._spans["start"][nodes] + self._spans["length"][nodes]
        self.entries.write(ends, entries)
        self._spans["length"][nodes] += 1

    def delete(self, nodes: Nodes, positions: Positions) -> None:
        """Delete an entry from each of some rows; the last entry of the row takes its place."""
        self.save_rows(nodes)
        self._spans["length"][nodes] -= 1
        last = self._spans["start"][nodes] + self._spans["length"][nodes]
        self.entries.write(positions, self.entries.take(last))

    def save_rows(self, nodes: Nodes) -> None:
        """Save rows for a rollback before they change; each is saved once between commits."""
        unsaved = [node for node in nodes.tolist() if node not in self._saved_nodes]
        if not unsaved:
            return
        self._saved_nodes.update(unsaved)
        saved = np.array(unsaved)
        if len(unsaved) == 1 and unsaved[0] not in self:  # the common case: a new group
            self._undo_log.append(_SavedRows(saved, _NO_ROW, _NO_ENTRIES))
            return
        lengths = np.where(self._spans["room"][saved], self._spans["length"][saved], -1)
        positions, _ = self.positions(saved)
        self._undo_log.append(
            _SavedRows(saved, lengths.astype(np.int32), self.entries.take(positions))
        )

    def commit(self) -> None:
        """Make the pending changes final."""
        self._saved_nodes.clear()
        self._undo_log.clear()

    def rollback(self) -> Nodes:
        """Undo everything since the last commit; return the changed nodes that have a row."""
        for saved in self._undo_log:
            ends = np.cumsum(np.maximum(saved.lengths, 0))
            rows = (saved.nodes.tolist(), saved.lengths.tolist(), ends.tolist())
            for node, length, end in zip(*rows, strict=True):
                if length >= 0:
                    self._write_row(node, saved.entries.take(slice(end - length, end)))
                elif node in self:
                    self._erase_row(node)
        changed = np.array(sorted(self._saved_nodes), dtype=np.int64)
        self.commit()
        return changed[self.has_row(changed)]

    def reserve(self, nodes: Nodes) -> None:
        """Make room for some nodes."""
        largest = int(nodes.max(initial=0))
        while largest >= len(self._spans):
            self._spans = np.concatenate([self._spans, np.zeros_like(self._spans)])

    def _write_row(self, node: int, entries: Entries, capacity: int = 0) -> None:
        span, size = self._spans[node], len(entries.neighbour)
        if span["room"] < max(size, capacity, 1):
            entries = Entries._make(column.copy() for column in entries)  # may be a view of the row
            self._erase_row(node)
            capacity = max(size, capacity) + _SPARE_CAPACITY
            span["start"], span["room"] = self._allocate(capacity), capacity
        span["length"] = size
        self.entries.write(slice(span["start"], span["start"] + size), entries)

    def _erase_row(self, node: int) -> None:
        span = self._spans[node]
        span["start"] = span["length"] = span["room"] = 0

    def _allocate(self, capacity: int) -> int:
        if self._used + capacity > len(self.entries.neighbour):
            self._compact_or_grow(capacity)
        self._used += capacity
        return self._used - capacity

    def _compact_or_grow(self, capacity: int) -> None:
        """Close the gaps of the pool, and enlarge it if that is not enough."""
        nodes = self.nodes()
        spans = self._spans[nodes]
        size = len(self.entries.neighbour)
        while int(spans["room"].sum()) + capacity > size // 2:
            size *= 2
        positions, owners = self.positions(nodes)
        starts = np.cumsum(spans["room"]) - spans["room"]
        pool = Entries.zeros(size)
        pool.write(positions + (starts - spans["start"])[owners], self.entries.take(positions))
        self._spans["start"][nodes] = starts
        self.entries, self._used = pool, int(spans["room"].sum())

"""The rows of a weighted graph, one behind the other in a pool.

A newcomer changes the row of each of its neighbours, hundreds in a story that everybody covers.
Laid out like this all of them are read and written at once. What changes can be taken back until
it is kept.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Nodes = NDArray[np.int64]
Positions = NDArray[np.int64]
_ROW_SPAN: Final = np.dtype([("start", np.int64), ("length", np.int32), ("room", np.int32)])
_SPARE_CAPACITY: Final = 4


class Entries(NamedTuple):
    """Neighbours of a node: parallel arrays. `clustering.likeness` says what is noted of them.

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
        """Entries that say nothing."""
        kinds = (np.int64, np.float64, np.float64, np.float64, np.bool_)
        return cls._make(np.zeros(size, dtype=kind) for kind in kinds)

    def take(self, positions: Positions | slice | NDArray[np.bool_]) -> Entries:
        """Some of the entries."""
        return Entries._make(column[positions] for column in self)

    def write(self, positions: Positions | slice, entries: Entries) -> None:
        """Write other entries over some of these."""
        for mine, theirs in zip(self, entries, strict=True):
            mine[positions] = theirs


class _SavedRows(NamedTuple):
    """Rows as they were; a length of -1 is that of a node that had none."""

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
        The pool, to be read and written at the positions of rows that were touched.
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
        """All that have a row."""
        return np.flatnonzero(self._spans["room"])

    def has_row(self, nodes: Nodes) -> NDArray[np.bool_]:
        """Which nodes have a row."""
        self.reserve(nodes)
        known: NDArray[np.bool_] = self._spans["room"][nodes] > 0
        return known

    def positions(self, nodes: Nodes) -> tuple[Positions, Positions]:
        """Where the entries of some nodes are.

        Returns
        -------
        positions : ndarray of int64, shape (n_entries,)
        owners : ndarray of int64, shape (n_entries,)
            For each, whose it is: positions in `nodes`.
        """
        places = self._spans[nodes]
        lengths = places["length"].astype(np.int64)
        owners = np.arange(len(nodes)).repeat(lengths)
        shift = places["start"] - (lengths.cumsum() - lengths)
        return np.arange(len(owners)) + shift[owners], owners

    def row(self, node: int) -> Entries:
        """The entries of one node; a view."""
        start, length, _ = self._spans[node]
        return self.entries.take(slice(start, start + length))

    def set_row(self, node: int, entries: Entries) -> None:
        """Give a node a row, in place of the one it may have."""
        self.reserve(np.array([node]))
        self.save_rows(np.array([node]))
        self._write_row(node, entries)

    def remove_row(self, node: int) -> None:
        """Take a node's row away."""
        self.save_rows(np.array([node]))
        self._erase_row(node)

    def append(self, nodes: Nodes, entries: Entries) -> None:
        """Add an entry to each of some rows."""
        self.save_rows(nodes)
        places = self._spans[nodes]
        for node in nodes[places["length"] == places["room"]].tolist():
            self._write_row(node, self.row(node), 2 * int(self._spans["room"][node]))
        at = self._spans["start"][nodes] + self._spans["length"][nodes]
        self.entries.write(at, entries)
        self._spans["length"][nodes] += 1

    def delete(self, nodes: Nodes, positions: Positions) -> None:
        """Take an entry out of each of some rows; the last of the row comes in its place."""
        self.save_rows(nodes)
        self._spans["length"][nodes] -= 1
        last = self._spans["start"][nodes] + self._spans["length"][nodes]
        self.entries.write(positions, self.entries.take(last))

    def save_rows(self, nodes: Nodes) -> None:
        """Remember rows that are going to change."""
        fresh = [node for node in nodes.tolist() if node not in self._saved_nodes]
        if not fresh:
            return
        self._saved_nodes.update(fresh)
        some = np.array(fresh)
        if len(fresh) == 1 and fresh[0] not in self:  # as each newcomer
            self._undo_log.append(_SavedRows(some, _NO_ROW, _NO_ENTRIES))
            return
        lengths = np.where(self._spans["room"][some], self._spans["length"][some], -1)
        at, _ = self.positions(some)
        self._undo_log.append(_SavedRows(some, lengths.astype(np.int32), self.entries.take(at)))

    def commit(self) -> None:
        """Let what has changed stand."""
        self._saved_nodes.clear()
        self._undo_log.clear()

    def rollback(self) -> Nodes:
        """Undo what has changed since `keep`; return the nodes concerned that have a row."""
        for before in self._undo_log:
            ends = np.cumsum(np.maximum(before.lengths, 0))
            for node, length, end in zip(*(it.tolist() for it in (*before[:2], ends)), strict=True):
                if length >= 0:
                    self._write_row(node, before.entries.take(slice(end - length, end)))
                elif node in self:
                    self._erase_row(node)
        touched = np.array(sorted(self._saved_nodes), dtype=np.int64)
        self.commit()
        return touched[self.has_row(touched)]

    def reserve(self, nodes: Nodes) -> None:
        """Make sure that some nodes may have a row."""
        most = int(nodes.max(initial=0))
        while most >= len(self._spans):
            self._spans = np.concatenate([self._spans, np.zeros_like(self._spans)])

    def _write_row(self, node: int, entries: Entries, capacity: int = 0) -> None:
        place, size = self._spans[node], len(entries.neighbour)
        if place["room"] < max(size, capacity, 1):
            entries = Entries._make(column.copy() for column in entries)  # it may be the row itself
            self._erase_row(node)
            capacity = max(size, capacity) + _SPARE_CAPACITY
            place["start"], place["room"] = self._allocate(capacity), capacity
        place["length"] = size
        self.entries.write(slice(place["start"], place["start"] + size), entries)

    def _erase_row(self, node: int) -> None:
        place = self._spans[node]
        place["start"] = place["length"] = place["room"] = 0

    def _allocate(self, capacity: int) -> int:
        if self._used + capacity > len(self.entries.neighbour):
            self._compact_or_grow(capacity)
        self._used += capacity
        return self._used - capacity

    def _compact_or_grow(self, capacity: int) -> None:
        """Close the gaps; where that is not enough, the pool grows."""
        nodes = self.nodes()
        places = self._spans[nodes]
        size = len(self.entries.neighbour)
        while int(places["room"].sum()) + capacity > size // 2:
            size *= 2
        at, owners = self.positions(nodes)
        starts = np.cumsum(places["room"]) - places["room"]
        pool = Entries.zeros(size)
        pool.write(at + (starts - places["start"])[owners], self.entries.take(at))
        self._spans["start"][nodes] = starts
        self.entries, self._used = pool, int(places["room"].sum())

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
_PLACE: Final = np.dtype([("start", np.int64), ("length", np.int32), ("room", np.int32)])
_SPARE: Final = 4


class Entries(NamedTuple):
    """Neighbours of a node: parallel arrays. `clustering.likeness` says what is noted of them.

    Attributes
    ----------
    other : ndarray of int64
    probability : ndarray of float64
    near : ndarray of float64
    common : ndarray of float64
    linked : ndarray of bool
    """

    other: Nodes
    probability: NDArray[np.float64]
    near: NDArray[np.float64]
    common: NDArray[np.float64]
    linked: NDArray[np.bool_]

    @classmethod
    def blank(cls, size: int) -> Entries:
        """Entries that say nothing."""
        kinds = (np.int64, np.float64, np.float64, np.float64, np.bool_)
        return cls._make(np.zeros(size, dtype=kind) for kind in kinds)

    def at(self, places: Positions | slice | NDArray[np.bool_]) -> Entries:
        """Some of the entries."""
        return Entries._make(column[places] for column in self)

    def write(self, places: Positions | slice, entries: Entries) -> None:
        """Write other entries over some of these."""
        for mine, theirs in zip(self, entries, strict=True):
            mine[places] = theirs


class _Before(NamedTuple):
    """Rows as they were; a length of -1 is that of a node that had none."""

    nodes: Nodes
    lengths: NDArray[np.int32]
    entries: Entries


_NONE: Final = np.array([-1], dtype=np.int32)
_NOTHING: Final = Entries.blank(0)


class Adjacency:
    """Rows by node; a node may have an empty row, or none.

    Attributes
    ----------
    entries : Entries
        The pool, to be read and written at the positions of rows that were touched.
    """

    def __init__(self) -> None:
        self.entries = Entries.blank(1024)
        self._places = np.zeros(1024, dtype=_PLACE)
        self._used = 0
        self._touched: set[int] = set()
        self._before: list[_Before] = []

    def __contains__(self, node: int) -> bool:
        return node < len(self._places) and bool(self._places["room"][node])

    def nodes(self) -> Nodes:
        """All that have a row."""
        return np.flatnonzero(self._places["room"])

    def known(self, nodes: Nodes) -> NDArray[np.bool_]:
        """Which nodes have a row."""
        self.reserve(nodes)
        known: NDArray[np.bool_] = self._places["room"][nodes] > 0
        return known

    def positions(self, nodes: Nodes) -> tuple[Positions, Positions]:
        """Where the entries of some nodes are.

        Returns
        -------
        positions : ndarray of int64, shape (n_entries,)
        owners : ndarray of int64, shape (n_entries,)
            For each, whose it is: positions in `nodes`.
        """
        places = self._places[nodes]
        lengths = places["length"].astype(np.int64)
        owners = np.arange(len(nodes)).repeat(lengths)
        shift = places["start"] - (lengths.cumsum() - lengths)
        return np.arange(len(owners)) + shift[owners], owners

    def row(self, node: int) -> Entries:
        """The entries of one node; a view."""
        start, length, _ = self._places[node]
        return self.entries.at(slice(start, start + length))

    def put(self, node: int, entries: Entries) -> None:
        """Give a node a row, in place of the one it may have."""
        self.reserve(np.array([node]))
        self.touch(np.array([node]))
        self._write(node, entries)

    def drop(self, node: int) -> None:
        """Take a node's row away."""
        self.touch(np.array([node]))
        self._erase(node)

    def append(self, nodes: Nodes, entries: Entries) -> None:
        """Add an entry to each of some rows."""
        self.touch(nodes)
        places = self._places[nodes]
        for node in nodes[places["length"] == places["room"]].tolist():
            self._write(node, self.row(node), 2 * int(self._places["room"][node]))
        at = self._places["start"][nodes] + self._places["length"][nodes]
        self.entries.write(at, entries)
        self._places["length"][nodes] += 1

    def delete(self, nodes: Nodes, positions: Positions) -> None:
        """Take an entry out of each of some rows; the last of the row comes in its place."""
        self.touch(nodes)
        self._places["length"][nodes] -= 1
        last = self._places["start"][nodes] + self._places["length"][nodes]
        self.entries.write(positions, self.entries.at(last))

    def touch(self, nodes: Nodes) -> None:
        """Remember rows that are going to change."""
        fresh = [node for node in nodes.tolist() if node not in self._touched]
        if not fresh:
            return
        self._touched.update(fresh)
        some = np.array(fresh)
        if len(fresh) == 1 and fresh[0] not in self:  # as each newcomer
            self._before.append(_Before(some, _NONE, _NOTHING))
            return
        lengths = np.where(self._places["room"][some], self._places["length"][some], -1)
        at, _ = self.positions(some)
        self._before.append(_Before(some, lengths.astype(np.int32), self.entries.at(at)))

    def keep(self) -> None:
        """Let what has changed stand."""
        self._touched.clear()
        self._before.clear()

    def take_back(self) -> Nodes:
        """Undo what has changed since `keep`; return the nodes concerned that have a row."""
        for before in self._before:
            ends = np.cumsum(np.maximum(before.lengths, 0))
            for node, length, end in zip(*(it.tolist() for it in (*before[:2], ends)), strict=True):
                if length >= 0:
                    self._write(node, before.entries.at(slice(end - length, end)))
                elif node in self:
                    self._erase(node)
        touched = np.array(sorted(self._touched), dtype=np.int64)
        self.keep()
        return touched[self.known(touched)]

    def reserve(self, nodes: Nodes) -> None:
        """Make sure that some nodes may have a row."""
        most = int(nodes.max(initial=0))
        while most >= len(self._places):
            self._places = np.concatenate([self._places, np.zeros_like(self._places)])

    def _write(self, node: int, entries: Entries, room: int = 0) -> None:
        place, size = self._places[node], len(entries.other)
        if place["room"] < max(size, room, 1):
            entries = Entries._make(column.copy() for column in entries)  # it may be the row itself
            self._erase(node)
            room = max(size, room) + _SPARE
            place["start"], place["room"] = self._allot(room), room
        place["length"] = size
        self.entries.write(slice(place["start"], place["start"] + size), entries)

    def _erase(self, node: int) -> None:
        place = self._places[node]
        place["start"] = place["length"] = place["room"] = 0

    def _allot(self, room: int) -> int:
        if self._used + room > len(self.entries.other):
            self._make_room(room)
        self._used += room
        return self._used - room

    def _make_room(self, room: int) -> None:
        """Close the gaps; where that is not enough, the pool grows."""
        nodes = self.nodes()
        places = self._places[nodes]
        size = len(self.entries.other)
        while int(places["room"].sum()) + room > size // 2:
            size *= 2
        at, owners = self.positions(nodes)
        starts = np.cumsum(places["room"]) - places["room"]
        pool = Entries.blank(size)
        pool.write(at + (starts - places["start"])[owners], self.entries.at(at))
        self._places["start"][nodes] = starts
        self.entries, self._used = pool, int(places["room"].sum())

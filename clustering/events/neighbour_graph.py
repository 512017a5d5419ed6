"""The neighbour graph: groups that may share an event, with same-event probabilities.

Two groups are *neighbours* from a low same-event probability on. They are *linked* if they are
probably one event and have similar neighbourhoods: the neighbours of one, weighted by their
probability, are mostly the neighbours of the other (structural similarity, as in SCAN). So a single
article that resembles two events does not chain them. Events are found inside the linked components
of the graph. These depend on the groups that exist and not on their order of arrival: edge weights
are rounded to about a millionth, so that sums are exact whatever the order of their terms.

The row of a group is looked up when it is first needed, and kept up to date from then on. Changes
can be rolled back until they are committed.

References
----------
Xu, X. et al. (2007). SCAN: a structural clustering algorithm for networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.events.adjacency import Adjacency, Entries
from clustering.events.structural_links import FloatArray, Groups, StructuralLinks
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD, NEIGHBOUR_THRESHOLD

RESCORE_TOLERANCE: Final = 0.05
"""Change of a probability up to which nothing is clustered again because of it."""

_EDGE_WEIGHT_STEPS: Final = float(1 << 20)
"""Edge weights are multiples of one part in this many: sums of thousands of products are exact."""

FindNeighbours = Callable[[int], tuple[Groups, FloatArray]]
"""Returns the neighbours of a group, and their probabilities."""
ScoreNeighbours = Callable[[int, Groups], FloatArray]
"""Returns the probabilities between a group and others."""


class Neighbours(NamedTuple):
    """The neighbours of one group: parallel arrays.

    Attributes
    ----------
    groups : ndarray of int64
    probabilities : ndarray of float64
    """

    groups: Groups
    probabilities: FloatArray


class NeighbourGraph:
    """Groups with their neighbours, probabilities and links.

    For each neighbour, a row holds its probability, the edge weight (the rounded square of the
    probability), the shared neighbour weight (the sum, over all common neighbours, of the products
    of their edge weights; NaN if the neighbour has no row yet) and whether the two are linked.

    Parameters
    ----------
    find_neighbours : callable
        Returns the neighbours of a group, and their probabilities.
    event_threshold : float
        Probability from which two groups may be linked.

    Attributes
    ----------
    lookup_budget : float
        Number of rows that may still be looked up along the links. A neighbour whose row is not
        looked up is not linked.
    """

    def __init__(
        self, find_neighbours: FindNeighbours, event_threshold: float = DEFAULT_EVENT_THRESHOLD
    ) -> None:
        self.lookup_budget = inf
        self._find_neighbours = find_neighbours
        self._adjacency = Adjacency()
        self._links = StructuralLinks(self._adjacency, event_threshold)
        # By group without a row: the groups that have it as a neighbour.
        self._incoming: dict[int, set[int]] = {}
        # Since the last commit: groups whose rows were stored, and entries of `_incoming`.
        self._stored_rows: set[int] = set()
        self._new_incoming: list[tuple[int, int]] = []
        # By group, blank except during a computation.
        self._weight_buffer = np.zeros(1024)
        self._position_buffer = np.full(1024, -1, dtype=np.int32)

    def __contains__(self, group: int) -> bool:
        """Whether the row of a group is known without a look-up."""
        return group in self._adjacency

    def set_event_threshold(self, event_threshold: float) -> None:
        """Change the probability from which neighbours may be linked, and update all links."""
        self._links.event_threshold = event_threshold
        self._links.update(self._adjacency.nodes())

    def commit(self) -> None:
        """Make the pending changes final."""
        self._adjacency.commit()
        for group in self._stored_rows:
            self._incoming.pop(group, None)
        self._stored_rows.clear()
        self._new_incoming.clear()

    def rollback(self) -> None:
        """Undo everything since the last commit."""
        groups = self._adjacency.rollback()
        if len(groups):
            self._links.update_norms(groups, *self._adjacency.positions(groups))
        for group, finder in self._new_incoming:
            self._incoming[group].discard(finder)
            if not self._incoming[group]:
                del self._incoming[group]
        self._stored_rows.clear()
        self._new_incoming.clear()

    def neighbours(self, group: int) -> Neighbours:
        """The neighbours of a group, looked up if they are not known."""
        self._ensure_row(group)
        entries = self._adjacency.row(group)
        return Neighbours(entries.neighbour.copy(), entries.probability.copy())

    def linked_neighbours(self, groups: Sequence[int]) -> Groups:
        """The groups that some groups are linked to; the rows of their neighbours are looked up."""
        nodes = self._ensure_rows(groups)
        if self._incoming:
            self._ensure_neighbour_rows(nodes)
        positions, _ = self._adjacency.positions(nodes)
        entries = self._adjacency.entries
        return np.unique(entries.neighbour[positions[entries.linked[positions]]])

    def probability_matrix(self, groups: Sequence[int]) -> FloatArray:
        """Probabilities between some groups; pairs that are no neighbours count as 0.

        Parameters
        ----------
        groups : sequence of int

        Returns
        -------
        ndarray of float64, shape (n_groups, n_groups)
        """
        nodes = self._ensure_rows(groups)
        self._position_buffer[nodes] = np.arange(len(nodes))
        positions, rows = self._adjacency.positions(nodes)
        entries = self._adjacency.entries
        columns = self._position_buffer[entries.neighbour[positions]]
        inside = columns >= 0
        matrix = np.eye(len(nodes))
        matrix[rows[inside], columns[inside]] = entries.probability[positions[inside]]
        self._position_buffer[nodes] = -1
        return np.maximum(matrix, matrix.T)

    def add(self, group: int) -> set[int]:
        """Add a new group.

        Parameters
        ----------
        group : int

        Returns
        -------
        set of int
            Groups whose links have changed.
        """
        return self._store_row(group, self._find_neighbours(group))

    def remove(self, group: int) -> set[int]:
        """Remove a group.

        Parameters
        ----------
        group : int

        Returns
        -------
        set of int
            Groups whose links have changed.
        """
        changed: set[int] = set()
        if group in self._adjacency:
            row = self._adjacency.row(group)
            neighbours, edge_weights = row.neighbour.copy(), row.edge_weight.copy()
            changed.update(neighbours[row.linked].tolist())
            self._adjacency.remove_row(group)
        else:
            neighbours, edge_weights = self._incoming_neighbours(group)
        has_row = self._adjacency.has_row(neighbours)
        if has_row.any():
            self._remove_node(group, neighbours[has_row], edge_weights[has_row])
        return changed | self._links.update(neighbours[has_row])

    def rescore(self, groups: Iterable[int], score_neighbours: ScoreNeighbours) -> set[int]:
        """Compute the probabilities of some groups' neighbours again.

        Parameters
        ----------
        groups : iterable of int
            Groups without a row are left out.
        score_neighbours : callable
            Returns the probabilities between a group and others.

        Returns
        -------
        set of int
            The groups with a probability that changed by more than `RESCORE_TOLERANCE`, and all
            groups whose links have changed.
        """
        rescored = {
            group: self._rescore_row(group, score_neighbours)
            for group in groups
            if group in self._adjacency
        }
        moved = {group: row for group, row in rescored.items() if row is not None}
        changed = {*moved}.union(*map(self.remove, moved))
        return changed.union(*(self._store_row(group, row) for group, row in moved.items()))

    def _rescore_row(
        self, group: int, score_neighbours: ScoreNeighbours
    ) -> tuple[Groups, FloatArray] | None:
        """The neighbours of a group with new probabilities; None if these are nearly as before."""
        before = self.neighbours(group)
        if not len(before.groups):
            return None
        probabilities = score_neighbours(group, before.groups)
        if np.abs(probabilities - before.probabilities).max() <= RESCORE_TOLERANCE:
            return None
        near = probabilities >= NEIGHBOUR_THRESHOLD
        return before.groups[near], probabilities[near]

    def _ensure_neighbour_rows(self, groups: Groups) -> None:
        """Look up the rows of neighbours that might be linked."""
        positions, _ = self._adjacency.positions(groups)
        entries = self._adjacency.entries
        probable = positions[entries.probability[positions] >= self._links.event_threshold]
        without_row = probable[np.isnan(entries.shared_neighbour_weight[probable])]
        for neighbour in np.unique(entries.neighbour[without_row]).tolist():
            if self.lookup_budget > 0:
                self._ensure_row(neighbour)

    def _ensure_rows(self, groups: Sequence[int]) -> Groups:
        nodes = np.array(groups, dtype=np.int64)
        for group in nodes[~self._adjacency.has_row(nodes)].tolist():
            self._ensure_row(group)
        return nodes

    def _ensure_row(self, group: int) -> None:
        if group not in self._adjacency:
            self.lookup_budget -= 1
            self._store_row(group, self._find_neighbours(group))

    def _store_row(self, group: int, neighbours: tuple[Groups, FloatArray]) -> set[int]:
        """Store the row of a group, and the group in the rows of its neighbours.

        Returns the groups whose links have changed.
        """
        row = self._merge_incoming(group, *neighbours)
        groups = row.neighbour
        self._reserve(int(groups.max(initial=group)))
        has_row = self._adjacency.has_row(groups)
        for without_row in groups[~has_row].tolist():
            self._add_incoming(without_row, group)
        if has_row.any():
            self._insert_node(group, row, has_row)
        self._adjacency.set_row(group, row)
        self._stored_rows.add(group)
        return self._links.update(np.append(groups[has_row], group))

    def _add_incoming(self, group: int, finder: int) -> None:
        """Record that a group without a row was found by another one."""
        finders = self._incoming.setdefault(group, set())
        if finder not in finders:
            finders.add(finder)
            self._new_incoming.append((group, finder))

    def _merge_incoming(self, group: int, groups: Groups, probabilities: FloatArray) -> Entries:
        """The neighbours of a group: those that it finds, and those that have found it."""
        merged = dict(zip(groups.tolist(), probabilities.tolist(), strict=True))
        for finder, entry in self._incoming_entries(group):
            merged[finder] = float(entry.probability[0])
        return _new_entries(np.array([*merged], np.int64), np.array([*merged.values()], np.float64))

    def _incoming_entries(self, group: int) -> Iterator[tuple[int, Entries]]:
        """The groups that have a group without a row as a neighbour, with their entries of it."""
        for finder in sorted(self._incoming.get(group, ())):
            if finder in self._adjacency:
                row = self._adjacency.row(finder)
                if (row.neighbour == group).any():
                    yield finder, row.take(row.neighbour == group)

    def _incoming_neighbours(self, group: int) -> tuple[Groups, FloatArray]:
        """The groups that have a group without a row as a neighbour, and their edge weights."""
        incoming = [
            (finder, float(entry.edge_weight[0])) for finder, entry in self._incoming_entries(group)
        ]
        finders, edge_weights = zip(*incoming, strict=True) if incoming else ((), ())
        self._reserve(max(finders, default=group))
        return np.array(finders, np.int64), np.array(edge_weights, np.float64)

    def _insert_node(self, group: int, row: Entries, has_row: NDArray[np.bool_]) -> None:
        """Insert a new group into the rows of its neighbours, and compute what it shares with them.

        Parameters
        ----------
        group : int
        row : Entries
            The row of the group; its shared neighbour weights are filled in.
        has_row : ndarray of bool
            Mask of the neighbours that have a row.
        """
        new_entries = row.take(has_row)
        neighbours, edge_weights = new_entries.neighbour.copy(), new_entries.edge_weight
        self._adjacency.save_rows(neighbours)
        positions, owners = self._adjacency.positions(neighbours)
        entries = self._adjacency.entries
        row_neighbours = entries.neighbour[positions]
        self._weight_buffer[row.neighbour] = row.edge_weight
        weight_to_other = self._weight_buffer[row_neighbours]
        self._weight_buffer[row.neighbour] = 0
        shared = np.bincount(
            owners, weight_to_other * entries.edge_weight[positions], len(neighbours)
        )
        is_group = row_neighbours == group
        has_group = np.zeros(len(neighbours), dtype=np.bool_)
        has_group[owners[is_group]] = True
        # Two neighbours that both had the new group in their rows count it already.
        self._position_buffer[neighbours[has_group]] = 0
        uncounted = ~(has_group[owners] & (self._position_buffer[row_neighbours] == 0))
        self._position_buffer[neighbours[has_group]] = -1
        entries.shared_neighbour_weight[positions] += np.where(
            uncounted, edge_weights[owners] * weight_to_other, 0.0
        )
        entries.shared_neighbour_weight[positions[is_group]] = shared[owners[is_group]]
        row.shared_neighbour_weight[has_row] = shared
        new_entries.shared_neighbour_weight[:] = shared
        new_entries.neighbour[:] = group
        self._adjacency.append(neighbours[~has_group], new_entries.take(~has_group))

    def _remove_node(self, group: int, neighbours: Groups, edge_weights: FloatArray) -> None:
        """Remove a group from the rows of its neighbours."""
        self._adjacency.save_rows(neighbours)
        positions, owners = self._adjacency.positions(neighbours)
        entries = self._adjacency.entries
        row_neighbours = entries.neighbour[positions]
        self._weight_buffer[neighbours] = edge_weights
        weight_to_other = self._weight_buffer[row_neighbours]
        entries.shared_neighbour_weight[positions] -= edge_weights[owners] * weight_to_other
        self._weight_buffer[neighbours] = 0
        is_group = row_neighbours == group
        self._adjacency.delete(neighbours[owners[is_group]], positions[is_group])

    def _reserve(self, group: int) -> None:
        self._links.reserve(group)
        while group >= len(self._weight_buffer):
            self._weight_buffer = np.concatenate(
                [self._weight_buffer, np.zeros_like(self._weight_buffer)]
            )
            self._position_buffer = np.concatenate(
                [self._position_buffer, np.full_like(self._position_buffer, -1)]
            )


def _new_entries(groups: Groups, probabilities: FloatArray) -> Entries:
    """Entries of neighbours whose links and shared weights are not known yet."""
    entries = Entries.zeros(len(groups))
    entries.neighbour[:], entries.probability[:] = groups, probabilities
    entries.edge_weight[:] = np.rint(probabilities**2 * _EDGE_WEIGHT_STEPS) / _EDGE_WEIGHT_STEPS
    entries.shared_neighbour_weight[:] = np.nan
    return entries

"""Which groups are likely neighbours: a graph whose links need a quorum.

Two groups are *neighbours* from a low probability of "same event". They are *linked* if they are
probably one event and the company they keep is alike as well: the neighbours of the one, weighed
by how near they are, are much the neighbours of the other. So a single article that looks like
two stories does not chain them. Events are found inside the linked parts of the graph, which
depends on what is there and not on the order in which it came: nearness is counted in whole
millionths, roughly, so that sums are exact whatever the order of their terms.

A group's row is found out when it is first asked for, and then kept up to date. What one judgement
changes can be taken back until it is kept.

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

from clustering.events.adjacency import Adjacency, Entries, Positions

NEIGHBOUR_THRESHOLD: Final = 0.15
"""Probability from which two groups are neighbours."""
DEFAULT_EVENT_THRESHOLD: Final = 0.42
"""The line, unless it is drawn elsewhere: probability from which two groups may be linked, and mean
probability that makes one event."""
MIN_STRUCTURAL_SIMILARITY: Final = 0.7
"""How alike the company of linked groups is, as a cosine."""

RESCORE_TOLERANCE: Final = 0.05
"""By so much a probability may be another before anything is judged again because of it."""

_EDGE_WEIGHT_STEPS: Final = float(1 << 20)
"""Nearness is a multiple of one part in so many: sums of thousands of products are exact."""

Groups = NDArray[np.int64]
FloatArray = NDArray[np.float64]
FindNeighbours = Callable[[int], tuple[Groups, FloatArray]]
"""Gives a group's neighbours with their probabilities."""
ScoreNeighbours = Callable[[int, Groups], FloatArray]
"""Gives the probabilities between a group and others."""


class Neighbours(NamedTuple):
    """One group's neighbours: parallel arrays.

    Attributes
    ----------
    groups : ndarray of int64
    probabilities : ndarray of float64
    """

    groups: Groups
    probabilities: FloatArray


class NeighbourGraph:
    """The graph of likely neighbours.

    Of each neighbour is noted its probability, how near that makes it, whether the two are linked,
    and what they have in common: products of nearness over the neighbours that both have, added
    up; NaN for a neighbour that was not asked for yet.

    Parameters
    ----------
    find_neighbours : callable
    event_threshold : float
        The line: probability from which two groups may be linked.

    Attributes
    ----------
    lookup_budget : float
        How many more rows may be looked for along the links; what is not looked for is not linked.
    """

    def __init__(
        self, find_neighbours: FindNeighbours, event_threshold: float = DEFAULT_EVENT_THRESHOLD
    ) -> None:
        self.lookup_budget = inf
        self._find_neighbours = find_neighbours
        self._event_threshold = event_threshold
        self._adjacency = Adjacency()
        self._incoming: dict[int, set[int]] = {}
        # Since the last commit: groups whose rows were stored, and entries of `_incoming`.
        self._stored_rows: set[int] = set()
        self._new_incoming: list[tuple[int, int]] = []
        # By group: the nearness of its nearest neighbour, which is its own to itself, and the
        # squared length of its company; the others are blank but while something is worked out.
        self._self_weight = np.zeros(1024)
        self._squared_norm = np.zeros(1024)
        self._weight_buffer = np.zeros(1024)
        self._position_buffer = np.full(1024, -1, dtype=np.int32)

    def __contains__(self, group: int) -> bool:
        """Whether a group's row is known without looking for it."""
        return group in self._adjacency

    def set_event_threshold(self, event_threshold: float) -> None:
        """Link the neighbours that are known from another probability on."""
        self._event_threshold = event_threshold
        self._update_links(self._adjacency.nodes())

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
            self._update_norms(groups, *self._adjacency.positions(groups))
        for group, finder in self._new_incoming:
            self._incoming[group].discard(finder)
            if not self._incoming[group]:
                del self._incoming[group]
        self._stored_rows.clear()
        self._new_incoming.clear()

    def neighbours(self, group: int) -> Neighbours:
        """A group's neighbours, looked for if they are not known."""
        self._ensure_row(group)
        entries = self._adjacency.row(group)
        return Neighbours(entries.neighbour.copy(), entries.probability.copy())

    def linked_neighbours(self, groups: Sequence[int]) -> Groups:
        """The groups that some groups are linked with; their neighbours' rows are looked for."""
        some = self._ensure_rows(groups)
        if self._incoming:
            self._ensure_neighbour_rows(some)
        at, _ = self._adjacency.positions(some)
        return np.unique(self._adjacency.entries.neighbour[at[self._adjacency.entries.linked[at]]])

    def probability_matrix(self, groups: Sequence[int]) -> FloatArray:
        """Probabilities between some groups; who is no neighbour counts as 0.

        Returns
        -------
        ndarray of float64, shape (n_groups, n_groups)
        """
        some = self._ensure_rows(groups)
        self._position_buffer[some] = np.arange(len(some))
        at, owners = self._adjacency.positions(some)
        others = self._position_buffer[self._adjacency.entries.neighbour[at]]
        inside = others >= 0
        matrix = np.eye(len(some))
        matrix[owners[inside], others[inside]] = self._adjacency.entries.probability[at[inside]]
        self._position_buffer[some] = -1
        return np.maximum(matrix, matrix.T)

    def add(self, group: int) -> set[int]:
        """Take in a group that is new.

        Returns
        -------
        set of int
            Groups whose links have changed.
        """
        return self._store_row(group, self._find_neighbours(group))

    def remove(self, group: int) -> set[int]:
        """Take a group out.

        Returns
        -------
        set of int
            Groups whose links have changed.
        """
        changed: set[int] = set()
        if group in self._adjacency:
            row = self._adjacency.row(group)
            beside, near = row.neighbour.copy(), row.edge_weight.copy()
            changed.update(beside[row.linked].tolist())
            self._adjacency.remove_row(group)
        else:
            beside, near = self._incoming_neighbours(group)
        known = self._adjacency.has_row(beside)
        if known.any():
            self._remove_node(group, beside[known], near[known])
        return changed | self._update_links(beside[known])

    def rescore(self, groups: Iterable[int], score_neighbours: ScoreNeighbours) -> set[int]:
        """Judge again how near some groups are to their neighbours.

        Parameters
        ----------
        groups : iterable of int
            Those whose rows are not known are left out.
        score_neighbours : callable

        Returns
        -------
        set of int
            Those of them that are nearer to somebody now, or less near, and all whose links have
            changed; without those that moved by no more than `SLIGHTLY`.
        """
        weighed = {
            group: self._rescore_row(group, score_neighbours)
            for group in groups
            if group in self._adjacency
        }
        moved = {group: near for group, near in weighed.items() if near is not None}
        changed = {*moved}.union(*map(self.remove, moved))
        return changed.union(*(self._store_row(group, near) for group, near in moved.items()))

    def _rescore_row(
        self, group: int, score_neighbours: ScoreNeighbours
    ) -> tuple[Groups, FloatArray] | None:
        """A group's neighbours as they are weighed now; None if that is nearly as before."""
        before = self.neighbours(group)
        if not len(before.groups):
            return None
        found = score_neighbours(group, before.groups)
        if np.abs(found - before.probabilities).max() <= RESCORE_TOLERANCE:
            return None
        near = found >= NEIGHBOUR_THRESHOLD
        return before.groups[near], found[near]

    def _ensure_neighbour_rows(self, groups: Groups) -> None:
        """Learn of the neighbours that might be linked and were not asked yet."""
        at, _ = self._adjacency.positions(groups)
        entries = self._adjacency.entries
        probable = at[entries.probability[at] >= self._event_threshold]
        strangers = entries.neighbour[probable[np.isnan(entries.shared_neighbour_weight[probable])]]
        for stranger in np.unique(strangers).tolist():
            if self.lookup_budget > 0:
                self._ensure_row(stranger)

    def _ensure_rows(self, groups: Sequence[int]) -> Groups:
        some = np.array(groups, dtype=np.int64)
        for group in some[~self._adjacency.has_row(some)].tolist():
            self._ensure_row(group)
        return some

    def _ensure_row(self, group: int) -> None:
        if group not in self._adjacency:
            self.lookup_budget -= 1
            self._store_row(group, self._find_neighbours(group))

    def _store_row(self, group: int, neighbours: tuple[Groups, FloatArray]) -> set[int]:
        """Note a group's row, and the group in those of its neighbours that are known."""
        found = self._merge_incoming(group, *neighbours)
        groups = found.neighbour
        self._reserve(int(groups.max(initial=group)))
        known = self._adjacency.has_row(groups)
        for unknown in groups[~known].tolist():
            self._add_incoming(unknown, group)
        if known.any():
            self._insert_node(group, found, known)
        self._adjacency.set_row(group, found)
        self._stored_rows.add(group)
        return self._update_links(np.append(groups[known], group))

    def _add_incoming(self, group: int, finder: int) -> None:
        """Remember that a group without a row was found by another one."""
        finders = self._incoming.setdefault(group, set())
        if finder not in finders:
            finders.add(finder)
            self._new_incoming.append((group, finder))

    def _merge_incoming(self, group: int, groups: Groups, probabilities: FloatArray) -> Entries:
        """The neighbours of a group: those that are found, and those that have found it."""
        known = dict(zip(groups.tolist(), probabilities.tolist(), strict=True))
        for other, entry in self._incoming_entries(group):
            known[other] = float(entry.probability[0])
        return _new_entries(np.array([*known], np.int64), np.array([*known.values()], np.float64))

    def _incoming_entries(self, group: int) -> Iterator[tuple[int, Entries]]:
        """What others have noted of a group that was not asked for yet."""
        for other in sorted(self._incoming.get(group, ())):
            if other in self._adjacency:
                row = self._adjacency.row(other)
                if (row.neighbour == group).any():
                    yield other, row.take(row.neighbour == group)

    def _incoming_neighbours(self, group: int) -> tuple[Groups, FloatArray]:
        noted = [
            (other, float(entry.edge_weight[0])) for other, entry in self._incoming_entries(group)
        ]
        others, near = zip(*noted, strict=True) if noted else ((), ())
        self._reserve(max(others, default=group))
        return np.array(others, np.int64), np.array(near, np.float64)

    def _insert_node(self, group: int, row: Entries, known: NDArray[np.bool_]) -> None:
        """Note a newcomer in the rows of its neighbours, and what it has in common with them."""
        met = row.take(known)
        beside, near = met.neighbour.copy(), met.edge_weight
        self._adjacency.save_rows(beside)
        at, owners = self._adjacency.positions(beside)
        entries = self._adjacency.entries
        others = entries.neighbour[at]
        self._weight_buffer[row.neighbour] = row.edge_weight
        shared = self._weight_buffer[others]
        self._weight_buffer[row.neighbour] = 0
        common = np.bincount(owners, shared * entries.edge_weight[at], len(beside))
        noted = others == group
        has = np.zeros(len(beside), dtype=np.bool_)
        has[owners[noted]] = True
        # What two have in common counts the newcomer already where both had noted it.
        self._position_buffer[beside[has]] = 0
        news = ~(has[owners] & (self._position_buffer[others] == 0))
        self._position_buffer[beside[has]] = -1
        entries.shared_neighbour_weight[at] += np.where(news, near[owners] * shared, 0.0)
        entries.shared_neighbour_weight[at[noted]] = common[owners[noted]]
        row.shared_neighbour_weight[known] = met.shared_neighbour_weight[:] = common
        met.neighbour[:] = group
        self._adjacency.append(beside[~has], met.take(~has))

    def _remove_node(self, group: int, neighbours: Groups, edge_weights: FloatArray) -> None:
        """Take a leaver out of the rows of its neighbours."""
        self._adjacency.save_rows(neighbours)
        at, owners = self._adjacency.positions(neighbours)
        entries = self._adjacency.entries
        others = entries.neighbour[at]
        self._weight_buffer[neighbours] = edge_weights
        entries.shared_neighbour_weight[at] -= edge_weights[owners] * self._weight_buffer[others]
        self._weight_buffer[neighbours] = 0
        noted = others == group
        self._adjacency.delete(neighbours[owners[noted]], at[noted])

    def _update_links(self, groups: Groups) -> set[int]:
        """Say anew which neighbours of some groups are linked; return whose links have changed."""
        self._adjacency.save_rows(groups)
        at, owners = self._adjacency.positions(groups)
        self._update_norms(groups, at, owners)
        entries = self._adjacency.entries
        linked = np.zeros(len(at), dtype=np.bool_)
        probable = np.flatnonzero(entries.probability[at] >= self._event_threshold)
        linked[probable] = self._are_similar(groups[owners[probable]], at[probable])
        flips = np.flatnonzero(linked != entries.linked[at])
        entries.linked[at[flips]] = linked[flips]
        ones, others = groups[owners[flips]], entries.neighbour[at[flips]]
        self._mirror_links(ones, others, linked[flips], updated_groups=groups)
        return {*ones.tolist(), *others.tolist()}

    def _mirror_links(
        self, groups: Groups, neighbours: Groups, linked: NDArray[np.bool_], updated_groups: Groups
    ) -> None:
        """Let those who were not looked at see the link, or that it is gone, from their side."""
        self._position_buffer[updated_groups] = 0
        away = np.flatnonzero(self._position_buffer[neighbours] < 0)
        self._position_buffer[updated_groups] = -1
        self._adjacency.save_rows(neighbours[away])
        for at in away.tolist():
            row = self._adjacency.row(int(neighbours[at]))
            row.linked[row.neighbour == groups[at]] = linked[at]

    def _are_similar(self, groups: Groups, positions: Positions) -> NDArray[np.bool_]:
        """Whether groups keep much the same company as their neighbours at some positions."""
        entries = self._adjacency.entries
        others = entries.neighbour[positions]
        common = entries.shared_neighbour_weight[positions] + entries.edge_weight[positions] * (
            self._self_weight[groups] + self._self_weight[others]
        )
        lengths = self._squared_norm[groups] * self._squared_norm[others]
        alike: NDArray[np.bool_] = common >= MIN_STRUCTURAL_SIMILARITY * np.sqrt(lengths)
        return alike

    def _update_norms(self, groups: Groups, positions: Positions, owners: Positions) -> None:
        """A group is to itself as near as its nearest neighbour."""
        near = self._adjacency.entries.edge_weight[positions]
        own = np.zeros(len(groups))
        np.maximum.at(own, owners, near)
        self._self_weight[groups] = own
        self._squared_norm[groups] = np.bincount(owners, near**2, len(groups)) + own**2

    def _reserve(self, group: int) -> None:
        while group >= len(self._self_weight):
            self._self_weight = np.concatenate(
                [self._self_weight, np.zeros_like(self._self_weight)]
            )
            self._squared_norm = np.concatenate(
                [self._squared_norm, np.zeros_like(self._squared_norm)]
            )
            self._weight_buffer = np.concatenate(
                [self._weight_buffer, np.zeros_like(self._weight_buffer)]
            )
            self._position_buffer = np.concatenate(
                [self._position_buffer, np.full_like(self._position_buffer, -1)]
            )


def _new_entries(groups: Groups, probabilities: FloatArray) -> Entries:
    """Entries of neighbours of which nothing else is known."""
    found = Entries.zeros(len(groups))
    found.neighbour[:], found.probability[:] = groups, probabilities
    found.edge_weight[:] = np.rint(probabilities**2 * _EDGE_WEIGHT_STEPS) / _EDGE_WEIGHT_STEPS
    found.shared_neighbour_weight[:] = np.nan
    return found

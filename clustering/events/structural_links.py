"""Structural links: neighbours that are probably one event and have similar neighbourhoods.

The neighbourhood of a group is the vector of its edge weights, with its largest edge weight as its
weight to itself. Two neighbours are linked if the cosine similarity of these vectors is high.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.adjacency import Adjacency, Positions

MIN_STRUCTURAL_SIMILARITY: Final = 0.7
"""Cosine similarity that the neighbourhoods of linked groups have at least."""

Groups = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class StructuralLinks:
    """Keeps the links in adjacency rows up to date.

    Parameters
    ----------
    adjacency : Adjacency
    event_threshold : float

    Attributes
    ----------
    event_threshold : float
        Probability from which two groups may be linked.
    """

    def __init__(self, adjacency: Adjacency, event_threshold: float) -> None:
        self.event_threshold = event_threshold
        self._adjacency = adjacency
        # By group: its largest edge weight, and the squared norm of its neighbourhood.
        self._self_weight = np.zeros(1024)
        self._squared_norm = np.zeros(1024)
        # By group, blank except during a computation.
        self._is_updated = np.zeros(1024, dtype=np.bool_)

    def reserve(self, group: int) -> None:
        """Make room for a group."""
        while group >= len(self._self_weight):
            self._self_weight = np.concatenate(
                [self._self_weight, np.zeros_like(self._self_weight)]
            )
            self._squared_norm = np.concatenate(
                [self._squared_norm, np.zeros_like(self._squared_norm)]
            )
            self._is_updated = np.concatenate([self._is_updated, np.zeros_like(self._is_updated)])

    def update(self, groups: Groups) -> set[int]:
        """Update the links of some groups; return the groups whose links have changed."""
        self._adjacency.save_rows(groups)
        positions, owners = self._adjacency.positions(groups)
        self.update_norms(groups, positions, owners)
        entries = self._adjacency.entries
        linked = np.zeros(len(positions), dtype=np.bool_)
        probable = np.flatnonzero(entries.probability[positions] >= self.event_threshold)
        linked[probable] = self._are_similar(groups[owners[probable]], positions[probable])
        changed = np.flatnonzero(linked != entries.linked[positions])
        entries.linked[positions[changed]] = linked[changed]
        changed_groups, neighbours = groups[owners[changed]], entries.neighbour[positions[changed]]
        self._mirror_links(changed_groups, neighbours, linked[changed], updated_groups=groups)
        return {*changed_groups.tolist(), *neighbours.tolist()}

    def _mirror_links(
        self, groups: Groups, neighbours: Groups, linked: NDArray[np.bool_], updated_groups: Groups
    ) -> None:
        """Copy changed links into the rows of neighbours that were not updated themselves."""
        self._is_updated[updated_groups] = True
        not_updated = np.flatnonzero(~self._is_updated[neighbours])
        self._is_updated[updated_groups] = False
        self._adjacency.save_rows(neighbours[not_updated])
        for change in not_updated.tolist():
            row = self._adjacency.row(int(neighbours[change]))
            row.linked[row.neighbour == groups[change]] = linked[change]

    def _are_similar(self, groups: Groups, positions: Positions) -> NDArray[np.bool_]:
        """Mask of the entries whose neighbour has a neighbourhood similar to that of its group."""
        entries = self._adjacency.entries
        neighbours = entries.neighbour[positions]
        common = entries.shared_neighbour_weight[positions] + entries.edge_weight[positions] * (
            self._self_weight[groups] + self._self_weight[neighbours]
        )
        squared_norms = self._squared_norm[groups] * self._squared_norm[neighbours]
        similar: NDArray[np.bool_] = common >= MIN_STRUCTURAL_SIMILARITY * np.sqrt(squared_norms)
        return similar

    def update_norms(self, groups: Groups, positions: Positions, owners: Positions) -> None:
        """Compute self weights and norms: a group's weight to itself is its largest edge weight."""
        edge_weights = self._adjacency.entries.edge_weight[positions]
        self_weights = np.zeros(len(groups))
        np.maximum.at(self_weights, owners, edge_weights)
        self._self_weight[groups] = self_weights
        squared_norms = np.bincount(owners, edge_weights**2, len(groups))
        self._squared_norm[groups] = squared_norms + self_weights**2

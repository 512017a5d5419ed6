"""Clustering of groups into events, one linked component of the neighbour graph after another.

Inside a component, events are the clusters of average linkage under the editors' constraints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.components import linked_components
from clustering.events.cross_language_links import CrossLanguageLinks
from clustering.events.linkage import average_linkage, constrained_average_linkage
from clustering.events.neighbour_graph import NeighbourGraph
from clustering.events.representatives import EventRepresentatives
from clustering.events.undated import anchor_undated
from clustering.state.must_link_closure import must_link_closure, violates_cannot_link
from clustering.state.overlay import MembershipOverlay

MAX_RECLUSTERED_GROUPS: Final = 1000
"""Groups that are clustered again at once: bounds the time that one article can take."""


class ComponentClustering:
    """Clusters linked components of a neighbour graph into events.

    Parameters
    ----------
    graph : NeighbourGraph
    representatives : EventRepresentatives
    cross_links : CrossLanguageLinks
    """

    def __init__(
        self,
        graph: NeighbourGraph,
        representatives: EventRepresentatives,
        cross_links: CrossLanguageLinks,
    ) -> None:
        self._graph = graph
        self._representatives = representatives
        self._cross_links = cross_links

    def find_components(
        self, overlay: MembershipOverlay, groups: Iterable[int], event_threshold: float
    ) -> list[list[int]]:
        """Find the components of some groups, and those of groups that belong to them.

        These are the other groups of their events, and groups linked across languages.

        Parameters
        ----------
        overlay : MembershipOverlay
        groups : iterable of int
        event_threshold : float

        Returns
        -------
        list of list of int
        """
        components: list[list[int]] = []
        visited: set[int] = set()
        waiting = list(groups)
        while waiting and len(visited) < MAX_RECLUSTERED_GROUPS:
            linked = self._linked_components(overlay, waiting, visited, MAX_RECLUSTERED_GROUPS)
            events = dict.fromkeys(
                overlay.event(group) for component in linked for group in component
            )
            same_event = (overlay.groups(event) for event in events if event is not None)
            across = self._cross_links.linked_groups(chain.from_iterable(linked), event_threshold)
            waiting = [
                group
                for group in chain(chain.from_iterable(same_event), sorted(across))
                if self._can_recluster(group, visited)
            ]
            components += linked
        return components

    def cluster(
        self, overlay: MembershipOverlay, component: list[int], event_threshold: float
    ) -> list[list[int]]:
        """Divide a component into events, independent of the order of arrival.

        Parameters
        ----------
        overlay : MembershipOverlay
        component : list of int
            Groups.
        event_threshold : float
            Mean pair probability from which groups are one event.

        Returns
        -------
        list of list of int
            The groups of each event.
        """
        if len(component) == 1:
            return [component]
        component = self._representatives.sort_by_length(component)
        matrix = anchor_undated(
            self._graph.probability_matrix(component), self._representatives.published(component)
        )
        is_constrained = any(overlay.constrained_slots(group) for group in component)
        labels = (
            _cluster_constrained(overlay, component, matrix, event_threshold)
            if is_constrained
            else average_linkage(matrix, event_threshold)
        )
        clusters: dict[int, list[int]] = {}
        for group, label in zip(component, labels.tolist(), strict=True):
            clusters.setdefault(label, []).append(group)
        return list(clusters.values())

    def partition(
        self, overlay: MembershipOverlay, event_threshold: float, pause: Callable[[], None]
    ) -> list[list[int]]:
        """Cluster all groups into events; parameters as for `EventIndex.partition`."""
        visited: set[int] = set()
        events: list[list[int]] = []
        for group in self._representatives.slot_of:
            pause()
            for component in self._linked_components(
                overlay, [group], visited, len(visited) + MAX_RECLUSTERED_GROUPS
            ):
                events += self.cluster(overlay, component, event_threshold)
        return self._cross_links.join(overlay, events, event_threshold)

    def _linked_components(
        self, overlay: MembershipOverlay, seeds: Iterable[int], visited: set[int], max_visited: int
    ) -> list[list[int]]:
        """Linked components with all must-linked groups, without the groups of locked events."""
        if not overlay.constraints.articles and not overlay.constraints.locked_events:
            return linked_components(self._graph, seeds, visited, max_visited)

        def must_linked(group: int) -> Iterable[int]:
            return must_link_closure(overlay, [group]).groups

        return linked_components(
            self._graph, seeds, visited, max_visited, must_linked, overlay.is_locked
        )

    def _can_recluster(self, group: int, visited: set[int]) -> bool:
        """Whether a group is clustered along with the rest of its event."""
        has_row = group in self._graph or self._graph.lookup_budget > 0
        return has_row and group not in visited


def _cluster_constrained(
    overlay: MembershipOverlay,
    component: Sequence[int],
    matrix: NDArray[np.float64],
    event_threshold: float,
) -> NDArray[np.int64]:
    """Cluster groups, some of which have constraints."""
    nodes: dict[frozenset[int], list[int]] = {}
    components_of: dict[frozenset[int], frozenset[int]] = {}
    for position, group in enumerate(component):
        closure = must_link_closure(overlay, [group])
        nodes.setdefault(closure.groups, []).append(position)
        components_of[closure.groups] = closure.event_components
    cannot_link = np.zeros((len(nodes), len(nodes)), dtype=np.bool_)
    constrained = [
        (row, components_of[node]) for row, node in enumerate(nodes) if components_of[node]
    ]
    for (row, first), (column, second) in combinations(constrained, 2):
        cannot_link[row, column] = cannot_link[column, row] = violates_cannot_link(
            overlay.constraints, first, second
        )
    return constrained_average_linkage(matrix, list(nodes.values()), cannot_link, event_threshold)

"""Connected components of the neighbour graph, bounded in size.

Hand-written because the graph is large and only the components of a few seeds are needed: SciPy's
`connected_components` would visit all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf

from clustering.events.neighbour_graph import NeighbourGraph


def linked_components(
    graph: NeighbourGraph,
    seeds: Iterable[int],
    visited: set[int],
    max_visited: int,
    must_linked: Callable[[int], Iterable[int]] | None = None,
    is_excluded: Callable[[int], bool] | None = None,
) -> list[list[int]]:
    """Find the connected components of some groups.

    Parameters
    ----------
    graph : NeighbourGraph
    seeds : iterable of int
        Groups.
    visited : set of int
        Groups that already are in a component. Those that are found are added.
    max_visited : int
        Maximum size of `visited` afterwards; a component that would exceed it is cut.
    must_linked : callable, optional
        Returns the groups that are in the component of a group whatever its links. They are added
        together, so that a component is not cut between them.
    is_excluded : callable, optional
        Tells which groups belong to no component.

    Returns
    -------
    list of list of int
        The components that contain the seeds, each group once.
    """
    components: list[list[int]] = []
    for seed in seeds:
        if (
            seed in visited
            or len(visited) >= max_visited
            or (is_excluded is not None and is_excluded(seed))
        ):
            continue
        component = _extend_component([], [seed], visited, inf, must_linked)
        n_expanded = 0
        while n_expanded < len(component):
            neighbours = graph.linked_neighbours(component[n_expanded:]).tolist()
            n_expanded = len(component)
            new_groups = [
                group
                for group in neighbours
                if group not in visited and (is_excluded is None or not is_excluded(group))
            ]
            _extend_component(component, new_groups, visited, max_visited, must_linked)
        components.append(component)
    return components


def _extend_component(
    component: list[int],
    groups: Sequence[int],
    visited: set[int],
    max_visited: float,
    must_linked: Callable[[int], Iterable[int]] | None,
) -> list[int]:
    """Add groups that were not visited while there is room, each with its must-linked groups."""
    if must_linked is None and len(visited) + len(groups) <= max_visited:
        component += groups
        visited.update(groups)
        return component
    for group in groups:
        if group not in visited and len(visited) < max_visited:
            together = dict.fromkeys((group, *sorted(must_linked(group) if must_linked else ())))
            component += [linked for linked in together if linked not in visited]
            visited.update(together)
    return component

"""Connected components of the neighbour graph."""

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
    """Walk along the links from some groups.

    Parameters
    ----------
    graph : Likeness
    seeds : iterable of int
    visited : set of int
        Groups that are in a part already; those found are put in.
    max_visited : int
        Groups that `visited` may hold at the end; a part that would hold more is cut.
    must_linked : callable, optional
        Gives the groups that are in the part of a group whatever its links, and all at once, so
        that no part is cut between them.
    is_excluded : callable, optional
        Tells which groups are in no part.

    Returns
    -------
    list of list of int
        The linked parts that hold the seeds, each group once.
    """
    parts: list[list[int]] = []
    for seed in seeds:
        if (
            seed in visited
            or len(visited) >= max_visited
            or (is_excluded is not None and is_excluded(seed))
        ):
            continue
        part = _extend_component([], [seed], visited, inf, must_linked)
        edge = 0
        while edge < len(part):
            beside = graph.linked_neighbours(part[edge:]).tolist()
            edge = len(part)
            near = [
                it
                for it in beside
                if it not in visited and (is_excluded is None or not is_excluded(it))
            ]
            _extend_component(part, near, visited, max_visited, must_linked)
        parts.append(part)
    return parts


def _extend_component(
    component: list[int],
    groups: Sequence[int],
    visited: set[int],
    max_visited: float,
    must_linked: Callable[[int], Iterable[int]] | None,
) -> list[int]:
    """Take groups that are not seen into a part while there is room, each with all tied to it."""
    if must_linked is None and len(visited) + len(groups) <= max_visited:
        component += groups
        visited.update(groups)
        return component
    for group in groups:
        if group not in visited and len(visited) < max_visited:
            company = dict.fromkeys((group, *sorted(must_linked(group) if must_linked else ())))
            component += [it for it in company if it not in visited]
            visited.update(company)
    return component

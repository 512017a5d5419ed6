"""Union-find (disjoint sets) over article keys.

Hand-written because SciPy's `DisjointSet` names a set by any of its elements. Here the smallest
names it, so that components do not depend on the order of decisions.
"""

from __future__ import annotations

from collections.abc import Iterable


class UnionFind:
    """Disjoint sets; a set is named by its smallest element."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def find(self, element: int) -> int:
        """Return the name of the set that contains an element."""
        parent = self._parent
        root = element
        while (next_parent := parent.get(root, root)) != root:
            root = next_parent
        while element != root:
            parent[element], element = root, parent.get(element, element)
        return root

    def union(self, elements: Iterable[int]) -> None:
        """Merge the sets of some elements."""
        roots = sorted({self.find(element) for element in elements})
        self._parent.update(dict.fromkeys(roots, roots[0] if roots else 0))

"""Disjoint sets."""

from __future__ import annotations

from collections.abc import Iterable


class UnionFind:
    """Disjoint sets; each goes by its least element."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def find(self, element: int) -> int:
        """The name of the set that an element is in."""
        parent = self._parent
        root = element
        while (above := parent.get(root, root)) != root:
            root = above
        while element != root:
            parent[element], element = root, parent.get(element, element)
        return root

    def union(self, elements: Iterable[int]) -> None:
        """Bring the sets of some elements together."""
        roots = sorted({self.find(element) for element in elements})
        self._parent.update(dict.fromkeys(roots, roots[0] if roots else 0))

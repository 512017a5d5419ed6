"""Heat map of pairwise similarities, ordered so that similar items are neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """The similarity of two items, at their row and column (from 0)."""

    row: int
    column: int
    similarity: float


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Pairs of items.

    Attributes
    ----------
    order : tuple of int
        Index of the item in each row, and in the column of the same number.
    cells : tuple of Cell
        All cells but the diagonal, row by row.
    """

    order: tuple[int, ...]
    cells: tuple[Cell, ...]


def build_heat_map(similarities: Sequence[Sequence[float]]) -> HeatMap:
    """Lay out the similarities of all pairs.

    Parameters
    ----------
    similarities : sequence of sequence of float, shape (n, n)
        Symmetric, from 0 to 1.

    Returns
    -------
    HeatMap
    """
    order = _order_by_similarity(similarities)
    positions = [(row, column) for row in range(len(order)) for column in range(len(order))]
    cells = (
        Cell(row, column, round(similarities[order[row]][order[column]], 3))
        for row, column in positions
        if row != column
    )
    return HeatMap(order, tuple(cells))


def _order_by_similarity(similarities: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """Chain all items: first the one most similar to all, then always the nearest remaining."""
    remaining = set(range(len(similarities)))
    chain: list[int] = []
    while remaining:
        scores = similarities[chain[-1]] if chain else [sum(row) for row in similarities]
        chain.append(min(remaining, key=lambda i: (-scores[i], i)))
        remaining.remove(chain[-1])
    return tuple(chain)

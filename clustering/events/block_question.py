"""Events that fall into two blocks, for human review.

Each becomes one question: two articles, one from either block. The answer that they report
different events divides the event along the blocks, since those hold together by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.blocks import MIN_BLOCK_GROUPS, find_blocks
from clustering.events.index import EventIndex
from clustering.state.overlay import MembershipOverlay
from clustering.types import UncertainPair

_MAX_GROUPS: Final = 50
"""Groups of an event that is looked at: bounds the time that one article can take."""


def find_block_pair(
    overlay: MembershipOverlay,
    event: int | None,
    event_index: EventIndex,
    article_of: Callable[[int], int],
) -> UncertainPair | None:
    """Find the question about an event that has two blocks.

    Parameters
    ----------
    overlay : MembershipOverlay
    event : int or None
    event_index : EventIndex
    article_of : callable
        Returns the representative article of a group.

    Returns
    -------
    UncertainPair or None
        Of kind "split". None for an event in several languages: their texts resemble one another
        less.
    """
    groups = [] if event is None else sorted(overlay.groups(event))
    if not 2 * MIN_BLOCK_GROUPS <= len(groups) <= _MAX_GROUPS:
        return None
    if event_index.count_comparable(groups[0], groups) < len(groups):
        return None
    matrix = event_index.known_probabilities(groups)
    blocks = None if matrix is None else find_blocks(matrix)
    if matrix is None or blocks is None:
        return None
    first, second = sorted(
        article_of(groups[_medoid(matrix, block)]) for block in (blocks.larger, blocks.smaller)
    )
    n_moved = _count_articles(overlay, (groups[position] for position in blocks.smaller))
    return UncertainPair((first, second), blocks.between, "split", n_moved)


def _medoid(matrix: NDArray[np.float64], block: NDArray[np.int64]) -> int:
    """The position in a block that is likeliest to share an event with the rest of it."""
    return int(block[matrix[np.ix_(block, block)].sum(axis=1).argmax()])


def _count_articles(overlay: MembershipOverlay, groups: Iterable[int]) -> int:
    return sum(len(overlay.members(group)) for group in groups)

"""A proposal to split an event whose duplicate groups fall into two clean blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.linkage import average_linkage
from clustering.events.thresholds import NEIGHBOUR_THRESHOLD
from service.web.admin.presenters.similarity_matrix import CanonicalArticle

_MIN_BLOCK_GROUPS: Final = 2
"""A single group that fits badly is a question of the review queue."""

Block = tuple[CanonicalArticle, ...]


@dataclass(frozen=True, slots=True)
class SplitProposal:
    """Two blocks of an event.

    Attributes
    ----------
    remaining, leaving : tuple of CanonicalArticle
        The canonical articles of the larger and of the smaller block.
    mean_between : float
        Mean pair probability of articles of different blocks.
    """

    remaining: Block
    leaving: Block
    mean_between: float


def propose_split(
    probabilities: NDArray[np.float64],
    articles: Sequence[CanonicalArticle],
    event_threshold: float,
) -> SplitProposal | None:
    """Propose a split if average linkage finds two blocks with hardly a link between them.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_groups, n_groups)
        Pair probabilities of all duplicate groups of an event.
    articles : sequence of CanonicalArticle
        The canonical articles of the groups.
    event_threshold : float

    Returns
    -------
    SplitProposal or None
        None if there are not exactly two blocks of two groups or more, or if they are linked.
    """
    labels = average_linkage(probabilities.copy(), event_threshold)
    blocks = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    if len(blocks) != 2 or min(map(len, blocks)) < _MIN_BLOCK_GROUPS:
        return None
    mean_between = float(probabilities[np.ix_(*blocks)].mean())
    if mean_between >= NEIGHBOUR_THRESHOLD:
        return None
    remaining, leaving = blocks if len(blocks[0]) >= len(blocks[1]) else blocks[::-1]
    return SplitProposal(_pick(articles, remaining), _pick(articles, leaving), mean_between)


def _pick(articles: Sequence[CanonicalArticle], positions: NDArray[np.int64]) -> Block:
    return tuple(articles[position] for position in positions)

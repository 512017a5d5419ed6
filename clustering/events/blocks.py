"""Two blocks of an event: groups that belong together in each, and hardly across.

Events are clusters of average linkage, so that dividing one again at the event threshold finds
nothing. Two events that one common article or a few likely pairs drew together show nevertheless:
each block is near certain inside, and the pairs across are far below that. Probabilities are
averaged as log odds, which a few likely pairs sway less.

References
----------
Genest, C. and Zidek, J. V. (1986). Combining probability distributions. (Logarithmic pooling.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.linkage import divide_in_two
from clustering.events.thresholds import NEIGHBOUR_THRESHOLD
from clustering.similarity.logistic import logit, sigmoid

MIN_BLOCK_GROUPS: Final = 2
"""A single group that fits badly is a question about a pair."""
MIN_WITHIN: Final = 0.92
"""Pooled probability inside the blocks from which they are clean."""
MAX_BETWEEN: Final = 0.65
"""Pooled probability across, up to which they are apart."""
_MAX_PROBABILITY: Final = 0.99
"""Above, pairs count as equally certain."""

Positions = NDArray[np.int64]
Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Two blocks of an event.

    Attributes
    ----------
    larger, smaller : ndarray of int64
        Positions of their groups, ascending.
    between : float
        Pooled probability of the pairs across.
    """

    larger: Positions
    smaller: Positions
    between: float


def find_blocks(probabilities: Probabilities) -> Blocks | None:
    """Find the two blocks of an event.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_groups, n_groups)
        Symmetric pair probabilities. Those below `NEIGHBOUR_THRESHOLD` count as if on it.

    Returns
    -------
    Blocks or None
        None if one of the two halves is a single group, or if they are not clean and apart.
    """
    if len(probabilities) < 2 * MIN_BLOCK_GROUPS:
        return None
    halves = divide_in_two(probabilities)
    smaller, larger = sorted(halves, key=lambda half: (len(half), -half[0]))
    if len(smaller) < MIN_BLOCK_GROUPS:
        return None
    log_odds = logit(np.clip(probabilities, NEIGHBOUR_THRESHOLD, _MAX_PROBABILITY))
    between = sigmoid(log_odds[np.ix_(larger, smaller)].mean())
    within = sigmoid(np.concatenate([_pairs_of(log_odds, half) for half in halves]).mean())
    if within < MIN_WITHIN or between > MAX_BETWEEN:
        return None
    return Blocks(larger, smaller, float(between))


def _pairs_of(matrix: Probabilities, positions: Positions) -> Probabilities:
    rows, columns = np.triu_indices(len(positions), 1)
    return matrix[positions[rows], positions[columns]]

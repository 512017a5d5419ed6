"""Which texts must be grouped together, so that a collection can be divided and grouped in parts.

Texts that share a band, the whole text or the address always must. Others must if the sampled
shingles that they share are a good part of the shorter text, by weight or by number; see
`clustering.duplicates.candidates` for the filter of an article that arrives. What texts of other
parts contain enters only into the weights of common shingles. For these, a part needs the newest
`MAX_HOLDERS` texts that contain each of its common shingles.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.candidates import MAX_STANDARD_ERRORS
from clustering.duplicates.comparison import (
    DUPLICATE_THRESHOLD,
    FULL_WEIGHT_GROUPS,
    MIN_DISTINCTIVE_SHARE,
    NEAR_MISS_RATIO,
)
from clustering.features.fingerprint import sampling_moduli

MIN_COMMON_HOLDERS: Final = FULL_WEIGHT_GROUPS + 1
"""Texts from which a shingle is common: with fewer it has full weight, wherever they are."""
MAX_HOLDERS: Final = 16
"""Texts that are looked at for the weight of a common shingle: it is 1/28 already."""

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


def must_be_together(
    shared_counts: Counts, shared_weights: Numbers, lengths: Counts, mean_weights: Numbers
) -> NDArray[np.bool_]:
    """Tell which pairs of texts must be in one part.

    Parameters
    ----------
    shared_counts : ndarray of int64, shape (n_pairs,)
        Sampled shingles that both contain.
    shared_weights : ndarray of float64, shape (n_pairs,)
        Summed weight of these.
    lengths : ndarray of int64, shape (n_pairs, 2)
        Number of shingles of each text.
    mean_weights : ndarray of float64, shape (n_pairs, 2)
        Mean weight of each text's sampled shingles.

    Returns
    -------
    ndarray of bool, shape (n_pairs,)
    """
    n_sampled = lengths.min(axis=1) / sampling_moduli(lengths.max(axis=1))
    shorter = lengths.argmin(axis=1)
    mean_weight = mean_weights[np.arange(len(shorter)), shorter]
    total_weight = np.maximum(mean_weight, MIN_DISTINCTIVE_SHARE) * n_sampled
    error = 1 / np.sqrt(np.maximum(shared_counts, 1))
    by_weight = (shared_weights >= 1) & (
        (1 + MAX_STANDARD_ERRORS * error) * shared_weights
        >= NEAR_MISS_RATIO * DUPLICATE_THRESHOLD * total_weight
    )
    by_number = (1 + error) * shared_counts >= DUPLICATE_THRESHOLD * n_sampled
    together: NDArray[np.bool_] = (shared_counts > 1) & (by_weight | by_number)
    return together

"""Articles without a date must not bridge reports that their dates keep apart.

A report without a date may be as similar to a crash in March as to another one in June. By mean
probabilities it would draw the two into one event, although their own probability, with both dates
known, is low. So it is taken to be of the date of its likeliest dated neighbour, and no likelier
than that neighbour to belong to a report of another time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.types import SECONDS_PER_DAY

MAX_GAP_DAYS: Final = 7.0
"""Reports at most so far apart may be one event whatever links them."""

Probabilities = NDArray[np.float64]


def anchor_undated(probabilities: Probabilities, published: NDArray[np.float64]) -> Probabilities:
    """Lower the probabilities between texts without a date and reports of another time.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n, n)
        Symmetric.
    published : ndarray of float64, shape (n,)
        POSIX seconds; NaN if it is not known.

    Returns
    -------
    ndarray of float64, shape (n, n)
        Symmetric; the input itself if nothing is lowered.
    """
    is_dated = ~np.isnan(published)
    if is_dated.all() or not is_dated.any():
        return probabilities
    limited = probabilities.copy()
    for row in np.flatnonzero(~is_dated).tolist():
        anchor = _likeliest_dated(probabilities[row], published)
        gap_days = np.abs(published - published[anchor]) / SECONDS_PER_DAY
        far = np.flatnonzero(gap_days > MAX_GAP_DAYS)
        limited[row, far] = np.minimum(probabilities[row, far], probabilities[anchor, far])
        limited[far, row] = limited[row, far]
    return limited


def _likeliest_dated(probabilities: Probabilities, published: NDArray[np.float64]) -> int:
    """The likeliest dated neighbour; of equally likely ones, the latest."""
    dated = np.flatnonzero(~np.isnan(published))
    order = np.lexsort((published[dated], probabilities[dated]))
    return int(dated[order[-1]])

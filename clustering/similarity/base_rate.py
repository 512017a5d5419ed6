"""How much likelier than in training the candidate pairs of a stream report one event.

The share of candidate pairs that report one event differs between streams: one in ten in a full
news feed, every other one in a collection of a few large stories. A regression knows the share of
its training pairs only, so its probabilities are too low in such a collection. The share can be
estimated from unlabelled pairs by expectation maximisation, and the logits are shifted by it.

Only pairs of longer texts take part: a flood of short notices written from one template looks like
one large event. A share below that of the training is not followed: pairs that were selected, such
as those of a stream in which copies are already merged, would drag every probability down.

References
----------
Saerens, M., Latinne, P. and Decaestecker, C. (2002). Adjusting the outputs of a classifier to new a
priori probabilities: a simple procedure. Neural Computation 14(1).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.similarity.logistic import logit, sigmoid

MAX_SHIFT: Final = 2.5
"""Largest shift of a logit; keeps a stream of very similar texts from joining everything."""
SHIFT_STEP: Final = 0.25
"""Shifts are multiples of this, so that they seldom change."""
PRIOR_PAIRS: Final = 50
"""Weight of the share in training, in pairs: few pairs shift little."""
N_ITERATIONS: Final = 50
MIN_WORDS: Final = 50
"""Words of a text from which it takes part. Many short notices of one kind look like one event."""


def estimate_shift(logits: NDArray[np.float64], trained_share: float) -> float:
    """Estimate by how much the logits of a stream's candidate pairs should be raised.

    Parameters
    ----------
    logits : ndarray of float64, shape (n_pairs,)
        Of unlabelled pairs, by the regression.
    trained_share : float
        The share of pairs of one event that the regression was trained with, in (0, 1).

    Returns
    -------
    float
        From 0 to `MAX_SHIFT`.
    """
    trained_logit, shift = float(logit(trained_share)), 0.0
    for _ in range(N_ITERATIONS):
        expected = sigmoid(logits + shift).sum() + PRIOR_PAIRS * trained_share
        shift = float(logit(expected / (len(logits) + PRIOR_PAIRS))) - trained_logit
    return float(np.clip(round(shift / SHIFT_STEP) * SHIFT_STEP, 0.0, MAX_SHIFT))

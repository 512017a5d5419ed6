"""The logistic function and its inverse, by which all regressions give probabilities."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

MIN_LOGIT: Final = -50
"""What is below counts as this much, since the exponential of its opposite may overflow."""


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """Return the probabilities of some logits, in the same shape."""
    probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-np.maximum(logits, MIN_LOGIT)))
    return probabilities


def logit(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Return the logits of some probabilities above 0 and below 1, in the same shape."""
    shares = np.asarray(probabilities, dtype=np.float64)
    logits: NDArray[np.float64] = np.log(shares / (1 - shares))
    return logits

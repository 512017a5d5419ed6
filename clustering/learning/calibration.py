"""Whether probabilities mean what they say: of pairs at 0.8, four in five should be the same.

References
----------
Brier, G. W. (1950). Verification of forecasts expressed in terms of probability.
Murphy, A. H. and Winkler, R. L. (1977). Reliability of subjective probability forecasts of
precipitation and temperature.
Naeini, M. P. et al. (2015). Obtaining well calibrated probabilities using Bayesian binning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

N_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of about one probability.

    Attributes
    ----------
    expected : float
        Their mean probability.
    observed : float
        The share of them that is the same.
    pairs : int
    """

    expected: float
    observed: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probabilities beside the truth.

    Attributes
    ----------
    bins : tuple of Bin
        By tenths of probability, empty ones left out.
    pairs : int
    same : float
        The share of pairs that is the same.
    brier : float
        Mean square error; 0 is best.
    error : float
        Mean gap between what was expected and what was observed in a bin (ECE).
    average_precision : float
        How well the probabilities rank, whatever they say; 1 is best.
    """

    bins: tuple[Bin, ...]
    pairs: int
    same: float
    brier: float
    error: float
    average_precision: float


def measure_calibration(probabilities: NDArray[np.float64], same: NDArray[np.bool_]) -> Calibration:
    """Hold probabilities against the truth.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_pairs,)
    same : ndarray of bool, shape (n_pairs,)

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        If there is no pair.
    """
    from sklearn.metrics import average_precision_score

    if not len(same):
        raise ValueError("there is no pair to compare")
    bins = tuple(_reliability_bins(probabilities, same))
    return Calibration(
        bins,
        len(same),
        float(same.mean()),
        float(np.mean((probabilities - same) ** 2)),
        sum(each.pairs * abs(each.expected - each.observed) for each in bins) / len(same),
        float(average_precision_score(same, probabilities)) if same.any() else 0.0,
    )


def _reliability_bins(probabilities: NDArray[np.float64], same: NDArray[np.bool_]) -> list[Bin]:
    tenth = np.minimum((probabilities * N_BINS).astype(np.int64), N_BINS - 1)
    inside = (tenth == at for at in range(N_BINS))
    return [
        Bin(float(probabilities[at].mean()), float(same[at].mean()), int(at.sum()))
        for at in inside
        if at.any()
    ]

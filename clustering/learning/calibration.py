"""Calibration of pair probabilities: of the pairs at 0.8, four in five should be the same event.

Brier score and average precision are scikit-learn's. The bins are computed here because the
expected calibration error needs the number of pairs in each, which `sklearn.calibration` does not
return.

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
"""Bins of equal width, as the literature has them; more would leave few pairs in each."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Pairs whose probabilities lie in one interval.

    Attributes
    ----------
    expected : float
        Their mean probability.
    observed : float
        The share of them that reports one event.
    pairs : int
    """

    expected: float
    observed: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Agreement of probabilities with labels.

    Attributes
    ----------
    bins : tuple of ReliabilityBin
        By tenths of probability, without empty ones.
    pairs : int
    same_event_share : float
        The share of pairs that reports one event.
    brier : float
        Brier score: mean square error, 0 is best.
    ece : float
        Expected calibration error: mean gap between expected and observed, weighted by pairs.
    average_precision : float
        Quality of the ranking, whatever the probabilities are; 1 is best.
    """

    bins: tuple[ReliabilityBin, ...]
    pairs: int
    same_event_share: float
    brier: float
    ece: float
    average_precision: float


def measure_calibration(probabilities: NDArray[np.float64], same: NDArray[np.bool_]) -> Calibration:
    """Compare probabilities with labels.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_pairs,)
    same : ndarray of bool, shape (n_pairs,)
        Whether the two articles report one event.

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        If there is no pair.
    """
    from sklearn.metrics import average_precision_score, brier_score_loss

    if not len(same):
        raise ValueError("there is no pair to compare")
    bins = tuple(_build_bins(probabilities, same))
    return Calibration(
        bins,
        len(same),
        float(same.mean()),
        float(brier_score_loss(same, probabilities, pos_label=True)),
        sum(each_bin.pairs * abs(each_bin.expected - each_bin.observed) for each_bin in bins)
        / len(same),
        float(average_precision_score(same, probabilities)) if same.any() else 0.0,
    )


def _build_bins(
    probabilities: NDArray[np.float64], same: NDArray[np.bool_]
) -> list[ReliabilityBin]:
    bin_numbers = np.minimum((probabilities * N_BINS).astype(np.int64), N_BINS - 1)
    masks = (bin_numbers == bin_number for bin_number in range(N_BINS))
    return [
        ReliabilityBin(float(probabilities[mask].mean()), float(same[mask].mean()), int(mask.sum()))
        for mask in masks
        if mask.any()
    ]

"""Whether one text is a reprint of another, by their fingerprints.

What many *stories* carry (notices, footers, the frame of a weather report) says little; what many
*copies of one story* carry says all. So a shingle weighs ``min(1, (3 / n)**2)``, where n counts
the duplicate groups, not the articles, that carry it. The count is known for the sampled shingles
(see `clustering.duplicates`), which are a fair sample of all: their mean weight stands for the
weight of the whole part they were drawn from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.fingerprints import Fingerprint, Keys

COMMON: Final = 3
"""A passage that so many stories carry still has full weight."""
LINK: Final = 0.35
"""Texts of at least this score are reprints of one another."""
LITTLE_LEFT: Final = 0.15
"""Where less than this share of a text's weight is left, plain containment decides."""
FEWEST_SHARED: Final = 3
FEWEST_SHINGLES: Final = 10
"""Shorter texts are reprints only if equal: three words in common prove nothing."""
BRIEF: Final = 100
"""Texts up to so many shingles are told apart by their figures as well."""

Weights = NDArray[np.float64]
WeightOf = Callable[[Fingerprint], Weights]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much of the shorter text stands in the longer one.

    Attributes
    ----------
    jaccard, containment : float
        Of the two sets of shingles; containment in the shorter one.
    score : float
        Containment with common passages weighed down; in [0, 1].
    equal : bool
        Whether the two have the same words in the same order.
    same_address : bool
        Whether they stand at one address: one article under two names, so its score is 1.
    """

    jaccard: float
    containment: float
    score: float
    equal: bool = False
    same_address: bool = False

    @property
    def linked(self) -> bool:
        """Whether the two are reprints of one another."""
        return self.score >= LINK

    @property
    def certain(self) -> bool:
        """Whether no count of common passages can part the two."""
        return self.equal or self.same_address


def weigh(stories: NDArray[np.int64]) -> Weights:
    """Weight of shingles that so many stories carry."""
    weights: Weights = np.minimum(1.0, (COMMON / np.maximum(stories, 1)) ** 2)
    return weights


def compare(first: Fingerprint, second: Fingerprint, weight_of: WeightOf) -> Comparison:
    """Compare two texts.

    Parameters
    ----------
    first, second : Fingerprint
    weight_of : callable
        Gives the weights of a fingerprint's `keys`, in their order.

    Returns
    -------
    Comparison
    """
    if first.whole and first.whole == second.whole:
        return Comparison(1.0, 1.0, 1.0, equal=True)
    shorter, longer = sorted((first, second), key=lambda f: (len(f.shingles), f.whole))
    shared = _count_shared(shorter.shingles, longer.shingles)
    containment = shared / max(len(shorter.shingles), 1)
    jaccard = shared / max(len(shorter.shingles) + len(longer.shingles) - shared, 1)
    if first.address and first.address == second.address:
        return Comparison(jaccard, containment, 1.0, same_address=True)
    if shared < FEWEST_SHARED or not _comparable(shorter, longer):
        return Comparison(jaccard, containment, 0.0)
    return Comparison(jaccard, containment, _weighted(shorter, longer, shared, weight_of(shorter)))


def is_brief(fingerprint: Fingerprint) -> bool:
    """Whether a text is too short to be a reprint of anything but its equal."""
    return len(fingerprint.shingles) < FEWEST_SHINGLES


def _comparable(shorter: Fingerprint, longer: Fingerprint) -> bool:
    """Refuse what is too short, and brief reports that differ in their figures."""
    if is_brief(shorter):
        return False
    if len(shorter.shingles) > BRIEF or not len(shorter.numbers) or not len(longer.numbers):
        return True
    return 2 * _count_shared(shorter.numbers, longer.numbers) > len(shorter.numbers)


def _weighted(shorter: Fingerprint, longer: Fingerprint, shared: int, weights: Weights) -> float:
    """Weighted containment, by the mean weight of the sampled shingles of each part."""
    coarser = np.uint32(max(shorter.modulus, longer.modulus))
    sampled = shorter.keys % coarser == 0
    keys, weights = shorter.keys[sampled], weights[sampled]
    common = _among(keys, longer.keys)
    total = len(shorter.shingles)
    carried = shared * _mean(weights[common])
    left = carried + (total - shared) * _mean(weights[~common])
    return float(shared / total if left < LITTLE_LEFT * total else carried / left)


def _mean(weights: Weights) -> float:
    return float(weights.mean()) if len(weights) else 1.0


def _among(keys: Keys, known: Keys) -> NDArray[np.bool_]:
    """Which of `keys` are in `known`; both sorted."""
    if not len(known):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    among: NDArray[np.bool_] = known[places] == keys
    return among


def _count_shared(shorter: Keys, longer: Keys) -> int:
    return int(np.count_nonzero(_among(shorter, longer)))

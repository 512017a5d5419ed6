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
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.features.minhash import Fingerprint, Hashes32, is_too_short

FULL_WEIGHT_GROUPS: Final = 3
"""A passage that so many stories carry still has full weight."""
DUPLICATE_THRESHOLD: Final = 0.35
"""Texts of at least this score are reprints of one another."""
SAME_OUTLET_THRESHOLD: Final = 0.6
"""The score asked of texts of one outlet."""
BOILERPLATE_THRESHOLD: Final = 0.8
"""The score asked of texts that are made of common passages: two reports of one template share
three quarters, and in a flood of them even their names and figures are common."""
NEAR_MISS_RATIO: Final = 0.85
"""Texts of so much of the score that is asked may be reprints yet, once their groups are others and
their passages weigh more: all around them are judged together."""
MIN_DISTINCTIVE_SHARE: Final = 0.15
"""Where less than this share of a text's weight is left, plain containment decides."""
MIN_SHARED_SHINGLES: Final = 3
SHORT_TEXT_SHINGLES: Final = 100
"""Texts up to so many shingles are told apart by their figures as well."""

Weights = NDArray[np.float64]
WeightLookup = Callable[[Fingerprint], Weights]
RejectionReason = Literal["too few shared", "too short", "different numbers"]
"""Why two texts are no reprints whatever the rest of their numbers says."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much of the shorter text stands in the longer one.

    Attributes
    ----------
    jaccard, containment : float
        Of the two sets of shingles; containment in the shorter one.
    score : float
        Containment with common passages weighed down; in [0, 1].
    threshold : float
        The score from which they are reprints of one another.
    same_text : bool
        Whether the two have the same words in the same order.
    same_address : bool
        Whether they stand at one address: one article under two names, so its score is 1.
    """

    jaccard: float
    containment: float
    score: float
    threshold: float = DUPLICATE_THRESHOLD
    same_text: bool = False
    same_address: bool = False

    @property
    def is_linked(self) -> bool:
        """Whether the two are reprints of one another."""
        return self.score >= self.threshold

    @property
    def may_link(self) -> bool:
        """Whether the two may be reprints by other weights, if not by these."""
        by_weight = self.threshold != BOILERPLATE_THRESHOLD
        return self.is_linked or (by_weight and self.score >= NEAR_MISS_RATIO * self.threshold)

    @property
    def is_identical(self) -> bool:
        """Whether no count of common passages can part the two."""
        return self.same_text or self.same_address


REJECTED_BY_SAMPLE: Final = Comparison(0.0, 0.0, 0.0)
"""Stands for the comparison of texts that share too little of what was sampled to be reprints."""


class Overlap(NamedTuple):
    """The shorter text in two parts: what the longer one has too, and the rest.

    Attributes
    ----------
    n_shingles, n_shared : int
        Shingles of the shorter text, and those that both have.
    sampled_shingles : ndarray of uint32
        The shingles of the shorter text that were sampled.
    is_shared : ndarray of bool, shape (n_keys,)
        Which of them the longer text has.
    mean_shared_weight, mean_rest_weight : float
        Mean weight of the sampled shingles of each part.
    """

    n_shingles: int
    n_shared: int
    sampled_shingles: Hashes32
    is_shared: NDArray[np.bool_]
    mean_shared_weight: float
    mean_rest_weight: float

    @property
    def shared_weight(self) -> float:
        """Weight of all that is shared."""
        return self.n_shared * self.mean_shared_weight

    @property
    def total_weight(self) -> float:
        """Weight of the whole shorter text."""
        return self.shared_weight + (self.n_shingles - self.n_shared) * self.mean_rest_weight

    @property
    def is_boilerplate(self) -> bool:
        """Whether so little weight is left that plain containment decides."""
        return self.total_weight < MIN_DISTINCTIVE_SHARE * self.n_shingles

    @property
    def score(self) -> float:
        """Containment with common passages weighed down."""
        return (
            self.n_shared / self.n_shingles
            if self.is_boilerplate
            else self.shared_weight / self.total_weight
        )


def shingle_weight(group_frequency: NDArray[np.int64]) -> Weights:
    """Weight of shingles that so many stories carry."""
    weights: Weights = np.minimum(1.0, (FULL_WEIGHT_GROUPS / np.maximum(group_frequency, 1)) ** 2)
    return weights


def compare(first: Fingerprint, second: Fingerprint, weight_of: WeightLookup) -> Comparison:
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
    if _has_equal_text(first, second):
        return Comparison(1.0, 1.0, 1.0, same_text=True)
    shorter, longer = order_by_length(first, second)
    shared = _count_shared(shorter.shingles, longer.shingles)
    figures = _jaccard_and_containment(shorter, longer, shared)
    if _has_same_address(first, second):
        return Comparison(*figures, 1.0, same_address=True)
    if rejection_reason(shorter, longer, shared):
        return Comparison(*figures, 0.0)
    parts = measure_overlap(shorter, longer, shared, weight_of)
    return Comparison(*figures, parts.score, select_threshold(first, second, parts))


def quick_reject(query: Fingerprint, candidate: Fingerprint, weights: Weights) -> Comparison | None:
    """Compare a text with a shorter one by the weights of the longer alone.

    Reprints share nearly all, or weight enough for the score where as little as may be is left of
    the rest.

    Parameters
    ----------
    query, candidate : Fingerprint
    weights : ndarray of float64
        Those of the first one's `keys`.

    Returns
    -------
    Comparison or None
        With the least that the score can be; None if they may be reprints, or the first is the
        shorter one.
    """
    shorter, longer = order_by_length(query, candidate)
    if shorter is query or _has_equal_text(query, candidate) or _has_same_address(query, candidate):
        return None
    shared, total = _count_shared(shorter.shingles, longer.shingles), len(shorter.shingles)
    figures = _jaccard_and_containment(shorter, longer, shared)
    if rejection_reason(shorter, longer, shared):
        return Comparison(*figures, 0.0)
    keys = shorter.sampled_shingles[_is_sampled_in_both(shorter, longer)]
    at = np.searchsorted(longer.sampled_shingles, keys[_isin_sorted(keys, longer.sampled_shingles)])
    carried = shared * _mean_weight(weights[at])
    if (
        shared >= BOILERPLATE_THRESHOLD * total
        or carried >= DUPLICATE_THRESHOLD * MIN_DISTINCTIVE_SHARE * total
    ):
        return None
    return Comparison(*figures, carried / (carried + total - shared))


def _has_equal_text(first: Fingerprint, second: Fingerprint) -> bool:
    return first.text_hash != 0 and first.text_hash == second.text_hash


def _has_same_address(first: Fingerprint, second: Fingerprint) -> bool:
    return first.url_hash != 0 and first.url_hash == second.url_hash


def _jaccard_and_containment(
    shorter: Fingerprint, longer: Fingerprint, n_shared: int
) -> tuple[float, float]:
    """Jaccard index, and containment in the shorter one."""
    together = len(shorter.shingles) + len(longer.shingles) - n_shared
    return n_shared / max(together, 1), n_shared / max(len(shorter.shingles), 1)


def order_by_length(first: Fingerprint, second: Fingerprint) -> tuple[Fingerprint, Fingerprint]:
    """The shorter of two texts, and the longer one."""
    shorter, longer = sorted((first, second), key=lambda f: (len(f.shingles), f.text_hash))
    return shorter, longer


def select_threshold(first: Fingerprint, second: Fingerprint, overlap: Overlap) -> float:
    """The score that makes two texts reprints.

    More is asked of texts of one outlet, since what it repeats is not its story, and of texts in
    which all is common.
    """
    if overlap.is_boilerplate:
        return BOILERPLATE_THRESHOLD
    one_outlet = first.outlet_hash and first.outlet_hash == second.outlet_hash
    return SAME_OUTLET_THRESHOLD if one_outlet else DUPLICATE_THRESHOLD


def rejection_reason(
    shorter: Fingerprint, longer: Fingerprint, n_shared: int
) -> RejectionReason | None:
    """Refuse what is too short, and brief reports that differ in their figures."""
    if n_shared < MIN_SHARED_SHINGLES:
        return "too few shared"
    if is_too_short(shorter):
        return "too short"
    if (
        len(shorter.shingles) > SHORT_TEXT_SHINGLES
        or not len(shorter.number_hashes)
        or not len(longer.number_hashes)
    ):
        return None
    equal_figures = _count_shared(shorter.number_hashes, longer.number_hashes)
    return None if 2 * equal_figures > len(shorter.number_hashes) else "different numbers"


def measure_overlap(
    shorter: Fingerprint, longer: Fingerprint, n_shared: int, weight_of: WeightLookup
) -> Overlap:
    """Divide a text by what another has of it, and weigh both parts."""
    sampled = _is_sampled_in_both(shorter, longer)
    keys, weights = shorter.sampled_shingles[sampled], weight_of(shorter)[sampled]
    common = _isin_sorted(keys, longer.sampled_shingles)
    carried, rest = _mean_weight(weights[common]), _mean_weight(weights[~common])
    return Overlap(len(shorter.shingles), n_shared, keys, common, carried, rest)


def _is_sampled_in_both(shorter: Fingerprint, longer: Fingerprint) -> NDArray[np.bool_]:
    """Which of a text's keys are sampled at the coarser of two moduli."""
    coarser = max(shorter.modulus, longer.modulus)
    sampled: NDArray[np.bool_] = shorter.sampled_shingles & np.uint32(coarser - 1) == 0
    return sampled


def _mean_weight(weights: Weights) -> float:
    return float(weights.mean()) if len(weights) else 1.0


def _isin_sorted(keys: Hashes32, sorted_keys: Hashes32) -> NDArray[np.bool_]:
    """Which of `keys` are in `sorted_keys`; both sorted."""
    if not len(sorted_keys):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    among: NDArray[np.bool_] = sorted_keys[places] == keys
    return among


def _count_shared(shorter: Hashes32, longer: Hashes32) -> int:
    return int(np.count_nonzero(_isin_sorted(shorter, longer)))

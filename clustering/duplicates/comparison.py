"""Verify near-duplicates: weighted containment of the shingles of two texts.

A passage in many unrelated texts (a notice, a footer, the frame of a weather report) means little;
a passage in many copies of one text means much. So a shingle has the weight ``min(1, (3 / n)**2)``,
where n is the number of duplicate groups, not of articles, that contain it. That number is known
for sampled shingles only (see `clustering.features.fingerprint`). They are a fair sample, so their
mean weight is used as the mean weight of the part of the text that they come from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.veto import FindVeto, Veto, find_veto, has_equal_text, is_one_outlet
from clustering.features.fingerprint import Fingerprint, is_too_short
from clustering.features.minhash import Hashes32

FULL_WEIGHT_GROUPS: Final = 3
"""Maximum group frequency of a shingle with full weight."""
DUPLICATE_THRESHOLD: Final = 0.35
"""Score from which two texts are near-duplicates."""
SAME_OUTLET_THRESHOLD: Final = 0.6
"""The same for two texts of one outlet."""
BRIEF_THRESHOLD: Final = 0.6
"""The same for a text of few words: copies of it differ in an agency's credit or at the end."""
BRIEF_SHINGLES: Final = 30
"""Shingles up to which a text is one of few words."""
BOILERPLATE_THRESHOLD: Final = 0.8
"""The same for texts of common passages only. Two reports from one template share three quarters,
and if there are many of them even their names and numbers are common."""
WHOLE_PART_CONTAINMENT: Final = 0.9
"""Containment from which a text is a part of another one, and so belongs with all copies of it,
though it may share nothing with those that were cut elsewhere."""
NEAR_MISS_RATIO: Final = 0.85
"""Share of the threshold from which two texts may become near-duplicates, when groups change and
their passages gain weight. Their groups are clustered again together."""
MIN_DISTINCTIVE_SHARE: Final = 0.15
"""Minimum share of a text's weight that must remain; below it, plain containment decides."""
MIN_SHARED_SHINGLES: Final = 3
"""Shingles that two near-duplicates share at least."""

Weights = NDArray[np.float64]
WeightLookup = Callable[[Fingerprint], Weights]
RejectionReason = Literal["too few shared", "too short", Veto]
"""Why two texts are not near-duplicates whatever their score."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of comparing two texts.

    Attributes
    ----------
    jaccard, containment : float
        Of the two sets of shingles; containment is the share of the shorter text's shingles that
        the longer one contains.
    score : float
        Containment weighted by how few groups contain each shingle; in [0, 1].
    threshold : float
        Score from which the two are near-duplicates.
    same_text : bool
        Whether the two have the same words in the same order.
    same_address : bool
        Whether the two have one address: one article under two ids, so the score is 1.
    """

    jaccard: float
    containment: float
    score: float
    threshold: float = DUPLICATE_THRESHOLD
    same_text: bool = False
    same_address: bool = False

    @property
    def is_linked(self) -> bool:
        """Whether the two are near-duplicates."""
        return self.score >= self.threshold

    @property
    def is_part(self) -> bool:
        """Whether the two are near-duplicates, and the shorter one is a part of the longer."""
        return self.is_linked and self.containment >= WHOLE_PART_CONTAINMENT

    @property
    def may_link(self) -> bool:
        """Whether the two are near-duplicates, or may become so when weights change."""
        is_weighted = self.threshold != BOILERPLATE_THRESHOLD
        return self.is_linked or (is_weighted and self.score >= NEAR_MISS_RATIO * self.threshold)

    @property
    def is_identical(self) -> bool:
        """Whether the two are near-duplicates whatever the weights."""
        return self.is_linked and (self.same_text or self.same_address)


REJECTED_BY_SAMPLE: Final = Comparison(0.0, 0.0, 0.0)
"""The result for texts that share too few sampled shingles to be near-duplicates."""


class Overlap(NamedTuple):
    """The shorter text in two parts: the part that the longer one contains, and the rest.

    Attributes
    ----------
    n_shingles, n_shared : int
        Shingles of the shorter text, and those that both contain.
    sampled_shingles : ndarray of uint32, shape (n_sampled,)
        Shingles of the shorter text, sampled at the coarser modulus of the two.
    is_shared : ndarray of bool, shape (n_sampled,)
        True for those that the longer text contains.
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
        """Weight of the shared part."""
        return self.n_shared * self.mean_shared_weight

    @property
    def total_weight(self) -> float:
        """Weight of the whole shorter text."""
        return self.shared_weight + (self.n_shingles - self.n_shared) * self.mean_rest_weight

    @property
    def is_boilerplate(self) -> bool:
        """Whether so little weight remains that plain containment decides."""
        return self.total_weight < MIN_DISTINCTIVE_SHARE * self.n_shingles

    @property
    def score(self) -> float:
        """Weighted containment; plain containment for boilerplate."""
        return (
            self.n_shared / self.n_shingles
            if self.is_boilerplate
            else self.shared_weight / self.total_weight
        )


def shingle_weight(group_frequency: NDArray[np.int64]) -> Weights:
    """Return the weights of shingles by the number of groups that contain them."""
    weights: Weights = np.minimum(1.0, (FULL_WEIGHT_GROUPS / np.maximum(group_frequency, 1)) ** 2)
    return weights


def compare(
    first: Fingerprint,
    second: Fingerprint,
    weight_of: WeightLookup,
    find_veto: FindVeto = find_veto,
) -> Comparison:
    """Compare two texts.

    Parameters
    ----------
    first, second : Fingerprint
    weight_of : callable
        Returns the weights of a fingerprint's `sampled_shingles`, in their order.
    find_veto : callable
        Returns what rules out that two texts are copies, as `clustering.duplicates.veto` does.

    Returns
    -------
    Comparison
    """
    if has_equal_text(first, second):
        score = 0.0 if find_veto(first, second) else 1.0
        return Comparison(1.0, 1.0, score, same_text=True)
    shorter, longer = order_by_length(first, second)
    n_shared = count_shared(shorter.shingles, longer.shingles)
    similarities = _jaccard_and_containment(shorter, longer, n_shared)
    if _has_same_address(first, second):
        return Comparison(*similarities, 1.0, same_address=True)
    if rejection_reason(shorter, n_shared):
        return Comparison(*similarities, 0.0)
    overlap = measure_overlap(shorter, longer, n_shared, weight_of)
    comparison = Comparison(*similarities, overlap.score, select_threshold(first, second, overlap))
    return (
        Comparison(*similarities, 0.0)
        if comparison.may_link and find_veto(first, second)
        else comparison
    )


def quick_reject(query: Fingerprint, candidate: Fingerprint, weights: Weights) -> Comparison | None:
    """Compare a text with a shorter candidate by the weights of the query alone.

    The weights of the candidate's other shingles are not looked up. If the shared part is too
    small or too light even when the rest has the least possible weight, the two cannot be
    near-duplicates.

    Parameters
    ----------
    query, candidate : Fingerprint
    weights : ndarray of float64, shape (n_sampled,)
        Weights of the query's `sampled_shingles`.

    Returns
    -------
    Comparison or None
        With the lowest possible score. None if the two may be near-duplicates, or if the query is
        the shorter text.
    """
    shorter, longer = order_by_length(query, candidate)
    if shorter is query or has_equal_text(query, candidate) or _has_same_address(query, candidate):
        return None
    n_shared, n_shingles = count_shared(shorter.shingles, longer.shingles), len(shorter.shingles)
    similarities = _jaccard_and_containment(shorter, longer, n_shared)
    if rejection_reason(shorter, n_shared):
        return Comparison(*similarities, 0.0)
    sampled = shorter.sampled_shingles[_is_sampled_in_both(shorter, longer)]
    shared = sampled[_isin_sorted(sampled, longer.sampled_shingles)]
    positions = np.searchsorted(longer.sampled_shingles, shared)
    shared_weight = n_shared * _mean_weight(weights[positions])
    if (
        n_shared >= BOILERPLATE_THRESHOLD * n_shingles
        or shared_weight >= DUPLICATE_THRESHOLD * MIN_DISTINCTIVE_SHARE * n_shingles
    ):
        return None
    return Comparison(*similarities, shared_weight / (shared_weight + n_shingles - n_shared))


def _has_same_address(first: Fingerprint, second: Fingerprint) -> bool:
    return first.url_hash != 0 and first.url_hash == second.url_hash


def _jaccard_and_containment(
    shorter: Fingerprint, longer: Fingerprint, n_shared: int
) -> tuple[float, float]:
    """Return the Jaccard similarity, and the containment of the shorter text in the longer."""
    n_union = len(shorter.shingles) + len(longer.shingles) - n_shared
    return n_shared / max(n_union, 1), n_shared / max(len(shorter.shingles), 1)


def order_by_length(first: Fingerprint, second: Fingerprint) -> tuple[Fingerprint, Fingerprint]:
    """Return the shorter of two texts, and the longer one."""
    shorter, longer = sorted(
        (first, second),
        key=lambda fingerprint: (len(fingerprint.shingles), fingerprint.text_hash),
    )
    return shorter, longer


def select_threshold(first: Fingerprint, second: Fingerprint, overlap: Overlap) -> float:
    """Return the score from which two texts are near-duplicates.

    It is higher for two texts of one outlet, which repeats passages from article to article, and
    for texts of common passages only.
    """
    if overlap.is_boilerplate:
        return BOILERPLATE_THRESHOLD
    if is_one_outlet(first, second):
        return SAME_OUTLET_THRESHOLD
    return BRIEF_THRESHOLD if overlap.n_shingles < BRIEF_SHINGLES else DUPLICATE_THRESHOLD


def rejection_reason(shorter: Fingerprint, n_shared: int) -> RejectionReason | None:
    """Reject texts that are too short or share too little, before they are read word by word."""
    if n_shared < MIN_SHARED_SHINGLES:
        return "too few shared"
    return "too short" if is_too_short(shorter) else None


def measure_overlap(
    shorter: Fingerprint, longer: Fingerprint, n_shared: int, weight_of: WeightLookup
) -> Overlap:
    """Weigh the part of the shorter text that the longer one contains, and the rest."""
    in_both = _is_sampled_in_both(shorter, longer)
    sampled, weights = shorter.sampled_shingles[in_both], weight_of(shorter)[in_both]
    is_shared = _isin_sorted(sampled, longer.sampled_shingles)
    return Overlap(
        len(shorter.shingles),
        n_shared,
        sampled,
        is_shared,
        mean_shared_weight=_mean_weight(weights[is_shared]),
        mean_rest_weight=_mean_weight(weights[~is_shared]),
    )


def _is_sampled_in_both(shorter: Fingerprint, longer: Fingerprint) -> NDArray[np.bool_]:
    """Mask the shorter text's sampled shingles that are sampled at the coarser modulus too."""
    coarser = max(shorter.modulus, longer.modulus)
    sampled: NDArray[np.bool_] = shorter.sampled_shingles & np.uint32(coarser - 1) == 0
    return sampled


def _mean_weight(weights: Weights) -> float:
    return float(weights.mean()) if len(weights) else 1.0


def _isin_sorted(keys: Hashes32, sorted_keys: Hashes32) -> NDArray[np.bool_]:
    """Return which of `keys` are in `sorted_keys`; faster than `numpy.isin`, which sorts both."""
    if not len(sorted_keys):
        return np.zeros(len(keys), dtype=np.bool_)
    positions = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    is_in: NDArray[np.bool_] = sorted_keys[positions] == keys
    return is_in


def count_shared(shorter: Hashes32, longer: Hashes32) -> int:
    """Count the hashes that are in both of two sorted sets."""
    return int(np.count_nonzero(_isin_sorted(shorter, longer)))

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

from clustering.fingerprints import Fingerprint, Keys

COMMON: Final = 3
"""A passage that so many stories carry still has full weight."""
LINK: Final = 0.35
"""Texts of at least this score are reprints of one another."""
LINK_WHEN_IN_DOUBT: Final = 0.6
"""The score asked of texts of one outlet."""
LINK_WHEN_COMMON: Final = 0.8
"""The score asked of texts that are made of common passages: two reports of one template share
three quarters, and in a flood of them even their names and figures are common."""
NEARLY: Final = 0.85
"""Texts of so much of the score that is asked may be reprints yet, once their groups are others and
their passages weigh more: all around them are judged together."""
LITTLE_LEFT: Final = 0.15
"""Where less than this share of a text's weight is left, plain containment decides."""
FEWEST_SHARED: Final = 3
FEWEST_SHINGLES: Final = 30
"""Shorter texts are reprints only if equal: one sentence, or a headline, is soon written alike."""
BRIEF: Final = 100
"""Texts up to so many shingles are told apart by their figures as well."""

Weights = NDArray[np.float64]
WeightOf = Callable[[Fingerprint], Weights]
Refusal = Literal["too few shared", "too short", "other figures"]
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
    needed : float
        The score from which they are reprints of one another.
    equal : bool
        Whether the two have the same words in the same order.
    same_address : bool
        Whether they stand at one address: one article under two names, so its score is 1.
    """

    jaccard: float
    containment: float
    score: float
    needed: float = LINK
    equal: bool = False
    same_address: bool = False

    @property
    def linked(self) -> bool:
        """Whether the two are reprints of one another."""
        return self.score >= self.needed

    @property
    def near(self) -> bool:
        """Whether the two may be reprints by other weights, if not by these."""
        by_weight = self.needed != LINK_WHEN_COMMON
        return self.linked or (by_weight and self.score >= NEARLY * self.needed)

    @property
    def certain(self) -> bool:
        """Whether no count of common passages can part the two."""
        return self.equal or self.same_address


UNLIKELY: Final = Comparison(0.0, 0.0, 0.0)
"""Stands for the comparison of texts that share too little of what was sampled to be reprints."""


class Parts(NamedTuple):
    """The shorter text in two parts: what the longer one has too, and the rest.

    Attributes
    ----------
    total, shared : int
        Shingles of the shorter text, and those that both have.
    keys : ndarray of uint32
        The shingles of the shorter text that were sampled.
    common : ndarray of bool, shape (n_keys,)
        Which of them the longer text has.
    carried_weight, rest_weight : float
        Mean weight of the sampled shingles of each part.
    """

    total: int
    shared: int
    keys: Keys
    common: NDArray[np.bool_]
    carried_weight: float
    rest_weight: float

    @property
    def carried(self) -> float:
        """Weight of all that is shared."""
        return self.shared * self.carried_weight

    @property
    def left(self) -> float:
        """Weight of the whole shorter text."""
        return self.carried + (self.total - self.shared) * self.rest_weight

    @property
    def plain(self) -> bool:
        """Whether so little weight is left that plain containment decides."""
        return self.left < LITTLE_LEFT * self.total

    @property
    def score(self) -> float:
        """Containment with common passages weighed down."""
        return self.shared / self.total if self.plain else self.carried / self.left


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
    if _equal(first, second):
        return Comparison(1.0, 1.0, 1.0, equal=True)
    shorter, longer = by_length(first, second)
    shared = _count_shared(shorter.shingles, longer.shingles)
    figures = _overlap(shorter, longer, shared)
    if _of_one_address(first, second):
        return Comparison(*figures, 1.0, same_address=True)
    if refusal(shorter, longer, shared):
        return Comparison(*figures, 0.0)
    parts = divide(shorter, longer, shared, weight_of)
    return Comparison(*figures, parts.score, needed(first, second, parts))


def compare_at_a_glance(
    one: Fingerprint, other: Fingerprint, weights: Weights
) -> Comparison | None:
    """Compare a text with a shorter one by the weights of the longer alone.

    Reprints share nearly all, or weight enough for the score where as little as may be is left of
    the rest.

    Parameters
    ----------
    one, other : Fingerprint
    weights : ndarray of float64
        Those of the first one's `keys`.

    Returns
    -------
    Comparison or None
        With the least that the score can be; None if they may be reprints, or the first is the
        shorter one.
    """
    shorter, longer = by_length(one, other)
    if shorter is one or _equal(one, other) or _of_one_address(one, other):
        return None
    shared, total = _count_shared(shorter.shingles, longer.shingles), len(shorter.shingles)
    figures = _overlap(shorter, longer, shared)
    if refusal(shorter, longer, shared):
        return Comparison(*figures, 0.0)
    keys = shorter.keys[_sampled(shorter, longer)]
    at = np.searchsorted(longer.keys, keys[_among(keys, longer.keys)])
    carried = shared * _mean(weights[at])
    if shared >= LINK_WHEN_COMMON * total or carried >= LINK * LITTLE_LEFT * total:
        return None
    return Comparison(*figures, carried / (carried + total - shared))


def _equal(first: Fingerprint, second: Fingerprint) -> bool:
    return first.whole != 0 and first.whole == second.whole


def _of_one_address(first: Fingerprint, second: Fingerprint) -> bool:
    return first.address != 0 and first.address == second.address


def _overlap(shorter: Fingerprint, longer: Fingerprint, shared: int) -> tuple[float, float]:
    """Jaccard index, and containment in the shorter one."""
    together = len(shorter.shingles) + len(longer.shingles) - shared
    return shared / max(together, 1), shared / max(len(shorter.shingles), 1)


def by_length(first: Fingerprint, second: Fingerprint) -> tuple[Fingerprint, Fingerprint]:
    """The shorter of two texts, and the longer one."""
    shorter, longer = sorted((first, second), key=lambda f: (len(f.shingles), f.whole))
    return shorter, longer


def needed(first: Fingerprint, second: Fingerprint, parts: Parts) -> float:
    """The score that makes two texts reprints.

    More is asked of texts of one outlet, since what it repeats is not its story, and of texts in
    which all is common.
    """
    if parts.plain:
        return LINK_WHEN_COMMON
    one_outlet = first.outlet and first.outlet == second.outlet
    return LINK_WHEN_IN_DOUBT if one_outlet else LINK


def is_brief(fingerprint: Fingerprint) -> bool:
    """Whether a text is too short to be a reprint of anything but its equal."""
    return len(fingerprint.shingles) < FEWEST_SHINGLES


def refusal(shorter: Fingerprint, longer: Fingerprint, shared: int) -> Refusal | None:
    """Refuse what is too short, and brief reports that differ in their figures."""
    if shared < FEWEST_SHARED:
        return "too few shared"
    if is_brief(shorter):
        return "too short"
    if len(shorter.shingles) > BRIEF or not len(shorter.numbers) or not len(longer.numbers):
        return None
    equal_figures = _count_shared(shorter.numbers, longer.numbers)
    return None if 2 * equal_figures > len(shorter.numbers) else "other figures"


def divide(shorter: Fingerprint, longer: Fingerprint, shared: int, weight_of: WeightOf) -> Parts:
    """Divide a text by what another has of it, and weigh both parts."""
    sampled = _sampled(shorter, longer)
    keys, weights = shorter.keys[sampled], weight_of(shorter)[sampled]
    common = _among(keys, longer.keys)
    carried, rest = _mean(weights[common]), _mean(weights[~common])
    return Parts(len(shorter.shingles), shared, keys, common, carried, rest)


def _sampled(shorter: Fingerprint, longer: Fingerprint) -> NDArray[np.bool_]:
    """Which of a text's keys are sampled at the coarser of two moduli."""
    coarser = max(shorter.modulus, longer.modulus)
    sampled: NDArray[np.bool_] = shorter.keys & np.uint32(coarser - 1) == 0
    return sampled


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

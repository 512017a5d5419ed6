"""Which carriers of a text's passages are worth a look, and which may be reprints at all.

A sampled shingle that two texts share is as good as the share of the shorter one that was sampled:
what they share in all, and what it weighs, can be told roughly before their texts are looked at.
"""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.fingerprints import Fingerprint, moduli
from clustering.verification import LINK, LINK_WHEN_COMMON, LITTLE_LEFT, Weights

PLAIN_SHARE: Final = 0.25
"""Carriers that share so many of the keys are looked at even if all of those are common."""
MOST_RANKED: Final = 128
ERRORS: Final = 4
"""By so many standard errors the sample may be wrong about what two texts share."""

Counts = NDArray[np.int64]


class Ranked(NamedTuple):
    """Carriers of several keys of a text, those that share the most telling ones first.

    Attributes
    ----------
    slots : ndarray of int64
    shared : ndarray of int64
        Keys that each shares with the text.
    weights : ndarray of float64
        What those weigh together.
    """

    slots: NDArray[np.int64]
    shared: Counts
    weights: Weights


def rank(places: Counts, slots: NDArray[np.uint32], weights: Weights) -> Ranked:
    """Rank the carriers of a text's keys.

    Who shares nothing but what is common is left out, unless it is a good part of the text.

    Parameters
    ----------
    places : ndarray of int64, shape (n_found,)
        Positions in the keys.
    slots : ndarray of uint32, shape (n_found,)
        Who carries the key there.
    weights : ndarray of float64, shape (n_keys,)

    Returns
    -------
    Ranked
    """
    pairs = slots.astype(np.int64) << 32 | places
    pairs.sort()
    carriers = pairs >> 32
    starts = fresh(carriers).nonzero()[0]
    shared = np.concatenate([starts[1:], [len(pairs)]]) - starts
    together = np.add.reduceat(weights[pairs & 0xFFFFFFFF], starts)
    plenty = shared >= PLAIN_SHARE * len(weights)
    enough = ((shared > 1) & ((together >= 1) | plenty)).nonzero()[0]
    best = enough[np.lexsort((-shared[enough], -together[enough]))][:MOST_RANKED]
    return Ranked(carriers[starts[best]], shared[best], together[best])


def fresh(ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which values are not those before them."""
    found = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=found[1:])
    return found


class Lengths:
    """How many shingles the live texts have, by slot."""

    def __init__(self) -> None:
        self._first = 0
        self._lengths = array("I")

    def add(self, slot: int, length: int) -> None:
        """Note the length of a text; slots come in ascending order."""
        self._lengths.extend([0] * (slot - self._first - len(self._lengths)))
        self._lengths.append(length)

    def drop_before(self, slot: int) -> None:
        """Forget the texts before a slot."""
        del self._lengths[: max(slot - self._first, 0)]
        self._first = max(slot, self._first)

    def of(self, slots: NDArray[np.int64]) -> Counts:
        """The lengths of some texts that are live."""
        lengths = np.frombuffer(self._lengths, dtype=np.uint32)
        return lengths[slots - self._first].astype(np.int64)


def may_be_reprints(
    text: Fingerprint, weights: Weights, ranked: Ranked, lengths: Counts
) -> NDArray[np.bool_]:
    """Which carriers share enough of a text's keys to be its reprints, or it theirs.

    The rule is that of `clustering.verification`. If the carrier is the shorter one, the weight
    of the rest of it is not known, but it is not less than what makes the rule another.

    Parameters
    ----------
    text : Fingerprint
    weights : ndarray of float64, shape (n_keys,)
        Those of its keys.
    ranked : Ranked
    lengths : ndarray of int64, shape (n_carriers,)
        How many shingles the carriers have.

    Returns
    -------
    ndarray of bool, shape (n_carriers,)
    """
    own, mean = len(text.shingles), float(weights.mean())
    sampled = np.minimum(lengths, own) / moduli(np.maximum(lengths, own))
    shorter = lengths <= own
    at_most = 1 + ERRORS / np.sqrt(ranked.shared)
    least = np.where(shorter, LITTLE_LEFT, max(mean, LITTLE_LEFT)) * sampled
    by_weight = at_most * ranked.weights >= LINK * least
    by_share = at_most * ranked.shared >= LINK_WHEN_COMMON * sampled
    found: NDArray[np.bool_] = by_weight | (by_share & (shorter | (mean < 2 * LITTLE_LEFT)))
    return found

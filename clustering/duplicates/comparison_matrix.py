"""Many texts compared with one another at once, by the rule of `clustering.verification`.

A group is judged again by comparing its members pairwise, several times over, with other weights
each time. What does not depend on the weights is counted once, and each round is a handful of
matrix products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.comparison import (
    BOILERPLATE_THRESHOLD,
    DUPLICATE_THRESHOLD,
    MIN_DISTINCTIVE_SHARE,
    SAME_OUTLET_THRESHOLD,
    Weights,
    order_by_length,
    rejection_reason,
)
from clustering.features.minhash import MAX_MODULUS, Fingerprint, Hashes32

_MODULI: Final = tuple(1 << level for level in range(MAX_MODULUS.bit_length()))

Matrix = NDArray[np.float64]
BoolMatrix = NDArray[np.bool_]


class ComparisonMatrix:
    """Some texts, ready to be compared.

    Parameters
    ----------
    texts : sequence of Fingerprint

    Attributes
    ----------
    sampled_shingles : ndarray of uint32, shape (n_keys,)
        The sampled shingles of all texts, sorted.
    incidence : ndarray of bool, shape (n_texts, n_keys)
        Which text carries which of them.
    """

    def __init__(self, texts: Sequence[Fingerprint]) -> None:
        self.sampled_shingles, self.incidence = _build_incidence(
            [text.sampled_shingles for text in texts]
        )
        self._patterns = _IncidencePatterns.from_incidence(self.incidence)
        self._n_shared_sampled = self._patterns.sum_shared_weights(
            np.ones(len(self.sampled_shingles))
        )
        _, everything = _build_incidence([text.shingles for text in texts])
        self._n_shared = _IncidencePatterns.from_incidence(everything).sum_shared_weights(
            np.ones(everything.shape[1])
        )
        self._shorter = _find_shorter(texts)
        self._n_shingles = np.array([len(text.shingles) for text in texts])[self._shorter]
        moduli = np.array([text.modulus for text in texts])
        self._modulus_level = np.log2(np.maximum.outer(moduli, moduli)).astype(np.int64)
        self._same_outlet = _find_equal_pairs([text.outlet_hash for text in texts])
        self._is_identical = _find_equal_pairs([t.text_hash for t in texts]) | _find_equal_pairs(
            [t.url_hash for t in texts]
        )
        self._is_rejected = _find_rejected_pairs(texts, self._n_shared)

    def link_matrix(self, weights: Weights) -> BoolMatrix:
        """Which texts are reprints of which.

        Parameters
        ----------
        weights : ndarray of float64, shape (n_keys,)
            Of `keys`.

        Returns
        -------
        ndarray of bool, shape (n_texts, n_texts)
            Symmetric; what `Comparison.linked` says of each pair.
        """
        shared = self._n_shared * self._mean_shared_weight(weights)
        left = shared + (self._n_shingles - self._n_shared) * self._mean_rest_weight(weights)
        plain = left < MIN_DISTINCTIVE_SHARE * self._n_shingles
        score = _divide_or_default(
            np.where(plain, self._n_shared, shared), np.where(plain, self._n_shingles, left), 0
        )
        needed = np.where(self._same_outlet, SAME_OUTLET_THRESHOLD, DUPLICATE_THRESHOLD)
        needed[plain] = BOILERPLATE_THRESHOLD
        linked: BoolMatrix = self._is_identical | (~self._is_rejected & (score >= needed))
        return linked

    def _mean_shared_weight(self, weights: Weights) -> Matrix:
        return _divide_or_default(
            self._patterns.sum_shared_weights(weights), self._n_shared_sampled, 1
        )

    def _mean_rest_weight(self, weights: Weights) -> Matrix:
        """Mean weight of the shorter text's shingles that the longer one has not."""
        levels = [self.sampled_shingles % np.uint32(level) == 0 for level in _MODULI]
        sums = np.stack([self._patterns.sum_own_weights(weights * level) for level in levels])
        counts = np.stack(
            [self._patterns.sum_own_weights(level.astype(np.float64)) for level in levels]
        )
        rest = sums[self._modulus_level, self._shorter] - self._patterns.sum_shared_weights(weights)
        return _divide_or_default(
            rest, counts[self._modulus_level, self._shorter] - self._n_shared_sampled, 1
        )


@dataclass(frozen=True, slots=True)
class _IncidencePatterns:
    """Which texts carry a key together; copies of one text have few such patterns among them.

    Attributes
    ----------
    indicator : ndarray of float64, shape (n_patterns, n_texts)
        1 where a text is of the pattern.
    pattern_of_key : ndarray of int64, shape (n_keys,)
    """

    indicator: Matrix
    pattern_of_key: NDArray[np.int64]

    @classmethod
    def from_incidence(cls, incidence: BoolMatrix) -> _IncidencePatterns:
        """The patterns of a table of texts and keys; at most 53 texts."""
        names = 2.0 ** np.arange(len(incidence)) @ incidence
        _, first, of_key = np.unique(names, return_index=True, return_inverse=True)
        return cls(incidence[:, first].T.astype(np.float64), of_key)

    def sum_shared_weights(self, weights: Weights) -> Matrix:
        """Sum of the weights of the keys that each two texts share."""
        return (self.indicator * self._sum_by_pattern(weights)[:, None]).T @ self.indicator

    def sum_own_weights(self, weights: Weights) -> NDArray[np.float64]:
        """Sum of the weights of the keys of each text."""
        return self._sum_by_pattern(weights) @ self.indicator

    def _sum_by_pattern(self, weights: Weights) -> NDArray[np.float64]:
        return np.bincount(self.pattern_of_key, weights, len(self.indicator)).astype(np.float64)


def _divide_or_default(numerator: Matrix, denominator: Matrix, default: float) -> Matrix:
    ratio = np.full(numerator.shape, float(default))
    np.divide(numerator, denominator, out=ratio, where=denominator > 0)
    return ratio


def _build_incidence(sets: Sequence[Hashes32]) -> tuple[Hashes32, BoolMatrix]:
    keys, where = np.unique(np.concatenate(sets), return_inverse=True)
    carried = np.zeros((len(sets), len(keys)), dtype=np.bool_)
    carried[np.repeat(np.arange(len(sets)), [len(each) for each in sets]), where] = True
    return keys, carried


def _find_shorter(texts: Sequence[Fingerprint]) -> NDArray[np.int64]:
    """Of each two texts, the position of the shorter one."""
    order = sorted(range(len(texts)), key=lambda at: (len(texts[at].shingles), texts[at].text_hash))
    rank = np.empty(len(texts), dtype=np.int64)
    rank[order] = np.arange(len(texts))
    return np.array(order, dtype=np.int64)[np.minimum.outer(rank, rank)]


def _find_equal_pairs(hashes: Sequence[int]) -> BoolMatrix:
    """Which names are known and equal."""
    known = np.array(hashes, dtype=np.uint64)
    equal: BoolMatrix = (known[:, None] == known) & (known > 0)
    return equal


def _find_rejected_pairs(texts: Sequence[Fingerprint], n_shared: Matrix) -> BoolMatrix:
    refused = np.zeros(n_shared.shape, dtype=np.bool_)
    for at, one in enumerate(texts):
        for beside, other in enumerate(texts[:at]):
            reason = rejection_reason(*order_by_length(one, other), int(n_shared[at, beside]))
            refused[at, beside] = refused[beside, at] = reason is not None
    return refused

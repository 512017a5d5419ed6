"""Pairwise comparison of many texts at once, by the rule of `clustering.duplicates.comparison`.

To regroup texts, they are compared pairwise in several rounds, with other weights each time.
Everything that does not depend on the weights is computed once, so that a round takes a few matrix
products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.duplicates.comparison import (
    BOILERPLATE_THRESHOLD,
    BRIEF_SHINGLES,
    BRIEF_THRESHOLD,
    DUPLICATE_THRESHOLD,
    MIN_DISTINCTIVE_SHARE,
    SAME_OUTLET_THRESHOLD,
    WHOLE_PART_CONTAINMENT,
    Weights,
    order_by_length,
    rejection_reason,
)
from clustering.duplicates.veto import FindVeto, find_veto
from clustering.features.fingerprint import MAX_MODULUS, Fingerprint
from clustering.features.minhash import Hashes32

_MODULI: Final = tuple(1 << level for level in range(MAX_MODULUS.bit_length()))

Matrix = NDArray[np.float64]
BoolMatrix = NDArray[np.bool_]


class ComparisonMatrix:
    """Texts prepared for pairwise comparison.

    Parameters
    ----------
    texts : sequence of Fingerprint
    find_veto : callable
        Returns what rules out that two texts are copies, as `clustering.duplicates.veto` does.

    Attributes
    ----------
    sampled_shingles : ndarray of uint32, shape (n_sampled,)
        The sampled shingles of all texts, sorted.
    incidence : ndarray of bool, shape (n_texts, n_sampled)
        True where a text contains the shingle.
    is_part : ndarray of bool, shape (n_texts, n_texts)
        True where the shorter text of a pair is a part of the longer one; symmetric.
    """

    def __init__(self, texts: Sequence[Fingerprint], find_veto: FindVeto = find_veto) -> None:
        self.sampled_shingles, self.incidence = _build_incidence(
            [text.sampled_shingles for text in texts]
        )
        self._patterns = _IncidencePatterns.from_incidence(self.incidence)
        self._n_shared_sampled = self._patterns.sum_shared_weights(
            np.ones(len(self.sampled_shingles))
        )
        _, full_incidence = _build_incidence([text.shingles for text in texts])
        self._n_shared = _IncidencePatterns.from_incidence(full_incidence).sum_shared_weights(
            np.ones(full_incidence.shape[1])
        )
        self._shorter = _find_shorter(texts)
        self._n_shingles = np.array([len(text.shingles) for text in texts])[self._shorter]
        self.is_part: BoolMatrix = self._n_shared >= WHOLE_PART_CONTAINMENT * self._n_shingles
        moduli = np.array([text.modulus for text in texts])
        self._modulus_level = np.log2(np.maximum.outer(moduli, moduli)).astype(np.int64)
        self._same_outlet = _find_equal_pairs([text.outlet_hash for text in texts])
        same_text = _find_equal_pairs([text.text_hash for text in texts])
        same_address = _find_equal_pairs([text.url_hash for text in texts])
        self._is_identical = same_text | same_address
        self._is_rejected = _find_rejected_pairs(texts, self._n_shared)
        self._may_be_vetoed = same_text | ~same_address
        self._find_veto, self._texts = find_veto, texts

    def link_matrix(self, weights: Weights) -> BoolMatrix:
        """Tell which pairs of texts are near-duplicates.

        Parameters
        ----------
        weights : ndarray of float64, shape (n_sampled,)
            Weights of `sampled_shingles`.

        Returns
        -------
        ndarray of bool, shape (n_texts, n_texts)
            Symmetric; `Comparison.is_linked` of each pair.
        """
        shared_weight = self._n_shared * self._mean_shared_weight(weights)
        n_rest = self._n_shingles - self._n_shared
        total_weight = shared_weight + n_rest * self._mean_rest_weight(weights)
        is_boilerplate = total_weight < MIN_DISTINCTIVE_SHARE * self._n_shingles
        score = _divide_or_default(
            np.where(is_boilerplate, self._n_shared, shared_weight),
            np.where(is_boilerplate, self._n_shingles, total_weight),
            0,
        )
        is_brief = self._n_shingles < BRIEF_SHINGLES
        threshold = np.where(is_brief, BRIEF_THRESHOLD, DUPLICATE_THRESHOLD)
        threshold[self._same_outlet] = SAME_OUTLET_THRESHOLD
        threshold[is_boilerplate] = BOILERPLATE_THRESHOLD
        linked: BoolMatrix = self._is_identical | (~self._is_rejected & (score >= threshold))
        return self._without_vetoed(linked)

    def _without_vetoed(self, linked: BoolMatrix) -> BoolMatrix:
        """Unlink the pairs that are vetoed; the others are not looked at."""
        kept = linked.copy()
        for row, column in np.argwhere(np.triu(linked & self._may_be_vetoed, 1)).tolist():
            if self._find_veto(self._texts[row], self._texts[column]):
                kept[row, column] = kept[column, row] = False
        return kept

    def _mean_shared_weight(self, weights: Weights) -> Matrix:
        return _divide_or_default(
            self._patterns.sum_shared_weights(weights), self._n_shared_sampled, 1
        )

    def _mean_rest_weight(self, weights: Weights) -> Matrix:
        """Return the mean weight of the shorter text's shingles that the longer one lacks."""
        masks = [self.sampled_shingles % np.uint32(modulus) == 0 for modulus in _MODULI]
        sums = np.stack([self._patterns.sum_own_weights(weights * mask) for mask in masks])
        counts = np.stack(
            [self._patterns.sum_own_weights(mask.astype(np.float64)) for mask in masks]
        )
        pair = self._modulus_level, self._shorter
        return _divide_or_default(
            sums[pair] - self._patterns.sum_shared_weights(weights),
            counts[pair] - self._n_shared_sampled,
            1,
        )


@dataclass(frozen=True, slots=True)
class _IncidencePatterns:
    """The distinct sets of texts that contain a shingle; copies of one text have few of them.

    Attributes
    ----------
    indicator : ndarray of float64, shape (n_patterns, n_texts)
        1 where a text belongs to the set.
    pattern_of_key : ndarray of int64, shape (n_shingles,)
        The set of texts that contain each shingle.
    """

    indicator: Matrix
    pattern_of_key: NDArray[np.int64]

    @classmethod
    def from_incidence(cls, incidence: BoolMatrix) -> _IncidencePatterns:
        """Find the patterns of at most 53 texts, whose sets are numbered exactly by floats."""
        pattern_numbers = 2.0 ** np.arange(len(incidence)) @ incidence
        _, first, of_key = np.unique(pattern_numbers, return_index=True, return_inverse=True)
        return cls(incidence[:, first].T.astype(np.float64), of_key)

    def sum_shared_weights(self, weights: Weights) -> Matrix:
        """Return the summed weights of the shingles that each pair of texts shares."""
        return (self.indicator * self._sum_by_pattern(weights)[:, None]).T @ self.indicator

    def sum_own_weights(self, weights: Weights) -> NDArray[np.float64]:
        """Return the summed weights of the shingles of each text."""
        return self._sum_by_pattern(weights) @ self.indicator

    def _sum_by_pattern(self, weights: Weights) -> NDArray[np.float64]:
        return np.bincount(self.pattern_of_key, weights, len(self.indicator)).astype(np.float64)


def _divide_or_default(numerator: Matrix, denominator: Matrix, default: float) -> Matrix:
    ratio = np.full(numerator.shape, float(default))
    np.divide(numerator, denominator, out=ratio, where=denominator > 0)
    return ratio


def _build_incidence(hash_sets: Sequence[Hashes32]) -> tuple[Hashes32, BoolMatrix]:
    """Return all hashes, sorted, and which set contains which of them."""
    keys, columns = np.unique(np.concatenate(hash_sets), return_inverse=True)
    incidence = np.zeros((len(hash_sets), len(keys)), dtype=np.bool_)
    rows = np.repeat(np.arange(len(hash_sets)), [len(hashes) for hashes in hash_sets])
    incidence[rows, columns] = True
    return keys, incidence


def _find_shorter(texts: Sequence[Fingerprint]) -> NDArray[np.int64]:
    """Return the position of the shorter text of each pair."""
    order = sorted(
        range(len(texts)),
        key=lambda position: (len(texts[position].shingles), texts[position].text_hash),
    )
    rank = np.empty(len(texts), dtype=np.int64)
    rank[order] = np.arange(len(texts))
    return np.array(order, dtype=np.int64)[np.minimum.outer(rank, rank)]


def _find_equal_pairs(hashes: Sequence[int]) -> BoolMatrix:
    """Tell which pairs have equal hashes that are not 0."""
    as_array = np.array(hashes, dtype=np.uint64)
    equal: BoolMatrix = (as_array[:, None] == as_array) & (as_array > 0)
    return equal


def _find_rejected_pairs(texts: Sequence[Fingerprint], n_shared: Matrix) -> BoolMatrix:
    rejected = np.zeros(n_shared.shape, dtype=np.bool_)
    for row, first in enumerate(texts):
        for column, second in enumerate(texts[:row]):
            shorter, _ = order_by_length(first, second)
            reason = rejection_reason(shorter, int(n_shared[row, column]))
            rejected[row, column] = rejected[column, row] = reason is not None
    return rejected

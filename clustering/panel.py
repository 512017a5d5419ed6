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

from clustering.fingerprints import COARSEST, Fingerprint, Keys
from clustering.verification import (
    LINK,
    LINK_WHEN_COMMON,
    LINK_WHEN_IN_DOUBT,
    LITTLE_LEFT,
    Weights,
    by_length,
    refusal,
)

_LEVELS: Final = tuple(1 << level for level in range(COARSEST.bit_length()))

Matrix = NDArray[np.float64]
Links = NDArray[np.bool_]


class Panel:
    """Some texts, ready to be compared.

    Parameters
    ----------
    texts : sequence of Fingerprint

    Attributes
    ----------
    keys : ndarray of uint32, shape (n_keys,)
        The sampled shingles of all texts, sorted.
    carried : ndarray of bool, shape (n_texts, n_keys)
        Which text carries which of them.
    """

    def __init__(self, texts: Sequence[Fingerprint]) -> None:
        self.keys, self.carried = _incidence([text.keys for text in texts])
        self._patterns = _Patterns.of(self.carried)
        self._common = self._patterns.shared(np.ones(len(self.keys)))
        _, everything = _incidence([text.shingles for text in texts])
        self._shared = _Patterns.of(everything).shared(np.ones(everything.shape[1]))
        self._shorter = _shorter(texts)
        self._total = np.array([len(text.shingles) for text in texts])[self._shorter]
        moduli = np.array([text.modulus for text in texts])
        self._level = np.log2(np.maximum.outer(moduli, moduli)).astype(np.int64)
        self._one_outlet = _equal([text.outlet for text in texts])
        self._certain = _equal([t.whole for t in texts]) | _equal([t.address for t in texts])
        self._refused = _refused(texts, self._shared)

    def links(self, weights: Weights) -> Links:
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
        shared = self._shared * self._mean_of_shared(weights)
        left = shared + (self._total - self._shared) * self._mean_of_rest(weights)
        plain = left < LITTLE_LEFT * self._total
        score = _ratio(np.where(plain, self._shared, shared), np.where(plain, self._total, left), 0)
        needed = np.where(self._one_outlet, LINK_WHEN_IN_DOUBT, LINK)
        needed[plain] = LINK_WHEN_COMMON
        linked: Links = self._certain | (~self._refused & (score >= needed))
        return linked

    def _mean_of_shared(self, weights: Weights) -> Matrix:
        return _ratio(self._patterns.shared(weights), self._common, 1)

    def _mean_of_rest(self, weights: Weights) -> Matrix:
        """Mean weight of the shorter text's shingles that the longer one has not."""
        levels = [self.keys % np.uint32(level) == 0 for level in _LEVELS]
        sums = np.stack([self._patterns.own(weights * level) for level in levels])
        counts = np.stack([self._patterns.own(level.astype(np.float64)) for level in levels])
        rest = sums[self._level, self._shorter] - self._patterns.shared(weights)
        return _ratio(rest, counts[self._level, self._shorter] - self._common, 1)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Which texts carry a key together; copies of one text have few such patterns among them.

    Attributes
    ----------
    has : ndarray of float64, shape (n_patterns, n_texts)
        1 where a text is of the pattern.
    of_key : ndarray of int64, shape (n_keys,)
    """

    has: Matrix
    of_key: NDArray[np.int64]

    @classmethod
    def of(cls, carried: Links) -> _Patterns:
        """The patterns of a table of texts and keys; at most 53 texts."""
        names = 2.0 ** np.arange(len(carried)) @ carried
        _, first, of_key = np.unique(names, return_index=True, return_inverse=True)
        return cls(carried[:, first].T.astype(np.float64), of_key)

    def shared(self, weights: Weights) -> Matrix:
        """Sum of the weights of the keys that each two texts share."""
        return (self.has * self._sums(weights)[:, None]).T @ self.has

    def own(self, weights: Weights) -> NDArray[np.float64]:
        """Sum of the weights of the keys of each text."""
        return self._sums(weights) @ self.has

    def _sums(self, weights: Weights) -> NDArray[np.float64]:
        return np.bincount(self.of_key, weights, len(self.has)).astype(np.float64)


def _ratio(part: Matrix, whole: Matrix, of_nothing: float) -> Matrix:
    ratio = np.full(part.shape, float(of_nothing))
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def _incidence(sets: Sequence[Keys]) -> tuple[Keys, Links]:
    keys, where = np.unique(np.concatenate(sets), return_inverse=True)
    carried = np.zeros((len(sets), len(keys)), dtype=np.bool_)
    carried[np.repeat(np.arange(len(sets)), [len(each) for each in sets]), where] = True
    return keys, carried


def _shorter(texts: Sequence[Fingerprint]) -> NDArray[np.int64]:
    """Of each two texts, the position of the shorter one."""
    order = sorted(range(len(texts)), key=lambda at: (len(texts[at].shingles), texts[at].whole))
    rank = np.empty(len(texts), dtype=np.int64)
    rank[order] = np.arange(len(texts))
    return np.array(order, dtype=np.int64)[np.minimum.outer(rank, rank)]


def _equal(names: Sequence[int]) -> Links:
    """Which names are known and equal."""
    known = np.array(names, dtype=np.uint64)
    equal: Links = (known[:, None] == known) & (known > 0)
    return equal


def _refused(texts: Sequence[Fingerprint], shared: Matrix) -> Links:
    refused = np.zeros(shared.shape, dtype=np.bool_)
    for at, one in enumerate(texts):
        for beside, other in enumerate(texts[:at]):
            reason = refusal(*by_length(one, other), int(shared[at, beside]))
            refused[at, beside] = refused[beside, at] = reason is not None
    return refused

"""MinHash signatures and sampled shingles of a text, bit for bit those of datasketch.

Two kinds of key find candidates. *Bands* of a MinHash signature find texts that are alike as a
whole. *Sampled shingles* (those whose hash is 0 modulo a power of two) find texts of which one is
a part of the other, whatever their lengths: a shingle that both carry is sampled in both.

References
----------
Broder, A. Z. (1997). On the resemblance and containment of documents.
Zhu, E. et al. datasketch, scheme ``affine32``.
Irber, L. et al. (2022). Lightweight compositional analysis of metagenomes with FracMinHash.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from clustering.text import fold, shingles, words

FINGERPRINT_VERSION: Final = 1
"""Stored beside every signature; a change of tokens, hashes or scheme raises it."""

PERMUTATIONS: Final = 128
BANDS: Final = 32
ROWS: Final = 4
SEED: Final = 1
SCHEME: Final = "affine32"
SAMPLE_TARGET: Final = 64
"""Shorter texts are sampled more densely, so that each keeps about this many shingles or more."""
COARSEST: Final = 8
"""The sampling modulus of long texts."""

_EMPTY: Final = np.uint32(0xFFFFFFFF)
_BLOCK: Final = 512

Keys = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What duplicates are found and verified by.

    Attributes
    ----------
    signature : ndarray of uint32, shape (128,)
        MinHash values, equal to datasketch's for the same shingle hashes.
    sequence : ndarray of uint32, shape (n_shingles,)
        Shingle hashes in text order, repeats included.
    """

    signature: Keys
    sequence: Keys

    def to_datasketch(self) -> MinHash:
        """Return the signature as a datasketch MinHash (same scheme and seed)."""
        return MinHash(
            num_perm=PERMUTATIONS, seed=SEED, hashvalues=self.signature.copy(), scheme=SCHEME
        )


def fingerprint(text: str) -> Fingerprint:
    """Fingerprint a cleaned text.

    Parameters
    ----------
    text : str
        As `clustering.text.clean` returns it.

    Returns
    -------
    Fingerprint
    """
    sequence = shingles(words(fold(text)).hashes)
    return Fingerprint(signature(sequence), sequence)


def from_datasketch(minhash: MinHash) -> Keys:
    """Return the signature of a datasketch MinHash.

    Raises
    ------
    ValueError
        If its scheme, seed or length are not those of storyfold's signatures.
    """
    ours = (SCHEME, SEED, PERMUTATIONS)
    theirs = (minhash.scheme, minhash.seed, len(minhash))
    if theirs != ours:
        raise ValueError(f"MinHash of (scheme, seed, num_perm) {theirs}, expected {ours}")
    return np.asarray(minhash.hashvalues, dtype=np.uint32)


def signature(hashes: Keys) -> Keys:
    """MinHash values of a set of 32-bit hashes.

    Parameters
    ----------
    hashes : ndarray of uint32, shape (n,)
        Repeats do no harm. None at all gives the signature of the empty set.

    Returns
    -------
    ndarray of uint32, shape (128,)
    """
    factors, offsets = _permutations()
    lowest = np.full(PERMUTATIONS, _EMPTY, dtype=np.uint32)
    mixed = _fmix32(hashes)
    for at in range(0, len(mixed), _BLOCK):
        block = mixed[None, at : at + _BLOCK] * factors + offsets
        np.minimum(lowest, block.min(axis=1), out=lowest)
    return lowest


def band_keys(signature: Keys) -> Keys:
    """One key for each band of a signature; texts alike as a whole share at least one.

    Parameters
    ----------
    signature : ndarray of uint32, shape (128,)

    Returns
    -------
    ndarray of uint32, shape (32,)
    """
    bands = signature[: BANDS * ROWS].reshape(BANDS, ROWS)
    keys = np.arange(1, BANDS + 1, dtype=np.uint32) * np.uint32(0x9E3779B1)
    for row in range(ROWS):
        keys = _fmix32(keys ^ bands[:, row]) * np.uint32(5) + np.uint32(0xE6546B64)
    return keys


def sample(sequence: Keys) -> Keys:
    """The shingles of a text that serve as keys: sorted, without repeats.

    Parameters
    ----------
    sequence : ndarray of uint32, shape (n_shingles,)

    Returns
    -------
    ndarray of uint32, shape (n_keys,)
        Hashes that are 0 modulo `modulus(n_shingles)`. Moduli are powers of two, so what a longer
        text samples, a shorter one samples too if it has it.
    """
    return np.unique(sequence[sequence % np.uint32(modulus(len(sequence))) == 0])


def modulus(n_shingles: int) -> int:
    """How coarsely a text of so many shingles is sampled: 1, 2, 4 or 8."""
    step = 1
    while step < COARSEST and n_shingles >= 2 * step * SAMPLE_TARGET:
        step *= 2
    return step


def jaccard(first: Keys, second: Keys) -> float:
    """Jaccard similarity estimated from two signatures (share of equal values)."""
    return float(np.mean(first == second))


@cache
def _permutations() -> tuple[Keys, Keys]:
    factors, offsets = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME).permutations
    return (
        np.asarray(factors, dtype=np.uint32)[:, None].copy(),
        np.asarray(offsets, dtype=np.uint32)[:, None].copy(),
    )


def _fmix32(values: Keys) -> Keys:
    """Finalizer of MurmurHash3 for 32 bits: datasketch mixes every hash with it first."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))

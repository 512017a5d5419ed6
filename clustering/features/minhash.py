"""MinHash signatures of a set of shingle hashes, bit for bit those of datasketch.

datasketch draws the permutations and is the oracle of the tests. Signatures convert both ways:

>>> from datasketch import MinHashLSH
>>> from clustering.features.fingerprint import compute_fingerprint
>>> from clustering.features.minhash import minhash_to_signature, signature_to_minhash
>>> fingerprint = compute_fingerprint("The ferry Alma ran aground off Skarn on Monday.")
>>> minhash = signature_to_minhash(fingerprint.signature)
>>> index = MinHashLSH(threshold=0.5, num_perm=128)
>>> index.insert("alma", minhash)
>>> index.query(minhash)
['alma']
>>> bool((minhash_to_signature(minhash) == fingerprint.signature).all())
True

The loop that applies the permutations is compiled (`clustering.kernels`), because it works on
arrays of hashes that exist already. The NumPy function beside it is the reference, and takes its
place where it was not compiled.

References
----------
Broder, A. Z. (1997). On the resemblance and containment of documents.
Zhu, E. et al. datasketch, scheme ``affine32``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from clustering.kernels.library import address, addresses, load_kernels

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS: Final = 128
"""Values of a signature."""
BANDS: Final = 16
"""Bands of a signature; with 8 rows each they use all its values."""
ROWS_PER_BAND: Final = 8
SEED: Final = 1
SCHEME: Final = "affine32"
"""datasketch's name for 32-bit permutations ``a * h + b``. Its default may change."""

_MAX_HASH: Final = np.uint32(0xFFFFFFFF)
_BLOCK_SIZE: Final = 512
"""Hashes permuted at once; the block stays in the processor's cache."""

Hashes32 = NDArray[np.uint32]


def signature_to_minhash(signature: Hashes32) -> MinHash:
    """Convert a signature to a datasketch `MinHash` (scheme "affine32", seed 1).

    Parameters
    ----------
    signature : ndarray of uint32, shape (128,)
        As `compute_signature` returns it, or `Fingerprint.signature`. It is copied.

    Returns
    -------
    datasketch.MinHash
        It has the same values as a `MinHash` that was updated with the shingle hashes.
    """
    from datasketch import MinHash

    return MinHash(num_perm=PERMUTATIONS, seed=SEED, hashvalues=signature.copy(), scheme=SCHEME)


def minhash_to_signature(minhash: MinHash) -> Hashes32:
    """Convert a datasketch `MinHash` to a signature.

    Parameters
    ----------
    minhash : datasketch.MinHash
        With ``scheme="affine32"``, ``seed=1`` and ``num_perm=128``.

    Returns
    -------
    ndarray of uint32, shape (128,)

    Raises
    ------
    ValueError
        If its scheme, seed or number of permutations is another.
    """
    expected = (SCHEME, SEED, PERMUTATIONS)
    actual = (minhash.scheme, minhash.seed, len(minhash))
    if actual != expected:
        raise ValueError(f"MinHash of (scheme, seed, num_perm) {actual}, expected {expected}")
    return np.asarray(minhash.hashvalues, dtype=np.uint32)


def compute_signature(hashes: Hashes32) -> Hashes32:
    """Compute the MinHash values of a set of 32-bit hashes.

    Parameters
    ----------
    hashes : ndarray of uint32, shape (n,)
        Repeats make no difference. No hashes give the signature of the empty set.

    Returns
    -------
    ndarray of uint32, shape (128,)
    """
    kernels = load_kernels()
    if kernels is None:
        return compute_signature_by_numpy(hashes)
    hashes = np.ascontiguousarray(hashes, dtype=np.uint32)
    signature = np.empty(PERMUTATIONS, dtype=np.uint32)
    coefficients = addresses(*permutation_coefficients())
    kernels.compute_signature(address(hashes), len(hashes), *coefficients, address(signature))
    return signature


def compute_signature_by_numpy(hashes: Hashes32) -> Hashes32:
    """Compute what `compute_signature` returns: the reference of the kernel."""
    factors, offsets = permutation_coefficients()
    minima = np.full(PERMUTATIONS, _MAX_HASH, dtype=np.uint32)
    mixed = fmix32(hashes)
    for start in range(0, len(mixed), _BLOCK_SIZE):
        block = mixed[None, start : start + _BLOCK_SIZE] * factors[:, None] + offsets[:, None]
        np.minimum(minima, block.min(axis=1), out=minima)
    return minima


def hash_bands(signature: Hashes32) -> Hashes32:
    """Compute one key per band of a signature; texts similar as a whole share at least one.

    Parameters
    ----------
    signature : ndarray of uint32, shape (128,)

    Returns
    -------
    ndarray of uint32, shape (16,)
    """
    packed, size = signature.tobytes(), ROWS_PER_BAND * signature.itemsize
    keys = [crc32(packed[band * size : (band + 1) * size], band) for band in range(BANDS)]
    return np.array(keys, dtype=np.uint32)


def estimate_jaccard(first: Hashes32, second: Hashes32) -> float:
    """Estimate the Jaccard similarity from two signatures: the share of equal values."""
    return float(np.mean(first == second))


def fmix32(values: Hashes32) -> Hashes32:
    """Mix 32-bit values one to one: the finalizer of MurmurHash3, which datasketch applies first.

    Parameters
    ----------
    values : ndarray of uint32

    Returns
    -------
    ndarray of uint32
        Of the same shape.
    """
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


@cache
def permutation_coefficients() -> tuple[Hashes32, Hashes32]:
    """Return the factors and the offsets of the permutations, as datasketch draws them.

    Returns
    -------
    factors, offsets : ndarray of uint32, shape (128,)
    """
    # Imported with the first article: datasketch imports SciPy.
    from datasketch import MinHash

    factors, offsets = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME).permutations
    return np.array(factors, dtype=np.uint32), np.array(offsets, dtype=np.uint32)

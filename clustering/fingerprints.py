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
from functools import cache, cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from clustering.text import digest, fold, shingles, words

if TYPE_CHECKING:
    from datasketch import MinHash

FINGERPRINT_VERSION: Final = 2
"""Stored with every fingerprint; a change of words, hashes or scheme raises it."""

PERMUTATIONS: Final = 128
BANDS: Final = 16
ROWS: Final = 8
SEED: Final = 1
SCHEME: Final = "affine32"
SAMPLE_TARGET: Final = 32
"""A text keeps from this many sampled shingles to twice as many, if it has them. With 64 no more
copies are found, and look-ups and memory are twice as dear."""
COARSEST: Final = 16
"""The sampling modulus of long texts: what a page shares with a book is still found."""

_MODULI: Final = 1 << np.arange(COARSEST.bit_length())
_COARSER_FROM: Final = 2 * SAMPLE_TARGET * _MODULI[:-1]
_EMPTY: Final = np.uint32(0xFFFFFFFF)
_BLOCK: Final = 512

Keys = NDArray[np.uint32]


@dataclass(frozen=True)
class Fingerprint:
    """What duplicates are found and verified by.

    Attributes
    ----------
    signature : ndarray of uint32, shape (128,)
        MinHash values, equal to datasketch's for the same shingle hashes.
    shingles : ndarray of uint32, shape (n_shingles,)
        The set of shingle hashes, sorted.
    numbers : ndarray of uint32, shape (n_numbers,)
        The set of hashes of the words that are figures, sorted.
    whole : int
        Hash of all words in their order: equal texts have equal ones.
    address : int
        Hash of the canonical address; 0 if there is none, or none of an article's own.
    outlet : int
        Hash of the source; 0 if it is not known.
    """

    signature: Keys
    shingles: Keys
    numbers: Keys
    whole: int
    address: int = 0
    outlet: int = 0

    @cached_property
    def keys(self) -> Keys:
        """The sampled shingles: those that are 0 modulo `modulus`, sorted."""
        keys: Keys = self.shingles[self.shingles & np.uint32(self.modulus - 1) == 0]
        return keys

    @cached_property
    def bands(self) -> Keys:
        """One key for each band of the signature; texts alike as a whole share at least one."""
        return band_keys(self.signature)

    @cached_property
    def modulus(self) -> int:
        """How coarsely the text is sampled, the coarser the longer it is.

        Moduli are powers of two: what a longer text samples, a shorter one that carries it samples
        too.
        """
        return int(moduli(len(self.shingles)))

    def to_datasketch(self) -> MinHash:
        """Return the signature as a datasketch MinHash (same scheme and seed)."""
        from datasketch import MinHash

        return MinHash(
            num_perm=PERMUTATIONS, seed=SEED, hashvalues=self.signature.copy(), scheme=SCHEME
        )

    def to_bytes(self) -> bytes:
        """Pack the fingerprint for the store."""
        head = np.array([FINGERPRINT_VERSION, len(self.shingles)], dtype="<u4")
        digest = np.array([self.whole, self.address, self.outlet], dtype="<u8")
        parts = (head, digest, self.signature, self.shingles, self.numbers)
        return b"".join(part.tobytes() for part in parts)

    @classmethod
    def from_bytes(cls, packed: bytes) -> Fingerprint:
        """Unpack what `to_bytes` packed.

        Raises
        ------
        ValueError
            If another version of storyfold packed it.
        """
        version, n_shingles = np.frombuffer(packed, "<u4", 2).tolist()
        if version != FINGERPRINT_VERSION:
            raise ValueError(f"fingerprint of version {version}, expected {FINGERPRINT_VERSION}")
        names = np.frombuffer(packed, "<u8", 3, 8).tolist()
        signature, rest = np.split(np.frombuffer(packed, "<u4", offset=32), [PERMUTATIONS])
        return cls(signature, rest[:n_shingles], rest[n_shingles:], *names)


def fingerprint(text: str, url: str | None = None, source: str | None = None) -> Fingerprint:
    """Fingerprint a cleaned text.

    Parameters
    ----------
    text : str
        As `clustering.text.clean` returns it.
    url : str or None
        Canonical address.
    source : str or None
        Name of the outlet.

    Returns
    -------
    Fingerprint
    """
    found = words(fold(text))
    hashes = np.unique(shingles(found.hashes))
    figures = np.unique((found.hashes[found.numeric] >> np.uint64(32)).astype(np.uint32))
    address = _address(url) if url else 0
    outlet = _hash(source.casefold()) if source else 0
    whole = digest(found.hashes)
    return Fingerprint(signature(hashes), hashes, figures, whole, address, outlet)


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
    mixed = fmix32(hashes)
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
    ndarray of uint32, shape (16,)
    """
    packed, size = signature.tobytes(), ROWS * signature.itemsize
    keys = [crc32(packed[band * size : (band + 1) * size], band) for band in range(BANDS)]
    return np.array(keys, dtype=np.uint32)


def moduli(lengths: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """How coarsely texts of so many shingles are sampled."""
    return _MODULI[_COARSER_FROM.searchsorted(lengths, side="right")]


def jaccard(first: Keys, second: Keys) -> float:
    """Jaccard similarity estimated from two signatures (share of equal values)."""
    return float(np.mean(first == second))


def _address(url: str) -> int:
    """Hash of an article's own address; a home page is nobody's own."""
    _, _, beyond_host = url.partition("://")[2].partition("/")
    return _hash(url) if beyond_host else 0


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(errors="replace"), digest_size=8).digest(), "big")


@cache
def _permutations() -> tuple[Keys, Keys]:
    from datasketch import MinHash  # with the first article: it brings SciPy along

    factors, offsets = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME).permutations
    return (
        np.asarray(factors, dtype=np.uint32)[:, None].copy(),
        np.asarray(offsets, dtype=np.uint32)[:, None].copy(),
    )


def fmix32(values: Keys) -> Keys:
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

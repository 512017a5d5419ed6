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

from clustering.features.normalize import fold_case
from clustering.features.tokenize import digest, hash_shingles, hash_words

if TYPE_CHECKING:
    from datasketch import MinHash

FINGERPRINT_VERSION: Final = 2
"""Stored with every fingerprint; a change of words, hashes or scheme raises it."""

PERMUTATIONS: Final = 128
BANDS: Final = 16
ROWS_PER_BAND: Final = 8
SEED: Final = 1
SCHEME: Final = "affine32"
MIN_SAMPLED_SHINGLES: Final = 32
"""A text keeps from this many sampled shingles to twice as many, if it has them. With 64 no more
copies are found, and look-ups and memory are twice as dear."""
MAX_MODULUS: Final = 16
"""The sampling modulus of long texts: what a page shares with a book is still found."""

_MODULI: Final = 1 << np.arange(MAX_MODULUS.bit_length())
_MODULUS_BREAKPOINTS: Final = 2 * MIN_SAMPLED_SHINGLES * _MODULI[:-1]
_MAX_HASH: Final = np.uint32(0xFFFFFFFF)
_BLOCK_SIZE: Final = 512

Hashes32 = NDArray[np.uint32]


@dataclass(frozen=True)
class Fingerprint:
    """What duplicates are found and verified by.

    Attributes
    ----------
    signature : ndarray of uint32, shape (128,)
        MinHash values, equal to datasketch's for the same shingle hashes.
    shingles : ndarray of uint32, shape (n_shingles,)
        The set of shingle hashes, sorted.
    number_hashes : ndarray of uint32, shape (n_numbers,)
        The set of hashes of the words that are figures, sorted.
    text_hash : int
        Hash of all words in their order: equal texts have equal ones.
    url_hash : int
        Hash of the canonical address; 0 if there is none, or none of an article's own.
    outlet_hash : int
        Hash of the source; 0 if it is not known.
    """

    signature: Hashes32
    shingles: Hashes32
    number_hashes: Hashes32
    text_hash: int
    url_hash: int = 0
    outlet_hash: int = 0

    @cached_property
    def sampled_shingles(self) -> Hashes32:
        """The sampled shingles: those that are 0 modulo `modulus`, sorted."""
        keys: Hashes32 = self.shingles[self.shingles & np.uint32(self.modulus - 1) == 0]
        return keys

    @cached_property
    def band_hashes(self) -> Hashes32:
        """One key for each band of the signature; texts alike as a whole share at least one."""
        return hash_bands(self.signature)

    @cached_property
    def modulus(self) -> int:
        """How coarsely the text is sampled, the coarser the longer it is.

        Moduli are powers of two: what a longer text samples, a shorter one that carries it samples
        too.
        """
        return int(sampling_moduli(len(self.shingles)))

    def to_datasketch(self) -> MinHash:
        """Return the signature as a datasketch MinHash (same scheme and seed)."""
        from datasketch import MinHash

        return MinHash(
            num_perm=PERMUTATIONS, seed=SEED, hashvalues=self.signature.copy(), scheme=SCHEME
        )

    def to_bytes(self) -> bytes:
        """Pack the fingerprint for the store."""
        head = np.array([FINGERPRINT_VERSION, len(self.shingles)], dtype="<u4")
        digest = np.array([self.text_hash, self.url_hash, self.outlet_hash], dtype="<u8")
        parts = (head, digest, self.signature, self.shingles, self.number_hashes)
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


def compute_fingerprint(
    text: str, url: str | None = None, source: str | None = None
) -> Fingerprint:
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
    found = hash_words(fold_case(text))
    hashes = np.unique(hash_shingles(found.hashes))
    figures = np.unique((found.hashes[found.numeric] >> np.uint64(32)).astype(np.uint32))
    address = _hash_url(url) if url else 0
    outlet = _hash(source.casefold()) if source else 0
    whole = digest(found.hashes)
    return Fingerprint(compute_signature(hashes), hashes, figures, whole, address, outlet)


def from_datasketch(minhash: MinHash) -> Hashes32:
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


def compute_signature(hashes: Hashes32) -> Hashes32:
    """MinHash values of a set of 32-bit hashes.

    Parameters
    ----------
    hashes : ndarray of uint32, shape (n,)
        Repeats do no harm. None at all gives the signature of the empty set.

    Returns
    -------
    ndarray of uint32, shape (128,)
    """
    factors, offsets = _permutation_coefficients()
    lowest = np.full(PERMUTATIONS, _MAX_HASH, dtype=np.uint32)
    mixed = fmix32(hashes)
    for at in range(0, len(mixed), _BLOCK_SIZE):
        block = mixed[None, at : at + _BLOCK_SIZE] * factors + offsets
        np.minimum(lowest, block.min(axis=1), out=lowest)
    return lowest


def hash_bands(signature: Hashes32) -> Hashes32:
    """One key for each band of a signature; texts alike as a whole share at least one.

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


def sampling_moduli(n_shingles: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """How coarsely texts of so many shingles are sampled."""
    return _MODULI[_MODULUS_BREAKPOINTS.searchsorted(n_shingles, side="right")]


def estimate_jaccard(first: Hashes32, second: Hashes32) -> float:
    """Jaccard similarity estimated from two signatures (share of equal values)."""
    return float(np.mean(first == second))


def _hash_url(url: str) -> int:
    """Hash of an article's own address; a home page is nobody's own."""
    _, _, beyond_host = url.partition("://")[2].partition("/")
    return _hash(url) if beyond_host else 0


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(errors="replace"), digest_size=8).digest(), "big")


@cache
def _permutation_coefficients() -> tuple[Hashes32, Hashes32]:
    from datasketch import MinHash  # with the first article: it brings SciPy along

    factors, offsets = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=SCHEME).permutations
    return (
        np.asarray(factors, dtype=np.uint32)[:, None].copy(),
        np.asarray(offsets, dtype=np.uint32)[:, None].copy(),
    )


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


MIN_SHINGLES: Final = 30
"""Shorter texts are reprints only if equal: one sentence, or a headline, is soon written alike."""


def is_too_short(fingerprint: Fingerprint) -> bool:
    """Whether a text is too short to be a reprint of anything but its equal."""
    return len(fingerprint.shingles) < MIN_SHINGLES

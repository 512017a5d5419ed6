"""The fingerprint of a text: the hashes by which near-duplicates are found and verified.

Two kinds of keys find candidates. *Bands* of a MinHash signature find texts that are similar as a
whole. *Sampled shingles* (those whose hash is 0 modulo a power of two) find texts of which one
contains the other, whatever their lengths: a shingle that both contain is sampled in both.

References
----------
Broder, A. Z. (1997). On the resemblance and containment of documents.
Irber, L. et al. (2022). Lightweight compositional analysis of metagenomes with FracMinHash.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.minhash import PERMUTATIONS, Hashes32, compute_signature, hash_bands
from clustering.features.normalize import fold
from clustering.features.terms import Terms
from clustering.features.tokenize import digest, hash_shingles, hash_words, sort_unique
from clustering.features.word_sequence import NUMBER_MARK, Words16, encode_words

FINGERPRINT_VERSION: Final = 3
"""Stored with every fingerprint. It is raised when words, hashes or the scheme change."""

MIN_SAMPLED_SHINGLES: Final = 32
"""A text keeps between this many sampled shingles and twice as many, if it has them. With 64, no
more copies are found, and look-ups and memory cost twice as much."""
MAX_MODULUS: Final = 16
"""Sampling modulus of long texts; bounded so that what a page shares with a book is still found."""
MIN_SHINGLES: Final = 10
"""A text with fewer, of up to 11 words, is a near-duplicate of an equal text only: two outlets soon
write one headline in the same words."""

_HEADER_BYTES: Final = 6 * 4 + 3 * 8
_MODULI: Final = 1 << np.arange(MAX_MODULUS.bit_length())
_MODULUS_BREAKPOINTS: Final = 2 * MIN_SAMPLED_SHINGLES * _MODULI[:-1]


@dataclass(frozen=True)
class Fingerprint:
    """The hashes by which near-duplicates are found and verified.

    Attributes
    ----------
    signature : ndarray of uint32, shape (128,)
        MinHash values, equal to datasketch's for the same shingle hashes.
    shingles : ndarray of uint32, shape (n_shingles,)
        The set of shingle hashes, sorted.
    words : ndarray of uint16, shape (n_words,)
        The words in text order, with marks; see `clustering.features.word_sequence`.
    title_words : ndarray of uint16, shape (n_title_words,)
        Hashes of the distinctive words of the title, sorted.
    term_words : ndarray of uint16, shape (n_terms,)
        Hashes of the first words of the article's terms, in their order.
    headline_names : ndarray of uint16, shape (n_headline_names,)
        The names in the headline of an article without a text, with marks, sorted.
    text_hash : int
        Hash of the sequence of words; equal for equal texts.
    url_hash : int
        Hash of the canonical address; 0 without an address, or for the address of a home page.
    outlet_hash : int
        Hash of the source; 0 if it is not known.
    """

    signature: Hashes32
    shingles: Hashes32
    words: Words16
    title_words: Words16
    term_words: Words16
    headline_names: Words16
    text_hash: int
    url_hash: int = 0
    outlet_hash: int = 0

    @cached_property
    def sampled_shingles(self) -> Hashes32:
        """The shingle hashes that are 0 modulo `modulus`, sorted."""
        sampled: Hashes32 = self.shingles[self.shingles & np.uint32(self.modulus - 1) == 0]
        return sampled

    @property
    def n_numbers(self) -> int:
        """Different numbers in the text."""
        return len(np.unique(self.words[self.words & np.uint16(NUMBER_MARK) > 0]))

    @cached_property
    def content_hash(self) -> int:
        """Hash of all that a comparison word by word depends on."""
        content = b"".join([self.words.tobytes(), b"/", self.title_words.tobytes()])
        return int.from_bytes(blake2b(content, digest_size=8).digest(), "big") ^ self.outlet_hash

    @cached_property
    def notice_hash(self) -> int:
        """Hash of all that the terms of a notice in common with another text depend on."""
        words = b"".join([self.term_words.tobytes(), b"/", self.headline_names.tobytes()])
        return hash((self.content_hash, blake2b(words, digest_size=8).digest()))

    @cached_property
    def band_hashes(self) -> Hashes32:
        """One key per band of the signature (see `hash_bands`)."""
        return hash_bands(self.signature)

    @cached_property
    def modulus(self) -> int:
        """The sampling modulus, larger for longer texts.

        Moduli are powers of two, so a shorter text samples every shared shingle that the longer
        one samples.
        """
        return int(sampling_moduli(len(self.shingles)))

    def to_bytes(self) -> bytes:
        """Pack the fingerprint for the store."""
        sequences = (self.words, self.title_words, self.term_words, self.headline_names)
        sizes = (FINGERPRINT_VERSION, len(self.shingles), *map(len, sequences))
        header = np.array(sizes, dtype="<u4")
        identity = np.array([self.text_hash, self.url_hash, self.outlet_hash], dtype="<u8")
        arrays = (header, identity, self.signature, self.shingles, *sequences)
        return b"".join(array.tobytes() for array in arrays)

    @classmethod
    def from_bytes(cls, packed: bytes) -> Fingerprint:
        """Unpack what `to_bytes` packed.

        Raises
        ------
        ValueError
            If it was packed by another version of the fingerprint.
        """
        version = int(np.frombuffer(packed, "<u4", 1)[0])
        if version != FINGERPRINT_VERSION:
            raise ValueError(f"fingerprint of version {version}, expected {FINGERPRINT_VERSION}")
        n_shingles, *sizes = np.frombuffer(packed, "<u4", 5, 4).tolist()
        identity = np.frombuffer(packed, "<u8", 3, _HEADER_BYTES - 3 * 8).tolist()
        hashes = np.frombuffer(packed, "<u4", PERMUTATIONS + n_shingles, _HEADER_BYTES)
        sequences = np.frombuffer(packed, "<u2", offset=_HEADER_BYTES + hashes.nbytes)
        words, title_words, term_words, names = np.split(sequences, np.cumsum(sizes[:-1]))
        signature, shingles = hashes[:PERMUTATIONS], hashes[PERMUTATIONS:]
        return cls(signature, shingles, words, title_words, term_words, names, *identity)


def compute_fingerprint(
    text: str,
    url: str | None = None,
    source: str | None = None,
    title: str = "",
    terms: Terms | None = None,
) -> Fingerprint:
    """Fingerprint a cleaned text.

    Parameters
    ----------
    text : str
        As `clustering.features.normalize.clean` returns it.
    url : str or None
        Canonical address.
    source : str or None
        Name of the outlet.
    title : str
        Cleaned.
    terms : Terms or None
        The terms of the article, by which names are told from other words; None if they are not
        known.

    Returns
    -------
    Fingerprint
    """
    folded = fold(text)
    words = hash_words(folded)
    shingles = sort_unique(hash_shingles(words.hashes))
    sequence = encode_words(folded, words, title, terms)
    return Fingerprint(
        compute_signature(shingles),
        shingles,
        *sequence,
        text_hash=digest(words.hashes),
        url_hash=_hash_url(url) if url else 0,
        outlet_hash=_hash(source.casefold()) if source else 0,
    )


def is_too_short(fingerprint: Fingerprint) -> bool:
    """Tell whether a text can be a near-duplicate of an equal text only."""
    return len(fingerprint.shingles) < MIN_SHINGLES


def sampling_moduli(n_shingles: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sampling modulus of texts with so many shingles."""
    return _MODULI[_MODULUS_BREAKPOINTS.searchsorted(n_shingles, side="right")]


def _hash_url(url: str) -> int:
    """Hash the address of an article; 0 for a home page, which is the address of many."""
    _, _, path = url.partition("://")[2].partition("/")
    return _hash(url) if path else 0


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(errors="replace"), digest_size=8).digest(), "big")

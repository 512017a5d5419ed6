"""TF-IDF vectors of articles, by field, for the recognition of events.

The conventions are scikit-learn's: sublinear term frequencies (``1 + log(tf)``), fields compared by
cosine. All fields of an article share one sorted array of term ids, with flags for the fields that
a term occurs in, so that one article is compared with many in a single pass. A sparse matrix of
scikit-learn's `TfidfVectorizer` would hold one field, under weights that are fixed when it is
fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import BIGRAM, LEAD, NAME, NUMBER, TITLE, Terms
from clustering.kernels.library import address, addresses, load_kernels
from clustering.similarity.idf import BUCKET_BITS, IdfSnapshot
from clustering.types import Features

FIELDS: Final = ("words", "title", "lead", "names", "numbers", "rare")
"""The fields of an article that are compared; "rare" holds the words of high idf."""
MIN_RARE_IDF: Final = 0.62
"""Words of a higher idf make up the field "rare"."""
MAX_INDEX_TERMS: Final = 40
"""Terms of an article in the inverted index; bounds its memory and the number of candidates."""

KEY_WORDS: Final = (10, 20)
"""Numbers of heaviest words that tell what an article is about."""

FIELD_WEIGHTING: Final = (0, 1, 1, 0, 1, 2)
"""How terms are weighted in each field: 0 by idf times sublinear tf, 1 by idf alone, 2 like 0 but
only above `MIN_RARE_IDF`."""

_MIN_PRIOR: Final = 1e-7
SUBLINEAR_TF: Final = (1 + np.log(np.maximum(np.arange(256), 1))).astype(np.float32)
_ALL_FLAGS: Final = np.arange(2 * BIGRAM)
_FIELD_MASKS: Final = (
    np.column_stack(
        [
            _ALL_FLAGS & BIGRAM == 0,
            _ALL_FLAGS & TITLE,
            _ALL_FLAGS & LEAD,
            _ALL_FLAGS & NAME,
            _ALL_FLAGS & NUMBER,
            _ALL_FLAGS & BIGRAM == 0,
        ]
    )
    .astype(np.bool_)
    .astype(np.float64)
)


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """The weighted terms of one article under one IDF snapshot.

    Attributes
    ----------
    term_ids : ndarray of uint32, shape (n_terms,)
        Ascending.
    field_flags : ndarray of uint8, shape (n_terms,)
    counts : ndarray of uint8, shape (n_terms,)
    idf, weights : ndarray of float32, shape (n_terms,)
        Inverse document frequency, alone and times the sublinear term frequency.
    norms : ndarray of float32, shape (6,)
        Euclidean norm of each of `FIELDS`; 0 for an empty one.
    key_words : ndarray of float32, shape (2, 2)
        For each of `KEY_WORDS`: the least weight of these words, and the sum of squared weights.
    published : float or None
        POSIX seconds.
    words : int
        Words of the text; 0 for a headline without text.
    base_rate_shift : float
        That of the IDF snapshot.
    """

    term_ids: NDArray[np.uint32]
    field_flags: NDArray[np.uint8]
    counts: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    norms: NDArray[np.float32]
    key_words: NDArray[np.float32]
    published: float | None
    words: int
    base_rate_shift: float


@dataclass(frozen=True, slots=True, eq=False)
class VectorBatch:
    """The vectors of many articles, concatenated, to compare one article with.

    Attributes
    ----------
    term_ids : ndarray of uint32, shape (n_terms,)
    field_flags, counts : ndarray of uint8, shape (n_terms,)
    ends : ndarray of int64, shape (n_articles,)
        End of the terms of each article.
    norms : ndarray of float32, shape (n_articles, 6)
    key_words : ndarray of float32, shape (n_articles, 2, 2)
    published : ndarray of float64, shape (n_articles,)
        NaN if it is not known.
    words : ndarray of int32, shape (n_articles,)
    """

    term_ids: NDArray[np.uint32]
    field_flags: NDArray[np.uint8]
    counts: NDArray[np.uint8]
    ends: NDArray[np.int64]
    norms: NDArray[np.float32]
    key_words: NDArray[np.float32]
    published: NDArray[np.float64]
    words: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ends)

    @classmethod
    def from_vectors(cls, vectors: Sequence[Vector]) -> VectorBatch:
        """Concatenate vectors, at least one."""
        return cls(
            np.concatenate([vector.term_ids for vector in vectors]),
            np.concatenate([vector.field_flags for vector in vectors]),
            np.concatenate([vector.counts for vector in vectors]),
            np.array([len(vector.term_ids) for vector in vectors]).cumsum(),
            np.stack([vector.norms for vector in vectors]),
            np.stack([vector.key_words for vector in vectors]),
            np.array([nan if vector.published is None else vector.published for vector in vectors]),
            np.array([vector.words for vector in vectors], dtype=np.int32),
        )


def sublinear_tf(counts: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return ``1 + log(count)`` of each count."""
    frequencies: NDArray[np.float32] = SUBLINEAR_TF.take(counts)
    return frequencies


def index_terms(terms: Terms) -> NDArray[np.uint32]:
    """Return the term ids that the inverted index holds of an article, sorted.

    They are the heaviest by background frequencies, and so do not depend on the IDF snapshot.
    """
    weights = sublinear_tf(terms.counts) * -np.log(np.maximum(terms.prior, _MIN_PRIOR))
    heaviest = np.argsort(-weights, kind="stable")[:MAX_INDEX_TERMS]
    return np.sort(terms.term_ids[heaviest])


def vectorise(
    terms: Terms, idf_snapshot: IdfSnapshot, published: float | None, words: int
) -> Vector:
    """Weight an article's terms.

    Parameters
    ----------
    terms : Terms
    idf_snapshot : IdfSnapshot
    published : float or None
        POSIX seconds.
    words : int
        Words of the text.

    Returns
    -------
    Vector
    """
    kernels = load_kernels()
    weighting = (
        weigh_by_numpy(terms, idf_snapshot)
        if kernels is None
        else _weigh_by_kernel(kernels, terms, idf_snapshot)
    )
    return Vector(
        terms.term_ids,
        terms.field_flags,
        terms.counts,
        *weighting,
        published,
        words,
        idf_snapshot.base_rate_shift,
    )


class Weighting(NamedTuple):
    """What the terms of an article weigh; the arrays are described in `Vector`."""

    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    norms: NDArray[np.float32]
    key_words: NDArray[np.float32]


def weigh_by_numpy(terms: Terms, idf_snapshot: IdfSnapshot) -> Weighting:
    """Weigh an article's terms: the reference of the kernel."""
    idf = idf_snapshot.idf(terms)
    weights = idf * sublinear_tf(terms.counts)
    return Weighting(
        idf,
        weights,
        _norms(terms.field_flags, idf, weights),
        _key_words(terms.field_flags, weights),
    )


def _weigh_by_kernel(kernels: Any, terms: Terms, idf_snapshot: IdfSnapshot) -> Weighting:
    columns = (terms.term_ids, terms.prior, terms.counts, terms.field_flags)
    n_terms = len(terms.term_ids)
    weighting = Weighting(
        np.empty(n_terms, np.float32),
        np.empty(n_terms, np.float32),
        np.empty(len(FIELDS), np.float32),
        np.empty((len(KEY_WORDS), 2), np.float32),
    )
    frequencies = _frequency_arguments(idf_snapshot)
    kernels.vectorise(
        *addresses(*columns), n_terms, *frequencies, *addresses(SUBLINEAR_TF, *weighting)
    )
    return weighting


def weigh_packed(
    packed: bytes, ends: NDArray[np.int64], idf_snapshot: IdfSnapshot
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Compute the norms and the key words of many articles at once.

    Parameters
    ----------
    packed : bytes
        Their terms one after another, as `clustering.events.term_store` packs them.
    ends : ndarray of int64, shape (n_articles,)
        Where the terms of each article end.
    idf_snapshot : IdfSnapshot

    Returns
    -------
    norms : ndarray of float32, shape (n_articles, 6)
    key_words : ndarray of float32, shape (n_articles, 2, 2)

    None instead of the pair where the kernels are not compiled.
    """
    kernels = load_kernels()
    if kernels is None:
        return None
    norms = np.empty((len(ends), len(FIELDS)), np.float32)
    key_words = np.empty((len(ends), len(KEY_WORDS), 2), np.float32)
    sizes = address(ends), len(ends)
    arrays = addresses(SUBLINEAR_TF, norms, key_words)
    if not kernels.weigh_packed(packed, *sizes, *_frequency_arguments(idf_snapshot), *arrays):
        raise MemoryError
    return norms, key_words


def _frequency_arguments(idf_snapshot: IdfSnapshot) -> tuple[int | None, int, int]:
    """Return what the kernels take of a snapshot."""
    table = idf_snapshot.discounted_frequencies if len(idf_snapshot.buckets) else None
    shift = 32 - BUCKET_BITS
    return None if table is None else address(table), shift, idf_snapshot.n_articles


def vectorise_features(features: Features, idf_snapshot: IdfSnapshot) -> Vector:
    """Weight the terms of an article's features.

    Parameters
    ----------
    features : Features
    idf_snapshot : IdfSnapshot

    Returns
    -------
    Vector
    """
    terms = Terms.from_bytes(features.terms)
    return vectorise(terms, idf_snapshot, features.published, features.words)


def field_masks(field_flags: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return which terms belong to each field: 1 or 0; "rare" has all words, whatever their idf.

    Returns
    -------
    ndarray of float64, shape (n_terms, 6)
        Columns as in `FIELDS`.
    """
    return _FIELD_MASKS.take(field_flags, axis=0)


def _norms(
    field_flags: NDArray[np.uint8], idf: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    by_weighting = np.empty((len(field_flags), 3))
    by_weighting[:, 0], by_weighting[:, 1] = weights, idf
    by_weighting[:, 2] = weights * (idf > MIN_RARE_IDF)
    by_field = field_masks(field_flags) * by_weighting.take(FIELD_WEIGHTING, axis=1)
    norms: NDArray[np.float32] = np.sqrt((by_field**2).sum(axis=0)).astype(np.float32)
    return norms


def _key_words(field_flags: NDArray[np.uint8], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the least weight and the sum of squared weights of the heaviest words."""
    words = np.sort(weights[field_flags < BIGRAM])[::-1]
    rows = []
    for n_words in KEY_WORDS:
        least = words[:n_words].min(initial=np.inf)
        rows.append((least, (words[words >= least] ** 2).sum()))
    return np.array(rows, np.float32)

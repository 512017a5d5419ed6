"""An article as weighted terms, by field: the TF-IDF vectors that events are recognised by.

scikit-learn's conventions: term frequencies are dampened (``1 + log(tf)``), fields are compared by
cosine. All fields of an article lie in one sorted array of term numbers, marked by where the term
stands, so that many articles are compared with one in a single pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import BIGRAM, LEAD, NAME, NUMBER, TITLE, Terms
from clustering.similarity.idf import IdfSnapshot

FIELDS: Final = ("words", "pairs", "title", "lead", "names", "numbers", "rare")
MIN_RARE_IDF: Final = 0.62
"""Terms of so high an idf make up the field of rare words."""
MAX_INDEX_TERMS: Final = 40

FIELD_WEIGHTING: Final = (0, 1, 1, 1, 0, 1, 2)
"""What a term weighs in each field: 0 for idf times dampened count, 1 for idf alone, 2 for the
first where the idf is above `RARE`."""

_MIN_PRIOR: Final = 1e-7
_SUBLINEAR_TF: Final = (1 + np.log(np.maximum(np.arange(256), 1))).astype(np.float32)
_ALL_FLAGS: Final = np.arange(2 * BIGRAM)
_FIELD_MASKS: Final = (
    np.column_stack(
        [
            _ALL_FLAGS & BIGRAM == 0,
            _ALL_FLAGS & BIGRAM,
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
    """One article's weighted terms under one snapshot of term weights.

    Attributes
    ----------
    term_ids : ndarray of uint32, shape (n_terms,)
        Ascending.
    field_flags : ndarray of uint8, shape (n_terms,)
    counts : ndarray of uint8, shape (n_terms,)
    idf, weights : ndarray of float32, shape (n_terms,)
        Inverse document frequency, alone and times the dampened count.
    norms : ndarray of float32, shape (7,)
        Euclidean length of each of `FIELDS`; 0 for an empty one.
    published : float or None
        POSIX seconds.
    words : int
        Words of the body; 0 for a headline without one.
    """

    term_ids: NDArray[np.uint32]
    field_flags: NDArray[np.uint8]
    counts: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    norms: NDArray[np.float32]
    published: float | None
    words: int


@dataclass(frozen=True, slots=True, eq=False)
class VectorBatch:
    """Many articles to compare one with, their terms one after another.

    Attributes
    ----------
    term_ids : ndarray of uint32, shape (n_terms,)
    field_flags, counts : ndarray of uint8, shape (n_terms,)
    ends : ndarray of int64, shape (n_articles,)
        Where the terms of each article end.
    norms : ndarray of float32, shape (n_articles, 7)
    published : ndarray of float64, shape (n_articles,)
        NaN if it is not known.
    words : ndarray of int, shape (n_articles,)
    """

    term_ids: NDArray[np.uint32]
    field_flags: NDArray[np.uint8]
    counts: NDArray[np.uint8]
    ends: NDArray[np.int64]
    norms: NDArray[np.float32]
    published: NDArray[np.float64]
    words: NDArray[np.integer[Any]]

    def __len__(self) -> int:
        return len(self.ends)

    @classmethod
    def from_vectors(cls, vectors: Sequence[Vector]) -> VectorBatch:
        """Pile up some vectors, at least one."""
        published = [nan if one.published is None else one.published for one in vectors]
        return cls(
            np.concatenate([one.term_ids for one in vectors]),
            np.concatenate([one.field_flags for one in vectors]),
            np.concatenate([one.counts for one in vectors]),
            np.array([len(one.term_ids) for one in vectors]).cumsum(),
            np.stack([one.norms for one in vectors]),
            np.array(published),
            np.array([one.words for one in vectors]),
        )


def sublinear_tf(counts: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much more a term weighs for standing in an article so many times."""
    found: NDArray[np.float32] = _SUBLINEAR_TF.take(counts)
    return found


def index_terms(terms: Terms) -> NDArray[np.uint32]:
    """The terms to find an article by, sorted: the heaviest, as the language at large has it.

    They stay the same whatever snapshot of term weights is in force.
    """
    weights = sublinear_tf(terms.counts) * -np.log(np.maximum(terms.prior, _MIN_PRIOR))
    heaviest = np.argsort(-weights, kind="stable")[:MAX_INDEX_TERMS]
    return np.sort(terms.term_ids[heaviest])


def vectorise(
    terms: Terms, idf_snapshot: IdfSnapshot, published: float | None, words: int
) -> Vector:
    """Weigh an article's terms.

    Parameters
    ----------
    terms : Terms
    idf_snapshot : IdfSnapshot
        The snapshot of term weights.
    published : float or None
        POSIX seconds.
    words : int
        Words of the body.

    Returns
    -------
    Vector
    """
    idf = idf_snapshot.idf(terms)
    weights = idf * sublinear_tf(terms.counts)
    norms = _norms(terms.field_flags, idf, weights)
    return Vector(
        terms.term_ids, terms.field_flags, terms.counts, idf, weights, norms, published, words
    )


def field_masks(field_flags: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Which terms make up each field, by where they stand: 1 or 0, rare words as words.

    Returns
    -------
    ndarray of float64, shape (n_terms, 7)
        Columns as in `FIELDS`.
    """
    return _FIELD_MASKS.take(field_flags, axis=0)


def _norms(
    field_flags: NDArray[np.uint8], idf: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    amounts = np.empty((len(field_flags), 3))
    amounts[:, 0], amounts[:, 1], amounts[:, 2] = weights, idf, weights * (idf > MIN_RARE_IDF)
    inside = field_masks(field_flags) * amounts.take(FIELD_WEIGHTING, axis=1)
    norms: NDArray[np.float32] = np.sqrt((inside**2).sum(axis=0)).astype(np.float32)
    return norms

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

from clustering.rarity import Rarity
from clustering.terms import LEAD, NAME, NUMBER, PAIR, TITLE, Terms

FIELDS: Final = ("words", "pairs", "title", "lead", "names", "numbers", "rare")
RARE: Final = 0.62
"""Terms of so high an idf make up the field of rare words."""
INDEXED_TERMS: Final = 40

WEIGHED_BY: Final = (0, 1, 1, 1, 0, 1, 2)
"""What a term weighs in each field: 0 for idf times dampened count, 1 for idf alone, 2 for the
first where the idf is above `RARE`."""

_RAREST: Final = 1e-7
_DAMPENED: Final = (1 + np.log(np.maximum(np.arange(256), 1))).astype(np.float32)
_PLACES: Final = np.arange(2 * PAIR)
_IN_FIELDS: Final = (
    np.column_stack(
        [
            _PLACES & PAIR == 0,
            _PLACES & PAIR,
            _PLACES & TITLE,
            _PLACES & LEAD,
            _PLACES & NAME,
            _PLACES & NUMBER,
            _PLACES & PAIR == 0,
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
    numbers : ndarray of uint32, shape (n_terms,)
        Ascending.
    places : ndarray of uint8, shape (n_terms,)
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

    numbers: NDArray[np.uint32]
    places: NDArray[np.uint8]
    counts: NDArray[np.uint8]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    norms: NDArray[np.float32]
    published: float | None
    words: int


@dataclass(frozen=True, slots=True, eq=False)
class Pile:
    """Many articles to compare one with, their terms one after another.

    Attributes
    ----------
    numbers : ndarray of uint32, shape (n_terms,)
    places, counts : ndarray of uint8, shape (n_terms,)
    ends : ndarray of int64, shape (n_articles,)
        Where the terms of each article end.
    norms : ndarray of float32, shape (n_articles, 7)
    published : ndarray of float64, shape (n_articles,)
        NaN if it is not known.
    words : ndarray of int, shape (n_articles,)
    """

    numbers: NDArray[np.uint32]
    places: NDArray[np.uint8]
    counts: NDArray[np.uint8]
    ends: NDArray[np.int64]
    norms: NDArray[np.float32]
    published: NDArray[np.float64]
    words: NDArray[np.integer[Any]]

    def __len__(self) -> int:
        return len(self.ends)

    @classmethod
    def of(cls, vectors: Sequence[Vector]) -> Pile:
        """Pile up some vectors, at least one."""
        published = [nan if one.published is None else one.published for one in vectors]
        return cls(
            np.concatenate([one.numbers for one in vectors]),
            np.concatenate([one.places for one in vectors]),
            np.concatenate([one.counts for one in vectors]),
            np.array([len(one.numbers) for one in vectors]).cumsum(),
            np.stack([one.norms for one in vectors]),
            np.array(published),
            np.array([one.words for one in vectors]),
        )


def dampened(counts: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much more a term weighs for standing in an article so many times."""
    found: NDArray[np.float32] = _DAMPENED.take(counts)
    return found


def telling(terms: Terms) -> NDArray[np.uint32]:
    """The terms to find an article by, sorted: the heaviest, as the language at large has it.

    They stay the same whatever snapshot of term weights is in force.
    """
    weights = dampened(terms.counts) * -np.log(np.maximum(terms.prior, _RAREST))
    heaviest = np.argsort(-weights, kind="stable")[:INDEXED_TERMS]
    return np.sort(terms.numbers[heaviest])


def vectorise(terms: Terms, rarity: Rarity, published: float | None, words: int) -> Vector:
    """Weigh an article's terms.

    Parameters
    ----------
    terms : Terms
    rarity : Rarity
        The snapshot of term weights.
    published : float or None
        POSIX seconds.
    words : int
        Words of the body.

    Returns
    -------
    Vector
    """
    idf = rarity.idf(terms)
    weights = idf * dampened(terms.counts)
    norms = _norms(terms.places, idf, weights)
    return Vector(terms.numbers, terms.places, terms.counts, idf, weights, norms, published, words)


def in_fields(places: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Which terms make up each field, by where they stand: 1 or 0, rare words as words.

    Returns
    -------
    ndarray of float64, shape (n_terms, 7)
        Columns as in `FIELDS`.
    """
    return _IN_FIELDS.take(places, axis=0)


def _norms(
    places: NDArray[np.uint8], idf: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    amounts = np.empty((len(places), 3))
    amounts[:, 0], amounts[:, 1], amounts[:, 2] = weights, idf, weights * (idf > RARE)
    inside = in_fields(places) * amounts.take(WEIGHED_BY, axis=1)
    norms: NDArray[np.float32] = np.sqrt((inside**2).sum(axis=0)).astype(np.float32)
    return norms

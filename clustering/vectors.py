"""An article as weighted terms, by field: the TF-IDF vectors that events are recognised by.

scikit-learn's conventions: term frequencies are dampened (``1 + log(tf)``), fields are compared by
cosine. All fields of an article lie in one sorted array of term numbers, marked by where the term
stands, so that many articles are compared with one in a single pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.rarity import Rarity
from clustering.terms import LEAD, NAME, NUMBER, PAIR, TITLE, Terms

FIELDS: Final = ("words", "pairs", "title", "lead", "names", "numbers", "rare")
RARE: Final = 0.62
"""Terms of so high an idf make up the field of rare words."""
INDEXED_TERMS: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """One article's weighted terms under one snapshot of term weights.

    Attributes
    ----------
    numbers : ndarray of uint32, shape (n_terms,)
        Ascending.
    places : ndarray of uint8, shape (n_terms,)
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
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    norms: NDArray[np.float32]
    published: float | None
    words: int

    @property
    def telling(self) -> NDArray[np.uint32]:
        """The terms to find the article by, sorted: its heaviest."""
        heaviest = np.argsort(-self.weights, kind="stable")[:INDEXED_TERMS]
        return np.sort(self.numbers[heaviest])


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
    weights = idf * (1 + np.log(np.maximum(terms.counts, 1, dtype=np.float32)))
    squares = [np.sum(value[mask] ** 2) for mask, value in _fields(terms.places, idf, weights)]
    norms = np.sqrt(np.array(squares, dtype=np.float32))
    return Vector(terms.numbers, terms.places, idf, weights, norms, published, words)


def _fields(
    places: NDArray[np.uint8], idf: NDArray[np.float32], weights: NDArray[np.float32]
) -> list[tuple[NDArray[np.bool_], NDArray[np.float32]]]:
    """Which terms make up each field, and what they weigh there."""
    single = (places & PAIR) == 0
    return [
        (single, weights),
        (~single, idf),
        ((places & TITLE) > 0, idf),
        ((places & LEAD) > 0, idf),
        ((places & NAME) > 0, weights),
        ((places & NUMBER) > 0, idf),
        (single & (idf > RARE), weights),
    ]

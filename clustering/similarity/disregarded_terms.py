"""Terms that say nothing about a pair of articles, because they come from a notice in both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import Terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.tfidf import Vector, vectorise


class DisregardedTerms(NamedTuple):
    """What is left out when two articles are compared.

    Attributes
    ----------
    first, second : ndarray of bool, shape (n_terms,)
        True for the terms of each article that are in the notice.
    are_two_cases : bool
        Whether the two are made from one template and name different cases: they report two events,
        whatever their terms.
    """

    first: NDArray[np.bool_]
    second: NDArray[np.bool_]
    are_two_cases: bool = False


def vectorise_without(
    disregarded: NDArray[np.bool_],
    terms: Terms,
    idf_snapshot: IdfSnapshot,
    published: float | None,
    words: int,
) -> Vector:
    """Weight the other terms of an article.

    Parameters
    ----------
    disregarded : ndarray of bool, shape (n_terms,)
    terms : Terms
        With or without names.
    idf_snapshot : IdfSnapshot
    published : float or None
        POSIX seconds.
    words : int
        Words of the text.

    Returns
    -------
    Vector
    """
    kept = (~disregarded).nonzero()[0]
    names = tuple(terms.names[position] for position in kept.tolist()) if terms.names else ()
    other_terms = Terms(
        terms.term_ids[kept], terms.prior[kept], terms.counts[kept], terms.field_flags[kept], names
    )
    return vectorise(other_terms, idf_snapshot, published, words)

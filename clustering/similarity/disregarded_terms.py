"""Terms that say nothing about a pair of articles, because they come from a notice in both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.features.terms import Terms


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


def keep_other_terms(terms: Terms, disregarded: NDArray[np.bool_]) -> Terms:
    """Return the terms of an article without some of them.

    Parameters
    ----------
    terms : Terms
        With or without names.
    disregarded : ndarray of bool, shape (n_terms,)

    Returns
    -------
    Terms
    """
    kept = (~disregarded).nonzero()[0]
    names = tuple(terms.names[position] for position in kept.tolist()) if terms.names else ()
    return Terms(
        terms.term_ids[kept], terms.prior[kept], terms.counts[kept], terms.field_flags[kept], names
    )

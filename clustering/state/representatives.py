"""Representatives of a group: its canonical article, and its longest text.

Which text is the longest is decided here, by one of two keys:

- `longest_text_key` orders the members of a duplicate group by columns that the store has for
  every article: words, date, key. Near-duplicates are compared with the longest text, because
  cut-down copies are parts of it.
- `event_text_key` and its vectorised form `argsort_event_texts` order texts by words, terms, date
  and content. Events must not depend on the order of arrival, so the slot counts only between
  articles that are equal in all of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf, isnan
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.state.canonical import (
    LONGEST,
    CanonicalCandidate,
    CanonicalRule,
    choose_canonical,
    precedence,
)

LongestTextKey = tuple[int, float, int]
EventTextKey = tuple[int, int, float, int, int]


class Representatives(NamedTuple):
    """The two representatives of a group.

    Attributes
    ----------
    canonical : int
        The key of the article that readers are sent to. It need not be live any more.
    longest : int
        The slot of the longest text. Cut-down copies are parts of it, but perhaps not of each
        other.
    """

    canonical: int
    longest: int


def choose_representatives(
    slots: Iterable[int],
    candidate_of: Callable[[int], CanonicalCandidate],
    rule: CanonicalRule,
    chosen_canonical: Mapping[int, int] = MappingProxyType({}),
) -> Representatives:
    """Choose the representatives of the articles in some slots.

    Parameters
    ----------
    slots : iterable of int
        At least one.
    candidate_of : callable
        Returns the fields of the article in a slot that the rule compares.
    rule : CanonicalRule
    chosen_canonical : mapping of int to int
        Articles that editors chose as canonical, with the order of these decisions. The last
        chosen article comes before all others.

    Returns
    -------
    Representatives
    """
    candidates = {slot: candidate_of(slot) for slot in slots}
    chosen = [
        candidate for candidate in candidates.values() if candidate.article in chosen_canonical
    ]
    if chosen:
        last_chosen = max(chosen, key=lambda candidate: chosen_canonical[candidate.article])
        canonical = last_chosen.article
    else:
        canonical = choose_canonical(candidates.values(), rule)
    longest = min(candidates, key=lambda slot: longest_text_key(candidates[slot]))
    return Representatives(canonical, longest)


def longest_text_key(candidate: CanonicalCandidate) -> LongestTextKey:
    """Sort key of the members of a duplicate group: the longest text has the lowest key.

    Among texts of equal length the earliest published comes first, then the lowest article key.
    """
    return precedence(candidate, LONGEST)


def event_text_key(
    words: int, n_terms: int, published: float, content: int, slot: int
) -> EventTextKey:
    """Sort key of texts in event clustering: the longest text has the highest key.

    Parameters
    ----------
    words, n_terms : int
    published : float
        POSIX seconds; NaN if not known, which counts as latest.
    content : int
        Checksum of the terms.
    slot : int

    Returns
    -------
    tuple of (int, int, float, int, int)
    """
    earlier = -inf if isnan(published) else -published
    return (words, n_terms, earlier, content, -slot)


def argsort_event_texts(
    words: NDArray[np.int32],
    n_terms: NDArray[np.int32],
    published: NDArray[np.float64],
    content: NDArray[np.uint32],
    slots: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The order of texts by `event_text_key`, the longest text last.

    Parameters
    ----------
    words, n_terms, published, content, slots : ndarray, shape (n_texts,)

    Returns
    -------
    ndarray of int64, shape (n_texts,)
    """
    earlier = np.where(np.isnan(published), -inf, -published)
    return np.lexsort((-slots, content, earlier, n_terms, words))

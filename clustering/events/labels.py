"""A label that people can read: which article speaks for an event, and the terms it is told by.

The central article is the one most like all the others taken together (the medoid by cosine); the
key terms are the words that many of the articles share and few others carry.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from clustering.features.terms import BIGRAM, NUMBER, TITLE, Terms
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.pair_features import MIN_DISTINCTIVE_IDF

MAX_KEY_TERMS: Final = 6
_TITLE_BOOST: Final = 1.5
"""So much more a word of a headline tells than one of the text."""


@dataclass(frozen=True, slots=True)
class EventLabel:
    """What tells an event from others.

    Attributes
    ----------
    central : tuple of int
        Positions of the articles, the most central first.
    terms : tuple of str
        The most telling words, best first.
    """

    central: tuple[int, ...]
    terms: tuple[str, ...]


def label_event(articles: Sequence[Terms]) -> EventLabel:
    """Label an event by the terms of its articles.

    Words are weighed by how rare they are at large, so that the label of an event depends on
    nothing but its own articles.

    Parameters
    ----------
    articles : sequence of Terms
        With their names. The cost grows with their number: of a large event, some will do.

    Returns
    -------
    Label
    """
    weights = [_term_weights(terms) for terms in articles]
    together: defaultdict[str, float] = defaultdict(float)
    for each in weights:
        for word, weight in each.items():
            together[word] += weight
    carriers = Counter(word for each in weights for word in each)
    alike = [sum(weight * together[word] for word, weight in each.items()) for each in weights]
    central = sorted(range(len(articles)), key=lambda at: (-alike[at], at))
    return EventLabel(tuple(central), _choose_key_terms(together, carriers, len(articles)))


def _term_weights(terms: Terms) -> dict[str, float]:
    """The telling words of one article, with weights of unit length together."""
    idf = IdfSnapshot().idf(terms)
    at = np.flatnonzero(
        ((terms.field_flags & (BIGRAM | NUMBER)) == 0) & (idf > MIN_DISTINCTIVE_IDF)
    )
    counted = idf[at] * (1 + np.log(np.maximum(terms.counts[at], 1)))
    found = np.where(terms.field_flags[at] & TITLE, _TITLE_BOOST * counted, counted).tolist()
    length = sqrt(sum(weight * weight for weight in found)) or 1.0
    return {terms.names[place]: w / length for place, w in zip(at.tolist(), found, strict=True)}


def _choose_key_terms(
    total_weights: Mapping[str, float], article_counts: Mapping[str, int], n_articles: int
) -> tuple[str, ...]:
    """The heaviest words that at least two articles carry, where there are two."""
    shared = [word for word in total_weights if article_counts[word] >= min(n_articles, 2)]
    ranked = sorted(shared, key=lambda word: (-total_weights[word] * article_counts[word], word))
    return tuple(ranked[:MAX_KEY_TERMS])

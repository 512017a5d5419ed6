"""Readable labels of events: the most central article, and the key terms.

The most central article is the one most similar to all articles of the event taken together (by
cosine). Key terms are words that many of its articles share and that are rare elsewhere.
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
"""Key terms of a label; more do not fit on a line."""
_TITLE_BOOST: Final = 1.5
"""Factor for the weight of a word in a title."""


@dataclass(frozen=True, slots=True)
class EventLabel:
    """The label of an event.

    Attributes
    ----------
    central : tuple of int
        Positions of the articles, the most central first.
    terms : tuple of str
        The key terms, best first.
    """

    central: tuple[int, ...]
    terms: tuple[str, ...]


def label_event(articles: Sequence[Terms]) -> EventLabel:
    """Label an event by the terms of its articles.

    Words are weighted by background frequencies, so that the label depends on nothing but the
    articles of the event.

    Parameters
    ----------
    articles : sequence of Terms
        With their names. The cost grows with their number; for a large event, pass a part.

    Returns
    -------
    EventLabel
    """
    vectors = [_term_weights(terms) for terms in articles]
    totals: defaultdict[str, float] = defaultdict(float)
    for vector in vectors:
        for word, weight in vector.items():
            totals[word] += weight
    article_counts = Counter(word for vector in vectors for word in vector)
    similarity = [
        sum(weight * totals[word] for word, weight in vector.items()) for vector in vectors
    ]
    central = sorted(range(len(articles)), key=lambda position: (-similarity[position], position))
    return EventLabel(tuple(central), _choose_key_terms(totals, article_counts, len(articles)))


def _term_weights(terms: Terms) -> dict[str, float]:
    """Return the distinctive words of one article, with weights of Euclidean norm 1."""
    idf = IdfSnapshot().idf(terms)
    is_word = (terms.field_flags & (BIGRAM | NUMBER)) == 0
    positions = np.flatnonzero(is_word & (idf > MIN_DISTINCTIVE_IDF))
    tfidf = idf[positions] * (1 + np.log(np.maximum(terms.counts[positions], 1)))
    in_title = terms.field_flags[positions] & TITLE
    weights = np.where(in_title, _TITLE_BOOST * tfidf, tfidf).tolist()
    norm = sqrt(sum(weight * weight for weight in weights)) or 1.0
    return {
        terms.names[position]: weight / norm
        for position, weight in zip(positions.tolist(), weights, strict=True)
    }


def _choose_key_terms(
    total_weights: Mapping[str, float], article_counts: Mapping[str, int], n_articles: int
) -> tuple[str, ...]:
    """Return the heaviest words that at least two articles contain, if there are two articles."""
    shared = [word for word in total_weights if article_counts[word] >= min(n_articles, 2)]
    ranked = sorted(shared, key=lambda word: (-total_weights[word] * article_counts[word], word))
    return tuple(ranked[:MAX_KEY_TERMS])

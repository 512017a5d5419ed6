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

from clustering.rarity import Rarity
from clustering.similarity import TELLING
from clustering.terms import NUMBER, PAIR, TITLE, Terms

KEY_TERMS: Final = 6
_IN_TITLE: Final = 1.5
"""So much more a word of a headline tells than one of the text."""


@dataclass(frozen=True, slots=True)
class Label:
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


def label(articles: Sequence[Terms]) -> Label:
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
    weights = [_weights(terms) for terms in articles]
    together: defaultdict[str, float] = defaultdict(float)
    for each in weights:
        for word, weight in each.items():
            together[word] += weight
    carriers = Counter(word for each in weights for word in each)
    alike = [sum(weight * together[word] for word, weight in each.items()) for each in weights]
    central = sorted(range(len(articles)), key=lambda at: (-alike[at], at))
    return Label(tuple(central), _telling(together, carriers, len(articles)))


def _weights(terms: Terms) -> dict[str, float]:
    """The telling words of one article, with weights of unit length together."""
    idf = Rarity().idf(terms)
    at = np.flatnonzero(((terms.places & (PAIR | NUMBER)) == 0) & (idf > TELLING))
    counted = idf[at] * (1 + np.log(np.maximum(terms.counts[at], 1)))
    found = np.where(terms.places[at] & TITLE, _IN_TITLE * counted, counted).tolist()
    length = sqrt(sum(weight * weight for weight in found)) or 1.0
    return {terms.names[place]: w / length for place, w in zip(at.tolist(), found, strict=True)}


def _telling(
    together: Mapping[str, float], carriers: Mapping[str, int], n_articles: int
) -> tuple[str, ...]:
    """The heaviest words that at least two articles carry, where there are two."""
    shared = [word for word in together if carriers[word] >= min(n_articles, 2)]
    ranked = sorted(shared, key=lambda word: (-together[word] * carriers[word], word))
    return tuple(ranked[:KEY_TERMS])

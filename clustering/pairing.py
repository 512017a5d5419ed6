"""The pairs of labelled articles that the service would compare, to learn from and to check by.

The articles of a corpus go through the service's own finder of candidates one by one, as news
comes in, and every pair it asks about is kept. So what is learned is what will be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.analysis import analyse
from clustering.corpora import Corpus, Labelled, date_of, readings
from clustering.draft import Draft
from clustering.events import EventIndex
from clustering.model import Features as Analysed
from clustering.rarity import Rarity, TermCounts
from clustering.roster import Roster
from clustering.similarity import (
    FEATURES,
    KNOWN,
    Features,
    Known,
    Similarity,
    compare,
    what_is_known,
)
from clustering.terms import Terms
from clustering.training import Pairs
from clustering.vectors import Vector, vectorise

_TIMES: Final = FEATURES.index("dated")
"""From here on the features of a pair speak of time."""
FEWEST: Final = 20
"""So many pairs of one event, and of different ones, it takes to learn from."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of articles as they are compared, and the truth about them.

    Attributes
    ----------
    first, second : ndarray of int64, shape (n_pairs,)
        Keys of the articles, the later one first.
    known : ndarray of str, shape (n_pairs,)
        Which regression judges the pair: one of `clustering.similarity.KNOWN`.
    features : ndarray of float64, shape (n_pairs, n_features)
    same : ndarray of bool, shape (n_pairs,)
        Whether both report one event.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    known: NDArray[np.str_]
    features: Features
    same: NDArray[np.bool_]

    def of(self, kind: Known) -> Pairs:
        """The pairs of one kind of knowledge."""
        at = self.known == kind
        return Pairs(kind, self.features[at], self.same[at])


def term_weights(corpora: Iterable[Corpus]) -> Rarity:
    """Term weights as of a store that has taken in all of some corpora.

    Parameters
    ----------
    corpora : iterable of Corpus

    Returns
    -------
    Rarity
    """
    counts = TermCounts()
    for corpus in corpora:
        for it in corpus.items:
            counts.add(Terms.from_bytes(analyse(it.article).terms).numbers)
    return counts.snapshot()


def compared(corpus: Corpus, rarity: Rarity) -> Compared:
    """Gather the pairs that the service would compare, articles taken by date.

    Articles without a label are left out.

    Parameters
    ----------
    corpus : Corpus
    rarity : Rarity
        The term weights to compare by.

    Returns
    -------
    Compared
    """
    items = sorted((it for it in corpus.items if it.event is not None), key=date_of)
    analysed = [analyse(it.article) for it in items]
    vectors = [_vector(each, rarity) for each in analysed]
    asked = _asked(items, analysed, vectors)
    return _table(asked, dict(zip(vectors, items, strict=True)))


def lessons(corpus: Corpus, rarity: Rarity) -> list[Pairs]:
    """Gather what there is to learn from a corpus, in all its readings.

    Pairs with dates are given once more with the dates withheld, and every pair of texts is read
    with titles and with texts withheld, so that no regression leans on what may be missing.

    Parameters
    ----------
    corpus : Corpus
    rarity : Rarity
        The term weights to compare by.

    Returns
    -------
    list of Pairs
    """
    read = [compared(reading, rarity) for reading in readings(corpus)]
    found = [each.of(kind) for each in read for kind in KNOWN]
    told = [part for part in found if _tells(part)]
    return [*told, *(_undated(part) for part in told if part.features[:, _TIMES].any())]


@dataclass(frozen=True, slots=True)
class _Witness(Similarity):
    """Takes every pair for different events, and remembers which it was asked about."""

    asked: list[tuple[Vector, Vector]] = field(default_factory=list)

    def probabilities(self, article: Vector, others: Sequence[Vector]) -> NDArray[np.float64]:
        """Call all of them strangers."""
        self.asked.extend((article, other) for other in others)
        return np.zeros(len(others))


def _vector(analysed: Analysed, rarity: Rarity) -> Vector:
    terms = Terms.from_bytes(analysed.terms)
    return vectorise(terms, rarity, analysed.published, analysed.words)


def _asked(
    items: Sequence[Labelled], analysed: Sequence[Analysed], vectors: Sequence[Vector]
) -> list[tuple[Vector, Vector]]:
    """The pairs that the finder asks about while the articles come in."""
    witness, roster = _Witness({}, {}), Roster()
    index = EventIndex(roster, witness)
    for it, known, vector in zip(items, analysed, vectors, strict=True):
        draft = Draft(roster, it.article.key, known)
        slot, group = roster.next_slot, draft.found_group()
        draft.place([slot], group)
        index.place(draft, group, {slot: vector})
        roster.enter(it.article.key, known)
        roster.place(slot, group)
        roster.attach(group, draft.event(group) or 0)
        index.add(slot, vector)
    return list(dict.fromkeys(witness.asked))


def _table(asked: Iterable[tuple[Vector, Vector]], owner: dict[Vector, Labelled]) -> Compared:
    beside: dict[Vector, list[Vector]] = {}
    for vector, other in asked:
        beside.setdefault(vector, []).append(other)
    pairs = [(owner[vector], owner[other]) for vector in beside for other in beside[vector]]
    rows = [compare(vector, others) for vector, others in beside.items()]
    known = [what_is_known(vector, other) for vector in beside for other in beside[vector]]
    return Compared(
        np.array([one.article.key for one, _ in pairs], dtype=np.int64),
        np.array([other.article.key for _, other in pairs], dtype=np.int64),
        np.array(known, dtype=np.str_),
        np.concatenate([np.empty((0, len(FEATURES))), *rows]),
        np.array([one.event == other.event for one, other in pairs], dtype=np.bool_),
    )


def _tells(part: Pairs) -> bool:
    same = int(part.same.sum())
    return min(same, len(part.same) - same) >= FEWEST


def _undated(part: Pairs) -> Pairs:
    features = part.features.copy()
    features[:, _TIMES:] = 0
    return Pairs("undated" if part.known == "dated" else part.known, features, part.same)

"""The pairs of labelled articles that the service would compare, to learn from and to check by.

The articles of a corpus go through the service's own finder of candidates one by one, as news
comes in, and every pair it asks about is kept. So what is learned is what will be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.analysis import analyse
from clustering.corpora import Corpus, Labelled, date_of, readings
from clustering.events import EventIndex
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

_TIMES: Final = FEATURES.index("dated")
"""From here on the features of a pair speak of time."""
FEWEST: Final = 20
"""So many pairs of one event, and of different ones, it takes to learn from."""

_STRANGERS: Final = Similarity(
    {kind: np.zeros(len(FEATURES)) for kind in KNOWN}, dict.fromkeys(KNOWN, -50.0)
)
"""Takes every two articles for different events, so that each stays alone."""


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
    index, roster = EventIndex(_STRANGERS), Roster()
    index.use(rarity)
    return _table(items, [_row(index, roster, it) for it in items])


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
class _Row:
    """What one article was compared with when it came: slots, and features of each pair."""

    others: list[int]
    known: list[Known]
    features: Features


def _row(index: EventIndex, roster: Roster, it: Labelled) -> _Row:
    analysed, group = analyse(it.article), roster.next_group
    slot = roster.enter(it.article.key, analysed)
    roster.place(slot, group)
    vector = index.enter(slot, Terms.from_bytes(analysed.terms), analysed)
    index.follow(roster, [group])
    others = index.compared_with(group)
    vectors = [index.vector(other) for other in others]
    known = [what_is_known(vector, other) for other in vectors]
    features = compare(vector, vectors) if vectors else np.empty((0, len(FEATURES)))
    index.keep()
    return _Row(others, known, features)


def _table(items: Sequence[Labelled], rows: Sequence[_Row]) -> Compared:
    """All pairs; a slot is the place of an article among the items."""
    pairs = [(at, other) for at, row in enumerate(rows) for other in row.others]
    return Compared(
        np.array([items[at].article.key for at, _ in pairs], dtype=np.int64),
        np.array([items[other].article.key for _, other in pairs], dtype=np.int64),
        np.array([kind for row in rows for kind in row.known], dtype=np.str_),
        np.concatenate([np.empty((0, len(FEATURES))), *(row.features for row in rows)]),
        np.array([items[at].event == items[other].event for at, other in pairs], dtype=np.bool_),
    )


def _tells(part: Pairs) -> bool:
    same = int(part.same.sum())
    return min(same, len(part.same) - same) >= FEWEST


def _undated(part: Pairs) -> Pairs:
    features = part.features.copy()
    features[:, _TIMES:] = 0
    return Pairs("undated" if part.known == "dated" else part.known, features, part.same)

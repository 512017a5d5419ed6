"""What is known of the live articles' terms: packed, and weighed when it is asked for.

Terms lie packed, in ten bytes each, those of one article in one piece: what many articles say is
read by putting their pieces together. What depends on the snapshot of term weights
is one small row of lengths for each article, made again when it is first needed after a renewal; so
a renewal itself costs nothing, however many articles there are.
"""

from __future__ import annotations

from math import inf, isnan, nan
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from clustering import renewal
from clustering.model import Features
from clustering.rarity import Rarity
from clustering.roster import language_code
from clustering.terms import Terms
from clustering.vectors import FIELDS, Pile, Vector, telling, vectorise

REMEMBERED: Final = 1024
"""Vectors that are kept as they are."""

Slots = NDArray[np.int64]
Fullness = tuple[int, int, float, int, int]

_TERM = np.dtype([("number", "<u4"), ("prior", "<f4"), ("count", np.uint8), ("place", np.uint8)])
_FACTS = np.dtype(
    [
        ("published", np.float64),
        ("words", np.int32),
        ("terms", np.int32),
        ("content", np.uint32),
        ("language", np.uint16),
        ("weighed", np.uint32),
        ("norms", np.float32, (len(FIELDS),)),
    ],
    align=True,
)


class Holdings:
    """Terms of the live articles by slot.

    Attributes
    ----------
    rarity : Rarity
        The snapshot of term weights in force.
    """

    def __init__(self) -> None:
        self.rarity = Rarity()
        self._lengths_good_until = renewal.good_until(self.rarity)
        self._renewals = 1
        self._packed: dict[int, bytes] = {}
        self._recent: dict[int, Vector] = {}
        self._telling: dict[int, NDArray[np.uint32]] = {}
        self._facts = np.zeros(1024, dtype=_FACTS)

    def enter(self, slot: int, terms: Terms, features: Features) -> Vector:
        """Take in an article's terms; return them weighed."""
        while slot >= len(self._facts):
            self._facts = np.concatenate([self._facts, np.zeros_like(self._facts)])
        self._packed[slot] = _pack(terms)
        vector = vectorise(terms, self.rarity, features.published, features.words)
        self._facts[slot] = (
            nan if features.published is None else features.published,
            features.words,
            len(terms.numbers),
            crc32(terms.numbers.tobytes()),
            language_code(features.language),
            self._renewals,
            vector.norms,
        )
        self._remember(slot, vector)
        self._telling[slot] = telling(terms)
        return vector

    def leave(self, slot: int) -> None:
        """Forget an article."""
        del self._packed[slot]
        self._recent.pop(slot, None)
        self._telling.pop(slot, None)

    def terms(self, slot: int) -> Terms:
        """An article's terms, without their names."""
        found = np.frombuffer(self._packed[slot], _TERM)
        numbers, prior, counts, places = (found[name].copy() for name in _TERM.names or ())
        return Terms(numbers, prior, counts, places, ())

    def numbers(self, slot: int) -> NDArray[np.uint32]:
        """The numbers of an article's terms."""
        numbers: NDArray[np.uint32] = np.frombuffer(self._packed[slot], _TERM)["number"]
        return numbers

    def use(self, rarity: Rarity) -> None:
        """Weigh by another snapshot from now on."""
        self._lengths_good_until = renewal.good_until(rarity)
        self._renewals += 1
        self._weigh_by(rarity)

    def renew(self, rarity: Rarity) -> None:
        """The same, but lengths that were worked out a short while ago stand."""
        if rarity.next_group >= self._lengths_good_until:
            self.use(rarity)
        else:
            self._weigh_by(rarity)

    def fullness(self, slot: int) -> Fullness:
        """What makes a text stand for others: its length, and then what can't depend on arrival.

        Only between articles of equal terms and date does it count which came first.
        """
        facts = self._facts[slot]
        published = float(facts["published"])
        earlier = -inf if isnan(published) else -published
        return (int(facts["words"]), int(facts["terms"]), earlier, int(facts["content"]), -slot)

    def by_fullness(self, slots: Slots) -> NDArray[np.int64]:
        """The order in which `fullness` puts some slots."""
        facts = self._facts[slots]
        published = facts["published"]
        earlier = np.where(np.isnan(published), -inf, -published)
        return np.lexsort((-slots, facts["content"], earlier, facts["terms"], facts["words"]))

    def origin(self, slot: int) -> tuple[float, int]:
        """POSIX seconds, NaN if not known; the language as `clustering.roster` counts them."""
        return float(self._facts["published"][slot]), int(self._facts["language"][slot])

    def origins(self, slots: Slots) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
        """The same of several."""
        return self._facts["published"][slots], self._facts["language"][slots]

    def sizes(self, slots: Slots) -> NDArray[np.int64]:
        """Numbers of terms."""
        found: NDArray[np.int64] = self._facts["terms"][slots].astype(np.int64)
        return found

    def telling(self, slot: int) -> NDArray[np.uint32]:
        """The terms to find an article by."""
        known = self._telling.get(slot)
        return telling(self.terms(slot)) if known is None else known

    def vector(self, slot: int) -> Vector:
        """An article's weighted terms."""
        if slot in self._recent:
            return self._recent[slot]
        facts = self._facts[slot]
        published = None if np.isnan(facts["published"]) else float(facts["published"])
        vector = vectorise(self.terms(slot), self.rarity, published, int(facts["words"]))
        self._remember(slot, vector)
        return vector

    def pile(self, slots: Slots) -> Pile:
        """Several articles, at least one, to be compared with another."""
        self._weigh(slots)
        facts = self._facts.take(slots)
        terms = np.frombuffer(b"".join(map(self._packed.__getitem__, slots.tolist())), _TERM)
        return Pile(
            terms["number"],
            terms["place"],
            terms["count"],
            facts["terms"].cumsum(),
            facts["norms"],
            facts["published"],
            facts["words"],
        )

    def _weigh_by(self, rarity: Rarity) -> None:
        self.rarity = rarity
        self._recent.clear()

    def _remember(self, slot: int, vector: Vector) -> None:
        if len(self._recent) >= REMEMBERED:
            self._recent.clear()
            self._telling.clear()
        self._recent[slot] = vector

    def _weigh(self, slots: Slots) -> None:
        """Renew the lengths of those that were weighed by an older snapshot."""
        for slot in slots[self._facts["weighed"][slots] != self._renewals].tolist():
            self._facts["norms"][slot] = self.vector(slot).norms
            self._facts["weighed"][slot] = self._renewals


def _pack(terms: Terms) -> bytes:
    packed = np.empty(len(terms.numbers), dtype=_TERM)
    packed["number"], packed["prior"] = terms.numbers, terms.prior
    packed["count"], packed["place"] = terms.counts, terms.places
    return packed.tobytes()

"""Events: which duplicate groups report the same thing that happened.

A group is compared through its fullest text, so copies count as one. Events are the average-link
clusters inside the linked parts of the graph of likely neighbours (`clustering.likeness`). What a
newcomer touches is judged again as a whole: every part in which a link has changed, and the rest
of their events. So events join, merge and split as the news comes in, and are what they would be
had all come at once.

References
----------
Sokal, R. R. and Michener, C. D. (1958). Average linkage.
Allan, J., Papka, R. and Lavrenko, V. (1998). On-line new event detection and tracking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.agglomeration import cluster, cluster_as_told
from clustering.company import at_odds, company
from clustering.draft import Draft
from clustering.holdings import Holdings, Slots
from clustering.likeness import JOIN, NEIGHBOUR, Likeness, linked_parts
from clustering.model import Features
from clustering.naming import name_events
from clustering.postings import Postings
from clustering.rarity import Rarity, TermCounts
from clustering.renewal import turns
from clustering.roster import Roster
from clustering.similarity import Similarity
from clustering.standing import Standing
from clustering.terms import Terms
from clustering.vectors import Vector

MOST_CARRIERS: Final = 2000
"""Newest articles looked at for one term."""
MOST_ENTRIES: Final = 6000
"""Carriers of all the terms that are looked up for one article; the most common are left out."""
LEAST_SHARED: Final = 0.15
"""Squared idf of the telling terms that neighbours share, at the least."""
MOST_TERMS: Final = 5_000
"""Terms of all the candidates that one text is compared with: some twenty-five texts."""
MOST_TERMS_OF_HEADLINES: Final = 16_000
"""The same for a headline. A thousand of them may be near one another; were they cut by what came
before, the order of arrival would matter."""
MOST_DAYS_APART: Final = 14.0
MOST_LOOKED_FOR: Final = 48
"""Groups whose neighbours are looked for because of one article: many only after a start, or where
all is judged again; that is so spread over the articles that follow."""
MOST_JUDGED: Final = 1000
"""Groups that are judged again at once."""

_SECONDS_A_DAY: Final = 86400.0
_DIGITS: Final = 6
"""Probabilities are rounded, so that it can't matter which of two articles came first."""

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A group and those it may share an event with.

    Attributes
    ----------
    group : int
    probabilities : dict of int to float
        Of "same event", by neighbour.
    """

    group: int
    probabilities: Mapping[int, float]


class EventIndex:
    """Finds the events of groups among the live ones.

    Parameters
    ----------
    similarity : Similarity

    Attributes
    ----------
    join : float
        The line: mean probability that makes one event.
    counts : TermCounts
        Terms of the texts that stand for groups: copies count as one.
    """

    def __init__(self, similarity: Similarity, join: float = JOIN) -> None:
        self._similarity = similarity
        self.join = join
        self.counts = TermCounts()
        self._telling = Postings()
        self._holdings = Holdings()
        self._standing = Standing(self._holdings)
        # By slot, blank but while candidates are looked for.
        self._shared = np.zeros(1024)
        self._last = np.zeros(1024, dtype=np.int32)
        self._likeness = Likeness(self._find, self.join)

    @property
    def rarity(self) -> Rarity:
        """The term weights in force."""
        return self._holdings.rarity

    def use(self, rarity: Rarity) -> None:
        """Weigh terms by another snapshot from now on; events are judged by it when touched."""
        self.take_back()
        self._holdings.use(rarity)
        self._likeness = Likeness(self._find, self.join)

    def renew(self, rarity: Rarity) -> None:
        """Weigh terms by another snapshot from now on; what was found by the one before stands."""
        self.take_back()
        self._holdings.renew(rarity)

    def draw_line(self, join: float) -> None:
        """Join events from another probability on; they are judged by it when touched."""
        self.take_back()
        self.join = join
        self._likeness.draw_line(join)

    def enter(self, slot: int, terms: Terms, features: Features) -> Vector:
        """Take in what is known of an article."""
        while slot >= len(self._shared):
            self._shared = np.concatenate([self._shared, np.zeros_like(self._shared)])
            self._last = np.concatenate([self._last, np.zeros_like(self._last)])
        return self._holdings.enter(slot, terms, features)

    def leave(self, slot: int) -> None:
        """Forget an article, once it stands for no group any more."""
        self._holdings.leave(slot)

    def keep(self) -> None:
        """Let what was judged stand."""
        kept = self._standing.keep()
        for slot in kept.new:
            self._telling.add(self._holdings.telling(slot), slot)
        for slot in kept.joined:
            self.counts.add(self._holdings.numbers(slot))
        for slot in kept.left:
            self.counts.remove(self._holdings.numbers(slot))
        self._likeness.keep()

    def take_back(self) -> None:
        """Undo what was judged since `keep`."""
        self._standing.take_back()
        self._likeness.take_back()

    def vector(self, slot: int) -> Vector:
        """The vector of one slot."""
        return self._holdings.vector(slot)

    def stands_for(self, group: int) -> int:
        """The slot whose text stands for a group when events are judged."""
        return self._standing.slot_of[group]

    def compared_with(self, group: int) -> list[int]:
        """The slots that a group's text is compared with."""
        slot = self._standing.slot_of[group]
        found: list[int] = self._candidates(slot, self._holdings.vector(slot)).tolist()
        return found

    def likelihoods(self, group: int) -> dict[int, float]:
        """Probability of "same event" by slot, for all that a group's text is compared with."""
        slots, found = self._compare(self._standing.slot_of[group])
        return dict(zip(slots.tolist(), found.tolist(), strict=True))

    def neighbourhood(self, group: int) -> Neighbourhood:
        """The groups that a group may share an event with."""
        row = self._likeness.row(group)
        found = zip(row.groups.tolist(), row.probabilities.tolist(), strict=True)
        return Neighbourhood(group, dict(found))

    def load(self, roster: Roster) -> None:
        """Take over the groups of a roster whose articles have all entered."""
        for group in roster.all_groups():
            self._standing.set(group, self._standing.fullest(roster.members(group)))
        self.keep()

    def retire(self, roster: Roster, groups: Iterable[int]) -> None:
        """Let the graph follow groups of which members have retired; nothing is judged again."""
        self.follow(roster, groups)
        self.keep()
        self._telling.drop_before(roster.first_slot)

    def follow(self, roster: Roster, groups: Iterable[int]) -> None:
        """Let the graph follow groups that others have judged."""
        members = {group: roster.members(group) for group in groups}
        self._stand(
            {group: self._standing.fullest(it) if it else None for group, it in members.items()}
        )

    def mean(self, groups: Sequence[int], others: Sequence[int]) -> float:
        """Mean probability of "same event" between groups; who is no neighbour counts as 0."""
        known = [self._likeness.row(group) for group in groups if group in self._likeness]
        near = sum(float(row.probabilities[np.isin(row.groups, others)].sum()) for row in known)
        return near / (len(groups) * len(others))

    def place(self, draft: Draft) -> None:
        """Write into the draft the events that follow from its groups.

        Parameters
        ----------
        draft : Draft
        """
        self._likeness.allowance = MOST_LOOKED_FOR
        renewed, seeds = self._renew(draft)
        seeds |= self._weigh_anew(draft, renewed)
        self._judge(draft, (*sorted(renewed), *sorted(seeds), *draft.bound_groups()))

    def _weigh_anew(self, draft: Draft, renewed: set[int]) -> set[int]:
        """Weigh the neighbours of some groups by the newest term weights.

        They were found by older weights, and the newest of them first have their turn. Returned
        is who is to be judged again.
        """
        found = turns(self.rarity, draft.roster.next_group, draft.next_group)
        return self._likeness.weigh_anew((it for it in found if it not in renewed), self._weigh)

    def judge_again(self, draft: Draft, groups: Iterable[int]) -> set[int]:
        """Judge the surroundings of some groups, and write what follows into the draft.

        Returns
        -------
        set of int
            All groups that were judged.
        """
        self._likeness.allowance = inf
        return self._judge(draft, groups)

    def partition(self, draft: Draft, pause: Callable[[], None] = lambda: None) -> list[list[int]]:
        """All groups by event, as if all had come at once; `pause` is called now and then."""
        self._likeness.allowance = inf
        seen: set[int] = set()
        found: list[list[int]] = []
        for group in self._standing.slot_of:
            pause()
            for part in self._linked(draft, [group], seen, len(seen) + MOST_JUDGED):
                found += self._clusters(draft, part)
        self.keep()
        return found

    def _judge(self, draft: Draft, groups: Iterable[int]) -> set[int]:
        parts = self._parts(draft, groups)
        name_events(draft, [inside for part in parts for inside in self._clusters(draft, part)])
        return {group for part in parts for group in part}

    def _renew(self, draft: Draft) -> tuple[set[int], set[int]]:
        """Let the graph follow the draft's groups; return those renewed and those linked anew."""
        standing = {group: self._standing.choose(draft, group) for group in draft.changed_groups()}
        renewed, linked = self._stand(standing)
        return renewed, linked & self._standing.slot_of.keys()

    def _stand(self, standing: Mapping[int, int | None]) -> tuple[set[int], set[int]]:
        """Let slots stand for groups; return those that are others, and whose links have changed.

        All that leave go first: who comes from one group to another is never met in both.
        """
        before, linked = self._standing.slot_of, set[int]()
        changed = {it: slot for it, slot in standing.items() if slot != before.get(it)}
        for group in sorted(changed.keys() & before.keys()):
            linked |= self._likeness.remove(group)
            self._standing.set(group, None)
        renewed = {group: slot for group, slot in changed.items() if slot is not None}
        for group in sorted(renewed):
            self._standing.set(group, renewed[group])
            linked |= self._likeness.add(group)
        return {*renewed}, linked

    def _parts(self, draft: Draft, groups: Iterable[int]) -> list[list[int]]:
        """The linked parts around some groups, and those of the rest of their events."""
        parts: list[list[int]] = []
        seen: set[int] = set()
        waiting = list(groups)
        while waiting and len(seen) < MOST_JUDGED:
            found = self._linked(draft, waiting, seen, MOST_JUDGED)
            events = dict.fromkeys(draft.event(group) for part in found for group in part)
            beside = (draft.groups(event) for event in events if event is not None)
            waiting = [group for inside in beside for group in inside if self._is_due(group, seen)]
            parts += found
        return parts

    def _linked(
        self, draft: Draft, seeds: Iterable[int], seen: set[int], most: int
    ) -> list[list[int]]:
        """Linked parts, with all that people tied to them, and without what they locked."""
        if not draft.bonds.articles and not draft.bonds.locked:
            return linked_parts(self._likeness, seeds, seen, most)

        def tied(group: int) -> Iterable[int]:
            return company(draft, [group]).groups

        return linked_parts(self._likeness, seeds, seen, most, tied, draft.locked)

    def _is_due(self, group: int, seen: set[int]) -> bool:
        """Whether a group is to be judged along with the rest of its event."""
        known = group in self._likeness or self._likeness.allowance > 0
        return known and group not in seen

    def _clusters(self, draft: Draft, part: list[int]) -> list[list[int]]:
        """Divide a linked part into events, in an order that is not that of arrival."""
        if len(part) == 1:
            return [part]
        part = self._standing.ranked(part)
        matrix = self._likeness.matrix(part)
        bound = any(draft.bound(group) for group in part)
        labels = self._as_told(draft, part, matrix) if bound else cluster(matrix, self.join)
        clusters: dict[int, list[int]] = {}
        for group, label in zip(part, labels.tolist(), strict=True):
            clusters.setdefault(label, []).append(group)
        return list(clusters.values())

    def _as_told(
        self, draft: Draft, part: Sequence[int], matrix: Probabilities
    ) -> NDArray[np.int64]:
        """Cluster groups, of some of which people decided something."""
        nodes: dict[frozenset[int], list[int]] = {}
        camps: dict[frozenset[int], frozenset[int]] = {}
        for at, group in enumerate(part):
            together = company(draft, [group])
            nodes.setdefault(together.groups, []).append(at)
            camps[together.groups] = together.camps
        apart = np.zeros((len(nodes), len(nodes)), dtype=np.bool_)
        said = [(at, camps[node]) for at, node in enumerate(nodes) if camps[node]]
        for (one, here), (other, there) in combinations(said, 2):
            apart[one, other] = apart[other, one] = at_odds(draft.bonds, here, there)
        return cluster_as_told(matrix, list(nodes.values()), apart, self.join)

    def _find(self, group: int) -> tuple[NDArray[np.int64], Probabilities]:
        """A group's neighbours with their probabilities."""
        slot = self._standing.slot_of.get(group)
        if slot is None:  # it has left; nobody had looked for its neighbours
            return np.empty(0, np.int64), np.empty(0)
        slots, found = self._compare(slot)
        near = found >= NEIGHBOUR
        return self._standing.group[slots[near]], found[near]

    def _weigh(self, group: int, others: NDArray[np.int64]) -> Probabilities:
        """Probabilities between a group and others."""
        standing = self._standing.slot_of
        slots = np.array([standing[it] for it in others.tolist()], dtype=np.int64)
        return self._likelihoods(standing[group], slots)

    def _compare(self, slot: int) -> tuple[Slots, Probabilities]:
        """The slots that a text is compared with, and how likely each reports the same."""
        slots = self._candidates(slot, self._holdings.vector(slot))
        return slots, self._likelihoods(slot, slots)

    def _likelihoods(self, slot: int, others: Slots) -> Probabilities:
        if not len(others):
            return np.empty(0)
        pile = self._holdings.pile(others)
        return np.round(self._similarity.probabilities(self._holdings.vector(slot), pile), _DIGITS)

    def _candidates(self, slot: int, vector: Vector) -> Slots:
        """Slots that stand for other groups and share telling terms, the rarest first."""
        terms = self._holdings.telling(slot)
        idf = vector.idf[np.searchsorted(vector.numbers, terms)]
        looked_up = self.rarity.rarest(idf, MOST_ENTRIES)
        terms, idf = terms[looked_up], idf[looked_up]
        places, carriers = self._carriers(slot, terms)
        found, score = self._add_up(carriers.astype(np.int64), idf[places].astype(np.float64) ** 2)
        fit = np.flatnonzero(score >= LEAST_SHARED)
        fit = fit[self._comparable(slot, found[fit])]
        ranked: Slots = found[fit[np.lexsort((-found[fit], -score[fit]))]]
        most = MOST_TERMS if vector.words else MOST_TERMS_OF_HEADLINES
        return ranked[: np.searchsorted(np.cumsum(self._holdings.sizes(ranked)), most) + 1]

    def _carriers(
        self, slot: int, terms: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Positions in some terms and who carries them, those included that are not kept yet."""
        places, carriers = self._telling.find(terms, MOST_CARRIERS)
        for other in sorted(self._standing.fresh - {slot}):
            at = np.isin(terms, self._holdings.telling(other)).nonzero()[0]
            places = np.concatenate([places, at])
            carriers = np.concatenate([carriers, np.full(len(at), other, dtype=np.uint32)])
        return places, carriers

    def _add_up(self, slots: Slots, amounts: Probabilities) -> tuple[Slots, Probabilities]:
        """Different slots, each with the sum of its amounts."""
        turn = np.arange(len(slots))
        self._last[slots] = turn
        different = slots[self._last[slots] == turn]
        np.add.at(self._shared, slots, amounts)
        sums = self._shared[different]
        self._shared[different] = 0
        return different, sums

    def _comparable(self, slot: int, others: Slots) -> NDArray[np.bool_]:
        """Which slots stand for another group, in a language that may be the same, not long ago."""
        theirs = self._standing.group[others]
        fits: NDArray[np.bool_] = (theirs > 0) & (theirs != self._standing.group[slot])
        published, language = self._holdings.origin(slot)
        dates, languages = self._holdings.origins(others)
        fits &= ~(np.abs(dates - published) > MOST_DAYS_APART * _SECONDS_A_DAY)
        if language:
            fits &= (languages == language) | (languages == 0)
        return fits

"""Events: which duplicate groups report the same thing that happened.

A group is compared through its fullest text, so copies count as one. What a newcomer touches is
judged again as a whole: it, the events of its likely neighbours, all their groups, clustered by
average link. So events join, merge and split as the news comes in, and the order of arrival does
not matter.

References
----------
Sokal, R. R. and Michener, C. D. (1958). Average linkage.
Allan, J., Papka, R. and Lavrenko, V. (1998). On-line new event detection and tracking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from clustering.draft import Draft
from clustering.postings import Postings
from clustering.roster import Roster
from clustering.similarity import Similarity
from clustering.vectors import Vector

JOIN: Final = 0.5
"""Mean probability at which groups are one event."""
NEIGHBOUR: Final = 0.15
"""Probability from which a group's event is judged along with a newcomer."""
MOST_CARRIERS: Final = 400
"""Newest articles looked at for one term; a term of more articles tells little."""
MOST_COMPARED: Final = 48
MOST_OF_AN_EVENT: Final = 24
MOST_NEIGHBOURS: Final = 96

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A group and those it may share an event with.

    Attributes
    ----------
    groups : tuple of int
        The judged group first.
    probabilities : ndarray of float64, shape (n_groups, n_groups)
        Of "same event", for every pair.
    """

    groups: tuple[int, ...]
    probabilities: Probabilities


class EventIndex:
    """Finds the event of a group among the live ones.

    Parameters
    ----------
    roster : Roster
    similarity : Similarity
    """

    def __init__(self, roster: Roster, similarity: Similarity) -> None:
        self._roster = roster
        self._similarity = similarity
        self._telling = Postings()
        self._vectors: dict[int, Vector] = {}

    def add(self, slot: int, vector: Vector) -> None:
        """Index an article's vector under its slot."""
        self._telling.add(vector.telling, slot)
        self._vectors[slot] = vector

    def remove(self, slot: int) -> None:
        """Forget an article's vector."""
        del self._vectors[slot]

    def vector(self, slot: int) -> Vector:
        """The vector of one slot."""
        return self._vectors[slot]

    def place(self, draft: Draft, group: int, newcomer: Mapping[int, Vector]) -> Neighbourhood:
        """Judge a group's neighbourhood and write the events that follow into the draft.

        Parameters
        ----------
        draft : Draft
        group : int
        newcomer : dict of int to Vector
            The vector of the slot that is not indexed yet.

        Returns
        -------
        Neighbourhood
        """
        compare = _Comparing(self._similarity, draft, {**newcomer}, self._vectors)
        likely = self._likely(draft, group, compare)
        groups = _neighbourhood(draft, group, likely)
        near = Neighbourhood(groups, compare.all(groups))
        _name_events(draft, near.groups, cluster(near.probabilities))
        return near

    def _likely(self, draft: Draft, group: int, compare: _Comparing) -> dict[int, float]:
        """Groups that are likely neighbours, with their probabilities."""
        candidates = self._candidates(draft, group, compare.vector(group))
        probabilities = compare.one(group, candidates)
        near = zip(candidates, probabilities.tolist(), strict=True)
        return {other: p for other, p in near if p >= NEIGHBOUR}

    def _candidates(self, draft: Draft, group: int, vector: Vector) -> list[int]:
        """Groups that share telling terms, those that share the rarest first."""
        terms = vector.telling
        places, slots = self._telling.find(terms, MOST_CARRIERS)
        groups = draft.group_of(slots)
        fits = (groups > 0) & (groups != group) & self._same_language(draft, group, slots)
        places, groups = places[fits], groups[fits]
        weight = vector.idf[np.searchsorted(vector.numbers, terms)] ** 2
        found, where = np.unique(groups, return_inverse=True)
        score = np.bincount(where, weights=weight[places], minlength=len(found))
        order = np.lexsort((found, -score))
        candidates: list[int] = found[order][:MOST_COMPARED].tolist()
        return candidates

    def _same_language(
        self, draft: Draft, group: int, slots: NDArray[np.uint32]
    ) -> NDArray[np.bool_]:
        known = self._roster.language_codes(slots)
        mine = draft.language_code(group)
        same: NDArray[np.bool_] = (known == mine) | (known == 0) | (mine == 0)
        return same


def cluster(probabilities: Probabilities, join: float = JOIN) -> NDArray[np.int64]:
    """Average-link clusters of a matrix of probabilities.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n, n)
        Symmetric.
    join : float
        Clusters are joined while the mean probability between them is at least this.

    Returns
    -------
    ndarray of int64, shape (n,)
        Cluster numbers, from 1.
    """
    if len(probabilities) < 2:
        return np.ones(len(probabilities), dtype=np.int64)
    distances = 1 - probabilities
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), method="average")
    labels: NDArray[np.int64] = fcluster(tree, 1 - join, criterion="distance").astype(np.int64)
    return labels


class _Comparing:
    """Probabilities between groups, through the vector of each one's fullest text."""

    def __init__(
        self,
        similarity: Similarity,
        draft: Draft,
        newcomer: dict[int, Vector],
        known: Mapping[int, Vector],
    ) -> None:
        self._similarity = similarity
        self._draft = draft
        self._newcomer = newcomer
        self._known = known
        self._by_group: dict[int, Vector] = {}

    def vector(self, group: int) -> Vector:
        if group not in self._by_group:
            slot = self._draft.leads(group).anchor
            self._by_group[group] = self._newcomer.get(slot) or self._known[slot]
        return self._by_group[group]

    def one(self, group: int, others: Sequence[int]) -> Probabilities:
        return self._similarity.probabilities(
            self.vector(group), [self.vector(other) for other in others]
        )

    def all(self, groups: Sequence[int]) -> Probabilities:
        matrix = np.eye(len(groups))
        for at, group in enumerate(groups[:-1]):
            row = self.one(group, groups[at + 1 :])
            matrix[at, at + 1 :] = matrix[at + 1 :, at] = row
        return matrix


def _neighbourhood(draft: Draft, group: int, likely: Mapping[int, float]) -> tuple[int, ...]:
    """The group, its likely neighbours and the groups of all their events, the likeliest first."""
    ranked = sorted(likely, key=lambda other: (-likely[other], other))
    events = dict.fromkeys(draft.event(g) for g in (group, *ranked))
    chosen: dict[int, None] = {group: None}
    for event in events:
        if event is not None:
            inside = draft.groups(event)
            near = [g for g in ranked if g in inside]
            chosen.update(dict.fromkeys((*near, *_spread(inside, MOST_OF_AN_EVENT - len(near)))))
    return tuple(chosen)[:MOST_NEIGHBOURS]


def _spread(groups: Sequence[int], most: int) -> Sequence[int]:
    """Up to so many groups, evenly over the event's life."""
    if len(groups) <= most:
        return groups
    return [groups[at] for at in np.linspace(0, len(groups) - 1, max(most, 0)).astype(int)]


def _name_events(draft: Draft, groups: Sequence[int], labels: NDArray[np.int64]) -> None:
    """Give every cluster its event number.

    An event that falls apart leaves its number to its larger part; events that become one go by
    the oldest number among them. Groups of an event that were not looked at follow its number.
    """
    clusters: dict[int, list[int]] = {}
    for group, label in zip(groups, labels.tolist(), strict=True):
        clusters.setdefault(label, []).append(group)
    owner = _owners(draft, clusters)
    for label, inside in clusters.items():
        claims = sorted(event for event, heir in owner.items() if heir == label)
        event = claims[0] if claims else draft.found_event()
        for lost in claims[1:]:
            inside += [g for g in draft.groups(lost) if g not in groups]
        for group in inside:
            draft.attach(group, event)


def _owners(draft: Draft, clusters: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """For every event, the cluster that holds the larger part of its articles."""
    shares: dict[int, Counter[int]] = {}
    for label, inside in clusters.items():
        for group in inside:
            event = draft.event(group)
            if event is not None:
                shares.setdefault(event, Counter())[label] += len(draft.members(group))
    return {
        event: max(counts, key=lambda label: (counts[label], -min(clusters[label])))
        for event, counts in shares.items()
    }

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

from clustering.events.components import linked_components
from clustering.events.linkage import average_linkage, constrained_average_linkage
from clustering.events.neighbour_graph import (
    DEFAULT_EVENT_THRESHOLD,
    NEIGHBOUR_THRESHOLD,
    NeighbourGraph,
)
from clustering.events.numbering import assign_event_numbers
from clustering.events.representatives import EventRepresentatives
from clustering.events.term_store import Slots, TermStore
from clustering.features.terms import Terms
from clustering.similarity.idf import DocumentFrequencies, IdfSnapshot
from clustering.similarity.idf_schedule import groups_to_rescore
from clustering.similarity.model import SimilarityModel
from clustering.similarity.tfidf import Vector
from clustering.state.closure import must_link_closure, violates_cannot_link
from clustering.state.inverted_index import InvertedIndex
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Features

MAX_POSTINGS_PER_TERM: Final = 2000
"""Newest articles looked at for one term."""
MAX_POSTINGS_PER_ARTICLE: Final = 6000
"""Carriers of all the terms that are looked up for one article; the most common are left out."""
MIN_SHARED_SQUARED_IDF: Final = 0.15
"""Squared idf of the telling terms that neighbours share, at the least."""
MAX_CANDIDATE_TERMS: Final = 5_000
"""Terms of all the candidates that one text is compared with: some twenty-five texts."""
MAX_HEADLINE_CANDIDATE_TERMS: Final = 16_000
"""The same for a headline. A thousand of them may be near one another; were they cut by what came
before, the order of arrival would matter."""
MAX_DAYS_APART: Final = 14.0
MAX_LOOKUPS_PER_ARTICLE: Final = 48
"""Groups whose neighbours are looked for because of one article: many only after a start, or where
all is judged again; that is so spread over the articles that follow."""
MAX_RECLUSTERED_GROUPS: Final = 1000
"""Groups that are judged again at once."""

_SECONDS_PER_DAY: Final = 86400.0
_PROBABILITY_DECIMALS: Final = 6
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
    similarity : SimilarityModel

    Attributes
    ----------
    event_threshold : float
        The line: mean probability that makes one event.
    document_frequencies : DocumentFrequencies
        Terms of the texts that stand for groups: copies count as one.
    """

    def __init__(
        self, similarity: SimilarityModel, event_threshold: float = DEFAULT_EVENT_THRESHOLD
    ) -> None:
        self._similarity = similarity
        self.event_threshold = event_threshold
        self.document_frequencies = DocumentFrequencies()
        self._inverted_index = InvertedIndex()
        self._term_store = TermStore()
        self._representatives = EventRepresentatives(self._term_store)
        self._removed_slots: list[int] = []
        # By slot, blank but while candidates are looked for.
        self._score_buffer = np.zeros(1024)
        self._position_buffer = np.zeros(1024, dtype=np.int32)
        self._graph = NeighbourGraph(self._find_neighbours, self.event_threshold)

    @property
    def idf_snapshot(self) -> IdfSnapshot:
        """The term weights in force."""
        return self._term_store.idf_snapshot

    def reset_idf(self, idf_snapshot: IdfSnapshot) -> None:
        """Weigh terms by another snapshot from now on, and look for all neighbours again."""
        self._term_store.reset_idf(idf_snapshot)
        self._graph = NeighbourGraph(self._find_neighbours, self.event_threshold)

    def update_idf(self, idf_snapshot: IdfSnapshot) -> None:
        """Weigh terms by another snapshot from now on, but keep the neighbours found so far."""
        self._term_store.update_idf(idf_snapshot)

    def set_event_threshold(self, event_threshold: float) -> None:
        """Change the threshold; events are judged by it when they are touched."""
        self.event_threshold = event_threshold
        self._graph.set_event_threshold(event_threshold)

    def add(self, slot: int, terms: Terms, features: Features) -> Vector:
        """Add the terms of an article."""
        while slot >= len(self._score_buffer):
            self._score_buffer = np.concatenate(
                [self._score_buffer, np.zeros_like(self._score_buffer)]
            )
            self._position_buffer = np.concatenate(
                [self._position_buffer, np.zeros_like(self._position_buffer)]
            )
        return self._term_store.add(slot, terms, features)

    def remove(self, slot: int) -> None:
        """Remove the terms of an article that represents no group any more.

        They are kept until the next commit.
        """
        self._removed_slots.append(slot)

    def commit(self) -> None:
        """Make the pending changes final."""
        changed = self._representatives.commit()
        for slot in changed.to_index:
            self._inverted_index.add(self._term_store.index_terms(slot), slot)
        for slot in changed.added:
            self.document_frequencies.add(self._term_store.term_ids(slot))
        for slot in changed.removed:
            self.document_frequencies.remove(self._term_store.term_ids(slot))
        for slot in self._removed_slots:
            self._term_store.remove(slot)
        self._removed_slots.clear()
        self._term_store.commit()
        self._graph.commit()

    def rollback(self) -> None:
        """Undo everything since the last commit."""
        self._representatives.rollback()
        self._graph.rollback()
        self._term_store.rollback()
        self._removed_slots.clear()

    def vector(self, slot: int) -> Vector:
        """The vector of one slot."""
        return self._term_store.vector(slot)

    def representative_slot(self, group: int) -> int:
        """The slot whose text stands for a group when events are judged."""
        return self._representatives.slot_of[group]

    def find_candidates(self, group: int) -> list[int]:
        """The slots that a group's text is compared with."""
        slot = self._representatives.slot_of[group]
        found: list[int] = self._find_candidates(slot, self._term_store.vector(slot)).tolist()
        return found

    def candidate_probabilities(self, group: int) -> dict[int, float]:
        """Probability of "same event" by slot, for all that a group's text is compared with."""
        slots, found = self._compare_candidates(self._representatives.slot_of[group])
        return dict(zip(slots.tolist(), found.tolist(), strict=True))

    def neighbourhood(self, group: int) -> Neighbourhood:
        """The groups that a group may share an event with."""
        row = self._graph.neighbours(group)
        found = zip(row.groups.tolist(), row.probabilities.tolist(), strict=True)
        return Neighbourhood(group, dict(found))

    def load(self, membership: Membership) -> None:
        """Choose the representatives of all groups; the terms of all articles are added already."""
        for group in membership.all_groups():
            self._representatives.set_representative(
                group, self._representatives.longest(membership.members(group))
            )

    def drop_before(self, slot: int) -> None:
        """Drop the time slices whose articles have all left."""
        self._inverted_index.drop_before(slot)

    def sync_groups(self, membership: Membership, groups: Iterable[int]) -> None:
        """Let the graph follow groups that others have judged."""
        members = {group: membership.members(group) for group in groups}
        self._set_representatives(
            {
                group: self._representatives.longest(it) if it else None
                for group, it in members.items()
            }
        )

    def mean_probability(self, groups: Sequence[int], other_groups: Sequence[int]) -> float:
        """Mean probability of "same event" between groups; who is no neighbour counts as 0."""
        known = [self._graph.neighbours(group) for group in groups if group in self._graph]
        near = sum(
            float(row.probabilities[np.isin(row.groups, other_groups)].sum()) for row in known
        )
        return near / (len(groups) * len(other_groups))

    def assign_events(self, overlay: MembershipOverlay) -> None:
        """Write into the draft the events that follow from its groups.

        Parameters
        ----------
        overlay : MembershipOverlay
        """
        self._graph.lookup_budget = MAX_LOOKUPS_PER_ARTICLE
        renewed, seeds = self._update_representatives(overlay)
        seeds |= self._rescore_due_groups(overlay, renewed)
        self._recluster(overlay, (*sorted(renewed), *sorted(seeds), *overlay.constrained_groups()))

    def _rescore_due_groups(self, overlay: MembershipOverlay, changed_groups: set[int]) -> set[int]:
        """Weigh the neighbours of some groups by the newest term weights.

        They were found by older weights, and the newest of them first have their turn. Returned
        is who is to be judged again.
        """
        found = groups_to_rescore(
            self.idf_snapshot, overlay.membership.next_group, overlay.next_group
        )
        return self._graph.rescore(
            (it for it in found if it not in changed_groups), self._pair_probabilities
        )

    def recluster(self, overlay: MembershipOverlay, groups: Iterable[int]) -> set[int]:
        """Judge the surroundings of some groups, and write what follows into the draft.

        Returns
        -------
        set of int
            All groups that were judged.
        """
        self._graph.lookup_budget = inf
        return self._recluster(overlay, groups)

    def partition(
        self,
        overlay: MembershipOverlay,
        idf_snapshot: IdfSnapshot,
        event_thresholds: Iterable[float],
        pause: Callable[[], None] = lambda: None,
    ) -> list[list[list[int]]]:
        """Cluster all groups at once, for several thresholds. Nothing in the index changes.

        Parameters
        ----------
        overlay : MembershipOverlay
        idf_snapshot : IdfSnapshot
            The term weights to judge by.
        event_thresholds : iterable of float
        pause : callable
            Called regularly, so that the caller can let others run.

        Returns
        -------
        list of list of list of int
            For each threshold, the groups of each event. Locked events are left out.
        """
        graph, event_threshold = self._graph, self.event_threshold
        with self._term_store.weighted_by(idf_snapshot):
            self._graph = NeighbourGraph(self._find_neighbours, event_threshold)
            try:
                return [self._partition(overlay, each, pause) for each in event_thresholds]
            finally:
                self._graph, self.event_threshold = graph, event_threshold

    def _partition(
        self, overlay: MembershipOverlay, event_threshold: float, pause: Callable[[], None]
    ) -> list[list[int]]:
        self.set_event_threshold(event_threshold)
        self._graph.commit()
        self._graph.lookup_budget = inf
        visited: set[int] = set()
        events: list[list[int]] = []
        for group in self._representatives.slot_of:
            pause()
            for component in self._linked_components(
                overlay, [group], visited, len(visited) + MAX_RECLUSTERED_GROUPS
            ):
                events += self._cluster_component(overlay, component)
        self._graph.commit()
        return events

    def _recluster(self, overlay: MembershipOverlay, groups: Iterable[int]) -> set[int]:
        parts = self._find_components(overlay, groups)
        assign_event_numbers(
            overlay, [inside for part in parts for inside in self._cluster_component(overlay, part)]
        )
        return {group for part in parts for group in part}

    def _update_representatives(self, overlay: MembershipOverlay) -> tuple[set[int], set[int]]:
        """Let the graph follow the draft's groups; return those renewed and those linked anew."""
        standing = {
            group: self._representatives.choose_representative(overlay, group)
            for group in overlay.changed_groups()
        }
        renewed, linked = self._set_representatives(standing)
        return renewed, linked & self._representatives.slot_of.keys()

    def _set_representatives(
        self, representatives: Mapping[int, int | None]
    ) -> tuple[set[int], set[int]]:
        """Let slots stand for groups; return those that are others, and whose links have changed.

        All that leave go first: who comes from one group to another is never met in both.
        """
        before, linked = self._representatives.slot_of, set[int]()
        changed = {it: slot for it, slot in representatives.items() if slot != before.get(it)}
        for group in sorted(changed.keys() & before.keys()):
            linked |= self._graph.remove(group)
            self._representatives.set_representative(group, None)
        renewed = {group: slot for group, slot in changed.items() if slot is not None}
        for group in sorted(renewed):
            self._representatives.set_representative(group, renewed[group])
            linked |= self._graph.add(group)
        return {*renewed}, linked

    def _find_components(
        self, overlay: MembershipOverlay, groups: Iterable[int]
    ) -> list[list[int]]:
        """The linked parts around some groups, and those of the rest of their events."""
        parts: list[list[int]] = []
        seen: set[int] = set()
        waiting = list(groups)
        while waiting and len(seen) < MAX_RECLUSTERED_GROUPS:
            found = self._linked_components(overlay, waiting, seen, MAX_RECLUSTERED_GROUPS)
            events = dict.fromkeys(overlay.event(group) for part in found for group in part)
            beside = (overlay.groups(event) for event in events if event is not None)
            waiting = [
                group for inside in beside for group in inside if self._can_recluster(group, seen)
            ]
            parts += found
        return parts

    def _linked_components(
        self, overlay: MembershipOverlay, seeds: Iterable[int], visited: set[int], max_visited: int
    ) -> list[list[int]]:
        """Linked parts, with all that people tied to them, and without what they locked."""
        if not overlay.constraints.articles and not overlay.constraints.locked_events:
            return linked_components(self._graph, seeds, visited, max_visited)

        def must_linked(group: int) -> Iterable[int]:
            return must_link_closure(overlay, [group]).groups

        return linked_components(
            self._graph, seeds, visited, max_visited, must_linked, overlay.is_locked
        )

    def _can_recluster(self, group: int, visited: set[int]) -> bool:
        """Whether a group is to be judged along with the rest of its event."""
        known = group in self._graph or self._graph.lookup_budget > 0
        return known and group not in visited

    def _cluster_component(
        self, overlay: MembershipOverlay, component: list[int]
    ) -> list[list[int]]:
        """Divide a linked part into events, in an order that is not that of arrival."""
        if len(component) == 1:
            return [component]
        component = self._representatives.sort_by_length(component)
        matrix = self._graph.probability_matrix(component)
        bound = any(overlay.constrained_slots(group) for group in component)
        labels = (
            self._cluster_constrained(overlay, component, matrix)
            if bound
            else average_linkage(matrix, self.event_threshold)
        )
        clusters: dict[int, list[int]] = {}
        for group, label in zip(component, labels.tolist(), strict=True):
            clusters.setdefault(label, []).append(group)
        return list(clusters.values())

    def _cluster_constrained(
        self, overlay: MembershipOverlay, component: Sequence[int], matrix: Probabilities
    ) -> NDArray[np.int64]:
        """Cluster groups, of some of which people decided something."""
        nodes: dict[frozenset[int], list[int]] = {}
        camps: dict[frozenset[int], frozenset[int]] = {}
        for at, group in enumerate(component):
            together = must_link_closure(overlay, [group])
            nodes.setdefault(together.groups, []).append(at)
            camps[together.groups] = together.event_components
        apart = np.zeros((len(nodes), len(nodes)), dtype=np.bool_)
        said = [(at, camps[node]) for at, node in enumerate(nodes) if camps[node]]
        for (one, here), (other, there) in combinations(said, 2):
            apart[one, other] = apart[other, one] = violates_cannot_link(
                overlay.constraints, here, there
            )
        return constrained_average_linkage(
            matrix, list(nodes.values()), apart, self.event_threshold
        )

    def _find_neighbours(self, group: int) -> tuple[NDArray[np.int64], Probabilities]:
        """A group's neighbours with their probabilities."""
        slot = self._representatives.slot_of.get(group)
        if slot is None:  # it has left; nobody had looked for its neighbours
            return np.empty(0, np.int64), np.empty(0)
        slots, found = self._compare_candidates(slot)
        near = found >= NEIGHBOUR_THRESHOLD
        return self._representatives.group_of[slots[near]], found[near]

    def _pair_probabilities(self, group: int, other_groups: NDArray[np.int64]) -> Probabilities:
        """Probabilities between a group and others."""
        standing = self._representatives.slot_of
        slots = np.array([standing[it] for it in other_groups.tolist()], dtype=np.int64)
        return self._probabilities(standing[group], slots)

    def _compare_candidates(self, slot: int) -> tuple[Slots, Probabilities]:
        """The slots that a text is compared with, and how likely each reports the same."""
        slots = self._find_candidates(slot, self._term_store.vector(slot))
        return slots, self._probabilities(slot, slots)

    def _probabilities(self, slot: int, other_slots: Slots) -> Probabilities:
        if not len(other_slots):
            return np.empty(0)
        pile = self._term_store.vector_batch(other_slots)
        return np.round(
            self._similarity.probabilities(self._term_store.vector(slot), pile),
            _PROBABILITY_DECIMALS,
        )

    def _find_candidates(self, slot: int, vector: Vector) -> Slots:
        """Slots that stand for other groups and share telling terms, the rarest first."""
        terms = self._term_store.index_terms(slot)
        idf = vector.idf[np.searchsorted(vector.term_ids, terms)]
        looked_up = self.idf_snapshot.select_rarest(idf, MAX_POSTINGS_PER_ARTICLE)
        terms, idf = terms[looked_up], idf[looked_up]
        places, carriers = self._find_postings(slot, terms)
        found, score = self._sum_by_slot(
            carriers.astype(np.int64), idf[places].astype(np.float64) ** 2
        )
        fit = np.flatnonzero(score >= MIN_SHARED_SQUARED_IDF)
        fit = fit[self._comparable_mask(slot, found[fit])]
        ranked: Slots = found[fit[np.lexsort((-found[fit], -score[fit]))]]
        most = MAX_CANDIDATE_TERMS if vector.words else MAX_HEADLINE_CANDIDATE_TERMS
        return ranked[: np.searchsorted(np.cumsum(self._term_store.term_counts(ranked)), most) + 1]

    def _find_postings(
        self, slot: int, terms: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Positions in some terms and who carries them, those included that are not kept yet."""
        places, carriers = self._inverted_index.find(terms, MAX_POSTINGS_PER_TERM)
        for other in sorted(self._representatives.unindexed - {slot}):
            at = np.isin(terms, self._term_store.index_terms(other)).nonzero()[0]
            places = np.concatenate([places, at])
            carriers = np.concatenate([carriers, np.full(len(at), other, dtype=np.uint32)])
        return places, carriers

    def _sum_by_slot(self, slots: Slots, weights: Probabilities) -> tuple[Slots, Probabilities]:
        """Different slots, each with the sum of its amounts."""
        turn = np.arange(len(slots))
        self._position_buffer[slots] = turn
        different = slots[self._position_buffer[slots] == turn]
        np.add.at(self._score_buffer, slots, weights)
        sums = self._score_buffer[different]
        self._score_buffer[different] = 0
        return different, sums

    def _comparable_mask(self, slot: int, other_slots: Slots) -> NDArray[np.bool_]:
        """Which slots stand for another group, in a language that may be the same, not long ago."""
        theirs = self._representatives.group_of[other_slots]
        fits: NDArray[np.bool_] = (theirs > 0) & (theirs != self._representatives.group_of[slot])
        published, language = self._term_store.date_and_language(slot)
        dates, languages = self._term_store.dates_and_languages(other_slots)
        fits &= ~(np.abs(dates - published) > MAX_DAYS_APART * _SECONDS_PER_DAY)
        if language:
            fits &= (languages == language) | (languages == 0)
        return fits

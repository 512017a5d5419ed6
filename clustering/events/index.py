"""The event index: assigns duplicate groups to events.

A group is compared through its longest text, so that copies count as one. Events are the clusters
of average linkage inside the linked components of the neighbour graph
(`clustering.events.neighbour_graph`). What a new article changes is clustered again as a whole:
every component in which a link has changed, and the rest of the events in it. So events grow, merge
and split as articles arrive, and are the same as if all articles had arrived at once.

References
----------
Sokal, R. R. and Michener, C. D. (1958). A statistical method for evaluating systematic
relationships. (Average linkage.)
Allan, J., Papka, R. and Lavrenko, V. (1998). On-line new event detection and tracking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.events.candidates import EventCandidates
from clustering.events.component_clustering import ComponentClustering
from clustering.events.cross_language_links import CrossLanguageLinks
from clustering.events.neighbour_graph import NeighbourGraph
from clustering.events.notice_discount import FindDisregarded, NoticeDiscount
from clustering.events.numbering import assign_event_numbers
from clustering.events.representatives import EventRepresentatives
from clustering.events.sentence_vectors import SentenceVector
from clustering.events.term_store import Slots, TermStore
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD, NEIGHBOUR_THRESHOLD
from clustering.events.vector_requests import VectorRequests
from clustering.features.terms import Terms
from clustering.similarity.base_rate import MIN_WORDS, estimate_shift
from clustering.similarity.cross_language import CrossLanguageModel
from clustering.similarity.idf import DocumentFrequencies, IdfSnapshot
from clustering.similarity.idf_renewal import groups_to_rescore
from clustering.similarity.model import SimilarityModel, pair_kinds
from clustering.similarity.pair_features import compute_pair_features
from clustering.similarity.tfidf import Vector
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Features

MAX_LOOKUPS_PER_ARTICLE: Final = 48
"""Groups whose neighbours are looked up because of one article. There are many only after a start,
or after all term weights were reset: the work is then spread over the articles that follow."""

MAX_SAMPLED_GROUPS: Final = 96
"""Groups whose candidates tell the base rate; bounds the time of a snapshot."""

_PROBABILITY_DECIMALS: Final = 6
"""Probabilities are rounded, so that the order of arrival of two articles does not matter."""

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A group and the groups that it may share an event with.

    Attributes
    ----------
    group : int
    probabilities : dict of int to float
        Same-event probability by neighbour.
    across_languages : dict of int to float
        The same for neighbours in other languages.
    """

    group: int
    probabilities: Mapping[int, float]
    across_languages: Mapping[int, float] = field(default_factory=dict)

    def all_probabilities(self) -> Mapping[int, float]:
        """The probabilities of all neighbours, whatever their language."""
        return {**self.probabilities, **self.across_languages}


class EventIndex:
    """Finds the events of the live duplicate groups.

    Parameters
    ----------
    similarity : SimilarityModel
    event_threshold : float
    find_disregarded : callable, optional
        Returns the terms that two articles have from a notice; see
        `clustering.events.notice_discount`.
    cross_language : CrossLanguageModel, optional
        Without it, events in different languages are not joined.
    uses_vectors : bool
        Whether sentence vectors are requested and set; see `clustering.events.vector_requests`.

    Attributes
    ----------
    event_threshold : float
        Mean pair probability from which groups are one event.
    document_frequencies : DocumentFrequencies
        Number of groups that contain a term. Only representatives are counted: copies count once.
    """

    def __init__(
        self,
        similarity: SimilarityModel,
        event_threshold: float = DEFAULT_EVENT_THRESHOLD,
        find_disregarded: FindDisregarded = lambda _slot, _others: {},
        cross_language: CrossLanguageModel | None = None,
        uses_vectors: bool = False,
    ) -> None:
        self._similarity = similarity
        self.event_threshold = event_threshold
        self.document_frequencies = DocumentFrequencies()
        self._term_store = TermStore()
        self._notice_discount = NoticeDiscount(self._term_store, similarity, find_disregarded)
        self._representatives = EventRepresentatives(self._term_store)
        self._candidates = EventCandidates(self._term_store, self._representatives)
        self._vector_requests = VectorRequests(self._term_store, uses_vectors)
        self._cross_links = CrossLanguageLinks(
            self._term_store, self._representatives, cross_language, self._vector_requests
        )
        self._removed_slots: list[int] = []
        self._graph = NeighbourGraph(self._find_neighbours, event_threshold)

    @property
    def idf_snapshot(self) -> IdfSnapshot:
        """The term weights in force."""
        return self._term_store.idf_snapshot

    def reset_idf(self, idf_snapshot: IdfSnapshot) -> None:
        """Weigh terms by another snapshot from now on, and look up all neighbours again."""
        self._term_store.reset_idf(idf_snapshot)
        self._graph = NeighbourGraph(self._find_neighbours, self.event_threshold)

    def update_idf(self, idf_snapshot: IdfSnapshot) -> None:
        """Weigh terms by another snapshot from now on, but keep the neighbours found so far."""
        self._term_store.update_idf(idf_snapshot)

    def snapshot(self, next_group: int = 1) -> IdfSnapshot:
        """Return an IDF snapshot of the current document frequencies and base rate.

        The base rate is that of pairs weighed by these frequencies, so that two snapshots of one
        set of articles are the same, whatever was in force before.

        Parameters
        ----------
        next_group : int
            The number of the next new group.
        """
        snapshot = self.document_frequencies.snapshot(next_group)
        with self._term_store.weighted_by(snapshot):
            shift = self._estimate_base_rate_shift()
        return replace(snapshot, base_rate_shift=shift)

    def set_event_threshold(self, event_threshold: float) -> None:
        """Change the threshold; an event follows it when its groups are clustered again."""
        self.event_threshold = event_threshold
        self._graph.set_event_threshold(event_threshold)

    def add(self, slot: int, terms: Terms, features: Features) -> Vector:
        """Add the terms of an article; return them weighted."""
        self._candidates.reserve(slot)
        self._cross_links.add_article(slot, terms, features)
        return self._term_store.add(slot, terms, features)

    def remove(self, slot: int) -> None:
        """Remove the terms of an article at the next commit; it must represent no group then."""
        self._removed_slots.append(slot)

    def commit(self) -> None:
        """Make the pending changes final."""
        delta = self._representatives.commit()
        for slot in delta.to_index:
            self._candidates.add(slot)
            self._cross_links.index_article(slot)
        for slot in delta.added:
            self.document_frequencies.add(self._term_store.term_ids(slot))
        for slot in delta.removed:
            self.document_frequencies.remove(self._term_store.term_ids(slot))
        for slot in self._removed_slots:
            self._term_store.remove(slot)
            self._vector_requests.vectors.remove(slot)
        self._removed_slots.clear()
        self._vector_requests.commit()
        self._term_store.commit()
        self._graph.commit()
        self._cross_links.commit()

    def rollback(self) -> None:
        """Undo everything since the last commit."""
        self._representatives.rollback()
        self._graph.rollback()
        self._cross_links.rollback()
        self._vector_requests.rollback()
        self._term_store.rollback()
        self._removed_slots.clear()

    def load(self, membership: Membership) -> None:
        """Choose the representatives of all groups; their neighbours are looked up when needed.

        The terms of all articles must have been added.
        """
        for group in membership.all_groups():
            longest = self._representatives.longest(membership.members(group))
            self._representatives.set_representative(group, longest)

    def drop_before(self, slot: int) -> None:
        """Drop postings of slots before `slot`, by whole time slices."""
        self._candidates.drop_before(slot)
        self._cross_links.drop_before(slot)

    def sync_groups(self, membership: Membership, groups: Iterable[int]) -> None:
        """Bring representatives and graph up to date with groups that were changed elsewhere."""
        members_of = {group: membership.members(group) for group in groups}
        self._set_representatives(
            {
                group: self._representatives.longest(members) if members else None
                for group, members in members_of.items()
            }
        )

    def vector(self, slot: int) -> Vector:
        """The weighted terms of an article."""
        return self._term_store.vector(slot)

    def representative_slot(self, group: int) -> int:
        """The slot whose text represents a group in comparisons with other groups."""
        return self._representatives.slot_of[group]

    def find_candidates(self, group: int) -> list[int]:
        """The slots that a group's text is compared with."""
        slot = self._representatives.slot_of[group]
        candidates: list[int] = self._candidates.find(slot, self.vector(slot)).tolist()
        return candidates

    def candidate_probabilities(self, group: int) -> dict[int, float]:
        """Same-event probability by slot, for all texts that a group's text is compared with."""
        slot = self._representatives.slot_of[group]
        slots, probabilities = map(
            np.concatenate,
            zip(self._compare_candidates(slot), self._cross_links.compare(slot), strict=True),
        )
        return dict(zip(slots.tolist(), probabilities.tolist(), strict=True))

    def text_probabilities(self, slot: int) -> dict[int, float]:
        """Same-event probability by slot, of an added text that represents no group."""
        slots, probabilities = self._compare_candidates(slot)
        return dict(zip(slots.tolist(), probabilities.tolist(), strict=True))

    def neighbourhood(self, group: int) -> Neighbourhood:
        """The groups that a group may share an event with."""
        row = self._graph.neighbours(group)
        probabilities = zip(row.groups.tolist(), row.probabilities.tolist(), strict=True)
        return Neighbourhood(group, dict(probabilities), self._cross_links.neighbours(group))

    def mean_probability(self, groups: Sequence[int], other_groups: Sequence[int]) -> float:
        """Mean pair probability between groups; pairs that are no neighbours count as 0.

        Pairs in two languages count only if they are neighbours.
        """
        rows = [self._graph.neighbours(group) for group in groups if group in self._graph]
        total = sum(
            float(row.probabilities[np.isin(row.groups, other_groups)].sum()) for row in rows
        )
        across = [
            probability
            for group in groups
            for neighbour, probability in self._cross_links.neighbours(group).items()
            if neighbour in other_groups
        ]
        n_within = sum(self.count_comparable(group, other_groups) for group in groups)
        return (total + sum(across)) / max(n_within + len(across), 1)

    def known_probabilities(self, groups: Sequence[int]) -> Probabilities | None:
        """Pair probabilities of groups in one language; pairs that are no neighbours count as 0.

        Nothing is looked up: None if the neighbours of a group are not known, as after a start.
        """
        if not all(group in self._graph for group in groups):
            return None
        return self._graph.probability_matrix(groups)

    def count_comparable(self, group: int, other_groups: Sequence[int]) -> int:
        """The number of groups whose language is the same as that of a group, or undetermined."""
        return self._cross_links.count_comparable(group, other_groups)

    def assign_events(self, overlay: MembershipOverlay) -> None:
        """Write the events that follow from an overlay's groups into the overlay.

        Parameters
        ----------
        overlay : MembershipOverlay
        """
        self._graph.lookup_budget = MAX_LOOKUPS_PER_ARTICLE
        renewed, seeds = self._update_representatives(overlay)
        seeds |= self._rescore_due_groups(overlay, renewed)
        self._recluster(overlay, (*sorted(renewed), *sorted(seeds), *overlay.constrained_groups()))

    def recluster(self, overlay: MembershipOverlay, groups: Iterable[int]) -> set[int]:
        """Cluster the surroundings of some groups again, and write their events into the overlay.

        Parameters
        ----------
        overlay : MembershipOverlay
        groups : iterable of int

        Returns
        -------
        set of int
            All groups that were clustered.
        """
        self._graph.lookup_budget = inf
        return self._recluster(overlay, groups)

    def pop_vector_requests(self) -> set[int]:
        """The slots without sentence vectors that were requested since the last call."""
        return self._vector_requests.pop()

    def load_vectors(self, vectors: Mapping[int, SentenceVector]) -> None:
        """Set sentence vectors by slot, before any neighbours are known."""
        for slot, vector in vectors.items():
            self._vector_requests.vectors.set(slot, vector)

    def set_vectors(self, vectors: Mapping[int, SentenceVector]) -> set[int]:
        """Set sentence vectors, and compare the texts of slots that had none anew.

        Parameters
        ----------
        vectors : mapping of int to ndarray of float16, shape (n_dimensions,)
            By slot.

        Returns
        -------
        set of int
            Groups that must be clustered again.
        """
        known = self._vector_requests.vectors.has(np.array([*vectors], dtype=np.int64))
        added = [*compress(vectors, ~known)]
        self.load_vectors(vectors)
        represented = self._representatives.groups_of(added)
        changed = set(represented)
        for group in represented:
            changed |= self._graph.remove(group)
            changed |= self._cross_links.remove(group, self.event_threshold)
        for group in represented:
            changed |= self._graph.add(group)
            changed |= self._cross_links.add(group, self.event_threshold)
        return changed

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
            The term weights to use.
        event_thresholds : iterable of float
        pause : callable
            Called regularly, so that the caller can let others run.

        Returns
        -------
        list of list of list of int
            For each threshold, the groups of each event. Locked events are left out.
        """
        partitions = []
        with self._term_store.weighted_by(idf_snapshot):
            graph = NeighbourGraph(self._find_neighbours, self.event_threshold)
            clustering = ComponentClustering(graph, self._representatives, self._cross_links)
            for event_threshold in event_thresholds:
                graph.set_event_threshold(event_threshold)
                graph.commit()
                partitions.append(clustering.partition(overlay, event_threshold, pause))
                graph.commit()
            self._cross_links.commit()
        return partitions

    def _estimate_base_rate_shift(self) -> float:
        """Estimate the base rate from the candidates of some groups."""
        logits, kinds = [np.empty(0)], [np.empty(0, np.int64)]
        for slot in self._representatives.sample(MAX_SAMPLED_GROUPS).tolist():
            vector = self.vector(slot)
            others = self._candidates.find(slot, vector)
            others = others[self._term_store.words(others) >= MIN_WORDS]
            if len(others) and vector.words >= MIN_WORDS:
                batch = self._term_store.vector_batch(others)
                kinds.append(pair_kinds(vector, batch))
                features = compute_pair_features(vector, batch)
                logits.append(self._similarity.logits(features, kinds[-1]))
        all_kinds = np.concatenate(kinds)
        if not len(all_kinds):
            return 0.0
        trained_share = self._similarity.mean_same_event_share(all_kinds)
        return estimate_shift(np.concatenate(logits), trained_share)

    def _recluster(self, overlay: MembershipOverlay, groups: Iterable[int]) -> set[int]:
        clustering = ComponentClustering(self._graph, self._representatives, self._cross_links)
        components = clustering.find_components(overlay, groups, self.event_threshold)
        events = [
            event
            for component in components
            for event in clustering.cluster(overlay, component, self.event_threshold)
        ]
        assign_event_numbers(overlay, self._cross_links.join(overlay, events, self.event_threshold))
        return {group for component in components for group in component}

    def _rescore_due_groups(self, overlay: MembershipOverlay, changed_groups: set[int]) -> set[int]:
        """Compute the probabilities of some groups' neighbours by the newest term weights.

        These neighbours were found by older weights. The newest groups are re-scored first.
        Returned are the groups that must be clustered again.
        """
        due = groups_to_rescore(
            self.idf_snapshot, overlay.membership.next_group, overlay.next_group
        )
        return self._graph.rescore(
            (group for group in due if group not in changed_groups), self._pair_probabilities
        )

    def _update_representatives(self, overlay: MembershipOverlay) -> tuple[set[int], set[int]]:
        """Update representatives and graph from an overlay.

        Returns the groups with another representative, and the groups whose links have changed.
        The links of a group that gets another representative are looked up before it loses them:
        which groups lose a link must not depend on the rows that happen to be known.
        """
        chosen = {
            group: self._representatives.choose_representative(overlay, group)
            for group in overlay.changed_groups()
        }
        slot_of = self._representatives.slot_of
        replaced = [group for group in chosen if slot_of.get(group, chosen[group]) != chosen[group]]
        linked = set(self._graph.linked_neighbours(replaced).tolist()) if replaced else set()
        renewed, relinked = self._set_representatives(chosen)
        return renewed, (relinked | linked) & slot_of.keys()

    def _set_representatives(
        self, representatives: Mapping[int, int | None]
    ) -> tuple[set[int], set[int]]:
        """Set the representatives of groups; return changed groups, and those with changed links.

        All that leave are removed first, so that a slot that moves from one group to another is
        never in both.
        """
        before, relinked = self._representatives.slot_of, set[int]()
        changed = {
            group: slot for group, slot in representatives.items() if slot != before.get(group)
        }
        for group in sorted(changed.keys() & before.keys()):
            relinked |= self._graph.remove(group)
            relinked |= self._cross_links.remove(group, self.event_threshold)
            self._representatives.set_representative(group, None)
        renewed = {group: slot for group, slot in changed.items() if slot is not None}
        for group in sorted(renewed):
            self._representatives.set_representative(group, renewed[group])
            relinked |= self._graph.add(group)
            relinked |= self._cross_links.add(group, self.event_threshold)
        return {*renewed}, relinked

    def _find_neighbours(self, group: int) -> tuple[NDArray[np.int64], Probabilities]:
        """The neighbours of a group, with their probabilities."""
        slot = self._representatives.slot_of.get(group)
        if slot is None:  # the group has left before its neighbours were looked up
            return np.empty(0, np.int64), np.empty(0)
        slots, probabilities = self._compare_candidates(slot)
        near = probabilities >= NEIGHBOUR_THRESHOLD
        return self._representatives.group_of[slots[near]], probabilities[near]

    def _pair_probabilities(self, group: int, other_groups: NDArray[np.int64]) -> Probabilities:
        """Probabilities between a group and others."""
        slot_of = self._representatives.slot_of
        slots = np.array(
            [slot_of[other_group] for other_group in other_groups.tolist()], dtype=np.int64
        )
        return self._probabilities(slot_of[group], slots)

    def _compare_candidates(self, slot: int) -> tuple[Slots, Probabilities]:
        """The candidates of a text, with their probabilities."""
        slots = self._candidates.find(slot, self.vector(slot))
        return slots, self._probabilities(slot, slots)

    def _probabilities(self, slot: int, other_slots: Slots) -> Probabilities:
        if not len(other_slots):
            return np.empty(0)
        batch = self._term_store.vector_batch(other_slots)
        probabilities = self._similarity.probabilities(self.vector(slot), batch)
        probabilities = self._notice_discount.apply(slot, other_slots, probabilities)
        refined = self._vector_requests.refine(slot, other_slots, probabilities)
        return np.round(refined, _PROBABILITY_DECIMALS)

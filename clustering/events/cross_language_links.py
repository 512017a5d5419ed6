"""Links between groups in different languages, beside the neighbour graph of each language.

They are kept apart from the neighbour graph, so that events within a language are the same with and
without them. Events found within the languages are joined at the end
(`clustering.events.cross_language_joining`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from clustering.events.cross_language_index import CrossLanguageIndex, Probabilities
from clustering.events.cross_language_joining import Event, join_across_languages
from clustering.events.neighbour_graph import NeighbourGraph
from clustering.events.representatives import EventRepresentatives
from clustering.events.term_store import TermStore
from clustering.events.thresholds import NEIGHBOUR_THRESHOLD
from clustering.events.vector_requests import VectorRequests
from clustering.features.language import UNDETERMINED_CODE, are_comparable, language_code
from clustering.features.terms import Terms
from clustering.similarity.cross_language import CrossLanguageModel
from clustering.state.must_link_closure import must_link_closure, violates_cannot_link
from clustering.state.overlay import MembershipOverlay
from clustering.types import Features


class CrossLanguageLinks:
    """Neighbours of groups in other languages; changes can be rolled back until committed.

    Parameters
    ----------
    term_store : TermStore
    representatives : EventRepresentatives
    model : CrossLanguageModel or None
        None if events are not joined across languages.
    vector_requests : VectorRequests
    """

    def __init__(
        self,
        term_store: TermStore,
        representatives: EventRepresentatives,
        model: CrossLanguageModel | None,
        vector_requests: VectorRequests,
    ) -> None:
        self._term_store = term_store
        self._representatives = representatives
        self._index = (
            None
            if model is None
            else CrossLanguageIndex(term_store, representatives, model, vector_requests)
        )
        self._graph = NeighbourGraph(self._find_neighbours)

    @property
    def is_active(self) -> bool:
        """Whether there can be any links."""
        return self._index is not None and self._index.is_multilingual

    def add_article(self, slot: int, terms: Terms, features: Features) -> None:
        """Add the keys of an article."""
        if self._index is not None:
            self._index.add(slot, terms, language_code(features.language))

    def index_article(self, slot: int) -> None:
        """Index the text in a slot, which represents a group for the first time."""
        if self._index is not None:
            self._index.index(slot)

    def drop_before(self, slot: int) -> None:
        """Drop postings of slots before `slot`, by whole time slices."""
        if self._index is not None:
            self._index.drop_before(slot)

    def add(self, group: int, event_threshold: float) -> set[int]:
        """Add a new group; return the groups that it is linked to."""
        if not self.is_active:
            return set()
        self._graph.add(group)
        return self.linked_groups([group], event_threshold)

    def remove(self, group: int, event_threshold: float) -> set[int]:
        """Remove a group; return the groups that it was linked to."""
        if not self.is_active:
            return set()
        linked = self.linked_groups([group], event_threshold)
        self._graph.remove(group)
        return linked

    def neighbours(self, group: int) -> dict[int, float]:
        """The neighbours of a group in other languages, with their probabilities."""
        if not self.is_active:
            return {}
        row = self._graph.neighbours(group)
        return dict(zip(row.groups.tolist(), row.probabilities.tolist(), strict=True))

    def linked_groups(self, groups: Iterable[int], event_threshold: float) -> set[int]:
        """The groups that some groups are linked to across languages."""
        if not self.is_active:
            return set()
        return {
            neighbour
            for group in groups
            for neighbour, probability in self.neighbours(group).items()
            if probability >= event_threshold
        }

    def compare(self, slot: int) -> tuple[NDArray[np.int64], Probabilities]:
        """The candidates of a text in other languages, with their probabilities."""
        if self._index is None or not self.is_active:
            return np.empty(0, np.int64), np.empty(0)
        return self._index.find(slot)

    def join(
        self, overlay: MembershipOverlay, events: Sequence[Event], event_threshold: float
    ) -> list[Event]:
        """Join events that were found within their languages.

        Parameters
        ----------
        overlay : MembershipOverlay
        events : sequence of list of int
            The groups of each event.
        event_threshold : float

        Returns
        -------
        list of list of int
            Independent of the order of arrival.
        """
        if not self.is_active:
            return [*events]
        links = {group: self.neighbours(group) for event in events for group in event}
        if not any(links.values()):
            return [*events]

        def may_join(first: Event, second: Event) -> bool:
            closure = must_link_closure(overlay, (*first, *second))
            return not violates_cannot_link(overlay.constraints, closure.event_components)

        return join_across_languages(
            self._sort_by_length(events), links, self._language, may_join, event_threshold
        )

    def count_comparable(self, group: int, other_groups: Sequence[int]) -> int:
        """The number of groups whose language is the same as that of a group, or undetermined."""
        if not self.is_active:
            return len(other_groups)
        codes = np.array([self._language(other) for other in other_groups])
        return int(np.count_nonzero(are_comparable(self._language(group), codes)))

    def commit(self) -> None:
        """Make the pending changes final."""
        if self.is_active:
            self._graph.commit()

    def rollback(self) -> None:
        """Undo everything since the last commit."""
        if self.is_active:
            self._graph.rollback()

    def _sort_by_length(self, events: Sequence[Event]) -> list[Event]:
        """Sort events by their longest texts."""
        groups = [group for event in events for group in event]
        ranks = {
            group: rank for rank, group in enumerate(self._representatives.sort_by_length(groups))
        }
        return sorted(events, key=lambda event: max(ranks[group] for group in event))

    def _language(self, group: int) -> int:
        slot = self._representatives.slot_of.get(group)
        return UNDETERMINED_CODE if slot is None else self._term_store.date_and_language(slot)[1]

    def _find_neighbours(self, group: int) -> tuple[NDArray[np.int64], Probabilities]:
        slot = self._representatives.slot_of.get(group)
        if slot is None:  # the group has left before its neighbours were looked up
            return np.empty(0, np.int64), np.empty(0)
        slots, probabilities = self.compare(slot)
        near = probabilities >= NEIGHBOUR_THRESHOLD
        return self._representatives.group_of[slots[near]], probabilities[near]

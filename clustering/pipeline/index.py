"""The article index: live articles with their duplicate groups and events, in memory.

`ArticleIndex.begin` starts a pending change, which proposes the group and event of an article that
is added, or the moves that follow when one is removed. Nothing in the index has changed until the
change is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from clustering.constraints.decision import Decision
from clustering.duplicates.fingerprint_index import FetchFingerprints
from clustering.duplicates.index import DuplicateIndex
from clustering.events.index import EventIndex
from clustering.events.sentence_vectors import SentenceVector
from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from clustering.explain.neighbours import ScoredCandidates, score_candidates, score_text
from clustering.features.minhash import Hashes32
from clustering.pipeline.active_decisions import ActiveDecisions
from clustering.pipeline.index_state import IndexState, ProposedChange
from clustering.pipeline.pending_change import PendingChange
from clustering.pipeline.retirement import Retirement
from clustering.similarity import idf_renewal
from clustering.similarity.cross_language import default_cross_language_model
from clustering.similarity.idf import IdfSnapshot
from clustering.similarity.matrix import pairwise_probabilities
from clustering.similarity.model import SimilarityModel, default_similarity
from clustering.state.canonical import EARLIEST, CanonicalRule
from clustering.state.membership import Membership
from clustering.state.overlay import MembershipOverlay
from clustering.types import Assignment, Features, Proposal


class ArticleIndex:
    """The live articles with their groups and events, in memory.

    Parameters
    ----------
    fetch_fingerprints : callable
        Returns the packed fingerprints of articles by their keys, from where they are stored.
    canonical_rule : CanonicalRule
        Chooses the canonical article of a group.
    similarity : SimilarityModel, optional
        Gives the probability that two articles report the same event; by default the model that
        ships with the library.
    event_threshold : float
        Mean pair probability from which groups are one event.
    across_languages : bool
        Whether one event may hold reports in several languages.
    uses_vectors : bool
        Whether sentence vectors are made for the articles that `pop_vector_requests` returns.

    Attributes
    ----------
    active_decisions : ActiveDecisions
        The active decisions of editors.
    retirement : Retirement
        Retires and reactivates articles.
    """

    def __init__(
        self,
        fetch_fingerprints: FetchFingerprints,
        canonical_rule: CanonicalRule = EARLIEST,
        similarity: SimilarityModel | None = None,
        event_threshold: float = DEFAULT_EVENT_THRESHOLD,
        across_languages: bool = True,
        uses_vectors: bool = False,
    ) -> None:
        self._similarity = similarity or default_similarity()
        self._membership = Membership(canonical_rule)
        self._duplicate_index = DuplicateIndex(self._membership, fetch_fingerprints)
        self._cross_language = default_cross_language_model() if across_languages else None
        self._event_index = EventIndex(
            self._similarity,
            event_threshold,
            self._duplicate_index.find_disregarded,
            self._cross_language,
            uses_vectors,
        )
        self._state = IndexState(self._membership, self._duplicate_index, self._event_index)
        self.active_decisions = ActiveDecisions(self._state)
        self.retirement = Retirement(self._state)

    def __len__(self) -> int:
        return len(self._membership)

    def __contains__(self, key: int) -> bool:
        return key in self._membership.slot_of

    @property
    def canonical_rule(self) -> CanonicalRule:
        """The rule that chooses the canonical article of a group."""
        return self._membership.rule

    @property
    def idf_snapshot(self) -> IdfSnapshot:
        """The term weights in force."""
        return self._event_index.idf_snapshot

    @property
    def event_threshold(self) -> float:
        """Mean pair probability from which groups are one event."""
        return self._event_index.event_threshold

    def event_of(self, key: int) -> int:
        """The event of a live article."""
        return self._membership.event_of[self._membership.group(self._membership.slot_of[key])]

    def positions(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield each live article, its group, its event and the canonical article of its group."""
        membership = self._membership
        for group in membership.all_groups():
            canonical = membership.representatives(group).canonical
            for slot in membership.members(group):
                yield membership.article(slot), group, membership.event_of[group], canonical

    def begin(self) -> PendingChange:
        """Begin a change. Use it as a context manager: left without commit, it is rolled back.

        Returns
        -------
        PendingChange

        Raises
        ------
        RuntimeError
            If another change is pending.
        """
        return PendingChange(self._state, self.active_decisions)

    def apply_committed(
        self, proposal: Proposal, key: int | None = None, features: Features | None = None
    ) -> None:
        """Apply a proposal that another index has made and committed.

        Parameters
        ----------
        proposal : Proposal
        key : int or None
            The article that is added or removed; None if articles only move. If it has retired,
            only the moves are applied.
        features : Features or None
            None if the article is removed.
        """
        self._state.check_idle()
        self._state.apply(ProposedChange(proposal, key, features))
        self._state.commit()

    def load(
        self,
        rows: Iterable[tuple[int, Features, Assignment]],
        next_group: int,
        next_event: int,
        pinned_groups: Mapping[int, int] = MappingProxyType({}),
        decisions: Iterable[Decision] = (),
    ) -> None:
        """Fill an empty index with stored articles.

        Parameters
        ----------
        rows : iterable of (int, Features, Assignment)
            In the order in which the articles arrived.
        next_group, next_event : int
            Numbers that were never used.
        pinned_groups : mapping of int to int
            Groups with retired members, each with its canonical article.
        decisions : iterable of Decision
            All active decisions.
        """
        self._state.check_idle()
        self.active_decisions.replace(decisions)
        canonical_of = {}
        for key, features, assignment in rows:
            self._state.add(key, features)
            self._state.assign(assignment)
            if assignment.duplicate_of is not None:
                canonical_of[assignment.group] = assignment.duplicate_of
        for group, canonical in canonical_of.items():
            self._state.ensure_canonical(group, canonical)
        for group, canonical in pinned_groups.items():
            self._state.pin_canonical(group, canonical)
        self._event_index.load(self._membership)
        self._state.commit()
        self._membership.next_group = max(self._membership.next_group, next_group)
        self._membership.next_event = max(self._membership.next_event, next_event)

    def pop_vector_requests(self) -> list[int]:
        """The live articles whose sentence vectors were missing since the last call."""
        self._state.check_idle()
        slots = self._event_index.pop_vector_requests()
        return [
            self._membership.article(slot)
            for slot in sorted(slots)
            if self._membership.is_live(slot)
        ]

    def load_vectors(self, vectors: Mapping[int, SentenceVector]) -> None:
        """Set stored sentence vectors, by article; those that are not live are left out.

        Parameters
        ----------
        vectors : mapping of int to ndarray of float16, shape (n_dimensions,)
        """
        self._state.check_idle()
        slots = {article: self._membership.slot(article) for article in vectors}
        self._event_index.load_vectors(
            {slot: vectors[article] for article, slot in slots.items() if slot is not None}
        )
        self._state.commit()

    def apply_vectors(self, vectors: Mapping[int, SentenceVector]) -> None:
        """Apply sentence vectors that another index has set and committed, by article.

        Parameters
        ----------
        vectors : mapping of int to ndarray of float16, shape (n_dimensions,)
        """
        self._state.check_idle()
        slots = {article: self._membership.slot(article) for article in vectors}
        self._event_index.set_vectors(
            {slot: vectors[article] for article, slot in slots.items() if slot is not None}
        )
        self._state.commit()

    def partition(self) -> list[list[int]]:
        """Cluster all live articles into events at once, by the current document frequencies.

        Nothing in the index changes.
        """
        (events,) = self.partition_by_threshold([self.event_threshold])
        return events

    def partition_by_threshold(
        self, event_thresholds: Iterable[float], pause: Callable[[], None] = lambda: None
    ) -> list[list[list[int]]]:
        """Cluster all live articles into events for several thresholds.

        Most of the work is done once for all thresholds. Nothing in the index changes.

        Parameters
        ----------
        event_thresholds : iterable of float
        pause : callable
            Called regularly, so that the caller can let others run.

        Returns
        -------
        list of list of list of int
            For each threshold, the articles of each event. Locked events are left out.
        """
        self._state.check_idle()
        overlay = MembershipOverlay(self._membership)
        snapshot = self._event_index.snapshot()
        partitions = self._event_index.partition(overlay, snapshot, event_thresholds, pause)
        return [[_articles(overlay, groups) for groups in events] for events in partitions]

    def group_frequency(self, first: int, second: int, keys: Hashes32) -> NDArray[np.int64]:
        """Count the groups that contain each sampled shingle of a pair.

        Parameters
        ----------
        first, second : int
            Live articles; if they are in one group, the later one counts as a group of its own.
        keys : ndarray of uint32, shape (n_keys,)

        Returns
        -------
        ndarray of int64, shape (n_keys,)
        """
        slots = (self._membership.slot_of[first], self._membership.slot_of[second])
        return self._duplicate_index.group_frequency(
            MembershipOverlay(self._membership), keys, *slots
        )

    def score_candidates(self, article: int) -> ScoredCandidates:
        """Score what a live article would be compared with now. Nothing in the index changes.

        Parameters
        ----------
        article : int

        Returns
        -------
        ScoredCandidates

        Raises
        ------
        KeyError
            If the article is not live.
        """
        with self.begin():  # norms that are computed for it are not kept
            return score_candidates(
                self._membership, self._duplicate_index, self._event_index, article
            )

    def score_text(self, features: Features) -> ScoredCandidates:
        """Score what a text would be compared with if it arrived now. Nothing in the index changes.

        Parameters
        ----------
        features : Features

        Returns
        -------
        ScoredCandidates
        """
        with self.begin():  # the added text is not kept
            return score_text(self._membership, self._duplicate_index, self._event_index, features)

    def pairwise_probabilities(self, features: Sequence[Features]) -> NDArray[np.float64]:
        """Compute the same-event probability of each pair, by the term weights in force.

        The articles need not be live. The method only reads the term weights, so it can be called
        from any thread.

        Parameters
        ----------
        features : sequence of Features

        Returns
        -------
        ndarray of float64, shape (n_articles, n_articles)
        """
        return pairwise_probabilities(
            features, self.idf_snapshot, self._similarity, self._cross_language
        )

    def set_event_threshold(self, event_threshold: float) -> None:
        """Change the event threshold; an event follows it when its groups are clustered again.

        Parameters
        ----------
        event_threshold : float
        """
        self._state.check_idle()
        self._event_index.set_event_threshold(event_threshold)
        self._state.commit()

    def is_snapshot_due(self) -> bool:
        """Whether a new IDF snapshot should be taken."""
        return idf_renewal.is_snapshot_due(self.idf_snapshot, self._membership.next_group)

    def snapshot(self) -> bytes:
        """A packed IDF snapshot of the current document frequencies and base rate."""
        return self._event_index.snapshot(self._membership.next_group).to_bytes()

    def reset_idf(self, packed: bytes) -> None:
        """Weigh all terms by another snapshot from now on, and look for all neighbours again.

        Parameters
        ----------
        packed : bytes
            As `snapshot` returns it.
        """
        self._state.check_idle()
        self._event_index.reset_idf(IdfSnapshot.from_bytes(packed))

    def update_idf(self, packed: bytes) -> None:
        """Weigh new articles by another snapshot from now on; the others are re-scored gradually.

        Parameters
        ----------
        packed : bytes
            As `snapshot` returns it.
        """
        self._state.check_idle()
        self._event_index.update_idf(IdfSnapshot.from_bytes(packed))


def _articles(overlay: MembershipOverlay, groups: Iterable[int]) -> list[int]:
    return [overlay.article(slot) for group in groups for slot in overlay.members(group)]

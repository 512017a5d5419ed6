"""A write transaction: assigns articles and records the changes, in the index and the store."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection

from clustering.constraints.decision import Decision, without_article
from clustering.events.sentence_vectors import SentenceVector
from clustering.pipeline.edit_plan import EditPlan
from clustering.pipeline.index import ArticleIndex
from clustering.pipeline.pending_change import PendingChange
from clustering.types import Assignment, Features, Proposal, UncertainPair
from service.engine.fingerprint_cache import FingerprintCache
from service.store import sentence_vectors
from service.store.change_log import change_set, replay, retirement, write
from service.store.change_log.change_set import ArticleChangeKind, DecisionChangeKind, LogEntry
from service.store.review import uncertain_pairs
from service.store.review.thresholds import ThresholdChange


class WriteTransaction:
    """Changes of the index and of the store in one database transaction.

    Parameters
    ----------
    connection : Connection
        In a transaction that the caller commits or rolls back.
    index : ArticleIndex
    fingerprints : FingerprintCache
    start_seq : int
        The last change in the log.

    Attributes
    ----------
    change_set : ChangeSet
        What is to be written to the store.
    start_seq : int
        The last change in the log when the transaction began.
    index_changed : bool
        Whether the index has changes that the store does not have before the database commit.
    """

    def __init__(
        self,
        connection: Connection,
        index: ArticleIndex,
        fingerprints: FingerprintCache,
        start_seq: int,
    ) -> None:
        self.connection = connection
        self.change_set = change_set.open_change_set(connection, time.time(), start_seq)
        self.start_seq = start_seq
        self.index_changed = False
        self._index = index
        self._fingerprints = fingerprints
        self._dry_run_change: PendingChange | None = None
        self._reactivated: list[Assignment] = []
        self._previous_events: dict[int, int] = {}
        self._uncertain_pairs: list[UncertainPair] = []

    @contextmanager
    def dry_run(self) -> Iterator[None]:
        """Assign articles inside this block, and leave the index as it was.

        The caller must roll back the database transaction.
        """
        with self._index.begin() as change:
            self._dry_run_change = change
            yield

    def assign(self, key: int, article_id: str, features: Features) -> None:
        """Assign an article that is not in the index to its group and event, and add it."""
        self.change_set.features[key] = features
        previous_event = self._previous_events.pop(key, None)
        with self._change() as change:
            proposal = change.propose(key, features, previous_event)
        self._uncertain_pairs += proposal.uncertain_pairs
        if self._dry_run_change is None:
            self._fingerprints.add(key, features.fingerprint)
        snapshot = self._update_idf_if_due()
        self.change_set.entries.append(
            LogEntry("article.assigned", key, article_id, proposal, snapshot)
        )

    def decide(
        self,
        number: int,
        kind: DecisionChangeKind,
        decisions: Collection[Decision],
        plans: Iterable[EditPlan],
    ) -> None:
        """Replace the active decisions, and record what follows at once.

        Parameters
        ----------
        number : int
            Of the decision that was made or undone.
        kind : {"decision.made", "decision.undone"}
        decisions : collection of Decision
            All that are active afterwards.
        plans : iterable of EditPlan
            As for `PendingChange.propose_edit`.
        """
        reactivated = [
            assignment for assignment in self._reactivated if assignment.article in self._index
        ]
        with self._change() as change:
            proposal = change.propose_edit(decisions, plans, reactivated)
        self.change_set.entries.append(LogEntry(kind, None, None, proposal, decision=number))

    def reactivate(self, keys: Iterable[int]) -> None:
        """Make articles the newest of the index, retired or not.

        Must be called before any other change of the transaction.
        """
        stored = replay.load_articles(self.connection, keys)
        for key, features, assignment in stored.values():
            self.index_changed = True
            self._index.retirement.reactivate(key, features, assignment)
            self._reactivated.append(assignment)
            entry = LogEntry("article.recalled", key, None, Proposal(assignment))
            self.change_set.entries.append(entry)

    def constrained_groups(self) -> dict[int, int]:
        """The groups of live articles with constraints, by article."""
        return self._index.active_decisions.constrained_groups()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The active decisions."""
        return self._index.active_decisions.decisions

    def remove(self, kind: ArticleChangeKind, key: int, article_id: str) -> None:
        """Remove an article from the index: for good, or because a new version follows."""
        proposal = self._remove_live(key) if key in self._index else self._remove_retired(key)
        snapshot = self._update_idf_if_due()
        self.change_set.entries.append(LogEntry(kind, key, article_id, proposal, snapshot))
        active = self._index.active_decisions
        if kind == "article.removed" and key in active.constrained_articles:
            active.replace(without_article(active.decisions, key))

    def retire(self, before: int) -> None:
        """Retire all articles that arrived with an earlier change than `before`.

        Articles with constraints are reactivated instead. Must be called before any other change
        of the transaction.
        """
        retiring = retirement.find_retiring(self.connection, self.change_set.retired_before, before)
        self.index_changed = True
        constrained = self._index.active_decisions.constrained_articles
        self.reactivate(key for key in retiring if key in constrained)
        self._index.retirement.retire(key for key in retiring if key not in constrained)
        self.change_set.retired_from = self.change_set.retired_before
        self.change_set.retired_before = before

    def contains(self, key: int) -> bool:
        """Whether an article is in the index."""
        return key in self._index

    def reset_idf(self, threshold_change: ThresholdChange | None = None) -> None:
        """Weigh all terms by a new snapshot, and change the event threshold if asked to."""
        self.index_changed = True
        snapshot = self._index.snapshot()
        self._index.reset_idf(snapshot)
        if threshold_change is not None:
            self._index.set_event_threshold(threshold_change.threshold)
        self._log_reclustering(Proposal(None), snapshot, threshold_change)

    def recluster_around(self, key: int) -> frozenset[int]:
        """Cluster the events around an article again; return all articles that were clustered."""
        with self._index.begin() as change:
            proposal, reclustered = change.propose_reclustering(key)
            if proposal.reassigned or proposal.changes:
                self.index_changed = True
                self._log_reclustering(proposal)
            change.commit()
        self._uncertain_pairs += proposal.uncertain_pairs
        return reclustered

    def pop_vector_requests(self) -> list[int]:
        """The articles whose sentence vectors were missing since the last call."""
        return self._index.pop_vector_requests()

    def set_vectors(self, encoder: str, vectors: Mapping[int, SentenceVector]) -> None:
        """Set and store sentence vectors, and cluster the surroundings of the articles again.

        Parameters
        ----------
        encoder : str
            Name of the encoder that made them.
        vectors : mapping of int to ndarray of float16, shape (n_dimensions,)
            By article.
        """
        self.index_changed = True
        with self._index.begin() as change:
            proposal = change.propose_vectors(vectors)
            if proposal.reassigned or proposal.changes:
                self._log_reclustering(proposal)
            change.commit()
        self._uncertain_pairs += proposal.uncertain_pairs
        sentence_vectors.save(self.connection, encoder, vectors)

    def flush(self) -> None:
        """Write the change set; afterwards it can be read in the transaction."""
        write.write_change_set(self.connection, self.change_set, self._index.canonical_rule)
        uncertain_pairs.save_pairs(
            self.connection,
            self._uncertain_pairs,
            self.change_set.replaced,
            self._index.event_threshold,
        )
        if self._dry_run_change is None:
            replay.unpin_groups(self.connection, self._index)

    @contextmanager
    def _change(self) -> Iterator[PendingChange]:
        """A change of the index that is committed after the block, unless in a dry run."""
        if self._dry_run_change is not None:
            yield self._dry_run_change
            return
        with self._index.begin() as change:
            yield change
            self.index_changed = True
            change.commit()

    def _remove_live(self, key: int) -> Proposal:
        self._previous_events[key] = self._index.event_of(key)
        with self._change() as change:
            return change.propose_removal(key)

    def _remove_retired(self, key: int) -> Proposal:
        group, self._previous_events[key] = retirement.find_assignment(self.connection, key)
        removed = {key, *self.change_set.replaced}
        members = retirement.load_retired_members(self.connection, group, removed)
        with self._change() as change:
            return change.propose_successor(key, group, members)

    def _log_reclustering(
        self,
        proposal: Proposal,
        snapshot: bytes | None = None,
        threshold_change: ThresholdChange | None = None,
    ) -> None:
        entry = LogEntry(
            "store.reclustered", None, None, proposal, snapshot, threshold_change=threshold_change
        )
        self.change_set.entries.append(entry)

    def _update_idf_if_due(self) -> bytes | None:
        """Take a new IDF snapshot if one is due, and return it; never in a dry run."""
        if self._dry_run_change is not None or not self._index.is_snapshot_due():
            return None
        snapshot = self._index.snapshot()
        self._index.update_idf(snapshot)
        return snapshot

"""One writer's turn at the desk."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from clustering.constraints.decision import Decision, without_article
from clustering.pipeline.edit_plan import EditPlan
from clustering.pipeline.index import ArticleIndex
from clustering.types import Assignment, Features, Proposal, UncertainPair
from service.engine.fingerprint_cache import FingerprintCache
from service.store.log import change_set, commit, replay, retirement
from service.store.log.change_set import ArticleChangeKind, DecisionChangeKind, LogEntry
from service.store.review import uncertain_pairs
from service.store.review.thresholds import ThresholdChange


class WriteTransaction:
    """One writer's turn: judges articles, and notes down what follows from it."""

    def __init__(
        self,
        connection: Connection,
        index: ArticleIndex,
        fingerprints: FingerprintCache,
        *,
        dry_run: bool,
    ) -> None:
        self.connection = connection
        self.change_set = change_set.open_change_set(connection, time.time())
        self.start_seq = self.change_set.last_seq
        self.index_changed = False
        self._index = index
        self._fingerprints = fingerprints
        self._dry_run = dry_run
        self._reactivated: list[Assignment] = []
        self._previous_events: dict[int, int] = {}
        self._pin_to_restore: tuple[int, int] | None = None
        self._uncertain_pairs: list[UncertainPair] = []
        self._undo_commit: tuple[int, Features, Proposal] | None = None

    def catch_up(self, since: int) -> None:
        """Apply what other processes have written since change `since`."""
        if self.start_seq > since:
            self.index_changed = True
            self._fingerprints.clear()
            replay.catch_up(self.connection, self._index, since)

    def assign(self, key: int, article_id: str, features: Features) -> None:
        """Judge an article that is not in the index, and put it there."""
        self.change_set.features[key] = features
        judgement = self._index.propose(key, features, self._previous_events.pop(key, None))
        self._uncertain_pairs += judgement.uncertain_pairs
        snapshot = None
        if not self._dry_run:
            self._fingerprints.add(key, features.fingerprint)
            snapshot = self._commit(key, features, judgement)
        self.change_set.entries.append(
            LogEntry("article.assigned", key, article_id, judgement, snapshot)
        )

    def decide(
        self,
        number: int,
        kind: DecisionChangeKind,
        decisions: Collection[Decision],
        plans: Iterable[EditPlan],
    ) -> None:
        """Keep to these decisions from now on, and note what follows at once.

        Parameters
        ----------
        number : int
            Of the decision that was made, or taken back.
        kind : {"decision.made", "decision.undone"}
        decisions : collection of Decision
            All that stand then.
        plans : iterable of EditPlan
            As for `Index.carry_out`.
        """
        recalled = [it for it in self._reactivated if it.article in self._index]
        judgement = self._index.propose_edit(decisions, plans, recalled)
        self.index_changed = True
        self._index.set_constraints(decisions)
        self._index.commit_moves(judgement)
        self.change_set.entries.append(LogEntry(kind, None, None, judgement, decision=number))

    def reactivate(self, keys: Iterable[int]) -> None:
        """Let articles be as if they had just come; before anything else."""
        found = replay.load_articles(self.connection, keys)
        for key, features, assignment in found.values():
            self.index_changed = True
            self._index.reactivate(key, features, assignment)
            self._reactivated.append(assignment)
            entry = LogEntry("article.recalled", key, None, Proposal(assignment))
            self.change_set.entries.append(entry)

    def constrained_groups(self) -> dict[int, int]:
        """The groups of the articles of which people decided something."""
        return self._index.constrained_groups()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What people decided, as far as it stands and is about articles that are there."""
        return self._index.decisions

    def remove(self, kind: ArticleChangeKind, key: int, article_id: str) -> None:
        """Take an article out of the index: for good, or for its next version."""
        snapshot = None
        if key not in self._index:
            group, self._previous_events[key] = retirement.find_assignment(self.connection, key)
            gone = {key, *self.change_set.replaced}
            others = retirement.load_retired_members(self.connection, group, gone)
            judgement = self._index.propose_successor(key, group, others)
            if not self._dry_run:
                self._commit(key, None, judgement)
        else:
            self._previous_events[key] = self._index.event_of(key)
            judgement = self._index.propose_removal(key)
            if self._dry_run:
                self._undo_commit = self._capture_undo(key, judgement)
            snapshot = self._commit(key, None, judgement)
        self.change_set.entries.append(LogEntry(kind, key, article_id, judgement, snapshot))
        if kind == "article.removed" and key in self._index.constrained_articles:
            self._index.set_constraints(without_article(self._index.decisions, key))

    def retire(self, before: int) -> None:
        """Let all articles retire that came with an earlier change; before anything else.

        Those of which people decided something stay, as if they had just come.
        """
        gone = retirement.find_retiring(self.connection, self.change_set.retired_before, before)
        self.index_changed = True
        bound = self._index.constrained_articles
        self.reactivate(key for key in gone if key in bound)
        self._index.retire(key for key in gone if key not in bound)
        self.change_set.retired_from = self.change_set.retired_before
        self.change_set.retired_before = before

    def contains(self, key: int) -> bool:
        """Whether an article is in the index."""
        return key in self._index

    def reset_idf(self, threshold_change: ThresholdChange | None = None) -> None:
        """Weigh terms from now on by what has been seen so far, and maybe draw another line."""
        self.index_changed = True
        snapshot = self._index.snapshot()
        self._index.reset_idf(snapshot)
        if threshold_change is not None:
            self._index.set_event_threshold(threshold_change.threshold)
        self._log_reclustering(Proposal(None), snapshot, threshold_change)

    def recluster_around(self, key: int) -> frozenset[int]:
        """Judge the events around an article again; return all articles that were judged."""
        judgement, judged = self._index.propose_reclustering(key)
        if judgement.reassigned or judgement.changes:
            self.index_changed = True
            self._log_reclustering(judgement)
        self._uncertain_pairs += judgement.uncertain_pairs
        self._index.commit_moves(judgement)
        return judged

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

    def flush(self) -> None:
        """Write what was noted; afterwards it can be read in the transaction."""
        commit.write_change_set(self.connection, self.change_set, self._index.canonical_rule)
        uncertain_pairs.save_pairs(
            self.connection,
            self._uncertain_pairs,
            self.change_set.replaced,
            self._index.event_threshold,
        )
        if not self._dry_run:
            replay.unpin_groups(self.connection, self._index)

    def undo_dry_run(self) -> None:
        """After a rehearsal: bring back the article that was withdrawn."""
        if self._undo_commit is not None:
            self._index.commit(*self._undo_commit)
        if self._pin_to_restore is not None:
            self._index.pin_canonical(*self._pin_to_restore)

    def _commit(self, key: int, features: Features | None, proposal: Proposal) -> bytes | None:
        self.index_changed = True
        self._index.commit(key, features, proposal)
        if self._dry_run or not self._index.is_snapshot_due():
            return None
        snapshot = self._index.snapshot()
        self._index.update_idf(snapshot)
        return snapshot

    def _capture_undo(self, key: int, proposal: Proposal) -> tuple[int, Features, Proposal]:
        moved = [assignment.article for assignment in proposal.reassigned]
        before = replay.load_articles(self.connection, [key, *moved])
        _, features, assignment = before[key]
        if self._index.is_pinned(assignment.group):
            self._pin_to_restore = (assignment.group, assignment.duplicate_of or key)
        return key, features, Proposal(assignment, tuple(before[it][2] for it in moved))

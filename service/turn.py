"""One writer's turn at the desk."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from clustering.assign import Index
from clustering.decisions import Decision, without
from clustering.model import Assignment, Doubt, Features, Judgement
from clustering.orders import Order
from service.fingerprints import Fingerprints
from service.store import doubts, journal, replay, retirement
from service.store.journal import Decided, Entry, Head
from service.store.lines import Line


class Turn:
    """One writer's turn: judges articles, and notes down what follows from it."""

    def __init__(
        self,
        transaction: Connection,
        index: Index,
        fingerprints: Fingerprints,
        *,
        rehearsal: bool,
    ) -> None:
        self.transaction = transaction
        self.journal = journal.open_journal(transaction, time.time())
        self.caught_up = self.journal.last_seq
        self.touched = False
        self._index = index
        self._fingerprints = fingerprints
        self._rehearsal = rehearsal
        self._recalled: list[Assignment] = []
        self._left: dict[int, int] = {}
        self._stood: tuple[int, int] | None = None
        self._doubted: list[Doubt] = []
        self._undo: tuple[int, Features, Judgement] | None = None

    def catch_up(self, seen: int) -> None:
        """Apply what other processes have written since change `seen`."""
        if self.caught_up > seen:
            self.touched = True
            self._fingerprints.clear()
            replay.catch_up(self.transaction, self._index, seen)

    def place(self, key: int, article_id: str, features: Features) -> None:
        """Judge an article that is not in the index, and put it there."""
        self.journal.features[key] = features
        judgement = self._index.judge(key, features, self._left.pop(key, None))
        self._doubted += judgement.doubts
        snapshot = None
        if not self._rehearsal:
            self._fingerprints.write(key, features.fingerprint)
            snapshot = self._apply(key, features, judgement)
        self.journal.entries.append(Entry("article.assigned", key, article_id, judgement, snapshot))

    def decide(
        self, number: int, kind: Decided, decisions: Collection[Decision], orders: Iterable[Order]
    ) -> None:
        """Keep to these decisions from now on, and note what follows at once.

        Parameters
        ----------
        number : int
            Of the decision that was made, or taken back.
        kind : {"decision.made", "decision.undone"}
        decisions : collection of Decision
            All that stand then.
        orders : iterable of Order
            As for `Index.carry_out`.
        """
        recalled = [it for it in self._recalled if it.article in self._index]
        judgement = self._index.carry_out(decisions, orders, recalled)
        self.touched = True
        self._index.obey(decisions)
        self._index.settle(judgement)
        self.journal.entries.append(Entry(kind, None, None, judgement, decision=number))

    def recall(self, keys: Iterable[int]) -> None:
        """Let articles be as if they had just come; before anything else."""
        found = replay.placed(self.transaction, keys)
        for key, features, assignment in found.values():
            self.touched = True
            self._index.recall(key, features, assignment)
            self._recalled.append(assignment)
            entry = Entry("article.recalled", key, None, Judgement(assignment))
            self.journal.entries.append(entry)

    def groups(self) -> dict[int, int]:
        """The groups of the articles of which people decided something."""
        return self._index.bound_groups()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What people decided, as far as it stands and is about articles that are there."""
        return self._index.decisions

    def withdraw(self, kind: Head, key: int, article_id: str) -> None:
        """Take an article out of the index: for good, or for its next version."""
        snapshot = None
        if key not in self._index:
            group, self._left[key] = retirement.place_of(self.transaction, key)
            gone = {key, *self.journal.replaced}
            others = retirement.others(self.transaction, group, gone)
            judgement = self._index.succeed(key, group, others)
            if not self._rehearsal:
                self._apply(key, None, judgement)
        else:
            self._left[key] = self._index.event_of(key)
            judgement = self._index.withdraw(key)
            if self._rehearsal:
                self._undo = self._before(key, judgement)
            snapshot = self._apply(key, None, judgement)
        self.journal.entries.append(Entry(kind, key, article_id, judgement, snapshot))
        if kind == "article.removed" and key in self._index.bound:
            self._index.obey(without(self._index.decisions, key))

    def retire(self, before: int) -> None:
        """Let all articles retire that came with an earlier change; before anything else.

        Those of which people decided something stay, as if they had just come.
        """
        gone = retirement.between(self.transaction, self.journal.retired_before, before)
        self.touched = True
        bound = self._index.bound
        self.recall(key for key in gone if key in bound)
        self._index.retire(key for key in gone if key not in bound)
        self.journal.retired_from = self.journal.retired_before
        self.journal.retired_before = before

    def holds(self, key: int) -> bool:
        """Whether an article is in the index."""
        return key in self._index

    def renew_weights(self, line: Line | None = None) -> None:
        """Weigh terms from now on by what has been seen so far, and maybe draw another line."""
        self.touched = True
        snapshot = self._index.snapshot()
        self._index.use_snapshot(snapshot)
        if line is not None:
            self._index.draw_line(line.threshold)
        self._note(Judgement(None), snapshot, line)

    def judge_again(self, key: int) -> frozenset[int]:
        """Judge the events around an article again; return all articles that were judged."""
        judgement, judged = self._index.judge_again(key)
        if judgement.moved or judgement.changes:
            self.touched = True
            self._note(judgement)
        self._doubted += judgement.doubts
        self._index.settle(judgement)
        return judged

    def _note(
        self, judgement: Judgement, snapshot: bytes | None = None, line: Line | None = None
    ) -> None:
        entry = Entry("store.reclustered", None, None, judgement, snapshot, line=line)
        self.journal.entries.append(entry)

    def write(self) -> None:
        """Write what was noted; afterwards it can be read in the transaction."""
        journal.write(self.transaction, self.journal, self._index.canonical)
        doubts.note(self.transaction, self._doubted, self.journal.replaced, self._index.join)
        if not self._rehearsal:
            replay.release(self.transaction, self._index)

    def put_back(self) -> None:
        """After a rehearsal: bring back the article that was withdrawn."""
        if self._undo is not None:
            self._index.apply(*self._undo)
        if self._stood is not None:
            self._index.stand(*self._stood)

    def _apply(self, key: int, features: Features | None, judgement: Judgement) -> bytes | None:
        self.touched = True
        self._index.apply(key, features, judgement)
        if self._rehearsal or not self._index.snapshot_due():
            return None
        snapshot = self._index.snapshot()
        self._index.renew(snapshot)
        return snapshot

    def _before(self, key: int, judgement: Judgement) -> tuple[int, Features, Judgement]:
        moved = [assignment.article for assignment in judgement.moved]
        before = replay.placed(self.transaction, [key, *moved])
        _, features, assignment = before[key]
        if self._index.stays(assignment.group):
            self._stood = (assignment.group, assignment.duplicate_of or key)
        return key, features, Judgement(assignment, tuple(before[it][2] for it in moved))

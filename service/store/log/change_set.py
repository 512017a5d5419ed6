"""Entries of one write transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, func, select

from clustering.types import Features, Proposal
from service.store.bulk import RowValues
from service.store.log import retirement
from service.store.review.thresholds import ThresholdChange
from service.store.schema import (
    META_LAST_KEY,
    changes,
    meta,
)

ArticleChangeKind = Literal["article.assigned", "article.updated", "article.removed"]


DecisionChangeKind = Literal["decision.made", "decision.undone"]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One judged article, in the order of judgement; or one that has only moved.

    Where events are judged again, and where somebody decides, it is of no article in particular.
    """

    kind: (
        ArticleChangeKind
        | Literal["article.moved", "article.recalled", "store.reclustered"]
        | DecisionChangeKind
    )
    key: int | None
    article_id: str | None
    proposal: Proposal
    snapshot: bytes | None = None
    """Taken by the index after this entry."""
    decision: int | None = None
    """The number of what was decided, or taken back."""
    threshold_change: ThresholdChange | None = None
    """The line that is kept to after this entry."""


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """The columns of an article and of its text."""

    article: RowValues
    text: str


@dataclass(slots=True)
class ChangeSet:
    """The notes of one transaction."""

    last_seq: int
    last_key: int
    now: float
    retired_before: int = 0
    """Articles that came with an earlier change have retired."""
    retired_from: int | None = None
    """That boundary before this transaction, if it has moved; it moves before all else."""
    entries: list[LogEntry] = field(default_factory=list)
    added: dict[int, ArticleRow] = field(default_factory=dict)
    replaced: dict[int, ArticleRow] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    features: dict[int, Features] = field(default_factory=dict)
    decision_row: RowValues | None = None
    """The row of what somebody decides, without what is known only at the end."""
    renamed_events: set[int] = field(default_factory=set)
    """Events whose headline people have changed."""

    def next_key(self) -> int:
        """Return a key that no article ever had."""
        self.last_key += 1
        return self.last_key


def open_change_set(connection: Connection, now: float) -> ChangeSet:
    """Start the notes of a write transaction."""
    last_key = connection.scalar(select(meta.c.value).where(meta.c.name == META_LAST_KEY))
    before = retirement.read_boundary(connection)
    return ChangeSet(last_seq(connection), int(last_key or 0), now, before)


def last_seq(connection: Connection) -> int:
    """Return the number of the newest change; 0 if there is none."""
    return connection.scalar(select(func.max(changes.c.seq))) or 0

"""The change set: everything that one write transaction is going to store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, func, select

from clustering.types import Features, Proposal
from service.store import meta_values
from service.store.bulk import RowValues
from service.store.change_log import retirement
from service.store.review.thresholds import ThresholdChange
from service.store.schema import META_LAST_KEY, changes

ArticleChangeKind = Literal["article.assigned", "article.updated", "article.removed"]
DecisionChangeKind = Literal["decision.made", "decision.undone"]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One proposal to be stored, in the order of the proposals.

    It is about one article, which was assigned, removed or moved. `key` and `article_id` are None
    for a reclustering and for an editor's decision.
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
    """IDF snapshot that the index took after this entry."""
    decision: int | None = None
    """Number of the decision that was made or undone."""
    threshold_change: ThresholdChange | None = None
    """The event threshold that applies after this entry."""


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """The columns of an article, and its text."""

    article: RowValues
    text: str


@dataclass(slots=True)
class ChangeSet:
    """What one write transaction stores."""

    last_seq: int
    last_key: int
    now: float
    retired_before: int = 0
    """Articles that arrived with an earlier change have retired."""
    retired_from: int | None = None
    """The value of `retired_before` at the start, if this transaction moves it; that comes before
    all entries."""
    entries: list[LogEntry] = field(default_factory=list)
    added: dict[int, ArticleRow] = field(default_factory=dict)
    replaced: dict[int, ArticleRow] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    features: dict[int, Features] = field(default_factory=dict)
    decision_row: RowValues | None = None
    """The row of an editor's decision, without the columns that are known only at the end."""
    renamed_events: set[int] = field(default_factory=set)
    """Events whose headline an editor has changed."""

    def next_key(self) -> int:
        """Return a key that no article has had before."""
        self.last_key += 1
        return self.last_key


def open_change_set(connection: Connection, now: float, newest_seq: int | None = None) -> ChangeSet:
    """Return an empty change set for a write transaction.

    Parameters
    ----------
    connection : Connection
    now : float
        POSIX seconds.
    newest_seq : int, optional
        The number of the newest change, if the transaction has read it.
    """
    last_key = meta_values.read(connection, META_LAST_KEY)
    retired_before = retirement.read_boundary(connection)
    start_seq = last_seq(connection) if newest_seq is None else newest_seq
    return ChangeSet(start_seq, int(last_key or 0), now, retired_before)


def last_seq(connection: Connection) -> int:
    """Return the number of the newest change; 0 if there is none."""
    return connection.scalar(select(func.max(changes.c.seq))) or 0

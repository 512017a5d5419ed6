"""All events judged again by the term weights of now, a few articles at a time.

Every transaction leaves a store that is whole, so it can be interrupted at any time; how far it
came is noted in the store, and the next run goes on from there if the weights are still the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, func, select

from service.engine.transaction import WriteTransaction
from service.engine.writer import IndexWriter, NotReadyError
from service.store import StoreBusyError, bulk
from service.store.review.thresholds import ThresholdChange
from service.store.schema import META_RECLUSTER_PROGRESS, articles, idf_snapshots, meta

_Result = TypeVar("_Result")
ThresholdChooser = Callable[[Connection], ThresholdChange]
"""Says in the first transaction where the line is drawn, or why it can't be."""

ARTICLES_PER_TRANSACTION: Final = 200
"""Articles in one transaction: few enough not to keep other writers waiting."""


@dataclass(slots=True)
class ReclusterResult:
    """What a run has done.

    Attributes
    ----------
    articles : int
        Judged again.
    moved : int
        Articles that are in another event now.
    changes : Counter of str
        Merges and splits, by kind.
    """

    articles: int = 0
    moved: int = 0
    changes: Counter[str] = field(default_factory=Counter)


def recluster(
    writer: IndexWriter,
    progress: Callable[[int], None] = lambda _: None,
    choose_threshold: ThresholdChooser | None = None,
) -> ReclusterResult:
    """Take a new snapshot of the term weights, and judge the events of all articles by it.

    Parameters
    ----------
    writer : IndexWriter
    progress : callable
        Told the number of articles judged so far.
    choose_threshold : callable, optional
        Says what line is kept to from now on; without it the line stays where it is.

    Returns
    -------
    ReclusterResult
    """
    done = ReclusterResult()
    weights, start = _run_with_retry(writer, lambda turn: _begin(turn, choose_threshold))
    with writer.store.reading() as transaction:
        keys = select(articles.c.key).where(articles.c.key > start).order_by(articles.c.key)
        waiting = dict.fromkeys(transaction.scalars(keys))
    while waiting:
        _run_with_retry(writer, lambda turn: _recluster_batch(turn, waiting, weights, done))
        progress(done.articles)
    return done


def is_unfinished(connection: Connection) -> bool:
    """Whether a run was begun and has not come to its end."""
    return _load_progress(connection) is not None


def _begin(
    transaction: WriteTransaction, choose_threshold: ThresholdChooser | None
) -> tuple[int, int]:
    """The weights to go by, and the last article that was judged by them already."""
    resumed = _load_progress(transaction.connection)
    if resumed is not None and choose_threshold is None:
        return resumed
    transaction.reset_idf(choose_threshold and choose_threshold(transaction.connection))
    transaction.flush()
    weights = transaction.change_set.last_seq
    _save_progress(transaction.connection, weights, 0)
    return weights, 0


def _recluster_batch(
    transaction: WriteTransaction, pending: dict[int, None], idf_seq: int, result: ReclusterResult
) -> None:
    at_once = _take(pending, ARTICLES_PER_TRANSACTION)
    judged: set[int] = set()
    for key in at_once:
        if key not in judged and transaction.contains(key):
            judged |= transaction.recluster_around(key)
    transaction.flush()
    left = [key for key in pending if key not in judged and key > at_once[-1]]
    _save_progress(transaction.connection, idf_seq, at_once[-1] if left else None)
    _update_result(transaction, judged & pending.keys(), result)
    pending.clear()
    pending.update(dict.fromkeys(left))


def _update_result(
    transaction: WriteTransaction, reclustered: Iterable[int], result: ReclusterResult
) -> None:
    result.articles += len(set(reclustered))
    for entry in transaction.change_set.entries:
        result.moved += len(entry.proposal.reassigned)
        result.changes.update(change.kind for change in entry.proposal.changes)


def _take(pending: Iterable[int], count: int) -> list[int]:
    return [key for key, _ in zip(pending, range(count), strict=False)]


def _run_with_retry(writer: IndexWriter, work: Callable[[WriteTransaction], _Result]) -> _Result:
    while True:
        try:
            with writer.transaction() as turn:
                return work(turn)
        except NotReadyError:  # another process wrote, and the index must be loaded again
            writer.wait_ready()
        except StoreBusyError:  # another process is at it, and will have an end
            continue


def _load_progress(connection: Connection) -> tuple[int, int] | None:
    """Where an interrupted run stands; None if there is none, or the weights are others now."""
    note = connection.scalar(select(meta.c.value).where(meta.c.name == META_RECLUSTER_PROGRESS))
    if note is None:
        return None
    weights, key = map(int, note.split())
    newest = connection.scalar(select(func.max(idf_snapshots.c.seq)))
    return (weights, key) if weights == newest else None


def _save_progress(connection: Connection, idf_seq: int, key: int | None) -> None:
    connection.execute(delete(meta).where(meta.c.name == META_RECLUSTER_PROGRESS))
    if key is not None:
        bulk.insert(
            connection, meta, [{"name": META_RECLUSTER_PROGRESS, "value": f"{idf_seq} {key}"}]
        )

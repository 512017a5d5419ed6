"""Reclustering: all events are clustered again with current term weights, in many transactions.

Each transaction leaves a consistent store, so that a run can be interrupted at any time. Its
progress is stored, and the next run resumes it if the weights are still the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import Connection, func, select

from service.engine import vector_refinement
from service.engine.transaction import WriteTransaction
from service.engine.writer import IndexWriter, NotReadyError
from service.store import StoreBusyError, meta_values
from service.store.change_log.change_set import last_seq
from service.store.review.thresholds import ThresholdChange
from service.store.schema import (
    META_LAST_RECLUSTER,
    META_RECLUSTER_PROGRESS,
    articles,
    changes,
    idf_snapshots,
)

_Result = TypeVar("_Result")
ThresholdChooser = Callable[[Connection], ThresholdChange]
"""Returns the new event threshold, in the first transaction, or raises if it can't be changed."""

ARTICLES_PER_TRANSACTION: Final = 200
"""Articles in one transaction: few enough that other writers do not wait long."""

_ARTICLE_CHANGE_KINDS: Final = ("article.assigned", "article.updated", "article.removed")


@dataclass(slots=True)
class ReclusterResult:
    """The result of a run.

    Attributes
    ----------
    articles : int
        Articles that were clustered again.
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
    articles_per_transaction: int | None = None,
) -> ReclusterResult:
    """Take a new IDF snapshot, and cluster all events again with its term weights.

    Parameters
    ----------
    writer : IndexWriter
    progress : callable
        Called after each transaction with the number of articles reclustered so far.
    choose_threshold : callable, optional
        Returns the event threshold from now on; without it the threshold stays as it is.
    articles_per_transaction : int, optional
        Other writers wait for one transaction at most. By default `ARTICLES_PER_TRANSACTION`.

    Returns
    -------
    ReclusterResult
    """
    result = ReclusterResult()
    idf_seq, last_key = _run_with_retry(
        writer, lambda transaction: _begin(transaction, choose_threshold)
    )
    with writer.store.reading() as connection:
        keys = select(articles.c.key).where(articles.c.key > last_key).order_by(articles.c.key)
        pending = dict.fromkeys(connection.scalars(keys))
    while pending:
        batch = _take(pending, articles_per_transaction or ARTICLES_PER_TRANSACTION)
        work = partial(
            _recluster_batch, batch=batch, pending=pending, idf_seq=idf_seq, result=result
        )
        _run_with_retry(writer, work)
        progress(result.articles)
    _set_missing_vectors(writer)
    return result


def _set_missing_vectors(writer: IndexWriter) -> None:
    """Have the sentence vectors made that were missing, and cluster again with them."""
    if writer.encoder is not None:
        requested = _run_with_retry(writer, WriteTransaction.pop_vector_requests)
        vector_refinement.refine(writer, requested)


def read_position(connection: Connection) -> tuple[int, str | None]:
    """The last change in the log, and how far an unfinished run has come; None if there is none."""
    return last_seq(connection), meta_values.read(connection, META_RECLUSTER_PROGRESS)


def count_articles_since(connection: Connection) -> int:
    """The number of articles that came, changed or went since the last complete run began."""
    last_run = int(meta_values.read(connection, META_LAST_RECLUSTER) or 0)
    query = select(func.count()).where(
        changes.c.seq > last_run, changes.c.kind.in_(_ARTICLE_CHANGE_KINDS)
    )
    return connection.scalar(query) or 0


def is_unfinished(connection: Connection) -> bool:
    """Whether a run was begun and not finished."""
    return _load_progress(connection) is not None


def _begin(
    transaction: WriteTransaction, choose_threshold: ThresholdChooser | None
) -> tuple[int, int]:
    """The change with the IDF snapshot to use, and the last article reclustered with it."""
    resumed = _load_progress(transaction.connection)
    if resumed is not None and choose_threshold is None:
        return resumed
    transaction.reset_idf(choose_threshold and choose_threshold(transaction.connection))
    transaction.flush()
    idf_seq = transaction.change_set.last_seq
    _save_progress(transaction.connection, idf_seq, 0)
    return idf_seq, 0


def _recluster_batch(
    transaction: WriteTransaction,
    batch: list[int],
    pending: dict[int, None],
    idf_seq: int,
    result: ReclusterResult,
) -> None:
    """Recluster some articles; take them, and all reclustered with them, out of `pending`.

    A run that began later, with another threshold perhaps, does the rest of this one.
    """
    if _is_superseded(transaction.connection, idf_seq):
        pending.clear()
        return
    reclustered: set[int] = set()
    for key in batch:
        if key not in reclustered and transaction.contains(key):
            reclustered |= transaction.recluster_around(key)
    transaction.flush()
    remaining = [key for key in pending if key not in reclustered and key > batch[-1]]
    _save_progress(transaction.connection, idf_seq, batch[-1] if remaining else None)
    _update_result(transaction, reclustered & pending.keys(), result)
    pending.clear()
    pending.update(dict.fromkeys(remaining))


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
            with writer.transaction() as transaction:
                return work(transaction)
        except NotReadyError:  # another process wrote, and the index must be loaded again
            writer.wait_ready()
        except StoreBusyError:  # another process is writing
            continue


def _load_progress(connection: Connection) -> tuple[int, int] | None:
    """The progress of an interrupted run; None if there is none, or the weights have changed."""
    stored = meta_values.read(connection, META_RECLUSTER_PROGRESS)
    if stored is None:
        return None
    idf_seq, last_key = map(int, stored.split())
    newest = connection.scalar(select(func.max(idf_snapshots.c.seq)))
    return (idf_seq, last_key) if idf_seq == newest else None


def _save_progress(connection: Connection, idf_seq: int, last_key: int | None) -> None:
    """Save how far a run has come; None for `last_key` if it is complete."""
    if last_key is not None:
        meta_values.write(connection, META_RECLUSTER_PROGRESS, f"{idf_seq} {last_key}")
    else:
        meta_values.clear(connection, META_RECLUSTER_PROGRESS)
        meta_values.write(connection, META_LAST_RECLUSTER, str(idf_seq))


def _is_superseded(connection: Connection, idf_seq: int) -> bool:
    """Whether a run with newer term weights has begun, and ended perhaps."""
    names = META_RECLUSTER_PROGRESS, META_LAST_RECLUSTER
    stored = (meta_values.read(connection, name) for name in names)
    return any(value is not None and int(value.split()[0]) > idf_seq for value in stored)

"""Rebuild the index from the store: load all of it, or replay what other processes have logged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, select

from clustering.pipeline.index import ArticleIndex
from clustering.similarity.idf import IdfSnapshot
from clustering.types import Assignment, Change, Features, Proposal
from service.common import dates
from service.store import bulk
from service.store.change_log import retirement
from service.store.change_log.change_set import last_seq
from service.store.review import decisions as decision_table
from service.store.review import thresholds
from service.store.schema import (
    articles,
    assignments,
    changes,
    events,
    features,
    groups,
    idf_snapshots,
)

_HEAD_KINDS: Final = frozenset(
    {
        "article.assigned",
        "article.updated",
        "article.removed",
        "articles.retired",
        "article.recalled",
        "store.reclustered",
        "decision.made",
        "decision.undone",
    }
)
"""Kinds of the first row of a log entry."""
_ASSIGNING_KINDS: Final = frozenset({"article.assigned", "article.recalled"})
_POSITION_KINDS: Final = _ASSIGNING_KINDS | {"article.moved"}
"""Kinds of rows that say the group, event and canonical article of an article."""
CONSTRAINT_CHANGE_KINDS: Final = frozenset({"decision.made", "decision.undone", "article.removed"})
"""Kinds of changes after which the constraints may differ."""
_ROWS_PER_FETCH: Final = 1000
"""Articles that are in memory at once while the index is loaded."""

StoredArticle = tuple[int, Features, Assignment]


class StaleIndexError(RuntimeError):
    """The logged changes cannot be applied to the index; it has to be loaded again."""


def load_index(connection: Connection, index: ArticleIndex, should_stop: Callable[[], bool]) -> int:
    """Fill an empty index from the store.

    Parameters
    ----------
    connection : Connection
    index : ArticleIndex
    should_stop : callable
        Called for each article; True ends the loading early.

    Returns
    -------
    int
        Number of the last change that the index includes.

    Raises
    ------
    StaleIndexError
        If it was stopped.
    """
    snapshot = connection.scalar(_NEWEST_SNAPSHOT)
    if snapshot is not None:
        index.reset_idf(snapshot)
    index.set_event_threshold(thresholds.current_threshold(connection))
    is_live = assignments.c.arrived_seq >= retirement.read_boundary(connection)
    index.load(
        _iter_articles(connection, is_live, should_stop),
        _next_number(connection, groups.c.number),
        _next_number(connection, events.c.number),
        retirement.load_pinned_groups(connection),
        decision_table.load_active_decisions(connection),
    )
    return last_seq(connection)


def load_idf_snapshot(connection: Connection) -> IdfSnapshot:
    """Return the IDF snapshot in force."""
    snapshot = connection.scalar(_NEWEST_SNAPSHOT)
    return IdfSnapshot() if snapshot is None else IdfSnapshot.from_bytes(snapshot)


def load_articles(connection: Connection, keys: Iterable[int]) -> dict[int, StoredArticle]:
    """Return the features and assignments of articles, by key."""
    rows = bulk.select_in(connection, _ARTICLES_QUERY, articles.c.key, keys)
    return {row.key: _to_stored_article(row) for row in rows}


def catch_up(connection: Connection, index: ArticleIndex, since: int) -> None:
    """Apply to the index what other processes have logged after change `since`.

    Raises
    ------
    StaleIndexError
        If an article that they have added is gone again, so that it cannot be applied.
    """
    log = connection.execute(
        select(changes).where(changes.c.seq > since).order_by(changes.c.seq)
    ).all()
    snapshots = _load_snapshots_since(connection, since)
    new_thresholds = thresholds.thresholds_since(connection, since)
    added_keys = [row.key for row in log if row.kind in _ASSIGNING_KINDS]
    stored_articles = load_articles(connection, added_keys)
    for entry in _split_entries(log):
        _replay_entry(connection, index, entry, stored_articles)
        # Rows for renewed canonical articles may come after the change of the snapshot.
        snapshot = next((snapshots[row.seq] for row in entry if row.seq in snapshots), None)
        if snapshot is not None:
            is_reset = entry[0].kind == "store.reclustered"
            (index.reset_idf if is_reset else index.update_idf)(snapshot)
        threshold = next(
            (new_thresholds[row.seq] for row in entry if row.seq in new_thresholds), None
        )
        if threshold is not None:
            index.set_event_threshold(threshold)
    _replay_constraints(connection, index, log)
    for group, canonical in _canonical_by_group(log).items():
        index.retirement.ensure_canonical(group, canonical)
    unpin_groups(connection, index, _changed_groups(log))


def unpin_groups(
    connection: Connection, index: ArticleIndex, changed_groups: Collection[int] = ()
) -> None:
    """Unpin the canonical articles of groups that have no retired members any more.

    Call it once all changes are written: the index is then the same as a newly loaded one.

    Parameters
    ----------
    connection : Connection
    index : ArticleIndex
    changed_groups : collection of int
        Groups that other processes have changed.
    """
    find_with_retired = partial(retirement.groups_with_retired, connection)
    index.retirement.unpin_without_retired(find_with_retired, changed_groups)


_NEWEST_SNAPSHOT: Final = (
    select(idf_snapshots.c.snapshot).order_by(idf_snapshots.c.seq.desc()).limit(1)
)
_ARTICLES_QUERY: Final[Select[Any]] = (
    select(
        articles.c.key,
        articles.c.published,
        articles.c.published_at,
        articles.c.source,
        features.c.language,
        features.c.words,
        features.c.wire_agency,
        features.c.fingerprint,
        features.c.terms,
        assignments.c.group_number,
        assignments.c.event_number,
        assignments.c.duplicate_of,
        assignments.c.outcome,
    )
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .join(features, features.c.key == assignments.c.key)
    .order_by(assignments.c.arrived_seq)
)


def _iter_articles(
    connection: Connection, condition: ColumnElement[bool], should_stop: Callable[[], bool]
) -> Iterator[StoredArticle]:
    query = _ARTICLES_QUERY.where(condition).execution_options(yield_per=_ROWS_PER_FETCH)
    with connection.execute(query) as rows:
        for row in rows:
            if should_stop():
                raise StaleIndexError("stopped")
            yield _to_stored_article(row)


def _load_snapshots_since(connection: Connection, seq: int) -> dict[int, bytes]:
    """Return the packed IDF snapshots after a change, by the last change before each."""
    query = select(idf_snapshots).where(idf_snapshots.c.seq > seq)
    return {row.seq: row.snapshot for row in connection.execute(query)}


def _replay_entry(
    connection: Connection,
    index: ArticleIndex,
    entry: Sequence[Row[Any]],
    stored_articles: Mapping[int, StoredArticle],
) -> None:
    """Apply the rows of one log entry to the index."""
    head = entry[0]
    proposal = _to_proposal(entry)
    if head.kind == "articles.retired":
        # Articles that have been removed or replaced since follow further down in the log.
        retiring = retirement.find_retiring(connection, head.source, head.target)
        index.retirement.retire(key for key in retiring if key in index)
    elif proposal.assignment is None:
        index.apply_committed(proposal, head.key)
    elif head.key not in stored_articles:
        raise StaleIndexError
    elif head.kind == "article.recalled":
        index.retirement.reactivate(head.key, stored_articles[head.key][1], proposal.assignment)
    else:
        index.apply_committed(proposal, head.key, stored_articles[head.key][1])


def _replay_constraints(
    connection: Connection, index: ArticleIndex, log: Iterable[Row[Any]]
) -> None:
    """Set the constraints again if some changes may have altered them."""
    constrained = index.active_decisions.constrained_articles
    if any(row.kind in CONSTRAINT_CHANGE_KINDS or row.key in constrained for row in log):
        index.active_decisions.replace(decision_table.load_active_decisions(connection))


def _changed_groups(log: Iterable[Row[Any]]) -> set[int]:
    """Return all groups that appear in rows of the log."""
    merge_rows = (row for row in log if row.kind.startswith("group."))
    article_groups = {row.group_number for row in log}
    merged_groups = {number for row in merge_rows for number in (row.source, row.target)}
    return (article_groups | merged_groups) - {None}


def _canonical_by_group(log: Iterable[Row[Any]]) -> dict[int, int]:
    """Return the canonical articles of groups, by the last row about each."""
    position_rows = (row for row in log if row.kind in _POSITION_KINDS)
    return {row.group_number: row.duplicate_of or row.key for row in position_rows}


def _to_stored_article(row: Row[Any]) -> StoredArticle:
    article_features = Features(
        language=row.language,
        fingerprint=row.fingerprint,
        terms=row.terms,
        published=row.published,
        source=row.source,
        words=row.words,
        wire_agency=row.wire_agency,
        date_only=dates.is_date_only(row.published_at, row.published),
    )
    return row.key, article_features, _to_assignment(row, row.outcome)


def _to_assignment(row: Row[Any], outcome: Any = "new") -> Assignment:
    return Assignment(row.key, row.group_number, row.event_number, row.duplicate_of, outcome)


def _next_number(connection: Connection, column: Column[int]) -> int:
    return (connection.scalar(select(func.max(column))) or 0) + 1


def _split_entries(log: Sequence[Row[Any]]) -> Iterator[list[Row[Any]]]:
    starts = [position for position, row in enumerate(log) if row.kind in _HEAD_KINDS]
    for start, end in zip(starts, [*starts[1:], len(log)], strict=True):
        yield list(log[start:end])


def _to_proposal(entry: Sequence[Row[Any]]) -> Proposal:
    head = entry[0]
    return Proposal(
        assignment=_to_assignment(head) if head.kind in _ASSIGNING_KINDS else None,
        reassigned=tuple(_to_assignment(row) for row in entry if row.kind == "article.moved"),
        changes=tuple(
            Change(row.kind, row.source, row.target, row.reason)
            for row in entry[1:]
            if not row.kind.startswith("article.")
        ),
    )

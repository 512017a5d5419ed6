"""From the store back to the index: all of it, or what others have added."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, bindparam, func, select

from clustering.pipeline.index import ArticleIndex
from clustering.similarity.idf import IdfSnapshot
from clustering.types import Assignment, Change, Features, Proposal
from service.common import dates
from service.store import bulk
from service.store.log import retirement
from service.store.log.change_set import last_seq
from service.store.review import decisions as decision_table
from service.store.review import thresholds
from service.store.schema import articles, assignments, changes, events, features, groups, snapshots

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
_ASSIGNING_KINDS: Final = frozenset({"article.assigned", "article.recalled"})
_POSITION_KINDS: Final = _ASSIGNING_KINDS | {"article.moved"}
CONSTRAINT_CHANGE_KINDS: Final = frozenset({"decision.made", "decision.undone", "article.removed"})
"""Changes after which people's decisions may say something else."""
_ROWS_PER_FETCH: Final = 1000

StoredArticle = tuple[int, Features, Assignment]


class StaleIndexError(RuntimeError):
    """The index can't be brought forward step by step; it has to be loaded again."""


def load_index(connection: Connection, index: ArticleIndex, should_stop: Callable[[], bool]) -> int:
    """Fill an empty index from the store.

    Parameters
    ----------
    connection : Connection
    index : ArticleIndex
    should_stop : callable
        Asked now and then; True ends the loading early.

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
    live = assignments.c.arrived >= retirement.read_boundary(connection)
    index.load(
        _iter_articles(connection, live, should_stop),
        _next_number(connection, groups.c.number),
        _next_number(connection, events.c.number),
        retirement.load_pinned_groups(connection),
        decision_table.load_active_decisions(connection),
    )
    return last_seq(connection)


def load_idf_snapshot(connection: Connection) -> IdfSnapshot:
    """Return the term weights in force."""
    snapshot = connection.scalar(_NEWEST_SNAPSHOT)
    return IdfSnapshot() if snapshot is None else IdfSnapshot.from_bytes(snapshot)


def load_articles(connection: Connection, keys: Iterable[int]) -> dict[int, StoredArticle]:
    """Return the features and assignments of some articles, by key."""
    query = _ARTICLES_QUERY.where(articles.c.key.in_(bindparam("keys", expanding=True)))
    return {
        row.key: _to_stored_article(row)
        for some in bulk.chunked(keys)
        for row in connection.execute(query, {"keys": some})
    }


def catch_up(connection: Connection, index: ArticleIndex, since: int) -> None:
    """Apply to the index what other processes have logged after change `since`.

    Raises
    ------
    StaleIndexError
        If an article of theirs is no longer there to be applied.
    """
    log = connection.execute(
        select(changes).where(changes.c.seq > since).order_by(changes.c.seq)
    ).all()
    taken = connection.execute(select(snapshots).where(snapshots.c.seq > since)).all()
    after = {row.seq: row.snapshot for row in taken}
    drawn = thresholds.thresholds_since(connection, since)
    heads = [row.key for row in log if row.kind in _ASSIGNING_KINDS]
    known = load_articles(connection, heads)
    for entry in _split_entries(log):
        head = entry[0]
        judgement = _to_proposal(entry)
        if head.kind == "articles.retired":
            # Whoever has left or come again since is dealt with further down the log.
            gone = retirement.find_retiring(connection, head.source, head.target)
            index.retire(key for key in gone if key in index)
        elif head.key is None:
            index.commit_moves(judgement)
        elif judgement.assignment is None:
            index.commit(head.key, None, judgement)
        elif head.key not in known:
            raise StaleIndexError
        elif head.kind == "article.recalled":
            index.reactivate(head.key, known[head.key][1], judgement.assignment)
        else:
            index.commit(head.key, known[head.key][1], judgement)
        # Canonical articles that were renewed may stand behind the change it was taken after.
        snapshot = next((after[row.seq] for row in entry if row.seq in after), None)
        if snapshot is not None:
            weigh = index.reset_idf if head.kind == "store.reclustered" else index.update_idf
            weigh(snapshot)
        line = next((drawn[row.seq] for row in entry if row.seq in drawn), None)
        if line is not None:
            index.set_event_threshold(line)
    if any(
        row.kind in CONSTRAINT_CHANGE_KINDS or row.key in index.constrained_articles for row in log
    ):
        index.set_constraints(decision_table.load_active_decisions(connection))
    for group, canonical in _canonical_by_group(log).items():
        if index.canonical_of(group) != canonical:
            index.pin_canonical(group, canonical)
    unpin_groups(connection, index, _changed_groups(log))


def unpin_groups(
    connection: Connection, index: ArticleIndex, changed_groups: Collection[int] = ()
) -> None:
    """Let the rule say again who stands for groups of which no member is retired any more.

    Once all is written: so the index is the one that would be loaded.

    Parameters
    ----------
    connection : Connection
    index : ArticleIndex
    changed_groups : collection of int
        Groups that others have changed.
    """
    touched = index.pop_changed_pins(changed_groups)
    if touched:
        index.unpin(touched - retirement.groups_with_retired(connection, touched))


_NEWEST_SNAPSHOT: Final = select(snapshots.c.snapshot).order_by(snapshots.c.seq.desc()).limit(1)
_ARTICLES_QUERY: Final[Select[Any]] = (
    select(
        articles.c.key,
        articles.c.published,
        articles.c.published_at,
        articles.c.source,
        features.c.language,
        features.c.words,
        features.c.origin,
        features.c.fingerprint,
        features.c.terms,
        assignments.c.group_number,
        assignments.c.event_number,
        assignments.c.duplicate_of,
        assignments.c.outcome,
    )
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .join(features, features.c.key == assignments.c.key)
    .order_by(assignments.c.arrived)
)


def _iter_articles(
    connection: Connection, condition: ColumnElement[bool], should_stop: Callable[[], bool]
) -> Iterator[StoredArticle]:
    query = _ARTICLES_QUERY.where(condition).execution_options(yield_per=_ROWS_PER_FETCH)
    with connection.execute(query) as found:
        for row in found:
            if should_stop():
                raise StaleIndexError("stopped")
            yield _to_stored_article(row)


def _changed_groups(log: Iterable[Row[Any]]) -> set[int]:
    """All groups that some changes are about."""
    merged = (row for row in log if row.kind.startswith("group."))
    named = {row.group_number for row in log}
    return (named | {number for row in merged for number in (row.source, row.target)}) - {None}


def _canonical_by_group(log: Iterable[Row[Any]]) -> dict[int, int]:
    """Who stands for groups, by the last change that says so."""
    settled = (row for row in log if row.kind in _POSITION_KINDS)
    return {row.group_number: row.duplicate_of or row.key for row in settled}


def _to_stored_article(row: Row[Any]) -> StoredArticle:
    found = Features(
        language=row.language,
        fingerprint=row.fingerprint,
        terms=row.terms,
        published=row.published,
        source=row.source,
        words=row.words,
        origin=row.origin,
        date_only=dates.is_date_only(row.published_at, row.published),
    )
    return row.key, found, _to_assignment(row, row.outcome)


def _to_assignment(row: Row[Any], outcome: Any = "new") -> Assignment:
    return Assignment(row.key, row.group_number, row.event_number, row.duplicate_of, outcome)


def _next_number(connection: Connection, column: Column[int]) -> int:
    return (connection.scalar(select(func.max(column))) or 0) + 1


def _split_entries(log: Sequence[Row[Any]]) -> Iterator[list[Row[Any]]]:
    starts = [at for at, row in enumerate(log) if row.kind in _HEAD_KINDS]
    for start, end in zip(starts, [*starts[1:], len(log)], strict=True):
        yield list(log[start:end])


def _to_proposal(entry: list[Row[Any]]) -> Proposal:
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

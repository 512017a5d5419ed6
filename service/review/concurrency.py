"""Optimistic concurrency: refuse decisions about events that have changed since they were seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from service import queries
from service.common.errors import StateConflictError
from service.queries import ChangeView
from service.review.assigned_articles import AssignedArticle
from service.review.resolve import AlreadyMergedError
from service.store import bulk
from service.store.review import decisions as decision_table
from service.store.schema import changes

MAX_CHANGES_REPORTED: Final = 100
"""Most changes that a refusal lists, which bounds the size of the answer."""

_DECISION_KINDS: Final = ("decision.made", "decision.undone")


class StaleDecisionError(StateConflictError):
    """What a decision is about has changed since the editor has seen it.

    Attributes
    ----------
    changes : tuple of ChangeView
        The changes that the editor has not seen, the oldest first.
    """

    def __init__(self, message: str, *missed: ChangeView) -> None:
        super().__init__(message)
        self.changes = missed


def check_seen(
    connection: Connection,
    seen: int | None,
    events: Collection[int],
    articles: Iterable[AssignedArticle],
) -> None:
    """Refuse a decision about events or articles that have changed since.

    Parameters
    ----------
    connection : Connection
    seen : int or None
        The newest change that the editor has seen; None skips the check.
    events : collection of int
        The events that the decision is about.
    articles : iterable of AssignedArticle
        The articles of these events.

    Raises
    ------
    StaleDecisionError
    """
    if seen is None:
        return
    keys = {article.key for article in articles}
    missed_changes = (
        *find_changes(connection, seen, events, MAX_CHANGES_REPORTED),
        *_find_decisions(connection, seen, {*events}, keys),
    )
    missed = {change.seq: change for change in missed_changes}
    if missed:
        reported = [missed[seq] for seq in sorted(missed)][:MAX_CHANGES_REPORTED]
        raise StaleDecisionError(
            "the events or articles have changed since you last saw them", *reported
        )


def stale_by_merge(connection: Connection, error: AlreadyMergedError) -> StaleDecisionError:
    """Return the error for an event or group that has merged, with the change that merged it."""
    query = (
        select(changes)
        .where(changes.c.kind == f"{error.kind}.merged", changes.c.source == error.number)
        .order_by(changes.c.seq.desc())
        .limit(1)
    )
    return StaleDecisionError(str(error), *map(queries.to_change_view, connection.execute(query)))


def find_changes(
    connection: Connection, since: int, events: Iterable[int], limit: int
) -> list[ChangeView]:
    """Return the first changes in given events after change `since`.

    Parameters
    ----------
    connection : Connection
    since : int
    events : iterable of int
    limit : int
        Most changes to return.
    """

    def is_in_events(chunk: Sequence[int]) -> ColumnElement[bool]:
        has_end = or_(changes.c.source.in_(chunk), changes.c.target.in_(chunk))
        # Only these kinds have events as source and target.
        has_event_ends = or_(*(changes.c.kind.startswith(kind) for kind in ("article.", "event.")))
        return or_(changes.c.event_number.in_(chunk), and_(has_event_ends, has_end))

    change_of = {
        change.seq: change
        for change in _query_changes(connection, since, is_in_events, events, limit)
    }
    return [change_of[seq] for seq in sorted(change_of)[:limit]]


def _find_decisions(
    connection: Connection, since: int, event_numbers: set[int], article_keys: set[int]
) -> Iterator[ChangeView]:
    """Yield the changes by which decisions about events or articles were made or undone.

    The log does not say what decisions are about, so the table of decisions is searched. Decisions
    that moved nothing are found as well.
    """
    numbers = decision_table.find_decisions_about(connection, since, event_numbers, article_keys)

    def is_decision(chunk: Sequence[int]) -> ColumnElement[bool]:
        return and_(changes.c.kind.in_(_DECISION_KINDS), changes.c.source.in_(chunk))

    return _query_changes(connection, since, is_decision, numbers, MAX_CHANGES_REPORTED)


def _query_changes(
    connection: Connection,
    since: int,
    condition: Callable[[Sequence[int]], ColumnElement[bool]],
    numbers: Iterable[int],
    limit: int,
) -> Iterator[ChangeView]:
    query = select(changes).where(changes.c.seq > since).order_by(changes.c.seq).limit(limit)
    for chunk in bulk.chunked({*numbers}):
        yield from map(queries.to_change_view, connection.execute(query.where(condition(chunk))))

"""What has changed about something since whoever decides about it has looked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Connection, and_, bindparam, or_, select

from service import queries
from service.common.errors import StateConflictError
from service.queries import ChangeView
from service.review.resolve import AlreadyMergedError, AssignedArticle
from service.store import bulk
from service.store.review import decisions as decision_table
from service.store.schema import changes

MAX_CHANGES_REPORTED: Final = 100
"""Changes that are told at most to whoever did not see them."""

_DECISION_KINDS: Final = ("decision.made", "decision.undone")


class StaleDecisionError(StateConflictError):
    """What a decision is about has changed since whoever decides has looked."""

    def __init__(self, message: str, *missed: ChangeView) -> None:
        super().__init__(message)
        self.changes = missed


def check_seen(
    connection: Connection,
    seen: int | None,
    events: Collection[int],
    articles: Iterable[AssignedArticle],
) -> None:
    """Refuse a decision about what has changed since.

    Parameters
    ----------
    connection : Connection
    seen : int or None
        The newest change that whoever decides has seen; None if nothing is said of that.
    events : collection of int
        Those that the decision is about.
    articles : iterable of Placed
        The articles that are in them.

    Raises
    ------
    StaleDecisionError
    """
    if seen is None:
        return
    about = {it.key for it in articles}
    missed = {it.seq: it for it in find_changes(connection, seen, events, MAX_CHANGES_REPORTED)}
    missed |= {it.seq: it for it in _find_decisions(connection, seen, {*events}, about)}
    if missed:
        told = [missed[seq] for seq in sorted(missed)][:MAX_CHANGES_REPORTED]
        raise StaleDecisionError("what you decide about has changed since you looked", *told)


def stale_by_merge(connection: Connection, error: AlreadyMergedError) -> StaleDecisionError:
    """Tell of something that it has merged, and when."""
    log = (
        select(changes)
        .where(changes.c.kind == f"{error.kind}.merged", changes.c.source == error.number)
        .order_by(changes.c.seq.desc())
        .limit(1)
    )
    return StaleDecisionError(str(error), *map(queries.to_change_view, connection.execute(log)))


def find_changes(
    connection: Connection, since: int, events: Iterable[int], limit: int
) -> list[ChangeView]:
    """What has happened in some events after a change, the first of it."""
    some: BindParameter[int] = bindparam("events", expanding=True)
    ends = or_(changes.c.source.in_(some), changes.c.target.in_(some))
    moved = and_(or_(*(changes.c.kind.startswith(it) for it in ("article.", "event."))), ends)
    where = or_(changes.c.event_number.in_(some), moved)
    found = {it.seq: it for it in _query_changes(connection, since, where, "events", events, limit)}
    return [found[seq] for seq in sorted(found)[:limit]]


def _find_decisions(
    connection: Connection, since: int, event_numbers: set[int], article_keys: set[int]
) -> Iterator[ChangeView]:
    """Decisions about some events or articles, made or taken back, whether or not they moved any.

    The log does not say what they are about, but the docket does.
    """
    numbers = decision_table.find_decisions_about(connection, since, event_numbers, article_keys)
    where = and_(
        changes.c.kind.in_(_DECISION_KINDS),
        changes.c.source.in_(bindparam("numbers", expanding=True)),
    )
    return _query_changes(connection, since, where, "numbers", numbers, MAX_CHANGES_REPORTED)


def _query_changes(
    connection: Connection,
    since: int,
    condition: ColumnElement[bool],
    parameter: str,
    numbers: Iterable[int],
    limit: int,
) -> Iterator[ChangeView]:
    log = (
        select(changes).where(changes.c.seq > since, condition).order_by(changes.c.seq).limit(limit)
    )
    for some in bulk.chunked({*numbers}):
        yield from map(queries.to_change_view, connection.execute(log, {parameter: some}))

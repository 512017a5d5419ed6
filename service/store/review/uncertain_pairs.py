"""Uncertain pairs: two articles each about which a person should be asked.

They are stored with the assignment, in its transaction. Whether a pair is still open depends on
where its articles are by then, and on editors' decisions; that is checked when the review queue is
read. The table keeps the pairs of the highest priority only, so that reading the queue takes no
longer in a large store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    Connection,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from clustering.events.uncertainty import PRIORITY_HALF_LIFE_DAYS, review_priority
from clustering.types import SECONDS_PER_DAY, UncertainPair
from service.store import bulk
from service.store.schema import articles, assignments, events, skipped_pairs, uncertain_pairs

MAX_PAIRS: Final = 1000
"""Pairs that are kept; those of the lowest priority are deleted first."""

_NEIGHBOURS_SEARCHED: Final = 1000
"""Articles that arrived before an undated one among which the last one with a date is found."""
_IS_PAIR: Final = and_(
    uncertain_pairs.c.first == bindparam("a"), uncertain_pairs.c.second == bindparam("b")
)
_IS_SKIP: Final = and_(
    skipped_pairs.c.first == uncertain_pairs.c.first,
    skipped_pairs.c.second == uncertain_pairs.c.second,
)


def save_pairs(
    connection: Connection,
    new_pairs: Iterable[UncertainPair],
    updated_keys: Collection[int],
    event_threshold: float,
) -> None:
    """Store uncertain pairs.

    Parameters
    ----------
    connection : Connection
    new_pairs : iterable of UncertainPair
        If a pair occurs more than once, the last one is stored.
    updated_keys : collection of int
        Articles with a new version: pairs with the version before are deleted.
    event_threshold : float
    """
    columns = uncertain_pairs.c
    for key in updated_keys:
        connection.execute(
            delete(uncertain_pairs).where(or_(columns.first == key, columns.second == key))
        )
    pairs = {pair.articles: pair for pair in new_pairs}
    if not pairs:
        return
    article_of = _fetch_articles(connection, {key for keys in pairs for key in keys})
    stored = _find_stored_pairs(connection, {first for first, _ in pairs})
    rows = {
        keys: _pair_row(
            connection, pair, (article_of[keys[0]], article_of[keys[1]]), event_threshold
        )
        for keys, pair in pairs.items()
        if all(key in article_of for key in keys)
    }
    bulk.insert(
        connection, uncertain_pairs, [row for keys, row in rows.items() if keys not in stored]
    )
    for first, second in stored & rows.keys():  # updated in place, which keeps its skips
        connection.execute(
            update(uncertain_pairs).where(_IS_PAIR).values(rows[first, second]),
            {"a": first, "b": second},
        )
    _prune(connection)


def list_open_pairs(connection: Connection, actor: str) -> list[Row[Any]]:
    """Return all pairs that an editor has not skipped, with where their articles are now."""
    skipped = and_(_IS_SKIP, skipped_pairs.c.actor == actor)
    query = _PAIRS_QUERY.outerjoin(skipped_pairs, skipped).where(skipped_pairs.c.actor.is_(None))
    return list(connection.execute(query))


def list_skipped_pairs(connection: Connection, actor: str) -> list[Row[Any]]:
    """Return the pairs that an editor has skipped or flagged."""
    query = _PAIRS_QUERY.join(skipped_pairs, _IS_SKIP).where(skipped_pairs.c.actor == actor)
    return list(connection.execute(query))


def list_flagged_pairs(connection: Connection) -> list[Row[Any]]:
    """Return the pairs that editors flagged, each with its `actor`, the newest flag first."""
    columns = skipped_pairs.c
    query = _PAIRS_QUERY.join(skipped_pairs, _IS_SKIP).where(columns.flagged == 1)
    return list(connection.execute(query.add_columns(columns.actor).order_by(columns.at.desc())))


def refresh_times(connection: Connection) -> None:
    """Compute the time of pairs with undated articles again, and their priority by it."""
    pairs = connection.execute(select(uncertain_pairs)).all()
    article_of = _fetch_articles(connection, {key for pair in pairs for key in pair[:2]})
    for pair in pairs:
        sides = [article_of[key] for key in pair[:2] if key in article_of]
        if len(sides) < 2 or all(side.published is not None for side in sides):
            continue
        published = _time_of_pair(connection, sides)
        row = {"published": published, "priority": pair.priority + _age(published - pair.published)}
        connection.execute(
            update(uncertain_pairs).where(_IS_PAIR).values(row),
            {"a": pair.first, "b": pair.second},
        )


def skip_pair(
    connection: Connection,
    pair: tuple[int, int],
    actor: str,
    now: float,
    *,
    flagged: bool = False,
) -> bool:
    """Hide a pair from an editor's review queue.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    pair : tuple of (int, int)
        Keys of the articles, the smaller first.
    actor : str
    now : float
        POSIX seconds.
    flagged : bool
        Whether all editors see it in the list of flagged pairs.

    Returns
    -------
    bool
        False if it is not an uncertain pair.
    """
    first, second = pair
    query = select(uncertain_pairs.c.first).where(_IS_PAIR)
    if connection.execute(query, {"a": first, "b": second}).first() is None:
        return False
    undo_skip(connection, pair, actor)
    row = {"first": first, "second": second, "actor": actor, "at": now, "flagged": int(flagged)}
    bulk.insert(connection, skipped_pairs, [row])
    return True


def undo_skip(connection: Connection, pair: tuple[int, int], actor: str) -> None:
    """Show a skipped pair to an editor again."""
    columns = skipped_pairs.c
    is_skip = columns.first == pair[0], columns.second == pair[1], columns.actor == actor
    connection.execute(delete(skipped_pairs).where(*is_skip))


def find_last_skip(connection: Connection, actor: str) -> Row[Any] | None:
    """Return the row of the pair that an editor skipped last; None if there is none."""
    columns = skipped_pairs.c
    query = select(skipped_pairs).where(columns.actor == actor).order_by(columns.at.desc())
    return connection.execute(query.limit(1)).first()


def _pair_row(
    connection: Connection,
    pair: UncertainPair,
    sides: tuple[Row[Any], Row[Any]],
    event_threshold: float,
) -> bulk.RowValues:
    first, second = sides
    published = _time_of_pair(connection, (first, second))
    priority = review_priority(
        pair.kind,
        pair.probability,
        event_threshold,
        same_event=first.event_number == second.event_number,
        n_reassigned=max(pair.n_moved, 1),
        published=published,
    )
    first_key, second_key = pair.articles
    return {
        "first": first_key,
        "second": second_key,
        "probability": pair.probability,
        "published": published,
        "priority": priority,
        "kind": pair.kind,
        "n_moved": pair.n_moved,
        "cause": pair.cause,
    }


def _time_of_pair(connection: Connection, pair: Sequence[Row[Any]]) -> float:
    """When the younger article with a date was published.

    A date of publication in the future counts as the time of receipt. If neither has a date, the
    pair is as old as the article with a date that arrived before it: an archive is not of today.
    """
    dated: list[float] = [
        min(article.published, article.received_at) for article in pair if article.published
    ]
    if dated:
        return max(dated)
    columns, newest = articles.c, max(article.key for article in pair)
    query = (
        select(columns.published)
        .where(columns.key.between(newest - _NEIGHBOURS_SEARCHED, newest))
        .where(columns.published.is_not(None))
        .order_by(columns.key.desc())
        .limit(1)
    )
    received: float = max(article.received_at for article in pair)
    neighbour = connection.scalar(query)
    return received if neighbour is None else min(neighbour, received)


def _age(seconds: float) -> float:
    return seconds / (PRIORITY_HALF_LIFE_DAYS * SECONDS_PER_DAY)


def _find_stored_pairs(connection: Connection, first_keys: Iterable[int]) -> set[tuple[int, int]]:
    columns = uncertain_pairs.c
    query = select(columns.first, columns.second)
    rows = bulk.select_in(connection, query, columns.first, first_keys)
    return {(row.first, row.second) for row in rows}


def _fetch_articles(connection: Connection, keys: Iterable[int]) -> dict[int, Row[Any]]:
    """Return the times and events of articles, by key."""
    query: Select[Any] = select(
        articles.c.key,
        articles.c.published,
        articles.c.received_at,
        assignments.c.event_number,
    ).join(assignments, assignments.c.key == articles.c.key)
    return {row.key: row for row in bulk.select_in(connection, query, articles.c.key, keys)}


def _prune(connection: Connection) -> None:
    priority = uncertain_pairs.c.priority
    query = select(priority).order_by(priority.desc()).offset(MAX_PAIRS).limit(1)
    first_excess = connection.scalar(query)
    if first_excess is not None:
        connection.execute(delete(uncertain_pairs).where(priority <= first_excess))


def _group_size(assignment: FromClause) -> ScalarSelect[int]:
    """Count the articles in the group of an assignment."""
    is_member = assignments.c.group_number == assignment.c.group_number
    return select(func.count()).where(is_member).correlate(assignment).scalar_subquery()


_first_assignment = assignments.alias("first_assignment")
_second_assignment = assignments.alias("second_assignment")
_first_event, _second_event = events.alias("first_event"), events.alias("second_event")
_PAIRS_QUERY: Final[Select[Any]] = (
    select(
        uncertain_pairs.c.first,
        uncertain_pairs.c.second,
        uncertain_pairs.c.probability,
        uncertain_pairs.c.published,
        uncertain_pairs.c.kind,
        uncertain_pairs.c.n_moved,
        uncertain_pairs.c.cause,
        _first_assignment.c.group_number.label("first_group"),
        _second_assignment.c.group_number.label("second_group"),
        _first_assignment.c.event_number.label("first_event"),
        _second_assignment.c.event_number.label("second_event"),
        _first_event.c.size.label("first_event_size"),
        _second_event.c.size.label("second_event_size"),
        _group_size(_first_assignment).label("first_group_size"),
        _group_size(_second_assignment).label("second_group_size"),
    )
    .select_from(uncertain_pairs)
    .join(_first_assignment, _first_assignment.c.key == uncertain_pairs.c.first)
    .join(_second_assignment, _second_assignment.c.key == uncertain_pairs.c.second)
    .join(_first_event, _first_event.c.number == _first_assignment.c.event_number)
    .join(_second_event, _second_event.c.number == _second_assignment.c.event_number)
    .where(_first_assignment.c.group_number != _second_assignment.c.group_number)
)
"""Pairs of articles in different duplicate groups, with their groups and events."""

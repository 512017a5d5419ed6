"""Doubts: pairs of articles about which the judgement was not sure, to be asked of people.

They come with the assignment, in its transaction. Whether a pair is still to be asked depends on
where the two are by then, and on what people decided; that is found out when somebody looks. The
table holds the most useful ones, so that this takes no longer in a large store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
)
from sqlalchemy import update as sql_update

from clustering.events.uncertainty import review_priority
from clustering.types import UncertainPair
from service.store import bulk
from service.store.schema import articles, assignments, doubts, events, skips

MAX_PAIRS: Final = 1000
"""Doubts that are kept; those that are worth least to ask about go first."""


_IS_PAIR: Final = and_(doubts.c.first == bindparam("a"), doubts.c.second == bindparam("b"))


def save_pairs(
    connection: Connection,
    uncertain_pairs: Iterable[UncertainPair],
    updated_keys: Collection[int],
    event_threshold: float,
) -> None:
    """Write down what was doubted.

    Parameters
    ----------
    connection : Connection
    uncertain_pairs : iterable of UncertainPair
        The last one about a pair holds.
    updated_keys : collection of int
        Articles with a new version: what was doubted of the old one is nothing to ask about.
    event_threshold : float
        The line.
    """
    for key in updated_keys:
        connection.execute(delete(doubts).where(or_(doubts.c.first == key, doubts.c.second == key)))
    pairs = {one.articles: one for one in uncertain_pairs}
    if not pairs:
        return
    there = _fetch_articles(connection, {key for pair in pairs for key in pair})
    known = _find_stored_pairs(connection, {first for first, _ in pairs})
    ranked = {
        pair: _pair_row(one, there[pair[0]], there[pair[1]], event_threshold)
        for pair, one in pairs.items()
        if all(key in there for key in pair)
    }
    bulk.insert(connection, doubts, [row for pair, row in ranked.items() if pair not in known])
    for pair in known & ranked.keys():  # its skips stay
        a, b = pair
        connection.execute(
            sql_update(doubts).where(_IS_PAIR).values(ranked[pair]), {"a": a, "b": b}
        )
    _prune(connection)


def list_open_pairs(connection: Connection, actor: str) -> list[Row[Any]]:
    """All that is kept and nobody of this name has skipped, with where the two are now."""
    skipped = and_(
        skips.c.first == doubts.c.first, skips.c.second == doubts.c.second, skips.c.actor == actor
    )
    query = _PAIRS_QUERY.outerjoin(skips, skipped).where(skips.c.actor.is_(None))
    return list(connection.execute(query))


def skip_pair(connection: Connection, pair: tuple[int, int], actor: str, now: float) -> bool:
    """Let somebody not be asked about a pair again; return whether it is a doubt at all."""
    a, b = pair
    if connection.execute(select(doubts.c.first).where(_IS_PAIR), {"a": a, "b": b}).first() is None:
        return False
    undo_skip(connection, pair, actor)
    bulk.insert(connection, skips, [{"first": a, "second": b, "actor": actor, "at": now}])
    return True


def undo_skip(connection: Connection, pair: tuple[int, int], actor: str) -> None:
    """Ask somebody again who has skipped a pair."""
    mine = (skips.c.first == pair[0], skips.c.second == pair[1], skips.c.actor == actor)
    connection.execute(delete(skips).where(*mine))


def find_last_skip(connection: Connection, actor: str) -> Row[Any] | None:
    """What somebody skipped last."""
    query = select(skips).where(skips.c.actor == actor).order_by(skips.c.at.desc()).limit(1)
    return connection.execute(query).first()


def _pair_row(
    pair: UncertainPair, first: Row[Any], second: Row[Any], event_threshold: float
) -> bulk.RowValues:
    # What comes from the future came now.
    seen = (min(it.published or it.received_at, it.received_at) for it in (first, second))
    published, together = max(seen), first.event_number == second.event_number
    rank = review_priority(
        pair.probability, event_threshold, same_event=together, n_reassigned=1, published=published
    )
    a, b = pair.articles
    numbers = {"probability": pair.probability, "published": published, "rank": rank}
    return {"first": a, "second": b, **numbers}


def _find_stored_pairs(connection: Connection, first_keys: Iterable[int]) -> set[tuple[int, int]]:
    query = select(doubts.c.first, doubts.c.second).where(
        doubts.c.first.in_(bindparam("keys", expanding=True))
    )
    return {
        (row.first, row.second)
        for some in bulk.chunked(first_keys)
        for row in connection.execute(query, {"keys": some})
    }


def _fetch_articles(connection: Connection, keys: Iterable[int]) -> dict[int, Row[Any]]:
    """Articles with their times and events."""
    query: Select[Any] = (
        select(
            articles.c.key,
            articles.c.published,
            articles.c.received_at,
            assignments.c.event_number,
        )
        .join(assignments, assignments.c.key == articles.c.key)
        .where(articles.c.key.in_(bindparam("keys", expanding=True)))
    )
    return {
        row.key: row
        for some in bulk.chunked(keys)
        for row in connection.execute(query, {"keys": some})
    }


def _prune(connection: Connection) -> None:
    query = select(doubts.c.rank).order_by(doubts.c.rank.desc()).offset(MAX_PAIRS).limit(1)
    beyond = connection.scalar(query)
    if beyond is not None:
        connection.execute(delete(doubts).where(doubts.c.rank <= beyond))


def _group_size(assignment: FromClause) -> ScalarSelect[int]:
    """How many articles are in the group of a place."""
    same = assignments.c.group_number == assignment.c.group_number
    return select(func.count()).where(same).correlate(assignment).scalar_subquery()


_first_assignment, _second_assignment = assignments.alias("here"), assignments.alias("there")
_first_event, _second_event = events.alias("event"), events.alias("other_event")
_PAIRS_QUERY: Final[Select[Any]] = (
    select(
        doubts.c.first,
        doubts.c.second,
        doubts.c.probability,
        doubts.c.published,
        _first_assignment.c.group_number.label("group"),
        _second_assignment.c.group_number.label("other_group"),
        _first_assignment.c.event_number.label("event"),
        _second_assignment.c.event_number.label("other_event"),
        _first_event.c.size.label("size"),
        _second_event.c.size.label("other_size"),
        _group_size(_first_assignment).label("copies"),
        _group_size(_second_assignment).label("other_copies"),
    )
    .select_from(doubts)
    .join(_first_assignment, _first_assignment.c.key == doubts.c.first)
    .join(_second_assignment, _second_assignment.c.key == doubts.c.second)
    .join(_first_event, _first_event.c.number == _first_assignment.c.event_number)
    .join(_second_event, _second_event.c.number == _second_assignment.c.event_number)
    .where(_first_assignment.c.group_number != _second_assignment.c.group_number)
)

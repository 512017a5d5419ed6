"""Doubts: pairs of articles about which the judgement was not sure, to be asked of people.

They come with the assignment, in its transaction. Whether a pair is still to be asked depends on
where the two are by then, and on what people decided; that is found out when somebody looks. The
table holds the most useful ones, so that this takes no longer in a large store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    FromClause,
    Index,
    Row,
    ScalarSelect,
    Select,
    String,
    Table,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy import update as sql_update

from clustering.doubts import worth
from clustering.model import Doubt
from service.store import rows
from service.store.tables import NUMBER, articles, assignments, events, metadata

MOST: Final = 1000
"""Doubts that are kept; those that are worth least to ask about go first."""


def _article(name: str, **more: Any) -> Column[int]:
    key = ForeignKey("articles.key", ondelete="CASCADE")
    return Column(name, NUMBER, key, primary_key=True, autoincrement=False, **more)


# `published` is that of the younger of the two; `rank` what the doubt was worth when it arose.
doubts: Final = Table(
    "doubts",
    metadata,
    _article("first"),
    _article("second", index=True),
    Column("probability", Float, nullable=False),
    Column("published", Float, nullable=False),
    Column("rank", Float, nullable=False, index=True),
)

# Who does not know leaves a doubt to others. With a doubt go its skips.
skips: Final = Table(
    "skips",
    metadata,
    Column("first", NUMBER, primary_key=True, autoincrement=False),
    Column("second", NUMBER, primary_key=True, autoincrement=False),
    Column("actor", String, primary_key=True),
    Column("at", Float, nullable=False),
    ForeignKeyConstraint(
        ["first", "second"], ["doubts.first", "doubts.second"], ondelete="CASCADE"
    ),
    Index("ix_skips_actors", "actor", "at"),
)

_PAIR: Final = and_(doubts.c.first == bindparam("a"), doubts.c.second == bindparam("b"))


def note(
    transaction: Connection, found: Iterable[Doubt], renewed: Collection[int], join: float
) -> None:
    """Write down what was doubted.

    Parameters
    ----------
    transaction : Connection
    found : iterable of Doubt
        The last one about a pair holds.
    renewed : collection of int
        Articles with a new version: what was doubted of the old one is nothing to ask about.
    join : float
        The line.
    """
    for key in renewed:
        transaction.execute(
            delete(doubts).where(or_(doubts.c.first == key, doubts.c.second == key))
        )
    pairs = {one.articles: one for one in found}
    if not pairs:
        return
    there = _there(transaction, {key for pair in pairs for key in pair})
    known = _known(transaction, {first for first, _ in pairs})
    ranked = {
        pair: _ranked(one, there[pair[0]], there[pair[1]], join)
        for pair, one in pairs.items()
        if all(key in there for key in pair)
    }
    rows.insert(transaction, doubts, [row for pair, row in ranked.items() if pair not in known])
    for pair in known & ranked.keys():  # its skips stay
        a, b = pair
        transaction.execute(sql_update(doubts).where(_PAIR).values(ranked[pair]), {"a": a, "b": b})
    _prune(transaction)


def open_(transaction: Connection, actor: str) -> list[Row[Any]]:
    """All that is kept and nobody of this name has skipped, with where the two are now."""
    skipped = and_(
        skips.c.first == doubts.c.first, skips.c.second == doubts.c.second, skips.c.actor == actor
    )
    query = _PLACED.outerjoin(skips, skipped).where(skips.c.actor.is_(None))
    return list(transaction.execute(query))


def skip(transaction: Connection, pair: tuple[int, int], actor: str, now: float) -> bool:
    """Let somebody not be asked about a pair again; return whether it is a doubt at all."""
    a, b = pair
    if transaction.execute(select(doubts.c.first).where(_PAIR), {"a": a, "b": b}).first() is None:
        return False
    take_back(transaction, pair, actor)
    rows.insert(transaction, skips, [{"first": a, "second": b, "actor": actor, "at": now}])
    return True


def take_back(transaction: Connection, pair: tuple[int, int], actor: str) -> None:
    """Ask somebody again who has skipped a pair."""
    mine = (skips.c.first == pair[0], skips.c.second == pair[1], skips.c.actor == actor)
    transaction.execute(delete(skips).where(*mine))


def last_skip(transaction: Connection, actor: str) -> Row[Any] | None:
    """What somebody skipped last."""
    query = select(skips).where(skips.c.actor == actor).order_by(skips.c.at.desc()).limit(1)
    return transaction.execute(query).first()


def _ranked(one: Doubt, first: Row[Any], second: Row[Any], join: float) -> rows.Row:
    # What comes from the future came now.
    seen = (min(it.published or it.received_at, it.received_at) for it in (first, second))
    published, together = max(seen), first.event_number == second.event_number
    rank = worth(one.probability, join, together=together, moving=1, published=published)
    a, b = one.articles
    numbers = {"probability": one.probability, "published": published, "rank": rank}
    return {"first": a, "second": b, **numbers}


def _known(transaction: Connection, firsts: Iterable[int]) -> set[tuple[int, int]]:
    query = select(doubts.c.first, doubts.c.second).where(
        doubts.c.first.in_(bindparam("keys", expanding=True))
    )
    return {
        (row.first, row.second)
        for some in rows.in_steps(firsts)
        for row in transaction.execute(query, {"keys": some})
    }


def _there(transaction: Connection, keys: Iterable[int]) -> dict[int, Row[Any]]:
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
        for some in rows.in_steps(keys)
        for row in transaction.execute(query, {"keys": some})
    }


def _prune(transaction: Connection) -> None:
    query = select(doubts.c.rank).order_by(doubts.c.rank.desc()).offset(MOST).limit(1)
    beyond = transaction.scalar(query)
    if beyond is not None:
        transaction.execute(delete(doubts).where(doubts.c.rank <= beyond))


def _copies(place: FromClause) -> ScalarSelect[int]:
    """How many articles are in the group of a place."""
    same = assignments.c.group_number == place.c.group_number
    return select(func.count()).where(same).correlate(place).scalar_subquery()


_here, _there_too = assignments.alias("here"), assignments.alias("there")
_event, _other_event = events.alias("event"), events.alias("other_event")
_PLACED: Final[Select[Any]] = (
    select(
        doubts.c.first,
        doubts.c.second,
        doubts.c.probability,
        doubts.c.published,
        _here.c.group_number.label("group"),
        _there_too.c.group_number.label("other_group"),
        _here.c.event_number.label("event"),
        _there_too.c.event_number.label("other_event"),
        _event.c.size.label("size"),
        _other_event.c.size.label("other_size"),
        _copies(_here).label("copies"),
        _copies(_there_too).label("other_copies"),
    )
    .select_from(doubts)
    .join(_here, _here.c.key == doubts.c.first)
    .join(_there_too, _there_too.c.key == doubts.c.second)
    .join(_event, _event.c.number == _here.c.event_number)
    .join(_other_event, _other_event.c.number == _there_too.c.event_number)
    .where(_here.c.group_number != _there_too.c.group_number)
)

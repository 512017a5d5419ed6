"""Articles retire in the order in which they came: newcomers are not compared with them any more.

They stay in the store as they are, and where they are. Where a group or event that goes on moves
as a whole, its retired members go with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, or_, select

from clustering.canonical import Candidate
from service.store import rows
from service.store.members import MEMBERS, candidate
from service.store.tables import RETIRED, assignments, changes, meta


def boundary(transaction: Connection) -> int:
    """The first change whose article has not retired."""
    stored = transaction.scalar(select(meta.c.value).where(meta.c.name == RETIRED))
    return int(stored or 0)


def due(transaction: Connection, horizon: float, last_seq: int) -> int | None:
    """Say which articles have to retire: those that came before a point in time.

    Parameters
    ----------
    transaction : Connection
    horizon : float
        POSIX seconds.
    last_seq : int
        The newest change.

    Returns
    -------
    int or None
        The new boundary; None if nothing is due.
    """
    since = boundary(transaction)
    oldest = _first(transaction, since, 0.0)
    if oldest is None or oldest.at >= horizon:
        return None
    stays = _first(transaction, since, horizon)
    return last_seq + 1 if stays is None else int(stays.arrived)


def between(transaction: Connection, since: int, before: int) -> list[int]:
    """The articles that retire when the boundary moves on, in the order in which they came."""
    arrived = assignments.c.arrived
    query = select(assignments.c.key).where(arrived >= since, arrived < before).order_by(arrived)
    return list(transaction.scalars(query))


def move_boundary(transaction: Connection, before: int) -> None:
    """Note that all articles that came with an earlier change have retired."""
    transaction.execute(delete(meta).where(meta.c.name == RETIRED))
    transaction.execute(insert(meta), [{"name": RETIRED, "value": str(before)}])


def settled(transaction: Connection) -> dict[int, int]:
    """Groups that go on after some of their members have retired, with their canonical articles."""
    before = boundary(transaction)
    if not before:
        return {}
    retired, live = assignments.alias(), assignments.alias()
    query = (
        select(live.c.group_number, live.c.key, live.c.duplicate_of)
        .join(retired, retired.c.group_number == live.c.group_number)
        .where(retired.c.arrived < before, live.c.arrived >= before)
        .distinct()
    )
    return {row.group_number: row.duplicate_of or row.key for row in transaction.execute(query)}


def place_of(transaction: Connection, key: int) -> tuple[int, int]:
    """The group and the event of a retired article."""
    query = select(assignments.c.group_number, assignments.c.event_number)
    group, event = transaction.execute(query.where(assignments.c.key == key)).one()
    return group, event


def others(transaction: Connection, group: int, gone: Collection[int]) -> list[Candidate]:
    """The retired members of a group but for those that are gone."""
    retired = assignments.c.arrived < boundary(transaction)
    query = MEMBERS.where(assignments.c.group_number == group, retired)
    return [candidate(row) for row in transaction.execute(query) if row.key not in gone]


def with_retired(transaction: Connection, groups: Iterable[int]) -> set[int]:
    """Those of some groups of which members have retired."""
    query = (
        select(assignments.c.group_number)
        .where(assignments.c.arrived < boundary(transaction))
        .where(assignments.c.group_number.in_(bindparam("groups", expanding=True)))
        .distinct()
    )
    return {
        group
        for some in rows.in_steps(groups)
        for group in transaction.scalars(query, {"groups": some})
    }


def followers(
    transaction: Connection,
    before: int,
    groups: Mapping[int, int | None],
    events: Mapping[int, int | None],
) -> Iterator[Row[Any]]:
    """The retired members of groups and of events that have merged into others.

    Parameters
    ----------
    transaction : Connection
    before : int
        See `boundary`.
    groups, events : mapping of int to (int or None)
        Those that were touched, with the one each has merged into.
    """
    merged = [event for event, into in events.items() if into is not None]
    touched = or_(
        assignments.c.group_number.in_(bindparam("groups", expanding=True)),
        assignments.c.event_number.in_(bindparam("events", expanding=True)),
    )
    query = MEMBERS.where(assignments.c.arrived < before, touched)
    for some, others in _side_by_side(sorted(groups), sorted(merged)):
        yield from transaction.execute(query, {"groups": some, "events": others})


def _first(transaction: Connection, since: int, moment: float) -> Row[Any] | None:
    """The first live article that came at a moment or later."""
    arrived = assignments.c.arrived
    query: Select[Any] = (
        select(arrived, changes.c.at)
        .join(changes, changes.c.seq == arrived)
        .where(arrived >= since, changes.c.at >= moment)
        .order_by(arrived)
        .limit(1)
    )
    return transaction.execute(query).first()


def _side_by_side(
    groups: Iterable[int], events: Iterable[int]
) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    for some in rows.in_steps(groups):
        yield some, ()
    for some in rows.in_steps(events):
        yield (), some

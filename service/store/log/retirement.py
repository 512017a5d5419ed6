"""Articles retire in the order in which they came: newcomers are not compared with them any more.

They stay in the store as they are, and where they are. Where a group or event that goes on moves
as a whole, its retired members go with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, or_, select

from clustering.state.canonical import CanonicalCandidate
from service.store import bulk
from service.store.log.members import MEMBERS_QUERY, to_candidate
from service.store.schema import META_RETIRED_BEFORE, assignments, changes, meta


def read_boundary(connection: Connection) -> int:
    """The first change whose article has not retired."""
    stored = connection.scalar(select(meta.c.value).where(meta.c.name == META_RETIRED_BEFORE))
    return int(stored or 0)


def find_due_boundary(connection: Connection, horizon: float, last_seq: int) -> int | None:
    """Say which articles have to retire: those that came before a point in time.

    Parameters
    ----------
    connection : Connection
    horizon : float
        POSIX seconds.
    last_seq : int
        The newest change.

    Returns
    -------
    int or None
        The new boundary; None if nothing is due.
    """
    since = read_boundary(connection)
    oldest = _first_live(connection, since, 0.0)
    if oldest is None or oldest.at >= horizon:
        return None
    stays = _first_live(connection, since, horizon)
    return last_seq + 1 if stays is None else int(stays.arrived)


def find_retiring(connection: Connection, since: int, before: int) -> list[int]:
    """The articles that retire when the boundary moves on, in the order in which they came."""
    arrived = assignments.c.arrived
    query = select(assignments.c.key).where(arrived >= since, arrived < before).order_by(arrived)
    return list(connection.scalars(query))


def move_boundary(connection: Connection, before: int) -> None:
    """Note that all articles that came with an earlier change have retired."""
    connection.execute(delete(meta).where(meta.c.name == META_RETIRED_BEFORE))
    connection.execute(insert(meta), [{"name": META_RETIRED_BEFORE, "value": str(before)}])


def load_pinned_groups(connection: Connection) -> dict[int, int]:
    """Groups that go on after some of their members have retired, with their canonical articles."""
    before = read_boundary(connection)
    if not before:
        return {}
    retired, live = assignments.alias(), assignments.alias()
    query = (
        select(live.c.group_number, live.c.key, live.c.duplicate_of)
        .join(retired, retired.c.group_number == live.c.group_number)
        .where(retired.c.arrived < before, live.c.arrived >= before)
        .distinct()
    )
    return {row.group_number: row.duplicate_of or row.key for row in connection.execute(query)}


def find_assignment(connection: Connection, key: int) -> tuple[int, int]:
    """The group and the event of a retired article."""
    query = select(assignments.c.group_number, assignments.c.event_number)
    group, event = connection.execute(query.where(assignments.c.key == key)).one()
    return group, event


def load_retired_members(
    connection: Connection, group: int, excluded_keys: Collection[int]
) -> list[CanonicalCandidate]:
    """The retired members of a group but for those that are gone."""
    retired = assignments.c.arrived < read_boundary(connection)
    query = MEMBERS_QUERY.where(assignments.c.group_number == group, retired)
    return [to_candidate(row) for row in connection.execute(query) if row.key not in excluded_keys]


def groups_with_retired(connection: Connection, groups: Iterable[int]) -> set[int]:
    """Those of some groups of which members have retired."""
    query = (
        select(assignments.c.group_number)
        .where(assignments.c.arrived < read_boundary(connection))
        .where(assignments.c.group_number.in_(bindparam("groups", expanding=True)))
        .distinct()
    )
    return {
        group
        for some in bulk.chunked(groups)
        for group in connection.scalars(query, {"groups": some})
    }


def find_members_to_move(
    connection: Connection,
    before: int,
    groups: Mapping[int, int | None],
    events: Mapping[int, int | None],
) -> Iterator[Row[Any]]:
    """The retired members of groups and of events that have merged into others.

    Parameters
    ----------
    connection : Connection
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
    query = MEMBERS_QUERY.where(assignments.c.arrived < before, touched)
    for some, others in _chunks(sorted(groups), sorted(merged)):
        yield from connection.execute(query, {"groups": some, "events": others})


def _first_live(connection: Connection, since: int, earliest: float) -> Row[Any] | None:
    """The first live article that came at a moment or later."""
    arrived = assignments.c.arrived
    query: Select[Any] = (
        select(arrived, changes.c.at)
        .join(changes, changes.c.seq == arrived)
        .where(arrived >= since, changes.c.at >= earliest)
        .order_by(arrived)
        .limit(1)
    )
    return connection.execute(query).first()


def _chunks(
    groups: Iterable[int], events: Iterable[int]
) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    for some in bulk.chunked(groups):
        yield some, ()
    for some in bulk.chunked(events):
        yield (), some

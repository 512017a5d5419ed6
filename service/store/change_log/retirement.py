"""Retirement of old articles, in the order of their arrival.

New articles are not compared with retired ones. Retired articles stay in the store, in their groups
and events. Where a group or event merges or moves as a whole, its retired members move with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from clustering.state.canonical import CanonicalCandidate
from service.store import bulk, meta_values
from service.store.change_log.members import MEMBERS_QUERY, to_candidate
from service.store.schema import META_RETIRED_BEFORE, assignments, changes


def read_boundary(connection: Connection) -> int:
    """Return the first change whose article has not retired."""
    return int(meta_values.read(connection, META_RETIRED_BEFORE) or 0)


def find_due_boundary(connection: Connection, horizon: float, last_seq: int) -> int | None:
    """Find the boundary that retires all articles which arrived before a point in time.

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
        The new boundary; None if no article is due.
    """
    boundary = read_boundary(connection)
    oldest = _first_live(connection, boundary, 0.0)
    if oldest is None or oldest.at >= horizon:
        return None
    first_staying = _first_live(connection, boundary, horizon)
    return last_seq + 1 if first_staying is None else int(first_staying.arrived_seq)


def find_retiring(connection: Connection, since: int, before: int) -> list[int]:
    """Return the keys of articles that arrived from `since` on and before `before`, in order."""
    arrived_seq = assignments.c.arrived_seq
    query = (
        select(assignments.c.key)
        .where(arrived_seq >= since, arrived_seq < before)
        .order_by(arrived_seq)
    )
    return list(connection.scalars(query))


def move_boundary(connection: Connection, before: int) -> None:
    """Store that all articles which arrived with a change before `before` have retired."""
    meta_values.write(connection, META_RETIRED_BEFORE, str(before))


def load_pinned_groups(connection: Connection) -> dict[int, int]:
    """Return groups with both retired and live members, each with its canonical article."""
    boundary = read_boundary(connection)
    if not boundary:
        return {}
    retired, live = assignments.alias(), assignments.alias()
    query = (
        select(live.c.group_number, live.c.key, live.c.duplicate_of)
        .join(retired, retired.c.group_number == live.c.group_number)
        .where(retired.c.arrived_seq < boundary, live.c.arrived_seq >= boundary)
        .distinct()
    )
    return {row.group_number: row.duplicate_of or row.key for row in connection.execute(query)}


def find_assignment(connection: Connection, key: int) -> tuple[int, int]:
    """Return the group and the event of an article."""
    query = select(assignments.c.group_number, assignments.c.event_number)
    group, event = connection.execute(query.where(assignments.c.key == key)).one()
    return group, event


def load_retired_members(
    connection: Connection, group: int, excluded_keys: Collection[int]
) -> list[CanonicalCandidate]:
    """Return the retired members of a group, without the excluded ones."""
    is_retired = assignments.c.arrived_seq < read_boundary(connection)
    query = MEMBERS_QUERY.where(assignments.c.group_number == group, is_retired)
    return [to_candidate(row) for row in connection.execute(query) if row.key not in excluded_keys]


def groups_with_retired(connection: Connection, groups: Iterable[int]) -> set[int]:
    """Return those of the given groups that have retired members."""
    group_number = assignments.c.group_number
    is_retired = assignments.c.arrived_seq < read_boundary(connection)
    query = select(group_number).where(is_retired).distinct()
    return {row.group_number for row in bulk.select_in(connection, query, group_number, groups)}


def find_members_to_move(
    connection: Connection,
    before: int,
    groups: Mapping[int, int | None],
    events: Mapping[int, int | None],
) -> Iterator[Row[Any]]:
    """Yield the retired members of the given groups, and of the events that have merged.

    Parameters
    ----------
    connection : Connection
    before : int
        The boundary; see `read_boundary`.
    groups, events : mapping of int to (int or None)
        Changed groups and events, each with the one that it has merged into.
    """
    merged_events = [event for event, into in events.items() if into is not None]
    query = MEMBERS_QUERY.where(assignments.c.arrived_seq < before)
    yield from bulk.select_in(connection, query, assignments.c.group_number, groups)
    yield from bulk.select_in(connection, query, assignments.c.event_number, merged_events)


def _first_live(connection: Connection, boundary: int, earliest: float) -> Row[Any] | None:
    """Return the first live article that arrived at a time (POSIX seconds) or later."""
    arrived_seq = assignments.c.arrived_seq
    query: Select[Any] = (
        select(arrived_seq, changes.c.at)
        .join(changes, changes.c.seq == arrived_seq)
        .where(arrived_seq >= boundary, changes.c.at >= earliest)
        .order_by(arrived_seq)
        .limit(1)
    )
    return connection.execute(query).first()

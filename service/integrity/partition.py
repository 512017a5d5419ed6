"""The partition: each group lies within one event, and has one canonical article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, Table, exists, not_, select

from service.common import ids
from service.common.ids import IdKind
from service.integrity.finding import Finding
from service.store.schema import assignments, events, groups

INVARIANT: Final = "groups lie within events"
_ROWS_PER_FETCH: Final = 1000
_MEMBERS: Final[Select[Any]] = select(
    assignments.c.group_number,
    assignments.c.event_number,
    assignments.c.key,
    assignments.c.duplicate_of,
).order_by(assignments.c.group_number, assignments.c.key)


def find_broken_groups(connection: Connection) -> Iterator[Finding]:
    """Yield groups in several events, or without exactly one canonical article that is theirs."""
    with connection.execute(_MEMBERS.execution_options(yield_per=_ROWS_PER_FETCH)) as rows:
        for number, members in groupby(rows, attrgetter("group_number")):
            yield from _check_group(ids.encode("g", number), list(members))


def find_broken_states(connection: Connection) -> Iterator[Finding]:
    """Yield events and groups whose state contradicts their articles, or that merge in a circle."""
    has_articles = exists().where(assignments.c.event_number == events.c.number)
    is_open = events.c.state == "open"
    for number in connection.scalars(select(events.c.number).where(is_open, not_(has_articles))):
        yield Finding(INVARIANT, ids.encode("e", number), "is open and has no articles")
    for number in connection.scalars(select(events.c.number).where(not_(is_open), has_articles)):
        yield Finding(INVARIANT, ids.encode("e", number), "has ended and has articles")
    is_merged = events.c.state == "merged"
    contradicting = is_merged != events.c.merged_into.is_not(None)
    for number in connection.scalars(select(events.c.number).where(contradicting)):
        yield Finding(
            INVARIANT, ids.encode("e", number), "has merged into nothing, or is not merged"
        )
    in_group = exists().where(assignments.c.group_number == groups.c.number)
    merged_groups = select(groups.c.number).where(groups.c.merged_into.is_not(None), in_group)
    for number in connection.scalars(merged_groups):
        yield Finding(INVARIANT, ids.encode("g", number), "has merged and has articles")
    yield from _find_circles(connection, events, "e")
    yield from _find_circles(connection, groups, "g")


def _check_group(group_id: str, members: Sequence[Row[Any]]) -> Iterator[Finding]:
    event_numbers = sorted({row.event_number for row in members})
    if len(event_numbers) > 1:
        named = ", ".join(ids.encode("e", number) for number in event_numbers)
        yield Finding(INVARIANT, group_id, f"is in several events: {named}")
    canonical = [row.key for row in members if row.duplicate_of is None]
    copied = {row.duplicate_of for row in members if row.duplicate_of is not None}
    if len(canonical) != 1:
        yield Finding(INVARIANT, group_id, f"has {len(canonical)} canonical articles")
    elif not copied <= {*canonical}:
        yield Finding(INVARIANT, group_id, "has copies of an article that is not its canonical one")


def _find_circles(connection: Connection, table: Table, kind: IdKind) -> Iterator[Finding]:
    query = select(table.c.number, table.c.merged_into).where(table.c.merged_into.is_not(None))
    into: dict[int, int] = {row.number: row.merged_into for row in connection.execute(query)}
    finished: set[int] = set()
    for start in into:
        path: dict[int, None] = {}
        number = start
        while number in into and number not in finished and number not in path:
            path[number] = None
            number = into[number]
        if number in path:
            yield Finding(
                INVARIANT, ids.encode(kind, number), "has merged into itself, by way of others"
            )
        finished.update(path)

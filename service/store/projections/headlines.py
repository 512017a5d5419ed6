"""What people call events. A headline that was given goes along when its event merges."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from service.store import bulk
from service.store.review.decisions import ACTIVE_DECISIONS
from service.store.schema import decisions, events

_RENAME_DECISIONS: Final = ACTIVE_DECISIONS.where(decisions.c.kind == "rename_event")
_HAS_MERGED: Final = (
    select(events.c.number)
    .where(events.c.number == decisions.c.event_number, events.c.merged_into.is_not(None))
    .exists()
)
_NO_MERGES: Final[Mapping[int, int | None]] = MappingProxyType({})


class GivenHeadline(NamedTuple):
    """A headline, and the decision by which it was given."""

    headline: str
    decision: int


def find_given_headlines(
    connection: Connection, merged_into: Mapping[int, int | None]
) -> dict[int, GivenHeadline]:
    """The headlines that people gave to events, or to those that have become one of them.

    Parameters
    ----------
    connection : Connection
    merged_into : mapping of int to (int or None)
        Events with what each has merged into, which the table need not say yet.

    Returns
    -------
    dict of int to Given
        An event's own goes before that of one that merged into it, and the newest before the
        others.
    """
    found = _newest_by_event(connection, merged_into)
    into = _find_survivors(connection, found, merged_into)
    named: dict[int, tuple[bool, int, str]] = {}
    for event, one in found.items():
        rank = (into[event] == event, one.decision, one.headline)
        named[into[event]] = max(named.get(into[event], rank), rank)
    return {
        event: GivenHeadline(headline, number) for event, (_, number, headline) in named.items()
    }


def load_headlines(connection: Connection, event_numbers: Iterable[int]) -> dict[int, str]:
    """The headlines of those of some events that have articles."""
    query = select(events.c.number, events.c.headline).where(
        events.c.number.in_(bindparam("numbers", expanding=True)), events.c.state == "open"
    )
    return {
        row.number: row.headline
        for some in bulk.chunked(event_numbers)
        for row in connection.execute(query, {"numbers": some})
    }


def find_surviving_event(connection: Connection, event: int) -> int:
    """The event that an event has become."""
    return _find_survivors(connection, [event], _NO_MERGES)[event]


def _newest_by_event(
    connection: Connection, event_numbers: Iterable[int]
) -> dict[int, GivenHeadline]:
    """The newest headline of each of some events, and of all that have merged into others."""
    found = list(connection.execute(_RENAME_DECISIONS.where(_HAS_MERGED)))
    query = _RENAME_DECISIONS.where(
        decisions.c.event_number.in_(bindparam("events", expanding=True))
    )
    for some in bulk.chunked(event_numbers):
        found += connection.execute(query, {"events": some})
    return {
        row.event_number: GivenHeadline(json.loads(row.payload)["headline"], row.number)
        for row in sorted(found, key=attrgetter("number"))
    }


def _find_survivors(
    connection: Connection, event_numbers: Iterable[int], merged_into: Mapping[int, int | None]
) -> dict[int, int]:
    """What has become of events."""
    now = {event: event for event in event_numbers}
    while into := _load_merges(connection, {*now.values()}, merged_into):
        now = {event: into.get(at, at) for event, at in now.items()}
    return now


def _load_merges(
    connection: Connection, numbers: Iterable[int], merged_into: Mapping[int, int | None]
) -> dict[int, int]:
    query = select(events.c.number, events.c.merged_into).where(
        events.c.number.in_(bindparam("numbers", expanding=True))
    )
    found = {
        row.number: row.merged_into
        for some in bulk.chunked(numbers)
        for row in connection.execute(query, {"numbers": some})
    }
    found |= {number: merged_into[number] for number in numbers if number in merged_into}
    return {number: into for number, into in found.items() if into is not None}

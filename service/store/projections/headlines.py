"""Headlines given by editors. When an event merges, its given headline moves with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

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
    """A headline, and the number of the decision by which it was given."""

    headline: str
    decision: int


def find_given_headlines(
    connection: Connection, merged_into: Mapping[int, int | None]
) -> dict[int, GivenHeadline]:
    """Find the headlines that editors gave to events, or to events that merged into them.

    Parameters
    ----------
    connection : Connection
    merged_into : mapping of int to (int or None)
        Events, each with the one that it has merged into. The table may not have that yet.

    Returns
    -------
    dict of int to GivenHeadline
        By event. A headline given to the event itself has precedence over that of a merged event,
        and a newer one over an older one.
    """
    newest_of = _newest_by_event(connection, merged_into)
    survivor_of = _find_survivors(connection, newest_of, merged_into)
    ranked: dict[int, tuple[bool, int, str]] = {}
    for event, newest in newest_of.items():
        survivor = survivor_of[event]
        rank = (survivor == event, newest.decision, newest.headline)
        ranked[survivor] = max(ranked.get(survivor, rank), rank)
    return {
        event: GivenHeadline(headline, number) for event, (_, number, headline) in ranked.items()
    }


def load_headlines(connection: Connection, event_numbers: Iterable[int]) -> dict[int, str]:
    """Return the headlines of those of the given events that have articles."""
    query = select(events.c.number, events.c.headline).where(events.c.state == "open")
    rows = bulk.select_in(connection, query, events.c.number, event_numbers)
    return {row.number: row.headline for row in rows}


def load_last_headlines(connection: Connection, event_numbers: Iterable[int]) -> dict[int, str]:
    """Return the headlines of events; of those that have merged or are empty, the last ones."""
    query = select(events.c.number, events.c.headline)
    rows = bulk.select_in(connection, query, events.c.number, event_numbers)
    return {row.number: row.headline for row in rows}


def find_surviving_event(connection: Connection, event: int) -> int:
    """Return the event that an event has merged into; itself if it has not."""
    return _find_survivors(connection, [event], _NO_MERGES)[event]


def _newest_by_event(
    connection: Connection, event_numbers: Iterable[int]
) -> dict[int, GivenHeadline]:
    """Return the newest headline given to each of some events, and to every merged event."""
    rows = list(connection.execute(_RENAME_DECISIONS.where(_HAS_MERGED)))
    rows += bulk.select_in(connection, _RENAME_DECISIONS, decisions.c.event_number, event_numbers)
    return {
        row.event_number: GivenHeadline(json.loads(row.payload)["headline"], row.number)
        for row in sorted(rows, key=attrgetter("number"))
    }


def _find_survivors(
    connection: Connection, event_numbers: Iterable[int], merged_into: Mapping[int, int | None]
) -> dict[int, int]:
    """Return the events that the given events are now, by following all merges."""
    survivor_of = {event: event for event in event_numbers}
    while merges := _load_merges(connection, {*survivor_of.values()}, merged_into):
        survivor_of = {
            event: merges.get(survivor, survivor) for event, survivor in survivor_of.items()
        }
    return survivor_of


def _load_merges(
    connection: Connection, numbers: Iterable[int], merged_into: Mapping[int, int | None]
) -> dict[int, int]:
    """Return those of the given events that have merged, each with its target."""
    query = select(events.c.number, events.c.merged_into)
    rows = bulk.select_in(connection, query, events.c.number, numbers)
    target_of = {row.number: row.merged_into for row in rows}
    target_of |= {number: merged_into[number] for number in numbers if number in merged_into}
    return {number: target for number, target in target_of.items() if target is not None}

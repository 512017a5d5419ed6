"""What people call events. A headline that was given goes along when its event merges."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from service.store import rows
from service.store.docket import STANDING, decisions
from service.store.tables import events

_RENAMED: Final = STANDING.where(decisions.c.kind == "rename_event")
_HAS_MERGED: Final = (
    select(events.c.number)
    .where(events.c.number == decisions.c.event_number, events.c.merged_into.is_not(None))
    .exists()
)
_NOTHING: Final[Mapping[int, int | None]] = MappingProxyType({})


class Given(NamedTuple):
    """A headline, and the decision by which it was given."""

    headline: str
    decision: int


def given(transaction: Connection, touched: Mapping[int, int | None]) -> dict[int, Given]:
    """The headlines that people gave to events, or to those that have become one of them.

    Parameters
    ----------
    transaction : Connection
    touched : mapping of int to (int or None)
        Events with what each has merged into, which the table need not say yet.

    Returns
    -------
    dict of int to Given
        An event's own goes before that of one that merged into it, and the newest before the
        others.
    """
    found = _by_event(transaction, touched)
    into = _survivors(transaction, found, touched)
    named: dict[int, tuple[bool, int, str]] = {}
    for event, one in found.items():
        rank = (into[event] == event, one.decision, one.headline)
        named[into[event]] = max(named.get(into[event], rank), rank)
    return {event: Given(headline, number) for event, (_, number, headline) in named.items()}


def shown(transaction: Connection, wanted: Iterable[int]) -> dict[int, str]:
    """The headlines of those of some events that have articles."""
    query = select(events.c.number, events.c.headline).where(
        events.c.number.in_(bindparam("numbers", expanding=True)), events.c.state == "open"
    )
    return {
        row.number: row.headline
        for some in rows.in_steps(wanted)
        for row in transaction.execute(query, {"numbers": some})
    }


def survivor(transaction: Connection, event: int) -> int:
    """The event that an event has become."""
    return _survivors(transaction, [event], _NOTHING)[event]


def _by_event(transaction: Connection, wanted: Iterable[int]) -> dict[int, Given]:
    """The newest headline of each of some events, and of all that have merged into others."""
    found = list(transaction.execute(_RENAMED.where(_HAS_MERGED)))
    query = _RENAMED.where(decisions.c.event_number.in_(bindparam("events", expanding=True)))
    for some in rows.in_steps(wanted):
        found += transaction.execute(query, {"events": some})
    return {
        row.event_number: Given(json.loads(row.payload)["headline"], row.number)
        for row in sorted(found, key=attrgetter("number"))
    }


def _survivors(
    transaction: Connection, wanted: Iterable[int], touched: Mapping[int, int | None]
) -> dict[int, int]:
    """What has become of events."""
    now = {event: event for event in wanted}
    while into := _merged_into(transaction, {*now.values()}, touched):
        now = {event: into.get(at, at) for event, at in now.items()}
    return now


def _merged_into(
    transaction: Connection, numbers: Iterable[int], touched: Mapping[int, int | None]
) -> dict[int, int]:
    query = select(events.c.number, events.c.merged_into).where(
        events.c.number.in_(bindparam("numbers", expanding=True))
    )
    found = {
        row.number: row.merged_into
        for some in rows.in_steps(numbers)
        for row in transaction.execute(query, {"numbers": some})
    }
    found |= {number: touched[number] for number in numbers if number in touched}
    return {number: into for number, into in found.items() if into is not None}

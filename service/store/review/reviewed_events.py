"""Marks of events that an editor has looked at; a mark goes when the event changes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from service.store import bulk
from service.store.schema import events, reviewed_events


def mark_reviewed(connection: Connection, numbers: Collection[int], actor: str, now: float) -> None:
    """Mark open events as reviewed; others are left out."""
    is_open = events.c.state == "open"
    query = select(events.c.number).where(is_open, events.c.number.in_(numbers))
    found = connection.scalars(query).all()
    unmark_reviewed(connection, found)
    rows = [{"number": number, "at": now, "actor": actor} for number in found]
    bulk.insert(connection, reviewed_events, rows)


def unmark_reviewed(connection: Connection, numbers: Collection[int]) -> None:
    """Take the marks of events away."""
    for chunk in bulk.chunked(numbers):
        connection.execute(delete(reviewed_events).where(reviewed_events.c.number.in_(chunk)))


def find_reviewer(connection: Connection, number: int) -> str | None:
    """Return who has reviewed an event since it last changed."""
    return connection.scalar(
        select(reviewed_events.c.actor).where(reviewed_events.c.number == number)
    )

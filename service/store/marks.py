"""How far each source of articles was read, so that the next run goes on from there.

A mark is written in the transaction that takes the articles before it in: they are there together,
or neither is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Connection, Float, Integer, Table, Text, delete, select

from service.store import rows
from service.store.tables import metadata

reading_marks = Table(
    "reading_marks",
    metadata,
    Column("source", Text, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("finished", Boolean, nullable=False),
    Column("at", Float, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one edition of a source was read."""

    edition: str
    """Tells the content of a source from what it holds another time."""
    position: int = 0
    """Readings behind it: articles, and places where one could not be made out."""
    refused: int = 0
    """Of them, how many were not taken."""
    finished: bool = False


def read(transaction: Connection, source: str) -> Mark | None:
    """Return how far a source was read; None if it never was."""
    columns = reading_marks.c
    found = transaction.execute(
        select(columns.edition, columns.position, columns.refused, columns.finished).where(
            columns.source == source
        )
    ).first()
    return None if found is None else Mark(*found)


def write(transaction: Connection, marks: Mapping[str, Mark]) -> None:
    """Keep marks, by the names of their sources."""
    for source in marks:
        transaction.execute(delete(reading_marks).where(reading_marks.c.source == source))
    now = time.time()
    kept = [
        {
            "source": source,
            "edition": mark.edition,
            "position": mark.position,
            "refused": mark.refused,
            "finished": mark.finished,
            "at": now,
        }
        for source, mark in marks.items()
    ]
    rows.insert(transaction, reading_marks, kept)

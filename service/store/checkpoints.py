"""How far each source of articles was read, so that the next run goes on from there.

A mark is written in the transaction that takes the articles before it in: they are there together,
or neither is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from service.store import bulk
from service.store.schema import reading_marks


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one edition of a source was read."""

    version_tag: str
    """Tells the content of a source from what it holds another time."""
    position: int = 0
    """Readings behind it: articles, and places where one could not be made out."""
    refused: int = 0
    """Of them, how many were not taken."""
    finished: bool = False


def read_checkpoint(connection: Connection, source_key: str) -> Checkpoint | None:
    """Return how far a source was read; None if it never was."""
    columns = reading_marks.c
    found = connection.execute(
        select(columns.edition, columns.position, columns.refused, columns.finished).where(
            columns.source == source_key
        )
    ).first()
    return None if found is None else Checkpoint(*found)


def write_checkpoints(connection: Connection, checkpoints: Mapping[str, Checkpoint]) -> None:
    """Keep marks, by the names of their sources."""
    for source in checkpoints:
        connection.execute(delete(reading_marks).where(reading_marks.c.source == source))
    now = time.time()
    kept = [
        {
            "source": source,
            "edition": mark.version_tag,
            "position": mark.position,
            "refused": mark.refused,
            "finished": mark.finished,
            "at": now,
        }
        for source, mark in checkpoints.items()
    ]
    bulk.insert(connection, reading_marks, kept)

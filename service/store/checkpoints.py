"""Checkpoints: how far each source of articles was read, so that the next run resumes there.

A checkpoint is written in the transaction that stores the articles before it: both are stored, or
neither is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from service.store import bulk
from service.store.schema import checkpoints as checkpoint_table


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one version of a source was read."""

    version_tag: str
    """Differs when the content of the source has changed."""
    position: int = 0
    """Items read so far: articles, and items that could not be parsed."""
    refused: int = 0
    """Number of these items that were not accepted."""
    finished: bool = False


def read_checkpoint(connection: Connection, source_key: str) -> Checkpoint | None:
    """Return how far a source was read; None if it was never read."""
    columns = checkpoint_table.c
    row = connection.execute(
        select(columns.version_tag, columns.position, columns.refused, columns.finished).where(
            columns.source_key == source_key
        )
    ).first()
    return None if row is None else Checkpoint(*row)


def write_checkpoints(connection: Connection, checkpoints: Mapping[str, Checkpoint]) -> None:
    """Replace the checkpoints of sources.

    Parameters
    ----------
    connection : Connection
    checkpoints : mapping of str to Checkpoint
        By source key.
    """
    for source_key in checkpoints:
        connection.execute(
            delete(checkpoint_table).where(checkpoint_table.c.source_key == source_key)
        )
    now = time.time()
    rows = [
        {
            "source_key": source_key,
            "version_tag": checkpoint.version_tag,
            "position": checkpoint.position,
            "refused": checkpoint.refused,
            "finished": checkpoint.finished,
            "at": now,
        }
        for source_key, checkpoint in checkpoints.items()
    ]
    bulk.insert(connection, checkpoint_table, rows)

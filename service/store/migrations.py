"""Stores of older versions of the tables are brought to the present one when they are opened."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, select, text, update
from sqlalchemy.schema import CreateIndex

from clustering.features.minhash import FINGERPRINT_VERSION
from clustering.features.terms import Terms
from service.store import bulk
from service.store.projections import event_summaries
from service.store.schema import META_SCHEMA, events, features, meta, metadata


def create_missing(connection: Connection) -> None:
    """Make what came later and changes no answer: tables, and indexes of tables that are there."""
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))


def upgrade(connection: Connection, version: str | None) -> None:
    """Take all steps from one version of the tables to the present one.

    Parameters
    ----------
    connection : Connection
        A write transaction: all of it, or nothing.
    version : str or None
        The store's; one that no step leads on from is left as it is.
    """
    while version in _MIGRATIONS:
        version = _MIGRATIONS[version](connection)
        connection.execute(update(meta).where(meta.c.name == META_SCHEMA), {"value": version})


def _add_key_terms(connection: Connection) -> str:
    connection.execute(text("ALTER TABLE events ADD COLUMN key_terms TEXT NOT NULL DEFAULT ''"))
    return "3"


def _add_group_summaries(connection: Connection) -> str:
    living = connection.scalars(select(events.c.number).where(events.c.state == "open")).all()
    for some in bulk.chunked(living):
        event_summaries.refresh_events(connection, dict.fromkeys(some), time.time())
    return "4"


def _add_pairs_and_thresholds(_: Connection) -> str:
    """Their tables are made as the store is opened, and begin empty."""
    return "5"


def _renumber_terms(connection: Connection) -> str:
    """They had 22 bits, and of two hundred pairs of articles one had two words of one number.

    What another version has read is left alone: it is made again from the text.
    """
    current = features.c.fingerprint_version == FINGERPRINT_VERSION
    keys = connection.scalars(select(features.c.key).where(current)).all()
    for some in bulk.chunked(keys):
        found = connection.execute(
            select(features.c.key, features.c.terms).where(features.c.key.in_(some))
        )
        anew = [
            {"key": row.key, "terms": Terms.from_bytes(row.terms).with_current_ids().to_bytes()}
            for row in found
        ]
        bulk.update(connection, features, anew)
    return "6"


_MIGRATIONS: Final[Mapping[str | None, Callable[[Connection], str]]] = MappingProxyType(
    {
        "2": _add_key_terms,
        "3": _add_group_summaries,
        "4": _add_pairs_and_thresholds,
        "5": _renumber_terms,
    }
)

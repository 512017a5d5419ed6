"""Stores of older versions of the tables are brought to the present one when they are opened."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, select, text, update
from sqlalchemy.schema import CreateIndex

from clustering.fingerprints import FINGERPRINT_VERSION
from clustering.terms import Terms
from service.store import rows, summaries
from service.store.tables import SCHEMA, events, features, meta, metadata


def complete(connection: Connection) -> None:
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
    while version in _STEPS:
        version = _STEPS[version](connection)
        connection.execute(update(meta).where(meta.c.name == SCHEMA), {"value": version})


def _add_key_terms(connection: Connection) -> str:
    connection.execute(text("ALTER TABLE events ADD COLUMN key_terms TEXT NOT NULL DEFAULT ''"))
    return "3"


def _add_reports(connection: Connection) -> str:
    living = connection.scalars(select(events.c.number).where(events.c.state == "open")).all()
    for some in rows.in_steps(living):
        summaries.refresh_events(connection, dict.fromkeys(some), time.time())
    return "4"


def _add_doubts_and_lines(_: Connection) -> str:
    """Their tables are made as the store is opened, and begin empty."""
    return "5"


def _number_terms_anew(connection: Connection) -> str:
    """They had 22 bits, and of two hundred pairs of articles one had two words of one number.

    What another version has read is left alone: it is made again from the text.
    """
    current = features.c.fingerprint_version == FINGERPRINT_VERSION
    keys = connection.scalars(select(features.c.key).where(current)).all()
    for some in rows.in_steps(keys):
        found = connection.execute(
            select(features.c.key, features.c.terms).where(features.c.key.in_(some))
        )
        anew = [
            {"key": row.key, "terms": Terms.from_bytes(row.terms).renumbered().to_bytes()}
            for row in found
        ]
        rows.update(connection, features, anew)
    return "6"


_STEPS: Final[Mapping[str | None, Callable[[Connection], str]]] = MappingProxyType(
    {
        "2": _add_key_terms,
        "3": _add_reports,
        "4": _add_doubts_and_lines,
        "5": _number_terms_anew,
    }
)

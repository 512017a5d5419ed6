"""Upgrades of the tables: a store of an older version is upgraded to the current one when opened.

The renames of version 7 come first, so that the tables of any older version have their current
names before missing tables are created and the steps of the versions before run; so do the changed
columns of versions 8 to 10.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, inspect, select, text, update
from sqlalchemy.schema import CreateIndex

from service.store import bulk
from service.store.bulk import RowValues
from service.store.projections import event_summaries, group_summaries
from service.store.review import uncertain_pairs
from service.store.schema import (
    META_SCHEMA,
    assignments,
    decisions,
    events,
    meta,
    metadata,
)

_RENAMED_TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "doubts": "uncertain_pairs",
        "skips": "skipped_pairs",
        "lines": "event_thresholds",
        "proposals": "threshold_proposals",
        "reading_marks": "checkpoints",
        "reports": "group_summaries",
        "snapshots": "idf_snapshots",
        "ended_sessions": "revoked_sessions",
    }
)
"""Names of tables before version 7, each with its current name."""
_RENAMED_COLUMNS: Final[Sequence[tuple[str, str, str]]] = (
    ("decisions", "said", "constraints"),
    ("decisions", "moved", "moves"),
    ("uncertain_pairs", "rank", "priority"),
    ("event_thresholds", "judgements", "labels"),
    ("event_thresholds", "takes_back", "reverts"),
    ("checkpoints", "source", "source_key"),
    ("checkpoints", "edition", "version_tag"),
    ("group_summaries", "voice", "attribution"),
    ("webhooks", "upto", "batch_end"),
    ("assignments", "arrived", "arrived_seq"),
    ("features", "origin", "wire_agency"),
    ("revoked_sessions", "session", "session_id"),
    ("revoked_sessions", "until", "expires_at"),
)
"""Current name of a table, name of a column before version 7, its current name."""
_RENAMED_INDEXES: Final = (
    "ix_doubts_second",
    "ix_doubts_rank",
    "ix_skips_actors",
    "ix_reports_events",
    "ix_ended_sessions_until",
)
"""Indexes with a former name of a table or column. They are dropped, and created under their
current names with everything else that is missing."""


def rename_tables(connection: Connection, version: str | None) -> None:
    """Rename the tables and columns of a store from before version 7; before `create_missing`.

    Parameters
    ----------
    connection : Connection
        The write transaction of the upgrade.
    version : str or None
        Version of the store. Nothing is done for a version that no step starts from.
    """
    if version not in _MIGRATIONS:
        return
    for index in _RENAMED_INDEXES:
        connection.execute(text(f"DROP INDEX IF EXISTS {index}"))
    existing = {*inspect(connection).get_table_names()}
    for old_name, new_name in _RENAMED_TABLES.items():
        if old_name in existing:  # older versions lack some
            connection.execute(text(f"ALTER TABLE {old_name} RENAME TO {new_name}"))
    for table, old_name, new_name in _RENAMED_COLUMNS:
        if _has_column(connection, table, old_name):
            connection.execute(text(f"ALTER TABLE {table} RENAME COLUMN {old_name} TO {new_name}"))


def change_columns(connection: Connection, version: str | None) -> None:
    """Give tables the columns of newer versions, which the steps of earlier versions write already.

    Parameters
    ----------
    connection : Connection
        The write transaction of the upgrade.
    version : str or None
        Version of the store. Nothing is done for a version that no step starts from.
    """
    if version not in _MIGRATIONS:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    number = "INTEGER" if is_sqlite else "BIGINT"
    added = (
        ("events", "rank", f"{'FLOAT' if is_sqlite else 'DOUBLE PRECISION'} NOT NULL DEFAULT 0"),
        ("assignments", "decision", number),
        ("uncertain_pairs", "kind", "VARCHAR NOT NULL DEFAULT 'event'"),
        ("uncertain_pairs", "n_moved", "INTEGER NOT NULL DEFAULT 0"),
        ("uncertain_pairs", "cause", number),
        ("skipped_pairs", "flagged", "INTEGER NOT NULL DEFAULT 0"),
    )
    existing = {*inspect(connection).get_table_names()}  # older versions lack some
    for table, column, definition in added:
        if table in existing and not _has_column(connection, table, column):
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column} {definition}"))
    if _has_column(connection, events.name, "search"):
        connection.execute(text("ALTER TABLE events DROP COLUMN search"))


def create_missing(connection: Connection) -> None:
    """Create tables and indexes that the store does not have yet."""
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))


def upgrade(connection: Connection, version: str | None) -> None:
    """Run all steps from one version of the tables to the current one.

    Parameters
    ----------
    connection : Connection
        A write transaction: either all steps are committed or none.
    version : str or None
        Version of the store. Nothing is done for a version that no step starts from.
    """
    while version in _MIGRATIONS:
        version = _MIGRATIONS[version](connection)
        connection.execute(update(meta).where(meta.c.name == META_SCHEMA), {"value": version})


def _has_column(connection: Connection, table: str, column: str) -> bool:
    inspector = inspect(connection)
    return inspector.has_table(table) and column in {
        existing["name"] for existing in inspector.get_columns(table)
    }


def _add_key_terms(connection: Connection) -> str:
    connection.execute(text("ALTER TABLE events ADD COLUMN key_terms TEXT NOT NULL DEFAULT ''"))
    return "3"


def _add_group_summaries(connection: Connection) -> str:
    open_events = connection.scalars(select(events.c.number).where(events.c.state == "open")).all()
    for numbers in bulk.chunked(open_events):
        event_summaries.refresh_events(connection, dict.fromkeys(numbers), time.time())
    return "4"


def _add_pairs_and_thresholds(_: Connection) -> str:
    """Their tables are created as the store is opened, and are empty at first."""
    return "5"


def _leave_terms_to_recomputation(_: Connection) -> str:
    """Terms with ids of 22 bits are of an older fingerprint version, and computed anew."""
    return "6"


def _rename_to_field_terms(_: Connection) -> str:
    """The renames themselves come before everything else; see `rename_tables`."""
    return "7"


def _rank_events_and_name_decisions(connection: Connection) -> str:
    """Rank the open events, and tell which articles decisions moved to where they are.

    The search index is built as the store is opened, and the table of sentence vectors is empty
    at first.
    """
    query = select(events.c.number, events.c.last_seen).where(events.c.state == "open")
    ranked = [
        {"number": number, "rank": group_summaries.rank_event(connection, number, last_seen)}
        for number, last_seen in connection.execute(query).all()
    ]
    bulk.update(connection, events, ranked)
    bulk.update(connection, assignments, _find_moved(connection))
    return "8"


def _date_uncertain_pairs(connection: Connection) -> str:
    """Date the pairs of undated articles anew: they counted as of the day of receipt.

    The tables of tokens, users and the audit log are empty at first.
    """
    uncertain_pairs.refresh_times(connection)
    return "9"


def _leave_causes_unnamed(_: Connection) -> str:
    """Questions about merges name the article that caused them; those asked before do not."""
    return "10"


def _find_moved(connection: Connection) -> list[RowValues]:
    """Return the articles that a decision or undo moved into the event that they are in."""
    query = select(decisions.c.number, decisions.c.moves).order_by(decisions.c.number)
    moved = {
        (key, event): number
        for number, moves in connection.execute(query)
        for key, _, event_before, _, _, event, *_ in json.loads(moves)
        if event != event_before
    }
    rows = bulk.select_in(
        connection,
        select(assignments.c.key, assignments.c.event_number),
        assignments.c.key,
        {key for key, _ in moved},
    )
    return [
        {"key": row.key, "decision": moved[row.key, row.event_number]}
        for row in rows
        if (row.key, row.event_number) in moved
    ]


_MIGRATIONS: Final[Mapping[str | None, Callable[[Connection], str]]] = MappingProxyType(
    {
        "2": _add_key_terms,
        "3": _add_group_summaries,
        "4": _add_pairs_and_thresholds,
        "5": _leave_terms_to_recomputation,
        "6": _rename_to_field_terms,
        "7": _rank_events_and_name_decisions,
        "8": _date_uncertain_pairs,
        "9": _leave_causes_unnamed,
    }
)

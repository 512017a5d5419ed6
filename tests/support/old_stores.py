"""Stores of earlier schema versions, made from a current one by undoing the upgrades."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

OLD_VERSIONS: Final = ("2", "3", "4", "5", "6", "7", "8", "9")
NEW_SINCE: Final = {
    "9": ("access_tokens", "users", "audit_log"),
    "8": ("sentence_vectors",),
    "5": ("skips", "doubts", "lines", "proposals"),
    "4": ("reports",),
}
"""Tables that a version added, by the names they had then."""
_DROPPED_INDEXES: Final = (
    "ix_uncertain_pairs_second",
    "ix_uncertain_pairs_priority",
    "ix_skipped_pairs_actors",
    "ix_group_summaries_events",
    "ix_revoked_sessions_expires_at",
)
_RENAMES: Final = (
    "decisions RENAME COLUMN constraints TO said",
    "decisions RENAME COLUMN moves TO moved",
    "uncertain_pairs RENAME COLUMN priority TO rank",
    "event_thresholds RENAME COLUMN labels TO judgements",
    "event_thresholds RENAME COLUMN reverts TO takes_back",
    "checkpoints RENAME COLUMN source_key TO source",
    "checkpoints RENAME COLUMN version_tag TO edition",
    "group_summaries RENAME COLUMN attribution TO voice",
    "webhooks RENAME COLUMN batch_end TO upto",
    "assignments RENAME COLUMN arrived_seq TO arrived",
    "features RENAME COLUMN wire_agency TO origin",
    "revoked_sessions RENAME COLUMN session_id TO session",
    "revoked_sessions RENAME COLUMN expires_at TO until",
    "uncertain_pairs RENAME TO doubts",
    "skipped_pairs RENAME TO skips",
    "event_thresholds RENAME TO lines",
    "threshold_proposals RENAME TO proposals",
    "checkpoints RENAME TO reading_marks",
    "group_summaries RENAME TO reports",
    "idf_snapshots RENAME TO snapshots",
    "revoked_sessions RENAME TO ended_sessions",
)
_OLD_INDEXES: Final = (
    "ix_doubts_second ON doubts (second)",
    "ix_doubts_rank ON doubts (rank)",
    "ix_skips_actors ON skips (actor, at)",
    "ix_reports_events ON reports (event_number, seen, key, voice)",
    "ix_ended_sessions_until ON ended_sessions (until)",
)


def downgrade(connection: Connection, version: str) -> None:
    """Turn the tables of a store of the current version into those of an older one."""
    connection.execute(text("ALTER TABLE uncertain_pairs DROP COLUMN cause"))
    if version < "9":
        _undo_question_kinds(connection)
    if version < "8":
        _undo_search_and_ranks(connection)
    if version < "7":
        _undo_renames(connection)
    for added_in, tables in NEW_SINCE.items():
        if version < added_in:
            for table in tables:
                connection.execute(text(f"DROP TABLE {table}"))
    if version < "3":
        connection.execute(text("ALTER TABLE events DROP COLUMN key_terms"))
    statement = text("UPDATE meta SET value = :version WHERE name = 'schema'")
    connection.execute(statement, {"version": version})


def _undo_question_kinds(connection: Connection) -> None:
    for column in (
        "uncertain_pairs DROP COLUMN kind",
        "uncertain_pairs DROP COLUMN n_moved",
        "skipped_pairs DROP COLUMN flagged",
    ):
        connection.execute(text(f"ALTER TABLE {column}"))


def _undo_search_and_ranks(connection: Connection) -> None:
    for statement in (
        *("DROP TABLE article_search", "DELETE FROM meta WHERE name = 'search'"),
        *("DROP TABLE storyline_edits", "DROP TABLE reviewed_events"),
        "DROP INDEX ix_events_rank",
        "ALTER TABLE events DROP COLUMN rank",
        "ALTER TABLE assignments DROP COLUMN decision",
        "ALTER TABLE events ADD COLUMN search TEXT NOT NULL DEFAULT ''",
    ):
        connection.execute(text(statement))


def _undo_renames(connection: Connection) -> None:
    for index in _DROPPED_INDEXES:
        connection.execute(text(f"DROP INDEX {index}"))
    for rename in _RENAMES:
        connection.execute(text(f"ALTER TABLE {rename}"))
    for index in _OLD_INDEXES:
        connection.execute(text(f"CREATE INDEX {index}"))

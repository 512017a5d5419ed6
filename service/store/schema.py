"""The tables of the store. Times are POSIX seconds; numbers and keys are never used twice.

`changes` is the change log: replayed from the start, with the features of each article, it leads to
the same index. Rows of events and groups stay when they have merged or become empty, so that every
id that was ever published can be resolved.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA_VERSION: Final = 10
META_SCHEMA: Final = "schema"
META_LAST_KEY: Final = "last_key"
META_CANONICAL_RULE: Final = "canonical"
META_RETIRED_BEFORE: Final = "retired"
META_SESSION_KEY: Final = "session_key"
META_RECLUSTER_PROGRESS: Final = "reclustered"
META_LAST_RECLUSTER: Final = "last_recluster"
META_SEARCH_VERSION: Final = "search"
META_COPIED_FROM: Final = "copied_from"
META_MOVED_TO: Final = "moved_to"
META_GENERATION: Final = "generation"
"""Names in `meta`: the version of the tables; the newest article key; the rule by which canonical
articles were chosen (absent: the default rule); the first change whose article has not retired
(absent: 0); the key that signs session cookies (written by the first process that serves pages);
the progress of a run that reclusters all events (the change of its IDF snapshot, and an article
key); the folding of the words in the search index, which has tables of its own; and the store that
this one is being copied from, or has moved to; and a name that changes when a backup is restored
(absent: never), so that processes that have the store open notice."""

metadata: Final = MetaData()
# SQLite uses the row number itself as the index of an INTEGER PRIMARY KEY only.
NUMBER_TYPE: Final = BigInteger().with_variant(Integer, "sqlite")


def _article_key_column() -> Column[int]:
    return Column(
        "key", NUMBER_TYPE, ForeignKey("articles.key", ondelete="CASCADE"), primary_key=True
    )


meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

# Texts have a table of their own: lists and summaries read many articles and few texts.
articles = Table(
    "articles",
    metadata,
    Column("key", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("url", Text),
    Column("canonical_url", Text, index=True),
    Column("title", Text, nullable=False),
    Column("source", Text),
    Column("language", Text),
    Column("published_at", Text),
    Column("published", Float, index=True),
    Column("received_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
)

texts = Table("texts", metadata, _article_key_column(), Column("text", Text, nullable=False))

article_versions = Table(
    "article_versions",
    metadata,
    _article_key_column(),
    Column("version", Integer, primary_key=True),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text),
    Column("language", Text),
    Column("published_at", Text),
    Column("updated_at", Float, nullable=False),
)

# The blobs are the last columns: a query for the columns before them does not read them.
features = Table(
    "features",
    metadata,
    _article_key_column(),
    Column("fingerprint_version", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("words", Integer, nullable=False),
    Column("wire_agency", Text),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("terms", LargeBinary, nullable=False),
)

# `number` grows with each vector that is stored. `vector` holds half-precision floats.
sentence_vectors = Table(
    "sentence_vectors",
    metadata,
    _article_key_column(),
    Column("encoder", Text, nullable=False),
    Column("number", NUMBER_TYPE, nullable=False, unique=True),
    Column("vector", LargeBinary, nullable=False),
)

# `arrived_seq` is the change by which the current version arrived: the order of replaying.
# `decision` is the decision or undo that moved the article into its event; null if it was no
# decision.
assignments = Table(
    "assignments",
    metadata,
    _article_key_column(),
    Column("arrived_seq", NUMBER_TYPE, nullable=False, unique=True),
    Column("group_number", NUMBER_TYPE, nullable=False, index=True),
    Column("event_number", NUMBER_TYPE, nullable=False, index=True),
    Column("duplicate_of", NUMBER_TYPE),
    Column("outcome", String, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("decision", NUMBER_TYPE),
)

# All columns but the first four summarise the articles of the event and are renewed whenever these
# change. `sources` and `languages` are lines between line breaks, `key_terms` is lines; `rank` is
# explained in `projections/ranking.py`.
events = Table(
    "events",
    metadata,
    Column("number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("merged_into", NUMBER_TYPE),
    Column("created_at", Float, nullable=False),
    Column("headline", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("group_count", Integer, nullable=False),
    Column("first_seen", Float, nullable=False),
    Column("last_seen", Float, nullable=False),
    Column("sources", Text, nullable=False),
    Column("independent_sources", Integer, nullable=False),
    Column("languages", Text, nullable=False),
    Column("key_terms", Text, nullable=False),
    Column("rank", Float, nullable=False),
    Index("ix_events_newest", "state", "last_seen", "number"),
    Index("ix_events_rank", "state", "rank", "number"),
    # Holds everything that is counted over all events, so that counting reads no row.
    Index("ix_events_counted", "state", "size", "group_count"),
)

# An event without a row was not reviewed since it last changed.
reviewed_events: Final = Table(
    "reviewed_events",
    metadata,
    Column("number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
)

# What people said of two events of a storyline: "tie" or "cut".
storyline_edits: Final = Table(
    "storyline_edits",
    metadata,
    Column("first", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("second", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Float, nullable=False),
)

groups = Table(
    "groups",
    metadata,
    Column("number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("merged_into", NUMBER_TYPE),
    Column("created_at", Float, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", NUMBER_TYPE),
    Column("article_id", Text),
    Column("group_number", NUMBER_TYPE),
    Column("event_number", NUMBER_TYPE),
    Column("duplicate_of", NUMBER_TYPE),
    Column("source", NUMBER_TYPE),
    Column("target", NUMBER_TYPE),
    Column("reason", Text),
)

# `seq` is the last change before the snapshot was taken.
idf_snapshots = Table(
    "idf_snapshots",
    metadata,
    Column("seq", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("snapshot", LargeBinary, nullable=False),
)

# Sessions that were logged out. A row is kept until the session would have expired anyway.
revoked_sessions = Table(
    "revoked_sessions",
    metadata,
    Column("session_id", String, primary_key=True),
    Column("expires_at", Float, nullable=False, index=True),
)

# `digest` is the SHA-256 digest of the token, which is kept nowhere.
access_tokens: Final = Table(
    "access_tokens",
    metadata,
    Column("name", String, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("scopes", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Float),
)

users: Final = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", Text, nullable=False),
)

# Who did what, decisions and articles aside: these have logs of their own.
audit_log: Final = Table(
    "audit_log",
    metadata,
    Column("number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("address", Text, nullable=False),
)


# `payload` is the request, with public ids; `constraints` is what it says about articles, by their
# keys; `moves` lists the positions of articles before and after. An undo refers to the decision
# that it reverts.
decisions: Final = Table(
    "decisions",
    metadata,
    Column("number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("seq", NUMBER_TYPE, nullable=False),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("constraints", Text, nullable=False),
    Column("moves", Text, nullable=False),
    Column("event_number", NUMBER_TYPE),
    Column("undoes", NUMBER_TYPE, unique=True),
    Index("ix_decisions_events", "kind", "event_number"),
)


def _article_column(name: str, **options: Any) -> Column[int]:
    key = ForeignKey("articles.key", ondelete="CASCADE")
    return Column(name, NUMBER_TYPE, key, primary_key=True, autoincrement=False, **options)


# `published` is that of the younger article with a date; `priority` is the review priority when the
# pair was stored. `kind` is what is asked; `n_moved` is of merges and splits only, and `cause`, the
# key of the article that merged two events, of merges.
uncertain_pairs: Final = Table(
    "uncertain_pairs",
    metadata,
    _article_column("first"),
    _article_column("second", index=True),
    Column("probability", Float, nullable=False),
    Column("published", Float, nullable=False),
    Column("priority", Float, nullable=False, index=True),
    Column("kind", String, nullable=False, server_default="event"),
    Column("n_moved", Integer, nullable=False, server_default="0"),
    Column("cause", NUMBER_TYPE),
)


# A skipped pair is hidden from one editor only; a flagged one is also listed for all. The rows are
# deleted with their pair.
skipped_pairs: Final = Table(
    "skipped_pairs",
    metadata,
    Column("first", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("second", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("actor", String, primary_key=True),
    Column("at", Float, nullable=False),
    Column("flagged", Integer, nullable=False, server_default="0"),
    ForeignKeyConstraint(
        ["first", "second"],
        ["uncertain_pairs.first", "uncertain_pairs.second"],
        ondelete="CASCADE",
    ),
    Index("ix_skipped_pairs_actors", "actor", "at"),
)


# `seq` is the last change that was written with the threshold. A row that restores the threshold
# before has in `reverts` the number of the row that it reverts, and in `threshold` the restored
# value.
event_thresholds: Final = Table(
    "event_thresholds",
    metadata,
    Column("number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("seq", NUMBER_TYPE, nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("labels", Integer, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("reverts", NUMBER_TYPE, unique=True),
)


# The newest proposal; at most one row.
threshold_proposals: Final = Table(
    "threshold_proposals",
    metadata,
    Column("at", Float, primary_key=True),
    Column("report", Text, nullable=False),
)


checkpoints = Table(
    "checkpoints",
    metadata,
    Column("source_key", Text, primary_key=True),
    Column("version_tag", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("finished", Boolean, nullable=False),
    Column("at", Float, nullable=False),
)


# What a feed calls an article that is identified by its address.
feed_entries: Final = Table(
    "feed_entries",
    metadata,
    _article_key_column(),
    Column("feed", Text, primary_key=True),
    Column("entry_id", Text, nullable=False),
)


# The index holds every column that is read for the groups of an event.
group_summaries: Final = Table(
    "group_summaries",
    metadata,
    Column("group_number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("event_number", NUMBER_TYPE, nullable=False),
    Column("key", NUMBER_TYPE, nullable=False),
    Column("seen", Float, nullable=False),
    Column("attribution", Text, nullable=False),
    Index("ix_group_summaries_events", "event_number", "seen", "key", "attribution"),
)


# `kinds` is lines; empty means all kinds. `position` is the last change that was delivered or not
# subscribed to, `batch_end` the last change of the batch in delivery: it stays the same for every
# attempt.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("batch_end", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("lease", String),
    Column("lease_until", Float, nullable=False),
    Column("last_at", Float),
    Column("last_status", Integer),
    Column("last_error", Text),
)

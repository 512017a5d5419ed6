"""The tables. Times are POSIX seconds; numbers and keys are never used twice.

`changes` is the log: whoever reads it from the start, with the features of each article, comes to
the same index. Rows of events and groups stay when they have merged or run empty, so that an id
once given out can always be answered for.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA_VERSION: Final = 6
SCHEMA: Final = "schema"
LAST_KEY: Final = "last_key"
CANONICAL: Final = "canonical"
RETIRED: Final = "retired"
SESSION_KEY: Final = "session_key"
RECLUSTERED: Final = "reclustered"
"""Names in `meta`: the version of the tables, the newest article key, the rule by which
canonical articles were chosen (the default one where it is not there), the first change whose
article has not retired (0 where it is not there), the key that signs the cookies of the pages (made
by the first process that serves them), and how far a run that judges all events again has come
(the change its term weights came with, and an article key)."""

metadata: Final = MetaData()
# SQLite gives only an INTEGER PRIMARY KEY the row number itself as its index.
NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")


def _article_key() -> Column[int]:
    return Column("key", NUMBER, ForeignKey("articles.key", ondelete="CASCADE"), primary_key=True)


meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

# The text has a table of its own: lists and summaries read many articles, and few texts.
articles = Table(
    "articles",
    metadata,
    Column("key", NUMBER, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("url", Text),
    Column("canonical_url", Text),
    Column("title", Text, nullable=False),
    Column("source", Text),
    Column("language", Text),
    Column("published_at", Text),
    Column("published", Float, index=True),
    Column("received_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
)

texts = Table("texts", metadata, _article_key(), Column("text", Text, nullable=False))

article_versions = Table(
    "article_versions",
    metadata,
    _article_key(),
    Column("version", Integer, primary_key=True),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text),
    Column("language", Text),
    Column("published_at", Text),
    Column("updated_at", Float, nullable=False),
)

# The blobs stand last: reading what is before them leaves them alone.
features = Table(
    "features",
    metadata,
    _article_key(),
    Column("fingerprint_version", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("words", Integer, nullable=False),
    Column("origin", Text),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("terms", LargeBinary, nullable=False),
)

# `arrived` is the change with which the present version came: the order of replaying.
assignments = Table(
    "assignments",
    metadata,
    _article_key(),
    Column("arrived", NUMBER, nullable=False, unique=True),
    Column("group_number", NUMBER, nullable=False, index=True),
    Column("event_number", NUMBER, nullable=False, index=True),
    Column("duplicate_of", NUMBER),
    Column("outcome", String, nullable=False),
    Column("evidence", Text, nullable=False),
)

# All but the first four columns is a summary of the event's articles, renewed with every change of
# them. `sources`, `languages` and `search` are lines between line breaks, `key_terms` lines;
# `search` is folded.
events = Table(
    "events",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("merged_into", NUMBER),
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
    Column("search", Text, nullable=False),
    Index("ix_events_newest", "state", "last_seen", "number"),
    # What is counted over all events, so that counting reads none of them.
    Index("ix_events_counted", "state", "size", "group_count"),
)

groups = Table(
    "groups",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("merged_into", NUMBER),
    Column("created_at", Float, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", NUMBER),
    Column("article_id", Text),
    Column("group_number", NUMBER),
    Column("event_number", NUMBER),
    Column("duplicate_of", NUMBER),
    Column("source", NUMBER),
    Column("target", NUMBER),
    Column("reason", Text),
)

# `seq` is that of the last change the snapshot was taken after.
snapshots = Table(
    "snapshots",
    metadata,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("snapshot", LargeBinary, nullable=False),
)

# Somebody signed out; kept until the session would have run out by itself.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("session", String, primary_key=True),
    Column("until", Float, nullable=False, index=True),
)

"""The tables. Times are POSIX seconds; numbers and keys are never used twice.

`changes` is the log: whoever reads it from the start, with the features of each article, comes to
the same index. Rows of events and groups stay when they have merged or run empty, so that an id
once given out can always be answered for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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

if TYPE_CHECKING:
    pass


SCHEMA_VERSION: Final = 6
META_SCHEMA: Final = "schema"
META_LAST_KEY: Final = "last_key"
META_CANONICAL_RULE: Final = "canonical"
META_RETIRED_BEFORE: Final = "retired"
META_SESSION_KEY: Final = "session_key"
META_RECLUSTER_PROGRESS: Final = "reclustered"
"""Names in `meta`: the version of the tables, the newest article key, the rule by which
canonical articles were chosen (the default one where it is not there), the first change whose
article has not retired (0 where it is not there), the key that signs the cookies of the pages (made
by the first process that serves them), and how far a run that judges all events again has come
(the change its term weights came with, and an article key)."""

metadata: Final = MetaData()
# SQLite gives only an INTEGER PRIMARY KEY the row number itself as its index.
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

# The text has a table of its own: lists and summaries read many articles, and few texts.
articles = Table(
    "articles",
    metadata,
    Column("key", NUMBER_TYPE, primary_key=True, autoincrement=False),
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

# The blobs stand last: reading what is before them leaves them alone.
features = Table(
    "features",
    metadata,
    _article_key_column(),
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
    _article_key_column(),
    Column("arrived", NUMBER_TYPE, nullable=False, unique=True),
    Column("group_number", NUMBER_TYPE, nullable=False, index=True),
    Column("event_number", NUMBER_TYPE, nullable=False, index=True),
    Column("duplicate_of", NUMBER_TYPE),
    Column("outcome", String, nullable=False),
    Column("evidence", Text, nullable=False),
)

# All but the first four columns is a summary of the event's articles, renewed with every change of
# them. `sources`, `languages` and `search` are lines between line breaks, `key_terms` lines;
# `search` is folded.
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
    Column("search", Text, nullable=False),
    Index("ix_events_newest", "state", "last_seen", "number"),
    # What is counted over all events, so that counting reads none of them.
    Index("ix_events_counted", "state", "size", "group_count"),
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

# `seq` is that of the last change the snapshot was taken after.
snapshots = Table(
    "snapshots",
    metadata,
    Column("seq", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("snapshot", LargeBinary, nullable=False),
)

# Somebody signed out; kept until the session would have run out by itself.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("session", String, primary_key=True),
    Column("until", Float, nullable=False, index=True),
)


# `payload` is what was asked for, by outside names; `said` what it says of articles, by their keys;
# `moved` where articles were before and after. An undo names what it takes back.
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
    Column("said", Text, nullable=False),
    Column("moved", Text, nullable=False),
    Column("event_number", NUMBER_TYPE),
    Column("undoes", NUMBER_TYPE, unique=True),
    Index("ix_decisions_events", "kind", "event_number"),
)


def _article_column(name: str, **options: Any) -> Column[int]:
    key = ForeignKey("articles.key", ondelete="CASCADE")
    return Column(name, NUMBER_TYPE, key, primary_key=True, autoincrement=False, **options)


# `published` is that of the younger of the two; `rank` what the doubt was worth when it arose.
doubts: Final = Table(
    "doubts",
    metadata,
    _article_column("first"),
    _article_column("second", index=True),
    Column("probability", Float, nullable=False),
    Column("published", Float, nullable=False),
    Column("rank", Float, nullable=False, index=True),
)


# Who does not know leaves a doubt to others. With a doubt go its skips.
skips: Final = Table(
    "skips",
    metadata,
    Column("first", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("second", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("actor", String, primary_key=True),
    Column("at", Float, nullable=False),
    ForeignKeyConstraint(
        ["first", "second"], ["doubts.first", "doubts.second"], ondelete="CASCADE"
    ),
    Index("ix_skips_actors", "actor", "at"),
)


# `seq` is that of the last change it came with. A row that puts the line before back names the one
# that it takes back; its own threshold is the one that holds again.
lines: Final = Table(
    "lines",
    metadata,
    Column("number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("seq", NUMBER_TYPE, nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("judgements", Integer, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("takes_back", NUMBER_TYPE, unique=True),
)


# What was worked out last; there is one row at most.
proposals: Final = Table(
    "proposals",
    metadata,
    Column("at", Float, primary_key=True),
    Column("report", Text, nullable=False),
)


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


# The index holds all that is asked of the reports of an event.
reports: Final = Table(
    "reports",
    metadata,
    Column("group_number", NUMBER_TYPE, primary_key=True, autoincrement=False),
    Column("event_number", NUMBER_TYPE, nullable=False),
    Column("key", NUMBER_TYPE, nullable=False),
    Column("seen", Float, nullable=False),
    Column("voice", Text, nullable=False),
    Index("ix_reports_events", "event_number", "seen", "key", "voice"),
)


# `kinds` is lines, or empty for all. `position` is the last change that was delivered (or not
# wanted), `upto` the end of the parcel that is being tried: it stays the same however often.
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
    Column("upto", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("lease", String),
    Column("lease_until", Float, nullable=False),
    Column("last_at", Float),
    Column("last_status", Integer),
    Column("last_error", Text),
)

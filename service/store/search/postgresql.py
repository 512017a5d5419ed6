"""The search index in PostgreSQL: a table of tsvectors, with a GIN index.

The vectors are written in their text form instead of by `to_tsvector`, whose parser would divide
the words anew.

References
----------
https://www.postgresql.org/docs/current/datatype-textsearch.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Select, cast, column, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY

from service.store.search.indexed_words import IndexedWords
from service.store.search.query import Phrase, SearchQuery

_TABLE: Final = table("article_search", column("key", BigInteger), column("words"))
_CREATE: Final = (
    "CREATE TABLE article_search (key BIGINT PRIMARY KEY REFERENCES articles (key)"
    " ON DELETE CASCADE, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_article_search_words ON article_search USING gin (words)",
)
_ADD: Final = text(
    "INSERT INTO article_search (key, words) VALUES (:key, CAST(:words AS tsvector))"
)
_REMOVE: Final = text("DELETE FROM article_search WHERE key = :key")
_HOLDS: Final = text("SELECT words = CAST(:words AS tsvector) FROM article_search WHERE key = :key")
_MAX_POSITIONS: Final = 255
"""Places of one word in a vector; PostgreSQL keeps no more."""
_MAX_VECTOR_BYTES: Final = 900_000
"""Bytes of a vector in text form, which are more than it takes; PostgreSQL accepts 1 MB."""
_OTHER_PLANS: Final = ("enable_seqscan", "enable_indexscan")
"""Settings of the planner for all ways to find words but by the inverted index."""
_TITLE_GAP: Final = 1
"""Positions left free after the title, so that no phrase spans title and text."""


def create(connection: Connection) -> None:
    """Create the empty index."""
    for statement in _CREATE:
        connection.execute(text(statement))


def drop(connection: Connection) -> None:
    """Drop the index, if there is one."""
    connection.execute(text("DROP TABLE IF EXISTS article_search"))


def add(connection: Connection, rows: list[IndexedWords]) -> None:
    """Add articles."""
    if rows:
        connection.execute(_ADD, [{"key": row.key, "words": render_vector(row)} for row in rows])


def remove(connection: Connection, rows: list[IndexedWords]) -> None:
    """Take articles out."""
    if rows:
        connection.execute(_REMOVE, [{"key": row.key} for row in rows])


def find_misindexed(connection: Connection, rows: Iterator[IndexedWords]) -> Iterator[int]:
    """Yield articles that the index holds with other words than those given.

    Parameters
    ----------
    connection : Connection
    rows : iterator of IndexedWords
        Of all articles; rows of others are deleted with their articles.

    Yields
    ------
    int
        Keys.
    """
    for row in rows:
        parameters = {"key": row.key, "words": render_vector(row)}
        if not connection.scalar(_HOLDS, parameters):
            yield row.key


def select_matching(query: SearchQuery) -> Select[Any]:
    """Return a query for the keys of the articles that match."""
    condition = _TABLE.c.words.op("@@")(cast(render(query), TSQUERY))
    keys: Select[Any] = select(_TABLE.c.key)
    return keys.where(condition)


def find_newest(connection: Connection, query: SearchQuery, limit: int) -> list[int]:
    """Return the keys of the articles that match and arrived last, the last one first.

    For words alone, the inverted index is always the fastest: it knows all articles, while any
    other plan reads their vectors, whose size the planner does not count. A phrase is looked up in
    the vectors anyway, and the planner chooses whether to read all of them or the latest.
    """
    found = select_matching(query).order_by(_TABLE.c.key.desc()).limit(limit)
    if _has_phrase(query):
        return list(connection.scalars(found))
    for setting in _OTHER_PLANS:
        connection.execute(text(f"SET LOCAL {setting} = off"))
    keys = list(connection.scalars(found))
    for setting in _OTHER_PLANS:
        connection.execute(text(f"SET LOCAL {setting} TO DEFAULT"))
    return keys


def _has_phrase(query: SearchQuery) -> bool:
    phrases = (*(phrase for group in query.groups for phrase in group), *query.excluded)
    return any(len(phrase.words) > 1 for phrase in phrases)


def render(query: SearchQuery) -> str:
    """Return a query in the text form of a tsquery; an empty one matches nothing."""
    required = [f"({_any_of(group)})" for group in query.groups]
    excluded = [f"!({_any_of((phrase,))})" for phrase in query.excluded if query.groups]
    return " & ".join([*required, *excluded])


def render_vector(row: IndexedWords) -> str:
    """Return the words of an article in the text form of a tsvector."""
    positions: defaultdict[str, list[int]] = defaultdict(list)
    for position, word in enumerate(row.title, 1):
        positions[word].append(position)
    for position, word in enumerate(row.text, len(row.title) + _TITLE_GAP + 1):
        positions[word].append(position)
    return " ".join(_within_limit(positions))


def _within_limit(positions: dict[str, list[int]]) -> list[str]:
    lexemes, size = [], 0
    for word, places in positions.items():
        lexeme = f"'{word}':{','.join(map(str, islice(places, _MAX_POSITIONS)))}"
        size += len(lexeme.encode()) + 1
        if size > _MAX_VECTOR_BYTES:
            break
        lexemes.append(lexeme)
    return lexemes


def _any_of(phrases: tuple[Phrase, ...]) -> str:
    return " | ".join(map(_render_phrase, phrases))


def _render_phrase(phrase: Phrase) -> str:
    words = [f"'{word}'" for word in phrase.words]
    return " <-> ".join(words) + (":*" if phrase.is_prefix else "")

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
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    cast,
    column,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from service.store.search.indexed_words import IndexedWords
from service.store.search.newest_matches import NewestMatches
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
MAX_CHECKED: Final = 15_000
"""Articles that are checked for a phrase, at about 6 µs each: some words are in every text."""
_PLANNER_SETTINGS: Final = ("enable_seqscan", "jit")
"""What is switched off while words are found: the planner takes the reading of vectors to cost
nothing, and a check by itself to cost enough to be compiled."""
_IN_A_ROW: Final = " <-> "
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


def find_newest(
    connection: Connection, query: SearchQuery, limit: int, before: int | None
) -> NewestMatches:
    """Return the articles that match and arrived last.

    The inverted index tells which articles have the words, and is always the fastest: any other
    plan reads the vectors of articles, whose size the planner does not count. Whether words stand
    in a row is in the vectors only. They are read one after another, the latest first, until there
    are enough, and of `MAX_CHECKED` articles at most.
    """
    candidates = _select_newest_candidates(query, before)
    with _by_inverted_index(connection):
        if not _has_phrase(query):
            keys = connection.scalars(candidates.limit(limit)).all()
            return NewestMatches(keys, keys[-1] if len(keys) == limit else None)
        checked = candidates.limit(MAX_CHECKED).subquery()
        found = select(checked.c.key).where(_has_words_in_a_row(query, checked.c.key))
        keys = connection.scalars(found.order_by(checked.c.key.desc()).limit(limit)).all()
        if len(keys) == limit:
            return NewestMatches(keys, keys[-1])
        return NewestMatches(keys, connection.scalar(candidates.offset(MAX_CHECKED - 1).limit(1)))


def _select_newest_candidates(query: SearchQuery, before: int | None) -> Select[Any]:
    """Return a query for the articles that have the words of phrases, in a row or not.

    The sum keeps the planner from reading all articles in the order of their keys instead.
    """
    key = (_TABLE.c.key + literal_column("0")).label("key")
    condition = _TABLE.c.words.op("@@")(cast(render(query, " & "), TSQUERY))
    candidates: Select[Any] = select(key).where(condition).order_by(key.desc())
    return candidates if before is None else candidates.where(key.element < before)


def _has_words_in_a_row(query: SearchQuery, key: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that an article matches, looked up for one article at a time."""
    vectors = _TABLE.alias()
    condition = vectors.c.words.op("@@")(cast(render(query), TSQUERY))
    return select(condition).where(vectors.c.key == key).scalar_subquery()


@contextmanager
def _by_inverted_index(connection: Connection) -> Iterator[None]:
    for setting in _PLANNER_SETTINGS:
        connection.execute(text(f"SET LOCAL {setting} = off"))
    yield
    for setting in _PLANNER_SETTINGS:
        connection.execute(text(f"SET LOCAL {setting} TO DEFAULT"))


def _has_phrase(query: SearchQuery) -> bool:
    phrases = (*(phrase for group in query.groups for phrase in group), *query.excluded)
    return any(len(phrase.words) > 1 for phrase in phrases)


def render(query: SearchQuery, between: str = _IN_A_ROW) -> str:
    """Return a query in the text form of a tsquery; an empty one matches nothing.

    Parameters
    ----------
    query : SearchQuery
    between : str
        Operator between the words of a phrase. With another than the default, excluded phrases are
        left out, since an article may have their words but not in a row.
    """
    required = [f"({_any_of(group, between)})" for group in query.groups]
    excluded = [
        f"!({_render_phrase(phrase, between)})"
        for phrase in query.excluded
        if query.groups and (between == _IN_A_ROW or len(phrase.words) == 1)
    ]
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


def _any_of(phrases: tuple[Phrase, ...], between: str) -> str:
    return " | ".join(f"({_render_phrase(phrase, between)})" for phrase in phrases)


def _render_phrase(phrase: Phrase, between: str) -> str:
    words = [f"'{word}'" for word in phrase.words]
    return between.join(words) + (":*" if phrase.is_prefix else "")

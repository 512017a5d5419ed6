"""The search index of a store: built when it is missing, and kept up to date by every write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Row, Select, select

from service.store import bulk, meta_values
from service.store.schema import META_SEARCH_VERSION, articles, texts
from service.store.search import postgresql, sqlite
from service.store.search.indexed_words import IndexedWords
from service.store.search.newest_matches import NewestMatches
from service.store.search.query import SearchQuery
from service.store.search.words import FOLDING_VERSION, fold_words, normalise

MAX_WORDS: Final = 16_000
"""Words of a text that are indexed: PostgreSQL counts no further."""
_ROWS_PER_FETCH: Final = 200
_TEXTS_QUERY: Final[Select[Any]] = select(articles.c.key, articles.c.title, texts.c.text).join(
    texts, texts.c.key == articles.c.key
)


class _Backend(Protocol):
    """What a database does; see `sqlite` and `postgresql`."""

    def create(self, connection: Connection) -> None: ...
    def drop(self, connection: Connection) -> None: ...
    def add(self, connection: Connection, rows: list[IndexedWords]) -> None: ...
    def remove(self, connection: Connection, rows: list[IndexedWords]) -> None: ...
    def find_misindexed(
        self, connection: Connection, rows: Iterator[IndexedWords]
    ) -> Iterator[int]: ...
    def select_matching(self, query: SearchQuery) -> Select[Any]: ...
    def find_newest(
        self, connection: Connection, query: SearchQuery, limit: int, before: int | None
    ) -> NewestMatches: ...


def prepare(connection: Connection) -> None:
    """Create the index, and fill it if it is new or holds words of another folding.

    Parameters
    ----------
    connection : Connection
        A write transaction, in which the tables of the current schema exist.
    """
    if meta_values.read(connection, META_SEARCH_VERSION) != FOLDING_VERSION:
        rebuild(connection)


def rebuild(connection: Connection) -> None:
    """Make the index anew from the stored texts, in a write transaction."""
    backend = _backend(connection)
    backend.drop(connection)
    backend.create(connection)
    for keys in bulk.chunked(connection.scalars(select(articles.c.key)).all()):
        add_articles(connection, keys)
    meta_values.write(connection, META_SEARCH_VERSION, FOLDING_VERSION)


def add_articles(connection: Connection, keys: Iterable[int]) -> None:
    """Index stored articles that are not in the index."""
    _backend(connection).add(connection, _load_words(connection, keys))


def remove_articles(connection: Connection, keys: Iterable[int]) -> None:
    """Take articles out of the index; before their texts are deleted or replaced."""
    _backend(connection).remove(connection, _load_words(connection, keys))


def find_misindexed(connection: Connection) -> Iterator[int]:
    """Yield the keys of articles whose words in the index are not those of their text."""
    query = _TEXTS_QUERY.execution_options(yield_per=_ROWS_PER_FETCH)
    with connection.execute(query) as rows:
        yield from _backend(connection).find_misindexed(connection, map(_to_words, rows))


def select_matching(connection: Connection, query: SearchQuery) -> Select[Any]:
    """Return a query for the keys of the articles that match, as its only column `key`."""
    return _backend(connection).select_matching(query)


def find_newest(
    connection: Connection, query: SearchQuery, limit: int, before: int | None = None
) -> NewestMatches:
    """Return the articles that match and arrived last.

    Parameters
    ----------
    connection : Connection
    query : SearchQuery
    limit : int
        Most articles that are returned. There may be fewer although more match: where words in
        very many articles are to be checked for a phrase, only the latest of them are.
    before : int or None
        Only articles with smaller keys.
    """
    return _backend(connection).find_newest(connection, query, limit, before)


def _backend(connection: Connection) -> _Backend:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def _load_words(connection: Connection, keys: Iterable[int]) -> list[IndexedWords]:
    return [
        _to_words(row) for row in bulk.select_in(connection, _TEXTS_QUERY, articles.c.key, keys)
    ]


def _to_words(row: Row[Any]) -> IndexedWords:
    title = _fold_words(row.title)
    return IndexedWords(row.key, title, _fold_words(row.text)[: MAX_WORDS - len(title)])


def _fold_words(text: str) -> list[str]:
    return fold_words(normalise(text))[:MAX_WORDS]

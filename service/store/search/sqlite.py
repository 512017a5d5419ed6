"""The search index in SQLite: a contentless FTS5 table.

It holds no copy of the texts; to take an article out, FTS5 must be told its words.

References
----------
https://www.sqlite.org/fts5.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Select, column, select, table, text

from service.store.search.indexed_words import IndexedWords
from service.store.search.newest_matches import NewestMatches
from service.store.search.query import Phrase, SearchQuery

_TABLE: Final = table("article_search", column("rowid"), column("article_search"))
# The words are folded already: "ascii" only divides them at the spaces between them.
_CREATE: Final = text(
    "CREATE VIRTUAL TABLE article_search USING"
    " fts5(title, text, content='', columnsize=0, tokenize='ascii')"
)
_ADD: Final = text("INSERT INTO article_search(rowid, title, text) VALUES (:key, :title, :text)")
_REMOVE: Final = text(
    "INSERT INTO article_search(article_search, rowid, title, text)"
    " VALUES ('delete', :key, :title, :text)"
)

# Each word of the index with its article, column and place; the table itself holds nothing.
_CREATE_VOCABULARY: Final = text(
    "CREATE VIRTUAL TABLE temp.article_search_words USING fts5vocab(main, article_search, instance)"
)
_INSTANCES: Final = text("SELECT doc, term, col, offset FROM temp.article_search_words")
_ROWS_PER_FETCH: Final = 10_000


def create(connection: Connection) -> None:
    """Create the empty index."""
    connection.execute(_CREATE)


def drop(connection: Connection) -> None:
    """Drop the index, if there is one."""
    connection.execute(text("DROP TABLE IF EXISTS article_search"))


def add(connection: Connection, rows: list[IndexedWords]) -> None:
    """Add articles."""
    if rows:
        connection.execute(_ADD, list(map(_to_parameters, rows)))


def remove(connection: Connection, rows: list[IndexedWords]) -> None:
    """Take articles out, given the words that they were added with."""
    if rows:
        connection.execute(_REMOVE, list(map(_to_parameters, rows)))


def find_misindexed(connection: Connection, rows: Iterator[IndexedWords]) -> Iterator[int]:
    """Yield articles that the index holds with other words than those given.

    Parameters
    ----------
    connection : Connection
    rows : iterator of IndexedWords
        Of all articles.

    Yields
    ------
    int
        Keys, also of articles that are not given.
    """
    indexed = _sum_indexed(connection)
    for row in rows:
        if indexed.pop(row.key, 0) != _sum_words(row):
            yield row.key
    yield from indexed


def _sum_indexed(connection: Connection) -> defaultdict[int, int]:
    """Return the sum of the hashes of all words in their places, by article."""
    sums: defaultdict[int, int] = defaultdict(int)
    connection.execute(_CREATE_VOCABULARY)
    with connection.execute(_INSTANCES.execution_options(yield_per=_ROWS_PER_FETCH)) as instances:
        for key, *place in instances:
            sums[key] += hash(tuple(place))
    connection.execute(text("DROP TABLE temp.article_search_words"))
    return sums


def _sum_words(row: IndexedWords) -> int:
    columns = (("title", row.title), ("text", row.text))
    return sum(
        hash((word, name, offset)) for name, words in columns for offset, word in enumerate(words)
    )


def select_matching(query: SearchQuery) -> Select[Any]:
    """Return a query for the keys of the articles that match."""
    expression = render(query)
    keys: Select[Any] = select(_TABLE.c.rowid.label("key"))
    return keys.where(_TABLE.c.article_search.op("MATCH")(expression))


def find_newest(
    connection: Connection, query: SearchQuery, limit: int, before: int | None
) -> NewestMatches:
    """Return the articles that match and arrived last."""
    found = select_matching(query).order_by(_TABLE.c.rowid.desc()).limit(limit)
    if before is not None:
        found = found.where(_TABLE.c.rowid < before)
    keys = connection.scalars(found).all()
    return NewestMatches(keys, keys[-1] if len(keys) == limit else None)


def render(query: SearchQuery) -> str:
    """Return a query in the syntax of FTS5."""
    if not query.groups:
        return '""'  # matches nothing
    required = " AND ".join(f"({_any_of(group)})" for group in query.groups)
    return f"({required}) NOT ({_any_of(query.excluded)})" if query.excluded else required


def _any_of(phrases: tuple[Phrase, ...]) -> str:
    return " OR ".join(map(_render_phrase, phrases))


def _render_phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"{"*" if phrase.is_prefix else ""}'


def _to_parameters(row: IndexedWords) -> dict[str, Any]:
    return {"key": row.key, "title": " ".join(row.title), "text": " ".join(row.text)}

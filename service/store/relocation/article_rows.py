"""Copy articles with everything that belongs to each, and keep the search index with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, delete, select

from service.store import bulk
from service.store.relocation import rows
from service.store.schema import (
    article_versions,
    articles,
    assignments,
    changes,
    features,
    feed_entries,
    sentence_vectors,
    texts,
)
from service.store.search import index as search_index

ARTICLE_TABLES: Final = (
    articles,
    texts,
    article_versions,
    features,
    sentence_vectors,
    assignments,
    feed_entries,
)
"""Tables with rows of one article each, by their column `key`; the articles themselves first."""

SelectRows = Callable[[Table], ColumnElement[bool]]
"""Returns the condition that selects the rows of some articles in one of the tables."""


def in_range(lower: int, upper: int | None) -> SelectRows:
    """Select the articles with keys from above `lower` up to `upper`; None has no end."""

    def select_rows(table: Table) -> ColumnElement[bool]:
        above = table.c.key > lower
        return above if upper is None else above & (table.c.key <= upper)

    return select_rows


def among(keys: Iterable[int]) -> SelectRows:
    """Select articles by their keys."""
    chosen = list(keys)
    return lambda table: table.c.key.in_(chosen)


def equalise_articles(source: Connection, target: Connection, select_rows: SelectRows) -> int:
    """Make some articles, with all that belongs to them, the same in both databases.

    Parameters
    ----------
    source : Connection
        A transaction that sees one state of the store.
    target : Connection
        A write transaction.
    select_rows : callable

    Returns
    -------
    int
        Rows that were written or deleted.
    """
    wanted = {table: rows.load(source, table, select_rows(table)) for table in ARTICLE_TABLES}
    _remove_former_holders(target, wanted[articles])
    found = {table: rows.load(target, table, select_rows(table)) for table in ARTICLE_TABLES}
    reworded = _keys_that_differ(wanted[articles], found[articles])
    reworded |= _keys_that_differ(wanted[texts], found[texts])
    search_index.remove_articles(target, reworded & {key for (key,) in found[articles]})
    n_written = sum(
        rows.write_differences(target, table, wanted[table], found[table])
        for table in ARTICLE_TABLES
    )
    search_index.add_articles(target, reworded & {key for (key,) in wanted[articles]})
    return n_written


def find_touched(connection: Connection, since_seq: int, since_vector: int) -> set[int]:
    """Return the articles that the log names after a change, or whose vectors are newer."""
    logged = select(changes.c.key).where(changes.c.seq > since_seq, changes.c.key.is_not(None))
    encoded = select(sentence_vectors.c.key).where(sentence_vectors.c.number > since_vector)
    return {*connection.scalars(logged), *connection.scalars(encoded)}


def _keys_that_differ(
    wanted: dict[rows.PrimaryKey, bulk.RowValues], found: dict[rows.PrimaryKey, bulk.RowValues]
) -> set[int]:
    keys = wanted.keys() | found.keys()
    return {key for (key,) in keys if wanted.get((key,)) != found.get((key,))}


def _remove_former_holders(
    target: Connection, wanted: dict[rows.PrimaryKey, bulk.RowValues]
) -> None:
    """Remove articles that were copied and whose id another article has received since."""
    key_of = {row["id"]: row["key"] for row in wanted.values()}
    query = select(articles.c.key, articles.c.id).where(articles.c.id.in_(list(key_of)))
    former = [key for key, id_ in target.execute(query) if key != key_of[id_]]
    if former:
        search_index.remove_articles(target, former)
        target.execute(delete(articles).where(articles.c.key.in_(former)))

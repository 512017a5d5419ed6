"""Stores that were made before a table or an index was thought of."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from service.store import Store
from service.store.schema import metadata


def indexes(store: Store) -> set[str]:
    with store.reading() as connection:
        found = inspect(connection)
        return {it["name"] for table in metadata.tables for it in found.get_indexes(table)}


def test_a_store_gets_the_indexes_that_it_was_made_without(store_url: str) -> None:
    with Store(store_url) as store:
        made = indexes(store)
        assert {"ix_articles_published", "ix_events_counted"} <= made
        with store.writing() as connection:
            connection.execute(text("DROP INDEX ix_articles_published"))
            connection.execute(text("DROP INDEX ix_events_counted"))
    with Store(store_url) as store:
        assert indexes(store) == made


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT max(published) FROM articles WHERE published <= 1", "ix_articles_published"),
        (
            "SELECT sum(size), sum(group_count), count(*) FROM events WHERE state = 'open'",
            "ix_events_counted",
        ),
    ],
)
def test_what_every_page_counts_is_looked_up(store: Store, query: str, index: str) -> None:
    with store.reading() as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
    assert index in str(plan)

"""Indexes: added to stores that lack them, and used by the queries of every page."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from service.store import Store
from service.store.schema import metadata


def index_names(store: Store) -> set[str]:
    with store.reading() as connection:
        inspector = inspect(connection)
        return {
            index["name"] for table in metadata.tables for index in inspector.get_indexes(table)
        }


def test_missing_indexes_are_created_on_opening(store_url: str) -> None:
    with Store(store_url) as store:
        expected = index_names(store)
        assert {"ix_articles_published", "ix_events_counted"} <= expected
        with store.writing() as connection:
            connection.execute(text("DROP INDEX ix_articles_published"))
            connection.execute(text("DROP INDEX ix_events_counted"))
    with Store(store_url) as store:
        assert index_names(store) == expected


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
def test_counts_of_every_page_use_an_index(store: Store, query: str, index: str) -> None:
    with store.reading() as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
    assert index in str(plan)

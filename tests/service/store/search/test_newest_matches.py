"""The latest articles that match: found in order, up to a limit, and told how far was looked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service import queries, settings
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.queries import ArticleFilter
from service.store import Store
from service.store.search import index, postgresql
from service.store.search.query import parse_query

TEXTS = (
    *("the dam broke at the weir", "a dam at the weir", "weir at the dam", "the weir"),
    *("at the dam the weir broke", "broke", "dam broke again", "the dam at weir"),
)
QUERIES = (
    *('"the dam"', '"at the weir"', '"the dam" OR "dam broke"', '"the da*"', '"the da"*'),
    *('"the weir" -broke', 'weir -"the dam"', '"dam broke" -"the weir"', "the", "dam OR again"),
    *('"the dam" weir', '-"the dam"', '"weir the dam"'),
)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    raws = [{"id": f"t{n}", "title": f"Report {n}", "text": text} for n, text in enumerate(TEXTS)]
    with Store(store_url) as store, IndexWriter(settings.load(db=store_url), store) as writer:
        assert writer.wait_ready(60)
        ingestion.ingest(writer, [validate_article(raw, max_text_chars=1000) for raw in raws])
        yield store


def page_through(store: Store, q: str) -> list[str]:
    """Return all that a search finds, by pages of two."""
    found, cursor = [], None
    for _ in range(2 * len(TEXTS)):
        page = queries.search_articles(store, ArticleFilter(q=q), cursor, limit=2)
        found += [item.article_id for item in page.items]
        if page.next_cursor is None:
            return found
        assert cursor is None or int(page.next_cursor) < cursor
        cursor = int(page.next_cursor)
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("max_checked", [1, 3, 20_000])
def test_all_that_match_are_found_by_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch, max_checked: int
) -> None:
    monkeypatch.setattr(postgresql, "MAX_CHECKED", max_checked)
    for q in QUERIES:
        with store.reading() as connection:
            keys = sorted(connection.scalars(index.select_matching(connection, parse_query(q))))
        assert page_through(store, q) == [f"t{key - 1}" for key in reversed(keys)], q


def test_search_says_how_far_it_looked(store: Store) -> None:
    with store.reading() as connection:
        phrase = parse_query('"the dam"')
        first = index.find_newest(connection, phrase, 2)
        assert (first.keys, first.searched_to) == ([8, 5], 5)
        rest = index.find_newest(connection, phrase, 2, before=5)
        assert ([*rest.keys], rest.searched_to) == ([3, 1], 1)
        assert index.find_newest(connection, phrase, 9).searched_to is None


def test_phrase_of_words_in_too_many_articles_is_at_least_as_often(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(q: str) -> tuple[int, bool]:
        result = queries.find_events(store, q)
        return len(result.newest_key_of), result.is_complete

    with store.reading() as connection:
        stops = connection.dialect.name == "postgresql"  # SQLite knows the places of words
    assert found('"broke at"') == (1, True)
    # It is the older of the two articles that have both words.
    monkeypatch.setattr(postgresql, "MAX_CHECKED", 1)
    assert found('"broke at"') == ((0, False) if stops else (1, True))
    page = queries.search_articles(store, ArticleFilter(q='"broke at"'), limit=2)
    assert (page.articles, page.more) == ((0, True) if stops else (1, False))
    assert (page.next_cursor is not None) == stops

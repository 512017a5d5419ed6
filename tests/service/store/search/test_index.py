"""The index finds the same articles in both databases, and follows every write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from service import queries, settings
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.queries import ArticleFilter, EventFilter
from service.review import decisions, requests
from service.store import Store
from service.store.search import words

ARTICLES = {
    "en": ("Harbour reopens", "The harbour of Port Ellery reopened. It's two cranes fewer."),
    "ro": ("Furtună la Brădețu", "O furtună a lovit Brădețul."),
    "tr": ("Kızıldağ'da yangın", "İstanbul'dan ekipler geldi."),
    "fr": ("À l’écluse", "Les bateaux attendent à l’écluse de Nœux."),
    "ja": ("地震", "昨日東京で地震がありました。"),
    "hi": ("मुख्यमंत्री की बैठक", "बैठक दिल्ली में हुई।"),
    "ar": ("مُحَمَّد في القاهرة", "وصل أحمد إلى القاهرة."),
    "th": ("แผ่นดินไหว", "เกิดแผ่นดินไหวในกรุงเทพ"),
    "ko": ("대통령은 서울에", "대통령이 서울에 도착했다."),
    "el": ("Σεισμός στην Αθήνα", "Ο σεισμός έγινε χθες."),
    "headline": ("Only a headline", ""),
}


@pytest.fixture
def writer(store_url: str) -> Iterator[IndexWriter]:
    with Store(store_url) as store, IndexWriter(settings.load(db=store_url), store) as writer:
        assert writer.wait_ready(60)
        for article_id, (title, content) in ARTICLES.items():
            store_article(writer, article_id, title, content)
        yield writer


def store_article(writer: IndexWriter, article_id: str, title: str, content: str) -> Any:
    raw = {"id": article_id, "title": title, "text": content, "published_at": "2026-05-04"}
    (result,) = ingestion.ingest(writer, [validate_article(raw, max_text_chars=10_000)])
    return result


def found(writer: IndexWriter, q: str) -> list[str]:
    page = queries.search_articles(writer.store, ArticleFilter(q=q), limit=50)
    assert page.articles == len(page.items)
    return sorted(item.article_id for item in page.items)


QUERIES = [
    ("harbour", ["en"]),
    ("HARBOUR ellery", ["en"]),
    ('"port ellery"', ["en"]),
    ('"ellery port"', []),
    ('"reopens the harbour"', []),  # the title's end and the text's begin
    ("reopen*", ["en"]),
    ("reopen", []),
    ("harbour OR bradetu", ["en", "ro"]),
    ("harbour -cranes", []),
    ("harbour -flood", ["en"]),
    ("it's", ["en"]),
    ("bradetu", ["ro"]),
    ("kizildag", ["tr"]),
    ("istanbul", ["tr"]),
    ("l'écluse", ["fr"]),
    ("noeux", ["fr"]),
    ("東京", ["ja"]),
    ("京東", []),
    ("地震 東京", ["ja"]),
    ("मुख्यमंत्री", ["hi"]),
    ("मख", []),
    ("محمد", ["ar"]),
    ("احمد القاهرة", ["ar"]),
    ("กรุงเทพ", ["th"]),
    ("대통령", ["ko"]),
    ("ΣΕΙΣΜΟΣ αθηνα", ["el"]),
    ("headline", ["headline"]),
    ("…", []),
    ("-harbour", []),
    ("'; DROP TABLE articles --", []),
    ('a"b\\c & !(x | y):*', []),
    ("NEAR(harbour cranes)", []),
    ("title : harbour ^ {x}", []),
]


def test_search_finds(writer: IndexWriter) -> None:
    assert {q: found(writer, q) for q, _ in QUERIES} == dict(QUERIES)


def test_events_are_found_by_texts_and_by_headlines_that_editors_gave(writer: IndexWriter) -> None:
    def events(q: str) -> list[str]:
        filters = EventFilter(q=q)
        items = queries.list_events(writer.store, filters).items
        assert queries.count_events(writer.store, filters) == len(items)
        return [item.event_id for item in items]

    (event_id,) = events("cranes")
    raw = {"kind": "rename_event", "event_id": event_id, "headline": "Ellery écluse zeppelin"}
    decided = decisions.decide(writer, requests.parse_decision(raw), "anna")
    assert events("zeppelin") == [event_id]
    assert len(events("ecluse")) == 2
    number = int(decided.decision_id[1:])
    decisions.undo(writer, number, requests.parse_undo({}), "anna")
    assert events("zeppelin") == []


def test_new_versions_and_removals_are_followed(writer: IndexWriter) -> None:
    store_article(writer, "en", "Harbour closes", "A storm.")
    assert found(writer, "cranes") == found(writer, "reopens") == []
    assert found(writer, "closes storm") == ["en"]
    ingestion.remove(writer, "en")
    assert found(writer, "closes") == found(writer, "storm") == []
    store_article(writer, "en", "Harbour reopens", "Cranes.")
    assert found(writer, "cranes") == ["en"]


def test_index_of_another_folding_is_built_anew(writer: IndexWriter, store_url: str) -> None:
    with writer.store.writing() as connection:
        connection.execute(text("UPDATE meta SET value = 'old' WHERE name = 'search'"))
    with Store(store_url) as store:
        filters = ArticleFilter(q="bradetu")
        assert queries.search_articles(store, filters).articles == 1
        with store.reading() as connection:
            query = text("SELECT value FROM meta WHERE name = 'search'")
            assert connection.scalar(query) == words.FOLDING_VERSION


@pytest.mark.parametrize(
    "content",
    ["word " * 40_000, "x" * 9_000, " ".join(f"w{n:040}" for n in range(20_000)), "の" * 30_000],
    ids=["repeated", "one word", "long words", "unspaced"],
)
def test_text_of_any_length_is_indexed(store_url: str, content: str) -> None:
    with Store(store_url) as store, IndexWriter(settings.load(db=store_url), store) as writer:
        assert writer.wait_ready(60)
        raw = {"id": "long", "title": "Zeppelin", "text": content}
        ingestion.ingest(writer, [validate_article(raw, max_text_chars=1_000_000)])
        assert found(writer, "zeppelin") == ["long"]
        ingestion.remove(writer, "long")
        assert found(writer, "zeppelin") == []


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_list_every_article_once(writer: IndexWriter, limit: int) -> None:
    def pages(next_page: Callable[..., Any], filters: ArticleFilter) -> Iterator[str]:
        cursor = None
        while True:
            page = next_page(writer.store, filters, cursor, limit)
            yield from (item.article_id for item in page.items)
            if page.next_cursor is None:
                return
            cursor = int(page.next_cursor)

    assert list(pages(queries.list_articles, ArticleFilter())) == [*reversed(ARTICLES)]
    q = "harbour OR bradetu OR ecluse OR headline"
    expected = ["headline", "fr", "ro", "en"]
    assert list(pages(queries.search_articles, ArticleFilter(q=q))) == expected

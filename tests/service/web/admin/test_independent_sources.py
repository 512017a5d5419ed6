"""How many sources speak for themselves, on the pages and in the interface."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.stored_articles import ArticleRecorder, RecordedArticle


def filing(name: str, group: int, source: str | None, origin: str | None = None) -> RecordedArticle:
    of = None if name.startswith("own") else f"own{group}"
    return RecordedArticle(name, 1, group, source=source, origin=origin, duplicate_of=of)


@pytest.mark.parametrize(
    ("filings", "independent"),
    [
        ([filing("own1", 1, "Post"), filing("own2", 2, "Echo")], 2),
        ([filing("own1", 1, "Post"), filing("own2", 2, "Post")], 1),
        ([filing("own1", 1, "Post"), filing("copy", 1, "Echo"), filing("own2", 2, "Echo")], 2),
        ([filing("own1", 1, "Post", "AP"), filing("own2", 2, "Echo", "AP")], 1),
        ([filing("own1", 1, "Post", "AP"), filing("own2", 2, "Echo", "dpa")], 2),
        ([filing("own1", 1, "Post", "AP"), filing("own2", 2, "Post")], 2),
        ([filing("own1", 1, "Post"), filing("copy", 1, "Echo", "AP"), filing("own2", 2, "AP")], 1),
        ([filing("own1", 1, None), filing("own2", 2, None)], 2),
    ],
)
def test_copies_and_agencies_count_once(
    client: FlaskClient,
    article_recorder: ArticleRecorder,
    filings: list[RecordedArticle],
    independent: int,
) -> None:
    article_recorder.record(*filings)
    event = client.get("/v1/events/e1").get_json()
    assert event["independent_sources"] == independent
    assert event["sources"] == sorted({it.source for it in filings if it.source})
    for group in event["groups"]:
        assert group["independent_sources"] == 1


def test_the_pages_show_origins_and_independent_sources(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    article_recorder.record(filing("own1", 1, "Post", "AP"), filing("own2", 2, "Echo", "AP"))
    label = """<span class="wire" title="The text is AP's, by its credits">AP</span>"""
    event = client.get("/admin/events/e1").get_data(as_text=True).replace("&#39;", "'")
    assert event.count(label) == 2
    assert ">independent</dt><dd>1</dd>" in event
    assert label in client.get("/admin/articles/own1").get_data(as_text=True).replace("&#39;", "'")
    assert "(1 independent)" in client.get("/admin/events").get_data(as_text=True)


def test_the_pages_say_nothing_of_what_is_not_there(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    article_recorder.record(filing("own1", 1, "Post"))
    assert 'class="wire"' not in client.get("/admin/events/e1").get_data(as_text=True)
    assert "independent)" not in client.get("/admin/events").get_data(as_text=True)

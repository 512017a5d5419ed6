"""Independent sources of an event: duplicate groups and wire agencies count once."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.stored_articles import ArticleRecorder, RecordedArticle


def in_event(
    name: str, group: int, source: str | None, agency: str | None = None
) -> RecordedArticle:
    """An article of event 1; unless its name begins with "own", a copy in its group."""
    canonical = None if name.startswith("own") else f"own{group}"
    return RecordedArticle(name, 1, group, source=source, origin=agency, duplicate_of=canonical)


@pytest.mark.parametrize(
    ("articles", "independent"),
    [
        ([in_event("own1", 1, "Post"), in_event("own2", 2, "Echo")], 2),
        ([in_event("own1", 1, "Post"), in_event("own2", 2, "Post")], 1),
        (
            [in_event("own1", 1, "Post"), in_event("copy", 1, "Echo"), in_event("own2", 2, "Echo")],
            2,
        ),
        ([in_event("own1", 1, "Post", "AP"), in_event("own2", 2, "Echo", "AP")], 1),
        ([in_event("own1", 1, "Post", "AP"), in_event("own2", 2, "Echo", "dpa")], 2),
        ([in_event("own1", 1, "Post", "AP"), in_event("own2", 2, "Post")], 2),
        (
            [
                in_event("own1", 1, "Post"),
                in_event("copy", 1, "Echo", "AP"),
                in_event("own2", 2, "AP"),
            ],
            1,
        ),
        ([in_event("own1", 1, None), in_event("own2", 2, None)], 2),
    ],
)
def test_copies_and_agencies_count_once(
    client: FlaskClient,
    article_recorder: ArticleRecorder,
    articles: list[RecordedArticle],
    independent: int,
) -> None:
    article_recorder.record(*articles)
    event = client.get("/v1/events/e1").get_json()
    assert event["independent_sources"] == independent
    assert event["sources"] == sorted({article.source for article in articles if article.source})
    for group in event["groups"]:
        assert group["independent_sources"] == 1


def test_pages_show_agencies_and_independent_sources(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    article_recorder.record(in_event("own1", 1, "Post", "AP"), in_event("own2", 2, "Echo", "AP"))
    badge = '<span class="agency" title="Text by AP, according to its credits">AP</span>'
    event_html = client.get("/admin/events/e1").get_data(as_text=True)
    assert event_html.count(badge) == 2
    assert "1 independent</span>" in event_html
    assert badge in client.get("/admin/articles/own1").get_data(as_text=True)
    assert "1 independent source: " in client.get("/admin/events").get_data(as_text=True)


def test_pages_without_agency_or_copies_show_neither(
    client: FlaskClient, article_recorder: ArticleRecorder
) -> None:
    article_recorder.record(in_event("own1", 1, "Post"))
    assert 'class="agency"' not in client.get("/admin/events/e1").get_data(as_text=True)
    assert "independent source" not in client.get("/admin/events").get_data(as_text=True)

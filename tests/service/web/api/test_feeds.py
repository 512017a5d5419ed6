"""The feeds of events: RSS and JSON Feed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient

Story = Callable[..., dict[str, Any]]


@pytest.fixture
def three(client: FlaskClient, make_article: Story) -> FlaskClient:
    for number in range(3):
        article = make_article(
            number, published_at=f"2025-05-0{number + 1}T08:00:00Z", source=f"S{number}"
        )
        client.post("/v1/articles", json=article)
    reprint = make_article(
        2, id="reprint", published_at="2025-05-03T09:00:00Z", source="<Copy> & Co"
    )
    client.post("/v1/articles", json=reprint)
    return client


def rss(client: FlaskClient, query: str = "") -> Any:
    response = client.get(f"/feeds/events.rss{query}")
    assert response.status_code == 200
    assert response.content_type == "application/rss+xml; charset=utf-8"
    parsed = feedparser.parse(io.BytesIO(response.data))
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "rss20"
    return parsed


def json_feed(client: FlaskClient, query: str = "") -> dict[str, Any]:
    """Check the requirements of JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    response = client.get(f"/feeds/events.json{query}")
    assert response.content_type == "application/feed+json"
    feed: dict[str, Any] = response.get_json(force=True)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert {*feed} <= {*("version", "title", "description", "home_page_url", "feed_url"),
                       *("next_url", "items")}  # fmt: skip
    assert all(isinstance(feed[name], str) for name in {*feed} - {"items"})
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert isinstance(item["content_text"], str)
        assert re.match("https?://", item["url"])
        for name in ("date_published", "date_modified"):
            assert datetime.fromisoformat(item[name]).tzinfo is not None
    return feed


def test_rss_lists_the_events(three: FlaskClient) -> None:
    parsed = rss(three)
    events = three.get("/v1/events").get_json()["items"]
    assert [entry.id for entry in parsed.entries] == [event["event_id"] for event in events]
    assert [entry.title for entry in parsed.entries] == [event["headline"] for event in events]
    newest = parsed.entries[0]
    assert newest.summary == "2 articles, 1 of them a copy: &lt;Copy&gt; &amp; Co, S2."
    assert newest.published == "Sat, 03 May 2025 08:00:00 GMT"
    assert newest.updated_parsed[:4] == (2025, 5, 3, 9)
    assert newest.link == f"http://localhost/admin/events/{newest.id}"
    assert three.get(newest.link).status_code == 200


def test_json_feed_lists_the_same_events(three: FlaskClient) -> None:
    feed = json_feed(three)
    assert [item["id"] for item in feed["items"]] == [entry.id for entry in rss(three).entries]
    assert feed["items"][0]["content_text"] == "2 articles, 1 of them a copy: <Copy> & Co, S2."
    assert feed["items"][0]["date_modified"] == "2025-05-03T09:00:00Z"


@pytest.mark.parametrize(
    "query", ["?min_size=2", "?source=S1", "?since=2025-05-02", "?q=nothing+like+it", "?limit=2"]
)
def test_filters_are_those_of_the_event_list(three: FlaskClient, query: str) -> None:
    events = three.get(f"/v1/events{query}").get_json()["items"]
    assert [entry.id for entry in rss(three, query).entries] == [
        event["event_id"] for event in events
    ]
    assert [item["id"] for item in json_feed(three, query)["items"]] == [
        event["event_id"] for event in events
    ]


def test_next_url_leads_to_all_older_events(three: FlaskClient) -> None:
    event_ids, query = [], "?limit=1&since=2025-05-01"
    while query:
        feed = json_feed(three, query)
        event_ids += [item["id"] for item in feed["items"]]
        query = feed.get("next_url", "").removeprefix("http://localhost/feeds/events.json")
    assert event_ids == [event["event_id"] for event in three.get("/v1/events").get_json()["items"]]


@pytest.mark.parametrize("path", ["/feeds/events.rss", "/feeds/events.json"])
class TestHttpBehaviour:
    def test_unchanged_feed_gives_304(
        self, three: FlaskClient, make_article: Story, path: str
    ) -> None:
        tag = three.get(path).headers["ETag"]
        repeated = three.get(path, headers={"If-None-Match": tag})
        assert (repeated.status_code, repeated.data) == (304, b"")
        three.post("/v1/articles", json=make_article(9))
        assert three.get(path, headers={"If-None-Match": tag}).status_code == 200

    def test_invalid_filter_is_named(self, client: FlaskClient, path: str) -> None:
        response = client.get(f"{path}?min_size=none")
        assert response.status_code == 422
        assert response.get_json()["errors"][0]["field"] == "min_size"

    def test_token_may_be_sent_as_a_password(
        self, open_app: Callable[..., Flask], path: str
    ) -> None:
        client = open_app(tokens="first").test_client()
        assert client.get(path).status_code == 401
        assert client.get(path, auth=("reader", "first")).status_code == 200


def test_characters_invalid_in_xml_are_replaced(client: FlaskClient) -> None:
    title = "Broken \ufffe and \uffff <b>&amp;"
    client.post("/v1/articles", json={"id": "a", "title": title, "text": "words " * 30})
    (entry,) = rss(client).entries
    assert "Broken" in entry.title
    assert json_feed(client)["items"][0]["title"] == title


def test_one_event_is_a_feed_of_its_articles(three: FlaskClient) -> None:
    event_id = three.get("/v1/articles/reprint").get_json()["assignment"]["event_id"]
    response = three.get(f"/feeds/articles.rss?event={event_id}")
    parsed = feedparser.parse(io.BytesIO(response.data))
    assert not parsed.bozo
    assert [entry.id for entry in parsed.entries] == ["reprint", "story-2"]
    assert f"/feeds/articles.rss?event={event_id}" in three.get(f"/admin/events/{event_id}").text


def test_sources_are_listed_by_articles(three: FlaskClient, make_article: Story) -> None:
    three.post("/v1/articles", json=make_article(7, source="S2"))
    items = three.get("/v1/sources").get_json()["items"]
    assert [(item["name"], item["articles"]) for item in items][:2] == [
        ("S2", 2),
        ("<Copy> & Co", 1),
    ]
    lines = three.get("/feeds/sources.csv").text.splitlines()
    assert lines[0].removeprefix("\ufeff") == "name,articles,last_received_at"
    assert len(lines) == 5
    assert "&lt;Copy&gt; &amp; Co" in three.get("/admin/sources").text

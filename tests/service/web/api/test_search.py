"""GET of searches, similar articles and lists of articles, and removal of many articles."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

Story = Callable[..., dict[str, Any]]


@pytest.fixture
def stored(client: FlaskClient, make_article: Story) -> None:
    url = "https://daily.example/2025/a?utm_source=feed"
    for raw in (
        make_article(1, published_at="2025-05-01", source="Agency", title="Zeppelin lands"),
        make_article(1, id="copy", published_at="2025-05-02", source="Daily", url=url),
        make_article(2, published_at="2025-05-03", source="Daily"),
    ):
        assert client.post("/v1/articles", json=raw).status_code == 201


def get(client: FlaskClient, path: str, **params: Any) -> Any:
    response = client.get(f"{path}?{urlencode(params)}")
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def listed(client: FlaskClient, **params: Any) -> list[str]:
    return [item["article_id"] for item in get(client, "/v1/articles", **params)["items"]]


def test_search_counts_and_marks_what_it_finds(
    client: FlaskClient, make_article: Story, stored: None
) -> None:
    word = make_article(1)["text"].split()[3]
    page = get(client, "/v1/search", q=f"{word} OR zeppelin")
    assert (page["articles"], page["events"], page["next_cursor"]) == (2, 1, None)
    newest, first = page["items"]
    assert (newest["article_id"], first["article_id"]) == ("copy", "story-1")
    assert first["marked_title"][0] == {"text": "Zeppelin", "is_match": True}
    marked = [part["text"] for part in first["passage"] if part["is_match"]]
    assert word in marked
    assert get(client, "/v1/search", q="zeppelin", source="Daily")["articles"] == 0


def test_search_needs_words(client: FlaskClient) -> None:
    for query in ("", "?q="):
        response = client.get(f"/v1/search{query}")
        assert response.status_code == 422
        assert response.get_json()["errors"][0]["field"] == "q"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["story-2", "copy", "story-1"]),
        ({"url": "http://www.daily.example/2025/a"}, ["copy"]),
        ({"url": "https://daily.example/other"}, []),
        ({"source": "Daily"}, ["story-2", "copy"]),
        ({"since": "2025-05-02"}, ["story-2", "copy"]),
        ({"until": "2025-05-01"}, ["story-1"]),
        ({"q": "zeppelin"}, ["story-1"]),
        ({"q": ""}, ["story-2", "copy", "story-1"]),
    ],
)
def test_articles_are_listed(
    client: FlaskClient, stored: None, params: dict[str, str], expected: list[str]
) -> None:
    assert listed(client, **params) == expected


def test_what_is_no_address_is_refused(client: FlaskClient) -> None:
    response = client.get("/v1/articles?url=story-1")
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"] == "url"


def test_similar_articles_of_a_text_that_is_not_stored(
    client: FlaskClient, make_article: Story, stored: None
) -> None:
    before = client.get("/v1/changes").get_json()
    result = get(client, "/v1/similar", text=make_article(1)["text"])
    assert {item["article_id"] for item in result["near_duplicates"]} == {"story-1", "copy"}
    event = get(client, "/v1/articles", q="zeppelin")["items"][0]["event_id"]
    assert [near["event_id"] for near in result["events"]][:1] == [event]
    assert get(client, "/v1/similar", title="Nothing of the kind")["near_duplicates"] == []
    assert client.get("/v1/changes").get_json() == before
    assert get(client, "/v1/similar", text=make_article(1)["text"]) == result


def test_similar_articles_of_a_stored_one(client: FlaskClient, stored: None) -> None:
    result = get(client, "/v1/similar", article_id="copy")
    assert [item["article_id"] for item in result["near_duplicates"]] == ["story-1"]
    assert result["near_duplicates"][0]["duplicate_score"] > 0.9
    assert client.get("/v1/similar?article_id=none").status_code == 404
    assert client.get("/v1/similar").status_code == 422


def test_removal_counts_first_and_needs_that_number(client: FlaskClient, stored: None) -> None:
    path = "/v1/articles?source=Daily&before=2025-05-03"
    assert client.delete(path).get_json() == {"matching": 1, "removed": 0}
    assert client.delete(f"{path}&confirm=2").status_code == 409
    assert listed(client) == ["story-2", "copy", "story-1"]
    assert client.delete(f"{path}&confirm=1").get_json() == {"matching": 1, "removed": 1}
    assert listed(client) == ["story-2", "story-1"]
    assert client.delete("/v1/articles").status_code == 422
    assert client.delete("/v1/articles?confirm=2").status_code == 422


def test_events_are_sorted(client: FlaskClient, make_article: Story, stored: None) -> None:
    client.post("/v1/articles", json=make_article(3, published_at="2025-05-09"))

    def sizes(sort: str) -> list[int]:
        events, cursor = [], {}
        while True:
            page = get(client, "/v1/events", sort=sort, limit=1, **cursor)
            events += page["items"]
            if page["next_cursor"] is None:
                return [event["size"] for event in events]
            cursor = {"cursor": page["next_cursor"]}

    assert sizes("newest") == [1, 1, 2]
    assert sizes("size") == [2, 1, 1]
    cursor = get(client, "/v1/events", sort="size", limit=1)["next_cursor"]
    assert client.get(f"/v1/events?cursor={cursor}").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events?sorted=size",
        "/v1/events/e1?sort=size",
        "/v1/articles?surce=Daily",
        "/v1/articles/story-1?q=a",
        "/v1/search?q=a&sort=size",
        "/v1/changes?from=1",
        "/feeds/events.rss?limt=3",
    ],
)
def test_unknown_parameters_are_refused(client: FlaskClient, stored: None, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"] in path


def test_language_is_a_code(client: FlaskClient) -> None:
    assert client.get("/v1/events?language=en").status_code == 200
    (error,) = client.get("/v1/events?language=English").get_json()["errors"]
    assert error == {"field": "language", "message": 'must be the code of a language, such as "en"'}


def test_tables_have_a_line_for_each_row_and_no_formulas(
    client: FlaskClient, make_article: Story, stored: None
) -> None:
    client.post("/v1/articles", json=make_article(5, title="=1+1", published_at="2025-05-08"))
    events = client.get("/feeds/events.csv?sort=newest")
    assert events.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(events.data.decode("utf-8-sig"))))
    assert [row["size"] for row in rows] == ["1", "1", "2"]
    assert rows[0]["headline"] == "'=1+1"
    assert rows[2]["sources"] == "Agency, Daily"
    event_id = rows[2]["event_id"]
    articles = client.get(f"/feeds/articles.csv?event={event_id}")
    rows = list(csv.DictReader(io.StringIO(articles.data.decode("utf-8-sig"))))
    assert [row["article_id"] for row in rows] == ["copy", "story-1"]

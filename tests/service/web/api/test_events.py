"""GET of events, duplicate groups, changes and assignments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

Story = Callable[..., dict[str, Any]]


def items(client: FlaskClient, query: str = "") -> list[Any]:
    return client.get(f"/v1/events{query}").get_json()["items"]


def pages(client: FlaskClient, limit: int) -> Iterator[list[str]]:
    cursor = ""
    while True:
        page = client.get(f"/v1/events?limit={limit}{cursor}").get_json()
        yield [item["event_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return
        cursor = f"&cursor={page['next_cursor']}"


def post(client: FlaskClient, article: dict[str, Any]) -> dict[str, Any]:
    return client.post("/v1/articles", json=article).get_json()


@pytest.fixture
def three(client: FlaskClient, make_article: Story) -> list[str]:
    """Three events: the first with a copy in another source, the third in German."""
    first = post(client, make_article(1, published_at="2025-05-01", source="Agency"))
    post(client, make_article(1, id="copy", published_at="2025-05-02T12:00Z", source="Daily"))
    second = post(
        client, make_article(2, published_at="2025-05-03", source="Daily", title="100% Éclair")
    )
    third = post(client, make_article(3, published_at="2025-05-04", language="de", title=""))
    return [response["event_id"] for response in (first, second, third)]


def test_events_are_listed_newest_first(client: FlaskClient, three: list[str]) -> None:
    assert [item["event_id"] for item in items(client)] == three[::-1]


def test_event_summary_has_all_fields(
    client: FlaskClient, make_article: Story, three: list[str]
) -> None:
    assert items(client)[2] == {
        "event_id": three[0],
        "headline": make_article(1)["title"],
        "state": "open",
        "size": 2,
        "group_count": 1,
        "first_seen": "2025-05-01T00:00:00Z",
        "last_seen": "2025-05-02T12:00:00Z",
        "sources": ["Agency", "Daily"],
        "independent_sources": 1,
        "languages": items(client)[2]["languages"],
        "key_terms": items(client)[2]["key_terms"],
    }


def test_headline_is_the_title_of_the_most_central_article(client: FlaskClient) -> None:
    reports = (
        ("Boats", "The ferry Alma ran aground off Skarn with eighty people on board."),
        ("Ferry Alma aground off Skarn", "Eighty people on the ferry Alma off Skarn are safe."),
        ("Alma: eighty safe", "All eighty people of the ferry Alma, aground off Skarn, are safe."),
    )
    for title, text in reports:
        client.post(
            "/v1/articles",
            json={"title": title, "text": text, "published_at": "2025-05-01", "language": "en"},
        )
    (event,) = items(client)
    assert event["size"] == 3
    assert event["headline"] == "Ferry Alma aground off Skarn"
    assert {"skarn", "alma", "ferry", "aground"} <= {*event["key_terms"]}
    event_view = client.get(f"/v1/events/{event['event_id']}").get_json()
    assert (event_view["headline"], event_view["key_terms"]) == (
        event["headline"],
        event["key_terms"],
    )


def test_event_without_words_has_no_key_terms(client: FlaskClient) -> None:
    post(client, {"text": "…?", "title": ""})
    (event,) = items(client)
    assert event["key_terms"] == []


def test_without_a_title_the_first_sentence_is_the_headline(
    client: FlaskClient, make_article: Story, three: list[str]
) -> None:
    headline = items(client)[0]["headline"]
    assert make_article(3)["text"].startswith(headline.removesuffix("…").removesuffix("."))
    assert 0 < len(headline) <= 101


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?since=2025-05-03", [3, 2]),
        ("?since=2025-05-02T12:00:00Z", [3, 2, 1]),
        ("?until=2025-05-02", [1]),
        ("?until=2025-05-03", [2, 1]),
        ("?until=2025-05-03T00:00:00Z", [1]),
        ("?since=2025-05-03&until=2025-05-03", [2]),
        ("?source=Daily", [2, 1]),
        ("?source=Agency", [1]),
        ("?source=Dail", []),
        ("?language=de", [3]),
        ("?min_size=2", [1]),
        ("?q=ÉCLAIR", [2]),
        ("?q=100%25", [2]),
        ("?q=0_", []),
        ("?q=100%25+sunk", []),
        ("?state=merged", []),
        ("?q=&source=", [3, 2, 1]),
    ],
)
def test_events_are_filtered(
    client: FlaskClient, three: list[str], query: str, expected: list[int]
) -> None:
    listed = [three.index(item["event_id"]) + 1 for item in items(client, query)]
    assert listed == expected


def test_search_covers_every_title(client: FlaskClient, make_article: Story) -> None:
    event = post(client, make_article(1))["event_id"]
    post(client, make_article(1, id="copy", title=f"Zeppelin: {make_article(1)['title']}"))
    assert [item["event_id"] for item in items(client, "?q=zeppelin")] == [event]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_list_every_event_once(client: FlaskClient, make_article: Story, limit: int) -> None:
    days = [1, 1, 2, 3, 3, 3, 4]  # events with the same time must not get lost between pages
    for number, day in enumerate(days):
        post(client, make_article(number, published_at=f"2025-05-0{day}"))
    all_pages = list(pages(client, limit))
    assert all(len(page) == limit for page in all_pages[:-1])
    listed = [event_id for page in all_pages for event_id in page]
    assert sorted(listed) == sorted(item["event_id"] for item in items(client))
    assert len(set(listed)) == len(days)


def test_event_lists_its_articles_by_group(
    client: FlaskClient, make_article: Story, three: list[str]
) -> None:
    event = client.get(f"/v1/events/{three[0]}").get_json()
    (group,) = event["groups"]
    assert group["canonical_article_id"] == "story-1"
    assert [member["article_id"] for member in group["members"]] == ["story-1", "copy"]
    member = group["members"][0]
    assert member["published_at"] == "2025-05-01"
    assert member["seen_at"] == "2025-05-01T00:00:00Z"
    assert make_article(1)["text"].startswith(member["excerpt"].removesuffix("…"))


@pytest.mark.parametrize("path", ["/v1/events/", "/v1/duplicate-groups/"])
@pytest.mark.parametrize("name", ["e999", "g999", "e0", "x", "e-1", "1", "e" + "9" * 30, "é1"])
def test_unknown_or_invalid_id_is_not_found(client: FlaskClient, path: str, name: str) -> None:
    assert client.get(path + name).status_code == 404


def test_merged_id_redirects_to_its_survivor(client: FlaskClient, make_article: Story) -> None:
    first = post(client, make_article(1))
    second = post(client, make_article(2, id="story-1"))
    third = post(client, make_article(3, id="story-1"))
    assert len({response["event_id"] for response in (first, second, third)}) == 3
    for merged in (first, second):
        for path, name in (("events", "event_id"), ("duplicate-groups", "duplicate_group_id")):
            response = client.get(f"/v1/{path}/{merged[name]}")
            assert response.status_code == 308
            assert response.location == f"/v1/{path}/{third[name]}"
    listed = items(client, "?state=merged")
    assert {item["event_id"] for item in listed} == {first["event_id"], second["event_id"]}


def test_changes_are_in_order(client: FlaskClient, make_article: Story) -> None:
    post(client, make_article(1))
    copy = post(client, make_article(1, id="copy"))
    post(client, make_article(2, id="copy"))
    client.delete("/v1/articles/story-1")
    page = client.get("/v1/changes").get_json()
    logged = [(item["kind"], item["article_id"]) for item in page["items"]]
    kinds = ("article.assigned", "article.updated", "article.removed")
    assert [change for change in logged if change[0] in kinds] == [
        ("article.assigned", "story-1"),
        ("article.assigned", "copy"),
        ("article.updated", "copy"),
        ("article.assigned", "copy"),
        ("article.removed", "story-1"),
    ]
    second = page["items"][1]
    assert second["event_id"] == copy["event_id"]
    assert second["duplicate_group_id"] == copy["duplicate_group_id"]
    assert [item["seq"] for item in page["items"]] == list(range(1, len(logged) + 1))


def test_changes_continue_from_a_cursor(client: FlaskClient, make_article: Story) -> None:
    for number in range(5):
        post(client, make_article(number))
    all_changes = client.get("/v1/changes").get_json()["items"]
    read: list[Any] = []
    cursor = "0"
    while page := client.get(f"/v1/changes?since={cursor}&limit=2").get_json():
        if not page["items"]:
            break
        read += page["items"]
        cursor = page["next_cursor"]
    assert read == all_changes
    assert page["next_cursor"] == cursor
    post(client, make_article(9))
    (new,) = client.get(f"/v1/changes?since={cursor}").get_json()["items"]
    assert new["article_id"] == "story-9"


def test_assignments_are_ndjson(client: FlaskClient, three: list[str]) -> None:
    response = client.get("/v1/assignments")
    assert response.mimetype == "application/x-ndjson"
    rows = [json.loads(line) for line in response.text.splitlines()]
    assert [row["article_id"] for row in rows] == ["story-1", "copy", "story-2", "story-3"]
    assert rows[0] == {**rows[1], "article_id": "story-1"}


def test_undated_copy_does_not_change_last_seen(client: FlaskClient) -> None:
    text = " ".join(f"word{number}" for number in range(60))
    client.post("/v1/articles", json={"text": text, "published_at": "2025-05-03T10:00:00Z"})
    late = client.post("/v1/articles", json={"id": "late", "text": f"{text} today"}).get_json()
    event = client.get(f"/v1/events/{late['event_id']}").get_json()
    assert event["size"] == 2
    assert event["last_seen"].startswith("2025-05-03")


@pytest.mark.parametrize("name", ["since", "until", "cursor", "limit", "min_size"])
@pytest.mark.parametrize("path", ["/v1/events", "/feeds/events.rss", "/feeds/events.json"])
def test_parameter_without_a_value_is_an_error(client: FlaskClient, path: str, name: str) -> None:
    problem = client.get(f"{path}?{name}=")
    assert problem.status_code == 422
    assert problem.get_json()["errors"][0]["field"] == name


def test_filter_without_a_value_filters_nothing(client: FlaskClient, three: list[str]) -> None:
    assert len(items(client, "?q=&source=&language=")) == 3

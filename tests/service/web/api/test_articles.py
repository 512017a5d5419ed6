"""POST, GET, PUT and DELETE of single articles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

Story = Callable[..., dict[str, Any]]


def article_path(article_id: str) -> str:
    return "/v1/articles/" + quote(article_id, safe="")


def public_state(client: FlaskClient) -> tuple[str, str, str]:
    """Return assignments, events and changes, as clients see them."""
    return (
        client.get("/v1/assignments").text,
        client.get("/v1/events").text,
        client.get("/v1/changes").text,
    )


def test_new_article_is_created(client: FlaskClient, make_article: Story) -> None:
    article = make_article(
        1, url="https://www.example.com/a?utm_source=x", published_at="2025-05-04"
    )
    response = client.post("/v1/articles", json=article)
    assert response.status_code == 201
    assert response.location == "/v1/articles/story-1"
    body = response.get_json()
    assert body == {
        "article_id": "story-1",
        "outcome": "new",
        "duplicate_group_id": body["duplicate_group_id"],
        "duplicate_of": None,
        "duplicate_of_url": None,
        "event_id": body["event_id"],
        "event_size": 1,
        "evidence": {
            "jaccard": None,
            "containment": None,
            "duplicate_score": None,
            "event_probability": None,
            "runner_up": None,
            "shared_terms": [],
        },
        "warnings": [],
        "aliases": {},
    }


def test_article_is_returned_as_posted(client: FlaskClient, make_article: Story) -> None:
    article = make_article(1, url="https://www.example.com/a?utm_source=x", source="Agency")
    article["published_at"] = "Sun, 04 May 2025 06:30:00 GMT"
    posted = client.post("/v1/articles", json=article).get_json()
    stored = client.get("/v1/articles/story-1").get_json()
    assert {name: stored[name] for name in article} == article
    assert stored["canonical_url"] == "https://example.com/a"
    assert (stored["version"], stored["language"]) == (1, None)
    for name in ("duplicate_group_id", "event_id", "evidence"):
        assert stored["assignment"][name] == posted[name]


def test_posting_again_is_unchanged(client: FlaskClient, make_article: Story) -> None:
    first = client.post("/v1/articles", json=make_article(1)).get_json()
    before = public_state(client)
    again = client.post("/v1/articles", json=make_article(1))
    assert (again.status_code, again.get_json()) == (200, {**first, "outcome": "unchanged"})
    assert public_state(client) == before


def test_returned_article_can_be_put_back(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1, published_at="2025-05-04", source="Agency"))
    article = client.get("/v1/articles/story-1").get_json()
    assert client.put("/v1/articles/story-1", json=article).get_json()["outcome"] == "unchanged"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "Something else altogether was reported from the harbour on Monday evening."),
        ("title", "Another title"),
        ("published_at", "2025-05-05"),
        ("source", "Another"),
        ("url", "https://example.com/other"),
    ],
)
def test_other_content_makes_a_new_version(
    client: FlaskClient, make_article: Story, field: str, value: str
) -> None:
    client.post("/v1/articles", json=make_article(1, source="Agency", published_at="2025-05-04"))
    changed = make_article(1, source="Agency", published_at="2025-05-04") | {field: value}
    response = client.post("/v1/articles", json=changed)
    assert (response.status_code, response.get_json()["outcome"]) == (200, "updated")
    article = client.get("/v1/articles/story-1").get_json()
    assert (article["version"], article[field]) == (2, value)
    assert article["assignment"]["event_size"] == 1


def test_copy_is_an_exact_duplicate(client: FlaskClient, make_article: Story) -> None:
    first = client.post("/v1/articles", json=make_article(1)).get_json()
    copy = client.post("/v1/articles", json=make_article(1, id="copy"))
    assert copy.status_code == 201
    body = copy.get_json()
    assert (body["outcome"], body["duplicate_of"]) == ("exact_duplicate", "story-1")
    assert body["duplicate_group_id"] == first["duplicate_group_id"]
    assert (body["event_id"], body["event_size"]) == (first["event_id"], 2)
    group = client.get(f"/v1/duplicate-groups/{body['duplicate_group_id']}").get_json()
    assert group["canonical_article_id"] == "story-1"
    assert [member["article_id"] for member in group["members"]] == ["story-1", "copy"]
    assert group["members"][1]["evidence"]["jaccard"] == 1.0


def test_two_ids_at_one_url_are_two_articles(client: FlaskClient, make_article: Story) -> None:
    for name in ("a", "b"):
        client.post("/v1/articles", json=make_article(1, id=name, url="https://example.com/a"))
    assert client.get("/v1/articles/b").get_json()["assignment"]["duplicate_of"] == "a"


def test_without_an_id_the_url_identifies_the_article(
    client: FlaskClient, make_article: Story
) -> None:
    desktop = make_article(1, url="https://www.example.com/a?utm_source=x")
    mobile = make_article(2, url="http://m.example.com/a#top")
    del desktop["id"], mobile["id"]
    first = client.post("/v1/articles", json=desktop).get_json()
    second = client.post("/v1/articles", json=mobile).get_json()
    assert second["article_id"] == first["article_id"]
    assert second["outcome"] == "updated"


def test_title_alone_is_an_article(client: FlaskClient) -> None:
    response = client.post("/v1/articles", json={"title": "Parliament passes the budget at dawn"})
    assert response.status_code == 201


def test_text_of_three_words_gets_a_warning(client: FlaskClient) -> None:
    first = client.post("/v1/articles", json={"text": "nothing happened today"}).get_json()
    second = client.post("/v1/articles", json={"text": "nothing happened again"}).get_json()
    assert "only 3 words" in first["warnings"][0]
    assert first["duplicate_group_id"] != second["duplicate_group_id"]


def test_control_characters_are_removed(client: FlaskClient, make_article: Story) -> None:
    article = make_article(1)
    article["text"] = article["text"].replace(" ", "\x00 ", 3)
    response = client.post("/v1/articles", json=article)
    assert response.status_code == 201
    assert response.get_json()["warnings"] == ["text: control characters removed"]
    assert client.get("/v1/articles/story-1").get_json()["text"] == make_article(1)["text"]


def test_dry_run_changes_nothing(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1))
    before = public_state(client)
    new = client.post("/v1/articles?dry_run=true", json=make_article(2))
    copy = client.post("/v1/articles?dry_run=true", json=make_article(1, id="copy"))
    update = client.post("/v1/articles?dry_run=true", json=make_article(3, id="story-1"))
    assert [response.status_code for response in (new, copy, update)] == [200, 200, 200]
    outcomes = [response.get_json()["outcome"] for response in (new, copy, update)]
    assert outcomes == ["new", "exact_duplicate", "updated"]
    assert copy.get_json()["event_size"] == 2
    assert public_state(client) == before
    # The index is rolled back too: the next result is the same.
    real = client.post("/v1/articles", json=make_article(1, id="copy")).get_json()
    assert real == copy.get_json()


def test_dry_run_of_an_update_keeps_its_copies_together(
    client: FlaskClient, make_article: Story
) -> None:
    for name in ("a", "b", "c"):
        client.post("/v1/articles", json=make_article(1, id=name))
    before = public_state(client)
    client.post("/v1/articles?dry_run=true", json=make_article(2, id="a"))
    assert public_state(client) == before
    again = client.post("/v1/articles", json=make_article(1, id="d")).get_json()
    assert (again["duplicate_of"], again["event_size"]) == ("a", 4)


def test_put_creates_and_replaces(client: FlaskClient, make_article: Story) -> None:
    article = make_article(1)
    del article["id"]
    assert client.put("/v1/articles/mine", json=article).status_code == 201
    assert client.put("/v1/articles/mine", json=article).status_code == 200
    response = client.put("/v1/articles/mine", json={"text": make_article(2)["text"]})
    assert (response.status_code, response.get_json()["outcome"]) == (200, "updated")
    assert client.get("/v1/articles/mine").get_json()["title"] == ""


def test_put_with_another_id_in_the_body_is_refused(
    client: FlaskClient, make_article: Story
) -> None:
    response = client.put("/v1/articles/mine", json=make_article(1))
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"] == "/id"


def test_removed_article_is_removed_everywhere(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1))
    first = client.post("/v1/articles", json=make_article(1, id="copy")).get_json()
    removed = client.delete("/v1/articles/copy")
    assert (removed.status_code, removed.data) == (204, b"")
    assert client.get("/v1/articles/copy").status_code == 404
    assert client.delete("/v1/articles/copy").status_code == 404
    assert "copy" not in client.get("/v1/assignments").text
    event = client.get(f"/v1/events/{first['event_id']}").get_json()
    assert event["size"] == 1
    newest = client.get("/v1/changes").get_json()["items"][-1]
    assert (newest["kind"], newest["article_id"]) == ("article.removed", "copy")


def test_canonical_article_can_be_removed(client: FlaskClient, make_article: Story) -> None:
    for name in ("a", "b", "c"):
        response = client.post("/v1/articles", json=make_article(1, id=name)).get_json()
    client.delete("/v1/articles/a")
    group = client.get(f"/v1/duplicate-groups/{response['duplicate_group_id']}").get_json()
    assert [member["article_id"] for member in group["members"]] == ["b", "c"]
    assert [member["duplicate_of"] for member in group["members"]] == [None, "b"]


def test_event_without_articles_is_not_found(client: FlaskClient, make_article: Story) -> None:
    event = client.post("/v1/articles", json=make_article(1)).get_json()["event_id"]
    client.delete("/v1/articles/story-1")
    assert client.get(f"/v1/events/{event}").status_code == 404
    assert client.get("/v1/events").get_json()["items"] == []


def test_removed_article_posted_again_is_new(client: FlaskClient, make_article: Story) -> None:
    first = client.post("/v1/articles", json=make_article(1)).get_json()
    client.delete("/v1/articles/story-1")
    again = client.post("/v1/articles", json=make_article(1))
    assert (again.status_code, again.get_json()["outcome"]) == (201, "new")
    assert again.get_json()["event_id"] != first["event_id"]
    assert client.get("/v1/articles/story-1").get_json()["version"] == 1


@pytest.mark.parametrize(
    "article_id",
    [
        "batch",
        "a b",
        "https://example.com//a/?b=c&d=e#f",
        "é中🙂",
        "50%",
        "a/",
        "/a",
        "..",
        "a+b",
        "x" * 512,
    ],
)
def test_any_id_works_in_a_path(client: FlaskClient, make_article: Story, article_id: str) -> None:
    posted = client.post("/v1/articles", json=make_article(1, id=article_id))
    assert posted.get_json()["article_id"] == article_id
    assert client.get(posted.location).get_json()["id"] == article_id
    assert client.put(article_path(article_id), json={"title": "t"}).status_code == 200
    assert client.delete(article_path(article_id)).status_code == 204


# Crawlers write these words for a missing id, so they do not count as ids.
ACCEPTED_IDS = st.text(
    st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40
).filter(lambda name: name not in {"None", "NULL"})


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@hypothesis_given(ACCEPTED_IDS)
def test_every_accepted_id_can_be_fetched(client: FlaskClient, article_id: str) -> None:
    client.post("/v1/articles", json={"id": article_id, "title": "Harbour reopens"})
    assert client.get(article_path(article_id)).get_json()["id"] == article_id


def test_restart_changes_nothing(open_app: Callable[..., Flask], make_article: Story) -> None:
    client = open_app().test_client()
    for number in (1, 2, 3):
        client.post("/v1/articles", json=make_article(number))
    client.post("/v1/articles", json=make_article(1, id="copy"))
    client.post("/v1/articles", json=make_article(4, id="story-2"))
    client.delete("/v1/articles/story-3")
    before = public_state(client)
    events = [item["event_id"] for item in client.get("/v1/events").get_json()["items"]]
    restarted = open_app().test_client()
    assert public_state(restarted) == before
    late = restarted.post("/v1/articles", json=make_article(1, id="late")).get_json()
    assert (late["duplicate_of"], late["event_size"]) == ("story-1", 3)
    assert restarted.post("/v1/articles", json=make_article(9)).get_json()["event_id"] not in events


def test_setting_adds_to_the_parameters_that_are_dropped(open_app: Callable[..., Flask]) -> None:
    def post_both(client: FlaskClient) -> set[str]:
        return {
            client.post("/v1/articles", json={"text": "Late", "url": url}).get_json()["article_id"]
            for url in (
                "https://example.com/a?shop=1&page=2",
                "https://example.com/a?page=2&shop=2",
            )
        }

    assert len(post_both(open_app().test_client())) == 2
    assert len(post_both(open_app(dropped_parameters="shop").test_client())) == 1

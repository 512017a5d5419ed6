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


def address(article_id: str) -> str:
    return "/v1/articles/" + quote(article_id, safe="")


def everything(client: FlaskClient) -> tuple[str, str, str]:
    """Return all that can be seen from outside."""
    return (
        client.get("/v1/assignments").text,
        client.get("/v1/events").text,
        client.get("/v1/changes").text,
    )


def test_a_new_article(client: FlaskClient, make_article: Story) -> None:
    article = make_article(
        1, url="https://www.example.com/a?utm_source=x", published_at="2025-05-04"
    )
    answer = client.post("/v1/articles", json=article)
    assert answer.status_code == 201
    assert answer.location == "/v1/articles/story-1"
    body = answer.get_json()
    assert body == {
        "article_id": "story-1",
        "outcome": "new",
        "duplicate_group_id": body["duplicate_group_id"],
        "duplicate_of": None,
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


def test_an_article_is_given_back_as_it_came(client: FlaskClient, make_article: Story) -> None:
    article = make_article(1, url="https://www.example.com/a?utm_source=x", source="Agency")
    article["published_at"] = "Sun, 04 May 2025 06:30:00 GMT"
    posted = client.post("/v1/articles", json=article).get_json()
    found = client.get("/v1/articles/story-1").get_json()
    assert {name: found[name] for name in article} == article
    assert found["canonical_url"] == "https://example.com/a"
    assert (found["version"], found["language"]) == (1, None)
    for name in ("duplicate_group_id", "event_id", "evidence"):
        assert found["assignment"][name] == posted[name]


def test_the_same_again_is_unchanged(client: FlaskClient, make_article: Story) -> None:
    first = client.post("/v1/articles", json=make_article(1)).get_json()
    before = everything(client)
    again = client.post("/v1/articles", json=make_article(1))
    assert (again.status_code, again.get_json()) == (200, {**first, "outcome": "unchanged"})
    assert everything(client) == before


def test_what_is_read_can_be_put_back(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1, published_at="2025-05-04", source="Agency"))
    found = client.get("/v1/articles/story-1").get_json()
    assert client.put("/v1/articles/story-1", json=found).get_json()["outcome"] == "unchanged"


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
def test_other_content_is_a_new_version(
    client: FlaskClient, make_article: Story, field: str, value: str
) -> None:
    client.post("/v1/articles", json=make_article(1, source="Agency", published_at="2025-05-04"))
    changed = make_article(1, source="Agency", published_at="2025-05-04") | {field: value}
    answer = client.post("/v1/articles", json=changed)
    assert (answer.status_code, answer.get_json()["outcome"]) == (200, "updated")
    found = client.get("/v1/articles/story-1").get_json()
    assert (found["version"], found[field]) == (2, value)
    assert found["assignment"]["event_size"] == 1


def test_a_copy_is_an_exact_duplicate(client: FlaskClient, make_article: Story) -> None:
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


def test_two_ids_at_one_address_are_two_articles(client: FlaskClient, make_article: Story) -> None:
    for name in ("a", "b"):
        client.post("/v1/articles", json=make_article(1, id=name, url="https://example.com/a"))
    assert client.get("/v1/articles/b").get_json()["assignment"]["duplicate_of"] == "a"


def test_without_an_id_the_address_is_the_article(client: FlaskClient, make_article: Story) -> None:
    one = make_article(1, url="https://www.example.com/a?utm_source=x")
    two = make_article(2, url="http://m.example.com/a#top")
    del one["id"], two["id"]
    first = client.post("/v1/articles", json=one).get_json()
    second = client.post("/v1/articles", json=two).get_json()
    assert second["article_id"] == first["article_id"]
    assert second["outcome"] == "updated"


def test_a_title_alone_is_an_article(client: FlaskClient) -> None:
    answer = client.post("/v1/articles", json={"title": "Parliament passes the budget at dawn"})
    assert answer.status_code == 201


def test_a_text_of_three_words_has_a_warning(client: FlaskClient) -> None:
    one = client.post("/v1/articles", json={"text": "nothing happened today"}).get_json()
    two = client.post("/v1/articles", json={"text": "nothing happened again"}).get_json()
    assert "short" in one["warnings"][0]
    assert one["duplicate_group_id"] != two["duplicate_group_id"]


def test_control_characters_do_no_harm(client: FlaskClient, make_article: Story) -> None:
    article = make_article(1)
    article["text"] = article["text"].replace(" ", "\x00 ", 3)
    answer = client.post("/v1/articles", json=article)
    assert answer.status_code == 201
    assert answer.get_json()["warnings"] == ["text: control characters removed"]
    assert client.get("/v1/articles/story-1").get_json()["text"] == make_article(1)["text"]


def test_a_dry_run_leaves_no_trace(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1))
    before = everything(client)
    new = client.post("/v1/articles?dry_run=true", json=make_article(2))
    copy = client.post("/v1/articles?dry_run=true", json=make_article(1, id="copy"))
    update = client.post("/v1/articles?dry_run=true", json=make_article(3, id="story-1"))
    assert [answer.status_code for answer in (new, copy, update)] == [200, 200, 200]
    outcomes = [answer.get_json()["outcome"] for answer in (new, copy, update)]
    assert outcomes == ["new", "exact_duplicate", "updated"]
    assert copy.get_json()["event_size"] == 2
    assert everything(client) == before
    # The index was put back, too: it judges as it did before.
    real = client.post("/v1/articles", json=make_article(1, id="copy")).get_json()
    assert real == copy.get_json()


def test_a_dry_run_of_an_update_puts_its_copies_back(
    client: FlaskClient, make_article: Story
) -> None:
    for name in ("a", "b", "c"):
        client.post("/v1/articles", json=make_article(1, id=name))
    before = everything(client)
    client.post("/v1/articles?dry_run=true", json=make_article(2, id="a"))
    assert everything(client) == before
    again = client.post("/v1/articles", json=make_article(1, id="d")).get_json()
    assert (again["duplicate_of"], again["event_size"]) == ("a", 4)


def test_put_makes_and_replaces(client: FlaskClient, make_article: Story) -> None:
    article = make_article(1)
    del article["id"]
    assert client.put("/v1/articles/mine", json=article).status_code == 201
    assert client.put("/v1/articles/mine", json=article).status_code == 200
    answer = client.put("/v1/articles/mine", json={"text": make_article(2)["text"]})
    assert (answer.status_code, answer.get_json()["outcome"]) == (200, "updated")
    assert client.get("/v1/articles/mine").get_json()["title"] == ""


def test_put_of_another_id_is_refused(client: FlaskClient, make_article: Story) -> None:
    answer = client.put("/v1/articles/mine", json=make_article(1))
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "/id"


def test_a_removed_article_is_gone_everywhere(client: FlaskClient, make_article: Story) -> None:
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


def test_the_canonical_article_can_be_removed(client: FlaskClient, make_article: Story) -> None:
    for name in ("a", "b", "c"):
        answer = client.post("/v1/articles", json=make_article(1, id=name)).get_json()
    client.delete("/v1/articles/a")
    group = client.get(f"/v1/duplicate-groups/{answer['duplicate_group_id']}").get_json()
    assert [member["article_id"] for member in group["members"]] == ["b", "c"]
    assert [member["duplicate_of"] for member in group["members"]] == [None, "b"]


def test_an_event_without_articles_is_gone(client: FlaskClient, make_article: Story) -> None:
    event = client.post("/v1/articles", json=make_article(1)).get_json()["event_id"]
    client.delete("/v1/articles/story-1")
    assert client.get(f"/v1/events/{event}").status_code == 404
    assert client.get("/v1/events").get_json()["items"] == []


def test_what_was_removed_can_come_again_as_new(client: FlaskClient, make_article: Story) -> None:
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
def test_any_id_works_in_an_address(
    client: FlaskClient, make_article: Story, article_id: str
) -> None:
    posted = client.post("/v1/articles", json=make_article(1, id=article_id))
    assert posted.get_json()["article_id"] == article_id
    assert client.get(posted.location).get_json()["id"] == article_id
    assert client.put(address(article_id), json={"title": "t"}).status_code == 200
    assert client.delete(address(article_id)).status_code == 204


# What a crawler writes for an id that it does not know is none.
SOME_IDS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(
    lambda name: name not in {"None", "NULL"}
)


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@hypothesis_given(SOME_IDS)
def test_every_accepted_id_is_found_again(client: FlaskClient, article_id: str) -> None:
    client.post("/v1/articles", json={"id": article_id, "title": "Harbour reopens"})
    assert client.get(address(article_id)).get_json()["id"] == article_id


def test_a_restart_changes_nothing(open_app: Callable[..., Flask], make_article: Story) -> None:
    client = open_app().test_client()
    for number in (1, 2, 3):
        client.post("/v1/articles", json=make_article(number))
    client.post("/v1/articles", json=make_article(1, id="copy"))
    client.post("/v1/articles", json=make_article(4, id="story-2"))
    client.delete("/v1/articles/story-3")
    before = everything(client)
    events = [item["event_id"] for item in client.get("/v1/events").get_json()["items"]]
    restarted = open_app().test_client()
    assert everything(restarted) == before
    another = restarted.post("/v1/articles", json=make_article(1, id="late")).get_json()
    assert (another["duplicate_of"], another["event_size"]) == ("story-1", 3)
    assert restarted.post("/v1/articles", json=make_article(9)).get_json()["event_id"] not in events

"""GET /v1/articles/{id}/versions: an article as it is and as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Story = Callable[..., dict[str, Any]]


def versions(client: FlaskClient, address: str = "story-1/versions") -> dict[str, Any]:
    reply = client.get(f"/v1/articles/{address}")
    assert reply.status_code == 200
    return reply.get_json()


def numbers(page: dict[str, Any]) -> list[int]:
    return [version["version"] for version in page["items"]]


def test_every_version_the_newest_first(client: FlaskClient, make_article: Story) -> None:
    first, second = make_article(1, source="Echo"), make_article(2, id="story-1", source="Post")
    for article in (first, second):
        client.post("/v1/articles", json=article)
    page = versions(client)
    assert (page["article_id"], page["next_cursor"]) == ("story-1", None)
    assert numbers(page) == [2, 1]
    for version, article in zip(page["items"], (second, first), strict=True):
        assert version.items() >= {key: article[key] for key in ("title", "text", "source")}.items()
        assert version["posted_at"].endswith("Z")
    assert page["items"][0]["posted_at"] > page["items"][1]["posted_at"]


def test_posted_again_unchanged_makes_no_version(client: FlaskClient, make_article: Story) -> None:
    for _ in range(3):
        client.post("/v1/articles", json=make_article(1))
    assert numbers(versions(client)) == [1]


def test_pages_of_versions(client: FlaskClient, make_article: Story) -> None:
    for number in range(1, 6):
        client.post("/v1/articles", json=make_article(number, id="story-1"))
    first = versions(client, "story-1/versions?limit=2")
    second = versions(client, f"story-1/versions?limit=2&cursor={first['next_cursor']}")
    last = versions(client, f"story-1/versions?limit=2&cursor={second['next_cursor']}")
    assert [numbers(page) for page in (first, second, last)] == [[5, 4], [3, 2], [1]]
    assert last["next_cursor"] is None


@pytest.mark.parametrize("query", ["cursor=0", "cursor=x", "limit=0", "limit=101"])
def test_a_query_that_says_nothing_sensible(
    client: FlaskClient, make_article: Story, query: str
) -> None:
    client.post("/v1/articles", json=make_article(1))
    assert client.get(f"/v1/articles/story-1/versions?{query}").status_code == 422


def test_no_such_article(client: FlaskClient) -> None:
    assert client.get("/v1/articles/nobody/versions").status_code == 404


def test_removed_with_the_article(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1))
    client.delete("/v1/articles/story-1")
    client.post("/v1/articles", json=make_article(1))
    assert numbers(versions(client)) == [1]


def test_an_id_that_ends_like_the_call(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1, id="odd/versions"))
    assert versions(client, "odd/versions")["id"] == "odd/versions"
    assert numbers(versions(client, "odd/versions/versions")) == [1]


class TestWithoutAnId:
    """What stands at one address is one article, however the address was shared."""

    SHARED = (
        "https://www.courier.example/2025/ferry?utm_source=rss#top",
        "http://m.courier.example/2025/ferry/",
        "https://www.google.com/amp/s/courier.example/2025/ferry/amp",
    )

    def post(
        self, client: FlaskClient, make_article: Story, number: int, url: str
    ) -> dict[str, Any]:
        article = {key: make_article(number)[key] for key in ("title", "text")}
        return client.post("/v1/articles", json={**article, "url": url}).get_json()

    def test_another_text_is_a_new_version(self, client: FlaskClient, make_article: Story) -> None:
        answers = [self.post(client, make_article, at, url) for at, url in enumerate(self.SHARED)]
        assert [answer["outcome"] for answer in answers] == ["new", "updated", "updated"]
        (article_id,) = {answer["article_id"] for answer in answers}
        page = versions(client, f"{article_id}/versions")
        assert [version["url"] for version in page["items"]] == list(reversed(self.SHARED))
        article = client.get(f"/v1/articles/{article_id}").get_json()
        assert article["canonical_url"] == "https://courier.example/2025/ferry"
        assert article["url"] == self.SHARED[-1]

    def test_the_pages_show_what_changed(self, client: FlaskClient, make_article: Story) -> None:
        text = "The ferry left Skarn at eight. All on board were well."
        changed = text.replace("eight", "nine")
        for url, now in zip(self.SHARED, (text, changed), strict=False):
            posted = client.post("/v1/articles", json={"title": "Ferry", "text": now, "url": url})
        page = client.get(f"/admin/articles/{posted.get_json()['article_id']}").text
        assert "<del>eight. </del>" in page
        assert "<ins>nine. </ins>" in page

    def test_another_article_of_one_page_stays_another(
        self, client: FlaskClient, make_article: Story
    ) -> None:
        form = "https://courier.example/news_view.html?utm_source=rss&idx={}"
        answers = [self.post(client, make_article, 1, form.format(at)) for at in (8576, 8723)]
        assert answers[0]["article_id"] != answers[1]["article_id"]

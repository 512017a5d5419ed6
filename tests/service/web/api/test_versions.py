"""GET /v1/articles/{id}/versions: the versions of an article."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Story = Callable[..., dict[str, Any]]


def versions(client: FlaskClient, path: str = "story-1/versions") -> dict[str, Any]:
    response = client.get(f"/v1/articles/{path}")
    assert response.status_code == 200
    return response.get_json()


def numbers(page: dict[str, Any]) -> list[int]:
    return [version["version"] for version in page["items"]]


def test_versions_are_listed_newest_first(client: FlaskClient, make_article: Story) -> None:
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


def test_unchanged_post_makes_no_version(client: FlaskClient, make_article: Story) -> None:
    for _ in range(3):
        client.post("/v1/articles", json=make_article(1))
    assert numbers(versions(client)) == [1]


def test_versions_are_paged(client: FlaskClient, make_article: Story) -> None:
    for number in range(1, 6):
        client.post("/v1/articles", json=make_article(number, id="story-1"))
    first = versions(client, "story-1/versions?limit=2")
    second = versions(client, f"story-1/versions?limit=2&cursor={first['next_cursor']}")
    last = versions(client, f"story-1/versions?limit=2&cursor={second['next_cursor']}")
    assert [numbers(page) for page in (first, second, last)] == [[5, 4], [3, 2], [1]]
    assert last["next_cursor"] is None


@pytest.mark.parametrize("query", ["cursor=0", "cursor=x", "limit=0", "limit=101"])
def test_invalid_parameters_are_refused(
    client: FlaskClient, make_article: Story, query: str
) -> None:
    client.post("/v1/articles", json=make_article(1))
    assert client.get(f"/v1/articles/story-1/versions?{query}").status_code == 422


def test_unknown_article_is_not_found(client: FlaskClient) -> None:
    assert client.get("/v1/articles/nobody/versions").status_code == 404


def test_versions_are_removed_with_the_article(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1))
    client.delete("/v1/articles/story-1")
    client.post("/v1/articles", json=make_article(1))
    assert numbers(versions(client)) == [1]


def test_id_that_ends_like_the_path(client: FlaskClient, make_article: Story) -> None:
    client.post("/v1/articles", json=make_article(1, id="odd/versions"))
    assert versions(client, "odd/versions")["id"] == "odd/versions"
    assert numbers(versions(client, "odd/versions/versions")) == [1]


class TestWithoutAnId:
    """Articles without an id at the same canonical URL are one article."""

    SHARED_URLS = (
        "https://www.courier.example/2025/ferry?utm_source=rss#top",
        "http://m.courier.example/2025/ferry/",
        "https://www.google.com/amp/s/courier.example/2025/ferry/amp",
    )

    def post(
        self, client: FlaskClient, make_article: Story, number: int, url: str
    ) -> dict[str, Any]:
        article = {key: make_article(number)[key] for key in ("title", "text")}
        return client.post("/v1/articles", json={**article, "url": url}).get_json()

    def test_other_text_is_a_new_version(self, client: FlaskClient, make_article: Story) -> None:
        results = [
            self.post(client, make_article, number, url)
            for number, url in enumerate(self.SHARED_URLS)
        ]
        assert [result["outcome"] for result in results] == ["new", "updated", "updated"]
        (article_id,) = {result["article_id"] for result in results}
        page = versions(client, f"{article_id}/versions")
        assert [version["url"] for version in page["items"]] == list(reversed(self.SHARED_URLS))
        article = client.get(f"/v1/articles/{article_id}").get_json()
        assert article["canonical_url"] == "https://courier.example/2025/ferry"
        assert article["url"] == self.SHARED_URLS[-1]

    def test_article_page_shows_the_difference(
        self, client: FlaskClient, make_article: Story
    ) -> None:
        text = "The ferry left Skarn at eight. All on board were well."
        changed = text.replace("eight", "nine")
        for url, posted_text in zip(self.SHARED_URLS, (text, changed), strict=False):
            posted = client.post(
                "/v1/articles", json={"title": "Ferry", "text": posted_text, "url": url}
            )
        page = client.get(f"/admin/articles/{posted.get_json()['article_id']}").text
        assert "<del>eight. </del>" in page
        assert "<ins>nine. </ins>" in page

    def test_urls_with_different_ids_are_two_articles(
        self, client: FlaskClient, make_article: Story
    ) -> None:
        url_template = "https://courier.example/news_view.html?utm_source=rss&idx={}"
        results = [
            self.post(client, make_article, 1, url_template.format(idx)) for idx in (8576, 8723)
        ]
        assert results[0]["article_id"] != results[1]["article_id"]

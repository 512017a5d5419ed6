"""A few articles that the service really clusters: an event of three groups, one with a copy."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.support.story_factory import StoryFactory, truncate

SCRIPT = "<script>document.title = 'broken'</script>"
TITLES = {
    "harbour": "Harbour reopens after the storm",
    "copy": SCRIPT,
    "cranes": "Two cranes lost in the storm",
    "ferry": "Ferries wait for the harbour",
    "budget": "Council passes its budget",
    "circus": "A circus comes to town",
}
"""Titles by article id. The first four are event e1, the others are e2 and e3."""


def articles() -> list[dict[str, Any]]:
    factory = StoryFactory(1)
    names = factory.names()
    storm_texts = [factory.text(18, names) for _ in range(3)]
    texts = [
        *(storm_texts[0], truncate(storm_texts[0]), *storm_texts[1:]),
        *(factory.text(), factory.text()),
    ]
    return [
        {
            "id": article_id,
            "title": title,
            "text": text,
            "source": f"{article_id.title()} Post",
            "published_at": f"2025-05-04T{hour:02}:00:00Z",
        }
        for hour, ((article_id, title), text) in enumerate(
            zip(TITLES.items(), texts, strict=True), start=1
        )
    ]


def post_articles(client: FlaskClient, **options: Any) -> None:
    """Post the articles, and check that they form the events that the tests expect."""
    for article in articles():
        assert client.post("/v1/articles", json=article, **options).status_code == 201
    event_ids = [event_of(client, article_id, **options) for article_id in TITLES]
    assert event_ids == ["e1", "e1", "e1", "e1", "e2", "e3"]


def event_of(client: FlaskClient, article_id: str, **options: Any) -> str:
    article = client.get(f"/v1/articles/{article_id}", **options).get_json()
    event_id: str = article["assignment"]["event_id"]
    return event_id

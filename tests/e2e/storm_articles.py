"""A small newsroom that really judges: one event of three stories, one of them in two prints."""

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
"""The first four are event e1, the copy among them; the others are e2 and e3."""


def articles() -> list[dict[str, Any]]:
    press = StoryFactory(1)
    cast = press.names()
    storm = [press.text(18, cast) for _ in range(3)]
    texts = [storm[0], truncate(storm[0]), *storm[1:], press.text(), press.text()]
    return [
        {
            "id": name,
            "title": title,
            "text": text,
            "source": f"{name.title()} Post",
            "published_at": f"2025-05-04T{at + 1:02}:00:00Z",
        }
        for at, ((name, title), text) in enumerate(zip(TITLES.items(), texts, strict=True))
    ]


def post_articles(client: FlaskClient, **more: Any) -> None:
    """Post them, and see that they came where the tests want them."""
    for article in articles():
        assert client.post("/v1/articles", json=article, **more).status_code == 201
    events = [event_of(client, name, **more) for name in TITLES]
    assert events == ["e1", "e1", "e1", "e1", "e2", "e3"]


def event_of(client: FlaskClient, name: str, **more: Any) -> str:
    found: str = client.get(f"/v1/articles/{name}", **more).get_json()["assignment"]["event_id"]
    return found

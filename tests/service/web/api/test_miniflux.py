"""Webhooks of Miniflux, signed and structured as Miniflux sends them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.web.api.miniflux import WEBHOOK_PATH
from service.web.docs.operations import OPERATIONS

SECRET = "c0ffee"
FEED = {
    "id": 8,
    "user_id": 1,
    "feed_url": "https://courier.example/feed.xml",
    "site_url": "https://courier.example/",
    "title": "Tarbrook Courier",
    "checked_at": "2025-05-12T08:00:00Z",
}


def entry(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": 230 + number,
        "user_id": 1,
        "feed_id": 8,
        "status": "unread",
        "hash": f"{number:064x}",
        "title": f"Ferry {number} is late",
        "url": f"https://courier.example/ferry-{number}?utm_source=rss",
        "comments_url": "",
        "published_at": "2025-05-12T07:45:00Z",
        "created_at": "2025-05-12T08:00:00.1Z",
        "changed_at": "2025-05-12T08:00:00.1Z",
        "content": f"<p>Ferry {number} was late again.</p>\n<p>Nobody &amp; nothing moved.</p>",
        "author": "Una Merrick",
        "share_code": "",
        "starred": False,
        "reading_time": 1,
        "enclosures": None,
        "tags": [],
        **fields,
    }


def event(*entries: Any) -> dict[str, Any]:
    return {"event_type": "new_entries", "feed": FEED, "entries": list(entries)}


@pytest.fixture
def client(open_app: Callable[..., Flask]) -> FlaskClient:
    return open_app(miniflux_secret=SECRET, tokens="token").test_client()


def send(client: FlaskClient, content: object, secret: str = SECRET) -> TestResponse:
    body = json.dumps(content).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Miniflux-Signature": signature, "X-Miniflux-Event-Type": "new_entries"}
    return client.post(WEBHOOK_PATH, data=body, content_type="application/json", headers=headers)


def article(client: FlaskClient, article_id: str) -> dict[str, Any]:
    headers = {"Authorization": "Bearer token"}
    return client.get(f"/v1/articles/{article_id}", headers=headers).get_json()


def test_signed_entries_need_no_token(client: FlaskClient) -> None:
    response = send(client, event(entry(1), entry(2)))
    assert response.status_code == 200
    first, second = response.get_json()
    assert first["aliases"] == {"text": "content", "source": "feed/title"}
    assert first["article_id"] != second["article_id"]
    stored = article(client, first["article_id"])
    assert stored["text"] == "Ferry 1 was late again.\n\nNobody & nothing moved."
    assert stored["source"] == "Tarbrook Courier"
    assert stored["canonical_url"] == "https://courier.example/ferry-1"
    assert stored["published_at"] == "2025-05-12T07:45:00Z"


def test_changed_entry_is_an_update(client: FlaskClient) -> None:
    (before,) = send(client, event(entry(1))).get_json()
    (after,) = send(client, event(entry(1, id=999, content="<p>It came at last.</p>"))).get_json()
    assert (after["outcome"], after["article_id"]) == ("updated", before["article_id"])


def test_saved_entry_is_the_same_article(client: FlaskClient) -> None:
    (before,) = send(client, event(entry(1))).get_json()
    saved = {"event_type": "save_entry", "entry": {**entry(1), "feed": FEED}}
    (after,) = send(client, saved).get_json()
    assert (after["outcome"], after["article_id"]) == ("unchanged", before["article_id"])


def test_invalid_entry_does_not_affect_the_others(client: FlaskClient) -> None:
    bad, good = send(client, event(entry(1, url="soon"), entry(2))).get_json()
    assert (bad["line"], bad["errors"][0]["field"]) == (1, "/url")
    assert good["outcome"] == "new"


@pytest.mark.parametrize("secret", ["another", ""])
def test_wrong_signature_is_refused(client: FlaskClient, secret: str) -> None:
    response = send(client, event(entry(1)), secret)
    assert response.status_code == 401
    assert "X-Miniflux-Signature" in response.get_json()["detail"]


@pytest.mark.parametrize("headers", [{}, {"X-Miniflux-Signature": "é"}])
def test_missing_or_malformed_signature_is_refused(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    response = client.post(WEBHOOK_PATH, json=event(entry(1)), headers=headers)
    assert response.status_code == 401


def test_changed_body_is_refused(client: FlaskClient) -> None:
    body = json.dumps(event(entry(1))).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Miniflux-Signature": signature}
    assert client.post(WEBHOOK_PATH, data=body + b" ", headers=headers).status_code == 401


def test_without_a_configured_secret_every_webhook_is_refused(
    open_app: Callable[..., Flask],
) -> None:
    response = send(open_app().test_client(), event(entry(1)), "")
    assert response.status_code == 401
    assert "STORYFOLD_MINIFLUX_SECRET" in response.get_json()["detail"]


@pytest.mark.parametrize("content", [[], {}, {"event_type": "new_entries", "entries": 5}])
def test_invalid_payload_is_refused(client: FlaskClient, content: object) -> None:
    assert send(client, content).status_code == 422


def test_documented_example_is_accepted(client: FlaskClient) -> None:
    (operation,) = (operation for operation in OPERATIONS if operation.path == WEBHOOK_PATH)
    response = send(client, operation.body[0].example)
    assert response.status_code in operation.responses
    assert [result["outcome"] for result in response.get_json()] == ["new"]

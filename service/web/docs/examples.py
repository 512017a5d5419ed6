"""Example payloads."""

from __future__ import annotations

from typing import Any, Final

_EXAMPLE_ARTICLE: Final = {
    "id": "agency-20250504-17",
    "url": "https://news.example/2025/05/04/budget?utm_source=feed",
    "title": "Parliament passes the budget after a night session",
    "text": "After fourteen hours of debate, parliament passed the budget on Sunday morning.",
    "published_at": "2025-05-04T06:30:00Z",
    "source": "Example Agency",
    "language": "en",
}


_EXAMPLE_SHORT_ARTICLE: Final = {
    "title": "Budget adopted at dawn",
    "text": "The budget was adopted on Sunday at dawn, after fourteen hours of debate.",
    "published_at": "2025-05-04",
}


_EXAMPLE_BATCH: Final = [_EXAMPLE_ARTICLE, _EXAMPLE_SHORT_ARTICLE]


_EXAMPLE_EVIDENCE: Final = {
    "jaccard": None,
    "containment": None,
    "duplicate_score": None,
    "event_probability": 0.83,
    "runner_up": {"event_id": "e3", "probability": 0.12},
    "shared_terms": ["budget", "parliament"],
}


_EXAMPLE_RESULT: Final[dict[str, Any]] = {
    "article_id": "agency-20250504-17",
    "outcome": "new",
    "duplicate_group_id": "g12",
    "duplicate_of": None,
    "event_id": "e7",
    "event_size": 2,
    "evidence": _EXAMPLE_EVIDENCE,
    "warnings": [],
    "aliases": {},
}


_EXAMPLE_MINIFLUX_EVENT: Final = {
    "event_type": "new_entries",
    "feed": {"id": 8, "title": "Example Agency", "site_url": "https://news.example/"},
    "entries": [
        {
            "id": 231,
            "feed_id": 8,
            "comments_url": "",
            "url": "https://news.example/2025/05/04/budget?utm_source=feed",
            "title": "Parliament passes the budget after a night session",
            "published_at": "2025-05-04T06:30:00Z",
            "content": "<p>After fourteen hours of debate, parliament passed the budget.</p>",
        }
    ],
}


_EXAMPLE_ASSIGNMENT: Final = {
    "article_id": "agency-20250504-17",
    "duplicate_group_id": "g12",
    "event_id": "e7",
}


_ARTICLE_PATH_PARAMS: Final = {"article_id": "agency-20250504-17"}


_WEBHOOK_PATH_PARAMS: Final = {"webhook_id": "newsroom"}


_EXAMPLE_SUBSCRIPTION: Final = {
    "url": "https://newsroom.example/storyfold",
    "kinds": ["event.merged", "event.split"],
}


_EXAMPLE_DECISION: Final = {
    "kind": "merge_events",
    "event_ids": ["e7", "e12"],
    "actor": "night desk",
    "reason": "one landslide, two villages",
}


_DECISION_PATH_PARAMS: Final = {"decision_id": "d3"}

"""Example payloads of the documentation."""

from __future__ import annotations

from typing import Any, Final

ARTICLE_ID: Final = "agency-20250504-17"

ARTICLE: Final = {
    "id": ARTICLE_ID,
    "url": "https://news.example/2025/05/04/budget?utm_source=feed",
    "title": "Parliament passes the budget after a night session",
    "text": "After fourteen hours of debate, parliament passed the budget on Sunday morning.",
    "published_at": "2025-05-04T06:30:00Z",
    "source": "Example Agency",
    "language": "en",
}

SHORT_ARTICLE: Final = {
    "title": "Budget adopted at dawn",
    "text": "The budget was adopted on Sunday at dawn, after fourteen hours of debate.",
    "published_at": "2025-05-04",
}

BATCH: Final = [ARTICLE, SHORT_ARTICLE]

EVIDENCE: Final = {
    "jaccard": None,
    "containment": None,
    "duplicate_score": None,
    "event_probability": 0.83,
    "runner_up": {"event_id": "e3", "probability": 0.12},
    "shared_terms": ["budget", "parliament"],
}

INGEST_RESULT: Final[dict[str, Any]] = {
    "article_id": ARTICLE_ID,
    "outcome": "new",
    "duplicate_group_id": "g12",
    "duplicate_of": None,
    "duplicate_of_url": None,
    "event_id": "e7",
    "event_size": 2,
    "evidence": EVIDENCE,
    "warnings": [],
    "aliases": {},
}

MINIFLUX_EVENT: Final = {
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

ASSIGNMENT: Final = {
    "article_id": ARTICLE_ID,
    "duplicate_group_id": "g12",
    "event_id": "e7",
}

SUBSCRIPTION: Final = {
    "url": "https://newsroom.example/storyfold",
    "kinds": ["event.merged", "event.split"],
}

DECISION: Final = {
    "kind": "merge_events",
    "event_ids": ["e7", "e12"],
    "actor": "night desk",
    "reason": "one landslide, two villages",
}

UNDO: Final = {"actor": "night desk", "reason": "two landslides"}

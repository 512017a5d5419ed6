"""The starter corpus as articles, with its gold labels."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from clustering import Article

PATH = Path(__file__).parents[2] / "seeds" / "starter.jsonl"


@cache
def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


@cache
def articles() -> list[Article]:
    return [
        Article(
            key,
            record["title"],
            record["text"],
            _timestamp(record["published_at"]),
            record["source"],
            record["language"],
            record["url"],
        )
        for key, record in enumerate(records(), start=1)
    ]


def gold_labels(field: str) -> list[str]:
    """Return the labels of all articles: "event" or "duplicate_group"."""
    return [record[field] for record in records()]


def _timestamp(published_at: str | None) -> float | None:
    if published_at is None:
        return None
    date = datetime.fromisoformat(published_at)
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()

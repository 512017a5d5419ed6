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
            each["title"],
            each["text"],
            _seconds(each["published_at"]),
            each["source"],
            each["language"],
            each["url"],
        )
        for key, each in enumerate(records(), start=1)
    ]


def gold_labels(field: str) -> list[str]:
    return [each[field] for each in records()]


def _seconds(published: str | None) -> float | None:
    if published is None:
        return None
    moment = datetime.fromisoformat(published)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

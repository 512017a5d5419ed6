"""The work of posting articles, counted over an application that has some already."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask.testing import FlaskClient

from clustering.duplicates.comparison import REJECTED_BY_SAMPLE
from clustering.duplicates.index import DuplicateIndex
from tests.support.apps import running_app
from tests.support.story_factory import BOILERPLATE, StoryFactory
from tests.support.work_counters import (
    CallCounter,
    Count,
    counted_bytes,
    counted_peak,
    counted_statements,
)

ARTICLES_STORED_BEFORE = 40
ARTICLES = {"batch": 100, "singly": 36}
"""Enough that new term weights are due at least once, as every 25 groups."""
PACKAGES = (
    "clustering.features",
    "clustering.duplicates",
    "clustering.events",
    "clustering.similarity",
    "service",
)
"""Packages whose calls are counted one by one; the others count with all calls."""

Work = dict[str, float]
"""What was counted for one article, by name."""


@dataclass
class _Counters:
    client: FlaskClient
    calls: CallCounter
    statements: list[str]
    verified: Count


def count_work(folder: Path) -> dict[str, Work]:
    """Post articles by batch and one by one, and return the work for one, by way of posting."""
    calls = CallCounter()
    quiet = {"embeddings": "off", "recluster_idle_seconds": 0}
    with (
        counted_candidates() as verified,
        counted_statements() as statements,
        calls.watching_new_threads(),
        running_app(folder / "store.db", **quiet) as app,
    ):
        counters = _Counters(app.test_client(), calls, statements, verified)
        post_batch(counters.client, news(ARTICLES_STORED_BEFORE, 1))
        post_singly(counters.client, news(4, 2))
        return {
            "batch": count(counters, post_batch, ARTICLES["batch"], 10),
            "singly": count(counters, post_singly, ARTICLES["singly"], 20),
        }


@contextmanager
def counted_candidates() -> Iterator[Count]:
    """Count the candidates that a new text is compared with, but for those rejected by samples."""
    verified, assign_group = Count(), DuplicateIndex.assign_group

    def counting(*arguments: Any) -> Any:
        comparisons = assign_group(*arguments)
        verified.value += sum(
            comparison is not REJECTED_BY_SAMPLE for comparison in comparisons.values()
        )
        return comparisons

    with patch.object(DuplicateIndex, "assign_group", counting):
        yield verified


def count(
    counters: _Counters,
    post: Callable[[FlaskClient, Sequence[dict[str, Any]]], None],
    n_articles: int,
    seed: int,
) -> Work:
    """Post articles twice: memory is traced apart, as it would count the counters too."""
    articles, more_articles = news(n_articles, seed), news(n_articles, seed + 1)
    counters.statements.clear()
    counters.verified.value = 0
    with counted_bytes() as written, counters.calls.counting():
        post(counters.client, articles)
    calls = counters.calls.calls
    totals = {
        "statements": len(counters.statements),
        "bytes written": written.value,
        "candidates verified": counters.verified.value,
        "calls": calls.total(),
        **{f"calls in {package}": calls[package] for package in PACKAGES},
        "calls of NumPy": counters.calls.array_calls,
    }
    with counted_peak() as peak:
        post(counters.client, more_articles)
    totals["peak bytes"] = peak.value
    return {name: total / n_articles for name, total in totals.items()}


def news(n_articles: int, seed: int) -> list[dict[str, Any]]:
    """Make articles of 400 words: three reports on each event, the last with a near-duplicate.

    Half of them end in the same notice, so that they are candidates for each other.
    """
    factory, articles, text = StoryFactory(seed), [], ""
    for number in range(n_articles):
        if number % 4 == 0:
            names = factory.names()
        is_copy = number % 4 == 3
        text = factory.with_words_replaced(text) if is_copy else factory.text(30, names)
        notice = BOILERPLATE if number % 2 else ""
        articles.append(
            {
                "id": f"{seed}-{number}",
                "title": " ".join(names[:4]),
                "text": f"{text}\n\n{notice}",
                "language": "en",
                "source": f"outlet {number % 5}",
                "published_at": f"2025-03-{1 + number % 28:02}",
            }
        )
    return articles


def post_batch(client: FlaskClient, articles: Sequence[dict[str, Any]]) -> None:
    lines = "\n".join(map(json.dumps, articles))
    response = client.post("/v1/articles/batch", data=lines, content_type="application/x-ndjson")
    assert response.text.count('"outcome":"') == len(articles)


def post_singly(client: FlaskClient, articles: Sequence[dict[str, Any]]) -> None:
    for article in articles:
        assert client.post("/v1/articles", json=article).status_code == 201

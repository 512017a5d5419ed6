"""Work for one article, counted and not timed: a change that doubles it fails on any machine.

Every ceiling is about 1.3 times what was counted when it was set. `pytest -rP` on this file prints
the counts. To raise a ceiling on purpose, set it to 1.3 times the new count, and say in the commit
what the additional work is for. After a change that saves work, lower it in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from clustering.duplicates.comparison import REJECTED_BY_SAMPLE
from clustering.duplicates.index import DuplicateIndex
from tests.support.apps import running_app
from tests.support.story_factory import BOILERPLATE, StoryFactory
from tests.support.work_counters import (
    CAN_COUNT_BYTES,
    CallCounter,
    Count,
    counted_bytes,
    counted_peak,
    counted_statements,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CAN_COUNT_BYTES, reason="/proc counts the written bytes"),
]

ARTICLES_STORED_BEFORE = 40
ARTICLES = {"batch": 100, "singly": 36}
"""Enough that new term weights are due at least once, as every 25 groups."""
CEILINGS = {
    "batch": {
        "statements": 11.7,
        "bytes written": 21_500,
        "candidates verified": 0.33,
        "calls": 19_600,
        "calls in clustering.features": 4_400,
        "calls in clustering.duplicates": 605,
        "calls in clustering.events": 1_320,
        "calls in clustering.similarity": 840,
        "calls in service": 2_930,
        "calls of NumPy": 1_650,
        "peak bytes": 505_000,
    },
    "singly": {
        "statements": 52,
        "bytes written": 205_000,
        "candidates verified": 0.33,
        "calls": 35_000,
        "calls in clustering.features": 4_420,
        "calls in clustering.duplicates": 630,
        "calls in clustering.events": 1_900,
        "calls in clustering.similarity": 1_050,
        "calls in service": 3_580,
        "calls of NumPy": 1_940,
        "peak bytes": 720_000,
    },
}
"""By way of posting, for one article. A statement that writes many rows counts once for each row.
Calls of NumPy are those of functions and methods, not of operators; most allocate an array."""

CALLS_IN = [name for name in CEILINGS["batch"] if name.startswith("calls in ")]

Post = Callable[[FlaskClient, Sequence[dict[str, Any]]], None]


@dataclass
class Counters:
    """All counters, over one application that has some articles."""

    client: FlaskClient
    calls: CallCounter
    statements: list[str]
    verified: Count


@pytest.fixture(scope="module")
def counters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    path = tmp_path_factory.mktemp("work") / "store.db"
    calls = CallCounter()
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        counted_statements() as statements,
        calls.watching_new_threads(),
    ):
        verified = count_verified(monkeypatch)
        with running_app(path) as app:
            counters = Counters(app.test_client(), calls, statements, verified)
            post_batch(counters.client, news(ARTICLES_STORED_BEFORE, 1))
            post_singly(counters.client, news(4, 2))
            yield counters


def count_verified(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Count the candidates that a new text is compared with, but for those rejected by samples."""
    verified, assign_group = Count(), DuplicateIndex.assign_group

    def counting(*arguments: Any) -> Any:
        comparisons = assign_group(*arguments)
        verified.value += sum(
            comparison is not REJECTED_BY_SAMPLE for comparison in comparisons.values()
        )
        return comparisons

    monkeypatch.setattr(DuplicateIndex, "assign_group", counting)
    return verified


def news(count: int, seed: int) -> list[dict[str, Any]]:
    """Make articles of 400 words: three reports on each event, the last with a near-duplicate.

    Half of them end in the same notice, so that they are candidates for each other.
    """
    factory, articles, text = StoryFactory(seed), [], ""
    for number in range(count):
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


POSTS: dict[str, Post] = {"batch": post_batch, "singly": post_singly}


@pytest.fixture(scope="module", params=POSTS)
def work(request: pytest.FixtureRequest, counters: Counters) -> tuple[str, dict[str, float]]:
    """Return the way of posting, and the work of posting one article in this way."""
    way: str = request.param
    post, n_articles, seed = POSTS[way], ARTICLES[way], 10 * (1 + list(POSTS).index(way))
    articles, more_articles = news(n_articles, seed), news(n_articles, seed + 1)
    counters.statements.clear()
    counters.verified.value = 0
    with counted_bytes() as written, counters.calls.counting():
        post(counters.client, articles)
    totals = {
        "statements": len(counters.statements),
        "bytes written": written.value,
        "candidates verified": counters.verified.value,
        "calls": counters.calls.calls.total(),
        **{name: counters.calls.calls[name.removeprefix("calls in ")] for name in CALLS_IN},
        "calls of NumPy": counters.calls.array_calls,
    }
    with counted_peak() as peak:
        post(counters.client, more_articles)
    totals["peak bytes"] = peak.value
    return way, {name: total / n_articles for name, total in totals.items()}


@pytest.mark.parametrize("counted", CEILINGS["batch"])
def test_work_for_an_article_stays_below_its_ceiling(
    work: tuple[str, dict[str, float]], counted: str
) -> None:
    way, counts = work
    print(f"{way}, {counted}: {counts[counted]:,.2f} for one article")
    assert counts[counted] <= CEILINGS[way][counted]

"""A store that has lived: copies, new versions, removals, decisions, undos and retirement."""

from __future__ import annotations

import time
from typing import Any
from unittest import mock

from service import settings
from service.engine import recluster
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.review import decisions, requests
from service.store import Store
from tests.support.story_factory import StoryFactory, truncate

LIVE_DAYS = 30


def open_settings(place: str) -> settings.Settings:
    """The settings with which the store is filled."""
    return settings.load(db=place, live_days=LIVE_DAYS)


def post(writer: IndexWriter, *articles: dict[str, Any]) -> list[ingestion.IngestResult]:
    """Store articles."""
    return ingestion.ingest(
        writer, [validate_article(article, max_text_chars=100_000) for article in articles]
    )


def decide(writer: IndexWriter, kind: str, **fields: Any) -> str:
    """Make a decision and return its id."""
    request = requests.parse_decision({"kind": kind, **fields})
    return decisions.decide(writer, request, "anna").decision_id


def make_stories(seed: int, n_events: int = 4) -> list[dict[str, Any]]:
    """Two texts of each event, each with a cut copy, in the order of their events."""
    factory = StoryFactory(seed)
    articles: list[dict[str, Any]] = []
    for event in range(n_events):
        names = factory.names(5)
        for version in range(2):
            title, text = " ".join(names[:3]), factory.text(9, names)
            name = f"s{seed}-{event}-{version}"
            articles += [
                {"id": name, "title": title, "text": text, "source": f"Paper {version}"},
                {"id": f"{name}-copy", "title": title, "text": truncate(text, 0.7)},
            ]
    return articles


def fill(place: str) -> None:
    """Fill an empty store by two writers in turn."""
    old = time.time() - 40 * 86_400
    with (
        Store(place) as store,
        IndexWriter(open_settings(place), store) as writer,
        Store(place) as other_store,
        IndexWriter(open_settings(place), other_store) as other,
    ):
        assert writer.wait_ready(60)
        assert other.wait_ready(60)
        with mock.patch("time.time", return_value=old):
            post(writer, *make_stories(1))
        stories = make_stories(2)
        post(writer, *stories[:7])
        post(other, *stories[7:], *make_stories(1)[:3])
        post(writer, {**stories[0], "text": stories[5]["text"]}, {**stories[2], "title": "Other"})
        ingestion.remove(other, stories[3]["id"])
        ingestion.remove(other, "s1-3-0")
        _decide(writer, other)
        recluster.recluster(writer)


def _decide(writer: IndexWriter, other: IndexWriter) -> None:
    decide(writer, "same_event", article_ids=["s2-1-0", "s2-2-0"])
    decide(other, "keep_apart", article_ids=["s2-2-1", "s2-3-0"])
    decide(writer, "not_duplicate", article_ids=["s2-3-1", "s2-3-1-copy"])
    decide(writer, "duplicate", article_ids=["s2-3-0", "s2-3-0-copy"])
    undone = decide(other, "same_event", article_ids=["s1-0-0", "s2-0-1"])
    number = int(undone.removeprefix("d"))
    decisions.undo(writer, number, requests.UndoRequest(), "ben")

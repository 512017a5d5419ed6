"""Entries of a feed that share an address, read one after the other."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from service.engine.writer import IndexWriter
from service.ingest import ingestion, readers
from service.ingest.readers.feeds import read_feed

from .readers.test_feed_entries import rss

LINK = "https://tarn.example/log"
WALKER = {
    "guid": "a1",
    "title": "Walker found",
    "description": "A walker missing since noon was found on the north ridge by a dog team.",
}
BOAT = {
    "guid": "b2",
    "title": "Boat adrift",
    "description": "Two anglers were towed in after their motor failed on the upper tarn.",
}
CORRECTED = {
    "guid": "a1",
    "title": "Walker safe and well",
    "description": "Helicopter crews rescued someone missing since dawn from the south face.",
}
OTHER_GUID = {**WALKER, "guid": "z9"}

Fetch = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def fetch(open_writer: Callable[..., IndexWriter]) -> Fetch:
    """Return a function that reads a feed with some entries: ids and outcomes."""
    writer = open_writer()

    def read(*entries: dict[str, str], title: str = "Tarn Rescue") -> list[tuple[str, str]]:
        content = rss(*({"link": LINK, **entry} for entry in entries), title=title)
        return ingest(writer, list(read_feed(io.BytesIO(content), "feed.xml")))

    return read


def ingest(writer: IndexWriter, items: Sequence[Any]) -> list[tuple[str, str]]:
    validated = [readers.validate_record(item, 10_000) for item in items]
    return [(it.article_id, it.outcome) for it in ingestion.ingest(writer, validated)]


class TestOneEntryAtATime:
    def test_other_guid_is_another_article(self, fetch: Fetch) -> None:
        ((walker, _),) = fetch(WALKER)
        ((boat, outcome),) = fetch(BOAT)
        assert (walker != boat, outcome) == (True, "new")
        assert fetch(WALKER) == [(walker, "unchanged")]
        assert fetch(BOAT) == [(boat, "unchanged")]

    def test_same_guid_is_the_same_article_however_it_changes(self, fetch: Fetch) -> None:
        ((walker, _),) = fetch(WALKER)
        fetch(BOAT)
        assert fetch(CORRECTED) == [(walker, "updated")]

    def test_entries_keep_their_ids_once_they_stand_together(self, fetch: Fetch) -> None:
        ((walker, _),), ((boat, _),) = fetch(WALKER), fetch(BOAT)
        assert fetch(BOAT, WALKER) == [(boat, "unchanged"), (walker, "unchanged")]

    def test_entries_that_stood_together_keep_their_ids(self, fetch: Fetch) -> None:
        (walker, _), (boat, _) = fetch(WALKER, BOAT)
        assert fetch(BOAT) == [(boat, "unchanged")]
        assert fetch(CORRECTED) == [(walker, "updated")]

    def test_new_guid_of_the_same_words_is_no_new_article(self, fetch: Fetch) -> None:
        ((walker, _),) = fetch(WALKER)
        assert fetch(OTHER_GUID) == [(walker, "unchanged")]
        assert fetch({**CORRECTED, "guid": "z9"}) == [(walker, "updated")]

    def test_guid_of_another_feed_says_nothing(self, fetch: Fetch) -> None:
        ((walker, _),) = fetch(WALKER)
        assert fetch({**CORRECTED, "guid": "17"}, title="Hills") == [(walker, "updated")]

    def test_guid_that_is_the_address_says_nothing(self, fetch: Fetch) -> None:
        ((walker, _),) = fetch({**WALKER, "guid": f"{LINK}?utm_source=rss"})
        assert fetch({**CORRECTED, "guid": LINK}) == [(walker, "updated")]

    def test_removed_article_leaves_its_address(
        self, fetch: Fetch, open_writer: Callable[..., IndexWriter]
    ) -> None:
        ((walker, _),) = fetch(WALKER)
        ingestion.remove(open_writer(), walker)
        assert fetch(BOAT) == [(walker, "new")]


@pytest.mark.parametrize(
    "names",
    [{"guidislink": False}, {"feed_id": 7, "comments_url": ""}],
    ids=["feedparser", "miniflux"],
)
def test_entries_of_feed_readers_are_told_apart(
    open_writer: Callable[..., IndexWriter], names: dict[str, Any]
) -> None:
    raw = [
        {"id": entry["guid"], "url": LINK, "title": entry["title"], **names, "source": "Tarn"}
        for entry in (WALKER, BOAT, WALKER)
    ]
    writer = open_writer()
    (walker, _), (boat, _), (again, outcome) = (
        ingest(writer, [readers.Record("", article)])[0] for article in raw
    )
    assert (walker != boat, again, outcome) == (True, walker, "unchanged")

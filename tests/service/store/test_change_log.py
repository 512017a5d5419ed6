"""Merges and splits, from a proposal to the answers of the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from clustering.features.terms import extract_terms
from clustering.state.canonical import EARLIEST
from clustering.types import Assignment, Change, Features, Proposal
from service import queries
from service.queries import EventFilter, EventView, MergedInto
from service.store import Store
from service.store.change_log.change_set import ArticleRow, LogEntry, open_change_set
from service.store.change_log.write import write_change_set

StoreArticle = Callable[[int, Proposal], None]

TERMS = extract_terms("Ferry aground", "", "en").to_bytes()


@pytest.fixture
def store_article(store: Store) -> StoreArticle:
    """Store article `key` with a proposal, as a write transaction does."""

    def store_one(key: int, proposal: Proposal) -> None:
        with store.writing() as connection:
            change_set = open_change_set(connection, now=1_746_340_200.0 + key)
            assert change_set.next_key() == key
            article = {
                **dict.fromkeys(("url", "canonical_url", "source", "language", "published_at")),
                **{"key": key, "id": f"a{key}", "version": 1, "title": f"Title {key}"},
                **{"published": 1000.0 * key, "received_at": change_set.now},
                **{"updated_at": change_set.now, "content_hash": b"#"},
            }
            change_set.added[key] = ArticleRow(article, "Text.")
            change_set.features[key] = Features("en", b"f", TERMS, None, None, 1)
            change_set.entries.append(LogEntry("article.assigned", key, f"a{key}", proposal))
            write_change_set(connection, change_set, EARLIEST)

    return store_one


@pytest.fixture
def merged(store_article: StoreArticle) -> None:
    """Three events of one article each, which merge with the fourth article."""
    for key in (1, 2, 3):
        store_article(key, Proposal(Assignment(key, group=key, event=key)))
    store_article(
        4,
        Proposal(
            Assignment(4, group=4, event=3),
            reassigned=(Assignment(1, 1, 3), Assignment(2, 2, 3)),
            changes=(
                Change("event.merged", 1, 2, "they share a1 and a4"),
                Change("event.merged", 2, 3, "they share a4"),
            ),
        ),
    )


def test_merged_event_resolves_to_the_last_survivor(store: Store, merged: None) -> None:
    assert queries.get_event(store, 1) == queries.get_event(store, 2) == MergedInto(3)
    event = queries.get_event(store, 3)
    assert isinstance(event, EventView)
    assert (event.size, event.group_count, event.headline) == (4, 4, "Title 1")
    assert [group.canonical_article_id for group in event.groups] == ["a1", "a2", "a3", "a4"]


def test_merged_events_are_not_listed_as_open(store: Store, merged: None) -> None:
    open_events = queries.list_events(store, EventFilter()).items
    assert [event.event_id for event in open_events] == ["e3"]
    merged_events = queries.list_events(store, EventFilter(state="merged", min_size=0)).items
    assert [(event.event_id, event.size, event.headline) for event in merged_events] == [
        ("e2", 0, "Title 2"),
        ("e1", 0, "Title 1"),
    ]


def test_merge_is_logged(client: FlaskClient, merged: None) -> None:
    assert client.get("/v1/events/e1").location == "/v1/events/e3"
    changes = client.get("/v1/changes?since=3").get_json()["items"]
    assert [
        (change["kind"], change["article_id"], change["source_id"], change["target_id"])
        for change in changes
    ] == [
        ("article.assigned", "a4", None, "e3"),
        ("article.moved", "a1", "e1", "e3"),
        ("article.moved", "a2", "e2", "e3"),
        ("event.merged", None, "e1", "e2"),
        ("event.merged", None, "e2", "e3"),
    ]
    assert changes[3]["reason"] == "they share a1 and a4"


def test_split_makes_an_event(store: Store, merged: None, store_article: StoreArticle) -> None:
    split = Change("event.split", 3, 4, "a5 is nearer to a2")
    store_article(
        5, Proposal(Assignment(5, 5, 4), reassigned=(Assignment(2, 2, 4),), changes=(split,))
    )
    events = queries.list_events(store, EventFilter()).items
    assert {event.event_id: event.size for event in events} == {"e3": 3, "e4": 2}
    newest = queries.list_changes(store, since=8).items[-1]
    assert (newest.kind, newest.source_id, newest.target_id) == ("event.split", "e3", "e4")


def test_merged_group_redirects(client: FlaskClient, store_article: StoreArticle) -> None:
    for key in (1, 2):
        store_article(key, Proposal(Assignment(key, key, event=1)))
    merge = Change("group.merged", 2, 1, "a3 contains both")
    moved = (Assignment(2, 1, 1, duplicate_of=1),)
    store_article(
        3, Proposal(Assignment(3, 1, 1, duplicate_of=1), reassigned=moved, changes=(merge,))
    )
    answer = client.get("/v1/duplicate-groups/g2")
    assert (answer.status_code, answer.location) == (308, "/v1/duplicate-groups/g1")
    group = client.get("/v1/duplicate-groups/g1").get_json()
    assert [member["duplicate_of"] for member in group["members"]] == [None, "a1", "a1"]
    assert client.get("/v1/events/e1").get_json()["group_count"] == 1

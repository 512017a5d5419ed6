"""Merges and splits, from a judgement to what the interface shows of it."""

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
from service.store.log.change_set import ArticleRow, LogEntry, open_change_set
from service.store.log.commit import write_change_set

File = Callable[[int, Proposal], None]

TERMS = extract_terms("Ferry aground", "", "en").to_bytes()


@pytest.fixture
def file(store: Store) -> File:
    """File article `key` with a judgement, as the desk does."""

    def file_one(key: int, judgement: Proposal) -> None:
        with store.writing() as transaction:
            journal = open_change_set(transaction, now=1_746_340_200.0 + key)
            assert journal.next_key() == key
            article = {
                **dict.fromkeys(("url", "canonical_url", "source", "language", "published_at")),
                **{"key": key, "id": f"a{key}", "version": 1, "title": f"Title {key}"},
                **{"published": 1000.0 * key, "received_at": journal.now},
                **{"updated_at": journal.now, "content_hash": b"#"},
            }
            journal.added[key] = ArticleRow(article, "Text.")
            journal.features[key] = Features("en", b"f", TERMS, None, None, 1)
            journal.entries.append(LogEntry("article.assigned", key, f"a{key}", judgement))
            write_change_set(transaction, journal, EARLIEST)

    return file_one


@pytest.fixture
def merged(file: File) -> None:
    """Three events of one article each; the fourth article shows that they are one."""
    for key in (1, 2, 3):
        file(key, Proposal(Assignment(key, group=key, event=key)))
    file(
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


def test_a_merged_event_leads_to_the_last_survivor(store: Store, merged: None) -> None:
    assert queries.get_event(store, 1) == queries.get_event(store, 2) == MergedInto(3)
    found = queries.get_event(store, 3)
    assert isinstance(found, EventView)
    assert (found.size, found.group_count, found.headline) == (4, 4, "Title 1")
    assert [group.canonical_article_id for group in found.groups] == ["a1", "a2", "a3", "a4"]


def test_merged_events_leave_the_list(store: Store, merged: None) -> None:
    assert [it.event_id for it in queries.list_events(store, EventFilter()).items] == ["e3"]
    gone = queries.list_events(store, EventFilter(state="merged", min_size=0)).items
    assert [(it.event_id, it.size, it.headline) for it in gone] == [
        ("e2", 0, "Title 2"),
        ("e1", 0, "Title 1"),
    ]


def test_a_merge_is_told(client: FlaskClient, merged: None) -> None:
    assert client.get("/v1/events/e1").location == "/v1/events/e3"
    told = client.get("/v1/changes?since=3").get_json()["items"]
    assert [(it["kind"], it["article_id"], it["source_id"], it["target_id"]) for it in told] == [
        ("article.assigned", "a4", None, "e3"),
        ("article.moved", "a1", "e1", "e3"),
        ("article.moved", "a2", "e2", "e3"),
        ("event.merged", None, "e1", "e2"),
        ("event.merged", None, "e2", "e3"),
    ]
    assert told[3]["reason"] == "they share a1 and a4"


def test_a_split_makes_an_event(store: Store, merged: None, file: File) -> None:
    split = Change("event.split", 3, 4, "a5 is nearer to a2")
    file(5, Proposal(Assignment(5, 5, 4), reassigned=(Assignment(2, 2, 4),), changes=(split,)))
    sizes = {it.event_id: it.size for it in queries.list_events(store, EventFilter()).items}
    assert sizes == {"e3": 3, "e4": 2}
    newest = queries.list_changes(store, since=8).items[-1]
    assert (newest.kind, newest.source_id, newest.target_id) == ("event.split", "e3", "e4")


def test_merged_groups_lead_on(client: FlaskClient, file: File) -> None:
    for key in (1, 2):
        file(key, Proposal(Assignment(key, key, event=1)))
    both = Change("group.merged", 2, 1, "a3 holds both")
    moved = (Assignment(2, 1, 1, duplicate_of=1),)
    file(3, Proposal(Assignment(3, 1, 1, duplicate_of=1), reassigned=moved, changes=(both,)))
    answer = client.get("/v1/duplicate-groups/g2")
    assert (answer.status_code, answer.location) == (308, "/v1/duplicate-groups/g1")
    group = client.get("/v1/duplicate-groups/g1").get_json()
    assert [member["duplicate_of"] for member in group["members"]] == [None, "a1", "a1"]
    assert client.get("/v1/events/e1").get_json()["group_count"] == 1

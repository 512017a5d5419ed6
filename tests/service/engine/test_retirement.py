"""Retirement: old articles are not compared with new ones, and keep their groups and events."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import settings
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.store import Store

Story = Callable[..., dict[str, Any]]
OpenApp = Callable[..., Flask]
DAY = 86_400.0


class Calendar:
    """A clock that a test moves forward."""

    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def pass_days(self, days: float) -> None:
        self.now += days * DAY


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    calendar = Calendar()
    monkeypatch.setattr(time, "time", lambda: calendar.now)
    return calendar


def post(client: FlaskClient, *articles: dict[str, Any]) -> list[dict[str, Any]]:
    answers = [client.post("/v1/articles", json=article) for article in articles]
    assert all(answer.status_code in (200, 201) for answer in answers)
    return [answer.get_json() for answer in answers]


def assignments(client: FlaskClient) -> dict[str, dict[str, Any]]:
    """Every article's group, canonical article and event."""
    names = [line.split('"')[3] for line in client.get("/v1/assignments").text.splitlines()]
    fields = ("duplicate_group_id", "duplicate_of", "event_id")
    assignment_of = {
        name: client.get(f"/v1/articles/{name}").get_json()["assignment"] for name in names
    }
    return {
        name: {field: assignment[field] for field in fields}
        for name, assignment in assignment_of.items()
    }


def halves(make_article: Story) -> tuple[str, str]:
    words = (make_article(1)["text"] + ". " + make_article(7)["text"]).split()
    middle = len(words) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def test_new_articles_are_not_compared_with_retired_ones(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(29)
    (copy,) = post(client, make_article(1, id="copy"))
    assert copy["duplicate_of"] == "story-1"
    calendar.pass_days(40)
    (late,) = post(client, make_article(1, id="late"))
    assert late["outcome"] == "new"
    assert client.get("/v1/articles/story-1").get_json()["assignment"]["event_size"] == 2


def test_retirement_is_logged(open_app: OpenApp, make_article: Story, calendar: Calendar) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(40)
    post(client, make_article(2))
    changes = client.get("/v1/changes").get_json()["items"]
    assert [change["kind"] for change in changes] == [
        "article.assigned",
        "articles.retired",
        "article.assigned",
    ]
    assert (changes[1]["source_id"], changes[1]["target_id"]) == (None, None)
    assert "no longer compared" in changes[1]["reason"]


def test_dry_run_retires_nothing(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(40)
    response = client.post("/v1/articles?dry_run=true", json=make_article(1, id="copy"))
    assert response.get_json()["duplicate_of"] == "story-1"


def test_group_keeps_its_retired_canonical_article(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1, published_at="2025-06-02"))
    calendar.pass_days(20)
    post(client, make_article(1, id="second", published_at="2025-06-03"))
    calendar.pass_days(20)
    (third,) = post(client, make_article(1, id="third", published_at="2025-05-01"))
    assert third["duplicate_of"] == "story-1"
    before = assignments(client)
    assert len({assignment["duplicate_group_id"] for assignment in before.values()}) == 1
    restarted = open_app(live_days=30).test_client()
    assert assignments(restarted) == before
    (fourth,) = post(restarted, make_article(1, id="fourth", published_at="2025-04-01"))
    assert fourth["duplicate_of"] == "story-1"


def test_retired_members_move_with_their_group(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    first, second = halves(make_article)
    client = open_app(live_days=30).test_client()
    post(client, {"id": "b", "text": second})
    calendar.pass_days(20)
    post(client, {"id": "a", "text": first}, {"id": "b2", "text": second})
    calendar.pass_days(20)
    assert (
        assignments(client)["a"]["duplicate_group_id"]
        != assignments(client)["b"]["duplicate_group_id"]
    )
    post(client, {"id": "whole", "text": f"{first} {second}"})
    after = assignments(client)
    assert len({assignment["duplicate_group_id"] for assignment in after.values()}) == 1
    assert len({assignment["event_id"] for assignment in after.values()}) == 1
    canonical = [name for name, assignment in after.items() if assignment["duplicate_of"] is None]
    assert len(canonical) == 1
    restarted = open_app(live_days=30).test_client()
    (late,) = post(restarted, {"id": "late", "text": second})
    assert late["duplicate_of"] == canonical[0]


def test_removed_canonical_article_is_replaced_by_a_retired_member(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1), make_article(1, id="second"))
    calendar.pass_days(20)
    post(client, make_article(1, id="third"))
    calendar.pass_days(20)
    post(client, make_article(2))
    assert client.delete("/v1/articles/story-1").status_code == 204
    after = assignments(client)
    assert [after[name]["duplicate_of"] for name in ("second", "third")] == [None, "second"]
    (fourth,) = post(client, make_article(1, id="fourth"))
    assert fourth["duplicate_of"] == "second"
    assert assignments(open_app(live_days=30).test_client()) == assignments(client)


@pytest.mark.parametrize("leaves", ["removed", "updated"])
def test_retired_members_get_a_canonical_article_when_the_last_live_one_leaves(
    open_app: OpenApp, make_article: Story, calendar: Calendar, leaves: str
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1, published_at="2025-06-03"))
    post(client, make_article(1, id="second", published_at="2025-06-04"))
    calendar.pass_days(20)
    post(client, make_article(1, id="third", published_at="2025-06-01"))
    calendar.pass_days(20)
    assert assignments(client)["story-1"]["duplicate_of"] == "third"
    post(client, make_article(3))
    if leaves == "removed":
        client.delete("/v1/articles/third")
    else:
        post(client, make_article(2, id="third"))
    after = assignments(client)
    assert [after[name]["duplicate_of"] for name in ("story-1", "second")] == [None, "story-1"]


def test_all_retired_members_of_a_group_get_new_versions_at_once(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1), make_article(1, id="second"), make_article(1, id="third"))
    calendar.pass_days(20)
    post(client, make_article(1, id="fourth"))
    calendar.pass_days(20)
    changed = [
        make_article(2, id="story-1"),
        make_article(3, id="second"),
        make_article(4, id="third"),
    ]
    assert client.post("/v1/articles/batch", json=changed).status_code == 200
    assert assignments(client)["fourth"]["duplicate_of"] is None
    (early,) = post(client, make_article(1, id="early", published_at="2025-01-01"))
    assert early["duplicate_of"] is None
    again = open_app(live_days=30).test_client()
    assert assignments(again) == assignments(client)
    (copy,) = post(again, make_article(1, id="copy", published_at="2024-12-01"))
    assert copy["duplicate_of"] is None


def test_new_version_is_live_again(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(40)
    (updated,) = post(client, make_article(2, id="story-1"))
    assert updated["outcome"] == "updated"
    (copy,) = post(client, make_article(2, id="copy"))
    assert copy["duplicate_of"] == "story-1"
    assert assignments(open_app(live_days=30).test_client()) == assignments(client)


def test_unchanged_article_stays_retired(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(40)
    assert post(client, make_article(1))[0]["outcome"] == "unchanged"
    assert post(client, make_article(1, id="copy"))[0]["outcome"] == "new"


def test_another_process_retires_the_same_articles(
    tmp_path: Any, make_article: Story, calendar: Calendar
) -> None:
    def ingest(
        index_writer: IndexWriter, *articles: dict[str, Any]
    ) -> list[ingestion.IngestResult]:
        return ingestion.ingest(
            index_writer, [validate_article(article, max_text_chars=10_000) for article in articles]
        )

    loaded = settings.load(db=str(tmp_path / "store.db"), live_days=30)
    with (
        Store(loaded.db) as first_store,
        Store(loaded.db) as second_store,
        IndexWriter(loaded, first_store) as first,
        IndexWriter(loaded, second_store) as second,
    ):
        assert first.wait_ready(60)
        assert second.wait_ready(60)
        ingest(first, make_article(1), make_article(2))
        calendar.pass_days(20)
        ingest(second, make_article(2, id="second-2"))
        calendar.pass_days(20)
        ingest(first, make_article(3))
        answers = ingest(second, make_article(1, id="late-1"), make_article(2, id="late-2"))
        assert [answer.duplicate_of for answer in answers] == [None, "story-2"]


def test_copies_of_retired_articles_are_new(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=1).test_client()
    post(client, make_article(1))
    for _ in range(3):
        calendar.pass_days(5)
        assert post(client, make_article(1, id=f"copy-{calendar.now}"))[0]["outcome"] == "new"

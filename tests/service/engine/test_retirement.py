"""Articles that came long ago are compared with newcomers no more, and stay where they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import settings
from service.engine.writer import IndexWriter
from service.ingest import articles as ingest_articles
from service.ingest.submission import validate_article
from service.store import Store

Story = Callable[..., dict[str, Any]]
OpenApp = Callable[..., Flask]
DAY = 86_400.0


class Calendar:
    """The days pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def pass_days(self, days: float) -> None:
        self.now += days * DAY


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    made = Calendar()
    monkeypatch.setattr(time, "time", lambda: made.now)
    return made


def post(client: FlaskClient, *articles: dict[str, Any]) -> list[dict[str, Any]]:
    answers = [client.post("/v1/articles", json=article) for article in articles]
    assert all(answer.status_code in (200, 201) for answer in answers)
    return [answer.get_json() for answer in answers]


def places(client: FlaskClient) -> dict[str, dict[str, Any]]:
    """Every article's group, canonical article and event."""
    names = [line.split('"')[3] for line in client.get("/v1/assignments").text.splitlines()]
    found = {name: client.get(f"/v1/articles/{name}").get_json()["assignment"] for name in names}
    wanted = ("duplicate_group_id", "duplicate_of", "event_id")
    return {name: {part: it[part] for part in wanted} for name, it in found.items()}


def halves(make_article: Story) -> tuple[str, str]:
    words = (make_article(1)["text"] + ". " + make_article(7)["text"]).split()
    middle = len(words) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def test_newcomers_do_not_meet_what_came_long_ago(
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


def test_retiring_is_told(open_app: OpenApp, make_article: Story, calendar: Calendar) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(40)
    post(client, make_article(2))
    told = client.get("/v1/changes").get_json()["items"]
    assert [it["kind"] for it in told] == [
        "article.assigned",
        "articles.retired",
        "article.assigned",
    ]
    assert (told[1]["source_id"], told[1]["target_id"]) == (None, None)
    assert "no longer compared" in told[1]["reason"]


def test_nothing_retires_for_a_rehearsal(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(40)
    rehearsed = client.post("/v1/articles?dry_run=true", json=make_article(1, id="copy")).get_json()
    assert rehearsed["duplicate_of"] == "story-1"


def test_a_group_goes_on_with_its_canonical_article(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1, published_at="2025-06-02"))
    calendar.pass_days(20)
    post(client, make_article(1, id="second", published_at="2025-06-03"))
    calendar.pass_days(20)
    (third,) = post(client, make_article(1, id="third", published_at="2025-05-01"))
    assert third["duplicate_of"] == "story-1"
    before = places(client)
    assert len({it["duplicate_group_id"] for it in before.values()}) == 1
    restarted = open_app(live_days=30).test_client()
    assert places(restarted) == before
    (fourth,) = post(restarted, make_article(1, id="fourth", published_at="2025-04-01"))
    assert fourth["duplicate_of"] == "story-1"


def test_retired_members_go_where_their_group_goes(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    first, second = halves(make_article)
    client = open_app(live_days=30).test_client()
    post(client, {"id": "b", "text": second})
    calendar.pass_days(20)
    post(client, {"id": "a", "text": first}, {"id": "b2", "text": second})
    calendar.pass_days(20)
    assert places(client)["a"]["duplicate_group_id"] != places(client)["b"]["duplicate_group_id"]
    post(client, {"id": "whole", "text": f"{first} {second}"})
    found = places(client)
    assert len({it["duplicate_group_id"] for it in found.values()}) == 1
    assert len({it["event_id"] for it in found.values()}) == 1
    assert sorted(str(it["duplicate_of"]) for it in found.values()).count("None") == 1
    restarted = open_app(live_days=30).test_client()
    (late,) = post(restarted, {"id": "late", "text": second})
    standing = next(name for name, it in found.items() if it["duplicate_of"] is None)
    assert late["duplicate_of"] == standing


def test_another_stands_for_a_group_whose_canonical_article_is_removed(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1), make_article(1, id="second"))
    calendar.pass_days(20)
    post(client, make_article(1, id="third"))
    calendar.pass_days(20)
    post(client, make_article(2))
    assert client.delete("/v1/articles/story-1").status_code == 204
    found = places(client)
    assert [found[name]["duplicate_of"] for name in ("second", "third")] == [None, "second"]
    (fourth,) = post(client, make_article(1, id="fourth"))
    assert fourth["duplicate_of"] == "second"
    assert places(open_app(live_days=30).test_client()) == places(client)


@pytest.mark.parametrize("leaves", ["removed", "updated"])
def test_the_retired_follow_another_when_the_last_live_one_leaves(
    open_app: OpenApp, make_article: Story, calendar: Calendar, leaves: str
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1, published_at="2025-06-03"))
    post(client, make_article(1, id="second", published_at="2025-06-04"))
    calendar.pass_days(20)
    post(client, make_article(1, id="third", published_at="2025-06-01"))
    calendar.pass_days(20)
    assert places(client)["story-1"]["duplicate_of"] == "third"
    post(client, make_article(3))
    if leaves == "removed":
        client.delete("/v1/articles/third")
    else:
        post(client, make_article(2, id="third"))
    found = places(client)
    assert [found[name]["duplicate_of"] for name in ("story-1", "second")] == [None, "story-1"]


def test_all_retired_articles_of_a_group_have_new_versions_at_once(
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
    assert places(client)["fourth"]["duplicate_of"] is None
    (early,) = post(client, make_article(1, id="early", published_at="2025-01-01"))
    assert early["duplicate_of"] is None
    again = open_app(live_days=30).test_client()
    assert places(again) == places(client)
    (copy,) = post(again, make_article(1, id="copy", published_at="2024-01-01"))
    assert copy["duplicate_of"] is None


def test_a_new_version_is_live_again(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(40)
    (updated,) = post(client, make_article(2, id="story-1"))
    assert updated["outcome"] == "updated"
    (copy,) = post(client, make_article(2, id="copy"))
    assert copy["duplicate_of"] == "story-1"
    assert places(open_app(live_days=30).test_client()) == places(client)


def test_an_unchanged_article_stays_retired(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=30).test_client()
    post(client, make_article(1))
    calendar.pass_days(40)
    assert post(client, make_article(1))[0]["outcome"] == "unchanged"
    assert post(client, make_article(1, id="copy"))[0]["outcome"] == "new"


def test_another_process_lets_go_of_the_same(
    tmp_path: Any, make_article: Story, calendar: Calendar
) -> None:
    def ingest(
        index_writer: IndexWriter, *articles: dict[str, Any]
    ) -> list[ingest_articles.IngestResult]:
        return ingest_articles.ingest(
            index_writer, [validate_article(it, max_text_chars=10_000) for it in articles]
        )

    where = settings.load(db=str(tmp_path / "store.db"), live_days=30)
    with (
        Store(where.db) as one,
        Store(where.db) as two,
        IndexWriter(where, one) as first,
        IndexWriter(where, two) as second,
    ):
        assert first.wait_ready(60)
        assert second.wait_ready(60)
        ingest(first, make_article(1), make_article(2))
        calendar.pass_days(20)
        ingest(second, make_article(2, id="second-2"))
        calendar.pass_days(20)
        ingest(first, make_article(3))
        answers = ingest(second, make_article(1, id="late-1"), make_article(2, id="late-2"))
        assert [it.duplicate_of for it in answers] == [None, "story-2"]


def test_an_empty_store_has_nothing_to_retire(
    open_app: OpenApp, make_article: Story, calendar: Calendar
) -> None:
    client = open_app(live_days=1).test_client()
    post(client, make_article(1))
    for _ in range(3):
        calendar.pass_days(5)
        assert post(client, make_article(1, id=f"copy-{calendar.now}"))[0]["outcome"] == "new"

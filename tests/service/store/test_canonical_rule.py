"""Who stands for a group and whose text it is, from the post to the pages and after a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import queries, settings
from service.engine.writer import IndexWriter
from service.ingest import articles as ingest_articles
from service.ingest.submission import validate_article
from service.store import Store

Story = Callable[..., dict[str, Any]]
OpenApp = Callable[..., Flask]


def post(client: FlaskClient, *articles: dict[str, Any]) -> list[dict[str, Any]]:
    return [client.post("/v1/articles", json=article).get_json() for article in articles]


def copies(make_article: Story) -> list[dict[str, Any]]:
    """Three copies of a text, the earliest first, then the longest, then the trusted source's."""
    text = make_article(1)["text"]
    longer = f"{text}. {' '.join(make_article(2)['text'].split()[:12])}"
    return [
        make_article(1, id="earliest", published_at="2025-05-01", source="Daily"),
        make_article(1, id="longest", published_at="2025-05-02", source="Echo", text=longer),
        make_article(1, id="trusted", published_at="2025-05-03", source="Wire"),
    ]


RULES: dict[str, dict[str, Any]] = {
    "earliest": {},
    "longest": {"canonical": "longest"},
    "trusted": {"canonical": "sources", "source_priority": ("Agency", "Wire")},
}


@pytest.mark.parametrize("standing", RULES)
def test_the_rule_that_is_set_is_obeyed(
    open_app: OpenApp, make_article: Story, standing: str
) -> None:
    client = open_app(**RULES[standing]).test_client()
    answers = post(client, *copies(make_article))
    group = client.get(f"/v1/duplicate-groups/{answers[-1]['duplicate_group_id']}").get_json()
    assert group["canonical_article_id"] == group["members"][0]["article_id"] == standing
    assert {it["duplicate_of"] for it in group["members"]} == {None, standing}


def test_another_rule_counts_from_the_next_start(open_app: OpenApp, make_article: Story) -> None:
    client = open_app().test_client()
    post(client, *copies(make_article), make_article(5))
    places = client.get("/v1/assignments").text
    since = client.get("/v1/changes").get_json()["next_cursor"]
    for standing in ("trusted", "longest", "earliest"):
        client = open_app(**RULES[standing]).test_client()
        assignment = client.get("/v1/articles/longest").get_json()["assignment"]
        assert assignment["duplicate_of"] == (None if standing == "longest" else standing)
        assert client.get("/v1/assignments").text == places
        page = client.get(f"/v1/changes?since={since}").get_json()
        moved = [(it["kind"], it["article_id"]) for it in page["items"]]
        assert moved == [("article.moved", name) for name in ("earliest", "longest", "trusted")]
        since = page["next_cursor"]
    assert post(client, make_article(1, id="late"))[0]["duplicate_of"] == "earliest"


def test_the_same_rule_changes_nothing(open_app: OpenApp, make_article: Story) -> None:
    client = open_app(**RULES["longest"]).test_client()
    post(client, *copies(make_article))
    before = client.get("/v1/changes").text
    client = open_app(**RULES["longest"]).test_client()
    assert client.get("/v1/changes").text == before


def test_another_process_goes_on_after_the_rule_has_changed(
    tmp_path: Any, make_article: Story
) -> None:
    where = str(tmp_path / "store.db")
    old, new = settings.load(db=where), settings.load(db=where, canonical="longest")

    def ingest(
        index_writer: IndexWriter, *articles: dict[str, Any]
    ) -> list[ingest_articles.IngestResult]:
        return ingest_articles.ingest(
            index_writer, [validate_article(one, max_text_chars=10_000) for one in articles]
        )

    with Store(where) as store, IndexWriter(old, store) as first:
        assert first.wait_ready(60)
        ingest(first, *copies(make_article))
        with Store(where) as other, IndexWriter(new, other) as second:
            assert second.wait_ready(60)
            ingest(second, make_article(3))
        (new_one, copy) = ingest(first, make_article(4), make_article(3, id="copy"))
        assert (new_one.outcome, copy.duplicate_of) == ("new", "story-3")
        assert queries.get_stats(store).articles == 6


def test_the_origin_is_shown_and_survives_a_restart(open_app: OpenApp, make_article: Story) -> None:
    client = open_app().test_client()
    wire = make_article(1, text=f"LONDON (Reuters) - {make_article(1)['text']}", source="Daily")
    answer, _ = post(client, wire, make_article(2))
    client = open_app().test_client()
    assert client.get("/v1/articles/story-1").get_json()["origin"] == "Reuters"
    assert client.get("/v1/articles/story-2").get_json()["origin"] is None
    group = client.get(f"/v1/duplicate-groups/{answer['duplicate_group_id']}").get_json()
    assert [it["origin"] for it in group["members"]] == ["Reuters"]
    assert (group["sources"], group["independent_sources"]) == (["Daily"], 1)
    event = client.get(f"/v1/events/{answer['event_id']}").get_json()
    assert event["groups"] == [group]


def test_a_new_version_has_its_own_origin(client: FlaskClient, make_article: Story) -> None:
    post(
        client,
        make_article(1, text=f"LONDON (Reuters) - {make_article(1)['text']}"),
        make_article(1),
    )
    assert client.get("/v1/articles/story-1").get_json()["origin"] is None


def test_copy_with_a_day_only_stands_behind_one_with_a_time_also_after_a_restart(
    open_app: OpenApp, make_article: Story
) -> None:
    client = open_app().test_client()
    days_only = [
        make_article(1, id="day", published_at="May 1, 2025", source="Daily"),
        make_article(1, id="next", published_at="2025-05-02T00:00:00Z", source="Echo"),
    ]
    post(client, *days_only)
    answer = post(client, make_article(1, id="hour", published_at="2025-05-01T18:00:00Z"))[0]
    assert answer["duplicate_of"] is None
    client = open_app().test_client()
    members = client.get(f"/v1/duplicate-groups/{answer['duplicate_group_id']}").get_json()
    assert members["canonical_article_id"] == "hour"
    assert client.delete("/v1/articles/hour").status_code == 204
    assert client.get("/v1/articles/next").get_json()["assignment"]["duplicate_of"] == "day"

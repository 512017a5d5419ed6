"""The canonical rule and the origin of texts, from the API to the pages and after a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import queries, settings
from service.engine.writer import IndexWriter
from service.ingest import ingestion
from service.ingest.submission import validate_article
from service.store import Store

Story = Callable[..., dict[str, Any]]
OpenApp = Callable[..., Flask]


def post(client: FlaskClient, *articles: dict[str, Any]) -> list[dict[str, Any]]:
    return [client.post("/v1/articles", json=article).get_json() for article in articles]


def copies(make_article: Story) -> list[dict[str, Any]]:
    """Three copies of a text: the earliest, then the longest, then the trusted source's."""
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
"""Settings by the id of the article that is canonical with them."""


@pytest.mark.parametrize("canonical_id", RULES)
def test_rule_of_the_settings_is_applied(
    open_app: OpenApp, make_article: Story, canonical_id: str
) -> None:
    client = open_app(**RULES[canonical_id]).test_client()
    answers = post(client, *copies(make_article))
    group = client.get(f"/v1/duplicate-groups/{answers[-1]['duplicate_group_id']}").get_json()
    assert group["canonical_article_id"] == canonical_id
    assert group["members"][0]["article_id"] == canonical_id
    assert {member["duplicate_of"] for member in group["members"]} == {None, canonical_id}


def test_changed_rule_applies_from_the_next_start(open_app: OpenApp, make_article: Story) -> None:
    client = open_app().test_client()
    post(client, *copies(make_article), make_article(5))
    assignments = client.get("/v1/assignments").text
    since = client.get("/v1/changes").get_json()["next_cursor"]
    for canonical_id in ("trusted", "longest", "earliest"):
        client = open_app(**RULES[canonical_id]).test_client()
        assignment = client.get("/v1/articles/longest").get_json()["assignment"]
        assert assignment["duplicate_of"] == (None if canonical_id == "longest" else canonical_id)
        assert client.get("/v1/assignments").text == assignments
        page = client.get(f"/v1/changes?since={since}").get_json()
        changes = [(change["kind"], change["article_id"]) for change in page["items"]]
        moved_ids = ("earliest", "longest", "trusted")
        assert changes == [("article.moved", article_id) for article_id in moved_ids]
        since = page["next_cursor"]
    assert post(client, make_article(1, id="late"))[0]["duplicate_of"] == "earliest"


def test_unchanged_rule_changes_nothing(open_app: OpenApp, make_article: Story) -> None:
    client = open_app(**RULES["longest"]).test_client()
    post(client, *copies(make_article))
    before = client.get("/v1/changes").text
    client = open_app(**RULES["longest"]).test_client()
    assert client.get("/v1/changes").text == before


def test_another_process_continues_after_the_rule_has_changed(
    tmp_path: Any, make_article: Story
) -> None:
    path = str(tmp_path / "store.db")
    old, new = settings.load(db=path), settings.load(db=path, canonical="longest")

    def ingest(writer: IndexWriter, *articles: dict[str, Any]) -> list[ingestion.IngestResult]:
        return ingestion.ingest(
            writer, [validate_article(article, max_text_chars=10_000) for article in articles]
        )

    with Store(path) as store, IndexWriter(old, store) as first_writer:
        assert first_writer.wait_ready(60)
        ingest(first_writer, *copies(make_article))
        with Store(path) as second_store, IndexWriter(new, second_store) as second_writer:
            assert second_writer.wait_ready(60)
            ingest(second_writer, make_article(3))
        (new_article, copy) = ingest(first_writer, make_article(4), make_article(3, id="copy"))
        assert (new_article.outcome, copy.duplicate_of) == ("new", "story-3")
        assert queries.get_stats(store).articles == 6


def test_origin_is_shown_and_survives_a_restart(open_app: OpenApp, make_article: Story) -> None:
    client = open_app().test_client()
    wire_story = make_article(
        1, text=f"LONDON (Reuters) - {make_article(1)['text']}", source="Daily"
    )
    answer, _ = post(client, wire_story, make_article(2))
    client = open_app().test_client()
    assert client.get("/v1/articles/story-1").get_json()["origin"] == "Reuters"
    assert client.get("/v1/articles/story-2").get_json()["origin"] is None
    group = client.get(f"/v1/duplicate-groups/{answer['duplicate_group_id']}").get_json()
    assert [member["origin"] for member in group["members"]] == ["Reuters"]
    assert (group["sources"], group["independent_sources"]) == (["Daily"], 1)
    event = client.get(f"/v1/events/{answer['event_id']}").get_json()
    assert event["groups"] == [group]


def test_new_version_has_its_own_origin(client: FlaskClient, make_article: Story) -> None:
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

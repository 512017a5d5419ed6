"""Editors' decisions through the API."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.story_factory import StoryFactory, truncate

Story = Callable[..., dict[str, Any]]
OpenApp = Callable[..., Flask]
Assignments = dict[str, tuple[str, str, str | None]]


def post(client: FlaskClient, *articles: dict[str, Any]) -> list[dict[str, Any]]:
    responses = [client.post("/v1/articles", json=article) for article in articles]
    assert all(response.status_code in (200, 201) for response in responses)
    return [response.get_json() for response in responses]


def decide(client: FlaskClient, kind: str, status: int = 201, **fields: Any) -> dict[str, Any]:
    response = client.post("/v1/decisions", json={"kind": kind, "actor": "ines", **fields})
    assert response.status_code == status, response.get_json()
    return response.get_json()


def undo(
    client: FlaskClient, result: dict[str, Any], status: int = 201, **fields: Any
) -> dict[str, Any]:
    body = {"actor": "omar", **fields}
    response = client.post(f"/v1/decisions/{result['decision_id']}/undo", json=body)
    assert response.status_code == status, response.get_json()
    return response.get_json()


def assignments(client: FlaskClient) -> Assignments:
    """Every article's group, event and canonical article."""
    names = [line.split('"')[3] for line in client.get("/v1/assignments").text.splitlines()]
    by_id = {name: client.get(f"/v1/articles/{name}").get_json()["assignment"] for name in names}
    return {
        name: (
            assignment["duplicate_group_id"],
            assignment["event_id"],
            assignment["duplicate_of"],
        )
        for name, assignment in by_id.items()
    }


def event_of(client: FlaskClient, name: str) -> str:
    return assignments(client)[name][1]


def kinds(result: dict[str, Any]) -> list[str]:
    return [change["kind"] for change in result["changes"]]


@pytest.fixture
def open_app(store_url: str, open_app: OpenApp) -> OpenApp:
    """Open applications on every kind of store."""
    return partial(open_app, db=store_url)


@pytest.fixture
def three(client: FlaskClient, make_article: Story) -> FlaskClient:
    """Three events e1, e2 and e3; the first has two copies."""
    post(client, make_article(1), make_article(1, id="copy"), make_article(2), make_article(3))
    return client


class TestMerging:
    def test_merged_events_stay_merged(self, three: FlaskClient, make_article: Story) -> None:
        result = decide(three, "merge_events", event_ids=["e2", "e1"], reason="the same flood")
        assert kinds(result) == ["decision.made", "article.moved", "event.merged"]
        assert result["changes"][0]["source_id"] == result["decision_id"]
        assert event_of(three, "story-2") == event_of(three, "copy") == "e1"
        assert three.get("/v1/events/e2").status_code == 308
        post(three, make_article(2, text=make_article(9)["text"]), make_article(1, id="late"))
        assert {event_of(three, name) for name in ("story-1", "story-2", "late")} == {"e1"}

    def test_undo_of_a_merge_restores_the_assignments(self, three: FlaskClient) -> None:
        before = assignments(three), three.get("/v1/events?limit=10").get_json()
        result = decide(three, "merge_events", event_ids=["e1", "e2", "e3"])
        assert len({event for _, event, _ in assignments(three).values()}) == 1
        undone = undo(three, result)
        assert kinds(undone)[0] == "decision.undone"
        assert (assignments(three), three.get("/v1/events?limit=10").get_json()) == before
        assert three.get("/v1/events/e2").status_code == 200

    def test_earlier_decision_can_be_undone(self, three: FlaskClient) -> None:
        first = decide(three, "merge_events", event_ids=["e1", "e2"])
        decide(three, "merge_events", event_ids=["e1", "e3"])
        undone = undo(three, first, 201)
        assert undone["decision_id"] == "d3"
        # The second decision covers all articles of the merged event.
        assert {event for _, event, _ in assignments(three).values()} == {"e1"}


class TestSplitting:
    def test_split_must_include_near_duplicates(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        decide(three, "same_event", article_ids=["story-2", "story-1"])
        refused = decide(three, "split_event", 409, event_id="e1", article_ids=["copy"])
        assert refused["decision_id"] == "d1"
        undo(three, {"decision_id": "d1"})
        post(three, make_article(4), make_article(5))
        post(three, {"id": "bridge", "text": make_article(4)["text"] + make_article(5)["text"]})
        decide(three, "duplicate", article_ids=["story-4", "story-5"])
        event = event_of(three, "story-4")
        assert event == event_of(three, "story-5")

    def test_split_articles_stay_together_and_apart_from_the_rest(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        post(three, make_article(2, id="again", text=make_article(2)["text"][:700]))
        similar_articles = [
            make_article(7, id=f"seven-{number}", text=make_article(7)["text"] + f" {number}")
            for number in range(3)
        ]
        post(three, *similar_articles)
        assert len({assignments(three)[f"seven-{number}"][1] for number in range(3)}) == 1
        event = event_of(three, "seven-0")
        decide(three, "not_duplicate", article_ids=["seven-0", "seven-1", "seven-2"])
        result = decide(three, "split_event", event_id=event, article_ids=["seven-1", "seven-2"])
        assert "event.split" in kinds(result)
        kept, first, second = (event_of(three, f"seven-{number}") for number in range(3))
        assert kept == event != first == second
        post(
            three,
            *(
                make_article(7, id=f"seven-{number}", text=make_article(7)["text"] + " X")
                for number in range(3)
            ),
        )
        kept, first, second = (event_of(three, f"seven-{number}") for number in range(3))
        assert kept != first == second

    def test_split_must_leave_an_article(self, three: FlaskClient) -> None:
        refused = decide(three, "split_event", 422, event_id="e1", article_ids=["story-1"])
        assert refused["errors"] == [
            {"field": "/article_ids", "message": "at least one article must stay in the event"}
        ]


class TestMoving:
    def test_moved_article_takes_its_near_duplicates(self, three: FlaskClient) -> None:
        decide(three, "move_article", article_id="copy", event_id="e3")
        current = assignments(three)
        assert current["story-1"][1] == current["copy"][1] == current["story-3"][1] == "e3"

    def test_move_out_of_a_merged_event_conflicts(self, three: FlaskClient) -> None:
        result = decide(three, "merge_events", event_ids=["e1", "e2"])
        refused = decide(three, "move_article", 409, article_id="story-2", event_id="e3")
        assert refused["decision_id"] == result["decision_id"]
        assert refused["type"] == "/docs#problem-409"
        undo(three, result)
        decide(three, "move_article", article_id="story-2", event_id="e3")
        refused = decide(three, "duplicate", 201, article_ids=["story-3", "story-2"])


class TestMustLinkAndCannotLink:
    def test_keep_apart_separates_near_duplicates(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        result = decide(three, "keep_apart", article_ids=["story-1", "copy"])
        original, copy = assignments(three)["story-1"], assignments(three)["copy"]
        assert original[0] != copy[0]
        assert original[1] != copy[1]
        post(three, make_article(1, id="third"))
        current = assignments(three)
        assert current["third"][1] in (original[1], copy[1])
        assert current["story-1"][1] != current["copy"][1]
        undo(three, result)
        assert event_of(three, "story-1") == event_of(three, "copy")

    def test_not_duplicate_separates_groups_but_not_events(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        before = assignments(three)
        result = decide(three, "not_duplicate", article_ids=["story-1", "copy"])
        current = assignments(three)
        assert current["story-1"][0] != current["copy"][0]
        assert current["story-1"][1] == current["copy"][1]
        post(three, make_article(1, id="copy", title="Again"))
        assert assignments(three)["story-1"][0] != assignments(three)["copy"][0]
        undo(three, result)
        assert assignments(three)["story-1"][0] == assignments(three)["copy"][0]
        assert before["story-2"] == assignments(three)["story-2"]

    def test_duplicate_joins_group_and_event(self, three: FlaskClient, make_article: Story) -> None:
        before = assignments(three)
        result = decide(three, "duplicate", article_ids=["story-2", "story-3"])
        current = assignments(three)
        assert current["story-2"][:2] == current["story-3"][:2]
        post(three, make_article(2, text=make_article(9)["text"]))
        current = assignments(three)
        assert current["story-2"][:2] == current["story-3"][:2]
        undo(three, result)
        after = assignments(three)
        assert after["story-2"][:2] != after["story-3"][:2]
        assert after["story-1"] == before["story-1"]

    def test_near_duplicate_takes_along_its_must_links(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        decide(three, "same_event", article_ids=["story-1", "story-2"])
        post(three, make_article(3, id="last"))
        post(three, make_article(1, title="", text=make_article(3)["text"]))
        current = assignments(three)
        assert current["story-1"][0] == current["story-3"][0] != current["story-2"][0]
        assert current["story-1"][1] == current["story-2"][1] == current["story-3"][1]

    def test_near_duplicate_of_both_sides_joins_only_one(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        decide(three, "keep_apart", article_ids=["story-1", "story-2"])
        both = {"id": "both", "text": make_article(1)["text"] + " " + make_article(2)["text"]}
        (bridge,) = post(three, both)
        assert bridge["outcome"] == "near_duplicate"
        assert event_of(three, "story-1") != event_of(three, "story-2")

    def test_contradicting_decision_is_refused(self, three: FlaskClient) -> None:
        cannot_link = decide(three, "keep_apart", article_ids=["story-1", "story-2"])
        refused = decide(three, "merge_events", 409, event_ids=["e1", "e2"])
        assert refused["decision_id"] == cannot_link["decision_id"]
        assert refused["decisions"] == [cannot_link["decision_id"]]
        assert "story-1" in refused["detail"]
        decide(three, "duplicate", 409, article_ids=["copy", "story-2"])
        decide(three, "same_event", article_ids=["story-2", "story-3"])
        refused = decide(three, "same_event", 409, article_ids=["copy", "story-3"])
        assert refused["decisions"] == ["d2", "d1"]

    def test_removed_article_no_longer_constrains(self, three: FlaskClient) -> None:
        decide(three, "keep_apart", article_ids=["story-2", "story-3"])
        three.delete("/v1/articles/story-3")
        decide(three, "merge_events", event_ids=["e1", "e2"])
        assert len(three.get("/v1/decisions").get_json()["items"]) == 2

    def test_rejoined_group_is_found_by_later_articles(self, client: FlaskClient) -> None:
        factory = StoryFactory(1)
        cast = factory.names(5)
        full, other = (factory.text(6, cast) for _ in range(2))
        short = {"id": "short", "text": truncate(full, 0.6), "published_at": "2025-06-03"}
        post(client, short, {"id": "full", "text": full, "published_at": "2025-06-02"})
        undo(client, decide(client, "keep_apart", article_ids=["short", "full"]))
        assert assignments(client)["short"][2] == "full"
        (response,) = post(client, {"text": other, "published_at": "2025-06-02"})
        assert response["event_id"] == event_of(client, "full")


class TestLocking:
    def test_locked_event_takes_only_near_duplicates(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        lock = decide(three, "lock_event", event_id="e1")
        post(three, make_article(1, id="late"))
        assert event_of(three, "late") == "e1"
        for kind, fields in {
            "merge_events": {"event_ids": ["e1", "e2"]},
            "move_article": {"article_id": "story-2", "event_id": "e1"},
            "same_event": {"article_ids": ["story-1", "story-2"]},
            "keep_apart": {"article_ids": ["story-1", "copy"]},
            "lock_event": {"event_id": "e1"},
        }.items():
            assert decide(three, kind, 409, **fields)["decision_id"] == lock["decision_id"]
        decide(three, "not_duplicate", article_ids=["story-1", "copy"])
        assert event_of(three, "copy") == "e1"
        post(three, make_article(1, text=make_article(2)["text"]))
        assert event_of(three, "story-1") == "e1"
        assert event_of(three, "story-2") == "e2"
        decide(three, "unlock_event", event_id="e1")
        decide(three, "unlock_event", 422, event_id="e1")
        decide(three, "merge_events", event_ids=["e1", "e2"])

    def test_similar_article_does_not_join_a_locked_event(self, client: FlaskClient) -> None:
        factory = StoryFactory(1)
        for lock, cast in ((False, factory.names(5)), (True, factory.names(5))):
            article, similar = ({"text": factory.text(6, cast)} for _ in range(2))
            (first,) = post(client, article)
            if lock:
                decide(client, "lock_event", event_id=first["event_id"])
            (second,) = post(client, similar)
            assert (second["event_id"] == first["event_id"]) == (not lock)

    def test_unlock_can_be_undone(self, three: FlaskClient) -> None:
        decide(three, "lock_event", event_id="e1")
        unlocked = decide(three, "unlock_event", event_id="e1")
        undo(three, unlocked)
        refused = decide(three, "merge_events", 409, event_ids=["e1", "e2"])
        assert refused["decision_id"] == "d1"

    def test_event_names_the_decision_that_locks_it(self, three: FlaskClient) -> None:
        def locked_by() -> str | None:
            decision_id: str | None = three.get("/v1/events/e1").get_json()["locked_by"]
            return decision_id

        assert locked_by() is None
        lock = decide(three, "lock_event", event_id="e1")
        assert locked_by() == lock["decision_id"]
        undo(three, decide(three, "unlock_event", event_id="e1"))
        assert locked_by() == lock["decision_id"]
        undo(three, lock)
        assert locked_by() is None

    def test_merge_of_a_locked_event_cannot_be_undone(self, three: FlaskClient) -> None:
        merged = decide(three, "merge_events", event_ids=["e1", "e2"])
        lock = decide(three, "lock_event", event_id="e1")
        assert undo(three, merged, 409)["decision_id"] == lock["decision_id"]


class TestHeadlines:
    def headline(self, client: FlaskClient, event: str) -> str:
        return client.get(f"/v1/events/{event}", follow_redirects=True).get_json()["headline"]

    def test_headline_stays_and_follows_merges(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        before = self.headline(three, "e2")
        named = decide(three, "rename_event", event_id="e2", headline=" Flood at Tolm ")
        post(three, make_article(2, id="more"))
        assert self.headline(three, "e2") == "Flood at Tolm"
        merged = decide(three, "merge_events", event_ids=["e1", "e2"])
        assert self.headline(three, "e1") == "Flood at Tolm"
        renamed = decide(three, "rename_event", event_id="e1", headline="Floods")
        assert self.headline(three, "e2") == "Floods"
        undo(three, renamed)
        undo(three, merged)
        assert self.headline(three, "e1") == make_article(1)["title"]
        assert self.headline(three, "e2") == "Flood at Tolm"
        undo(three, named)
        assert self.headline(three, "e2") == before

    def test_control_characters_are_removed_from_texts(self, three: FlaskClient) -> None:
        decide(three, "rename_event", event_id="e1", headline="Fl\0ood\x1b", reason="a\0b")
        assert self.headline(three, "e1") == "Flood"
        (newest, *_) = three.get("/v1/decisions").get_json()["items"]
        assert newest["reason"] == "ab"

    def test_event_names_the_decision_of_its_headline(self, three: FlaskClient) -> None:
        def named_by(event: str) -> str | None:
            response = three.get(f"/v1/events/{event}", follow_redirects=True).get_json()
            decision_id: str | None = response["headline_by"]
            return decision_id

        assert named_by("e2") is None
        first = decide(three, "rename_event", event_id="e2", headline="Flood")
        second = decide(three, "rename_event", event_id="e2", headline="Flood at Tolm")
        assert named_by("e2") == second["decision_id"]
        undo(three, second)
        merged = decide(three, "merge_events", event_ids=["e1", "e2"])
        assert named_by("e1") == first["decision_id"]
        undo(three, merged)
        assert (named_by("e1"), named_by("e2")) == (None, first["decision_id"])


class TestCanonicalArticle:
    def test_last_chosen_article_is_canonical(
        self, three: FlaskClient, make_article: Story
    ) -> None:
        group = assignments(three)["copy"][0]
        first = decide(three, "set_canonical", duplicate_group_id=group, article_id="copy")
        assert assignments(three)["story-1"][2] == "copy"
        post(three, make_article(1, id="early", published_at="2001-01-01"))
        assert assignments(three)["early"][2] == "copy"
        decide(three, "set_canonical", duplicate_group_id=group, article_id="early")
        assert assignments(three)["copy"][2] == "early"
        undo(three, {"decision_id": "d2"})
        assert assignments(three)["early"][2] == "copy"
        undo(three, first)
        assert assignments(three)["copy"][2] == "early"

    def test_group_names_the_decision_of_its_canonical_article(self, three: FlaskClient) -> None:
        group = assignments(three)["copy"][0]

        def chosen_by() -> str | None:
            (group_view,) = three.get("/v1/events/e1").get_json()["groups"]
            assert group_view == three.get(f"/v1/duplicate-groups/{group}").get_json()
            decision_id: str | None = group_view["canonical_by"]
            return decision_id

        assert chosen_by() is None
        result = decide(three, "set_canonical", duplicate_group_id=group, article_id="copy")
        assert chosen_by() == result["decision_id"]
        undo(three, result)
        assert chosen_by() is None

    def test_canonical_article_must_be_in_the_group(self, three: FlaskClient) -> None:
        group = assignments(three)["copy"][0]
        refused = decide(
            three, "set_canonical", 422, duplicate_group_id=group, article_id="story-2"
        )
        assert refused["errors"][0]["field"] == "/article_id"


class TestStaleDecisions:
    def test_refusal_lists_the_unseen_changes(self, three: FlaskClient) -> None:
        cursor = three.get("/v1/changes").get_json()["next_cursor"]
        decide(three, "merge_events", event_ids=["e1", "e2"], seen=cursor)
        refused = decide(three, "move_article", 409, article_id="copy", event_id="e3", seen=cursor)
        assert refused["decision_id"] is None
        assert {change["kind"] for change in refused["changes"]} >= {"event.merged"}
        assert len(three.get("/v1/decisions").get_json()["items"]) == 1

    def test_event_carries_its_seq(self, three: FlaskClient) -> None:
        seq = three.get("/v1/events/e1").get_json()["seq"]
        assert str(seq) == three.get("/v1/changes").get_json()["next_cursor"]
        decide(three, "merge_events", event_ids=["e1", "e2"], seen=seq)
        decide(three, "lock_event", 409, event_id="e1", seen=seq)

    @pytest.mark.parametrize(
        "decision",
        [
            {"kind": "rename_event", "event_id": "e1", "headline": "Flood"},
            {"kind": "lock_event", "event_id": "e1"},
            {"kind": "set_canonical", "duplicate_group_id": "g1", "article_id": "copy"},
            {"kind": "keep_apart", "article_ids": ["story-1", "story-2"]},
        ],
        ids=lambda decision: decision["kind"],
    )
    def test_concurrent_decision_is_a_change(
        self, three: FlaskClient, decision: dict[str, Any]
    ) -> None:
        renamed = {"event_id": "e1", "headline": "Storm"}
        cursor = three.get("/v1/changes").get_json()["next_cursor"]
        result = decide(three, **decision)
        refused = decide(three, "rename_event", 409, **renamed, seen=cursor)
        assert (refused["decision_id"], refused["changes"][0]["kind"]) == (None, "decision.made")
        assert refused["changes"][0]["source_id"] == result["decision_id"]
        cursor = three.get("/v1/changes").get_json()["next_cursor"]
        undone = undo(three, result)
        refused = decide(three, "rename_event", 409, **renamed, seen=cursor)
        assert refused["changes"][0]["source_id"] == undone["decision_id"]
        decide(three, "rename_event", event_id="e3", headline="Circus", seen=cursor)

    def test_changes_of_other_events_are_ignored(self, three: FlaskClient) -> None:
        cursor = three.get("/v1/changes").get_json()["next_cursor"]
        decide(three, "rename_event", event_id="e3", headline="Else")
        decide(three, "merge_events", event_ids=["e1", "e2"], seen=cursor)

    def test_decision_about_a_merged_event_reports_the_merge(self, three: FlaskClient) -> None:
        decide(three, "merge_events", event_ids=["e1", "e2"])
        refused = decide(three, "lock_event", 409, event_id="e2")
        assert refused["detail"] == "e2 has merged into e1"
        (change,) = refused["changes"]
        assert (change["kind"], change["source_id"], change["target_id"]) == (
            "event.merged",
            "e2",
            "e1",
        )

    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            ("lock_event", {"event_id": "e1"}),
            ("rename_event", {"event_id": "e1", "headline": "Flood"}),
            ("keep_apart", {"article_ids": ["story-1", "story-3"]}),
            ("same_event", {"article_ids": ["story-1", "copy"]}),
            ("not_duplicate", {"article_ids": ["copy", "story-2"]}),
            ("set_canonical", {"duplicate_group_id": "g1", "article_id": "story-1"}),
        ],
    )
    def test_decision_without_moves_is_a_change(
        self, three: FlaskClient, kind: str, fields: dict[str, Any]
    ) -> None:
        def last_seq() -> int:
            return int(three.get("/v1/changes?since=0").get_json()["next_cursor"])

        seq, renaming = last_seq(), {"event_id": "e1", "headline": "Floods"}
        result = decide(three, kind, **fields)
        refused = decide(three, "rename_event", 409, **renaming, seen=seq)
        (change,) = refused["changes"]
        assert (change["kind"], change["source_id"]) == ("decision.made", result["decision_id"])
        decide(three, "rename_event", event_id="e2", headline="Else", seen=last_seq())
        seq = last_seq()
        undone = undo(three, result)
        refused = decide(three, "rename_event", 409, **renaming, seen=seq)
        (change,) = refused["changes"]
        assert (change["kind"], change["source_id"]) == ("decision.undone", undone["decision_id"])
        decide(three, "rename_event", **renaming, seen=last_seq())

    def test_decisions_about_other_events_are_ignored(self, three: FlaskClient) -> None:
        seq = three.get("/v1/events/e1").get_json()["seq"]
        lock = decide(three, "lock_event", event_id="e2")
        decide(three, "keep_apart", article_ids=["story-2", "story-3"])
        undo(three, lock)
        decide(three, "lock_event", event_id="e1", seen=seq)

    def test_stale_undo_reports_the_unseen_changes(self, three: FlaskClient) -> None:
        result = decide(three, "merge_events", event_ids=["e1", "e2"])
        seq = three.get("/v1/events/e1").get_json()["seq"]
        named = decide(three, "rename_event", event_id="e1", headline="Flood")
        refused = undo(three, result, 409, seen=seq)
        assert [change["source_id"] for change in refused["changes"]] == [named["decision_id"]]
        undo(three, result, seen=refused["changes"][-1]["seq"])


INVALID_DECISIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "/kind"),
    ({"kind": "vote"}, "/kind"),
    ({"kind": "merge_events", "event_ids": ["e1"]}, "/event_ids"),
    ({"kind": "merge_events", "event_ids": ["e1", "e1"]}, "/event_ids"),
    ({"kind": "merge_events", "event_ids": ["e1", "e99"]}, "/event_ids/1"),
    ({"kind": "merge_events", "event_ids": ["e1", "g1"]}, "/event_ids/1"),
    ({"kind": "same_event", "article_ids": ["copy", "nobody"]}, "/article_ids/1"),
    ({"kind": "same_event", "article_ids": ["copy", "copy"]}, "/article_ids"),
    ({"kind": "split_event", "event_id": "e1", "article_ids": ["story-2"]}, "/article_ids/0"),
    ({"kind": "move_article", "article_id": "copy", "event_id": "e1"}, "/event_id"),
    ({"kind": "rename_event", "event_id": "e1", "headline": "  "}, "/headline"),
    ({"kind": "lock_event", "event_id": "e1", "colour": "red"}, "/colour"),
    ({"kind": "lock_event", "event_id": "e1", "seen": "later"}, "/seen"),
    ({"kind": "set_canonical", "duplicate_group_id": "g9", "article_id": "copy"},
     "/duplicate_group_id"),
]  # fmt: skip


def test_invalid_decision_is_refused_by_field_and_changes_nothing(three: FlaskClient) -> None:
    before = three.get("/v1/changes?since=0").get_json()
    for request_body, field in INVALID_DECISIONS:
        response = three.post("/v1/decisions", json=request_body)
        assert response.status_code == 422, request_body
        assert [field_error["field"] for field_error in response.get_json()["errors"]] == [field], (
            request_body
        )
    assert three.get("/v1/changes?since=0").get_json() == before


def test_decisions_and_undos_are_listed(three: FlaskClient) -> None:
    result = decide(three, "merge_events", event_ids=["e1", "e2"], reason="one flood")
    undone = undo(three, result)
    undo(three, result, 409)
    undo(three, undone, 409)
    undo(three, {"decision_id": "d77"}, 404)
    newest, first = three.get("/v1/decisions").get_json()["items"]
    assert (newest["kind"], newest["undoes"], newest["actor"]) == ("undo", "d1", "omar")
    assert first == three.get("/v1/decisions/d1").get_json()
    assert first["details"]["event_ids"] == ["e1", "e2"]
    assert [*first["details"]["headlines"]] == ["e1", "e2"]
    assert first["result_event_id"] == "e1"
    assert (first["actor"], first["reason"], first["undone_by"]) == ("ines", "one flood", "d2")
    assert three.get("/v1/decisions?active=true").get_json()["items"] == []
    page = three.get("/v1/decisions?limit=1").get_json()
    (older,) = three.get(f"/v1/decisions?cursor={page['next_cursor']}").get_json()["items"]
    assert older["decision_id"] == "d1"


class TestRetirement:
    """Decisions also apply to retired articles."""

    @pytest.fixture
    def advance_days(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
        now = [1_750_000_000.0]
        monkeypatch.setattr(time, "time", lambda: now[0])

        def pass_days(days: float) -> None:
            now[0] += days * 86_400

        return pass_days

    def test_articles_of_decisions_do_not_retire(
        self, open_app: OpenApp, make_article: Story, advance_days: Callable[[float], None]
    ) -> None:
        client = open_app(live_days=30).test_client()
        post(client, make_article(1), make_article(2), make_article(3))
        decide(client, "duplicate", article_ids=["story-1", "story-2"])
        advance_days(40)
        (copy, unrelated) = post(client, make_article(1, id="copy"), make_article(3, id="other"))
        assert copy["duplicate_of"] == "story-1"
        assert unrelated["outcome"] == "new"
        advance_days(40)
        post(client, make_article(2, text=make_article(9)["text"]))
        current = assignments(client)
        assert current["story-1"][0] == current["story-2"][0] == current["copy"][0]
        logged = client.get("/v1/changes").get_json()["items"]
        assert [change["kind"] for change in logged].count("article.recalled") == 4
        assert assignments(open_app(live_days=30).test_client()) == current

    def test_retired_articles_reactivate_and_the_decision_can_be_undone(
        self, open_app: OpenApp, make_article: Story, advance_days: Callable[[float], None]
    ) -> None:
        first, second = (open_app(live_days=30).test_client() for _ in range(2))
        post(first, make_article(1), make_article(1, id="copy"), make_article(2))
        advance_days(40)
        post(second, make_article(3))
        before = assignments(first)
        result = decide(first, "merge_events", event_ids=["e1", "e3"])
        assert event_of(second, "story-3") == event_of(second, "copy") == "e1"
        (late,) = post(second, make_article(1, id="late"))
        assert late["event_id"] == "e1"
        decide(second, "keep_apart", 409, article_ids=["copy", "story-3"])
        undo(second, result)
        post(first, make_article(4))
        current = assignments(first)
        assert {name: current[name] for name in before} == before
        assert current["late"][1] == "e1"

    def test_new_version_of_a_retired_article_stays_in_a_locked_event(
        self, open_app: OpenApp, make_article: Story, advance_days: Callable[[float], None]
    ) -> None:
        client = open_app(live_days=30).test_client()
        post(client, make_article(1), make_article(2))
        decide(client, "lock_event", event_id="e1")
        advance_days(40)
        for text in (make_article(2)["text"], make_article(9)["text"]):
            dry_run = client.post("/v1/articles?dry_run=true", json=make_article(1, text=text))
            (again,) = post(client, make_article(1, text=text))
            assert dry_run.get_json()["event_id"] == again["event_id"] == "e1"

    def test_undo_of_a_choice_restores_the_retired_canonical_article(
        self, open_app: OpenApp, make_article: Story, advance_days: Callable[[float], None]
    ) -> None:
        """The first stays canonical after it has retired, although others have an earlier date."""
        client = open_app(live_days=30).test_client()
        post(client, make_article(1, published_at="2025-06-02"))
        advance_days(20)
        post(client, make_article(1, id="copy", published_at="2025-06-03"))
        advance_days(20)
        post(client, make_article(1, id="late", published_at="2025-06-01"))
        before = assignments(client)
        assert before["late"][2] == "story-1"
        chosen = decide(client, "set_canonical", duplicate_group_id="g1", article_id="copy")
        assert assignments(client)["story-1"][2] == "copy"
        undo(client, chosen)
        assert assignments(client) == before
        again = open_app(live_days=30).test_client()
        (newest,) = post(again, make_article(1, id="newest", published_at="2025-05-01"))
        assert newest["duplicate_of"] == "story-1"

    def test_group_with_retired_members_can_be_divided(
        self, open_app: OpenApp, make_article: Story, advance_days: Callable[[float], None]
    ) -> None:
        client = open_app(live_days=30).test_client()
        post(client, make_article(1))
        advance_days(20)
        post(client, make_article(1, id="copy"))
        advance_days(20)
        post(client, make_article(2))
        result = decide(client, "keep_apart", article_ids=["story-1", "copy"])
        current = assignments(client)
        assert current["story-1"][0] != current["copy"][0]
        assert current["story-1"][1] != current["copy"][1]
        undo(client, result)
        assert assignments(client)["copy"][2] == "story-1"


def test_of_two_concurrent_decisions_one_is_refused(open_app: OpenApp, make_article: Story) -> None:
    """Two editors in two processes decide on the same state: nothing is lost or done twice."""
    clients = [open_app().test_client() for _ in range(2)]
    post(clients[0], make_article(1), make_article(2), make_article(3), make_article(4))
    for _ in range(5):
        seq = clients[0].get("/v1/events/e1").get_json()["seq"]
        merging = {"kind": "merge_events", "event_ids": ["e1", "e2"], "seen": seq}
        moving = {"kind": "same_event", "article_ids": ["story-1", "story-3"], "seen": seq}
        with ThreadPoolExecutor(2) as editors:
            pending = [
                editors.submit(client.post, "/v1/decisions", json=decision)
                for client, decision in zip(clients, (merging, moving), strict=True)
            ]
            responses = [future.result() for future in pending]
        result, refused = sorted(responses, key=lambda response: response.status_code)
        assert (result.status_code, refused.status_code) == (201, 409)
        reported = refused.get_json()["changes"]
        assert reported == result.get_json()["changes"]
        assert len(clients[1].get("/v1/decisions?active=true").get_json()["items"]) == 1
        undo(clients[1], result.get_json())


def test_readers_cannot_decide(open_app: OpenApp) -> None:
    client = open_app(tokens="edit-edit-edit", reader_tokens="read-read-read").test_client()
    reader = {"Authorization": "Bearer read-read-read"}
    assert client.post("/v1/decisions", json={}, headers=reader).status_code == 403
    assert client.post("/v1/decisions/d1/undo", headers=reader).status_code == 403
    assert client.get("/v1/decisions", headers=reader).status_code == 200


def test_decisions_apply_after_a_restart(open_app: OpenApp, make_article: Story) -> None:
    client = open_app().test_client()
    post(client, make_article(1), make_article(1, id="copy"), make_article(2))
    decide(client, "keep_apart", article_ids=["story-1", "copy"])
    decide(client, "same_event", article_ids=["copy", "story-2"])
    again = open_app().test_client()
    assert assignments(again) == assignments(client)
    post(again, make_article(1, title="New"), make_article(2, text=make_article(8)["text"]))
    current = assignments(again)
    assert current["copy"][1] == current["story-2"][1] != current["story-1"][1]


def test_decisions_apply_in_every_process(open_app: OpenApp, make_article: Story) -> None:
    first, second = open_app().test_client(), open_app().test_client()
    post(first, make_article(1), make_article(2), make_article(3))
    result = decide(second, "merge_events", event_ids=["e1", "e2"])
    post(first, make_article(1, text=make_article(9)["text"]))
    assert event_of(first, "story-1") == event_of(first, "story-2")
    decide(second, "keep_apart", 409, article_ids=["story-1", "story-2"])
    undo(first, result)
    decide(second, "keep_apart", article_ids=["story-1", "story-2"])
    decide(first, "same_event", 409, article_ids=["story-1", "story-2"])

"""What people decide, over HTTP."""

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
Places = dict[str, tuple[str, str, str | None]]


def post(client: FlaskClient, *articles: dict[str, Any]) -> list[dict[str, Any]]:
    answers = [client.post("/v1/articles", json=article) for article in articles]
    assert all(answer.status_code in (200, 201) for answer in answers)
    return [answer.get_json() for answer in answers]


def decide(client: FlaskClient, kind: str, status: int = 201, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/decisions", json={"kind": kind, "actor": "ines", **fields})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def undo(
    client: FlaskClient, made: dict[str, Any], status: int = 201, **fields: Any
) -> dict[str, Any]:
    asked = {"actor": "omar", **fields}
    answer = client.post(f"/v1/decisions/{made['decision_id']}/undo", json=asked)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def places(client: FlaskClient) -> Places:
    """Every article's group, event and canonical article."""
    names = [line.split('"')[3] for line in client.get("/v1/assignments").text.splitlines()]
    found = {name: client.get(f"/v1/articles/{name}").get_json()["assignment"] for name in names}
    return {
        name: (it["duplicate_group_id"], it["event_id"], it["duplicate_of"])
        for name, it in found.items()
    }


def event_of(client: FlaskClient, name: str) -> str:
    return places(client)[name][1]


def kinds(made: dict[str, Any]) -> list[str]:
    return [change["kind"] for change in made["changes"]]


@pytest.fixture
def open_app(where: str, open_app: OpenApp) -> OpenApp:
    """Every kind of store keeps decisions alike."""
    return partial(open_app, db=where)


@pytest.fixture
def three(client: FlaskClient, story: Story) -> FlaskClient:
    """Three stories, the first in two prints: events e1, e2 and e3."""
    post(client, story(1), story(1, id="copy"), story(2), story(3))
    return client


class TestMerging:
    def test_events_become_one_and_stay_so(self, three: FlaskClient, story: Story) -> None:
        made = decide(three, "merge_events", event_ids=["e2", "e1"], reason="the same flood")
        assert kinds(made) == ["decision.made", "article.moved", "event.merged"]
        assert made["changes"][0]["source_id"] == made["decision_id"]
        assert event_of(three, "story-2") == event_of(three, "copy") == "e1"
        assert three.get("/v1/events/e2").status_code == 308
        post(three, story(2, text=story(9)["text"]), story(1, id="late"))
        assert {event_of(three, name) for name in ("story-1", "story-2", "late")} == {"e1"}

    def test_then_undone_it_is_as_before(self, three: FlaskClient) -> None:
        before = places(three), three.get("/v1/events?limit=10").get_json()
        made = decide(three, "merge_events", event_ids=["e1", "e2", "e3"])
        assert len({event for _, event, _ in places(three).values()}) == 1
        undone = undo(three, made)
        assert kinds(undone)[0] == "decision.undone"
        assert (places(three), three.get("/v1/events?limit=10").get_json()) == before
        assert three.get("/v1/events/e2").status_code == 200

    def test_a_decision_before_the_last_can_be_undone(self, three: FlaskClient) -> None:
        first = decide(three, "merge_events", event_ids=["e1", "e2"])
        decide(three, "merge_events", event_ids=["e1", "e3"])
        refused = undo(three, first, 201)
        assert refused["decision_id"] == "d3"
        # The second was about all that was there.
        assert {event for _, event, _ in places(three).values()} == {"e1"}


class TestSplitting:
    def test_articles_leave_with_their_reprints(self, three: FlaskClient, story: Story) -> None:
        decide(three, "same_event", article_ids=["story-2", "story-1"])
        refused = decide(three, "split_event", 409, event_id="e1", article_ids=["copy"])
        assert refused["decision_id"] == "d1"
        undo(three, {"decision_id": "d1"})
        post(three, story(4), story(5))
        post(three, {"id": "bridge", "text": story(4)["text"] + story(5)["text"]})
        decide(three, "duplicate", article_ids=["story-4", "story-5"])
        event = event_of(three, "story-4")
        assert event == event_of(three, "story-5")

    def test_those_that_leave_stay_together_and_apart_from_the_rest(
        self, three: FlaskClient, story: Story
    ) -> None:
        post(three, story(2, id="again", text=story(2)["text"][:700]))
        alike = [story(7, id=f"seven-{at}", text=story(7)["text"] + f" {at}") for at in range(3)]
        post(three, *alike)
        assert len({places(three)[f"seven-{at}"][1] for at in range(3)}) == 1
        event = event_of(three, "seven-0")
        decide(three, "not_duplicate", article_ids=["seven-0", "seven-1", "seven-2"])
        made = decide(three, "split_event", event_id=event, article_ids=["seven-1", "seven-2"])
        assert "event.split" in kinds(made)
        here, one, two = (event_of(three, f"seven-{at}") for at in range(3))
        assert here == event != one == two
        post(three, *(story(7, id=f"seven-{at}", text=story(7)["text"] + " X") for at in range(3)))
        here, one, two = (event_of(three, f"seven-{at}") for at in range(3))
        assert here != one == two

    def test_somebody_has_to_stay(self, three: FlaskClient) -> None:
        refused = decide(three, "split_event", 422, event_id="e1", article_ids=["story-1"])
        assert refused["errors"] == [
            {"field": "/article_ids", "message": "at least one article must stay in the event"}
        ]


class TestMoving:
    def test_an_article_goes_with_its_reprints(self, three: FlaskClient) -> None:
        decide(three, "move_article", article_id="copy", event_id="e3")
        found = places(three)
        assert found["story-1"][1] == found["copy"][1] == found["story-3"][1] == "e3"

    def test_it_is_not_where_it_was(self, three: FlaskClient) -> None:
        made = decide(three, "merge_events", event_ids=["e1", "e2"])
        refused = decide(three, "move_article", 409, article_id="story-2", event_id="e3")
        assert refused["decision_id"] == made["decision_id"]
        assert refused["type"] == "/docs#problem-409"
        undo(three, made)
        decide(three, "move_article", article_id="story-2", event_id="e3")
        refused = decide(three, "duplicate", 201, article_ids=["story-3", "story-2"])


class TestTogetherAndApart:
    def test_kept_apart_they_part(self, three: FlaskClient, story: Story) -> None:
        made = decide(three, "keep_apart", article_ids=["story-1", "copy"])
        one, other = places(three)["story-1"], places(three)["copy"]
        assert one[0] != other[0]
        assert one[1] != other[1]
        post(three, story(1, id="third"))
        found = places(three)
        assert found["third"][1] in (one[1], other[1])
        assert found["story-1"][1] != found["copy"][1]
        undo(three, made)
        assert event_of(three, "story-1") == event_of(three, "copy")

    def test_no_reprints_may_be_of_one_event(self, three: FlaskClient, story: Story) -> None:
        before = places(three)
        made = decide(three, "not_duplicate", article_ids=["story-1", "copy"])
        found = places(three)
        assert found["story-1"][0] != found["copy"][0]
        assert found["story-1"][1] == found["copy"][1]
        post(three, story(1, id="copy", title="Again"))
        assert places(three)["story-1"][0] != places(three)["copy"][0]
        undo(three, made)
        assert places(three)["story-1"][0] == places(three)["copy"][0]
        assert before["story-2"] == places(three)["story-2"]

    def test_reprints_are_of_one_event(self, three: FlaskClient, story: Story) -> None:
        before = places(three)
        made = decide(three, "duplicate", article_ids=["story-2", "story-3"])
        found = places(three)
        assert found["story-2"][:2] == found["story-3"][:2]
        post(three, story(2, text=story(9)["text"]))
        found = places(three)
        assert found["story-2"][:2] == found["story-3"][:2]
        undo(three, made)
        after = places(three)
        assert after["story-2"][:2] != after["story-3"][:2]
        assert after["story-1"] == before["story-1"]

    def test_a_reprint_brings_along_what_is_tied_to_it(
        self, three: FlaskClient, story: Story
    ) -> None:
        decide(three, "same_event", article_ids=["story-1", "story-2"])
        post(three, story(3, id="last"))
        post(three, story(1, title="", text=story(3)["text"]))
        found = places(three)
        assert found["story-1"][0] == found["story-3"][0] != found["story-2"][0]
        assert found["story-1"][1] == found["story-2"][1] == found["story-3"][1]

    def test_a_text_that_is_like_both_joins_one(self, three: FlaskClient, story: Story) -> None:
        decide(three, "keep_apart", article_ids=["story-1", "story-2"])
        both = {"id": "both", "text": story(1)["text"] + " " + story(2)["text"]}
        (bridge,) = post(three, both)
        assert bridge["outcome"] == "near_duplicate"
        assert event_of(three, "story-1") != event_of(three, "story-2")

    def test_what_contradicts_is_refused(self, three: FlaskClient) -> None:
        apart = decide(three, "keep_apart", article_ids=["story-1", "story-2"])
        refused = decide(three, "merge_events", 409, event_ids=["e1", "e2"])
        assert refused["decision_id"] == apart["decision_id"]
        assert refused["decisions"] == [apart["decision_id"]]
        assert "story-1" in refused["detail"]
        decide(three, "duplicate", 409, article_ids=["copy", "story-2"])
        decide(three, "same_event", article_ids=["story-2", "story-3"])
        refused = decide(three, "same_event", 409, article_ids=["copy", "story-3"])
        assert refused["decisions"] == ["d2", "d1"]

    def test_what_is_removed_binds_nobody(self, three: FlaskClient) -> None:
        decide(three, "keep_apart", article_ids=["story-2", "story-3"])
        three.delete("/v1/articles/story-3")
        decide(three, "merge_events", event_ids=["e1", "e2"])
        assert len(three.get("/v1/decisions").get_json()["items"]) == 2

    def test_what_was_parted_and_is_one_again_is_found(self, client: FlaskClient) -> None:
        press = StoryFactory(1)
        cast = press.names(5)
        full, other = (press.text(6, cast) for _ in range(2))
        short = {"id": "short", "text": truncate(full, 0.6), "published_at": "2025-06-03"}
        post(client, short, {"id": "full", "text": full, "published_at": "2025-06-02"})
        undo(client, decide(client, "keep_apart", article_ids=["short", "full"]))
        assert places(client)["short"][2] == "full"
        (answer,) = post(client, {"text": other, "published_at": "2025-06-02"})
        assert answer["event_id"] == event_of(client, "full")


class TestLocking:
    def test_a_locked_event_takes_only_reprints(self, three: FlaskClient, story: Story) -> None:
        lock = decide(three, "lock_event", event_id="e1")
        post(three, story(1, id="late"))
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
        post(three, story(1, text=story(2)["text"]))
        assert event_of(three, "story-1") == "e1"
        assert event_of(three, "story-2") == "e2"
        decide(three, "unlock_event", event_id="e1")
        decide(three, "unlock_event", 422, event_id="e1")
        decide(three, "merge_events", event_ids=["e1", "e2"])

    def test_another_report_of_the_same_does_not_join(self, client: FlaskClient) -> None:
        press = StoryFactory(1)
        for lock, cast in ((False, press.names(5)), (True, press.names(5))):
            one, other = ({"text": press.text(6, cast)} for _ in range(2))
            (first,) = post(client, one)
            if lock:
                decide(client, "lock_event", event_id=first["event_id"])
            (second,) = post(client, other)
            assert (second["event_id"] == first["event_id"]) == (not lock)

    def test_unlocking_can_be_undone(self, three: FlaskClient) -> None:
        decide(three, "lock_event", event_id="e1")
        opened = decide(three, "unlock_event", event_id="e1")
        undo(three, opened)
        refused = decide(three, "merge_events", 409, event_ids=["e1", "e2"])
        assert refused["decision_id"] == "d1"

    def test_an_event_says_by_which_decision_it_is_locked(self, three: FlaskClient) -> None:
        def locked_by() -> str | None:
            found: str | None = three.get("/v1/events/e1").get_json()["locked_by"]
            return found

        assert locked_by() is None
        lock = decide(three, "lock_event", event_id="e1")
        assert locked_by() == lock["decision_id"]
        undo(three, decide(three, "unlock_event", event_id="e1"))
        assert locked_by() == lock["decision_id"]
        undo(three, lock)
        assert locked_by() is None

    def test_a_merge_that_is_locked_is_not_undone(self, three: FlaskClient) -> None:
        merged = decide(three, "merge_events", event_ids=["e1", "e2"])
        lock = decide(three, "lock_event", event_id="e1")
        assert undo(three, merged, 409)["decision_id"] == lock["decision_id"]


class TestNaming:
    def headline(self, client: FlaskClient, event: str) -> str:
        return client.get(f"/v1/events/{event}", follow_redirects=True).get_json()["headline"]

    def test_a_headline_stays_and_follows(self, three: FlaskClient, story: Story) -> None:
        before = self.headline(three, "e2")
        named = decide(three, "rename_event", event_id="e2", headline=" Flood at Tolm ")
        post(three, story(2, id="more"))
        assert self.headline(three, "e2") == "Flood at Tolm"
        merged = decide(three, "merge_events", event_ids=["e1", "e2"])
        assert self.headline(three, "e1") == "Flood at Tolm"
        own = decide(three, "rename_event", event_id="e1", headline="Floods")
        assert self.headline(three, "e2") == "Floods"
        undo(three, own)
        undo(three, merged)
        assert self.headline(three, "e1") == story(1)["title"]
        assert self.headline(three, "e2") == "Flood at Tolm"
        undo(three, named)
        assert self.headline(three, "e2") == before

    def test_what_no_database_keeps_is_left_out_of_what_people_write(
        self, three: FlaskClient
    ) -> None:
        decide(three, "rename_event", event_id="e1", headline="Fl\0ood\x1b", reason="a\0b")
        assert self.headline(three, "e1") == "Flood"
        (newest, *_) = three.get("/v1/decisions").get_json()["items"]
        assert newest["reason"] == "ab"

    def test_an_event_says_by_which_decision_it_is_named(self, three: FlaskClient) -> None:
        def named_by(event: str) -> str | None:
            answer = three.get(f"/v1/events/{event}", follow_redirects=True).get_json()
            found: str | None = answer["headline_by"]
            return found

        assert named_by("e2") is None
        first = decide(three, "rename_event", event_id="e2", headline="Flood")
        second = decide(three, "rename_event", event_id="e2", headline="Flood at Tolm")
        assert named_by("e2") == second["decision_id"]
        undo(three, second)
        merged = decide(three, "merge_events", event_ids=["e1", "e2"])
        assert named_by("e1") == first["decision_id"]
        undo(three, merged)
        assert (named_by("e1"), named_by("e2")) == (None, first["decision_id"])


class TestChoosing:
    def test_the_last_chosen_stands(self, three: FlaskClient, story: Story) -> None:
        group = places(three)["copy"][0]
        first = decide(three, "set_canonical", duplicate_group_id=group, article_id="copy")
        assert places(three)["story-1"][2] == "copy"
        post(three, story(1, id="early", published_at="2001-01-01"))
        assert places(three)["early"][2] == "copy"
        decide(three, "set_canonical", duplicate_group_id=group, article_id="early")
        assert places(three)["copy"][2] == "early"
        undo(three, {"decision_id": "d2"})
        assert places(three)["early"][2] == "copy"
        undo(three, first)
        assert places(three)["copy"][2] == "early"

    def test_a_group_says_by_which_decision_it_was_chosen(self, three: FlaskClient) -> None:
        group = places(three)["copy"][0]

        def chosen_by() -> str | None:
            (inside,) = three.get("/v1/events/e1").get_json()["groups"]
            assert inside == three.get(f"/v1/duplicate-groups/{group}").get_json()
            found: str | None = inside["canonical_by"]
            return found

        assert chosen_by() is None
        made = decide(three, "set_canonical", duplicate_group_id=group, article_id="copy")
        assert chosen_by() == made["decision_id"]
        undo(three, made)
        assert chosen_by() is None

    def test_it_must_be_of_the_group(self, three: FlaskClient) -> None:
        group = places(three)["copy"][0]
        refused = decide(
            three, "set_canonical", 422, duplicate_group_id=group, article_id="story-2"
        )
        assert refused["errors"][0]["field"] == "/article_id"


class TestTwoAtOnce:
    def test_the_second_is_told_what_has_changed(self, three: FlaskClient) -> None:
        seen = three.get("/v1/changes").get_json()["next_cursor"]
        decide(three, "merge_events", event_ids=["e1", "e2"], seen=seen)
        refused = decide(three, "move_article", 409, article_id="copy", event_id="e3", seen=seen)
        assert refused["decision_id"] is None
        assert {change["kind"] for change in refused["changes"]} >= {"event.merged"}
        assert len(three.get("/v1/decisions").get_json()["items"]) == 1

    def test_an_event_says_how_new_it_is(self, three: FlaskClient) -> None:
        seen = three.get("/v1/events/e1").get_json()["seq"]
        assert str(seen) == three.get("/v1/changes").get_json()["next_cursor"]
        decide(three, "merge_events", event_ids=["e1", "e2"], seen=seen)
        decide(three, "lock_event", 409, event_id="e1", seen=seen)

    @pytest.mark.parametrize(
        "said",
        [
            {"kind": "rename_event", "event_id": "e1", "headline": "Flood"},
            {"kind": "lock_event", "event_id": "e1"},
            {"kind": "set_canonical", "duplicate_group_id": "g1", "article_id": "copy"},
            {"kind": "keep_apart", "article_ids": ["story-1", "story-2"]},
        ],
        ids=lambda said: said["kind"],
    )
    def test_what_others_decided_meanwhile_is_a_change_too(
        self, three: FlaskClient, said: dict[str, Any]
    ) -> None:
        renamed = {"event_id": "e1", "headline": "Storm"}
        seen = three.get("/v1/changes").get_json()["next_cursor"]
        made = decide(three, **said)
        refused = decide(three, "rename_event", 409, **renamed, seen=seen)
        assert (refused["decision_id"], refused["changes"][0]["kind"]) == (None, "decision.made")
        assert refused["changes"][0]["source_id"] == made["decision_id"]
        seen = three.get("/v1/changes").get_json()["next_cursor"]
        undone = undo(three, made)
        refused = decide(three, "rename_event", 409, **renamed, seen=seen)
        assert refused["changes"][0]["source_id"] == undone["decision_id"]
        decide(three, "rename_event", event_id="e3", headline="Circus", seen=seen)

    def test_what_changes_elsewhere_is_nothing_to_them(self, three: FlaskClient) -> None:
        seen = three.get("/v1/changes").get_json()["next_cursor"]
        decide(three, "rename_event", event_id="e3", headline="Else")
        decide(three, "merge_events", event_ids=["e1", "e2"], seen=seen)

    def test_what_has_merged_is_told(self, three: FlaskClient) -> None:
        decide(three, "merge_events", event_ids=["e1", "e2"])
        refused = decide(three, "lock_event", 409, event_id="e2")
        assert refused["detail"] == "e2 has merged into e1"
        (told,) = refused["changes"]
        assert (told["kind"], told["source_id"], told["target_id"]) == ("event.merged", "e2", "e1")

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
    def test_a_decision_that_moves_nobody_is_noticed(
        self, three: FlaskClient, kind: str, fields: dict[str, Any]
    ) -> None:
        def now() -> int:
            return int(three.get("/v1/changes?since=0").get_json()["next_cursor"])

        seen, wanted = now(), {"event_id": "e1", "headline": "Floods"}
        made = decide(three, kind, **fields)
        refused = decide(three, "rename_event", 409, **wanted, seen=seen)
        (told,) = refused["changes"]
        assert (told["kind"], told["source_id"]) == ("decision.made", made["decision_id"])
        decide(three, "rename_event", event_id="e2", headline="Else", seen=now())
        seen = now()
        undone = undo(three, made)
        refused = decide(three, "rename_event", 409, **wanted, seen=seen)
        (told,) = refused["changes"]
        assert (told["kind"], told["source_id"]) == ("decision.undone", undone["decision_id"])
        decide(three, "rename_event", **wanted, seen=now())

    def test_a_decision_about_others_is_nothing_to_them(self, three: FlaskClient) -> None:
        seen = three.get("/v1/events/e1").get_json()["seq"]
        lock = decide(three, "lock_event", event_id="e2")
        decide(three, "keep_apart", article_ids=["story-2", "story-3"])
        undo(three, lock)
        decide(three, "lock_event", event_id="e1", seen=seen)

    def test_taking_back_on_a_stale_page_is_told(self, three: FlaskClient) -> None:
        made = decide(three, "merge_events", event_ids=["e1", "e2"])
        seen = three.get("/v1/events/e1").get_json()["seq"]
        named = decide(three, "rename_event", event_id="e1", headline="Flood")
        refused = undo(three, made, 409, seen=seen)
        assert [it["source_id"] for it in refused["changes"]] == [named["decision_id"]]
        undo(three, made, seen=refused["changes"][-1]["seq"])


NOT_UNDERSTOOD: list[tuple[dict[str, Any], str]] = [
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


def test_what_can_not_be_understood_is_named_and_changes_nothing(three: FlaskClient) -> None:
    before = three.get("/v1/changes?since=0").get_json()
    for wanted, field in NOT_UNDERSTOOD:
        answer = three.post("/v1/decisions", json=wanted)
        assert answer.status_code == 422, wanted
        assert [fault["field"] for fault in answer.get_json()["errors"]] == [field], wanted
    assert three.get("/v1/changes?since=0").get_json() == before


def test_decisions_are_listed_and_kept(three: FlaskClient) -> None:
    made = decide(three, "merge_events", event_ids=["e1", "e2"], reason="one flood")
    undone = undo(three, made)
    undo(three, made, 409)
    undo(three, undone, 409)
    undo(three, {"decision_id": "d77"}, 404)
    newest, first = three.get("/v1/decisions").get_json()["items"]
    assert (newest["kind"], newest["undoes"], newest["actor"]) == ("undo", "d1", "omar")
    assert first == three.get("/v1/decisions/d1").get_json()
    assert first["details"] == {"event_ids": ["e1", "e2"]}
    assert (first["actor"], first["reason"], first["undone_by"]) == ("ines", "one flood", "d2")
    assert three.get("/v1/decisions?standing=true").get_json()["items"] == []
    page = three.get("/v1/decisions?limit=1").get_json()
    (older,) = three.get(f"/v1/decisions?cursor={page['next_cursor']}").get_json()["items"]
    assert older["decision_id"] == "d1"


class TestRetirement:
    """What people decided holds for articles that came long ago, too."""

    @pytest.fixture
    def later(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
        now = [1_750_000_000.0]
        monkeypatch.setattr(time, "time", lambda: now[0])

        def pass_days(days: float) -> None:
            now[0] += days * 86_400

        return pass_days

    def test_who_was_decided_about_does_not_retire(
        self, open_app: OpenApp, story: Story, later: Callable[[float], None]
    ) -> None:
        client = open_app(live_days=30).test_client()
        post(client, story(1), story(2), story(3))
        decide(client, "duplicate", article_ids=["story-1", "story-2"])
        later(40)
        (copy, other) = post(client, story(1, id="copy"), story(3, id="other"))
        assert copy["duplicate_of"] == "story-1"
        assert other["outcome"] == "new"
        later(40)
        post(client, story(2, text=story(9)["text"]))
        found = places(client)
        assert found["story-1"][0] == found["story-2"][0] == found["copy"][0]
        told = client.get("/v1/changes").get_json()["items"]
        assert [it["kind"] for it in told].count("article.recalled") == 4
        assert places(open_app(live_days=30).test_client()) == found

    def test_who_has_retired_is_live_again_and_can_be_taken_back(
        self, open_app: OpenApp, story: Story, later: Callable[[float], None]
    ) -> None:
        one, two = (open_app(live_days=30).test_client() for _ in range(2))
        post(one, story(1), story(1, id="copy"), story(2))
        later(40)
        post(two, story(3))
        before = places(one)
        made = decide(one, "merge_events", event_ids=["e1", "e3"])
        assert event_of(two, "story-3") == event_of(two, "copy") == "e1"
        (late,) = post(two, story(1, id="late"))
        assert late["event_id"] == "e1"
        decide(two, "keep_apart", 409, article_ids=["copy", "story-3"])
        undo(two, made)
        post(one, story(4))
        found = places(one)
        assert {name: found[name] for name in before} == before
        assert found["late"][1] == "e1"

    def test_a_new_version_of_a_retired_one_stays_in_a_locked_event(
        self, open_app: OpenApp, story: Story, later: Callable[[float], None]
    ) -> None:
        client = open_app(live_days=30).test_client()
        post(client, story(1), story(2))
        decide(client, "lock_event", event_id="e1")
        later(40)
        for text in (story(2)["text"], story(9)["text"]):
            rehearsed = client.post("/v1/articles?dry_run=true", json=story(1, text=text))
            (again,) = post(client, story(1, text=text))
            assert rehearsed.get_json()["event_id"] == again["event_id"] == "e1"

    def test_who_is_chosen_and_taken_back_leaves_the_one_before(
        self, open_app: OpenApp, story: Story, later: Callable[[float], None]
    ) -> None:
        """The first stays canonical after it has retired, though others are dated before it."""
        client = open_app(live_days=30).test_client()
        post(client, story(1, published_at="2025-06-02"))
        later(20)
        post(client, story(1, id="copy", published_at="2025-06-03"))
        later(20)
        post(client, story(1, id="late", published_at="2025-06-01"))
        before = places(client)
        assert before["late"][2] == "story-1"
        chosen = decide(client, "set_canonical", duplicate_group_id="g1", article_id="copy")
        assert places(client)["story-1"][2] == "copy"
        undo(client, chosen)
        assert places(client) == before
        again = open_app(live_days=30).test_client()
        (newest,) = post(again, story(1, id="newest", published_at="2025-05-01"))
        assert newest["duplicate_of"] == "story-1"

    def test_a_group_that_is_partly_gone_is_divided(
        self, open_app: OpenApp, story: Story, later: Callable[[float], None]
    ) -> None:
        client = open_app(live_days=30).test_client()
        post(client, story(1))
        later(20)
        post(client, story(1, id="copy"))
        later(20)
        post(client, story(2))
        made = decide(client, "keep_apart", article_ids=["story-1", "copy"])
        found = places(client)
        assert found["story-1"][0] != found["copy"][0]
        assert found["story-1"][1] != found["copy"][1]
        undo(client, made)
        assert places(client)["copy"][2] == "story-1"


def test_of_two_at_once_one_is_told(open_app: OpenApp, story: Story) -> None:
    """Two editors in two processes, on the page as it was: nothing is lost, nothing done twice."""
    desks = [open_app().test_client() for _ in range(2)]
    post(desks[0], story(1), story(2), story(3), story(4))
    for _ in range(5):
        seen = desks[0].get("/v1/events/e1").get_json()["seq"]
        merging = {"kind": "merge_events", "event_ids": ["e1", "e2"], "seen": seen}
        moving = {"kind": "same_event", "article_ids": ["story-1", "story-3"], "seen": seen}
        with ThreadPoolExecutor(2) as editors:
            wanted = zip(desks, (merging, moving), strict=True)
            asked = [editors.submit(desk.post, "/v1/decisions", json=it) for desk, it in wanted]
            answers = [it.result() for it in asked]
        made, refused = sorted(answers, key=lambda answer: answer.status_code)
        assert (made.status_code, refused.status_code) == (201, 409)
        told = refused.get_json()["changes"]
        assert told == made.get_json()["changes"]
        assert len(desks[1].get("/v1/decisions?standing=true").get_json()["items"]) == 1
        undo(desks[1], made.get_json())


def test_readers_do_not_decide(open_app: OpenApp) -> None:
    client = open_app(tokens="edit-edit-edit", reader_tokens="read-read-read").test_client()
    reader = {"Authorization": "Bearer read-read-read"}
    assert client.post("/v1/decisions", json={}, headers=reader).status_code == 403
    assert client.post("/v1/decisions/d1/undo", headers=reader).status_code == 403
    assert client.get("/v1/decisions", headers=reader).status_code == 200


def test_a_restart_keeps_to_them(open_app: OpenApp, story: Story) -> None:
    client = open_app().test_client()
    post(client, story(1), story(1, id="copy"), story(2))
    decide(client, "keep_apart", article_ids=["story-1", "copy"])
    decide(client, "same_event", article_ids=["copy", "story-2"])
    again = open_app().test_client()
    assert places(again) == places(client)
    post(again, story(1, title="New"), story(2, text=story(8)["text"]))
    found = places(again)
    assert found["copy"][1] == found["story-2"][1] != found["story-1"][1]


def test_two_processes_keep_to_them(open_app: OpenApp, story: Story) -> None:
    one, other = open_app().test_client(), open_app().test_client()
    post(one, story(1), story(2), story(3))
    made = decide(other, "merge_events", event_ids=["e1", "e2"])
    post(one, story(1, text=story(9)["text"]))
    assert event_of(one, "story-1") == event_of(one, "story-2")
    decide(other, "keep_apart", 409, article_ids=["story-1", "story-2"])
    undo(one, made)
    decide(other, "keep_apart", article_ids=["story-1", "story-2"])
    decide(one, "same_event", 409, article_ids=["story-1", "story-2"])

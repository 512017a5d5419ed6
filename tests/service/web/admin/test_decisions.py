"""Decisions made by the forms of the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.users import READER_PASSWORD, USERS, log_in

Story = Callable[..., dict[str, Any]]
SCRIPT = "<script>alert('x')</script>"


def send(client: FlaskClient, path: str, **fields: Any) -> Any:
    """Send a form as a browser does that has loaded some page before."""
    with client.session_transaction() as session:
        token = session.setdefault("csrf", "a token")
    return client.post(path, data={"csrf_token": token, **fields})


def decide(client: FlaskClient, kind: str, **fields: Any) -> Any:
    return send(client, "/admin/decisions", kind=kind, **fields)


def event_of(client: FlaskClient, name: str) -> str:
    return client.get(f"/v1/articles/{name}").get_json()["assignment"]["event_id"]


def text(answer: Any) -> str:
    return " ".join(answer.text.split())


@pytest.fixture
def three(client: FlaskClient, make_article: Story) -> FlaskClient:
    """Three stories, the first in two prints and the second with a title that is a script."""
    for article in (
        make_article(1),
        make_article(1, id="copy"),
        make_article(2, title=SCRIPT),
        make_article(3),
    ):
        assert client.post("/v1/articles", json=article).status_code == 201
    client.post("/v1/decisions", json={"kind": "lock_event", "event_id": "e3", "actor": "omar"})
    client.post("/v1/decisions/d1/undo")
    return client


def test_a_form_does_what_the_call_does_and_leads_back_with_a_word(three: FlaskClient) -> None:
    answer = decide(
        three,
        "merge_events",
        event_ids=["e1", "e2"],
        reason="one flood",
        headline="",
        back="/admin?q=x&done=d1#top",
    )
    assert (answer.status_code, answer.location) == (303, "/admin?q=x&done=d3#top")
    assert event_of(three, "story-2") == "e1"
    (made, *_) = three.get("/v1/decisions").get_json()["items"]
    assert (made["kind"], made["actor"], made["reason"]) == (
        *("merge_events", "anonymous"),
        "one flood",
    )
    told = text(three.get(answer.location))
    assert "Merged <a" in told
    assert 'action="/admin/decisions/d3/undo"' in told


def test_the_undo_of_the_notice_takes_it_back(three: FlaskClient) -> None:
    decide(three, "merge_events", event_ids=["e1", "e2"])
    answer = send(three, "/admin/decisions/d3/undo", back="/admin")
    assert (answer.status_code, answer.location) == (303, "/admin?done=d4")
    assert event_of(three, "story-2") == "e2"
    assert "Took back: Merged" in text(three.get(answer.location))
    assert "Taken back since" in text(three.get("/admin?done=d3"))


@pytest.mark.parametrize(
    ("kind", "fields", "where"),
    [
        ("merge_events", {"event_ids": ["e1", "e2"]}, "/admin/events/e1"),
        ("move_article", {"article_id": "story-2", "event_id": "e1"}, "/admin/events/e1"),
        ("rename_event", {"event_id": "e2", "headline": " Dam breaks "}, "/admin/events/e2"),
        ("lock_event", {"event_id": "e2"}, "/admin/events/e2"),
        ("keep_apart", {"article_ids": ["story-1", "copy"]}, "/admin/articles/story-1"),
        (
            "set_canonical",
            {"duplicate_group_id": "g1", "article_id": "copy"},
            "/admin/articles/copy",
        ),
    ],
)
def test_without_a_way_back_it_leads_to_what_was_decided_about(
    three: FlaskClient, kind: str, fields: dict[str, Any], where: str
) -> None:
    answer = decide(three, kind, **fields)
    assert (answer.status_code, answer.location) == (303, f"{where}?done=d3")
    assert three.get(answer.location).status_code == 200


def test_the_page_of_an_event_that_was_merged_away_leads_on_and_tells(three: FlaskClient) -> None:
    answer = decide(three, "merge_events", event_ids=["e1", "e2"], back="/admin/events/e2")
    led_on = three.get(answer.location)
    assert (led_on.status_code, led_on.location) == (308, "/admin/events/e1?done=d3")


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "admin", "/a\nb"]
)
def test_the_way_back_never_leads_elsewhere(three: FlaskClient, back: str) -> None:
    answer = decide(three, "lock_event", event_id="e1", back=back)
    assert answer.location == "/admin/events/e1?done=d3"


def test_what_is_wrong_with_a_field_is_told_by_its_name(three: FlaskClient) -> None:
    answer = decide(three, "rename_event", event_id="e1", headline=" ", back="/admin/events/e1")
    assert answer.status_code == 422
    assert "<strong>Headline</strong>: must not be empty" in text(answer)
    assert 'href="/admin/events/e1"' in answer.text
    answer = decide(three, "keep_apart", article_ids=["story-1", "nobody"])
    assert "<strong>Articles, number 2</strong>: no such article" in text(answer)
    answer = decide(three, "merge_events", event_ids=["e1"])
    assert "<strong>Events</strong>: must have at least 2 items, not 1" in text(answer)
    answer = decide(three, "explode", article_ids=["story-1", "nobody"])
    assert "<strong>What to do</strong>" in text(answer)
    assert three.get("/v1/decisions?active=true").get_json()["items"] == []


def test_a_contradiction_names_who_said_otherwise_and_offers_to_take_it_back(
    three: FlaskClient,
) -> None:
    said = {"kind": "keep_apart", "article_ids": ["story-1", "story-2"], "reason": "two rivers"}
    three.post("/v1/decisions", json={**said, "actor": "ines"})
    answer = decide(three, "merge_events", event_ids=["e1", "e2"], back="/admin/events/e1")
    assert answer.status_code == 409
    told = text(answer)
    assert "Not one event: <a" in told
    assert "<bdi>ines</bdi>" in told
    assert "two rivers" in told
    assert 'action="/admin/decisions/d3/undo"' in told
    assert 'href="/admin/events/e1"' in told
    assert SCRIPT not in told


def test_who_acts_on_an_old_page_is_told_what_changed_and_may_insist(
    three: FlaskClient, make_article: Story
) -> None:
    old = three.get("/admin/decisions").text
    seen = str(len(three.get("/v1/changes").get_json()["items"]))
    assert f'name="seen" value="{seen}"' not in old  # nothing to undo, so no form
    three.post("/v1/articles", json=make_article(1, id="third"))
    fields = {"event_id": "e1", "headline": "Dam breaks", "seen": seen, "back": "/admin/events/e1"}
    answer = decide(three, "rename_event", **fields)
    assert answer.status_code == 409
    assert "came in" in text(answer)
    assert 'name="headline" value="Dam breaks"' in answer.text
    assert "You wrote: “<bdi>Dam breaks</bdi>”" in answer.text
    newest = three.get("/v1/changes").get_json()["next_cursor"]
    assert f'name="seen" value="{newest}"' in answer.text
    assert decide(three, "rename_event", **fields | {"seen": newest}).status_code == 303


def test_what_has_merged_is_told_and_can_not_be_insisted_on(three: FlaskClient) -> None:
    decide(three, "merge_events", event_ids=["e1", "e2"])
    answer = decide(three, "lock_event", event_id="e2")
    assert answer.status_code == 409
    assert "Event e2 went into <a" in text(answer)
    assert "all the same" not in answer.text


def test_the_log_tells_all_and_can_be_narrowed_to_what_stands(three: FlaskClient) -> None:
    decide(three, "merge_events", event_ids=["e1", "e2"], reason=SCRIPT)
    whole, standing = three.get("/admin/decisions").text, "/admin/decisions?active=true"
    assert [f'id="d{n}"' in whole for n in (1, 2, 3)] == [True] * 3
    assert "Taken back by" in whole
    assert whole.count("/undo") == 1
    assert SCRIPT not in whole
    narrowed = three.get(standing).text
    assert [f'id="d{n}"' in narrowed for n in (1, 2, 3)] == [False, False, True]


def test_the_log_goes_by_pages(three: FlaskClient) -> None:
    for headline in "abc":
        decide(three, "rename_event", event_id="e1", headline=headline)
    first = three.get("/admin/decisions?limit=2&active=true").text
    assert [f'id="d{n}"' in first for n in (5, 4, 3)] == [True, True, False]
    assert "cursor=4&amp;active=true" in first
    assert 'id="d3"' in three.get("/admin/decisions?cursor=4&active=true").text


def test_every_kind_is_told_in_words(three: FlaskClient) -> None:
    both = {"article_ids": ["story-1", "copy"]}
    told = [
        decide(three, "set_canonical", duplicate_group_id="g1", article_id="copy"),
        decide(three, "lock_event", event_id="e1"),
        decide(three, "unlock_event", event_id="e1"),
        decide(three, "same_event", article_ids=["story-1", "story-3"]),
        decide(three, "duplicate", **both),
        send(three, "/admin/decisions/d7/undo"),
        decide(three, "not_duplicate", **both),
        decide(three, "split_event", event_id="e1", article_ids="story-3"),
    ]
    assert [it.status_code for it in told] == [303] * 7 + [409]
    log = text(three.get("/admin/decisions"))
    for words in (
        *("Chose <a", "Locked <a", "Unlocked <a", "One event: <a", "Duplicates: <a"),
        *("Took back: Duplicates: <a", "Not duplicates: <a"),
    ):
        assert words in log


@pytest.mark.parametrize("decision_id", ["d99", "e1", "d0"])
def test_an_undo_of_nothing_is_a_page_that_says_so(three: FlaskClient, decision_id: str) -> None:
    answer = send(three, f"/admin/decisions/{decision_id}/undo")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_a_form_without_its_token_does_nothing(three: FlaskClient) -> None:
    answer = decide(three, "lock_event", event_id="e1", csrf_token="another")
    assert answer.status_code == 403
    assert three.get("/v1/decisions?active=true").get_json()["items"] == []


class TestPeople:
    @pytest.fixture
    def guarded(self, open_app: Callable[..., Flask], make_article: Story) -> Flask:
        app = open_app(users=USERS, tokens="robot")
        headers = {"Authorization": "Bearer robot"}
        client = app.test_client()
        client.post("/v1/articles", json=make_article(1), headers=headers)
        locked = {"kind": "lock_event", "event_id": "e1", "actor": "robot"}
        client.post("/v1/decisions", json=locked, headers=headers)
        return app

    def test_an_editor_signs_by_his_name(self, guarded: Flask) -> None:
        client = guarded.test_client()
        log_in(client)
        answer = decide(client, "rename_event", event_id="e1", headline="Dam", actor="ben")
        assert parse_qs(urlsplit(answer.location).query) == {"done": ["d2"]}
        assert "<bdi>anna</bdi>" in client.get("/admin/decisions").text

    @pytest.mark.parametrize("path", ["/admin/decisions", "/admin/decisions/d1/undo"])
    def test_a_reader_sees_no_forms_and_is_refused(self, guarded: Flask, path: str) -> None:
        client = guarded.test_client()
        log_in(client, "ben", READER_PASSWORD)
        page = client.get("/admin/decisions?done=d1").text
        assert "Locked" in page
        assert "/undo" not in page
        answer = send(client, path, kind="unlock_event", event_id="e1")
        assert (answer.status_code, answer.mimetype) == (403, "text/html")

"""Decisions made with the forms of the admin pages, and the history of decisions."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.users import READER_PASSWORD, USERS, form_token, log_in

MakeArticle = Callable[..., dict[str, Any]]
SCRIPT = "<script>alert('x')</script>"


def send(client: FlaskClient, path: str, **fields: Any) -> Any:
    """Send a form with a CSRF token, as a browser does after loading a page."""
    return client.post(path, data={"csrf_token": form_token(client), **fields})


def decide(client: FlaskClient, kind: str, **fields: Any) -> Any:
    return send(client, "/admin/decisions", kind=kind, **fields)


def event_of(client: FlaskClient, article_id: str) -> str:
    return client.get(f"/v1/articles/{article_id}").get_json()["assignment"]["event_id"]


def page_text(response: Any) -> str:
    return " ".join(response.text.split())


def active_decisions(client: FlaskClient) -> list[dict[str, Any]]:
    return client.get("/v1/decisions?active=true").get_json()["items"]


@pytest.fixture
def three_events(client: FlaskClient, make_article: MakeArticle) -> FlaskClient:
    """Events e1 to e3: e1 has a copy, the title of e2 is a script, and e3 has an undone lock."""
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


def test_form_makes_the_decision_and_returns_to_its_page(three_events: FlaskClient) -> None:
    response = decide(
        three_events,
        "merge_events",
        event_ids=["e1", "e2"],
        reason="one flood",
        headline="",
        back="/admin?q=x&done=d1#top",
    )
    assert (response.status_code, response.location) == (303, "/admin?q=x&done=d3#top")
    assert event_of(three_events, "story-2") == "e1"
    (decision, *_) = three_events.get("/v1/decisions").get_json()["items"]
    assert (decision["kind"], decision["actor"], decision["reason"]) == (
        *("merge_events", "anonymous"),
        "one flood",
    )
    html = page_text(three_events.get(response.location))
    assert "Merged <a" in html
    assert 'action="/admin/decisions/d3/undo"' in html


def test_notice_offers_to_undo_the_decision(three_events: FlaskClient) -> None:
    decide(three_events, "merge_events", event_ids=["e1", "e2"])
    response = send(three_events, "/admin/decisions/d3/undo", back="/admin")
    assert (response.status_code, response.location) == (303, "/admin?done=d4")
    assert event_of(three_events, "story-2") == "e2"
    assert "Undid: Merged" in page_text(three_events.get(response.location))
    assert "Undone since" in page_text(three_events.get("/admin?done=d3"))


@pytest.mark.parametrize(
    ("kind", "fields", "result_url"),
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
def test_form_without_return_url_leads_to_the_subject_of_the_decision(
    three_events: FlaskClient, kind: str, fields: dict[str, Any], result_url: str
) -> None:
    response = decide(three_events, kind, **fields)
    assert (response.status_code, response.location) == (303, f"{result_url}?done=d3")
    assert three_events.get(response.location).status_code == 200


def test_page_of_a_merged_event_redirects_and_keeps_the_notice(three_events: FlaskClient) -> None:
    response = decide(three_events, "merge_events", event_ids=["e1", "e2"], back="/admin/events/e2")
    redirect = three_events.get(response.location)
    assert (redirect.status_code, redirect.location) == (308, "/admin/events/e1?done=d3")


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example", "/\\evil.example", "admin", "/a\nb"]
)
def test_return_url_never_leads_to_another_site(three_events: FlaskClient, url: str) -> None:
    response = decide(three_events, "lock_event", event_id="e1", back=url)
    assert response.location == "/admin/events/e1?done=d3"


def test_field_errors_are_shown_with_the_labels_of_the_fields(three_events: FlaskClient) -> None:
    response = decide(
        three_events, "rename_event", event_id="e1", headline=" ", back="/admin/events/e1"
    )
    assert response.status_code == 422
    assert "<strong>Headline</strong>: must not be empty" in page_text(response)
    assert 'href="/admin/events/e1"' in response.text
    response = decide(three_events, "keep_apart", article_ids=["story-1", "nothing"])
    assert "<strong>Articles, number 2</strong>: no such article" in page_text(response)
    response = decide(three_events, "merge_events", event_ids=["e1"])
    assert "<strong>Events</strong>: choose at least two" in page_text(response)
    response = decide(three_events, "explode", article_ids=["story-1", "nothing"])
    assert "<strong>Action</strong>" in page_text(response)
    assert active_decisions(three_events) == []


def test_conflict_shows_the_contradicting_decision_and_offers_to_undo_it(
    three_events: FlaskClient,
) -> None:
    payload = {"kind": "keep_apart", "article_ids": ["story-1", "story-2"], "reason": "two rivers"}
    three_events.post("/v1/decisions", json={**payload, "actor": "ines"})
    response = decide(three_events, "merge_events", event_ids=["e1", "e2"], back="/admin/events/e1")
    assert response.status_code == 409
    html = page_text(response)
    assert "Different events: <a" in html
    assert "<bdi>ines</bdi>" in html
    assert "two rivers" in html
    assert 'action="/admin/decisions/d3/undo"' in html
    assert 'href="/admin/events/e1"' in html
    assert SCRIPT not in html


def test_stale_form_is_shown_the_changes_and_can_be_sent_again(
    three_events: FlaskClient, make_article: MakeArticle
) -> None:
    history = three_events.get("/admin/history").text
    newest_seq = str(len(three_events.get("/v1/changes").get_json()["items"]))
    assert f'name="seen" value="{newest_seq}"' not in history  # nothing to undo, so no form
    three_events.post("/v1/articles", json=make_article(1, id="third"))
    fields = {
        "event_id": "e1",
        "headline": "Dam breaks",
        "seen": newest_seq,
        "back": "/admin/events/e1",
    }
    response = decide(three_events, "rename_event", **fields)
    assert response.status_code == 409
    assert "was added" in page_text(response)
    assert 'name="headline" value="Dam breaks"' in response.text
    assert "You wrote: “<bdi>Dam breaks</bdi>”" in response.text
    newest = three_events.get("/v1/changes").get_json()["next_cursor"]
    assert f'name="seen" value="{newest}"' in response.text
    assert decide(three_events, "rename_event", **fields | {"seen": newest}).status_code == 303


def test_decision_about_a_merged_event_can_not_be_sent_again(three_events: FlaskClient) -> None:
    decide(three_events, "merge_events", event_ids=["e1", "e2"])
    response = decide(three_events, "lock_event", event_id="e2")
    assert response.status_code == 409
    assert "<small>e2</small></a> was merged into <a" in page_text(response)
    assert "Do it anyway" not in response.text


def test_history_shows_all_decisions_or_only_those_in_force(three_events: FlaskClient) -> None:
    decide(three_events, "merge_events", event_ids=["e1", "e2"], reason=SCRIPT)
    html = three_events.get("/admin/history").text
    assert [f'id="d{n}"' in html for n in (1, 2, 3)] == [True] * 3
    assert "Undone by" in html
    assert html.count("/undo") == 1
    assert SCRIPT not in html
    html = three_events.get("/admin/history?active=true").text
    assert [f'id="d{n}"' in html for n in (1, 2, 3)] == [False, False, True]


def test_history_is_filtered_by_kind_and_editor(three_events: FlaskClient) -> None:
    for actor in ("anna", "ben"):
        body = {"kind": "lock_event", "event_id": "e1", "actor": actor}
        three_events.post("/v1/decisions", json=body)
        three_events.post("/v1/decisions", json=body | {"kind": "unlock_event"})

    def listed(query: str) -> list[str]:
        page = three_events.get(f"/admin/history?active=&{query}").text
        ids = re.findall(r'<li id="(d\d+)"', page)
        items = three_events.get(f"/v1/decisions?{query}").get_json()["items"]
        assert ids == [item["decision_id"] for item in items]
        lines = three_events.get(f"/feeds/decisions.csv?{query}").text.splitlines()[1:]
        assert ids == [line.partition(",")[0] for line in lines]
        return ids

    # The fixture has made d1 and its undo, d2.
    assert listed("kind=lock_event") == ["d5", "d3", "d1"]
    assert listed("actor=ben") == ["d6", "d5"]
    assert listed("actor=ben&kind=unlock_event&active=true") == ["d6"]
    assert listed("actor=nobody") == []
    assert three_events.get("/v1/decisions?kind=lock").status_code == 422


ALL_FORMS = ("RSS", "JSON", "CSV")


@pytest.mark.parametrize(
    ("path", "forms"),
    [
        ("/admin", ALL_FORMS),
        ("/admin?q=harbour", ALL_FORMS),
        ("/admin/events/e1", ("JSON", "RSS", "CSV")),
        ("/admin/events/e1/storyline", ALL_FORMS),
        ("/admin/articles/story-1", ("JSON", "RSS", "CSV")),
        ("/admin/history", ALL_FORMS),
        ("/admin/history?active=true", ALL_FORMS),
        ("/admin/history?kind=lock_event&actor=anna", ALL_FORMS),
        ("/admin/review-queue", ALL_FORMS),
        ("/admin/sources", ("JSON", "CSV")),
        ("/admin/compare?first=story-1&second=story-3", ("the first", "the second")),
        ("/admin/system", ("metrics for Prometheus",)),
        ("/admin/webhooks", ("JSON",)),
    ],
)
def test_links_to_other_forms_of_a_page_work(
    three_events: FlaskClient, path: str, forms: tuple[str, ...]
) -> None:
    page = three_events.get(path).text
    outputs = re.findall(r'class="outputs">.*?</p>', page, re.DOTALL)
    links = re.findall(r'href="([^"]+)">([^<]+)<', "".join(outputs))
    assert tuple(form for _, form in links) == forms
    alternates = re.findall(r'<link rel="alternate"[^>]* href="([^"]+)"', page)
    targets = [unescape(link) for link in (*(url for url, _ in links), *alternates)]
    assert [three_events.get(target).status_code for target in targets] == [200] * len(targets)


def test_feed_of_the_log_has_its_filters(three_events: FlaskClient) -> None:
    page = three_events.get("/admin/history?kind=lock_event&actor=anna&active=true").text
    (link,) = re.findall(r'href="(/feeds/decisions.rss[^"]+)"[^>]*>RSS', page)
    filters = {"kind": ["lock_event"], "actor": ["anna"], "active": ["true"]}
    assert parse_qs(urlsplit(unescape(link)).query) == filters


def test_history_has_pages(three_events: FlaskClient) -> None:
    for headline in "abc":
        decide(three_events, "rename_event", event_id="e1", headline=headline)
    first_page = three_events.get("/admin/history?limit=2&active=true").text
    assert [f'id="d{n}"' in first_page for n in (5, 4, 3)] == [True, True, False]
    assert "active=true&amp;cursor=4" in first_page
    assert 'id="d3"' in three_events.get("/admin/history?cursor=4&active=true").text


def test_history_describes_every_kind_of_decision(three_events: FlaskClient) -> None:
    both = {"article_ids": ["story-1", "copy"]}
    responses = [
        decide(three_events, "set_canonical", duplicate_group_id="g1", article_id="copy"),
        decide(three_events, "lock_event", event_id="e1"),
        decide(three_events, "unlock_event", event_id="e1"),
        decide(three_events, "same_event", article_ids=["story-1", "story-3"]),
        decide(three_events, "duplicate", **both),
        send(three_events, "/admin/decisions/d7/undo"),
        decide(three_events, "not_duplicate", **both),
        decide(three_events, "split_event", event_id="e1", article_ids="story-3"),
    ]
    assert [response.status_code for response in responses] == [303] * 7 + [409]
    html = page_text(three_events.get("/admin/history"))
    for description in (
        *("Made <a", "the main article of its copies", "Locked <a", "Unlocked <a"),
        *("Same event: <a", "Duplicates: <a", "Undid: Duplicates: <a", "Not duplicates: <a"),
    ):
        assert description in html


def test_notices_and_log_name_both_sides(client: FlaskClient, make_article: MakeArticle) -> None:
    for number, title in enumerate(("Storm", "Flood", "Dam"), start=1):
        client.post("/v1/articles", json=make_article(number, title=title))
    decide(client, "merge_events", event_ids=["e1", "e2"])
    decide(client, "rename_event", event_id="e3", headline="Dam breaks")
    log = re.sub(r"<[^>]+>", "", page_text(client.get("/admin/history")))
    log = re.sub(r"\s+", " ", log)
    assert "Merged “Flood” e2 into “Storm” e1 " in log
    assert "Renamed “Dam” e3 to “Dam breaks” " in log


def test_event_tells_who_put_an_article_there(three_events: FlaskClient) -> None:
    def reasons(event_id: str) -> list[str]:
        html = page_text(three_events.get(f"/admin/events/{event_id}"))
        boxes = re.findall(r'<div class="evidence[^>]*> *<p>(.*?)</p>', html)
        return [re.sub(r"<[^>]+>", "", box) for box in boxes]

    before = reasons("e1")
    merged = decide(three_events, "merge_events", event_ids=["e1", "e2"])
    decision_id = merged.location.partition("done=")[2]
    *kept, placed = reasons("e1")
    assert kept == before
    assert placed.startswith("Put here by anonymous, ")
    assert ": Merged “" in placed
    article = three_events.get("/v1/articles/story-2").get_json()
    text = article["text"] + " Nothing else was known."
    three_events.put("/v1/articles/story-2", json={"title": article["title"], "text": text})
    assert "Put here by anonymous" in reasons("e1")[-1]
    assert send(three_events, f"/admin/decisions/{decision_id}/undo").status_code == 303
    assert reasons("e1") == before


@pytest.mark.parametrize("decision_id", ["d99", "e1", "d0"])
def test_undoing_an_unknown_decision_is_a_404_page(
    three_events: FlaskClient, decision_id: str
) -> None:
    response = send(three_events, f"/admin/decisions/{decision_id}/undo")
    assert (response.status_code, response.mimetype) == (404, "text/html")


def test_form_with_a_wrong_csrf_token_is_refused(three_events: FlaskClient) -> None:
    response = decide(three_events, "lock_event", event_id="e1", csrf_token="another")
    assert response.status_code == 403
    assert active_decisions(three_events) == []


class TestUsers:
    @pytest.fixture
    def app_with_users(self, open_app: Callable[..., Flask], make_article: MakeArticle) -> Flask:
        app = open_app(users=USERS, tokens="robot")
        headers = {"Authorization": "Bearer robot"}
        client = app.test_client()
        client.post("/v1/articles", json=make_article(1), headers=headers)
        payload = {"kind": "lock_event", "event_id": "e1", "actor": "robot"}
        client.post("/v1/decisions", json=payload, headers=headers)
        return app

    def test_decision_carries_the_name_of_the_signed_in_editor(self, app_with_users: Flask) -> None:
        client = app_with_users.test_client()
        log_in(client)
        response = decide(client, "rename_event", event_id="e1", headline="Dam", actor="ben")
        assert parse_qs(urlsplit(response.location).query) == {"done": ["d2"]}
        assert "<bdi>anna</bdi>" in client.get("/admin/history").text

    @pytest.mark.parametrize("path", ["/admin/decisions", "/admin/decisions/d1/undo"])
    def test_reader_sees_no_forms_and_is_refused(self, app_with_users: Flask, path: str) -> None:
        client = app_with_users.test_client()
        log_in(client, "ben", READER_PASSWORD)
        html = client.get("/admin/history?done=d1").text
        assert "Locked" in html
        assert "/undo" not in html
        response = send(client, path, kind="unlock_event", event_id="e1")
        assert (response.status_code, response.mimetype) == (403, "text/html")

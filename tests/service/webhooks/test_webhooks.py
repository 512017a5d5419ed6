"""Webhooks: what is sent, to whom, how often, and what is kept of it."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from service.store import Store, schema, webhook_outbox
from service.store.schema import changes
from service.web import extensions
from service.webhooks import WebhookDispatcher, delivery, dispatcher, subscriptions
from tests.support.recording_server import (
    CannedResponse,
    RecordedRequest,
    RecordingServer,
    recording_server,
)
from tests.support.users import READER_PASSWORD, USERS, csrf_token, log_in

PATIENCE = 20.0
Story = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "_POLL_SECONDS", 0.02)


@pytest.fixture
def receiver() -> Iterator[RecordingServer]:
    with recording_server() as here:
        yield here


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def subscribe(client: FlaskClient, receiver: RecordingServer, **wanted: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json={"url": f"{receiver.address}/hook", **wanted})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith(f"/v1/webhooks/{answer.get_json()['id']}")
    return dict(answer.get_json())


def state(client: FlaskClient, made: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/v1/webhooks/{made['id']}").get_json())


def delivered(client: FlaskClient, made: dict[str, Any]) -> None:
    until(lambda: state(client, made)["backlog"] == 0)


def items(receiver: RecordingServer) -> list[dict[str, Any]]:
    return [item for asked in receiver.requests for item in json.loads(asked.body)["data"]["items"]]


class TestDelivery:
    def test_a_change_is_posted_and_the_signature_holds(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        made = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        delivered(client, made)
        (asked,) = receiver.requests
        assert (asked.method, asked.path) == ("POST", "/hook")
        assert asked.headers["content-type"] == "application/json"
        sent = Receiver(made["secret"]).verify(asked.body, asked.headers)
        log = client.get("/v1/changes").get_json()
        assert sent["type"] == "changes"
        assert sent["timestamp"] == log["items"][-1]["at"]
        assert sent["data"] == log
        with pytest.raises(WebhookVerificationError):
            Receiver(made["secret"]).verify(asked.body + b" ", asked.headers)

    def test_a_secret_may_be_given(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        secret = "whsec_" + b64encode(bytes(range(24))).decode()
        made = subscribe(client, receiver, secret=secret)
        assert made["secret"] == secret
        assert "secret" not in state(client, made)
        client.post("/v1/articles", json=make_article(1))
        delivered(client, made)
        Receiver(secret).verify(receiver.requests[0].body, receiver.requests[0].headers)

    def test_only_the_kinds_that_are_wanted_are_sent(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        made = subscribe(client, receiver, kinds=["article.removed"])
        client.post("/v1/articles", json=make_article(1))
        client.delete("/v1/articles/story-1")
        delivered(client, made)
        assert [item["kind"] for item in items(receiver)] == ["article.removed"]
        client.post("/v1/articles", json=make_article(2))
        newest = client.get("/v1/changes").get_json()["next_cursor"]
        until(lambda: state(client, made)["cursor"] == newest)
        assert len(receiver.requests) == 1

    def test_what_was_before_comes_only_to_those_who_ask(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        client.post("/v1/articles", json=make_article(1))
        late = subscribe(client, receiver)
        assert state(client, late)["backlog"] == 0
        early = subscribe(client, receiver, since=0)
        delivered(client, early)
        assert [item["article_id"] for item in items(receiver)] == ["story-1"]

    def test_a_long_log_comes_in_parcels_in_order(
        self, client: FlaskClient, receiver: RecordingServer
    ) -> None:
        lines = [json.dumps({"id": str(n), "text": f"one{n} two{n} three{n}"}) for n in range(250)]
        kind = {"content_type": "application/x-ndjson"}
        client.post("/v1/articles/batch", data="\n".join(lines), **kind)
        made = subscribe(client, receiver, since=0)
        delivered(client, made)
        numbers = [item["seq"] for item in items(receiver)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(receiver.requests) == -(-len(numbers) // webhook_outbox.MAX_CHANGES_PER_BATCH)


class TestFailing:
    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(delivery, "FIRST_RETRY_SECONDS", 0.05)

    def test_the_same_parcel_is_sent_until_it_is_received(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        receiver.respond = lambda _: CannedResponse(500 if len(receiver.requests) < 4 else 204)
        made = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        until(lambda: len(receiver.requests) >= 2)
        client.post("/v1/articles", json=make_article(2))
        delivered(client, made)
        tries, rest = receiver.requests[:4], receiver.requests[4:]
        assert len({asked.headers["webhook-id"] for asked in tries}) == 1
        assert len({asked.body for asked in tries}) == 1
        (last,) = rest
        assert [it["article_id"] for it in json.loads(last.body)["data"]["items"]] == ["story-2"]
        for asked in receiver.requests:
            Receiver(made["secret"]).verify(asked.body, asked.headers)
        after = state(client, made)
        assert (after["failures"], after["last_error"], after["last_status"]) == (0, None, 204)

    @pytest.mark.parametrize("status", [300, 302, 400, 503])
    def test_only_2xx_is_received(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story, status: int
    ) -> None:
        receiver.respond = lambda _: CannedResponse(
            status, b"", {"Location": f"{receiver.address}/else"}
        )
        made = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        until(lambda: state(client, made)["failures"] >= 1)
        now = state(client, made)
        assert now["backlog"] == 1
        assert now["last_status"] == status
        assert now["last_error"] == f"the answer was {status}"
        assert now["next_attempt_at"] is not None
        assert {asked.path for asked in receiver.requests} == {"/hook"}, "no redirect is followed"

    def test_nobody_there_is_a_failure_too(self, client: FlaskClient, make_article: Story) -> None:
        made = client.post("/v1/webhooks", json={"url": "http://127.0.0.1:1/"}).get_json()
        client.post("/v1/articles", json=make_article(1))
        until(lambda: state(client, made)["failures"] >= 1)
        assert state(client, made)["last_status"] is None
        assert "refused" in state(client, made)["last_error"]

    def test_gone_ends_it_until_somebody_starts_it_again(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        receiver.respond = lambda _: CannedResponse(410)
        made = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        until(lambda: not state(client, made)["active"])
        time.sleep(0.3)
        assert len(receiver.requests) == 1
        receiver.respond = lambda _: CannedResponse(200)
        assert client.post(f"/v1/webhooks/{made['id']}/retry").get_json()["active"]
        delivered(client, made)

    def test_a_restart_goes_on_where_it_was(
        self, open_app: Callable[..., Flask], receiver: RecordingServer, make_article: Story
    ) -> None:
        receiver.respond = lambda _: CannedResponse(500)
        first = open_app()
        made = subscribe(first.test_client(), receiver)
        first.test_client().post("/v1/articles", json=make_article(1))
        until(lambda: state(first.test_client(), made)["failures"] >= 1)
        first.extensions[extensions.WEBHOOK_DISPATCHER].close()
        first.test_client().post("/v1/articles", json=make_article(2))
        receiver.respond = lambda _: CannedResponse(200)
        receiver.requests.clear()
        second = open_app().test_client()
        delivered(second, made)
        assert [item["article_id"] for item in items(receiver)] == ["story-1", "story-2"]

    def test_a_slow_receiver_holds_up_nobody(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        let_go = threading.Event()

        def answer(asked: RecordedRequest) -> CannedResponse:
            if asked.path == "/slow":
                let_go.wait(PATIENCE)
            return CannedResponse()

        receiver.respond = answer
        client.put("/v1/webhooks/slow", json={"url": f"{receiver.address}/slow"})
        quick = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        until(lambda: any(asked.path == "/slow" for asked in receiver.requests))
        delivered(client, quick)
        assert client.get("/v1/webhooks/slow").get_json()["backlog"] == 1
        let_go.set()
        delivered(client, {"id": "slow"})

    def test_the_delay_doubles_up_to_an_hour_and_is_never_quite_the_same(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delivery, "FIRST_RETRY_SECONDS", 5.0)
        for failures, middle in [(1, 5), (2, 10), (3, 20), (9, 1280), (20, 3600), (5000, 3600)]:
            delays = [delivery.retry_delay_seconds(failures) for _ in range(50)]
            assert 0.75 * middle <= min(delays) < max(delays) <= 1.25 * middle

    @pytest.mark.parametrize(("asked", "least"), [("600", 600), ("999999", 3600), ("soon", 0)])
    def test_a_receiver_may_ask_for_more_time(
        self,
        client: FlaskClient,
        receiver: RecordingServer,
        make_article: Story,
        asked: str,
        least: float,
    ) -> None:
        receiver.respond = lambda _: CannedResponse(503, b"", {"Retry-After": asked})
        made = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        store = client.application.extensions[extensions.STORE]

        def row() -> Any:
            with store.reading() as transaction:
                return transaction.execute(schema.webhooks.select()).one()

        until(lambda: state(client, made)["failures"] >= 1)
        assert least - 1 <= row().next_at - row().last_at <= max(least, 60) + 1


class TestSeveralProcesses:
    def test_nothing_is_delivered_twice(
        self, client: FlaskClient, store: Store, receiver: RecordingServer
    ) -> None:
        """Four couriers on one store, as four processes have."""
        under_way: list[int] = []
        most: list[int] = []

        def answer(_: RecordedRequest) -> CannedResponse:
            under_way.append(1)
            most.append(len(under_way))
            time.sleep(0.03)
            under_way.pop()
            return CannedResponse()

        receiver.respond = answer
        made = subscribe(client, receiver)
        others = [WebhookDispatcher(store) for _ in range(3)]
        for other in others:
            other.start()
        for number in range(15):
            line = {"id": str(number), "text": f"one{number} two{number} three{number}"}
            client.post("/v1/articles", json=line)
        delivered(client, made)
        for other in others:
            other.close()
        numbers = [item["seq"] for item in items(receiver)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 15
        assert max(most) == 1, "one parcel of a subscription at a time"

    def test_processes_on_one_store_share_the_work(
        self, store_url: str, receiver: RecordingServer
    ) -> None:
        with Store(store_url) as store:
            wanted = subscriptions.validate_request({"url": receiver.address, "since": 0}, ())
            made = subscriptions.create_or_replace(store, wanted)
            with store.writing() as transaction:
                log = [{"seq": n, "at": 1e9, "kind": "article.moved"} for n in range(1, 1001)]
                transaction.execute(insert(changes), log)
            couriers = [WebhookDispatcher(store) for _ in range(4)]
            for one in couriers:
                one.start()
            until(lambda: not subscriptions.list_webhooks(store)[0].backlog)
            for one in couriers:
                one.close()
            assert subscriptions.remove(store, made.id)
        assert [item["seq"] for item in items(receiver)] == list(range(1, 1001))

    def test_what_a_dead_process_had_taken_is_delivered_after_its_lease(
        self, client: FlaskClient, store: Store, receiver: RecordingServer, make_article: Story
    ) -> None:
        client.application.extensions[extensions.WEBHOOK_DISPATCHER].close()
        made = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        now = time.time()
        assert webhook_outbox.lease_next_batch(store, made["id"], "dead", now) is not None
        assert webhook_outbox.lease_next_batch(store, made["id"], "alive", now + 59) is None
        parcel = webhook_outbox.lease_next_batch(store, made["id"], "alive", now + 61)
        assert parcel is not None
        attempt = webhook_outbox.DeliveryAttempt(now, 200, None)
        webhook_outbox.record_attempt(store, parcel, attempt)
        assert state(client, made)["backlog"] == 0

    def test_closing_ends_within_a_second_while_a_receiver_is_silent(
        self, open_app: Callable[..., Flask], receiver: RecordingServer, make_article: Story
    ) -> None:
        let_go = threading.Event()
        receiver.respond = lambda _: CannedResponse(200 if let_go.wait(PATIENCE) else 500)
        app = open_app()
        subscribe(app.test_client(), receiver)
        app.test_client().post("/v1/articles", json=make_article(1))
        until(lambda: receiver.requests)
        started = time.monotonic()
        app.extensions[extensions.WEBHOOK_DISPATCHER].close()
        assert time.monotonic() - started < 2
        let_go.set()


class TestSubscriptions:
    def test_they_are_listed_replaced_and_removed(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        assert client.get("/v1/webhooks").get_json() == {"items": []}
        off = {"url": "https://a.example/", "active": False}
        answer = client.put("/v1/webhooks/desk", json=off)
        assert answer.status_code == 201
        client.post("/v1/articles", json=make_article(1))
        on = {"url": f"{receiver.address}/b", "kinds": ["article.assigned"]}
        again = client.put("/v1/webhooks/desk", json=on)
        assert again.status_code == 200
        assert "secret" not in again.get_json()
        until(lambda: receiver.requests)
        Receiver(answer.get_json()["secret"]).verify(
            receiver.requests[0].body, receiver.requests[0].headers
        )
        (listed,) = client.get("/v1/webhooks").get_json()["items"]
        assert (listed["id"], listed["kinds"]) == ("desk", ["article.assigned"])
        assert client.delete("/v1/webhooks/desk").status_code == 204
        assert client.delete("/v1/webhooks/desk").status_code == 404
        assert client.get("/v1/webhooks/desk").status_code == 404
        assert client.post("/v1/webhooks/desk/retry").status_code == 404

    @pytest.mark.parametrize(
        ("wanted", "field"),
        [
            ({}, "/url"),
            ({"url": "ftp://a.example/"}, "/url"),
            ({"url": "/hook"}, "/url"),
            ({"url": "http://"}, "/url"),
            ({"url": "http://[::1/"}, "/url"),
            ({"url": "http://a.example:99999/"}, "/url"),
            ({"url": "http://me:secret@a.example/"}, "/url"),
            ({"url": "http://a.example/#part"}, "/url"),
            ({"url": "http://a.example/a b"}, "/url"),
            ({"url": "http://a.example/\r\nHost: b"}, "/url"),
            ({"url": "http://a.example/" + "a" * 2048}, "/url"),
            ({"url": "http://a.example/", "kinds": ["all"]}, "/kinds/0"),
            ({"url": "http://a.example/", "secret": "short"}, "/secret"),
            ({"url": "http://a.example/", "secret": "whsec_c2hvcnQ="}, "/secret"),
            ({"url": "http://a.example/", "since": -1}, "/since"),
            ({"url": "http://a.example/", "sekret": "x"}, "/sekret"),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_field(
        self, client: FlaskClient, wanted: dict[str, Any], field: str
    ) -> None:
        answer = client.post("/v1/webhooks", json=wanted)
        assert answer.status_code == 422
        assert [fault["field"] for fault in answer.get_json()["errors"]] == [field]
        assert client.get("/v1/webhooks").get_json() == {"items": []}

    def test_hosts_can_be_limited(self, open_app: Callable[..., Flask]) -> None:
        client = open_app(webhook_hosts="desk.example, Wire.Example").test_client()
        for url, status in {
            "https://DESK.example/x": 201,
            "http://wire.example:8000/": 201,
            "http://10.0.0.1/": 422,
            "http://desk.example.evil.example/": 422,
        }.items():
            assert client.post("/v1/webhooks", json={"url": url}).status_code == status

    def test_an_older_store_gets_the_table_and_loses_nothing(
        self, open_app: Callable[..., Flask], make_article: Story, tmp_path: Any
    ) -> None:
        import sqlite3
        from contextlib import closing

        app = open_app()
        app.test_client().post("/v1/articles", json=make_article(1))
        with closing(sqlite3.connect(tmp_path / "store.db")) as older, older:
            older.execute("DROP TABLE webhooks")
            older.execute("DROP TABLE reading_marks")
        client = open_app().test_client()
        assert client.get("/v1/webhooks").get_json() == {"items": []}
        assert client.get("/v1/articles/story-1").status_code == 200


class TestPage:
    def test_it_shows_how_each_is_doing(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        assert "No webhooks yet" in client.get("/admin/webhooks").text
        receiver.respond = lambda _: CannedResponse(503)
        made = subscribe(client, receiver)
        assert "Nothing was sent yet" in client.get("/admin/webhooks").text
        client.post("/v1/articles", json=make_article(1))
        until(lambda: state(client, made)["failures"])
        page = client.get("/admin/webhooks").text
        assert f"{receiver.address}/hook" in page
        assert "Failing" in page
        assert "1 change to deliver" in page
        assert "the answer was 503" in page
        assert made["secret"] not in page

    def press(self, client: FlaskClient, name: str, deed: str, **more: Any) -> Any:
        form = {"csrf_token": csrf_token(client.get("/admin/webhooks").text)}
        return client.post(f"/admin/webhooks/{name}/{deed}", data=form, **more)

    def test_its_buttons_work(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        made = subscribe(client, receiver)
        answer = self.press(client, made["id"], "disable")
        assert (answer.status_code, answer.location) == (303, "/admin/webhooks")
        assert "Stopped" in client.get("/admin/webhooks").text
        client.post("/v1/articles", json=make_article(1))
        time.sleep(0.2)
        assert not receiver.requests
        assert self.press(client, "none", "retry").status_code == 404
        self.press(client, made["id"], "retry")
        delivered(client, made)

    @pytest.mark.parametrize(
        "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    )
    def test_no_other_site_can_press_them(
        self, client: FlaskClient, receiver: RecordingServer, headers: dict[str, str]
    ) -> None:
        made = subscribe(client, receiver)
        assert self.press(client, made["id"], "disable", headers=headers).status_code == 403
        assert client.post(f"/admin/webhooks/{made['id']}/disable").status_code == 403
        assert state(client, made)["active"]

    def test_readers_see_it_without_buttons(
        self, open_app: Callable[..., Flask], receiver: RecordingServer
    ) -> None:
        app = open_app(users=USERS, tokens="t")
        token = {"Authorization": "Bearer t"}
        wanted = {"url": f"{receiver.address}/hook"}
        app.test_client().put("/v1/webhooks/desk", json=wanted, headers=token)
        client = app.test_client()
        log_in(client, "ben", READER_PASSWORD)
        page = client.get("/admin/webhooks").text
        assert receiver.address in page
        assert "Disable" not in page
        assert self.press(client, "desk", "disable").status_code == 403

    def test_an_address_is_no_markup(self, client: FlaskClient) -> None:
        client.post("/v1/webhooks", json={"url": "http://a.example/<script>alert(1)</script>"})
        assert "<script>alert" not in client.get("/admin/webhooks").text

"""Webhooks: delivery, failures, several processes, subscriptions and the page."""

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

TIMEOUT_SECONDS = 20.0
Story = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _fast_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "_POLL_SECONDS", 0.02)


@pytest.fixture
def receiver() -> Iterator[RecordingServer]:
    with recording_server() as server:
        yield server


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.01)


def subscribe(
    client: FlaskClient, receiver: RecordingServer, **subscription: Any
) -> dict[str, Any]:
    response = client.post("/v1/webhooks", json={"url": f"{receiver.address}/hook", **subscription})
    assert response.status_code == 201, response.text
    assert response.headers["Location"].endswith(f"/v1/webhooks/{response.get_json()['id']}")
    return dict(response.get_json())


def state(client: FlaskClient, webhook: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/v1/webhooks/{webhook['id']}").get_json())


def wait_delivered(client: FlaskClient, webhook: dict[str, Any]) -> None:
    wait_until(lambda: state(client, webhook)["backlog"] == 0)


def items(receiver: RecordingServer) -> list[dict[str, Any]]:
    return [
        item for request in receiver.requests for item in json.loads(request.body)["data"]["items"]
    ]


class TestDelivery:
    def test_change_is_delivered_with_a_valid_signature(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        webhook = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        wait_delivered(client, webhook)
        (request,) = receiver.requests
        assert (request.method, request.path) == ("POST", "/hook")
        assert request.headers["content-type"] == "application/json"
        sent = Receiver(webhook["secret"]).verify(request.body, request.headers)
        log = client.get("/v1/changes").get_json()
        assert sent["type"] == "changes"
        assert sent["timestamp"] == log["items"][-1]["at"]
        assert sent["data"] == log
        with pytest.raises(WebhookVerificationError):
            Receiver(webhook["secret"]).verify(request.body + b" ", request.headers)

    def test_subscriber_may_give_a_secret(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        secret = "whsec_" + b64encode(bytes(range(24))).decode()
        webhook = subscribe(client, receiver, secret=secret)
        assert webhook["secret"] == secret
        assert "secret" not in state(client, webhook)
        client.post("/v1/articles", json=make_article(1))
        wait_delivered(client, webhook)
        Receiver(secret).verify(receiver.requests[0].body, receiver.requests[0].headers)

    def test_only_subscribed_kinds_are_delivered(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        webhook = subscribe(client, receiver, kinds=["article.removed"])
        client.post("/v1/articles", json=make_article(1))
        client.delete("/v1/articles/story-1")
        wait_delivered(client, webhook)
        assert [item["kind"] for item in items(receiver)] == ["article.removed"]
        client.post("/v1/articles", json=make_article(2))
        newest = client.get("/v1/changes").get_json()["next_cursor"]
        wait_until(lambda: state(client, webhook)["cursor"] == newest)
        assert len(receiver.requests) == 1

    def test_earlier_changes_are_delivered_only_from_since(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        client.post("/v1/articles", json=make_article(1))
        late = subscribe(client, receiver)
        assert state(client, late)["backlog"] == 0
        early = subscribe(client, receiver, since=0)
        wait_delivered(client, early)
        assert [item["article_id"] for item in items(receiver)] == ["story-1"]

    def test_long_log_is_delivered_in_batches_in_order(
        self, client: FlaskClient, receiver: RecordingServer
    ) -> None:
        lines = [json.dumps({"id": str(n), "text": f"one{n} two{n} three{n}"}) for n in range(250)]
        kind = {"content_type": "application/x-ndjson"}
        client.post("/v1/articles/batch", data="\n".join(lines), **kind)
        webhook = subscribe(client, receiver, since=0)
        wait_delivered(client, webhook)
        numbers = [item["seq"] for item in items(receiver)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(receiver.requests) == -(-len(numbers) // webhook_outbox.MAX_CHANGES_PER_BATCH)


class TestFailures:
    @pytest.fixture(autouse=True)
    def _fast_retry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(delivery, "FIRST_RETRY_SECONDS", 0.05)

    def test_same_batch_is_sent_until_it_is_received(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        receiver.respond = lambda _: CannedResponse(500 if len(receiver.requests) < 4 else 204)
        webhook = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        wait_until(lambda: len(receiver.requests) >= 2)
        client.post("/v1/articles", json=make_article(2))
        wait_delivered(client, webhook)
        tries, rest = receiver.requests[:4], receiver.requests[4:]
        assert len({request.headers["webhook-id"] for request in tries}) == 1
        assert len({request.body for request in tries}) == 1
        (last,) = rest
        assert [item["article_id"] for item in json.loads(last.body)["data"]["items"]] == [
            "story-2"
        ]
        for request in receiver.requests:
            Receiver(webhook["secret"]).verify(request.body, request.headers)
        after = state(client, webhook)
        assert (after["failures"], after["last_error"], after["last_status"]) == (0, None, 204)

    @pytest.mark.parametrize("status", [300, 302, 400, 503])
    def test_other_statuses_than_2xx_are_failures(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story, status: int
    ) -> None:
        receiver.respond = lambda _: CannedResponse(
            status, b"", {"Location": f"{receiver.address}/else"}
        )
        webhook = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        wait_until(lambda: state(client, webhook)["failures"] >= 1)
        now = state(client, webhook)
        assert now["backlog"] == 1
        assert now["last_status"] == status
        assert now["last_error"] == f"the response was {status}"
        assert now["next_attempt_at"] is not None
        assert {request.path for request in receiver.requests} == {"/hook"}, (
            "no redirect is followed"
        )

    def test_refused_connection_is_a_failure(
        self, client: FlaskClient, make_article: Story
    ) -> None:
        webhook = client.post("/v1/webhooks", json={"url": "http://127.0.0.1:1/"}).get_json()
        client.post("/v1/articles", json=make_article(1))
        wait_until(lambda: state(client, webhook)["failures"] >= 1)
        assert state(client, webhook)["last_status"] is None
        assert "refused" in state(client, webhook)["last_error"]

    def test_status_410_deactivates_until_retry(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        receiver.respond = lambda _: CannedResponse(410)
        webhook = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        wait_until(lambda: not state(client, webhook)["active"])
        time.sleep(0.3)
        assert len(receiver.requests) == 1
        receiver.respond = lambda _: CannedResponse(200)
        assert client.post(f"/v1/webhooks/{webhook['id']}/retry").get_json()["active"]
        wait_delivered(client, webhook)

    def test_restart_continues_with_the_pending_changes(
        self, open_app: Callable[..., Flask], receiver: RecordingServer, make_article: Story
    ) -> None:
        receiver.respond = lambda _: CannedResponse(500)
        first = open_app()
        webhook = subscribe(first.test_client(), receiver)
        first.test_client().post("/v1/articles", json=make_article(1))
        wait_until(lambda: state(first.test_client(), webhook)["failures"] >= 1)
        first.extensions[extensions.WEBHOOK_DISPATCHER].close()
        first.test_client().post("/v1/articles", json=make_article(2))
        receiver.respond = lambda _: CannedResponse(200)
        receiver.requests.clear()
        second = open_app().test_client()
        wait_delivered(second, webhook)
        assert [item["article_id"] for item in items(receiver)] == ["story-1", "story-2"]

    def test_slow_receiver_does_not_delay_others(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        release = threading.Event()

        def respond(request: RecordedRequest) -> CannedResponse:
            if request.path == "/slow":
                release.wait(TIMEOUT_SECONDS)
            return CannedResponse()

        receiver.respond = respond
        client.put("/v1/webhooks/slow", json={"url": f"{receiver.address}/slow"})
        quick = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        wait_until(lambda: any(request.path == "/slow" for request in receiver.requests))
        wait_delivered(client, quick)
        assert client.get("/v1/webhooks/slow").get_json()["backlog"] == 1
        release.set()
        wait_delivered(client, {"id": "slow"})

    def test_retry_delay_doubles_up_to_an_hour_with_jitter(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delivery, "FIRST_RETRY_SECONDS", 5.0)
        for failures, middle in [(1, 5), (2, 10), (3, 20), (9, 1280), (20, 3600), (5000, 3600)]:
            delays = [delivery.retry_delay_seconds(failures) for _ in range(50)]
            assert 0.75 * middle <= min(delays) < max(delays) <= 1.25 * middle

    @pytest.mark.parametrize(
        ("retry_after", "least"), [("600", 600), ("999999", 3600), ("soon", 0)]
    )
    def test_retry_after_of_the_receiver_is_respected(
        self,
        client: FlaskClient,
        receiver: RecordingServer,
        make_article: Story,
        retry_after: str,
        least: float,
    ) -> None:
        receiver.respond = lambda _: CannedResponse(503, b"", {"Retry-After": retry_after})
        webhook = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        store = client.application.extensions[extensions.STORE]

        def row() -> Any:
            with store.reading() as transaction:
                return transaction.execute(schema.webhooks.select()).one()

        wait_until(lambda: state(client, webhook)["failures"] >= 1)
        assert least - 1 <= row().next_at - row().last_at <= max(least, 60) + 1


class TestSeveralProcesses:
    def test_several_dispatchers_deliver_nothing_twice(
        self, client: FlaskClient, store: Store, receiver: RecordingServer
    ) -> None:
        """Four dispatchers on one store, as in four processes."""
        in_flight: list[int] = []
        concurrency: list[int] = []

        def respond(_: RecordedRequest) -> CannedResponse:
            in_flight.append(1)
            concurrency.append(len(in_flight))
            time.sleep(0.03)
            in_flight.pop()
            return CannedResponse()

        receiver.respond = respond
        webhook = subscribe(client, receiver)
        dispatchers = [WebhookDispatcher(store) for _ in range(3)]
        for extra in dispatchers:
            extra.start()
        for number in range(15):
            line = {"id": str(number), "text": f"one{number} two{number} three{number}"}
            client.post("/v1/articles", json=line)
        wait_delivered(client, webhook)
        for extra in dispatchers:
            extra.close()
        numbers = [item["seq"] for item in items(receiver)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 15
        assert max(concurrency) == 1, "one batch of a subscription at a time"

    def test_processes_on_one_store_share_the_work(
        self, store_url: str, receiver: RecordingServer
    ) -> None:
        with Store(store_url) as store:
            subscription = subscriptions.validate_request({"url": receiver.address, "since": 0}, ())
            webhook = subscriptions.create_or_replace(store, subscription)
            with store.writing() as transaction:
                log = [{"seq": n, "at": 1e9, "kind": "article.moved"} for n in range(1, 1001)]
                transaction.execute(insert(changes), log)
            dispatchers = [WebhookDispatcher(store) for _ in range(4)]
            for extra in dispatchers:
                extra.start()
            wait_until(lambda: not subscriptions.list_webhooks(store)[0].backlog)
            for extra in dispatchers:
                extra.close()
            assert subscriptions.remove(store, webhook.id)
        assert [item["seq"] for item in items(receiver)] == list(range(1, 1001))

    def test_batch_of_a_dead_process_is_delivered_after_its_lease(
        self, client: FlaskClient, store: Store, receiver: RecordingServer, make_article: Story
    ) -> None:
        client.application.extensions[extensions.WEBHOOK_DISPATCHER].close()
        webhook = subscribe(client, receiver)
        client.post("/v1/articles", json=make_article(1))
        now = time.time()
        assert webhook_outbox.lease_next_batch(store, webhook["id"], "dead", now) is not None
        assert webhook_outbox.lease_next_batch(store, webhook["id"], "alive", now + 59) is None
        batch = webhook_outbox.lease_next_batch(store, webhook["id"], "alive", now + 61)
        assert batch is not None
        attempt = webhook_outbox.DeliveryAttempt(now, 200, None)
        webhook_outbox.record_attempt(store, batch, attempt)
        assert state(client, webhook)["backlog"] == 0

    def test_close_does_not_wait_for_a_silent_receiver(
        self, open_app: Callable[..., Flask], receiver: RecordingServer, make_article: Story
    ) -> None:
        release = threading.Event()
        receiver.respond = lambda _: CannedResponse(200 if release.wait(TIMEOUT_SECONDS) else 500)
        app = open_app()
        subscribe(app.test_client(), receiver)
        app.test_client().post("/v1/articles", json=make_article(1))
        wait_until(lambda: receiver.requests)
        started = time.monotonic()
        app.extensions[extensions.WEBHOOK_DISPATCHER].close()
        assert time.monotonic() - started < 2
        release.set()


class TestSubscriptions:
    def test_subscriptions_are_listed_replaced_and_removed(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        assert client.get("/v1/webhooks").get_json() == {"items": []}
        inactive = {"url": "https://a.example/", "active": False}
        response = client.put("/v1/webhooks/desk", json=inactive)
        assert response.status_code == 201
        client.post("/v1/articles", json=make_article(1))
        active = {"url": f"{receiver.address}/b", "kinds": ["article.assigned"]}
        again = client.put("/v1/webhooks/desk", json=active)
        assert again.status_code == 200
        assert "secret" not in again.get_json()
        wait_until(lambda: receiver.requests)
        Receiver(response.get_json()["secret"]).verify(
            receiver.requests[0].body, receiver.requests[0].headers
        )
        (listed,) = client.get("/v1/webhooks").get_json()["items"]
        assert (listed["id"], listed["kinds"]) == ("desk", ["article.assigned"])
        assert client.delete("/v1/webhooks/desk").status_code == 204
        assert client.delete("/v1/webhooks/desk").status_code == 404
        assert client.get("/v1/webhooks/desk").status_code == 404
        assert client.post("/v1/webhooks/desk/retry").status_code == 404

    @pytest.mark.parametrize(
        ("subscription", "field"),
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
            ({"url": "http://a.example/", "secret": ""}, "/secret"),
            ({"url": "http://a.example/", "secret": "short"}, "/secret"),
            ({"url": "http://a.example/", "secret": "whsec_c2hvcnQ="}, "/secret"),
            ({"url": "http://a.example/", "since": -1}, "/since"),
            ({"url": "http://a.example/", "sekret": "x"}, "/sekret"),
        ],
    )
    def test_invalid_subscription_is_refused_by_field(
        self, client: FlaskClient, subscription: dict[str, Any], field: str
    ) -> None:
        response = client.post("/v1/webhooks", json=subscription)
        assert response.status_code == 422
        assert [field_error["field"] for field_error in response.get_json()["errors"]] == [field]
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

    def test_older_store_gets_the_table_and_keeps_its_articles(
        self, open_app: Callable[..., Flask], make_article: Story, tmp_path: Any
    ) -> None:
        import sqlite3
        from contextlib import closing

        app = open_app()
        app.test_client().post("/v1/articles", json=make_article(1))
        with closing(sqlite3.connect(tmp_path / "store.db")) as older, older:
            older.execute("DROP TABLE webhooks")
            older.execute("DROP TABLE checkpoints")
        client = open_app().test_client()
        assert client.get("/v1/webhooks").get_json() == {"items": []}
        assert client.get("/v1/articles/story-1").status_code == 200


class TestPage:
    def test_page_shows_the_state_of_each_subscription(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        assert "No webhooks yet" in client.get("/admin/webhooks").text
        receiver.respond = lambda _: CannedResponse(503)
        webhook = subscribe(client, receiver)
        assert "Nothing was sent yet" in client.get("/admin/webhooks").text
        client.post("/v1/articles", json=make_article(1))
        wait_until(lambda: state(client, webhook)["failures"])
        page = client.get("/admin/webhooks").text
        assert f"{receiver.address}/hook" in page
        assert "Failing" in page
        assert "1 change to deliver" in page
        assert "the response was 503" in page
        assert webhook["secret"] not in page

    def press(self, client: FlaskClient, name: str, action: str, **options: Any) -> Any:
        form = {"csrf_token": csrf_token(client.get("/admin/webhooks").text)}
        return client.post(f"/admin/webhooks/{name}/{action}", data=form, **options)

    def test_buttons_stop_and_retry(
        self, client: FlaskClient, receiver: RecordingServer, make_article: Story
    ) -> None:
        webhook = subscribe(client, receiver)
        response = self.press(client, webhook["id"], "stop")
        assert (response.status_code, response.location) == (303, "/admin/webhooks")
        assert "Stopped" in client.get("/admin/webhooks").text
        client.post("/v1/articles", json=make_article(1))
        time.sleep(0.2)
        assert not receiver.requests
        assert self.press(client, "none", "retry").status_code == 404
        self.press(client, webhook["id"], "retry")
        wait_delivered(client, webhook)

    @pytest.mark.parametrize(
        "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    )
    def test_requests_from_other_sites_are_refused(
        self, client: FlaskClient, receiver: RecordingServer, headers: dict[str, str]
    ) -> None:
        webhook = subscribe(client, receiver)
        assert self.press(client, webhook["id"], "stop", headers=headers).status_code == 403
        assert client.post(f"/admin/webhooks/{webhook['id']}/stop").status_code == 403
        assert state(client, webhook)["active"]

    def test_page_and_api_are_for_administrators(
        self, open_app: Callable[..., Flask], receiver: RecordingServer
    ) -> None:
        app = open_app(users=USERS, tokens="t")
        token = {"Authorization": "Bearer t"}
        subscription = {"url": f"{receiver.address}/hook"}
        app.test_client().put("/v1/webhooks/desk", json=subscription, headers=token)
        client = app.test_client()
        log_in(client, "ben", READER_PASSWORD)
        for path in ("/admin/webhooks", "/v1/webhooks"):
            page = client.get(path)
            assert page.status_code == 403
            assert receiver.address not in page.text
        assert "/admin/webhooks" not in client.get("/admin").text

    def test_url_is_escaped(self, client: FlaskClient) -> None:
        client.post("/v1/webhooks", json={"url": "http://a.example/<script>alert(1)</script>"})
        assert "<script>alert" not in client.get("/admin/webhooks").text

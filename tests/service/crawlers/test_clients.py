"""The pipeline's clients, with httpx and without, against answers of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.crawlers.client import (
    BatchClient,
    HttpxClient,
    ServiceUnavailableError,
    StandardLibraryClient,
    TooLargeError,
)
from tests.service.client.scripted_server import (
    Answer,
    Received,
    ScriptedServer,
    problem,
    result,
    results,
)

LINES = [b'{"id":"a0"}', b'{"id":"a1"}', b'{"id":"a2"}']


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture(params=[HttpxClient, StandardLibraryClient])
def client(request: pytest.FixtureRequest, scripted: ScriptedServer) -> Iterator[BatchClient]:
    client = request.param(f"{scripted.url}/news/", "open-sesame")
    yield client
    client.close()


def test_both_send_the_same_request(client: BatchClient, scripted: ScriptedServer) -> None:
    scripted.steps = [results]
    assert [one["article_id"] for one in client.send(LINES)] == ["a0", "a1", "a2"]
    (request,) = scripted.received
    assert (request.method, request.path) == ("POST", "/news/v1/articles/batch")
    assert request.body == b"".join(line + b"\n" for line in LINES)
    headers = ("content-type", "accept", "authorization")
    assert [request.headers[name] for name in headers] == [
        *["application/x-ndjson"] * 2,
        "Bearer open-sesame",
    ]


def test_batches_share_a_connection(client: BatchClient, scripted: ScriptedServer) -> None:
    scripted.steps = [results]
    for _ in range(5):
        assert len(list(client.send(LINES))) == 3
    assert scripted.connections == 1


def broken(request: Received) -> Answer:
    return Answer(lines=results(request).lines, cut=50)


def fewer(request: Received) -> Answer:
    return Answer(lines=(results(request).lines or [])[:2])


@pytest.mark.parametrize("step", [broken, fewer])
def test_results_before_the_answer_breaks_off_are_given(
    client: BatchClient, scripted: ScriptedServer, step: Any
) -> None:
    scripted.steps = [step, results]
    answers = client.send(LINES)
    assert [next(answers)["article_id"] for _ in range(2)] == ["a0", "a1"]
    with pytest.raises(ServiceUnavailableError):
        next(answers)
    assert len(list(client.send(LINES))) == 3, "it goes on with another connection"
    assert len(scripted.received) == 2


@pytest.mark.parametrize(
    "step",
    [
        None,
        problem(503, Retry_After="1"),
        problem(401),
        Answer(302, headers={"Location": "/elsewhere"}),
        Answer(lines=["<html>"]),
        Answer(lines=[{"ok": True}]),
    ],
)
def test_nothing_is_repeated_by_the_client(
    client: BatchClient, scripted: ScriptedServer, step: Any
) -> None:
    scripted.steps = [step]
    with pytest.raises(ServiceUnavailableError):
        list(client.send(LINES))
    assert len(scripted.received) == 1, "the sender decides when to post again"


def test_too_large_request_is_told_apart(client: BatchClient, scripted: ScriptedServer) -> None:
    scripted.steps = [problem(413)]
    with pytest.raises(TooLargeError):
        list(client.send(LINES))


def test_lines_end_at_line_feeds_only(client: BatchClient, scripted: ScriptedServer) -> None:
    warnings = ["unknown fields: 'a\u2028b\u0085c'"]
    scripted.steps = [Answer(lines=[result("a0", warnings=warnings)])]
    assert next(client.send(LINES[:1]))["warnings"] == warnings


def test_proxies_of_the_crawler_are_not_used(
    client: BatchClient, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    scripted.steps = [results]
    fresh = type(client)(scripted.url, None)  # type: ignore[call-arg]
    assert len(list(fresh.send(LINES))) == 3
    fresh.close()


def test_unreachable_service_is_unavailable() -> None:
    for client_class in (HttpxClient, StandardLibraryClient):
        client = client_class("http://127.0.0.1:9", None)
        with pytest.raises(ServiceUnavailableError):
            list(client.send(LINES))
        client.close()

"""The server in a process of its own: graceful stop, kill and restart."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

Story = Callable[..., dict[str, Any]]

_PROGRAM = """
from service import settings
from service.web.app import create_app
from service.web.server import serve
loaded = settings.load(port=0)
serve(create_app(loaded), loaded, lambda url: print(url, flush=True))
"""

_WARM_UP_PROGRAM = """
import sys
from service import settings
from service.web.app import close_app, create_app
from service.web.server import warm_up
app = create_app(settings.load())
loaded_before = {*sys.modules}
warm_up(app)
print(*{*sys.modules} - loaded_before)
close_app(app)
"""


class Server:
    """One run of the server."""

    def __init__(self, db: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "STORYFOLD_DB": str(db), "STORYFOLD_THREADS": "4"},
            cwd=Path(__file__).parents[3],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:")
        self.port = int(self.address.rpartition(":")[2])
        self._wait_ready()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.get("/readyz")
                return
            except urllib.error.HTTPError as error:
                error.close()
                time.sleep(0.05)
        pytest.fail("the server never became ready")

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str, body: bytes, kind: str = "application/json") -> str:
        request = urllib.request.Request(self.address + path, body, {"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=60) as answer:
            text: str = answer.read().decode()
            return text

    def assignments(self) -> dict[str, Any]:
        rows = map(json.loads, self.get("/v1/assignments").splitlines())
        return {row["article_id"]: row for row in rows}

    def stop(self, number: int) -> tuple[int, float]:
        """Send a signal; return the exit code and the duration until the end."""
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(30)
        return code, time.monotonic() - started

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Start servers over one store, one after the other."""
    servers: list[Server] = []

    def start_one() -> Server:
        servers.append(Server(tmp_path / "store.db"))
        return servers[-1]

    yield start_one
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for tests that do not depend on the content of its store."""
    running = Server(tmp_path_factory.mktemp("server") / "store.db")
    yield running
    running.close()


def lines(articles: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(article).encode() + b"\n" for article in articles)


def test_warm_up_loads_what_the_first_article_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WARM_UP_PROGRAM],
        env={**os.environ, "STORYFOLD_DB": str(tmp_path / "store.db")},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"datasketch", "wordfreq"} <= {*done.stdout.split()}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_the_server_within_two_seconds(
    start: Callable[[], Server], number: int
) -> None:
    server = start()
    idle = HTTPConnection("127.0.0.1", server.port, timeout=10)  # stays open
    idle.request("GET", "/healthz")
    assert idle.getresponse().read()
    code, duration = server.stop(number)
    idle.close()
    assert (code, duration < 2) == (0, True)


def test_open_requests_are_finished_before_the_stop(
    start: Callable[[], Server], make_article: Story
) -> None:
    server = start()
    batch = lines([make_article(number) for number in range(50)])
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.post, "/v1/articles/batch", batch, "application/x-ndjson")
        deadline = time.monotonic() + 10
        while "batch" not in server.get("/metrics") and not answer.done():
            assert time.monotonic() < deadline
        code, duration = server.stop(signal.SIGTERM)
        answers = [json.loads(line) for line in answer.result(10).splitlines()]
    assert (code, duration < 2) == (0, True)
    assert len(answers) == 50
    assert set(start().assignments()) == {answer["article_id"] for answer in answers}


def test_long_polls_use_half_of_the_threads_and_end_with_the_service(
    start: Callable[[], Server],
) -> None:
    server = start()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(server.get, "/v1/changes?wait=60") for _ in range(8)]
        early, _ = wait(waiting, timeout=30, return_when=FIRST_COMPLETED)
        assert early, "at most half of the threads may wait"
        assert "ok" in server.get("/healthz")
        code, duration = server.stop(signal.SIGTERM)
        answers = [json.loads(answer.result(10)) for answer in waiting]
    assert (code, duration < 20) == (0, True)
    assert answers == [{"items": [], "next_cursor": "0"}] * 8


def test_kill_during_a_batch_loses_no_acknowledged_article(
    start: Callable[[], Server], make_article: Story
) -> None:
    articles = [make_article(number % 300, id=f"a-{number}") for number in range(600)]
    server = start()
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    kind = {"Content-Type": "application/x-ndjson"}
    connection.request("POST", "/v1/articles/batch", lines(articles), kind)
    answer = connection.getresponse()
    acknowledged = [json.loads(answer.readline()) for _ in range(130)]
    server.stop(signal.SIGKILL)
    connection.close()

    restarted = start()
    assignments = restarted.assignments()
    assert len(assignments) < len(articles)
    for result in acknowledged:
        assert assignments[result["article_id"]] == {
            name: result[name] for name in ("article_id", "duplicate_group_id", "event_id")
        }
    # The crawler sends the whole batch again, and the result is as without the kill.
    repeated = restarted.post("/v1/articles/batch", lines(articles), kind["Content-Type"])
    outcomes = [json.loads(line)["outcome"] for line in repeated.splitlines()]
    assert outcomes[: len(assignments)] == ["unchanged"] * len(assignments)
    all_assignments = restarted.assignments()
    assert len(all_assignments) == len(articles)
    assert {name: all_assignments[name] for name in assignments} == assignments
    for number in range(300):
        first, copy = all_assignments[f"a-{number}"], all_assignments[f"a-{number + 300}"]
        assert first["duplicate_group_id"] == copy["duplicate_group_id"]


def test_eight_concurrent_clients_give_one_group_per_story(
    start: Callable[[], Server], make_article: Story
) -> None:
    server = start()

    def send(client: int) -> list[Any]:
        answers = []
        for number in range(20):
            article = make_article(number, id=f"c{client}-{number}")
            answers.append(json.loads(server.post("/v1/articles", json.dumps(article).encode())))
            server.get(f"/v1/events/{answers[-1]['event_id']}")
        return answers

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for sent in pool.map(send, range(8)) for answer in sent]
    assignments = server.assignments()
    assert len(answers) == len(assignments) == 160
    for number in range(20):
        groups = {assignments[f"c{client}-{number}"]["duplicate_group_id"] for client in range(8)}
        assert len(groups) == 1
    assert len({row["duplicate_group_id"] for row in assignments.values()}) == 20


def test_encoded_paths_and_chunked_bodies_arrive_unchanged(
    server: Server, make_article: Story
) -> None:
    article_id = "https://example.com//a/b?c=d#é"
    server.post("/v1/articles", json.dumps(make_article(1, id=article_id)).encode())
    article = json.loads(server.get("/v1/articles/" + quote(article_id, safe="")))
    assert article["id"] == article_id

    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    parts = [lines([make_article(number)]) for number in range(2, 5)]
    kind = {"Content-Type": "application/x-ndjson"}
    connection.request("POST", "/v1/articles/batch", iter(parts), kind, encode_chunked=True)
    answers = connection.getresponse().read().splitlines()
    connection.close()
    assert [json.loads(answer)["outcome"] for answer in answers] == ["new"] * 3


def test_invalid_http_is_answered_with_a_problem(server: Server) -> None:
    post = b"POST /v1/articles HTTP/1.1\r\nHost: x\r\n"
    for sent, status in (
        (b"GARBAGE\r\n\r\n", 400),
        (post + b"Content-Length: many\r\n\r\n", 400),
        (post + b"Content-Length: 99999999999\r\n\r\n", 413),
        (b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(sent)
            answer = HTTPResponse(connection)
            answer.begin()
            body = json.loads(answer.read())
            answer.close()
        assert answer.getheader("Content-Type") == "application/problem+json"
        assert (answer.status, body["status"]) == (status, status)
        assert list(body) == ["type", "title", "status", "detail", "errors"]


def test_forwarded_request_is_not_local(server: Server) -> None:
    assert "for this machine only" in server.get("/admin")
    request = urllib.request.Request(server.address + "/admin", headers={"X-Forwarded-For": "::1"})
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(request, timeout=30)
    refused.value.close()

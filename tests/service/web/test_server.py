"""The real server in a process of its own: how it stops, how it dies, how it comes back."""

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
read = settings.load(port=0)
serve(create_app(read), read, lambda address: print(address, flush=True))
"""

_SETTLED = """
import sys
from service import settings
from service.web.app import close_app, create_app
from service.web.server import warm_up
app = create_app(settings.load())
before = {*sys.modules}
warm_up(app)
print(*{*sys.modules} - before)
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

    def placements(self) -> dict[str, Any]:
        rows = map(json.loads, self.get("/v1/assignments").splitlines())
        return {row["article_id"]: row for row in rows}

    def stop(self, number: int) -> tuple[int, float]:
        """Send a signal; return the exit code and the seconds until the end."""
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
    """A server for tests that don't mind what others told it."""
    running = Server(tmp_path_factory.mktemp("server") / "store.db")
    yield running
    running.close()


def lines(articles: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(article).encode() + b"\n" for article in articles)


def test_the_first_article_finds_loaded_what_it_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SETTLED],
        env={**os.environ, "STORYFOLD_DB": str(tmp_path / "store.db")},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"datasketch", "wordfreq"} <= {*done.stdout.split()}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start: Callable[[], Server], number: int) -> None:
    server = start()
    idle = HTTPConnection("127.0.0.1", server.port, timeout=10)  # kept alive, asks nothing more
    idle.request("GET", "/healthz")
    assert idle.getresponse().read()
    code, seconds = server.stop(number)
    idle.close()
    assert (code, seconds < 2) == (0, True)


def test_requests_in_flight_are_finished(start: Callable[[], Server], make_article: Story) -> None:
    server = start()
    batch = lines([make_article(number) for number in range(50)])
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.post, "/v1/articles/batch", batch, "application/x-ndjson")
        deadline = time.monotonic() + 10
        while "batch" not in server.get("/metrics") and not answer.done():
            assert time.monotonic() < deadline
        code, seconds = server.stop(signal.SIGTERM)
        answers = [json.loads(line) for line in answer.result(10).splitlines()]
    assert (code, seconds < 2) == (0, True)
    assert len(answers) == 50
    assert set(start().placements()) == {answer["article_id"] for answer in answers}


def test_requests_that_wait_leave_the_others_room_and_end_with_the_service(
    start: Callable[[], Server],
) -> None:
    server = start()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(server.get, "/v1/changes?wait=60") for _ in range(8)]
        early, _ = wait(waiting, timeout=30, return_when=FIRST_COMPLETED)
        assert early, "half of the threads may wait, and no more"
        assert "ok" in server.get("/healthz")
        code, seconds = server.stop(signal.SIGTERM)
        answers = [json.loads(answer.result(10)) for answer in waiting]
    assert (code, seconds < 20) == (0, True)
    assert answers == [{"items": [], "next_cursor": "0"}] * 8


def test_kill_in_the_middle_of_a_batch_loses_nothing_acknowledged(
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
    there = restarted.placements()
    assert len(there) < len(articles)
    for one in acknowledged:
        assert there[one["article_id"]] == {
            name: one[name] for name in ("article_id", "duplicate_group_id", "event_id")
        }
    # The crawler sends the whole batch again, and all is as if nothing had happened.
    again = restarted.post("/v1/articles/batch", lines(articles), kind["Content-Type"])
    outcomes = [json.loads(line)["outcome"] for line in again.splitlines()]
    assert outcomes[: len(there)] == ["unchanged"] * len(there)
    whole = restarted.placements()
    assert len(whole) == len(articles)
    assert {name: whole[name] for name in there} == there
    for number in range(300):
        first, copy = whole[f"a-{number}"], whole[f"a-{number + 300}"]
        assert first["duplicate_group_id"] == copy["duplicate_group_id"]


def test_eight_clients_at_once(start: Callable[[], Server], make_article: Story) -> None:
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
    there = server.placements()
    assert len(answers) == len(there) == 160
    for number in range(20):
        groups = {there[f"c{client}-{number}"]["duplicate_group_id"] for client in range(8)}
        assert len(groups) == 1
    assert len({row["duplicate_group_id"] for row in there.values()}) == 20


def test_addresses_and_bodies_reach_the_application_whole(
    server: Server, make_article: Story
) -> None:
    name = "https://example.com//a/b?c=d#é"
    server.post("/v1/articles", json.dumps(make_article(1, id=name)).encode())
    found = json.loads(server.get("/v1/articles/" + quote(name, safe="")))
    assert found["id"] == name

    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    parts = [lines([make_article(number)]) for number in range(2, 5)]
    kind = {"Content-Type": "application/x-ndjson"}
    connection.request("POST", "/v1/articles/batch", iter(parts), kind, encode_chunked=True)
    answers = connection.getresponse().read().splitlines()
    connection.close()
    assert [json.loads(answer)["outcome"] for answer in answers] == ["new"] * 3


def test_what_never_reaches_the_application_gets_the_same_shape(server: Server) -> None:
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


def test_the_application_learns_what_a_proxy_passes_on(server: Server) -> None:
    assert "for this machine only" in server.get("/admin")
    request = urllib.request.Request(server.address + "/admin", headers={"X-Forwarded-For": "::1"})
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(request, timeout=30)
    refused.value.close()

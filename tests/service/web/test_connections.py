"""Slow clients and too many requests, at a server of one thread."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from service import settings
from service.web import connections
from service.web.server import GracefulServer

BIG = b"x" * (1 << 20)


@dataclass
class SlowApplication:
    """Answers `/wait` when it is released, `/big` with 64 MB, and others at once."""

    release: threading.Event = field(default_factory=threading.Event)
    started: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    n_ended: int = 0
    port: int = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/wait":
            self.started.release()
            self.release.wait(10)
        start_response("200 OK", [("Content-Type", "text/plain")])
        if environ["PATH_INFO"] == "/big":
            return self._stream()
        return [environ["PATH_INFO"].encode()]

    def _stream(self) -> Iterator[bytes]:
        self.started.release()
        try:
            for _ in range(64):
                yield BIG
        finally:
            self.n_ended += 1


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowApplication]:
    monkeypatch.setattr(connections, "MAX_QUEUED_PER_THREAD", 2)
    application, server, stopping = SlowApplication(), GracefulServer(), threading.Event()
    server.listen(application, settings.load(port=0, threads=1))  # type: ignore[arg-type]
    application.port = int(server.base_url().rpartition(":")[2])

    def run() -> None:
        while not stopping.is_set():
            server.poll(0.02)
        server.drain()

    thread = threading.Thread(target=run)
    thread.start()
    yield application
    application.release.set()
    stopping.set()
    thread.join()


def send(application: SlowApplication, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", application.port), timeout=10)
    connection.sendall(request)
    return connection


def get(application: SlowApplication, path: str) -> socket.socket:
    return send(application, f"GET {path} HTTP/1.0\r\n\r\n".encode())


def read(connection: socket.socket) -> bytes:
    with contextlib.closing(connection):
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_requests_beyond_the_queue_are_refused_at_once(application: SlowApplication) -> None:
    running = get(application, "/wait")
    assert application.started.acquire(timeout=10)
    queued = [get(application, f"/{number}") for number in range(2)]
    deadline = time.monotonic() + 10
    while (answer := read_if_refused(application)) is None:
        assert time.monotonic() < deadline
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"503 Service Unavailable" in head
    assert b"Retry-After: 2" in head
    assert json.loads(body)["type"] == "/docs#problem-503"
    health = get(application, "/healthz")
    application.release.set()
    assert read(running).endswith(b"/wait")
    assert [read(connection)[-2:] for connection in queued] == [b"/0", b"/1"]
    assert read(health).endswith(b"/healthz")


def read_if_refused(application: SlowApplication) -> bytes | None:
    """The answer to one more request; None if it is queued, since the others are not yet."""
    connection = get(application, "/more")
    connection.settimeout(0.5)
    try:
        return read(connection)
    except TimeoutError:
        return None


@pytest.mark.parametrize(
    "request_so_far",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nX-",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nxx",
    ],
    ids=["headers", "body"],
)
def test_client_that_sends_too_slowly_is_closed(
    application: SlowApplication, monkeypatch: pytest.MonkeyPatch, request_so_far: bytes
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(connections, "MIN_BODY_BYTES_PER_SECOND", 10_000.0)
    connection = send(application, request_so_far)
    started = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while time.monotonic() - started < 8:
            connection.sendall(b"x")
            time.sleep(0.02)
    connection.close()
    assert time.monotonic() - started < 5
    assert read(get(application, "/other")).endswith(b"/other")


def test_slow_body_of_enough_speed_is_read(
    application: SlowApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.1)
    connection = send(application, b"POST /slow HTTP/1.0\r\nContent-Length: 100\r\n\r\n")
    for _ in range(10):
        time.sleep(0.03)
        connection.sendall(b"x" * 10)
    assert read(connection).endswith(b"/slow")


def test_client_that_reads_nothing_does_not_keep_the_thread(
    application: SlowApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_STALL_SECONDS", 0.3)
    stalled = get(application, "/big")
    assert application.started.acquire(timeout=10)
    answer = read(get(application, "/next"))
    assert answer.endswith(b"/next")
    assert application.n_ended == 1
    stalled.close()

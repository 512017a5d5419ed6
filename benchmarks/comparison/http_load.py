"""Load on a service over HTTP: batches, requests at a fixed rate, clients at full speed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

ARTICLES_PER_BATCH: Final = 100
_MAX_WAITING: Final = 32
"""Requests under way at a fixed rate; more wait for one of them, and their waiting counts."""

Record = dict[str, Any]


class Client:
    """Keeps a connection for each thread that uses it.

    Parameters
    ----------
    address : str
        Of the service.
    """

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._of_thread = threading.local()

    def get(self, path: str) -> bytes:
        return self._send("GET", path, None, "")

    def post(self, record: Record) -> bytes:
        """Post one article."""
        body = json.dumps(record).encode()
        return self._send("POST", "/v1/articles", body, "application/json")

    def post_batches(self, records: Sequence[Record]) -> float:
        """Post articles by batches, and return how many were stored in a second."""
        bodies = list(_batch_bodies(records))
        started = time.perf_counter()
        answers = [
            self._send("POST", "/v1/articles/batch", body, "application/x-ndjson")
            for body in bodies
        ]
        seconds = time.perf_counter() - started
        stored = sum(answer.count(b'"outcome":"') for answer in answers)
        if stored != len(records):
            raise SystemExit(f"{len(records) - stored} articles were refused: {answers[0]!r:.500}")
        return len(records) / seconds

    def _send(self, method: str, path: str, body: bytes | None, media_type: str) -> bytes:
        connection = self._connection()
        connection.request(method, path, body, {"Content-Type": media_type} if body else {})
        response = connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise SystemExit(f"{method} {path}: {response.status} {answer!r:.500}")
        return answer

    def _connection(self) -> HTTPConnection:
        connection: HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = HTTPConnection(self._host, timeout=600)
        return connection


def _batch_bodies(records: Sequence[Record]) -> Iterator[bytes]:
    for start in range(0, len(records), ARTICLES_PER_BATCH):
        batch = records[start : start + ARTICLES_PER_BATCH]
        yield "\n".join(map(json.dumps, batch)).encode()


def latencies_at_rate(calls: Sequence[Callable[[], object]], per_second: float) -> list[float]:
    """Make calls at fixed moments, and return the seconds from each moment to its answer.

    A call that waits for earlier ones began at its moment all the same, so that a slow answer
    shows in all that it delays.
    """
    started = time.perf_counter() + 0.05

    def call_at(number: int) -> float:
        due = started + number / per_second
        time.sleep(max(0.0, due - time.perf_counter()))
        calls[number]()
        return time.perf_counter() - due

    with ThreadPoolExecutor(_MAX_WAITING) as threads:
        return list(threads.map(call_at, range(len(calls))))


def rate_of_clients(calls: Sequence[Callable[[], object]], n_clients: int) -> float:
    """Make calls by several clients, each as fast as it can; return the calls in a second."""
    started = time.perf_counter()
    with ThreadPoolExecutor(n_clients) as threads:
        for _ in threads.map(lambda call: call(), calls):
            pass
    return len(calls) / (time.perf_counter() - started)

"""Load of mixed requests at a fixed rate: latency, refusals, errors and memory.

    python -m benchmarks.load --minutes 30
    python -m benchmarks.load --rate 40 --minutes 5 --db postgresql+psycopg://me@localhost/empty

Requests arrive at random moments, whether or not the ones before were answered, and a latency
counts from the moment at which the request should have been sent. So a service that falls behind
cannot hide it. Without --rate, the rate that the service holds is found first: the highest of a
series of short runs in which nothing is refused and 99 of 100 answers come within a second. The
load is then run at four fifths of that rate for the given time, and at twice that for a tenth.

References
----------
Schroeder, B., Wierman, A., Harchol-Balter, M. (2006). Open versus closed: a cautionary tale. NSDI.
"""

from __future__ import annotations

import json
import queue
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import numpy as np

from benchmarks.multiplied_corpus import iter_articles, read_corpus
from benchmarks.output import Row, options, show

N_CONNECTIONS: Final = 48
"""Requests that are under way at once. More of them wait here, and their waiting counts."""
ARTICLES_PER_DAY: Final = 20_000
"""Sets the dates of the articles."""
PROBE_SECONDS: Final = 20
PROBE_FACTOR: Final = 1.4
HELD_SHARE: Final = 0.8
MAX_P99_SECONDS: Final = 1.0
BATCH_ARTICLES: Final = 10
DRAIN_SECONDS: Final = 60
REFUSALS: Final = frozenset({429, 503})
_REFUSED_LINE: Final = re.compile(rb'"status":\s*503')
_MEMORY: Final = re.compile(r"^process_resident_memory_bytes (\S+)$", re.MULTILINE)


class Request(NamedTuple):
    """What to send; `n_articles` are those that it posts."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"
    n_articles: int = 0


class Traffic:
    """Draws requests: three quarters write, and most of these are single posts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._articles = iter_articles(read_corpus(None), ARTICLES_PER_DAY)
        self._posted: list[str] = []
        self._recent: deque[dict[str, object]] = deque(maxlen=500)
        self._kinds: list[Callable[[], Request]] = [
            *[self._post] * 40,
            *[self._post_copy] * 16,
            *[self._update] * 8,
            *[self._post_batch] * 4,
            *[self._remove] * 4,
            *[self._decide] * 2,
            *[self._read] * 26,
        ]

    def draw(self) -> Request:
        """Return the next request."""
        return self._random.choice(self._kinds if self._posted else [self._post])()

    def _next_article(self) -> dict[str, object]:
        article = {**next(self._articles), "id": f"load-{len(self._posted)}"}
        self._posted.append(article["id"])
        self._recent.append(article)
        return article

    def _post(self) -> Request:
        body = json.dumps(self._next_article()).encode()
        return Request("POST", "/v1/articles", body, n_articles=1)

    def _post_copy(self) -> Request:
        """Post what another outlet has cut down."""
        article, original = self._next_article(), self._random.choice(self._recent)
        text = str(original["text"])
        cut = {**article, "title": original["title"], "text": text[: len(text) * 4 // 5]}
        return Request("POST", "/v1/articles", json.dumps(cut).encode(), n_articles=1)

    def _update(self) -> Request:
        article = {**next(self._articles), "id": self._any_id()}
        return Request("POST", "/v1/articles", json.dumps(article).encode(), n_articles=1)

    def _post_batch(self) -> Request:
        lines = [json.dumps(self._next_article()) for _ in range(BATCH_ARTICLES)]
        body = "\n".join(lines).encode()
        content_type = "application/x-ndjson"
        return Request("POST", "/v1/articles/batch", body, content_type, BATCH_ARTICLES)

    def _remove(self) -> Request:
        return Request("DELETE", f"/v1/articles/{self._any_id()}")

    def _decide(self) -> Request:
        kind = self._random.choice(["same_event", "keep_apart", "not_duplicate"])
        decision = {"kind": kind, "article_ids": [self._any_id(), self._any_id()]}
        return Request("POST", "/v1/decisions", json.dumps(decision).encode())

    def _read(self) -> Request:
        paths = ["/v1/events", "/v1/events?q=city", f"/v1/articles/{self._any_id()}", "/admin"]
        return Request("GET", self._random.choice([*paths, "/v1/search?q=minister"]))

    def _any_id(self) -> str:
        return self._random.choice(self._posted)


@dataclass
class Outcomes:
    """What happened to the requests of one run."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    n_articles: int = 0
    n_broken: int = 0
    n_unsent: int = 0
    max_memory: float = 0.0

    @property
    def n_refused(self) -> int:
        return sum(count for status, count in self.statuses.items() if status in REFUSALS)

    @property
    def n_errors(self) -> int:
        """Internal errors and broken connections; 404 and 409 are answers to what was deleted."""
        internal = sum(n for status, n in self.statuses.items() if status >= 500)
        return internal - self.statuses[503] + self.n_broken

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.seconds, share)) if self.seconds else float("inf")

    @property
    def is_held(self) -> bool:
        wrong = self.n_refused + self.n_errors + self.n_unsent
        return not wrong and self.quantile(0.99) <= MAX_P99_SECONDS


class LoadRun:
    """One run at one rate."""

    def __init__(self, port: int, traffic: Traffic, rate: float, seconds: float) -> None:
        self._port = port
        self._traffic = traffic
        self._rate = rate
        self._seconds = seconds
        self._waiting: queue.SimpleQueue[tuple[float, Request] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._gives_up_at = time.monotonic() + seconds + DRAIN_SECONDS
        self._outcomes = Outcomes()

    def run(self) -> Outcomes:
        """Send everything, and wait for the answers."""
        workers = [threading.Thread(target=self._work) for _ in range(N_CONNECTIONS)]
        stopping = threading.Event()
        watcher = threading.Thread(target=self._watch_memory, args=(stopping,))
        for thread in (*workers, watcher):
            thread.start()
        self._schedule()
        for _ in workers:
            self._waiting.put(None)
        for worker in workers:
            worker.join()
        stopping.set()
        watcher.join()
        return self._outcomes

    def _schedule(self) -> None:
        """Hand out requests at the moments of a Poisson process."""
        arrivals, due = random.Random(1), time.monotonic()
        end = due + self._seconds
        while (due := due + arrivals.expovariate(self._rate)) < end:
            request = self._traffic.draw()
            time.sleep(max(due - time.monotonic(), 0))
            self._waiting.put((due, request))

    def _work(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=DRAIN_SECONDS)
        while (taken := self._waiting.get()) is not None:
            due, request = taken
            if time.monotonic() > self._gives_up_at:
                with self._lock:
                    self._outcomes.n_unsent += 1
                continue
            try:
                status = _send(connection, request)
            except (OSError, HTTPException):
                connection.close()
                status = 0
            self._note(request, status, time.monotonic() - due)
        connection.close()

    def _note(self, request: Request, status: int, seconds: float) -> None:
        with self._lock:
            outcomes = self._outcomes
            if not status:
                outcomes.n_broken += 1
                return
            outcomes.statuses[status] += 1
            if status not in REFUSALS:
                outcomes.seconds.append(seconds)
                outcomes.n_articles += request.n_articles

    def _watch_memory(self, stopping: threading.Event) -> None:
        while not stopping.wait(2.0):
            try:
                memory = read_memory(self._port)
            except (OSError, HTTPException):
                continue
            self._outcomes.max_memory = max(self._outcomes.max_memory, memory)


def _send(connection: HTTPConnection, request: Request) -> int:
    headers = {"Content-Type": request.content_type} if request.body else {}
    connection.request(request.method, request.path, request.body or None, headers)
    response = connection.getresponse()
    # A batch that has begun is answered line by line.
    return 503 if _REFUSED_LINE.search(response.read()) else response.status


def read_memory(port: int) -> float:
    """Return the memory of the service in MB, as its metrics say."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics")
    found = _MEMORY.search(connection.getresponse().read().decode())
    connection.close()
    return float(found[1]) / 1e6 if found else 0.0


@contextmanager
def running_service(db: str | None) -> Iterator[int]:
    """Serve an empty store, and yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    with TemporaryDirectory() as folder:
        program = Path(sys.executable).with_name("storyfold")
        command = [str(program), "serve", "--port", str(port), "--db", db or f"{folder}/load.db"]
        environment = {**environ, "STORYFOLD_LOG_LEVEL": "error"}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait_ready(port)
            yield port
        finally:
            process.terminate()
            process.wait(60)


def _wait_ready(port: int) -> None:
    for _ in range(600):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            if _send(connection, Request("GET", "/readyz")) == 200:
                return
        except (OSError, HTTPException):
            pass
        time.sleep(0.2)
    raise SystemExit("the service does not start")


def find_held_rate(port: int, traffic: Traffic) -> float:
    """Raise the rate until the service does not hold it; return the last that it held."""
    held, rate = 0.0, 10.0
    while LoadRun(port, traffic, rate, PROBE_SECONDS).run().is_held:
        held, rate = rate, rate * PROBE_FACTOR
    return held or rate / 2


def describe(name: str, rate: float, seconds: float, outcomes: Outcomes) -> Row:
    answered = len(outcomes.seconds)
    return {
        "load": name,
        "requests/s sent": round(rate, 1),
        "answered/s": round(answered / seconds, 1),
        "articles/s": round(outcomes.n_articles / seconds, 1),
        "p50 ms": round(1000 * outcomes.quantile(0.5)),
        "p99 ms": round(1000 * outcomes.quantile(0.99)),
        "p99.9 ms": round(1000 * outcomes.quantile(0.999)),
        "refused": outcomes.n_refused,
        "not sent": outcomes.n_unsent,
        "errors": outcomes.n_errors,
        "memory MB": round(outcomes.max_memory),
    }


def measure(minutes: float, rate: float | None, db: str | None) -> Iterator[Row]:
    traffic = Traffic(seed=1)
    with running_service(db) as port:
        held = rate or HELD_SHARE * find_held_rate(port, traffic)
        for name, factor, share in (("held", 1, 1.0), ("twice that", 2, 0.1)):
            seconds = max(60 * minutes * share, PROBE_SECONDS)
            outcomes = LoadRun(port, traffic, factor * held, seconds).run()
            yield describe(name, factor * held, seconds, outcomes)


def main() -> None:
    parser = options(__doc__, data=False)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, help="requests a second; found by default")
    parser.add_argument("--db", help="an empty store; by default a temporary SQLite file")
    chosen = parser.parse_args()
    show(measure(chosen.minutes, chosen.rate, chosen.db), chosen.json)


if __name__ == "__main__":
    main()

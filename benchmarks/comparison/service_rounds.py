"""One service with some live articles: taking in, single posts, start, memory and disk."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from benchmarks.comparison.environment import PLAIN_SETTINGS, ROOT
from benchmarks.comparison.figures import Figure
from benchmarks.comparison.http_load import Client, latencies_at_rate, rate_of_clients
from benchmarks.comparison.signing_process import SigningProcess
from benchmarks.comparison.sizes import N_CLIENTS, POSTS_PER_SECOND, Sizes
from benchmarks.output import Row
from benchmarks.service_process import PROGRAM, ServiceProcess
from benchmarks.stage_costs import StageSeconds, read_stage_seconds

_SIGNING: Final = "datasketch, signing the same"
_MILLI: Final = 1e3

Record = dict[str, Any]


class ServiceRounds:
    """Measures a service that takes articles in, by phases in a fixed order.

    Parameters
    ----------
    folder : Path
        For the store.
    records : sequence of dict
        At least `sizes.n_articles` articles; the first ones become live before anything is timed.
    signing : SigningProcess
        Signs the texts of these articles.
    sizes : Sizes
    """

    def __init__(
        self, folder: Path, records: Sequence[Record], signing: SigningProcess, sizes: Sizes
    ) -> None:
        self._folder, self._records = folder, records
        self._signing, self._sizes = signing, sizes
        self._n_posted = 0
        self.figures: list[Figure] = []
        self.stages: dict[str, list[Row]] = {}
        """Costs of an article by stage, by way of posting; empty if the service times none."""
        self.sampled_stages: list[Row] = []
        """Costs of an article by finer stages, sampled in another process over the same store."""

    def measure(self) -> None:
        """Measure everything."""
        with ServiceProcess(self._folder, PLAIN_SETTINGS) as service:
            client = Client(service.address)
            self._fill(service, client)
            self._take_batches(service, client)
            self._post_at_rate(service, client)
            self._post_at_full_speed(client)
        self._weigh_store(service)
        self._start_again()
        self._print_help()
        self._sample_stages(service.store)

    def _fill(self, service: ServiceProcess, client: Client) -> None:
        """Make the first articles live; the second half of them shows what one more takes."""
        empty, half = service.resident_bytes(), self._sizes.n_live // 2
        client.post_batches(self._next(half))
        before = service.resident_bytes()
        client.post_batches(self._next(self._sizes.n_live - half))
        grown = service.resident_bytes() - before
        per_article = grown / (self._sizes.n_live - half) / _MILLI
        self._add("memory of an empty service, MB", [empty / 1e6])
        self._add("memory of a further article, kB", [per_article])

    def _take_batches(self, service: ServiceProcess, client: Client) -> None:
        rates, signed, seconds = [], [], 0.0
        before = read_stage_seconds(service.address)
        for _ in range(self._sizes.n_rounds):
            start, records = self._n_posted, self._next(self._sizes.per_round)
            rates.append(client.post_batches(records))
            signed.append(self._signing.texts_per_second(start, self._n_posted))
            seconds += len(records) / rates[-1]
        self._add("taking in by batches, articles/s", rates, _SIGNING, signed)
        self._add_stages("by batches", read_stage_seconds(service.address).since(before), seconds)

    def _post_at_rate(self, service: ServiceProcess, client: Client) -> None:
        healthz: list[float] = []
        posts: list[list[float]] = []
        before = read_stage_seconds(service.address)
        for _ in range(self._sizes.n_rounds):
            n_calls = self._sizes.n_single_posts
            reading = [partial(client.get, "/healthz")] * n_calls
            healthz.append(_MILLI * median(latencies_at_rate(reading, POSTS_PER_SECOND)))
            posting = [partial(client.post, record) for record in self._next(n_calls)]
            posts.append(latencies_at_rate(posting, POSTS_PER_SECOND))
        beside = "GET /healthz, p50"
        p50 = [_MILLI * median(latencies) for latencies in posts]
        p99 = [_MILLI * quantiles(latencies, n=100)[-1] for latencies in posts]
        self._add(f"one post, {POSTS_PER_SECOND}/s, p50, ms", p50, beside, healthz)
        self._add(f"one post, {POSTS_PER_SECOND}/s, p99, ms", p99, beside, healthz)
        waited = sum(map(sum, posts))
        self._add_stages("one by one", read_stage_seconds(service.address).since(before), waited)

    def _post_at_full_speed(self, client: Client) -> None:
        rates, signed = [], []
        for _ in range(self._sizes.n_rounds):
            start, records = self._n_posted, self._next(self._sizes.per_round)
            calls = [partial(client.post, record) for record in records]
            rates.append(rate_of_clients(calls, N_CLIENTS))
            signed.append(self._signing.texts_per_second(start, self._n_posted))
        self._add(f"{N_CLIENTS} clients at full speed, articles/s", rates, _SIGNING, signed)

    def _weigh_store(self, service: ServiceProcess) -> None:
        stored = self._records[: self._n_posted]
        n_bytes = sum(len(record["text"].encode()) for record in stored)
        per_article = service.disk_bytes() / len(stored) / _MILLI
        text = n_bytes / len(stored) / _MILLI
        self._add("disk for an article, kB", [per_article], "its text", [text])

    def _start_again(self) -> None:
        rates, signed, resident = [], [], []
        for _ in range(self._sizes.n_rounds):
            with ServiceProcess(self._folder, PLAIN_SETTINGS) as service:
                rates.append(self._n_posted / service.start_seconds)
                resident.append(service.resident_bytes() / 1e6)
            signed.append(self._signing.texts_per_second(0, self._sizes.signed_per_round))
        self._add("start, live articles/s", rates, "datasketch, signing", signed)
        self._add(f"memory after a start with {self._n_posted:,} live, MB", resident)

    def _print_help(self) -> None:
        seconds = []
        for _ in range(self._sizes.n_rounds):
            started = time.perf_counter()
            subprocess.run([PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - started)
        self._add("storyfold --help, s", seconds)

    def _sample_stages(self, store: Path) -> None:
        articles, rows = self._folder / "sampled.jsonl", self._folder / "stages.json"
        lines = (f"{json.dumps(record)}\n" for record in self._records[self._n_posted :])
        articles.write_text("".join(lines), encoding="utf-8")
        module = [sys.executable, "-m", "benchmarks.stage_profile"]
        subprocess.run(
            [*module, str(articles), "--db", str(store), "--json", str(rows)],
            check=True,
            cwd=ROOT,
            env=PLAIN_SETTINGS,
            capture_output=True,
        )
        self.sampled_stages = json.loads(rows.read_text(encoding="utf-8"))

    def _next(self, n_articles: int) -> list[Record]:
        start = self._n_posted
        self._n_posted += n_articles
        return list(islice(self._records, start, self._n_posted))

    def _add(
        self,
        name: str,
        values: Sequence[float],
        beside: str = "",
        beside_values: Sequence[float] = (),
    ) -> None:
        self.figures.append(Figure(name, tuple(values), beside, tuple(beside_values)))

    def _add_stages(self, way: str, measured: StageSeconds, waited: float) -> None:
        if measured.seconds:
            self.stages[way] = list(measured.rows(waited))

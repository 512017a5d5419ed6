"""Metrics of one application for Prometheus, kept and written by prometheus-client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from service.queries import Backlog, Stats

_BUCKET_BOUNDS_SECONDS: Final = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the histogram of response times: single reads take milliseconds, batches
seconds."""


class Metrics:
    """Counts of this process since its start, and the sizes of the store.

    Each application has a registry of its own, so that several in one process stay separate.

    Parameters
    ----------
    *instruments : MetricWrapperBase
        Counters and histograms that other parts keep.
    """

    def __init__(self, *instruments: MetricWrapperBase) -> None:
        self._requests = Counter(
            "storyfold_requests_total",
            "HTTP requests answered.",
            ["method", "route", "status"],
            registry=None,
        )
        self._request_seconds = Histogram(
            "storyfold_request_seconds",
            "Time until a request was answered or began to be.",
            ["method", "route"],
            buckets=_BUCKET_BOUNDS_SECONDS,
            registry=None,
        )
        self._posted_articles = Counter(
            "storyfold_articles_posted_total",
            "Articles posted, by outcome.",
            ["outcome"],
            registry=None,
        )
        self._vectors = Counter(
            "storyfold_sentence_vectors_total",
            "Sentence vectors, by outcome: made or failed.",
            ["outcome"],
            registry=None,
        )
        self._counted_vectors: dict[str, int] = {}
        self._registry = CollectorRegistry()
        self._registry.register(
            _WithoutCreationTimes(
                self._requests,
                self._request_seconds,
                self._posted_articles,
                self._vectors,
                *instruments,
            )
        )
        ProcessCollector(registry=self._registry)
        self._ready = self._gauge("storyfold_ready", "Whether articles can be stored.")
        self._articles = self._gauge("storyfold_articles", "Articles in the store.")
        self._groups = self._gauge("storyfold_duplicate_groups", "Duplicate groups in the store.")
        self._events = self._gauge("storyfold_events", "Events in the store.")
        self._index_articles = self._gauge(
            "storyfold_index_articles", "Live articles in the index of this process."
        )
        self._log_lag = self._gauge(
            "storyfold_log_lag_changes", "Changes that the index of this process does not have yet."
        )
        self._outdated_features = self._gauge(
            "storyfold_features_outdated", "Articles whose features are to be computed anew."
        )
        self._webhook_backlog = self._gauge(
            "storyfold_webhook_backlog_changes",
            "Changes that the subscriber furthest behind has not received.",
        )
        self._failing_webhooks = self._gauge(
            "storyfold_webhooks_failing", "Subscribers whose last delivery failed."
        )
        self._unfinished_sources = self._gauge(
            "storyfold_sources_unfinished", "Files and feeds that were not read to their end."
        )
        self._last_source_read = self._gauge(
            "storyfold_source_last_read_timestamp_seconds", "When a file or feed was last read."
        )
        self._review_queue = self._gauge(
            "storyfold_review_queue_pairs", "Pairs of articles that editors may be asked about."
        )

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request.

        Parameters
        ----------
        method : str
        route : str
            The route and not the path: there are arbitrarily many paths.
        status : int
        seconds : float
            Time until the response began.
        """
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(method, route).observe(seconds)

    def count_outcomes(self, outcomes: Iterable[str]) -> None:
        """Count posted articles by outcome; "refused" are those with a problem."""
        for outcome in outcomes:
            self._posted_articles.labels(outcome).inc()

    def count_vectors(self, totals: Mapping[str, int]) -> None:
        """Count sentence vectors by outcome; the totals are those since the start."""
        for outcome, total in totals.items():
            self._vectors.labels(outcome).inc(total - self._counted_vectors.get(outcome, 0))
            self._counted_vectors[outcome] = total

    def set_store_size(self, stats: Stats) -> None:
        """Set the current size of the store."""
        self._articles.set(stats.articles)
        self._groups.set(stats.duplicate_groups)
        self._events.set(stats.events)

    def set_index_state(
        self, n_articles: int | None, lag: int | None, n_outdated: int, *, is_ready: bool
    ) -> None:
        """Set the state of the index; what is not known while it loads stays."""
        self._ready.set(is_ready)
        self._outdated_features.set(n_outdated)
        if n_articles is not None:
            self._index_articles.set(n_articles)
        if lag is not None:
            self._log_lag.set(lag)

    def set_backlog(self, backlog: Backlog) -> None:
        """Set what is waiting."""
        self._webhook_backlog.set(backlog.webhook_changes)
        self._failing_webhooks.set(backlog.failing_webhooks)
        self._unfinished_sources.set(backlog.unfinished_sources)
        self._last_source_read.set(backlog.last_source_read)
        self._review_queue.set(backlog.uncertain_pairs)

    def render(self) -> bytes:
        """Return all metrics in the text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        yield from self._registry.collect()

    def _gauge(self, name: str, help_text: str) -> Gauge:
        return Gauge(name, help_text, registry=self._registry)


class _WithoutCreationTimes(Collector):
    """Leaves out the `_created` series of counters and histograms.

    They would double the number of series. The library can only switch them off for the whole
    process.
    """

    def __init__(self, *instruments: MetricWrapperBase) -> None:
        self._instruments = instruments

    def collect(self) -> Iterator[Metric]:
        for instrument in self._instruments:
            for family in instrument.collect():
                family.samples = [
                    sample for sample in family.samples if not sample.name.endswith("_created")
                ]
                yield family

"""Bring the metrics of an application up to date with its index and store."""

from __future__ import annotations

from dataclasses import asdict

from service import queries
from service.engine.writer import IndexWriter
from service.store import Store
from service.web.http.metrics import Metrics


def refresh_metrics(metrics: Metrics, writer: IndexWriter, store: Store) -> None:
    """Set the metrics that are not counted as things happen."""
    backlog = queries.get_backlog(store)
    last_seq = writer.last_seq
    metrics.count_vectors(asdict(writer.vector_counts))
    metrics.set_store_size(queries.get_stats(store))
    metrics.set_index_state(
        writer.n_live,
        None if last_seq is None else max(backlog.last_seq - last_seq, 0),
        writer.n_outdated,
        is_ready=writer.is_ready,
    )
    metrics.set_backlog(backlog)

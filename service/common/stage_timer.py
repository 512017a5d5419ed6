"""Durations of the stages of a write, as a histogram of prometheus-client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from prometheus_client import Histogram

Stage = Literal["features", "process_lock", "store_lock", "catch_up", "judge", "write", "commit"]
"""In the order in which a write passes them. `process_lock` and `store_lock` are waits, for other
requests of this process and for other processes."""

_BUCKET_BOUNDS_SECONDS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0)


class StageTimer:
    """Measures the stages of writes; each index writer has one.

    Attributes
    ----------
    histogram : Histogram
        Seconds by stage, registered nowhere yet.
    """

    def __init__(self) -> None:
        self.histogram = Histogram(
            "storyfold_stage_seconds",
            "Time that a write spent in each of its stages.",
            ["stage"],
            buckets=_BUCKET_BOUNDS_SECONDS,
            registry=None,
        )

    @contextmanager
    def measure(self, stage: Stage) -> Iterator[None]:
        """Measure a block, also if it fails."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.observe(stage, time.perf_counter() - started)

    def observe(self, stage: Stage, seconds: float) -> None:
        """Count a duration that was measured elsewhere."""
        self.histogram.labels(stage).observe(seconds)

"""The metrics of this process as bars: what the system page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

MAX_CALLS: Final = 12
"""Calls that are shown, those that took most of the time."""
_HIGH_QUANTILE: Final = 0.99

LabelsKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountBar:
    """A count, and its share of the largest of its picture."""

    label: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class TimeBar:
    """Durations of one kind.

    Attributes
    ----------
    label : str
    count : int
    mean_seconds : float
    high_seconds : float
        A bound below which 99 of 100 lie; infinite if it is above the largest one that is counted.
    share : float
        Of the time that all of its picture took.
    """

    label: str
    count: int
    mean_seconds: float
    high_seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class SystemState:
    """What the metrics say of a process.

    Attributes
    ----------
    gauges : mapping of str to float
        Metrics with a single value, by name without prefix.
    outcomes : tuple of CountBar
        Posted articles by outcome.
    stages : tuple of TimeBar
        The stages of writes, in the order in which a write passes them.
    calls : tuple of TimeBar
        Calls by method and route, those that took most of the time first.
    """

    gauges: Mapping[str, float]
    outcomes: tuple[CountBar, ...]
    stages: tuple[TimeBar, ...]
    calls: tuple[TimeBar, ...]


def build_system_state(families: Iterable[Metric], stage_order: Iterable[str]) -> SystemState:
    """Build what the system page shows.

    Parameters
    ----------
    families : iterable of Metric
        As `Metrics.collect` yields them.
    stage_order : iterable of str
        The stages of a write, in their order.

    Returns
    -------
    SystemState
    """
    by_name = {family.name: family.samples for family in families}
    position = {stage: number for number, stage in enumerate(stage_order)}
    stages = _build_time_bars(by_name.get("storyfold_stage_seconds", ()))
    calls = _build_time_bars(by_name.get("storyfold_request_seconds", ()))
    return SystemState(
        gauges=dict(_read_gauges(by_name)),
        outcomes=tuple(_build_count_bars(by_name.get("storyfold_articles_posted", ()))),
        stages=tuple(sorted(stages, key=lambda bar: position.get(bar.label, len(position)))),
        calls=tuple(sorted(calls, key=lambda bar: -bar.share)[:MAX_CALLS]),
    )


def _read_gauges(by_name: Mapping[str, Iterable[Sample]]) -> Iterator[tuple[str, float]]:
    for name, samples in by_name.items():
        for sample in samples:
            if sample.name == name and not sample.labels:
                yield name.removeprefix("storyfold_"), sample.value


def _build_count_bars(samples: Iterable[Sample]) -> list[CountBar]:
    counts = {
        sample.labels["outcome"]: int(sample.value)
        for sample in samples
        if sample.name.endswith("_total")
    }
    largest = max(counts.values(), default=0)
    return [
        CountBar(outcome, count, count / largest)
        for outcome, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count
    ]


def _build_time_bars(samples: Iterable[Sample]) -> list[TimeBar]:
    """Bars of one histogram."""
    samples = [*samples]
    buckets = _group_by_labels(samples, "_bucket", lambda sample: float(sample.labels["le"]))
    totals = _group_by_labels(samples, "_sum", lambda _: inf)
    all_seconds = sum(total[inf] for total in totals.values()) or 1.0
    return [
        TimeBar(
            label=" ".join(labels),
            count=int(counts[inf]),
            mean_seconds=totals[labels][inf] / counts[inf],
            high_seconds=min(
                bound for bound, count in counts.items() if count >= _HIGH_QUANTILE * counts[inf]
            ),
            share=totals[labels][inf] / all_seconds,
        )
        for labels, counts in buckets.items()
        if counts[inf]
    ]


def _group_by_labels(
    samples: Iterable[Sample], suffix: str, key: Callable[[Sample], float]
) -> dict[LabelsKey, dict[float, float]]:
    """Values of the samples of one kind, by their labels and a bound."""
    grouped: dict[LabelsKey, dict[float, float]] = {}
    for sample in samples:
        if sample.name.endswith(suffix):
            labels = tuple(value for name, value in sample.labels.items() if name != "le")
            grouped.setdefault(labels, {})[key(sample)] = sample.value
    return grouped

"""The time axis of the charts: positions of times, and labelled ticks.

Horizontal positions are percentages of the chart's width. So a chart fills a wide screen and a
phone alike, while dots stay round and letters keep their size. The content security policy of the
pages forbids inline styles: a chart has positions and classes, and admin.css has the colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from service.common.dates import SECONDS_PER_DAY
from service.common.svg_geometry import scale_linear

SECONDS_PER_MINUTE: Final = 60.0
SECONDS_PER_HOUR: Final = 3600.0
MARGIN_PERCENT: Final = 2.5
"""Part of the width that stays free on each side, so that no dot at the edge is cut off."""
MAX_TICKS: Final = 4
"""Steps on an axis at most: as many labels as fit side by side on a phone."""
TICK_STEPS_SECONDS: Final = (
    *(SECONDS_PER_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(SECONDS_PER_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(SECONDS_PER_DAY * n for n in (1, 2, 4, 7, 14, 30, 60, 122, 365, 730, 1826, 3652)),
)
"""Distances between ticks; an axis takes the first that gives few enough of them."""

TickSide = Literal["start", "middle", "end"]
"""Which end of a label is at its tick; near the edges it keeps the label inside the chart."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on the time axis, at `x` percent of the width."""

    x: float
    label: str
    side: TickSide


def x_percent(
    timestamp: float, first: float, last: float, margin_percent: float = MARGIN_PERCENT
) -> float:
    """Return where a time is on the axis.

    Parameters
    ----------
    timestamp : float
        POSIX seconds.
    first, last : float
        Times at the two ends of the axis.
    margin_percent : float
        Part of the width that is free on each side.

    Returns
    -------
    float
        Percent of the width.
    """
    return scale_linear(timestamp, (first, last), (margin_percent, 100 - margin_percent), digits=2)


def build_ticks(
    first: float, last: float, margin_percent: float = MARGIN_PERCENT
) -> tuple[Tick, ...]:
    """Return the ticks between two times (POSIX seconds), at round times of UTC.

    Parameters
    ----------
    first, last : float
    margin_percent : float
        As for `x_percent`.

    Returns
    -------
    tuple of Tick
        One in the middle if both times are equal.
    """
    if last <= first:
        return (Tick(50, _datetime_label(first), "middle"),)
    step = next(
        (step for step in TICK_STEPS_SECONDS if (last - first) / step <= MAX_TICKS),
        (last - first) / MAX_TICKS,
    )
    start = -(-first // step) * step
    times = [start + n * step for n in range(int((last - start) // step) + 1)]
    labels = _labels(times, step) if len(times) > 1 else [_datetime_label(time) for time in times]
    positions = [x_percent(time, first, last, margin_percent) for time in times]
    return tuple(Tick(x, label, _side(x)) for x, label in zip(positions, labels, strict=True))


def _labels(times: Sequence[float], step: float) -> list[str]:
    moments = [datetime.fromtimestamp(time, UTC) for time in times]
    label = _time_label if step < SECONDS_PER_DAY else _date_label
    previous_moments = [None, *moments]
    return [
        label(moment, previous) for previous, moment in zip(previous_moments, moments, strict=False)
    ]


def _time_label(moment: datetime, previous: datetime | None) -> str:
    """The time of day, with the date if the tick before has another date."""
    if previous and previous.date() == moment.date():
        return f"{moment:%H:%M}"
    day = f"{moment.day} {moment:%b}"
    return f"{day} {moment:%H:%M}" if moment.hour or moment.minute else day


def _date_label(moment: datetime, previous: datetime | None) -> str:
    """The date, with the year if the tick before has another year."""
    day = f"{moment.day} {moment:%b}"
    return day if previous and previous.year == moment.year else f"{day} {moment.year}"


def _datetime_label(timestamp: float) -> str:
    moment = datetime.fromtimestamp(timestamp, UTC)
    return f"{moment.day} {moment:%b %Y %H:%M}"


def _side(x: float) -> TickSide:
    return "start" if x < 12 else "end" if x > 88 else "middle"

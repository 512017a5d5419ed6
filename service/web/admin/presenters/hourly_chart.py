"""Bar chart of events per hour, above the list of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.common.svg_geometry import BarScale, layout_bar
from service.web.admin.presenters.time_axis import SECONDS_PER_HOUR, Tick, build_ticks

MIN_PEAK_COUNT: Final = 4
"""Events of a bar of full height at least, so that a quiet hour looks quiet."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour with `count` events; position and size are percentages of the chart."""

    x: float
    y: float
    width: float
    height: float
    count: int
    start: float
    """Begin of the hour, POSIX seconds."""


@dataclass(frozen=True, slots=True)
class HourlyChart:
    """Events per hour between two times (POSIX seconds)."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    first: float
    last: float
    peak: int
    """Most events in one hour."""


def build_hourly_chart(
    counts: Mapping[int, int], last: float, n_hours: int = 72
) -> HourlyChart | None:
    """Lay out the number of events in each hour.

    Parameters
    ----------
    counts : mapping of int to int
        Events by hour; an hour is POSIX seconds divided by 3600.
    last : float
        A time in the last hour shown, POSIX seconds.
    n_hours : int
        Hours shown.

    Returns
    -------
    HourlyChart or None
        None if these hours have no events.
    """
    end = int(last // SECONDS_PER_HOUR) + 1
    peak = max((counts.get(hour, 0) for hour in range(end - n_hours, end)), default=0)
    if not peak:
        return None
    busy_hours = [hour for hour in range(end - n_hours, end) if counts.get(hour)]
    max_count, width = max(peak, MIN_PEAK_COUNT), 100 / n_hours
    bars = tuple(
        _bar(hour, counts[hour], (hour - end + n_hours) * width, width, max_count)
        for hour in busy_hours
    )
    first, until = (end - n_hours) * SECONDS_PER_HOUR, end * SECONDS_PER_HOUR
    return HourlyChart(bars, build_ticks(first, until, margin_percent=0), first, until, peak)


def _bar(hour: int, count: int, x: float, width: float, max_count: int) -> Bar:
    scale = BarScale(max_value=max_count, full_height=100, baseline=100)
    box = layout_bar(x + 0.1 * width, 0.8 * width, count, scale, digits=2)
    return Bar(*box, count=count, start=hour * SECONDS_PER_HOUR)

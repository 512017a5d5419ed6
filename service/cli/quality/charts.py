"""Geometry of the charts in the quality report; its template draws them as inline SVG.

A chart has its own coordinate system, 320 units wide, about the width of a phone. The style sheet
of the report sets the colours, for light and dark mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10
from typing import Final, NamedTuple

from clustering.learning.calibration import Calibration
from service.common.formatting import format_count
from service.common.svg_geometry import BarScale, layout_bar, scale_linear

WIDTH: Final = 320.0
"""Width of a chart; all margins and heights are in its unit."""
LEFT: Final = 36.0
"""Left margin, wide enough for the labels of the vertical axis."""
BOTTOM: Final = 34.0
"""Bottom margin, for the tick labels and the name of the axis."""
TOP: Final = 10.0
"""Top and right margin."""
PLOT_SIDE: Final = WIDTH - LEFT - TOP
"""Side of the square that holds the reliability curve."""
HEIGHT: Final = 150.0
"""The y coordinate on which the bars of a size distribution stand."""


class SizeRange(NamedTuple):
    """Group sizes from `first` to `last` (None: no upper limit) that share a pair of bars."""

    first: int
    last: int | None

    @property
    def label(self) -> str:
        """The range as it is written below the axis."""
        if self.last is None:
            return f"{self.first}+"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def covers(self, size: int) -> bool:
        """Whether a group size lies in the range."""
        return self.first <= size and (self.last is None or size <= self.last)


_SIZE_RANGES: Final = (
    SizeRange(1, 1),
    SizeRange(2, 2),
    SizeRange(3, 4),
    SizeRange(5, 8),
    SizeRange(9, 16),
    SizeRange(17, 32),
    SizeRange(33, 64),
    SizeRange(65, None),
)
"""Ranges that double in width, since most groups are small and a few are very large."""


@dataclass(frozen=True, slots=True)
class Point:
    """Pairs of about one probability: one dot on the reliability curve."""

    x: float
    y: float
    radius: float
    tooltip: str


@dataclass(frozen=True, slots=True)
class ReliabilityCurve:
    """Expected share of same-event pairs (x) against the observed share (y)."""

    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """The `points` attribute of an SVG polyline."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


@dataclass(frozen=True, slots=True)
class Bar:
    """The articles in groups of one size range; `is_true` for labels, else as clustered."""

    x: float
    y: float
    width: float
    height: float
    is_true: bool
    tooltip: str


@dataclass(frozen=True, slots=True)
class Label:
    """Text below the horizontal axis or left of the vertical one."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class SizeDistribution:
    """Number of articles by size of their group, for true and found groups."""

    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    max_label: Label


class _RangeCount(NamedTuple):
    groups: int
    articles: int


def layout_reliability(calibration: Calibration) -> ReliabilityCurve:
    """Lay out a reliability curve.

    Parameters
    ----------
    calibration : Calibration

    Returns
    -------
    ReliabilityCurve
        One point per bin of probability.
    """
    return ReliabilityCurve(
        tuple(
            Point(
                x=_to_x(each_bin.expected),
                y=_to_y(each_bin.observed),
                radius=round(2 + 1.4 * log10(each_bin.pairs), 1),
                tooltip=f"expected {each_bin.expected:.2f}, observed {each_bin.observed:.2f},"
                f" {format_count(each_bin.pairs, 'pair')}",
            )
            for each_bin in calibration.bins
        )
    )


def layout_distribution(
    true_sizes: Mapping[int, int], found_sizes: Mapping[int, int]
) -> SizeDistribution:
    """Lay out two distributions of group sizes side by side.

    Parameters
    ----------
    true_sizes, found_sizes : mapping of int to int
        Number of groups by group size.

    Returns
    -------
    SizeDistribution
        A pair of bars for each range of sizes that occurs.
    """
    ranges = _ranges_that_occur(true_sizes, found_sizes)
    max_articles = max(
        _count_range(sizes, size_range).articles
        for sizes in (true_sizes, found_sizes)
        for size_range in ranges
    )
    slot_width = (WIDTH - LEFT - TOP) / len(ranges)
    scale = BarScale(max_articles, full_height=HEIGHT - TOP, baseline=HEIGHT)
    bars, labels = [], []
    for slot, size_range in enumerate(ranges):
        slot_start = LEFT + slot * slot_width
        labels.append(Label(round(slot_start + slot_width / 2, 1), HEIGHT + 14, size_range.label))
        for series, sizes in enumerate((true_sizes, found_sizes)):
            count = _count_range(sizes, size_range)
            x = slot_start + slot_width * (0.1 + 0.4 * series)
            box = layout_bar(x, 0.38 * slot_width, count.articles, scale, digits=1)
            is_true = series == 0
            bars.append(Bar(*box, is_true=is_true, tooltip=_tooltip(size_range, count, is_true)))
    return SizeDistribution(
        tuple(bars), tuple(labels), Label(LEFT - 4, TOP + 4, f"{max_articles:,}")
    )


def _ranges_that_occur(*distributions: Mapping[int, int]) -> list[SizeRange]:
    return [
        size_range
        for size_range in _SIZE_RANGES
        if any(_count_range(sizes, size_range).groups for sizes in distributions)
    ]


def _tooltip(size_range: SizeRange, count: _RangeCount, is_true: bool) -> str:
    return (
        f"{'in truth' if is_true else 'found'}: {format_count(count.groups, 'group')} of"
        f" {size_range.label}, {format_count(count.articles, 'article')}"
    )


def _count_range(sizes: Mapping[int, int], size_range: SizeRange) -> _RangeCount:
    """Count the groups whose size lies in a range, and the articles in them."""
    covered = [(n_groups, size) for size, n_groups in sizes.items() if size_range.covers(size)]
    return _RangeCount(
        sum(n_groups for n_groups, _ in covered), sum(n_groups * size for n_groups, size in covered)
    )


def _to_x(share: float) -> float:
    return scale_linear(share, (0, 1), (LEFT, LEFT + PLOT_SIDE), digits=1)


def _to_y(share: float) -> float:
    # SVG counts y downwards.
    return scale_linear(1 - share, (0, 1), (TOP, TOP + PLOT_SIDE), digits=1)

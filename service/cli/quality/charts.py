"""The geometry of the pictures in a report on quality; its template draws them as inline SVG.

A picture has a coordinate system of its own, 320 wide, which is about the width of a telephone;
the style sheet of the report gives the colours, in the light and in the dark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10
from typing import Final

from clustering.learning.calibration import Calibration
from service.common.formatting import format_count

WIDTH: Final = 320.0
LEFT: Final = 36.0
BOTTOM: Final = 34.0
TOP: Final = 10.0
PLOT_SIDE: Final = WIDTH - LEFT - TOP
"""Side of the reliability curve."""
HEIGHT: Final = 150.0
"""Of the bars."""
_SIZE_BINS: Final = ((1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 32), (33, 64), (65, 0))
"""Sizes of groups that share a pair of bars; 0 is no end."""


@dataclass(frozen=True, slots=True)
class Point:
    """Pairs of about one probability, somewhere on the curve."""

    x: float
    y: float
    radius: float
    tooltip: str


@dataclass(frozen=True, slots=True)
class ReliabilityCurve:
    """What was expected (across) and what was observed (up)."""

    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """The line through the points."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `is_true` tells whose."""

    x: float
    y: float
    width: float
    height: float
    is_true: bool
    tooltip: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words below the axis, or beside it."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class SizeDistribution:
    """How many articles lie in groups of which size, in truth and as found."""

    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    max_label: Label


def layout_reliability(calibration: Calibration) -> ReliabilityCurve:
    """Lay out a reliability curve.

    Parameters
    ----------
    calibration : Calibration

    Returns
    -------
    ReliabilityCurve
    """
    return ReliabilityCurve(
        tuple(
            Point(
                x=_to_x(each.expected),
                y=_to_y(each.observed),
                radius=round(2 + 1.4 * log10(each.pairs), 1),
                tooltip=f"expected {each.expected:.2f}, observed {each.observed:.2f},"
                f" {format_count(each.pairs, 'pair')}",
            )
            for each in calibration.bins
        )
    )


def layout_distribution(
    true_sizes: Mapping[int, int], found_sizes: Mapping[int, int]
) -> SizeDistribution:
    """Lay out two distributions of sizes side by side.

    Parameters
    ----------
    true_sizes, found_sizes : mapping of int to int
        How many groups there are of each size.

    Returns
    -------
    SizeDistribution
    """
    spans = [
        span
        for span in _SIZE_BINS
        if _count_bin(true_sizes, span)[0] or _count_bin(found_sizes, span)[0]
    ]
    most = max(_count_bin(sizes, span)[1] for sizes in (true_sizes, found_sizes) for span in spans)
    step = (WIDTH - LEFT - TOP) / len(spans)
    bars, labels = [], []
    for at, span in enumerate(spans):
        start = LEFT + at * step
        labels.append(Label(round(start + step / 2, 1), HEIGHT + 14, _bin_name(span)))
        for place, sizes in enumerate((true_sizes, found_sizes)):
            x = start + step * (0.1 + 0.4 * place)
            bars.append(_layout_bar(x, 0.38 * step, span, _count_bin(sizes, span), most, not place))
    return SizeDistribution(tuple(bars), tuple(labels), Label(LEFT - 4, TOP + 4, f"{most:,}"))


def _layout_bar(
    x: float,
    width: float,
    size_bin: tuple[int, int],
    counts: tuple[int, int],
    max_articles: int,
    is_true: bool,
) -> Bar:
    number, articles = counts
    height = round((HEIGHT - TOP) * articles / max_articles, 1)
    tells = (
        f"{'in truth' if is_true else 'found'}: {format_count(number, 'group')} of {_bin_name(size_bin)},"
        f" {format_count(articles, 'article')}"
    )
    return Bar(round(x, 1), round(HEIGHT - height, 1), round(width, 1), height, is_true, tells)


def _count_bin(sizes: Mapping[int, int], size_bin: tuple[int, int]) -> tuple[int, int]:
    """How many groups of a span of sizes there are, and how many articles in them."""
    inside = [
        (n, size)
        for size, n in sizes.items()
        if size_bin[0] <= size and size <= (size_bin[1] or size)
    ]
    return sum(n for n, _ in inside), sum(n * size for n, size in inside)


def _bin_name(size_bin: tuple[int, int]) -> str:
    first, last = size_bin
    if first == last:
        return str(first)
    return f"{first}-{last}" if last else f"{first}+"


def _to_x(share: float) -> float:
    return round(LEFT + PLOT_SIDE * share, 1)


def _to_y(share: float) -> float:
    return round(TOP + PLOT_SIDE * (1 - share), 1)

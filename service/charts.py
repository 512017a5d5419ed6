"""The geometry of the pictures in a report on quality; its template draws them as inline SVG.

A picture has a coordinate system of its own, 320 wide, which is about the width of a telephone;
the style sheet of the report gives the colours, in the light and in the dark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10
from typing import Final

from clustering.calibration import Calibration
from service.wording import counted

WIDTH: Final = 320.0
LEFT: Final = 36.0
BOTTOM: Final = 34.0
TOP: Final = 10.0
SQUARE: Final = WIDTH - LEFT - TOP
"""Side of the reliability curve."""
HEIGHT: Final = 150.0
"""Of the bars."""
_SPANS: Final = ((1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 32), (33, 64), (65, 0))
"""Sizes of groups that share a pair of bars; 0 is no end."""


@dataclass(frozen=True, slots=True)
class Point:
    """Pairs of about one probability, somewhere on the curve."""

    x: float
    y: float
    radius: float
    tells: str


@dataclass(frozen=True, slots=True)
class Reliability:
    """What was expected (across) and what was observed (up)."""

    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """The line through the points."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `true` tells whose."""

    x: float
    y: float
    width: float
    height: float
    true: bool
    tells: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words below the axis, or beside it."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many articles lie in groups of which size, in truth and as found."""

    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    most: Label


def reliability(calibration: Calibration) -> Reliability:
    """Lay out a reliability curve.

    Parameters
    ----------
    calibration : Calibration

    Returns
    -------
    Reliability
    """
    return Reliability(
        tuple(
            Point(
                x=_across(each.expected),
                y=_up(each.observed),
                radius=round(2 + 1.4 * log10(each.pairs), 1),
                tells=f"expected {each.expected:.2f}, observed {each.observed:.2f},"
                f" {counted(each.pairs, 'pair')}",
            )
            for each in calibration.bins
        )
    )


def distribution(true: Mapping[int, int], found: Mapping[int, int]) -> Distribution:
    """Lay out two distributions of sizes side by side.

    Parameters
    ----------
    true, found : mapping of int to int
        How many groups there are of each size.

    Returns
    -------
    Distribution
    """
    spans = [span for span in _SPANS if _groups(true, span)[0] or _groups(found, span)[0]]
    most = max(_groups(sizes, span)[1] for sizes in (true, found) for span in spans)
    step = (WIDTH - LEFT - TOP) / len(spans)
    bars, labels = [], []
    for at, span in enumerate(spans):
        start = LEFT + at * step
        labels.append(Label(round(start + step / 2, 1), HEIGHT + 14, _name(span)))
        for place, sizes in enumerate((true, found)):
            x = start + step * (0.1 + 0.4 * place)
            bars.append(_bar(x, 0.38 * step, span, _groups(sizes, span), most, not place))
    return Distribution(tuple(bars), tuple(labels), Label(LEFT - 4, TOP + 4, f"{most:,}"))


def _bar(
    x: float, width: float, span: tuple[int, int], groups: tuple[int, int], most: int, true: bool
) -> Bar:
    number, articles = groups
    height = round((HEIGHT - TOP) * articles / most, 1)
    tells = (
        f"{'in truth' if true else 'found'}: {counted(number, 'group')} of {_name(span)},"
        f" {counted(articles, 'article')}"
    )
    return Bar(round(x, 1), round(HEIGHT - height, 1), round(width, 1), height, true, tells)


def _groups(sizes: Mapping[int, int], span: tuple[int, int]) -> tuple[int, int]:
    """How many groups of a span of sizes there are, and how many articles in them."""
    inside = [
        (n, size) for size, n in sizes.items() if span[0] <= size and size <= (span[1] or size)
    ]
    return sum(n for n, _ in inside), sum(n * size for n, size in inside)


def _name(span: tuple[int, int]) -> str:
    first, last = span
    if first == last:
        return str(first)
    return f"{first}-{last}" if last else f"{first}+"


def _across(share: float) -> float:
    return round(LEFT + SQUARE * share, 1)


def _up(share: float) -> float:
    return round(TOP + SQUARE * (1 - share), 1)

"""Scales and bars of the inline SVG charts: of the admin pages and of the quality report.

Hand-written because a chart here is a handful of rectangles and circles in a page whose content
policy forbids inline styles; a plotting library would bring its own fonts, colours and styles.
"""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """The four measures of an SVG rectangle, in the units of its picture."""

    x: float
    y: float
    width: float
    height: float


class BarScale(NamedTuple):
    """How values become heights of bars: all bars of a chart share it."""

    max_value: float
    """The value of a bar of full height."""
    full_height: float
    baseline: float
    """The y coordinate on which the bars stand."""


def fraction_of_interval(value: float, first: float, last: float) -> float:
    """Return how far a value is from `first` to `last`, from 0 to 1; 0.5 if the two are equal."""
    return (value - first) / (last - first) if last > first else 0.5


def scale_linear(
    value: float, domain: tuple[float, float], axis: tuple[float, float], digits: int
) -> float:
    """Map a value of an interval to a position on an axis.

    Parameters
    ----------
    value : float
    domain : tuple of float
        First and last value of the axis.
    axis : tuple of float
        Positions of these two, in the units of the picture.
    digits : int
        Decimals of the result: shorter numbers make a smaller page.

    Returns
    -------
    float
    """
    start, end = axis
    return round(start + (end - start) * fraction_of_interval(value, *domain), digits)


def layout_bar(x: float, width: float, value: float, scale: BarScale, digits: int) -> Box:
    """Return the rectangle of one bar.

    Parameters
    ----------
    x, width : float
        Left edge and width, not rounded yet.
    value : float
    scale : BarScale
    digits : int
        Decimals of `x` and `width`; heights have one.

    Returns
    -------
    Box
    """
    height = round(scale.full_height * value / scale.max_value, 1)
    return Box(round(x, digits), round(scale.baseline - height, 1), round(width, digits), height)

"""Figures measured in turns: storyfold's, those beside it, and their ratio in each round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

_DIGITS: Final = 3


@dataclass(frozen=True)
class Figure:
    """One quantity by round.

    Attributes
    ----------
    name : str
        What is measured, with its unit at the end.
    values : tuple of float
        Those of storyfold.
    beside : str
        What is measured in the same rounds; empty if there is nothing to compare with.
    beside_values : tuple of float
        One for each value, in the same unit.
    """

    name: str
    values: tuple[float, ...]
    beside: str = ""
    beside_values: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def beside_median(self) -> float:
        return median(self.beside_values)

    @property
    def is_rate(self) -> bool:
        """Whether more is better; of times and sizes, less is."""
        return self.name.endswith("/s")

    @property
    def ratios(self) -> list[float]:
        """Storyfold's figure over the other one, by round."""
        return [
            value / beside for value, beside in zip(self.values, self.beside_values, strict=True)
        ]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    def row(self) -> list[str]:
        """Return the cells of a table: medians, ratio, and the lowest and highest ratio."""
        if not self.beside:
            return [self.name, format_number(self.median), "", "", "", _spread(self.values)]
        return [
            self.name,
            format_number(self.median),
            self.beside,
            format_number(self.beside_median),
            format_number(self.ratio),
            _spread(self.ratios),
        ]


def _spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return ""
    return f"{format_number(min(values))} to {format_number(max(values))}"


def format_number(value: float) -> str:
    """Write a number with three digits, and thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{_DIGITS}g}"

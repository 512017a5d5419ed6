"""The ratios of a comparison as a picture: storyfold over what was measured beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import Final
from xml.sax.saxutils import escape

from benchmarks.comparison.figures import Figure, format_number
from service.common.svg_geometry import scale_linear

_PAPER: Final = "#fffefb"
_INK: Final = "#1d1b18"
_SOFT: Final = "#5e574c"
_REST: Final = "#ddd6c8"
_MARK: Final = "#2f6f8f"
_WIDTH: Final = 760
_ROW_HEIGHT: Final = 34
_TOP: Final = 30
_AXIS: Final = (400.0, 690.0)
"""Where the axis begins and ends, between the names and the ratios."""


def draw(figures: Iterable[Figure]) -> str:
    """Draw one line for each figure that has something beside it, on an axis of powers of ten."""
    compared = [figure for figure in figures if figure.beside]
    powers = _powers([ratio for figure in compared for ratio in figure.ratios])
    bottom = _TOP + len(compared) * _ROW_HEIGHT
    parts = [
        *(_tick(power, powers, bottom) for power in range(powers[0], powers[1] + 1)),
        *(_line(figure, number, powers) for number, figure in enumerate(compared)),
    ]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 28}"'
        f' width="{_WIDTH}" height="{bottom + 28}" font-family="sans-serif" font-size="13">\n'
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>\n{body}\n</svg>\n'
    )


def _powers(ratios: Sequence[float]) -> tuple[int, int]:
    """Return the powers of ten around all ratios, and around 1."""
    return floor(log10(min(*ratios, 1.0))), max(1, ceil(log10(max(*ratios, 1.0))))


def _x(ratio: float, powers: tuple[int, int]) -> float:
    return scale_linear(log10(ratio), powers, _AXIS, 1)


def _tick(power: int, powers: tuple[int, int], bottom: int) -> str:
    x, colour = _x(10.0**power, powers), _REST if power else _SOFT
    return (
        f'<line x1="{x}" x2="{x}" y1="{_TOP - 8}" y2="{bottom}" stroke="{colour}"/>'
        f'<text x="{x}" y="{bottom + 18}" text-anchor="middle" fill="{_SOFT}">'
        f"{10.0**power:g}</text>"
    )


def _line(figure: Figure, number: int, powers: tuple[int, int]) -> str:
    y = _TOP + number * _ROW_HEIGHT + 8
    better = "more" if figure.is_rate else "less"
    lowest, highest = (_x(choose(figure.ratios), powers) for choose in (min, max))
    return (
        f'<text x="8" y="{y}" fill="{_INK}">{escape(figure.name)}</text>'
        f'<text x="8" y="{y + 14}" font-size="11" fill="{_SOFT}">'
        f"beside {escape(figure.beside)}; {better} is better</text>"
        f'<line x1="{lowest}" x2="{highest}" y1="{y}" y2="{y}" stroke="{_MARK}" stroke-width="3"/>'
        f'<circle cx="{_x(figure.ratio, powers)}" cy="{y}" r="5" fill="{_MARK}"/>'
        f'<text x="{_WIDTH - 8}" y="{y + 4}" text-anchor="end" fill="{_INK}">'
        f"{format_number(figure.ratio)}</text>"
    )

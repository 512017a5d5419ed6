"""JSON as the standard defines it: Python's parser also accepts NaN and Infinity."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, NoReturn

MAX_DEPTH: Final = 100
"""Deepest nesting of arrays and objects; what reads a value may call itself so often."""
_TOO_DEEP: Final = f"nested too deeply, by more than {MAX_DEPTH} levels"


def parse(text: str) -> object:
    """Parse a JSON text.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        If the text is not JSON, contains NaN or Infinity, or is nested deeper than `MAX_DEPTH`.
    """
    try:
        value: object = json.loads(text, parse_constant=_reject_constant)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    # Counting brackets is fast, and only a text with many of them can be nested deeply.
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(value)
    return value


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for container in level for child in _children(container)]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")

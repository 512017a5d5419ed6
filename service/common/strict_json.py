"""JSON as the standard defines it: Python's parser also accepts NaN and Infinity."""

from __future__ import annotations

import json
from typing import NoReturn


def parse(text: str) -> object:
    """Parse a JSON text.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        If the text is not JSON, or contains NaN or Infinity.
    RecursionError
        If it is nested too deeply.
    """
    return json.loads(text, parse_constant=_reject_constant)


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")

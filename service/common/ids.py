"""Public ids of numbered objects: events ``e1``, duplicate groups ``g1``, decisions ``d1``."""

from __future__ import annotations

import re
from typing import Literal

IdKind = Literal["e", "g", "d"]
_MAX_NUMBER = 2**63 - 1
"""Largest number that a database column can hold."""
_ID_PATTERN = re.compile(r"([egd])([1-9][0-9]{0,18})\Z", re.ASCII)


def pattern(kind: IdKind) -> str:
    """Return the regular expression of the public ids of a kind, as JSON Schema writes it."""
    return f"^{kind}[1-9][0-9]{{0,18}}$"


def encode(kind: IdKind, number: int) -> str:
    """Return the public id of event ("e"), group ("g") or decision ("d") `number`."""
    return f"{kind}{number}"


def decode(kind: IdKind, encoded: str) -> int | None:
    """Return the number of a public id, or None if the id is malformed or of another kind."""
    match = _ID_PATTERN.match(encoded)
    if match is None or match[1] != kind:
        return None
    number = int(match[2])
    return number if number <= _MAX_NUMBER else None

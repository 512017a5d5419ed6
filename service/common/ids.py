"""Numbers inside, ids outside: events are ``e1``, duplicate groups ``g1``, decisions ``d1``."""

from __future__ import annotations

import re
from typing import Literal

IdKind = Literal["e", "g", "d"]
_MAX_NUMBER = 2**63 - 1
_ID_PATTERN = re.compile(r"([egd])([1-9][0-9]{0,18})\Z", re.ASCII)


def encode(kind: IdKind, number: int) -> str:
    """Return the outside name of event ("e"), group ("g") or decision ("d") `number`."""
    return f"{kind}{number}"


def decode(kind: IdKind, encoded: str) -> int | None:
    """Return the number behind an outside name, or None if it can't be one."""
    form = _ID_PATTERN.match(encoded)
    if form is None or form[1] != kind:
        return None
    number = int(form[2])
    return number if number <= _MAX_NUMBER else None

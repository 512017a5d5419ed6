"""Parse dates as news sites write them; convert POSIX seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

SECONDS_PER_DAY: Final = 86400.0
"""Seconds of a day in UTC; POSIX time has no leap seconds."""

_RFC_2822: Final = re.compile(
    r"(?:[A-Za-z]{3},? +)?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d(?::\d\d)?(?: \S.*)?\Z", re.ASCII
)
_SPACED_UTC: Final = re.compile(r" +(?:UTC|GMT|Z)\Z")
_SPACED_OFFSET: Final = re.compile(r" +(?=[+-]\d\d)")


def parse(text: str) -> float:
    """Parse an ISO 8601 or RFC 2822 date.

    Parameters
    ----------
    text : str
        Without a time zone it is UTC, without a time midnight.

    Returns
    -------
    float
        POSIX seconds.

    Raises
    ------
    ValueError
        If it is neither, or no such day or time exists.
    """
    text = text.strip()
    try:
        moment = parsedate_to_datetime(text) if _RFC_2822.match(text) else _parse_iso(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError, TypeError):
        raise ValueError("not a date: expected ISO 8601, such as 2025-05-04T09:30:00Z") from None


def _parse_iso(text: str) -> datetime:
    if not text.isascii():
        raise ValueError
    return datetime.fromisoformat(_SPACED_OFFSET.sub("", _SPACED_UTC.sub("Z", text)))


def from_timestamp(seconds: float) -> datetime:
    """Return the UTC time of POSIX seconds."""
    return datetime.fromtimestamp(seconds, UTC)

"""Format times, durations and numbers for pages, messages and tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

TIME_UNITS: Final = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=30)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)
"""Units of `format_duration`, longest first; months and years are rounded."""
_UNDER_A_MINUTE: Final = "under a minute"


def format_iso(moment: datetime) -> str:
    """Return the time in ISO 8601 and UTC, for machines: "2025-05-04T14:32:00Z"."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def format_datetime(moment: datetime) -> str:
    """Return date and time in UTC: "4 May 2025, 14:32"."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def format_date(moment: datetime) -> str:
    """Return the date in UTC: "4 May 2025"."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y}"


def format_relative(moment: datetime, now: datetime | None = None) -> str:
    """Return the distance from now: "3 hours ago", "in 2 days" or "just now"."""
    gap = (now or datetime.now(UTC)) - moment
    duration = format_duration(abs(gap))
    if duration == _UNDER_A_MINUTE:
        return "just now"
    return f"{duration} ago" if gap > timedelta(0) else f"in {duration}"


def format_duration(duration: timedelta) -> str:
    """Return a duration in its largest whole unit: "3 hours"."""
    for name, unit in TIME_UNITS:
        count = duration // unit
        if count:
            return format_count(count, name)
    return _UNDER_A_MINUTE


def format_count(count: int, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun: "1 copy", "2,000 copies"."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def format_percent(share: float) -> str:
    """Return a share (0 to 1) as a percentage; only 1 is shown as 100 %, and only 0 as 0 %."""
    if share >= 1:
        return "100 %"
    return f"{min(100 * share, 99):.0f} %" if share >= 0.01 or share == 0 else "under 1 %"

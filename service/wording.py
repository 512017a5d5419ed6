"""Times and numbers in words, for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

UNITS = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=30)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)


def iso(at: datetime) -> str:
    """Return the time as machines read it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def minute(at: datetime) -> str:
    """Return the time as forms send it: "2025-05-04T14:32"."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def absolute(at: datetime) -> str:
    """Return day and time of day in UTC: "4 May 2025, 14:32"."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M}"


def day(at: datetime) -> str:
    """Return the day in UTC: "Sunday 4 May 2025"."""
    at = at.astimezone(UTC)
    return f"{at:%A} {at.day} {at:%B %Y}"


def clock(at: datetime) -> str:
    """Return the time of day in UTC."""
    return f"{at.astimezone(UTC):%H:%M}"


def relative(at: datetime, now: datetime | None = None) -> str:
    """Return how long ago it was ("3 hours ago"), or how far ahead it is ("in 2 days")."""
    gap = (now or datetime.now(UTC)) - at
    words = span(abs(gap))
    if words == "under a minute":
        return "just now"
    return f"{words} ago" if gap > timedelta(0) else f"in {words}"


def span(length: timedelta) -> str:
    """Return a length of time in its largest whole unit: "3 hours"."""
    for name, unit in UNITS:
        count = length // unit
        if count:
            return counted(count, name)
    return "under a minute"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: "1 copy", "2,000 copies"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """Return a share as a percentage; only what is whole is called 100 %."""
    if share >= 1:
        return "100 %"
    return f"{min(100 * share, 99):.0f} %" if share >= 0.01 or share == 0 else "under 1 %"

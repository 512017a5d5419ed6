"""Times and numbers in words, for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TIME_UNITS = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=30)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)


def format_iso(moment: datetime) -> str:
    """Return the time as machines read it, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def format_minute(moment: datetime) -> str:
    """Return the time as forms send it: "2025-05-04T14:32"."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}"


def format_datetime(moment: datetime) -> str:
    """Return day and time of day in UTC: "4 May 2025, 14:32"."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def format_day(moment: datetime) -> str:
    """Return the day in UTC: "Sunday 4 May 2025"."""
    moment = moment.astimezone(UTC)
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def format_time(moment: datetime) -> str:
    """Return the time of day in UTC."""
    return f"{moment.astimezone(UTC):%H:%M}"


def format_relative(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago it was ("3 hours ago"), or how far ahead it is ("in 2 days")."""
    gap = (now or datetime.now(UTC)) - moment
    words = format_duration(abs(gap))
    if words == "under a minute":
        return "just now"
    return f"{words} ago" if gap > timedelta(0) else f"in {words}"


def format_duration(duration: timedelta) -> str:
    """Return a length of time in its largest whole unit: "3 hours"."""
    for name, unit in TIME_UNITS:
        count = duration // unit
        if count:
            return format_count(count, name)
    return "under a minute"


def format_count(count: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: "1 copy", "2,000 copies"."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def format_percent(share: float) -> str:
    """Return a share as a percentage; only what is whole is called 100 %."""
    if share >= 1:
        return "100 %"
    return f"{min(100 * share, 99):.0f} %" if share >= 0.01 or share == 0 else "under 1 %"

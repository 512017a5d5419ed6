"""Parse dates as news sites and feeds write them; convert POSIX seconds."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from service.common.written_dates import parse_written

SECONDS_PER_DAY: Final = 86400.0
"""Seconds of a day in UTC; POSIX time has no leap seconds."""
_ZONE_STEP_SECONDS: Final = 900.0
"""All zones differ from UTC by a multiple of this, so every midnight is one."""

_RFC_2822: Final = re.compile(
    r"(?:[A-Za-z]{3},? +)?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d(?::\d\d)?"
    r"(?: (?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)(?: \([^()]*\))?)?\Z",
    re.ASCII,
)
_SPACED_UTC: Final = re.compile(r" +(?:UTC|GMT|Z)\Z")
_SPACED_OFFSET: Final = re.compile(r" +(?=[+-]\d\d)")
_ORDINAL_DATE: Final = re.compile(r"(\d{4})-?(\d{3})(?=T|\Z)")
_LEAP_SECOND: Final = re.compile(r"(?<=:\d\d:)60(?!\d)")
_SHORT_HOUR: Final = re.compile(r"(?<=T)(?=\d:)")
_ZONE_AFTER_OFFSET: Final = re.compile(r"(?<=[\dZ])\[[A-Za-z_/+-]+\]\Z")
_MIDNIGHT_24: Final = re.compile(r"(?<=[T ])24(?=(?::?00)*(?:[Z+-]|\Z))")
_RARE_ISO: Final = {
    _MIDNIGHT_24: "00",
    _SHORT_HOUR: "0",
    _ZONE_AFTER_OFFSET: "",
}
_NAMED_ZONE: Final = re.compile(r":\d\d(?:\.\d+)? ?\(?[A-Z][A-Za-z_/]+(?:[+-][\d:]+)?\)?\Z")
_ISO_SHAPE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T|\Z)")

_EPOCH: Final = re.compile(r"(?:\d{9,10}|\d{13})(?:\.\d+)?|\d{16}|\d{19}")
_EXPONENT: Final = re.compile(r"1\.\d+e\+?0?(?:9|12)", re.IGNORECASE)
"""POSIX seconds or milliseconds as spreadsheets write large numbers."""
_DOT_NET: Final = re.compile(r"/Date\((\d+)(?:[+-]\d{4})?\)/")
"""Milliseconds as JSON of .NET has them; the zone after them does not change the moment."""
_COMPACT: Final = re.compile(r"(\d{8})(\d{4}(?:\d\d)?)\Z")


class ParsedDate(NamedTuple):
    """A date that was read."""

    seconds: float
    """POSIX seconds."""
    has_time: bool
    """False if only the day is known, and `seconds` is its beginning in UTC."""
    is_midnight: bool = False
    """Whether it is the beginning of a day in its own time zone, as many sites pad a mere day."""


def parse(text: str) -> float:
    """Parse a date as `parse_date` does, and return its POSIX seconds."""
    return parse_date(text).seconds


def parse_date(text: str) -> ParsedDate:
    """Parse a date in ISO 8601, as in RFC 2822, in POSIX seconds, or as people write it.

    Parameters
    ----------
    text : str
        Without a time zone it is UTC, without a time midnight. Names of months and days may be in
        any of `written_dates.LANGUAGES`; a wrong name of a day does no harm.

    Returns
    -------
    ParsedDate

    Raises
    ------
    ValueError
        If no one day is meant, or no such day or time exists.
    """
    text = _LEAP_SECOND.sub("59", _clean(text))
    try:
        return _parse_standard(text) or _parse_number(text) or _to_parsed(*parse_written(text))
    except (ValueError, OverflowError, TypeError):
        raise ValueError("not a date: expected ISO 8601, such as 2025-05-04T09:30:00Z") from None


def read_stored(published_at: str | None) -> ParsedDate | None:
    """Parse a date that was stored as submitted; None if it is missing or can't be read."""
    try:
        return parse_date(published_at) if published_at else None
    except ValueError:
        return None


def is_date_only(published_at: str | None, published: float | None) -> bool:
    """Whether a stored date names only a day; `published` is what was read from it."""
    if published is None or published % _ZONE_STEP_SECONDS:
        return False
    read = read_stored(published_at)
    return read is not None and read.is_midnight


def from_timestamp(seconds: float) -> datetime:
    """Return the UTC time of POSIX seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def _clean(text: str) -> str:
    """Write digits as ASCII and spaces as one; invisible marks of direction go."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(
            str(unicodedata.decimal(character, character))
            for character in text
            if unicodedata.category(character) != "Cf"
        )
    return " ".join(text.split())


def _parse_standard(text: str) -> ParsedDate | None:
    """Parse ISO 8601 or RFC 2822; return None if the text is neither."""
    try:
        if _RFC_2822.match(text):
            return _to_parsed(parsedate_to_datetime(text), True)
        return _parse_iso(text)
    except (ValueError, IndexError):
        if _ISO_SHAPE.match(text):
            date.fromisoformat(text[: len("2025-05-04")])  # there is no such day, if this fails
            if not _NAMED_ZONE.search(text):
                raise ValueError from None  # there is no such time
        return None


def _parse_iso(text: str) -> ParsedDate:
    text = _SPACED_OFFSET.sub("", _SPACED_UTC.sub("Z", text))
    try:
        return _to_parsed(datetime.fromisoformat(text), not _is_day(text))
    except ValueError:
        return _parse_rare_iso(text)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _parse_rare_iso(text: str) -> ParsedDate:
    """Parse what Python leaves out: days of a year, 24:00, leap seconds, names of zones."""
    day_of_year = _ORDINAL_DATE.match(text)
    if day_of_year is not None:
        day = datetime.strptime("".join(day_of_year.groups()), "%Y%j").replace(tzinfo=UTC)
        text = f"{day:%Y-%m-%d}{text[day_of_year.end() :]}"
    is_next_day = _MIDNIGHT_24.search(text) is not None
    for pattern, replacement in _RARE_ISO.items():
        text = pattern.sub(replacement, text)
    moment = datetime.fromisoformat(text)
    return _to_parsed(moment + timedelta(days=is_next_day), not _is_day(text))


def _parse_number(text: str) -> ParsedDate | None:
    """Parse POSIX seconds, or smaller units of them, and digits without separators."""
    if dot_net := _DOT_NET.fullmatch(text):
        text = dot_net[1]
    elif _EXPONENT.fullmatch(text):
        text = f"{float(text):.0f}"
    if _EPOCH.fullmatch(text):
        whole_digits = len(text.partition(".")[0])
        seconds = float(text) / 10 ** max(0, whole_digits - 10)
        return ParsedDate(seconds, has_time=True, is_midnight=not seconds % SECONDS_PER_DAY)
    compact = _COMPACT.match(text)
    return _parse_iso("T".join(compact.groups())) if compact else None


def _to_parsed(moment: datetime, has_time: bool) -> ParsedDate:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return ParsedDate(moment.timestamp(), has_time, is_midnight=moment.time() == time.min)

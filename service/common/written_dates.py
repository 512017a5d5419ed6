"""Dates as people write them in many languages, read with dateparser.

dateparser guesses where a date is incomplete or ambiguous. What it gets to read here is neither.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from service.common import month_names

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

LANGUAGES: Final = (
    *("ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fil", "fr", "he"),
    *("hi", "hu", "id", "is", "it", "ja", "ko", "lt", "lv", "mk", "ms", "nb", "nl", "pl", "pt"),
    *("ro", "ru", "sh", "sk", "sl", "sv", "ta", "tr", "uk", "ur", "vi", "zh"),
)
"""Languages whose names of months and days are read: those of wordfreq."""

_LOCALES: Final = {"sh": ("sr-Latn", "sr-Cyrl", "hr", "bs")}
"""dateparser's names of a language, where they differ."""
_FILLERS: Final = (
    *("t", "m", "d", "gada", "uhr", "kl", "klo", "at", "um", "à"),
    *("laurdag", "sundag", "tysdag", "понедјељак", "сриједа", "недјеља"),
)
"""Words of dates that dateparser does not know as such in every language."""
_CACHED_DATES: Final = 10_000
"""Dates that are remembered: it takes milliseconds to read one, and many articles have the same."""
_MAX_CHARS: Final = 100
"""Longest text that is looked at; no date is as long."""

_DAY_MONTH_YEAR: Final = re.compile(r"(?<!\d)(\d{1,2})(\. ?|[/-])(\d{1,2})\2(\d{4}|\d\d)(?!\d)\.?")
_YEAR_MONTH_DAY: Final = re.compile(r"(?<!\d)(\d{4})(\. ?|[/-])(\d{1,2})\2(\d{1,2})(?!\d)\.?")
_BARE_NUMBERS: Final = re.compile(r"\d{1,2} \d{1,2} \d{2,4}\b")
_MONTHS: Final = 12
_FULL_YEAR: Final = 4
_LAST_CENTURY: Final = 69
"""Two digits of a year from here on are of the twentieth century, as POSIX has it."""
_ZONE_NAME: Final = re.compile(r"\s*[\[(]?\b([A-Z][A-Za-z_]+/[A-Za-z_/+-]+)[\])]?\Z")
_ZONE_ABBREVIATIONS: Final = {
    "IST": "Asia/Kolkata",
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
"""Abbreviations that dateparser takes for another zone, or for one without daylight saving time."""
_ZONE_ABBREVIATION: Final = re.compile(rf"\s*\b({'|'.join(_ZONE_ABBREVIATIONS)})\b")
_JAPANESE_WEEKDAY: Final = re.compile(r"[月火水木金土日]曜日?|\([月火水木金土日]\)")
_HEBREW_ABBREVIATION: Final = re.compile(r"\bב?([א-ת]+)׳")
_TIME_SEPARATOR: Final = re.compile(r"(?<=\d)T(?=\d\d:)|(?<=:\d\d)(?=[A-Z]{3,5}\b)")
_ZONE_BEFORE_YEAR: Final = re.compile(r"(:\d\d) ([+-]\d{4}) (\d{4})\Z")
"""As in "Sun May 04 06:30:00 +0000 2025", of social networks."""
_LABEL: Final = re.compile(r"\A[^\W\d]+(?: [^\W\d]+){0,2} ?: ")
"""As in "Published: 4 May 2025"."""
_HOUR_SIGN: Final = re.compile(r"(?<=\d) ?h ?(?=\d\d\b)|(?<=\d)時(?=\d\d?分)")
_MINUTE_SIGN: Final = re.compile(r"(?<=:\d\d)分")


@lru_cache(maxsize=_CACHED_DATES)
def parse_written(text: str) -> tuple[datetime, bool]:
    """Parse a date in words, or in numbers in the order of a country.

    Parameters
    ----------
    text : str
        With ASCII digits and single spaces.

    Returns
    -------
    moment : datetime
        Without a zone if none is named.
    has_time : bool

    Raises
    ------
    ValueError
        If it is none, or several can be meant, as by 04/05/2025.
    """
    if len(text) > _MAX_CHARS:
        raise ValueError
    text, zone = _split_zone(_simplify(text))
    reordered, n_dates = _YEAR_MONTH_DAY.subn(_reorder_year_first, text)
    if not n_dates:
        reordered = _DAY_MONTH_YEAR.sub(_reorder, text)
    if _BARE_NUMBERS.match(text):
        raise ValueError
    parser = _load_parser("YMD" if n_dates or reordered != text else "DMY")
    found = parser.get_date_data(reordered)
    moment: datetime | None = found.date_obj
    if moment is None:
        raise ValueError
    if zone is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment, found.period == "time"


def _simplify(text: str) -> str:
    """Write times with a colon, and what dateparser can't read in a way that it can."""
    text = _ZONE_BEFORE_YEAR.sub(r"\1 \3 \2", _LABEL.sub("", text))
    text = month_names.standardise(_JAPANESE_WEEKDAY.sub(" ", text))
    text = _TIME_SEPARATOR.sub(" ", _HEBREW_ABBREVIATION.sub(r"\1", text))
    return _MINUTE_SIGN.sub("", _HOUR_SIGN.sub(":", text))


def _split_zone(text: str) -> tuple[str, ZoneInfo | None]:
    """Split off the name of a zone, such as Europe/Berlin, or an abbreviation of our own table."""
    abbreviated = _ZONE_ABBREVIATION.search(text)
    if abbreviated is not None:
        zone = ZoneInfo(_ZONE_ABBREVIATIONS[abbreviated[1]])
        return text[: abbreviated.start()] + text[abbreviated.end() :], zone
    named = _ZONE_NAME.search(text)
    if named is None:
        return text, None
    try:
        return text[: named.start()], ZoneInfo(named[1])
    except (KeyError, OSError):
        raise ValueError from None


def _reorder(numbers: re.Match[str]) -> str:
    """Write day, month and year in ISO's order, if there is no doubt which is which."""
    first, separator, second, year = numbers.groups()
    day, month = int(first), int(second)
    if not separator.startswith("."):
        is_ambiguous = len(year) < _FULL_YEAR or (max(day, month) <= _MONTHS and day != month)
        if is_ambiguous:
            raise ValueError
        day, month = max(day, month), min(day, month)
    return f"{_full_year(year)}-{month:02}-{day:02}"


def _reorder_year_first(numbers: re.Match[str]) -> str:
    year, _, month, day = numbers.groups()
    return f"{year}-{int(month):02}-{int(day):02}"


def _full_year(year: str) -> int:
    number = int(year)
    return number if len(year) == _FULL_YEAR else full_year_of(number)


def full_year_of(two_digits: int) -> int:
    """Return the year that its last two digits mean."""
    return two_digits + (1900 if two_digits >= _LAST_CENTURY else 2000)


@cache
def _load_parser(order: str) -> DateDataParser:
    """Load dateparser, which is slow to import, for the few dates that need it."""
    from dateparser.date import DateDataParser

    settings = {
        "PARSERS": ["absolute-time"],  # neither "yesterday" nor numbers of which it would guess
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RETURN_TIME_AS_PERIOD": True,
        "DATE_ORDER": order,
        "PREFER_LOCALE_DATE_ORDER": False,
        "SKIP_TOKENS": list(_FILLERS),
    }
    locales = [name for language in LANGUAGES for name in _LOCALES.get(language, (language,))]
    return DateDataParser(languages=locales, settings=settings)

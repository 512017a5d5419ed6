"""Whether day or month comes first in dates such as 04/05/2025.

The numbers alone do not say. Other dates of the same source may, or the language and country: the
orders by locale are those of the Unicode CLDR, as dateparser has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

import langcodes

from service.common.written_dates import full_year_of

DateOrder = Literal["DMY", "MDY"]

_NUMBERS: Final = re.compile(r"(?<!\d)(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
_MONTHS: Final = 12
_FULL_YEAR: Final = 4
_ORDERS: Final[dict[str, DateOrder]] = {"DMY": "DMY", "MDY": "MDY"}


def find_order(dates: Iterable[str]) -> DateOrder | None:
    """Return the order that some dates of one source show; None if none does, or they differ."""
    shown = {order for date in dates if (order := _shown_order(date)) is not None}
    return shown.pop() if len(shown) == 1 else None


@lru_cache(maxsize=256)
def order_of_language(tag: str) -> DateOrder | None:
    """Return the order in which a language is written; None if it is unknown.

    Parameters
    ----------
    tag : str
        Such as "fr" or "en-GB". English without a country may be either, and so may countries that
        usually put the year first.
    """
    from dateparser.languages.loader import LocaleDataLoader

    try:
        language = langcodes.get(tag)
    except ValueError:
        return None
    code = language.language or "und"
    if code == "en" and not language.territory:
        return None
    for locale in (f"{code}-{language.territory}", code):
        try:
            order = LocaleDataLoader().get_locale(locale).info.get("date_order")
        except ValueError:  # dateparser has no such locale
            continue
        return _ORDERS.get(str(order))
    return None


def rewrite(text: str, order: DateOrder) -> str | None:
    """Write the day of a date in the order of ISO 8601; None if it has no such numbers.

    Parameters
    ----------
    text : str
        "04/05/2025 07:30" becomes "2025-05-04 07:30" in the order DMY.
    order : DateOrder
    """
    numbers = _NUMBERS.search(text)
    if numbers is None:
        return None
    first, _, second, year = numbers.groups()
    day, month = (first, second) if order == "DMY" else (second, first)
    full_year = year if len(year) == _FULL_YEAR else str(full_year_of(int(year)))
    iso = f"{full_year}-{int(month):02}-{int(day):02}"
    return text[: numbers.start()] + iso + text[numbers.end() :]


def _shown_order(date: str) -> DateOrder | None:
    """The order that one number above 12 shows; a short year could be such a number itself."""
    numbers = _NUMBERS.search(date)
    if numbers is None or len(numbers[4]) < _FULL_YEAR:
        return None
    first, second = int(numbers[1]), int(numbers[3])
    if first > _MONTHS >= second:
        return "DMY"
    return "MDY" if second > _MONTHS >= first else None

"""Names of months that dateparser does not know, or takes for another month.

The names are those of the Unicode CLDR for the locales that are named here.
"""

from __future__ import annotations

import re
from typing import Final

_STANDARD_NAMES: Final = {
    # ar-IQ, ar-JO, ar-LB, ar-PS, ar-SY
    "كانون الثاني": "يناير",
    "شباط": "فبراير",
    "آذار": "مارس",
    "نيسان": "أبريل",
    "أيار": "مايو",
    "حزيران": "يونيو",
    "تموز": "يوليو",
    "آب": "أغسطس",
    "أيلول": "سبتمبر",
    "تشرين الأول": "أكتوبر",
    "تشرين الثاني": "نوفمبر",
    "كانون الأول": "ديسمبر",
    # ar-DZ, ar-TN
    "جانفي": "يناير",
    "فيفري": "فبراير",
    "أفريل": "أبريل",
    "ماي": "مايو",
    "جوان": "يونيو",
    "جويلية": "يوليو",
    "أوت": "أغسطس",
    # ar-MA, ar-MR
    "إبريل": "أبريل",
    "يوليوز": "يوليو",
    "غشت": "أغسطس",
    "أغشت": "أغسطس",
    "شتنبر": "سبتمبر",
    "شتمبر": "سبتمبر",
    "نونبر": "نوفمبر",
    "دجنبر": "ديسمبر",
    "دجمبر": "ديسمبر",
    # bn-IN, fr-CA, hi
    "সেপ্টেঃ": "সেপ্টেম্বর",
    "অক্টোঃ": "অক্টোবর",
    "juill.": "juillet",
    "jui.": "juin",
    "अक्टू॰": "अक्टूबर",
    "अक्टू.": "अक्टूबर",
    "अक्टू": "अक्टूबर",
}
_NAME: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(_STANDARD_NAMES, reverse=True)))})(?=[ ,،])"
)
_CROATIAN: Final = re.compile(r"\b(\d{1,2}\.) (lip|srp|lis)(?:anj|nja|topada?)?\.? (\d{4}\.)")
"""Other months in Polish and Czech, which write no point after the year."""
_CROATIAN_NUMBERS: Final = {"lip": "6", "srp": "7", "lis": "10"}


def standardise(text: str) -> str:
    """Write the names of months in a date as dateparser reads them."""
    text = _NAME.sub(lambda name: _STANDARD_NAMES[name[0]], text)
    return _CROATIAN.sub(lambda it: f"{it[1]}{_CROATIAN_NUMBERS[it[2]]}.{it[3]}", text)

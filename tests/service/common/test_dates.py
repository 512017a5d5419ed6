from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import babel.dates
import pytest
import wordfreq
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from service.common.dates import ParsedDate, from_timestamp, is_date_only, parse, parse_date
from service.common.written_dates import LANGUAGES

MORNING = datetime(2025, 5, 4, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2025-05-04T06:30:00Z",
        "2025-05-04T06:30",
        "2025-05-04 06:30:00",
        "2025-05-04T08:30:00+02:00",
        "2025-05-04 08:30:00 +0200",
        "2025-05-04 06:30:00 UTC",
        "20250504T063000Z",
        "2025-W18-7T06:30",
        "Sun, 04 May 2025 06:30:00 GMT",
        "Sun, 4 May 2025 08:30:00 +0200",
        "4 May 2025 06:30",
        "  2025-05-04T06:30:00.000000Z ",
        "2025-05-04T6:30Z",
        "2025-124T06:30",
        "2025-05-04T08:30:00+02:00[Europe/Paris]",
        "20250504063000",
        "202505040630",
        "1746340200",
        "1746340200.0",
        "1746340200000",
        "1746340200000.0",
        "Tue, 4 May 2025 06:30:00",
        "So, 04 Mai 2025 06:30:00",
        "04.05.2025 6:30",
        "4. 5. 2025 06.30 Uhr",
        "2025. 5. 4. 06:30",
        "2025/5/4 06:30:00",
        "Sunday, May 4, 2025 - 06:30",
        "May 4th, 2025 at 6:30am",
        "dimanche 4 mai 2025 à 06 h 30",
        "2025年5月4日(日)06時30分",
        "٢٠٢٥-٠٥-٠٤ ٠٦:٣٠",
        "Sun May 04 06:30:00 UTC 2025",
        "Sun May 04 2025 08:30:00 GMT+0200 (Eastern European Standard Time)",
    ],
)
def test_all_formats_of_one_time_are_parsed(text: str) -> None:
    assert from_timestamp(parse(text)) == MORNING


def test_date_without_time_is_midnight_utc() -> None:
    assert from_timestamp(parse("2025-05-04")) == datetime(2025, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2025-02-30",
        "2025-13-01",
        "2025-05-04T25:00",
        "2025-05-04T25:00 CET",
        "2025-02-30T06:30:00 Europe/Berlin",
        "2025-30-05",
        "2025",
        "32 May 2025 06:30",
        "04/05/2025",
        "4-5-25",
        "4 5 2025",
        "May 2025",
        "06:30",
        "yesterday",
        "0000-00-00 00:00:00",
        "4 May 2025 - 5 May 2025",
        "Sun, 04 May 2025 06:30:00 QQT",
        "2025-05-04 06:30 Europe/Atlantis",
        "2025-05-04T06:30:00+99:00",
        "Sun, 30 Feb 2025 06:30:00 GMT",
    ],
)
def test_invalid_date_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        parse(text)


@pytest.mark.parametrize(
    ("zone", "offset_hours"),
    [
        *(("GMT", 0), ("Z", 0), ("EST", -5), ("EDT", -4), ("PST", -8), ("BST", 1), ("CET", 1)),
        *(("MEZ", 1), ("CEST", 2), ("MSK", 3), ("IST", 5.5), ("JST", 9), ("AEST", 10)),
        *(("GMT+3", 3), ("UTC-03:30", -3.5), ("+0545", 5.75), ("ET", -4), ("PT", -7)),
        *(("Europe/Berlin", 2), ("America/New_York", -4), ("(CEST)", 2)),
    ],
)
@pytest.mark.parametrize(
    "date", ["Sun, 04 May 2025 06:30:00", "2025-05-04 06:30", "2025-05-04T06:30:00"]
)
def test_zone_counts_with_its_offset(date: str, zone: str, offset_hours: float) -> None:
    assert from_timestamp(parse(f"{date} {zone}")) == MORNING - timedelta(hours=offset_hours)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("16.11.26", "2026-11-16"),
        ("16 Nov 26", "2026-11-16"),
        ("3 Mar 99", "1999-03-03"),
        ("05/13/2025", "2025-05-13"),
        ("13/05/2025", "2025-05-13"),
        ("5/5/2025", "2025-05-05"),
        ("13-05-2025", "2025-05-13"),
    ],
)
def test_order_of_numbers_is_read_where_it_is_beyond_doubt(text: str, day: str) -> None:
    assert parse_date(text) == ParsedDate(parse(day), has_time=False, is_midnight=True)


def test_end_of_a_day_and_leap_second_are_times() -> None:
    assert parse("2025-05-03T24:00:00Z") == parse("2025-05-04T00:00:00Z")
    assert parse("2016-12-31T23:59:60Z") == parse("2016-12-31T23:59:59Z")
    assert parse("Sat, 31 Dec 2016 23:59:60 GMT") == parse("2016-12-31T23:59:59Z")


@pytest.mark.parametrize(
    ("text", "has_time"),
    [
        *(("2025-05-04", False), ("20250504", False), ("2025-W18-7", False), ("2025-124", False)),
        *(("May 4, 2025", False), ("04.05.2025", False), ("2025-05-04T00:00", True)),
        *(("Sun, 04 May 2025 00:00:00 GMT", True), ("04.05.2025 0:00", True), ("1746316800", True)),
    ],
)
def test_midnight_is_told_from_a_day_without_a_time(text: str, has_time: bool) -> None:
    assert parse_date(text) == ParsedDate(parse("2025-05-04"), has_time, is_midnight=True)


@pytest.mark.parametrize(
    ("text", "is_midnight"),
    [
        *(("2025-05-04T00:00:00+02:00", True), ("Sun, 04 May 2025 00:00:00 EST", True)),
        *(("2025-05-04T00:00:01Z", False), ("2025-05-04T02:00:00+02:00", False)),
    ],
)
def test_midnight_is_that_of_the_zone(text: str, is_midnight: bool) -> None:
    read = parse_date(text)
    assert read.has_time
    assert read.is_midnight == is_midnight
    assert is_date_only(text, read.seconds) == is_midnight


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun May 04 08:30:00 +0200 2025", "2025-05-04T06:30Z"),
        ("Published: 4 May 2025 06:30", "2025-05-04T06:30Z"),
        ("Publié le : 4 mai 2025", "2025-05-04"),
        ("1.7463402E+09", "2025-05-04T06:30Z"),
        ("1.7463402e+12", "2025-05-04T06:30Z"),
        ("/Date(1746340200000+0200)/", "2025-05-04T06:30Z"),
        ("4 تموز 2025", "2025-07-04"),
        ("4 كانون الثاني 2025", "2025-01-04"),
        ("4 جويلية 2025", "2025-07-04"),
        ("4 غشت 2025", "2025-08-04"),
        ("4 juill. 2025", "2025-07-04"),
        ("4. lip 2025.", "2025-06-04"),
        ("4. srpnja 2025.", "2025-07-04"),
        ("4. listopada 2025.", "2025-10-04"),
        ("4 listopada 2025", "2025-11-04"),
        ("4 lip 2025", "2025-07-04"),
        ("4. srpna 2025", "2025-08-04"),
    ],
)
def test_form_of_a_program_or_country_is_read(text: str, moment: str) -> None:
    assert parse(text) == parse(moment)


def test_all_languages_of_the_word_lists_are_read() -> None:
    assert set(LANGUAGES) == set(wordfreq.available_languages("small"))


@pytest.mark.parametrize("style", ["medium", "full"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_months_and_days_are_read_in_every_language(language: str, style: str) -> None:
    locale = Locale.parse({"sh": "sr_Latn"}.get(language, language))
    for month in range(1, 13):
        moment = MORNING.replace(month=month, day=28)
        written = babel.dates.format_date(moment, style, locale=locale)
        assert parse_date(written) == ParsedDate(
            parse(f"{moment:%F}"), has_time=False, is_midnight=True
        )
        assert from_timestamp(parse(f"{written} 06:30")) == moment


@given(
    st.datetimes(
        timezones=st.integers(-14 * 60, 14 * 60).map(
            lambda minutes: timezone(timedelta(minutes=minutes))
        )
    )
)
def test_every_iso_date_is_parsed(moment: datetime) -> None:
    assert parse(moment.isoformat()) == pytest.approx(moment.timestamp(), abs=1e-5)


DATE_PARTS = st.sampled_from(
    [
        *("2025", "25", "05", "4", "31", "May", "maj", "5月", "Sun", "06:30", "24:00", "T", "Z"),
        *(".", ",", " ", "-", "/", "CET", "IST", "+02", "Europe/", "[", "]", "(", ")", "pm", "0"),
    ]
)


@settings(deadline=None)
@given(st.text(max_size=40) | st.lists(DATE_PARTS, max_size=8).map("".join))
def test_any_text_is_parsed_or_rejected(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert from_timestamp(parse(text))

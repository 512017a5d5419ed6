from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.common import formatting

NOW = datetime(2025, 5, 4, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=3, minutes=59), "3 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=45), "1 month ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(hours=-5), "in 5 hours"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_relative_times(gap, text):
    assert formatting.format_relative(NOW - gap, NOW) == text


def test_times_are_shown_in_utc():
    moment = datetime(2025, 5, 4, 1, 5, tzinfo=timezone(timedelta(hours=2)))

    assert formatting.format_datetime(moment) == "3 May 2025, 23:05"
    assert formatting.format_date(moment) == "3 May 2025"
    assert formatting.format_iso(moment) == "2025-05-03T23:05:00Z"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1, "100 %"),
        (0.999, "99 %"),
        (0.834, "83 %"),
        (0.01, "1 %"),
        (0.004, "under 1 %"),
        (0, "0 %"),
    ],
)
def test_only_1_is_shown_as_100_percent_and_only_0_as_0_percent(share, text):
    assert formatting.format_percent(share) == text


def test_noun_follows_the_count():
    assert formatting.format_count(1, "copy", "copies") == "1 copy"
    assert formatting.format_count(2000, "copy", "copies") == "2,000 copies"
    assert formatting.format_count(0, "event") == "0 events"

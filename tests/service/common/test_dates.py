from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.common.dates import from_timestamp, parse

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
        "2025",
        "32 May 2025 06:30",
        "04/05/2025",
        "1746340200",
        "2025-05-04T06:30:00+99:00",
        "٢٠٢٥-٠٥-٠٤",
        "Sun, 30 Feb 2025 06:30:00 GMT",
    ],
)
def test_invalid_date_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        parse(text)


@given(
    st.datetimes(
        timezones=st.integers(-14 * 60, 14 * 60).map(
            lambda minutes: timezone(timedelta(minutes=minutes))
        )
    )
)
def test_every_iso_date_is_parsed(moment: datetime) -> None:
    assert parse(moment.isoformat()) == pytest.approx(moment.timestamp(), abs=1e-5)


@given(st.text(max_size=40))
def test_any_text_is_parsed_or_rejected(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert from_timestamp(parse(text))

"""The bar chart of events per hour."""

from datetime import UTC, datetime

from service.web.admin.presenters.hourly_chart import build_hourly_chart

NOON = datetime(2025, 5, 4, 12, tzinfo=UTC).timestamp()
HOUR = 3600


def test_bars_have_the_events_of_their_hours():
    hour = int(NOON // HOUR)
    chart = build_hourly_chart({hour: 8, hour - 1: 4, hour - 80: 99}, NOON + 60)

    assert [bar.count for bar in chart.bars] == [4, 8]
    assert [bar.height for bar in chart.bars] == [50, 100]
    assert chart.peak == 8
    assert chart.bars[-1].x + chart.bars[-1].width <= 100


def test_one_event_in_an_hour_is_a_low_bar():
    chart = build_hourly_chart({int(NOON // HOUR): 1}, NOON)

    assert chart.bars[0].height < 50


def test_hours_without_events_give_no_chart():
    assert build_hourly_chart({int(NOON // HOUR) - 100: 3}, NOON) is None

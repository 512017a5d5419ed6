"""The timeline of an event and its time axis."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.web.admin.presenters.timeline import TimelineArticle, build_timeline

NOON = datetime(2025, 5, 4, 12, tzinfo=UTC).timestamp()
HOUR = 3600

timestamps = st.floats(min_value=0, max_value=2e11, allow_nan=False)
timeline_articles = st.builds(
    TimelineArticle,
    timestamp=timestamps,
    source=st.sampled_from([None, *(f"source {n}" for n in range(30))]),
    title=st.text(max_size=5),
    is_copy=st.booleans(),
)


def article(timestamp: float, source: str = "Wire", is_copy: bool = False) -> TimelineArticle:
    return TimelineArticle(timestamp, source, "Storm", is_copy)


@given(st.lists(timeline_articles, min_size=1, max_size=200))
def test_every_article_is_shown_once_and_inside_the_chart(articles):
    timeline = build_timeline(articles)

    dots = [dot for lane in timeline.lanes for dot in lane.dots]
    assert sum(dot.count for dot in dots) == len(articles)
    assert sum(lane.article_count for lane in timeline.lanes) == len(articles)
    assert sum(lane.copy_count for lane in timeline.lanes) == sum(
        article.is_copy for article in articles
    )
    assert all(0 < dot.x < 100 for dot in dots)
    assert all(0 <= tick.x <= 100 for tick in timeline.ticks)
    assert len(timeline.ticks) <= 5
    assert len(timeline.lanes) <= 10


def test_lanes_are_ordered_by_their_first_article():
    timeline = build_timeline(
        [article(NOON + 60, "Late"), article(NOON, "Early"), article(NOON + 90)]
    )

    assert [lane.source for lane in timeline.lanes] == ["Early", "Late", "Wire"]


def test_smallest_of_many_sources_share_one_lane():
    large = [article(NOON + n, f"large {n % 9}") for n in range(90)]
    small = [article(NOON + 500 + n, f"small {n}") for n in range(7)]

    *own_lanes, shared_lane = build_timeline(large + small).lanes

    assert all(lane.other_source_count == 0 for lane in own_lanes)
    assert (shared_lane.other_source_count, shared_lane.article_count) == (7, 7)


def test_articles_at_the_same_time_are_one_larger_dot():
    timeline = build_timeline([article(NOON)] * 4 + [article(NOON + HOUR)])
    first, second = timeline.lanes[0].dots

    assert (first.count, second.count) == (4, 1)
    assert first.radius > second.radius


def test_copies_and_canonical_articles_at_the_same_time_are_two_dots():
    dots = build_timeline([article(NOON), article(NOON, is_copy=True)]).lanes[0].dots

    assert [dot.is_copy for dot in dots] == [True, False]


def test_a_single_time_is_in_the_middle_with_its_full_date():
    timeline = build_timeline([article(NOON)])

    assert timeline.lanes[0].dots[0].x == 50
    assert [tick.label for tick in timeline.ticks] == ["4 May 2025 12:00"]


def test_axis_names_each_day_at_its_first_tick():
    timeline = build_timeline([article(NOON), article(NOON + 86400)])

    labels = [tick.label for tick in timeline.ticks]
    assert labels == ["4 May 12:00", "18:00", "5 May", "06:00", "12:00"]


def test_long_axis_names_each_year_at_its_first_tick():
    autumn = datetime(2025, 10, 1, tzinfo=UTC).timestamp()
    timeline = build_timeline([article(autumn), article(NOON + 3e7)])

    labels = [tick.label for tick in timeline.ticks]
    assert sum("2025" in label for label in labels) == 1
    assert sum("2026" in label for label in labels) == 1

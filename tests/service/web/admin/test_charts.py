from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.web.admin.presenters import charts

NOON = datetime(2025, 5, 4, 12, tzinfo=UTC).timestamp()
HOUR = 3600

moments = st.floats(min_value=0, max_value=2e11, allow_nan=False)
marks = st.builds(
    charts.TimelineArticle,
    timestamp=moments,
    source=st.sampled_from([None, *(f"source {n}" for n in range(30))]),
    title=st.text(max_size=5),
    is_copy=st.booleans(),
)


def mark(at: float, source: str = "Wire", title: str = "Storm", is_copy: bool = False):
    return charts.TimelineArticle(at, source, title, is_copy)


@given(st.lists(marks, min_size=1, max_size=200))
def test_a_timeline_shows_every_article_once_and_within_its_frame(given):
    timeline = charts.build_timeline(given)

    dots = [dot for lane in timeline.lanes for dot in lane.dots]
    assert sum(dot.count for dot in dots) == len(given)
    assert sum(lane.article_count for lane in timeline.lanes) == len(given)
    assert sum(lane.copy_count for lane in timeline.lanes) == sum(mark.is_copy for mark in given)
    assert all(0 < dot.x < 100 for dot in dots)
    assert all(0 <= tick.x <= 100 for tick in timeline.ticks)
    assert len(timeline.ticks) <= 5
    assert len(timeline.lanes) <= 10


def test_sources_stand_in_the_order_of_their_first_report():
    timeline = charts.build_timeline(
        [mark(NOON + 60, "Late"), mark(NOON, "Early"), mark(NOON + 90)]
    )

    assert [lane.source for lane in timeline.lanes] == ["Early", "Late", "Wire"]


def test_many_sources_leave_one_lane_for_the_smallest():
    big = [mark(NOON + n, f"big {n % 9}") for n in range(90)]
    small = [mark(NOON + 500 + n, f"small {n}") for n in range(7)]

    *named, rest = charts.build_timeline(big + small).lanes

    assert all(lane.other_source_count == 0 for lane in named)
    assert (rest.other_source_count, rest.article_count) == (7, 7)


def test_what_falls_together_is_one_larger_dot():
    first, second = charts.build_timeline([mark(NOON)] * 4 + [mark(NOON + HOUR)]).lanes[0].dots

    assert (first.count, second.count) == (4, 1)
    assert first.radius > second.radius


def test_copies_and_own_reports_of_one_moment_stay_apart():
    dots = charts.build_timeline([mark(NOON), mark(NOON, is_copy=True)]).lanes[0].dots

    assert [dot.is_copy for dot in dots] == [True, False]


def test_a_single_moment_stands_in_the_middle_with_its_full_date():
    timeline = charts.build_timeline([mark(NOON)])

    assert timeline.lanes[0].dots[0].x == 50
    assert [tick.label for tick in timeline.ticks] == ["4 May 2025 12:00"]


def test_the_axis_names_a_day_where_it_begins():
    labels = [tick.label for tick in charts.build_timeline([mark(NOON), mark(NOON + 86400)]).ticks]

    assert labels == ["4 May 12:00", "18:00", "5 May", "06:00", "12:00"]


def test_a_long_axis_names_a_year_where_it_begins():
    autumn = datetime(2025, 10, 1, tzinfo=UTC).timestamp()
    labels = [tick.label for tick in charts.build_timeline([mark(autumn), mark(NOON + 3e7)]).ticks]

    assert sum("2025" in label for label in labels) == 1
    assert sum("2026" in label for label in labels) == 1


def test_hours_hold_what_happened_in_them():
    hour = int(NOON // HOUR)
    picture = charts.build_hourly_chart({hour: 8, hour - 1: 4, hour - 80: 99}, NOON + 60)

    assert [bar.count for bar in picture.bars] == [4, 8]
    assert [bar.height for bar in picture.bars] == [50, 100]
    assert picture.peak == 8
    assert picture.bars[-1].x + picture.bars[-1].width <= 100


def test_one_event_in_an_hour_is_a_low_bar():
    picture = charts.build_hourly_chart({int(NOON // HOUR): 1}, NOON)

    assert picture.bars[0].height < 50


def test_hours_without_events_are_no_picture():
    assert charts.build_hourly_chart({int(NOON // HOUR) - 100: 3}, NOON) is None


@given(
    st.integers(1, 8).flatmap(lambda n: st.lists(st.floats(0, 1), min_size=n * n, max_size=n * n))
)
def test_a_heat_map_shows_every_pair_once_in_either_direction(numbers):
    n = round(len(numbers) ** 0.5)
    shares = [[numbers[min(a, b) * n + max(a, b)] for b in range(n)] for a in range(n)]

    heat = charts.build_heat_map(shares)

    assert sorted(heat.order) == list(range(n))
    assert len(heat.cells) == n * (n - 1)
    for cell in heat.cells:
        assert cell.similarity == round(shares[heat.order[cell.row]][heat.order[cell.column]], 3)


def test_who_is_alike_stands_side_by_side_in_a_heat_map():
    near, far = 0.9, 0.1
    shares = [[near if a % 2 == b % 2 else far for b in range(6)] for a in range(6)]

    order = charts.build_heat_map(shares).order

    assert [at % 2 for at in order] in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])

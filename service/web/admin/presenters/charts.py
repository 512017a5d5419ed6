"""The geometry of the pictures on the pages; the templates draw it as inline SVG.

Everything across is a percentage of the picture's width. So a picture fills a wide screen and a
telephone alike, and its dots stay round and its letters their size. The strict content policy of
the pages forbids inline styles: a picture has positions and classes, and admin.css the colours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from service.common.svg_geometry import (
    BarScale,
    fraction_of_interval,
    layout_bar,
    scale_linear,
)

SECONDS_PER_MINUTE, SECONDS_PER_HOUR, SECONDS_PER_DAY = 60.0, 3600.0, 86400.0
MAX_LANES = 10  # more sources than these share a last lane
MARGIN_PERCENT = 2.5  # percent left free on both sides, so that no dot is cut
TIMELINE_COLUMNS = 120  # dots closer than this become one: 2,000 articles stay one light picture
MIN_PEAK_COUNT = 4  # events: fewer than these in an hour do not fill the picture's height
MAX_TICKS = 4  # as many labels as fit side by side on a telephone
TICK_STEPS_SECONDS = (
    *(SECONDS_PER_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(SECONDS_PER_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(SECONDS_PER_DAY * n for n in (1, 2, 4, 7, 14, 30, 60, 122, 365, 730, 1826, 3652)),
)


@dataclass(frozen=True, slots=True)
class TimelineArticle:
    """One article to be shown at a time (POSIX seconds) in the lane of its source."""

    timestamp: float
    source: str | None
    title: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """Articles at about one time: `count` of them at `x` percent, `radius` in pixels."""

    x: float
    radius: float
    count: int
    timestamp: float
    title: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """The articles of one source (`source` is None where it is not known)."""

    source: str | None
    dots: tuple[Dot, ...]
    article_count: int
    copy_count: int
    first: float
    last: float
    other_source_count: int = 0


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on the time axis; `side` says where it hangs on so as not to leave the picture."""

    x: float
    label: str
    side: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """An event over time, one lane per source, the first to report on top."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Cell:
    """How alike two articles of a heat map are: the numbers of its row and column, from 0."""

    row: int
    column: int
    similarity: float


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Pairs of articles, those that are alike beside each other.

    Attributes
    ----------
    order : tuple of int
        Which of the given articles stands in each row, and in the column of the same number.
    cells : tuple of Cell
        All but the diagonal.
    """

    order: tuple[int, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: `count` events; all measures but the times are percentages."""

    x: float
    y: float
    width: float
    height: float
    count: int
    start: float


@dataclass(frozen=True, slots=True)
class HourlyChart:
    """Events per hour over a stretch of time."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    first: float
    last: float
    peak: int


def build_timeline(articles: Iterable[TimelineArticle]) -> Timeline:
    """Lay out an event's articles over time.

    Parameters
    ----------
    articles : iterable of Mark
        One at least.

    Returns
    -------
    Timeline
    """
    articles = sorted(articles, key=lambda mark: mark.timestamp)
    first, last = articles[0].timestamp, articles[-1].timestamp
    lanes = tuple(_lane(members, first, last) for members in _group_by_source(articles))
    return Timeline(lanes, _ticks(first, last), first, last)


def build_hourly_chart(
    counts: Mapping[int, int], last: float, n_hours: int = 72
) -> HourlyChart | None:
    """Lay out how many events each hour saw.

    Parameters
    ----------
    counts : mapping of int to int
        Events by hour, an hour being POSIX seconds divided by 3600.
    last : float
        The end of the picture, POSIX seconds.
    n_hours : int
        Hours shown.

    Returns
    -------
    HourlyChart or None
        None where nothing happened in these hours.
    """
    end = int(last // SECONDS_PER_HOUR) + 1
    peak = max((counts.get(hour, 0) for hour in range(end - n_hours, end)), default=0)
    if not peak:
        return None
    shown = [hour for hour in range(end - n_hours, end) if counts.get(hour)]
    top, width = max(peak, MIN_PEAK_COUNT), 100 / n_hours
    bars = tuple(
        _bar(hour, counts[hour], (hour - end + n_hours) * width, width, top) for hour in shown
    )
    first, until = (end - n_hours) * SECONDS_PER_HOUR, end * SECONDS_PER_HOUR
    return HourlyChart(bars, _ticks(first, until, margin_percent=0), first, until, peak)


def build_heat_map(similarities: Sequence[Sequence[float]]) -> HeatMap:
    """Lay out how alike articles are, each with each.

    Parameters
    ----------
    similarities : sequence of sequence of float
        Symmetric, from 0 to 1.

    Returns
    -------
    HeatMap
    """
    order = _order_by_similarity(similarities)
    places = [(row, column) for row in range(len(order)) for column in range(len(order))]
    cells = (
        Cell(row, column, round(similarities[order[row]][order[column]], 3))
        for row, column in places
        if row != column
    )
    return HeatMap(order, tuple(cells))


def _order_by_similarity(similarities: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """All of them in one row: first the one most like all others, then always the nearest."""
    left = set(range(len(similarities)))
    chain: list[int] = []
    while left:
        nearness = similarities[chain[-1]] if chain else [sum(row) for row in similarities]
        chain.append(min(left, key=lambda at: (-nearness[at], at)))
        left.remove(chain[-1])
    return tuple(chain)


def _bar(hour: int, count: int, x: float, width: float, top: int) -> Bar:
    scale = BarScale(max_value=top, full_height=100, baseline=100)
    box = layout_bar(x + 0.1 * width, 0.8 * width, count, scale, digits=2)
    return Bar(*box, count=count, start=hour * SECONDS_PER_HOUR)


def _group_by_source(articles: Sequence[TimelineArticle]) -> list[list[TimelineArticle]]:
    """Marks by source, the first to report first; the smallest share one list at the end."""
    sources: defaultdict[str | None, list[TimelineArticle]] = defaultdict(list)
    for mark in articles:
        sources[mark.source].append(mark)
    if len(sources) <= MAX_LANES:
        return list(sources.values())
    largest = sorted(sources, key=lambda source: -len(sources[source]))[: MAX_LANES - 1]
    shown = [members for source, members in sources.items() if source in largest]
    rest = [mark for mark in articles if mark.source not in largest]
    return [*shown, rest]


def _lane(articles: Sequence[TimelineArticle], first: float, last: float) -> Lane:
    names = {mark.source for mark in articles}
    return Lane(
        source=articles[0].source,
        dots=_dots(articles, first, last),
        article_count=len(articles),
        copy_count=sum(mark.is_copy for mark in articles),
        first=articles[0].timestamp,
        last=articles[-1].timestamp,
        other_source_count=len(names) if len(names) > 1 else 0,
    )


def _dots(articles: Sequence[TimelineArticle], first: float, last: float) -> tuple[Dot, ...]:
    """One dot for what falls together; copies first, so that originals lie on top of them."""
    columns: defaultdict[tuple[bool, int], list[TimelineArticle]] = defaultdict(list)
    for mark in articles:
        columns[
            not mark.is_copy,
            round(TIMELINE_COLUMNS * fraction_of_interval(mark.timestamp, first, last)),
        ].append(mark)
    return tuple(
        Dot(
            x=_x_percent(members[0].timestamp, first, last),
            radius=round(min(5.5 + (len(members) - 1) ** 0.5, 11), 1),
            count=len(members),
            timestamp=members[0].timestamp,
            title=members[0].title,
            is_copy=not original,
        )
        for (original, _), members in sorted(columns.items(), key=lambda item: item[0])
    )


def _x_percent(
    timestamp: float, first: float, last: float, margin_percent: float = MARGIN_PERCENT
) -> float:
    return scale_linear(timestamp, (first, last), (margin_percent, 100 - margin_percent), digits=2)


def _ticks(first: float, last: float, margin_percent: float = MARGIN_PERCENT) -> tuple[Tick, ...]:
    if last <= first:
        return (Tick(50, _datetime_label(first), "middle"),)
    step = next(
        (step for step in TICK_STEPS_SECONDS if (last - first) / step <= MAX_TICKS),
        (last - first) / MAX_TICKS,
    )
    start = -(-first // step) * step
    times = [start + n * step for n in range(int((last - start) // step) + 1)]
    labels = _tick_labels(times, step) if len(times) > 1 else [_datetime_label(at) for at in times]
    places = [_x_percent(at, first, last, margin_percent) for at in times]
    return tuple(Tick(x, label, _side(x)) for x, label in zip(places, labels, strict=True))


def _tick_labels(times: Sequence[float], step: float) -> list[str]:
    moments = [datetime.fromtimestamp(at, UTC) for at in times]
    label = _time_label if step < SECONDS_PER_DAY else _date_label
    befores = [None, *moments]
    return [label(moment, before) for before, moment in zip(befores, moments, strict=False)]


def _time_label(moment: datetime, previous: datetime | None) -> str:
    """The time of day, and the day where it is a new one."""
    if previous and previous.date() == moment.date():
        return f"{moment:%H:%M}"
    day = f"{moment.day} {moment:%b}"
    return f"{day} {moment:%H:%M}" if moment.hour or moment.minute else day


def _date_label(moment: datetime, previous: datetime | None) -> str:
    """The day, and the year where it is a new one."""
    day = f"{moment.day} {moment:%b}"
    return day if previous and previous.year == moment.year else f"{day} {moment.year}"


def _datetime_label(timestamp: float) -> str:
    moment = datetime.fromtimestamp(timestamp, UTC)
    return f"{moment.day} {moment:%b %Y %H:%M}"


def _side(x: float) -> str:
    return "start" if x < 12 else "end" if x > 88 else "middle"

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

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
LANES = 10  # more sources than these share a last lane
MARGIN = 2.5  # percent left free on both sides, so that no dot is cut
COLUMNS = 120  # dots closer than this become one: 2,000 articles stay one light picture
LOW_PEAK = 4  # events: fewer than these in an hour do not fill the picture's height
TICKS = 4  # as many labels as fit side by side on a telephone
STEPS = (
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 4, 7, 14, 30, 60, 122, 365, 730, 1826, 3652)),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One article to be shown at a time (POSIX seconds) in the lane of its source."""

    at: float
    source: str | None
    title: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """Articles at about one time: `count` of them at `x` percent, `radius` in pixels."""

    x: float
    radius: float
    count: int
    at: float
    title: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """The articles of one source (`source` is None where it is not known)."""

    source: str | None
    dots: tuple[Dot, ...]
    articles: int
    copies: int
    first: float
    last: float
    others: int = 0


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
    share: float


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
    width: float
    y: float
    height: float
    count: int
    start: float


@dataclass(frozen=True, slots=True)
class Hours:
    """Events per hour over a stretch of time."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    first: float
    last: float
    peak: int


def timeline(marks: Iterable[Mark]) -> Timeline:
    """Lay out an event's articles over time.

    Parameters
    ----------
    marks : iterable of Mark
        One at least.

    Returns
    -------
    Timeline
    """
    marks = sorted(marks, key=lambda mark: mark.at)
    first, last = marks[0].at, marks[-1].at
    lanes = tuple(_lane(members, first, last) for members in _by_source(marks))
    return Timeline(lanes, _ticks(first, last), first, last)


def hours(counts: Mapping[int, int], last: float, span: int = 72) -> Hours | None:
    """Lay out how many events each hour saw.

    Parameters
    ----------
    counts : mapping of int to int
        Events by hour, an hour being POSIX seconds divided by 3600.
    last : float
        The end of the picture, POSIX seconds.
    span : int
        Hours shown.

    Returns
    -------
    Hours or None
        None where nothing happened in these hours.
    """
    end = int(last // HOUR) + 1
    peak = max((counts.get(hour, 0) for hour in range(end - span, end)), default=0)
    if not peak:
        return None
    shown = [hour for hour in range(end - span, end) if counts.get(hour)]
    top, width = max(peak, LOW_PEAK), 100 / span
    bars = tuple(
        _bar(hour, counts[hour], (hour - end + span) * width, width, top) for hour in shown
    )
    first, until = (end - span) * HOUR, end * HOUR
    return Hours(bars, _ticks(first, until, margin=0), first, until, peak)


def heat_map(shares: Sequence[Sequence[float]]) -> HeatMap:
    """Lay out how alike articles are, each with each.

    Parameters
    ----------
    shares : sequence of sequence of float
        Symmetric, from 0 to 1.

    Returns
    -------
    HeatMap
    """
    order = _chain(shares)
    places = [(row, column) for row in range(len(order)) for column in range(len(order))]
    cells = (
        Cell(row, column, round(shares[order[row]][order[column]], 3))
        for row, column in places
        if row != column
    )
    return HeatMap(order, tuple(cells))


def _chain(shares: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """All of them in one row: first the one most like all others, then always the nearest."""
    left = set(range(len(shares)))
    chain: list[int] = []
    while left:
        nearness = shares[chain[-1]] if chain else [sum(row) for row in shares]
        chain.append(min(left, key=lambda at: (-nearness[at], at)))
        left.remove(chain[-1])
    return tuple(chain)


def _bar(hour: int, count: int, x: float, width: float, top: int) -> Bar:
    height = round(100 * count / top, 1)
    return Bar(
        x=round(x + 0.1 * width, 2),
        width=round(0.8 * width, 2),
        y=round(100 - height, 1),
        height=height,
        count=count,
        start=hour * HOUR,
    )


def _by_source(marks: Sequence[Mark]) -> list[list[Mark]]:
    """Marks by source, the first to report first; the smallest share one list at the end."""
    sources: defaultdict[str | None, list[Mark]] = defaultdict(list)
    for mark in marks:
        sources[mark.source].append(mark)
    if len(sources) <= LANES:
        return list(sources.values())
    largest = sorted(sources, key=lambda source: -len(sources[source]))[: LANES - 1]
    shown = [members for source, members in sources.items() if source in largest]
    rest = [mark for mark in marks if mark.source not in largest]
    return [*shown, rest]


def _lane(marks: Sequence[Mark], first: float, last: float) -> Lane:
    names = {mark.source for mark in marks}
    return Lane(
        source=marks[0].source,
        dots=_dots(marks, first, last),
        articles=len(marks),
        copies=sum(mark.is_copy for mark in marks),
        first=marks[0].at,
        last=marks[-1].at,
        others=len(names) if len(names) > 1 else 0,
    )


def _dots(marks: Sequence[Mark], first: float, last: float) -> tuple[Dot, ...]:
    """One dot for what falls together; copies first, so that originals lie on top of them."""
    columns: defaultdict[tuple[bool, int], list[Mark]] = defaultdict(list)
    for mark in marks:
        columns[not mark.is_copy, round(COLUMNS * _share(mark.at, first, last))].append(mark)
    return tuple(
        Dot(
            x=_across(members[0].at, first, last),
            radius=round(min(5.5 + (len(members) - 1) ** 0.5, 11), 1),
            count=len(members),
            at=members[0].at,
            title=members[0].title,
            is_copy=not original,
        )
        for (original, _), members in sorted(columns.items(), key=lambda item: item[0])
    )


def _share(at: float, first: float, last: float) -> float:
    return (at - first) / (last - first) if last > first else 0.5


def _across(at: float, first: float, last: float, margin: float = MARGIN) -> float:
    return round(margin + (100 - 2 * margin) * _share(at, first, last), 2)


def _ticks(first: float, last: float, margin: float = MARGIN) -> tuple[Tick, ...]:
    if last <= first:
        return (Tick(50, _moment(first), "middle"),)
    step = next((step for step in STEPS if (last - first) / step <= TICKS), (last - first) / TICKS)
    start = -(-first // step) * step
    times = [start + n * step for n in range(int((last - start) // step) + 1)]
    labels = _labels(times, step) if len(times) > 1 else [_moment(at) for at in times]
    places = [_across(at, first, last, margin) for at in times]
    return tuple(Tick(x, label, _side(x)) for x, label in zip(places, labels, strict=True))


def _labels(times: Sequence[float], step: float) -> list[str]:
    moments = [datetime.fromtimestamp(at, UTC) for at in times]
    label = _clock if step < DAY else _day
    befores = [None, *moments]
    return [label(moment, before) for before, moment in zip(befores, moments, strict=False)]


def _clock(moment: datetime, before: datetime | None) -> str:
    """The time of day, and the day where it is a new one."""
    if before and before.date() == moment.date():
        return f"{moment:%H:%M}"
    day = f"{moment.day} {moment:%b}"
    return f"{day} {moment:%H:%M}" if moment.hour or moment.minute else day


def _day(moment: datetime, before: datetime | None) -> str:
    """The day, and the year where it is a new one."""
    day = f"{moment.day} {moment:%b}"
    return day if before and before.year == moment.year else f"{day} {moment.year}"


def _moment(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%b %Y %H:%M}"


def _side(x: float) -> str:
    return "start" if x < 12 else "end" if x > 88 else "middle"

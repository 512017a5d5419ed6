"""Timeline of an event: a lane for each source, a dot for each article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from service.common.svg_geometry import fraction_of_interval
from service.web.admin.presenters.time_axis import Tick, build_ticks, x_percent

MAX_LANES: Final = 10
"""Lanes of a timeline; if an event has more sources, the smallest share the last lane."""
TIMELINE_COLUMNS: Final = 120
"""Articles of a lane in the same column become one dot, so 2,000 articles stay a light page."""


@dataclass(frozen=True, slots=True)
class TimelineArticle:
    """One article to show at a time (POSIX seconds) in the lane of its source."""

    timestamp: float
    source: str | None
    title: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """`count` articles at about the same time: at `x` percent, with a `radius` in pixels."""

    x: float
    radius: float
    count: int
    timestamp: float
    title: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """The articles of one source (None if it is not known), or of several small ones."""

    source: str | None
    dots: tuple[Dot, ...]
    article_count: int
    copy_count: int
    first: float
    last: float
    other_source_count: int = 0
    """Number of sources that share the lane; 0 if it has one source."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """An event over time, one lane for each source, ordered by their first articles."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    first: float
    last: float


def build_timeline(articles: Iterable[TimelineArticle]) -> Timeline:
    """Lay out an event's articles over time.

    Parameters
    ----------
    articles : iterable of TimelineArticle
        At least one.

    Returns
    -------
    Timeline
    """
    articles = sorted(articles, key=lambda article: article.timestamp)
    first, last = articles[0].timestamp, articles[-1].timestamp
    lanes = tuple(_lane(lane_articles, first, last) for lane_articles in _group_by_lane(articles))
    return Timeline(lanes, build_ticks(first, last), first, last)


def _group_by_lane(articles: Sequence[TimelineArticle]) -> list[list[TimelineArticle]]:
    """Articles by source, earliest source first; the smallest sources share the last list."""
    by_source: defaultdict[str | None, list[TimelineArticle]] = defaultdict(list)
    for article in articles:
        by_source[article.source].append(article)
    if len(by_source) <= MAX_LANES:
        return list(by_source.values())
    largest = sorted(by_source, key=lambda source: -len(by_source[source]))[: MAX_LANES - 1]
    own_lanes = [members for source, members in by_source.items() if source in largest]
    shared_lane = [article for article in articles if article.source not in largest]
    return [*own_lanes, shared_lane]


def _lane(articles: Sequence[TimelineArticle], first: float, last: float) -> Lane:
    sources = {article.source for article in articles}
    return Lane(
        source=articles[0].source,
        dots=_dots(articles, first, last),
        article_count=len(articles),
        copy_count=sum(article.is_copy for article in articles),
        first=articles[0].timestamp,
        last=articles[-1].timestamp,
        other_source_count=len(sources) if len(sources) > 1 else 0,
    )


def _dots(articles: Sequence[TimelineArticle], first: float, last: float) -> tuple[Dot, ...]:
    """One dot for each column; copies come first, so that canonical articles are on top."""
    columns: defaultdict[tuple[bool, int], list[TimelineArticle]] = defaultdict(list)
    for article in articles:
        fraction = fraction_of_interval(article.timestamp, first, last)
        columns[not article.is_copy, round(TIMELINE_COLUMNS * fraction)].append(article)
    return tuple(
        Dot(
            x=x_percent(members[0].timestamp, first, last),
            radius=round(min(5.5 + (len(members) - 1) ** 0.5, 11), 1),
            count=len(members),
            timestamp=members[0].timestamp,
            title=members[0].title,
            is_copy=not is_canonical,
        )
        for (is_canonical, _), members in sorted(columns.items(), key=lambda item: item[0])
    )

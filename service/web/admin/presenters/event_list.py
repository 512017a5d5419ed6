"""The list of events: which of them a request asks for, and what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from service import queries
from service.queries import EventDetails, EventFilter, EventPage, EventSort
from service.store import Store
from service.store.search.passages import PassagePart
from service.web.http.query_params import EventListQuery, Within

WINDOWS: Final[Mapping[Within, timedelta | None]] = MappingProxyType(
    {"24h": timedelta(days=1), "3d": timedelta(days=3), "7d": timedelta(days=7), "all": None}
)
"""Spans of time before the newest article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """Which events are listed, and in which order."""

    filters: EventFilter
    sort: EventSort
    within: Within
    """The span of time; the newest article ends it, so that a quiet store is not empty."""
    newest: datetime
    folds_singles: bool
    """Whether events of one article are counted instead of listed."""
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventList:
    """A page of the list."""

    page: EventPage
    total: int
    """Events on all pages."""
    is_total_exact: bool
    """Whether there are no more: of a word in very many articles, only the latest are searched."""
    singles: int
    """Events of one article that are not listed."""
    newer: str | None
    """Cursor of the page before."""
    details: Mapping[str, EventDetails]
    passages: Mapping[str, tuple[PassagePart, ...]]
    """Of a search: a passage for each event that was found by a text."""
    suggested_sources: list[str]
    """Sources with a similar name, if none has the name that was filtered by."""


def choose_view(query: EventListQuery, newest: datetime) -> ListView:
    """Choose what to list: unless something is searched or filtered, the day's events by rank.

    Parameters
    ----------
    query : EventListQuery
    newest : datetime
        When the newest article was seen.
    """
    filters = replace(query.filters(), unreviewed=query.unreviewed)
    is_filtered = filters != EventFilter(unreviewed=query.unreviewed)
    within: Within = query.within or ("all" if is_filtered else "24h")
    default_sort: EventSort = "newest" if is_filtered else "rank"
    newest = min(newest, datetime.now(UTC))
    return ListView(
        filters=_within(filters, within, newest),
        sort=query.sort if "sort" in query.model_fields_set else default_sort,
        within=within,
        newest=newest,
        folds_singles=not is_filtered and not query.singles,
        cursor=query.cursor,
        limit=query.limit,
    )


def load_list(store: Store, view: ListView) -> EventList:
    """Load a page of the list."""
    filters, singles = view.filters, 0
    if view.folds_singles:
        folded = replace(filters, min_size=2)
        n_folded = queries.count_events(store, folded)
        if n_folded:  # a list of single articles only is not folded away as a whole
            filters, singles = folded, queries.count_events(store, filters) - n_folded
    q = (filters.q or "").strip()
    found = queries.find_events(store, q) if q else None
    page, total = queries.list_and_count_events(
        store, filters, view.cursor, view.limit, view.sort, found
    )
    event_ids = [event.event_id for event in page.items]
    return EventList(
        page=page,
        total=total,
        is_total_exact=found is None or found.is_complete,
        singles=singles,
        newer=view.cursor
        and queries.find_newer_cursor(store, filters, view.cursor, view.limit, view.sort, found),
        details=queries.find_event_details(store, event_ids, view.newest),
        passages=queries.find_passages(store, q, found, event_ids) if found else {},
        suggested_sources=_suggest_sources(store, filters) if not event_ids else [],
    )


def _within(filters: EventFilter, within: Within, newest: datetime) -> EventFilter:
    window = WINDOWS[within]
    if window is None:
        return filters
    since = newest - window
    return replace(filters, since=max(since, filters.since) if filters.since else since)


def _suggest_sources(store: Store, filters: EventFilter) -> list[str]:
    if filters.source is None:
        return []
    suggestions = queries.suggest_sources(store, filters.source)
    return [] if filters.source in suggestions else suggestions

"""One page of an event: a stub of every article, and the full view of those on the page.

A page of a large event costs little more than one of a small event, because excerpts and evidence
are read only for the articles shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from service.common import ids
from service.queries.details import (
    EXCERPT_SCAN_CHARS,
    fetch_members,
    find_event_decisions,
    find_row,
    find_survivor,
    make_excerpt,
    public_decision_id,
    sort_canonical_first,
    to_member,
)
from service.queries.events import summary_fields
from service.queries.views import EventSummary, Member, MergedInto
from service.store import Store, bulk, schema
from service.store.projections.article_rows import SEEN_AT
from service.store.review import decisions as decision_table

_STUBS_QUERY: Final[Select[Any]] = (
    select(
        schema.assignments.c.key,
        schema.assignments.c.group_number,
        schema.assignments.c.duplicate_of,
        SEEN_AT.label("seen"),
        schema.articles.c.published_at,
        schema.articles.c.source,
        schema.articles.c.title,
    )
    .join_from(
        schema.assignments, schema.articles, schema.articles.c.key == schema.assignments.c.key
    )
    .order_by(SEEN_AT, schema.assignments.c.key)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleStub:
    """The few fields of an article that charts and tables of contents show."""

    seen: float
    """When it was published; when it was received, if that is unknown (POSIX seconds)."""
    is_dated: bool
    source: str | None
    title: str
    """The first words of the text if it has no title."""
    is_copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedGroup:
    """A duplicate group with its articles on one page."""

    duplicate_group_id: str
    canonical_article_id: str
    canonical_title: str
    canonical_by: str | None
    """The decision by which that article was chosen; null if the canonical rule chose it."""
    size: int
    """Number of articles on all pages."""
    members: tuple[Member, ...]
    """Articles on this page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedEvent(EventSummary):
    """An event with one page of its articles."""

    locked_by: str | None
    headline_by: str | None
    """Ids of decisions, as in `EventView`."""
    article_stubs: tuple[ArticleStub, ...]
    """All articles, by duplicate group and in order of time, in the order of the pages."""
    groups: tuple[PagedGroup, ...]
    page: int
    pages: int


def get_event_page(
    store: Store, number: int, page: int, limit: int
) -> PagedEvent | MergedInto | None:
    """Return an event with one page of its articles; None as in `get_event`.

    Parameters
    ----------
    store : Store
    number : int
    page : int
        Counted from 1; beyond the first or last page, that page is returned.
    limit : int
        Articles on a page.
    """
    with store.reading() as connection:
        row = find_row(connection, schema.events, number)
        if row is None:
            return None
        query = _STUBS_QUERY.where(schema.assignments.c.event_number == number)
        members = list(connection.execute(query))
        if not members:
            return find_survivor(connection, schema.events, row)
        groups = _group_members(members)
        ordered = [member for group in groups.values() for member in group]
        pages = -(-len(ordered) // limit)
        page = min(max(page, 1), pages)
        return PagedEvent(
            **summary_fields(row),
            **find_event_decisions(connection, number),
            article_stubs=_build_stubs(connection, ordered),
            groups=_build_paged_groups(
                connection, groups, ordered[(page - 1) * limit : page * limit]
            ),
            page=page,
            pages=pages,
        )


def _group_members(members: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    """Return the members of groups, canonical first; groups in order of their first articles."""
    groups: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in members:
        groups[row.group_number].append(row)
    return {number: sort_canonical_first(group) for number, group in groups.items()}


def _build_stubs(connection: Connection, members: Iterable[Row[Any]]) -> tuple[ArticleStub, ...]:
    excerpt_of = _fetch_excerpts(connection, (row.key for row in members if not row.title))
    return tuple(
        ArticleStub(
            seen=row.seen,
            is_dated=row.published_at is not None,
            source=row.source,
            title=row.title or excerpt_of[row.key],
            is_copy=row.duplicate_of is not None,
        )
        for row in members
    )


def _fetch_excerpts(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    texts = schema.texts.c
    beginning = func.substr(texts.text, 1, EXCERPT_SCAN_CHARS).label("beginning")
    rows = bulk.select_in(connection, select(texts.key, beginning), texts.key, keys)
    return {row.key: make_excerpt(row.beginning) for row in rows}


def _build_paged_groups(
    connection: Connection, groups: dict[int, list[Row[Any]]], page_members: Sequence[Row[Any]]
) -> tuple[PagedGroup, ...]:
    canonical_of = {row.group_number: groups[row.group_number][0].key for row in page_members}
    canonical_keys = {*canonical_of.values()}
    keys = {row.key for row in page_members} | canonical_keys
    row_of = {row.key: row for row in fetch_members(connection, schema.articles.c.key.in_(keys))}
    chosen_by = decision_table.chosen_canonical_by(connection, canonical_keys)
    return tuple(
        PagedGroup(
            duplicate_group_id=ids.encode("g", number),
            canonical_article_id=row_of[canonical_of[number]].id,
            canonical_title=row_of[canonical_of[number]].title,
            canonical_by=public_decision_id(chosen_by.get(canonical_of[number])),
            size=len(groups[number]),
            members=tuple(to_member(row_of[row.key]) for row in on_page),
        )
        for number, on_page in groupby(page_members, attrgetter("group_number"))
    )

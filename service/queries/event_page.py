"""An event a page at a time: every article in a few words, those on the page in full.

A page of a large event costs little more than one of a small event, for excerpts, evidence and
texts are read of what is shown alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, func, select

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
from service.queries.schemas import EventSummary, Member, MergedInto
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
    """An article of an event in a few words."""

    at: float
    """When it was published, or received where that is unknown (POSIX seconds)."""
    is_dated: bool
    source: str | None
    title: str
    """The first words of the text where it has no title."""
    is_copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedGroup:
    """What a page shows of a duplicate group."""

    duplicate_group_id: str
    canonical_article_id: str
    canonical_title: str
    canonical_by: str | None
    """The decision by which that article stands for it; null where a rule says so."""
    size: int
    """Articles on all pages."""
    members: tuple[Member, ...]
    """Those on this page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedEvent(EventSummary):
    """An event with one page of its articles."""

    locked_by: str | None
    headline_by: str | None
    """Decisions, as in `EventView`."""
    article_stubs: tuple[ArticleStub, ...]
    """All its articles by duplicate group, in order of time, as on its pages."""
    groups: tuple[PagedGroup, ...]
    page: int
    pages: int


def get_event_page(
    store: Store, number: int, page: int, limit: int
) -> PagedEvent | MergedInto | None:
    """Return an event with a page of its articles; None as in `browse.event`.

    Parameters
    ----------
    store : Store
    number : int
    page : int
        From 1 on; one that is not there stands for the nearest that is.
    limit : int
        Articles on a page.
    """
    with store.reading() as transaction:
        row = find_row(transaction, schema.events, number)
        if row is None:
            return None
        query = _STUBS_QUERY.where(schema.assignments.c.event_number == number)
        found = list(transaction.execute(query))
        if not found:
            return find_survivor(transaction, schema.events, row)
        groups = _group_members(found)
        ordered = [member for group in groups.values() for member in group]
        pages = -(-len(ordered) // limit)
        page = min(max(page, 1), pages)
        return PagedEvent(
            **summary_fields(row),
            **find_event_decisions(transaction, number),
            article_stubs=_build_stubs(transaction, ordered),
            groups=_build_paged_groups(
                transaction, groups, ordered[(page - 1) * limit : page * limit]
            ),
            page=page,
            pages=pages,
        )


def _group_members(members: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    """Groups by their first articles; in each the canonical article, then the others by time."""
    groups: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in members:
        groups[row.group_number].append(row)
    return {number: sort_canonical_first(group) for number, group in groups.items()}


def _build_stubs(connection: Connection, members: Iterable[Row[Any]]) -> tuple[ArticleStub, ...]:
    untitled = _fetch_excerpts(connection, (row.key for row in members if not row.title))
    return tuple(
        ArticleStub(
            at=row.seen,
            is_dated=row.published_at is not None,
            source=row.source,
            title=row.title or untitled[row.key],
            is_copy=row.duplicate_of is not None,
        )
        for row in members
    )


def _fetch_excerpts(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    texts = schema.texts.c
    query = select(
        texts.key, func.substr(texts.text, 1, EXCERPT_SCAN_CHARS).label("beginning")
    ).where(texts.key.in_(bindparam("keys", expanding=True)))
    return {
        row.key: make_excerpt(row.beginning)
        for some in bulk.chunked(keys)
        for row in connection.execute(query, {"keys": some})
    }


def _build_paged_groups(
    connection: Connection, groups: dict[int, list[Row[Any]]], page_members: Sequence[Row[Any]]
) -> tuple[PagedGroup, ...]:
    standing = {groups[row.group_number][0].key for row in page_members}
    wanted = {row.key for row in page_members} | standing
    full = {row.key: row for row in fetch_members(connection, schema.articles.c.key.in_(wanted))}
    choices = decision_table.chosen_canonical_by(connection, standing)
    return tuple(
        PagedGroup(
            duplicate_group_id=ids.encode("g", number),
            canonical_article_id=full[groups[number][0].key].id,
            canonical_title=full[groups[number][0].key].title,
            canonical_by=public_decision_id(choices.get(groups[number][0].key)),
            size=len(groups[number]),
            members=tuple(to_member(full[row.key]) for row in on_page),
        )
        for number, on_page in groupby(page_members, attrgetter("group_number"))
    )

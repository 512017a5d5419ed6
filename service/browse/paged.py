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

from service import ids
from service.browse.detail import (
    BEGINNING,
    as_member,
    canonical_first,
    decided,
    decision_id,
    excerpt,
    find,
    members,
    survivor,
)
from service.browse.listing import summary
from service.browse.views import EventSummary, Member, MergedInto
from service.store import Store, docket, rows, tables
from service.store.clippings import SEEN

_BRIEFLY: Final[Select[Any]] = (
    select(
        tables.assignments.c.key,
        tables.assignments.c.group_number,
        tables.assignments.c.duplicate_of,
        SEEN.label("seen"),
        tables.articles.c.published_at,
        tables.articles.c.source,
        tables.articles.c.title,
    )
    .join_from(
        tables.assignments, tables.articles, tables.articles.c.key == tables.assignments.c.key
    )
    .order_by(SEEN, tables.assignments.c.key)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An article of an event in a few words."""

    at: float
    """When it was published, or received where that is unknown (POSIX seconds)."""
    is_dated: bool
    source: str | None
    title: str
    """The first words of the text where it has no title."""
    is_copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPart:
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
    mentions: tuple[Mention, ...]
    """All its articles by duplicate group, in order of time, as on its pages."""
    groups: tuple[GroupPart, ...]
    page: int
    pages: int


def event_page(store: Store, number: int, page: int, limit: int) -> PagedEvent | MergedInto | None:
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
        row = find(transaction, tables.events, number)
        if row is None:
            return None
        query = _BRIEFLY.where(tables.assignments.c.event_number == number)
        found = list(transaction.execute(query))
        if not found:
            return survivor(transaction, tables.events, row)
        groups = _by_group(found)
        ordered = [member for group in groups.values() for member in group]
        pages = -(-len(ordered) // limit)
        page = min(max(page, 1), pages)
        return PagedEvent(
            **summary(row),
            **decided(transaction, number),
            mentions=_mentions(transaction, ordered),
            groups=_parts(transaction, groups, ordered[(page - 1) * limit : page * limit]),
            page=page,
            pages=pages,
        )


def _by_group(found: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    """Groups by their first articles; in each the canonical article, then the others by time."""
    groups: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in found:
        groups[row.group_number].append(row)
    return {number: canonical_first(group) for number, group in groups.items()}


def _mentions(transaction: Connection, ordered: Iterable[Row[Any]]) -> tuple[Mention, ...]:
    untitled = _excerpts(transaction, (row.key for row in ordered if not row.title))
    return tuple(
        Mention(
            at=row.seen,
            is_dated=row.published_at is not None,
            source=row.source,
            title=row.title or untitled[row.key],
            is_copy=row.duplicate_of is not None,
        )
        for row in ordered
    )


def _excerpts(transaction: Connection, keys: Iterable[int]) -> dict[int, str]:
    texts = tables.texts.c
    query = select(texts.key, func.substr(texts.text, 1, BEGINNING).label("beginning")).where(
        texts.key.in_(bindparam("keys", expanding=True))
    )
    return {
        row.key: excerpt(row.beginning)
        for some in rows.in_steps(keys)
        for row in transaction.execute(query, {"keys": some})
    }


def _parts(
    transaction: Connection, groups: dict[int, list[Row[Any]]], shown: Sequence[Row[Any]]
) -> tuple[GroupPart, ...]:
    standing = {groups[row.group_number][0].key for row in shown}
    wanted = {row.key for row in shown} | standing
    full = {row.key: row for row in members(transaction, tables.articles.c.key.in_(wanted))}
    choices = docket.choice_of(transaction, standing)
    return tuple(
        GroupPart(
            duplicate_group_id=ids.encode("g", number),
            canonical_article_id=full[groups[number][0].key].id,
            canonical_title=full[groups[number][0].key].title,
            canonical_by=decision_id(choices.get(groups[number][0].key)),
            size=len(groups[number]),
            members=tuple(as_member(full[row.key]) for row in on_page),
        )
        for number, on_page in groupby(shown, attrgetter("group_number"))
    )

"""One event, one duplicate group, one article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, func, select

from clustering.text import clean
from service import evidence, ids
from service.browse.listing import summary
from service.browse.views import (
    ArticleView,
    AssignmentView,
    EventView,
    GroupView,
    Member,
    MergedInto,
    Place,
)
from service.dates import moment
from service.store import Store, docket, headlines, rows, tables
from service.store.clippings import SEEN
from service.store.journal import last_seq

_EXCERPT: Final = 280
BEGINNING: Final = 2000
"""Characters that the first words are looked for in."""


def event(store: Store, number: int) -> EventView | MergedInto | None:
    """Return an event with its articles; None if there is none or it has no article any more."""
    with store.reading() as transaction:
        row = find(transaction, tables.events, number)
        if row is None:
            return None
        found = members(transaction, tables.assignments.c.event_number == number)
        if not found:
            return survivor(transaction, tables.events, row)
        choices = docket.choice_of(transaction, (member.key for member in found))
        said, seq = decided(transaction, number), last_seq(transaction)
    groups = defaultdict(list)
    for member in found:
        groups[member.group_number].append(member)
    return EventView(
        **summary(row),
        **said,
        seq=seq,
        groups=tuple(_group(inside, choices) for inside in groups.values()),
    )


def decided(transaction: Connection, number: int) -> dict[str, Any]:
    """Return by which decisions an event is locked, and has its headline."""
    named = headlines.given(transaction, {number: None}).get(number)
    return {
        "locked_by": decision_id(docket.lock_of(transaction, number)),
        "headline_by": decision_id(named and named.decision),
    }


def group(store: Store, number: int) -> GroupView | MergedInto | None:
    """Return a duplicate group with its articles; None as in `event`."""
    with store.reading() as transaction:
        row = find(transaction, tables.groups, number)
        if row is None:
            return None
        found = members(transaction, tables.assignments.c.group_number == number)
        if not found:
            return survivor(transaction, tables.groups, row)
        choices = docket.choice_of(transaction, (member.key for member in found))
    return _group(found, choices)


def article(store: Store, article_id: str) -> ArticleView | None:
    """Return an article by its outside id."""
    query = (
        select(
            tables.articles,
            tables.texts.c.text,
            tables.features.c.origin,
            tables.features.c.language.label("detected"),
        )
        .join(tables.texts, tables.texts.c.key == tables.articles.c.key)
        .join(tables.features, tables.features.c.key == tables.articles.c.key)
        .where(tables.articles.c.id == article_id)
    )
    with store.reading() as transaction:
        row = transaction.execute(query).one_or_none()
        if row is None:
            return None
        place = places(transaction, [row.key])[row.key]
    return ArticleView(
        id=row.id,
        url=row.url,
        canonical_url=row.canonical_url,
        title=row.title,
        text=row.text,
        published_at=row.published_at,
        source=row.source,
        origin=row.origin,
        language=row.language,
        detected_language=row.detected,
        version=row.version,
        received_at=moment(row.received_at),
        updated_at=moment(row.updated_at),
        assignment=place.assignment,
    )


def places(transaction: Connection, keys: Iterable[int]) -> dict[int, Place]:
    """Return where articles belong, by key, as a transaction sees it."""
    canonical = tables.articles.alias("canonical")
    query = (
        select(
            tables.articles.c.id,
            tables.assignments,
            canonical.c.id.label("canonical_id"),
            tables.events.c.size,
        )
        .join_from(
            tables.articles, tables.assignments, tables.assignments.c.key == tables.articles.c.key
        )
        .join(tables.events, tables.events.c.number == tables.assignments.c.event_number)
        .outerjoin(canonical, canonical.c.key == tables.assignments.c.duplicate_of)
        .where(tables.articles.c.key.in_(bindparam("keys", expanding=True)))
    )
    return {
        row.key: Place(row.id, _assignment(row))
        for some in rows.in_steps(keys)
        for row in transaction.execute(query, {"keys": some})
    }


def find(transaction: Connection, table: Table, number: int) -> Row[Any] | None:
    """Return the row of an event or a group; None if there is none of that number."""
    return transaction.execute(select(table).where(table.c.number == number)).one_or_none()


def survivor(transaction: Connection, table: Table, gone: Row[Any]) -> MergedInto | None:
    """Follow merges to the one that is still there."""
    row: Row[Any] | None = gone
    while row is not None and row.merged_into is not None:
        row = find(transaction, table, row.merged_into)
    return MergedInto(row.number) if row is not None and row.number != gone.number else None


def members(transaction: Connection, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Articles in order of time, with what tells who is canonical."""
    canonical = tables.articles.alias("canonical")
    query = (
        select(
            tables.articles,
            SEEN.label("seen"),
            tables.features.c.origin,
            tables.features.c.language.label("detected"),
            func.substr(tables.texts.c.text, 1, BEGINNING).label("beginning"),
            tables.assignments,
            canonical.c.id.label("canonical_id"),
        )
        .join_from(
            tables.assignments, tables.articles, tables.articles.c.key == tables.assignments.c.key
        )
        .join(tables.features, tables.features.c.key == tables.assignments.c.key)
        .join(tables.texts, tables.texts.c.key == tables.assignments.c.key)
        .outerjoin(canonical, canonical.c.key == tables.assignments.c.duplicate_of)
        .where(condition)
        .order_by(SEEN, tables.assignments.c.key)
    )
    return transaction.execute(query).all()


def canonical_first(found: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Order the articles of a group, given by time: the canonical one, then the others by time."""
    return sorted(found, key=lambda member: member.duplicate_of is not None)  # it is stable


def _group(found: Iterable[Row[Any]], choices: Mapping[int, int]) -> GroupView:
    ordered = canonical_first(found)
    return GroupView(
        duplicate_group_id=ids.encode("g", ordered[0].group_number),
        event_id=ids.encode("e", ordered[0].event_number),
        canonical_article_id=ordered[0].id,
        canonical_by=decision_id(choices.get(ordered[0].key)),
        size=len(ordered),
        sources=tuple(sorted({member.source for member in ordered if member.source})),
        members=tuple(map(as_member, ordered)),
    )


def as_member(row: Row[Any]) -> Member:
    """Show an article out of `members`."""
    return Member(
        article_id=row.id,
        title=row.title,
        excerpt=excerpt(row.beginning),
        url=row.url,
        source=row.source,
        origin=row.origin,
        language=row.detected,
        published_at=row.published_at,
        seen_at=moment(row.seen),
        version=row.version,
        outcome=row.outcome,
        duplicate_of=row.canonical_id,
        evidence=evidence.view(row.evidence),
    )


def decision_id(number: int | None) -> str | None:
    """Return the outside id of a decision, if there is one."""
    return None if number is None else ids.encode("d", number)


def excerpt(beginning: str) -> str:
    """Return the first words of a text, given its beginning."""
    words = " ".join(clean(beginning).split())
    return words if len(words) <= _EXCERPT else words[: _EXCERPT - 1].rstrip() + "…"


def _assignment(row: Row[Any]) -> AssignmentView:
    return AssignmentView(
        duplicate_group_id=ids.encode("g", row.group_number),
        duplicate_of=row.canonical_id,
        event_id=ids.encode("e", row.event_number),
        event_size=row.size,
        outcome=row.outcome,
        evidence=evidence.view(row.evidence),
    )

"""Views of one event, one duplicate group or one article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, select

from clustering.features.normalize import clean
from service.common import ids
from service.common.dates import from_timestamp
from service.queries import evidence
from service.queries.events import summary_fields
from service.queries.views import (
    ArticleAssignment,
    ArticleView,
    AssignmentView,
    EventView,
    GroupView,
    Member,
    MergedInto,
)
from service.store import Store, bulk, schema
from service.store.change_log.change_set import last_seq
from service.store.projections import headlines
from service.store.projections.article_rows import SEEN_AT
from service.store.review import decisions as decision_table

_MAX_EXCERPT_CHARS: Final = 280
"""Length of the excerpts in lists."""
_ARTICLE_QUERY: Final[Select[Any]] = (
    select(
        schema.articles,
        schema.texts.c.text,
        schema.features.c.wire_agency,
        schema.features.c.language.label("detected"),
    )
    .join(schema.texts, schema.texts.c.key == schema.articles.c.key)
    .join(schema.features, schema.features.c.key == schema.articles.c.key)
)
EXCERPT_SCAN_CHARS: Final = 2000
"""Characters of a text from which its excerpt is made, so that long texts are not read whole."""


def get_event(store: Store, number: int) -> EventView | MergedInto | None:
    """Return an event with its articles; None if there is none or it has no articles any more."""
    with store.reading() as connection:
        row = find_row(connection, schema.events, number)
        if row is None:
            return None
        members = fetch_members(connection, schema.assignments.c.event_number == number)
        if not members:
            return find_survivor(connection, schema.events, row)
        chosen_by = decision_table.chosen_canonical_by(
            connection, (member.key for member in members)
        )
        decision_ids, seq = find_event_decisions(connection, number), last_seq(connection)
    groups = defaultdict(list)
    for member in members:
        groups[member.group_number].append(member)
    return EventView(
        **summary_fields(row),
        **decision_ids,
        seq=seq,
        groups=tuple(_to_group_view(group, chosen_by) for group in groups.values()),
    )


def find_event_decisions(connection: Connection, number: int) -> dict[str, Any]:
    """Return the decisions by which an event is locked and has its headline, as view fields."""
    headline = headlines.find_given_headlines(connection, {number: None}).get(number)
    return {
        "locked_by": public_decision_id(decision_table.find_lock(connection, number)),
        "headline_by": public_decision_id(headline and headline.decision),
    }


def get_group(store: Store, number: int) -> GroupView | MergedInto | None:
    """Return a duplicate group with its articles; None as in `get_event`."""
    with store.reading() as connection:
        row = find_row(connection, schema.groups, number)
        if row is None:
            return None
        members = fetch_members(connection, schema.assignments.c.group_number == number)
        if not members:
            return find_survivor(connection, schema.groups, row)
        chosen_by = decision_table.chosen_canonical_by(
            connection, (member.key for member in members)
        )
    return _to_group_view(members, chosen_by)


def get_article(store: Store, article_id: str) -> ArticleView | None:
    """Return an article by its public id; None if there is none."""
    query = _ARTICLE_QUERY.where(schema.articles.c.id == article_id)
    with store.reading() as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        article = get_assignments(connection, [row.key])[row.key]
    return _to_article_view(row, article.assignment)


def _to_article_view(row: Row[Any], assignment: AssignmentView) -> ArticleView:
    return ArticleView(
        id=row.id,
        url=row.url,
        canonical_url=row.canonical_url,
        title=row.title,
        text=row.text,
        published_at=row.published_at,
        source=row.source,
        origin=row.wire_agency,
        language=row.language,
        detected_language=row.detected,
        version=row.version,
        received_at=from_timestamp(row.received_at),
        updated_at=from_timestamp(row.updated_at),
        assignment=assignment,
    )


def get_assignments(connection: Connection, keys: Iterable[int]) -> dict[int, ArticleAssignment]:
    """Return the assignments of articles, by key."""
    canonical = schema.articles.alias("canonical")
    query = (
        select(
            schema.articles.c.id,
            schema.assignments,
            canonical.c.id.label("canonical_id"),
            canonical.c.url.label("canonical_url"),
            schema.events.c.size,
        )
        .join_from(
            schema.articles, schema.assignments, schema.assignments.c.key == schema.articles.c.key
        )
        .join(schema.events, schema.events.c.number == schema.assignments.c.event_number)
        .outerjoin(canonical, canonical.c.key == schema.assignments.c.duplicate_of)
    )
    rows = bulk.select_in(connection, query, schema.articles.c.key, keys)
    return {row.key: ArticleAssignment(row.id, _to_assignment_view(row)) for row in rows}


def find_row(connection: Connection, table: Table, number: int) -> Row[Any] | None:
    """Return the row of an event or a group; None if there is none of that number."""
    return connection.execute(select(table).where(table.c.number == number)).one_or_none()


def find_survivor(connection: Connection, table: Table, merged_row: Row[Any]) -> MergedInto | None:
    """Follow merges to the event or group that remains; None if it has not merged."""
    row: Row[Any] | None = merged_row
    while row is not None and row.merged_into is not None:
        row = find_row(connection, table, row.merged_into)
    return MergedInto(row.number) if row is not None and row.number != merged_row.number else None


def fetch_members(connection: Connection, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Return the articles for `to_member` and `sort_canonical_first`, in order of time."""
    canonical = schema.articles.alias("canonical")
    query = (
        select(
            schema.articles,
            SEEN_AT.label("seen"),
            schema.features.c.wire_agency,
            schema.features.c.language.label("detected"),
            func.substr(schema.texts.c.text, 1, EXCERPT_SCAN_CHARS).label("beginning"),
            schema.assignments,
            canonical.c.id.label("canonical_id"),
        )
        .join_from(
            schema.assignments, schema.articles, schema.articles.c.key == schema.assignments.c.key
        )
        .join(schema.features, schema.features.c.key == schema.assignments.c.key)
        .join(schema.texts, schema.texts.c.key == schema.assignments.c.key)
        .outerjoin(canonical, canonical.c.key == schema.assignments.c.duplicate_of)
        .where(condition)
        .order_by(SEEN_AT, schema.assignments.c.key)
    )
    return connection.execute(query).all()


def sort_canonical_first(members: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Move the canonical article of a group to the front; the others keep their order."""
    return sorted(members, key=lambda member: member.duplicate_of is not None)


def _to_group_view(members: Iterable[Row[Any]], chosen_by: Mapping[int, int]) -> GroupView:
    ordered = sort_canonical_first(members)
    return GroupView(
        duplicate_group_id=ids.encode("g", ordered[0].group_number),
        event_id=ids.encode("e", ordered[0].event_number),
        canonical_article_id=ordered[0].id,
        canonical_by=public_decision_id(chosen_by.get(ordered[0].key)),
        size=len(ordered),
        sources=tuple(sorted({member.source for member in ordered if member.source})),
        members=tuple(map(to_member, ordered)),
    )


def to_member(row: Row[Any]) -> Member:
    """Return the view of an article from `fetch_members`."""
    return Member(
        article_id=row.id,
        title=row.title,
        excerpt=make_excerpt(row.beginning),
        url=row.url,
        source=row.source,
        origin=row.wire_agency,
        language=row.detected,
        published_at=row.published_at,
        seen_at=from_timestamp(row.seen),
        version=row.version,
        outcome=row.outcome,
        duplicate_of=row.canonical_id,
        placed_by=public_decision_id(row.decision),
        evidence=evidence.to_view(row.evidence),
    )


def public_decision_id(number: int | None) -> str | None:
    """Return the public id of a decision; None for None."""
    return None if number is None else ids.encode("d", number)


def make_excerpt(beginning: str) -> str:
    """Return the first words of a text, given its beginning."""
    words = " ".join(clean(beginning).split())
    return (
        words
        if len(words) <= _MAX_EXCERPT_CHARS
        else words[: _MAX_EXCERPT_CHARS - 1].rstrip() + "…"
    )


def _to_assignment_view(row: Row[Any]) -> AssignmentView:
    return AssignmentView(
        duplicate_group_id=ids.encode("g", row.group_number),
        duplicate_of=row.canonical_id,
        duplicate_of_url=row.canonical_url,
        event_id=ids.encode("e", row.event_number),
        event_size=row.size,
        outcome=row.outcome,
        placed_by=public_decision_id(row.decision),
        evidence=evidence.to_view(row.evidence),
    )

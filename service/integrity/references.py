"""References: every id that a row names belongs to something that exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Table,
    and_,
    exists,
    not_,
    select,
)

from service.integrity.finding import Finding
from service.store.schema import (
    articles,
    assignments,
    changes,
    decisions,
    event_thresholds,
    events,
    features,
    group_summaries,
    groups,
    idf_snapshots,
    metadata,
    reviewed_events,
    storyline_edits,
    texts,
)

INVARIANT: Final = "no dangling ids"
_PARTS_OF_ARTICLES: Final = (texts, features, assignments)
"""Tables with exactly one row for each article."""
_REFERENCES: Final[tuple[tuple[Column[int], Column[int]], ...]] = (
    (assignments.c.group_number, groups.c.number),
    (assignments.c.event_number, events.c.number),
    (assignments.c.duplicate_of, articles.c.key),
    (assignments.c.arrived_seq, changes.c.seq),
    (assignments.c.decision, decisions.c.number),
    (group_summaries.c.group_number, groups.c.number),
    (group_summaries.c.event_number, events.c.number),
    (group_summaries.c.key, articles.c.key),
    (events.c.merged_into, events.c.number),
    (groups.c.merged_into, groups.c.number),
    (decisions.c.seq, changes.c.seq),
    (decisions.c.event_number, events.c.number),
    (decisions.c.undoes, decisions.c.number),
    (event_thresholds.c.seq, changes.c.seq),
    (event_thresholds.c.reverts, event_thresholds.c.number),
    (idf_snapshots.c.seq, changes.c.seq),
    (reviewed_events.c.number, events.c.number),
    (storyline_edits.c.first, events.c.number),
    (storyline_edits.c.second, events.c.number),
)
"""Columns that name a row of another table, besides the foreign keys."""


def find_dangling(connection: Connection) -> Iterator[Finding]:
    """Yield rows that refer to something that is not there, and articles that lack a part."""
    for table in metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            yield from _find_orphans(connection, table, constraint)
    for column, target in _REFERENCES:
        yield from _find_unresolved(connection, column, target)
    for table in _PARTS_OF_ARTICLES:
        without = select(articles.c.id).where(not_(exists().where(table.c.key == articles.c.key)))
        for article_id in connection.scalars(without):
            yield Finding(INVARIANT, article_id, f"has no row in {table.name}")


def _find_orphans(
    connection: Connection, table: Table, constraint: ForeignKeyConstraint
) -> Iterator[Finding]:
    parent = constraint.referred_table.alias()
    matches = and_(
        *(element.parent == parent.c[element.column.name] for element in constraint.elements)
    )
    columns = [element.parent for element in constraint.elements]
    query = select(*columns).where(not_(exists(select(1).select_from(parent).where(matches))))
    for row in connection.execute(query):
        yield Finding(INVARIANT, f"{table.name} {_join(row)}", f"has no row in {parent.name}")


def _find_unresolved(
    connection: Connection, column: Column[int], target: Column[int]
) -> Iterator[Finding]:
    named = target.table.alias()
    resolves = exists(select(1).select_from(named).where(named.c[target.name] == column))
    query = select(*column.table.primary_key, column).where(column.is_not(None), not_(resolves))
    for *key, value in connection.execute(query):
        detail = f"{column.name} {value} has no row in {target.table.name}"
        yield Finding(INVARIANT, f"{column.table.name} {_join(key)}", detail)


def _join(values: object) -> str:
    return ", ".join(map(str, values))  # type: ignore[call-overload]

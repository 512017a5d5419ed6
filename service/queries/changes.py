"""The change log, and a list of all current assignments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row, select

from service.common import ids
from service.common.dates import from_timestamp
from service.queries.views import AssignmentItemWithOrigin, ChangePage, ChangeView
from service.store import Store, schema
from service.store.change_log.change_set import last_seq

_ID_KINDS: Final[Mapping[str, ids.IdKind]] = MappingProxyType({"group": "g", "decision": "d"})
_ROWS_PER_FETCH: Final = 1000
"""Assignments that are in memory at once while all of them are listed."""


def iter_assignments(store: Store) -> Iterator[AssignmentItemWithOrigin]:
    """Yield every current assignment, the oldest article first, from one read transaction."""
    query = (
        select(
            schema.articles.c.id,
            schema.assignments.c.group_number,
            schema.assignments.c.event_number,
            schema.features.c.wire_agency,
        )
        .join(schema.assignments, schema.assignments.c.key == schema.articles.c.key)
        .join(schema.features, schema.features.c.key == schema.articles.c.key)
        .order_by(schema.articles.c.key)
    )
    streamed = query.execution_options(yield_per=_ROWS_PER_FETCH)
    with store.reading() as connection, connection.execute(streamed) as rows:
        for article_id, group, event, wire_agency in rows:
            yield AssignmentItemWithOrigin(
                article_id=article_id,
                duplicate_group_id=ids.encode("g", group),
                event_id=ids.encode("e", event),
                origin=wire_agency,
            )


def list_changes(store: Store, since: int = 0, limit: int = 1000) -> ChangePage:
    """Return the changes after cursor `since`, the oldest first."""
    log = schema.changes
    query = select(log).where(log.c.seq > since).order_by(log.c.seq).limit(limit)
    with store.reading() as connection:
        rows = connection.execute(query).all()
    newest = rows[-1].seq if rows else since
    return ChangePage(items=tuple(map(to_change_view, rows)), next_cursor=str(newest))


def get_last_seq(store: Store) -> int:
    """Return the cursor after the newest change."""
    with store.reading() as connection:
        return last_seq(connection)


def to_change_view(row: Row[Any]) -> ChangeView:
    """Return the public view of a row of the change log."""
    id_kind = _ID_KINDS.get(row.kind.partition(".")[0], "e")
    # Source and target of a retirement are positions in the log instead of events.
    source, target = (None, None) if row.kind == "articles.retired" else (row.source, row.target)
    return ChangeView(
        seq=row.seq,
        at=from_timestamp(row.at),
        kind=row.kind,
        article_id=row.article_id,
        duplicate_group_id=_public_id("g", row.group_number),
        event_id=_public_id("e", row.event_number),
        source_id=_public_id(id_kind, source),
        target_id=_public_id(id_kind, target),
        reason=row.reason,
    )


def _public_id(kind: ids.IdKind, number: int | None) -> str | None:
    return None if number is None else ids.encode(kind, number)

"""Everything in order: all assignments, and what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row, select

from service.common import ids
from service.common.dates import from_timestamp
from service.queries.schemas import AssignmentItemWithOrigin, ChangePage, ChangeView
from service.store import Store, schema
from service.store.log.change_set import last_seq

_ID_KINDS: Final[Mapping[str, ids.IdKind]] = MappingProxyType({"group": "g", "decision": "d"})
_ROWS_PER_FETCH: Final = 1000


def iter_assignments(store: Store) -> Iterator[AssignmentItemWithOrigin]:
    """Yield every current assignment, by age of the article, out of one snapshot."""
    query = (
        select(
            schema.articles.c.id,
            schema.assignments.c.group_number,
            schema.assignments.c.event_number,
            schema.features.c.origin,
        )
        .join(schema.assignments, schema.assignments.c.key == schema.articles.c.key)
        .join(schema.features, schema.features.c.key == schema.articles.c.key)
        .order_by(schema.articles.c.key)
    )
    at_once = query.execution_options(yield_per=_ROWS_PER_FETCH)
    with store.reading() as transaction, transaction.execute(at_once) as found:
        for name, group, event, origin in found:
            yield AssignmentItemWithOrigin(
                article_id=name,
                duplicate_group_id=ids.encode("g", group),
                event_id=ids.encode("e", event),
                origin=origin,
            )


def list_changes(store: Store, since: int = 0, limit: int = 1000) -> ChangePage:
    """Return what changed after cursor `since`."""
    log = schema.changes
    query = select(log).where(log.c.seq > since).order_by(log.c.seq).limit(limit)
    with store.reading() as transaction:
        found = transaction.execute(query).all()
    newest = found[-1].seq if found else since
    return ChangePage(items=tuple(map(to_change_view, found)), next_cursor=str(newest))


def get_last_seq(store: Store) -> int:
    """Return the cursor behind which nothing has changed yet."""
    with store.reading() as transaction:
        return last_seq(transaction)


def to_change_view(row: Row[Any]) -> ChangeView:
    """Show a row of the log."""
    kind = _ID_KINDS.get(row.kind.partition(".")[0], "e")
    # There, source and target are places in the log.
    source, target = (None, None) if row.kind == "articles.retired" else (row.source, row.target)
    return ChangeView(
        seq=row.seq,
        at=from_timestamp(row.at),
        kind=row.kind,
        article_id=row.article_id,
        duplicate_group_id=_public_id("g", row.group_number),
        event_id=_public_id("e", row.event_number),
        source_id=_public_id(kind, source),
        target_id=_public_id(kind, target),
        reason=row.reason,
    )


def _public_id(kind: ids.IdKind, number: int | None) -> str | None:
    return None if number is None else ids.encode(kind, number)

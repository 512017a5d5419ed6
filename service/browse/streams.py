"""Everything in order: all assignments, and what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row, select

from service import ids
from service.browse.views import ChangePage, ChangeView, CreditedPlacement
from service.dates import moment
from service.store import Store, tables
from service.store.journal import last_seq

_KINDS: Final[Mapping[str, ids.Kind]] = MappingProxyType({"group": "g", "decision": "d"})
_ROWS_AT_ONCE: Final = 1000


def assignments(store: Store) -> Iterator[CreditedPlacement]:
    """Yield every current assignment, by age of the article, out of one snapshot."""
    query = (
        select(
            tables.articles.c.id,
            tables.assignments.c.group_number,
            tables.assignments.c.event_number,
            tables.features.c.origin,
        )
        .join(tables.assignments, tables.assignments.c.key == tables.articles.c.key)
        .join(tables.features, tables.features.c.key == tables.articles.c.key)
        .order_by(tables.articles.c.key)
    )
    at_once = query.execution_options(yield_per=_ROWS_AT_ONCE)
    with store.reading() as transaction, transaction.execute(at_once) as found:
        for name, group, event, origin in found:
            yield CreditedPlacement(
                article_id=name,
                duplicate_group_id=ids.encode("g", group),
                event_id=ids.encode("e", event),
                origin=origin,
            )


def changes(store: Store, since: int = 0, limit: int = 1000) -> ChangePage:
    """Return what changed after cursor `since`."""
    log = tables.changes
    query = select(log).where(log.c.seq > since).order_by(log.c.seq).limit(limit)
    with store.reading() as transaction:
        found = transaction.execute(query).all()
    newest = found[-1].seq if found else since
    return ChangePage(items=tuple(map(as_change, found)), next_cursor=str(newest))


def newest_change(store: Store) -> int:
    """Return the cursor behind which nothing has changed yet."""
    with store.reading() as transaction:
        return last_seq(transaction)


def as_change(row: Row[Any]) -> ChangeView:
    """Show a row of the log."""
    kind = _KINDS.get(row.kind.partition(".")[0], "e")
    # There, source and target are places in the log.
    source, target = (None, None) if row.kind == "articles.retired" else (row.source, row.target)
    return ChangeView(
        seq=row.seq,
        at=moment(row.at),
        kind=row.kind,
        article_id=row.article_id,
        duplicate_group_id=_named("g", row.group_number),
        event_id=_named("e", row.event_number),
        source_id=_named(kind, source),
        target_id=_named(kind, target),
        reason=row.reason,
    )


def _named(kind: ids.Kind, number: int | None) -> str | None:
    return None if number is None else ids.encode(kind, number)

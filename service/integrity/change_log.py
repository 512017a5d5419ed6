"""The change log: no change is missing, and replayed from the start it leads to the assignments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, func, select

from service.integrity.finding import Finding
from service.store import meta_values
from service.store.change_log import retirement
from service.store.schema import (
    META_LAST_KEY,
    articles,
    assignments,
    changes,
    webhooks,
)

GAPLESS: Final = "the change log has no gaps"
REPLAYED: Final = "the change log leads to the assignments"
_ROWS_PER_FETCH: Final = 1000
_PLACING_KINDS: Final = ("article.assigned", "article.recalled", "article.moved")
_LEAVING_KINDS: Final = ("article.updated", "article.removed")


class _Position(NamedTuple):
    group_number: int
    event_number: int
    duplicate_of: int | None


def find_gaps(connection: Connection) -> Iterator[Finding]:
    """Yield missing numbers, and counters that lag behind what was numbered by them."""
    last = 0
    query = select(changes.c.seq).order_by(changes.c.seq)
    with connection.execute(query.execution_options(yield_per=_ROWS_PER_FETCH)) as rows:
        for (seq,) in rows:
            if seq != last + 1:
                yield Finding(GAPLESS, f"change {last + 1}", f"is missing; the next is {seq}")
            last = seq
    yield from _find_lagging(connection, last)


def find_unlogged(connection: Connection) -> Iterator[Finding]:
    """Yield articles that are not where the log says."""
    logged = _replay(connection)
    columns = (*_Position._fields, "arrived_seq", "key")
    query = select(articles.c.id, *(assignments.c[name] for name in columns)).join(
        assignments, assignments.c.key == articles.c.key
    )
    with connection.execute(query.execution_options(yield_per=_ROWS_PER_FETCH)) as rows:
        for article_id, *values, arrived_seq, key in rows:
            arrived, position = logged.pop(key, (None, None))
            if position is None:
                yield Finding(REPLAYED, article_id, "is in no change of the log")
            elif position != _Position(*values):
                detail = f"is at {_Position(*values)}, according to the log at {position}"
                yield Finding(REPLAYED, article_id, detail)
            elif arrived != arrived_seq:
                detail = f"arrived with change {arrived}, not {arrived_seq}"
                yield Finding(REPLAYED, article_id, detail)
    for key in logged:
        yield Finding(REPLAYED, f"key {key}", "is in the log, and neither stored nor removed")


def _replay(connection: Connection) -> dict[int, tuple[int | None, _Position]]:
    """Return the change with which each article arrived, and where it is, according to the log."""
    logged: dict[int, tuple[int | None, _Position]] = {}
    query = (
        select(
            changes.c.seq,
            changes.c.kind,
            changes.c.key,
            *(changes.c[name] for name in _Position._fields),
        )
        .where(changes.c.kind.in_((*_PLACING_KINDS, *_LEAVING_KINDS)))
        .order_by(changes.c.seq)
    )
    with connection.execute(query.execution_options(yield_per=_ROWS_PER_FETCH)) as rows:
        for row in rows:
            _follow(logged, row)
    return logged


def _follow(logged: dict[int, tuple[int | None, _Position]], row: Row[Any]) -> None:
    if row.kind in _LEAVING_KINDS:
        logged.pop(row.key, None)
        return
    arrived = logged.get(row.key, (None,))[0] if row.kind == "article.moved" else row.seq
    logged[row.key] = (arrived, _Position(row.group_number, row.event_number, row.duplicate_of))


def _find_lagging(connection: Connection, last_seq: int) -> Iterator[Finding]:
    last_key = int(meta_values.read(connection, META_LAST_KEY) or 0)
    largest_key = connection.scalar(select(func.max(articles.c.key))) or 0
    if largest_key > last_key:
        yield Finding(GAPLESS, f"key {largest_key}", f"is above the last key given, {last_key}")
    boundary = retirement.read_boundary(connection)
    if boundary > last_seq + 1:
        yield Finding(GAPLESS, "retirement", f"is at change {boundary}, after the newest")
    ahead = select(webhooks.c.id, webhooks.c.position).where(webhooks.c.position > last_seq)
    for webhook_id, position in connection.execute(ahead):
        detail = f"has delivered change {position}, after the newest"
        yield Finding(GAPLESS, f"webhook {webhook_id}", detail)

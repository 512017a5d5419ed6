"""Subscriptions to the log of changes: what each wants, and how far it has got.

One process at a time delivers to a subscription. It holds a lease meanwhile, which ends by itself
if the process does. Every write is a short transaction of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Row,
    Select,
    func,
    or_,
    select,
    update,
)

from service.store.schema import changes, webhooks

if TYPE_CHECKING:
    from service.store import Store

LEASE_SECONDS: Final = 60.0
"""Longer than a delivery can take."""
MAX_CHANGES_PER_BATCH: Final = 100
"""Changes in one delivery."""


@dataclass(frozen=True, slots=True)
class DeliveryBatch:
    """Changes on their way to one subscriber."""

    webhook_id: str
    url: str
    secret: str
    after: int
    upto: int
    failures: int
    """Earlier attempts that failed."""
    lease: str
    rows: Sequence[Row[Any]]
    """Out of `changes`."""


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """What came of sending a parcel."""

    at: float
    status: int | None
    """Of the answer; None if there was none."""
    error: str | None
    """What went wrong; None if it was delivered."""
    next_at: float = 0.0
    is_gone: bool = False
    """Whether the receiver wants no more."""


def list_due(connection: Connection, now: float) -> list[str]:
    """Return who waits for something, and has waited longest since the last attempt first."""
    newest = select(func.coalesce(func.max(changes.c.seq), 0)).scalar_subquery()
    query = (
        select(webhooks.c.id)
        .where(_is_leasable(now), webhooks.c.next_at <= now, webhooks.c.position < newest)
        .order_by(func.coalesce(webhooks.c.last_at, 0.0), webhooks.c.id)
    )
    return list(connection.scalars(query))


def lease_next_batch(store: Store, webhook_id: str, lease: str, now: float) -> DeliveryBatch | None:
    """Take the next parcel of a subscription, and the lease; None if there is none to be had."""
    with store.reading() as transaction:
        row = transaction.execute(
            select(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.next_at <= now)
        ).first()
        if row is None:
            return None
        newest = transaction.scalar(select(func.max(changes.c.seq))) or 0
        found = transaction.execute(_select_pending(row)).all()
    upto = row.upto or (found[-1].seq if found else newest)
    if upto <= row.position:
        return None
    kept = {"upto": upto, "lease": lease, "lease_until": now + LEASE_SECONDS}
    passed = {"position": upto, "upto": None}
    same = webhooks.c.id == webhook_id, webhooks.c.position == row.position, _is_leasable(now)
    same_parcel = *same, webhooks.c.kinds == row.kinds, webhooks.c.url == row.url
    if not _update_if_unchanged(store, same_parcel, kept if found else passed) or not found:
        return None
    return DeliveryBatch(
        webhook_id, row.url, row.secret, row.position, upto, row.failures, lease, found
    )


def record_attempt(store: Store, batch: DeliveryBatch, attempt: DeliveryAttempt) -> None:
    """Keep what came of a parcel, and give the lease back."""
    mine = webhooks.c.id == batch.webhook_id, webhooks.c.lease == batch.lease
    values: dict[str, Any] = {
        "lease": None,
        "lease_until": 0.0,
        "last_at": attempt.at,
        "last_status": attempt.status,
        "last_error": attempt.error,
        "next_at": attempt.next_at,
    }
    if attempt.error is None:
        values.update(position=batch.upto, upto=None, failures=0)
    else:
        values["failures"] = batch.failures + 1
    if attempt.is_gone:
        values["active"] = False
    _update_if_unchanged(store, mine, values)


def count_backlog(connection: Connection, row: Row[Any]) -> int:
    """Count the changes that a subscription has not got yet."""
    behind = select(func.count()).select_from(changes).where(*_unsent_conditions(row))
    return connection.scalar(behind) or 0


def _is_leasable(now: float) -> ColumnElement[bool]:
    unleased = or_(webhooks.c.lease.is_(None), webhooks.c.lease_until <= now)
    return webhooks.c.active.is_(True) & unleased


def _select_pending(row: Row[Any]) -> Select[Any]:
    query = (
        select(changes)
        .where(*_unsent_conditions(row))
        .order_by(changes.c.seq)
        .limit(MAX_CHANGES_PER_BATCH)
    )
    return query if row.upto is None else query.where(changes.c.seq <= row.upto)


def _unsent_conditions(row: Row[Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [changes.c.seq > row.position]
    if row.kinds:
        conditions.append(changes.c.kind.in_(row.kinds.split("\n")))
    return conditions


def _update_if_unchanged(
    store: Store, conditions: Sequence[ColumnElement[bool]], values: dict[str, Any]
) -> bool:
    with store.writing() as transaction:
        done = transaction.execute(update(webhooks).where(*conditions).values(**values))
        return cast(CursorResult[Any], done).rowcount == 1

"""Outbox of webhooks: the changes that each subscription selects, and how far it received them.

One process at a time delivers to a subscription. It holds a lease meanwhile, which expires by
itself if the process ends. Every write is a short transaction of its own.
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
"""How long a lease lasts; longer than one delivery can take."""
MAX_CHANGES_PER_BATCH: Final = 100
"""Most changes of one delivery, which bounds the size of its body."""


@dataclass(frozen=True, slots=True)
class DeliveryBatch:
    """Changes to be delivered to one subscription."""

    webhook_id: str
    url: str
    secret: str
    after: int
    """The last change before the batch."""
    end: int
    """The last change of the batch."""
    failures: int
    """Earlier attempts that failed."""
    lease: str
    rows: Sequence[Row[Any]]
    """Rows of `changes`."""


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """Result of sending a batch."""

    finished_at: float
    """In POSIX seconds."""
    status: int | None
    """HTTP status of the answer; None if there was none."""
    error: str | None
    """What went wrong; None if the batch was delivered."""
    next_at: float = 0.0
    """Time of the next attempt, in POSIX seconds."""
    is_gone: bool = False
    """Whether the receiver asked for the end of the subscription."""


def list_due(connection: Connection, now: float) -> list[str]:
    """Return the ids of webhooks with pending changes, the longest without an attempt first."""
    newest = select(func.coalesce(func.max(changes.c.seq), 0)).scalar_subquery()
    query = (
        select(webhooks.c.id)
        .where(_is_leasable(now), webhooks.c.next_at <= now, webhooks.c.position < newest)
        .order_by(func.coalesce(webhooks.c.last_at, 0.0), webhooks.c.id)
    )
    return list(connection.scalars(query))


def lease_next_batch(store: Store, webhook_id: str, lease: str, now: float) -> DeliveryBatch | None:
    """Take the lease and the next batch of a subscription.

    Returns
    -------
    DeliveryBatch or None
        None if nothing is due, or if another process holds the lease.
    """
    with store.reading() as connection:
        webhook = connection.execute(
            select(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.next_at <= now)
        ).first()
        if webhook is None:
            return None
        newest = connection.scalar(select(func.max(changes.c.seq))) or 0
        rows = connection.execute(_select_pending(webhook)).all()
    end = webhook.batch_end or (rows[-1].seq if rows else newest)
    if end <= webhook.position:
        return None
    leased = {"batch_end": end, "lease": lease, "lease_until": now + LEASE_SECONDS}
    skipped = {"position": end, "batch_end": None}
    unchanged = _unchanged_conditions(webhook, now)
    if not _update_if_unchanged(store, unchanged, leased if rows else skipped) or not rows:
        return None
    return DeliveryBatch(
        webhook_id,
        webhook.url,
        webhook.secret,
        webhook.position,
        end,
        webhook.failures,
        lease,
        rows,
    )


def record_attempt(store: Store, batch: DeliveryBatch, attempt: DeliveryAttempt) -> None:
    """Store the result of sending a batch, and release the lease."""
    still_leased = webhooks.c.id == batch.webhook_id, webhooks.c.lease == batch.lease
    values: dict[str, Any] = {
        "lease": None,
        "lease_until": 0.0,
        "last_at": attempt.finished_at,
        "last_status": attempt.status,
        "last_error": attempt.error,
        "next_at": attempt.next_at,
    }
    if attempt.error is None:
        values.update(position=batch.end, batch_end=None, failures=0)
    else:
        values["failures"] = batch.failures + 1
    if attempt.is_gone:
        values["active"] = False
    _update_if_unchanged(store, still_leased, values)


def count_backlog(connection: Connection, row: Row[Any]) -> int:
    """Count the changes that were not delivered to a subscription yet.

    Parameters
    ----------
    connection : Connection
    row : Row
        A row of `webhooks`.
    """
    query = select(func.count()).select_from(changes).where(*_unsent_conditions(row))
    return connection.scalar(query) or 0


def _is_leasable(now: float) -> ColumnElement[bool]:
    unleased = or_(webhooks.c.lease.is_(None), webhooks.c.lease_until <= now)
    return webhooks.c.active.is_(True) & unleased


def _unchanged_conditions(webhook: Row[Any], now: float) -> list[ColumnElement[bool]]:
    """Return the conditions under which a subscription is as it was read, and can be leased."""
    return [
        webhooks.c.id == webhook.id,
        webhooks.c.position == webhook.position,
        _is_leasable(now),
        webhooks.c.kinds == webhook.kinds,
        webhooks.c.url == webhook.url,
    ]


def _select_pending(row: Row[Any]) -> Select[Any]:
    query = (
        select(changes)
        .where(*_unsent_conditions(row))
        .order_by(changes.c.seq)
        .limit(MAX_CHANGES_PER_BATCH)
    )
    return query if row.batch_end is None else query.where(changes.c.seq <= row.batch_end)


def _unsent_conditions(row: Row[Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [changes.c.seq > row.position]
    if row.kinds:
        conditions.append(changes.c.kind.in_(row.kinds.split("\n")))
    return conditions


def _update_if_unchanged(
    store: Store, conditions: Sequence[ColumnElement[bool]], values: dict[str, Any]
) -> bool:
    with store.writing() as connection:
        result = connection.execute(update(webhooks).where(*conditions).values(**values))
        return cast(CursorResult[Any], result).rowcount == 1

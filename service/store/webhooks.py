"""Subscriptions to the log of changes: what each wants, and how far it has got.

One process at a time delivers to a subscription. It holds a lease meanwhile, which ends by itself
if the process does. Every write is a short transaction of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Float,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    func,
    or_,
    select,
    update,
)

from service.store.tables import changes, metadata

if TYPE_CHECKING:
    from service.store import Store

LEASE_SECONDS: Final = 60.0
"""Longer than a delivery can take."""
LARGEST_PARCEL: Final = 100
"""Changes in one delivery."""

# `kinds` is lines, or empty for all. `position` is the last change that was delivered (or not
# wanted), `upto` the end of the parcel that is being tried: it stays the same however often.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("upto", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("lease", String),
    Column("lease_until", Float, nullable=False),
    Column("last_at", Float),
    Column("last_status", Integer),
    Column("last_error", Text),
)


@dataclass(frozen=True, slots=True)
class Parcel:
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
class Attempt:
    """What came of sending a parcel."""

    at: float
    status: int | None
    """Of the answer; None if there was none."""
    error: str | None
    """What went wrong; None if it was delivered."""
    next_at: float = 0.0
    gone: bool = False
    """Whether the receiver wants no more."""


def due(transaction: Connection, now: float) -> list[str]:
    """Return who waits for something, and has waited longest since the last attempt first."""
    newest = select(func.coalesce(func.max(changes.c.seq), 0)).scalar_subquery()
    query = (
        select(webhooks.c.id)
        .where(_free(now), webhooks.c.next_at <= now, webhooks.c.position < newest)
        .order_by(func.coalesce(webhooks.c.last_at, 0.0), webhooks.c.id)
    )
    return list(transaction.scalars(query))


def take(store: Store, webhook_id: str, lease: str, now: float) -> Parcel | None:
    """Take the next parcel of a subscription, and the lease; None if there is none to be had."""
    with store.reading() as transaction:
        row = transaction.execute(
            select(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.next_at <= now)
        ).first()
        if row is None:
            return None
        newest = transaction.scalar(select(func.max(changes.c.seq))) or 0
        found = transaction.execute(_wanted(row)).all()
    upto = row.upto or (found[-1].seq if found else newest)
    if upto <= row.position:
        return None
    kept = {"upto": upto, "lease": lease, "lease_until": now + LEASE_SECONDS}
    passed = {"position": upto, "upto": None}
    same = webhooks.c.id == webhook_id, webhooks.c.position == row.position, _free(now)
    same_parcel = *same, webhooks.c.kinds == row.kinds, webhooks.c.url == row.url
    if not _updated(store, same_parcel, kept if found else passed) or not found:
        return None
    return Parcel(webhook_id, row.url, row.secret, row.position, upto, row.failures, lease, found)


def record(store: Store, parcel: Parcel, attempt: Attempt) -> None:
    """Keep what came of a parcel, and give the lease back."""
    mine = webhooks.c.id == parcel.webhook_id, webhooks.c.lease == parcel.lease
    values: dict[str, Any] = {
        "lease": None,
        "lease_until": 0.0,
        "last_at": attempt.at,
        "last_status": attempt.status,
        "last_error": attempt.error,
        "next_at": attempt.next_at,
    }
    if attempt.error is None:
        values.update(position=parcel.upto, upto=None, failures=0)
    else:
        values["failures"] = parcel.failures + 1
    if attempt.gone:
        values["active"] = False
    _updated(store, mine, values)


def backlog(transaction: Connection, row: Row[Any]) -> int:
    """Count the changes that a subscription has not got yet."""
    behind = select(func.count()).select_from(changes).where(*_unsent(row))
    return transaction.scalar(behind) or 0


def _free(now: float) -> ColumnElement[bool]:
    unleased = or_(webhooks.c.lease.is_(None), webhooks.c.lease_until <= now)
    return webhooks.c.active.is_(True) & unleased


def _wanted(row: Row[Any]) -> Select[Any]:
    query = select(changes).where(*_unsent(row)).order_by(changes.c.seq).limit(LARGEST_PARCEL)
    return query if row.upto is None else query.where(changes.c.seq <= row.upto)


def _unsent(row: Row[Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [changes.c.seq > row.position]
    if row.kinds:
        conditions.append(changes.c.kind.in_(row.kinds.split("\n")))
    return conditions


def _updated(
    store: Store, conditions: Sequence[ColumnElement[bool]], values: dict[str, Any]
) -> bool:
    with store.writing() as transaction:
        done = transaction.execute(update(webhooks).where(*conditions).values(**values))
        return cast(CursorResult[Any], done).rowcount == 1

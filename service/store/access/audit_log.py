"""The audit log: who did what, and from which address.

Decisions and articles have logs of their own; here are the requests around them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, insert, select

from service.store import Store
from service.store.schema import audit_log

MAX_ENTRIES: Final = 100_000
"""Entries that are kept; the oldest make room for new ones."""
_MAX_ACTION_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action."""

    number: int
    at: float
    """POSIX seconds."""
    actor: str
    action: str
    address: str
    """IP address of the client; empty for the command line."""


def record(store: Store, actor: str, action: str, address: str = "") -> None:
    """Add an entry.

    Raises
    ------
    service.store.StoreUnavailableError
    """
    with store.writing() as connection:
        number = (connection.scalar(select(func.max(audit_log.c.number))) or 0) + 1
        row = {"number": number, "at": time.time(), "actor": actor, "address": address}
        connection.execute(insert(audit_log), {**row, "action": action[:_MAX_ACTION_CHARS]})
        connection.execute(delete(audit_log).where(audit_log.c.number <= number - MAX_ENTRIES))


def list_entries(store: Store, limit: int) -> list[AuditEntry]:
    """Return the newest entries, newest first."""
    query = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
    with store.reading() as connection:
        return [AuditEntry(*row) for row in connection.execute(query).all()]

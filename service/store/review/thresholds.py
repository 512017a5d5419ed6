"""History of the event threshold: the mean pair probability from which groups are one event.

Every threshold stays on record. Its row names the change from which on it applies, so that every
process switches to it at the same position of the change log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from clustering.events.thresholds import DEFAULT_EVENT_THRESHOLD
from service.store.schema import event_thresholds


@dataclass(frozen=True, slots=True)
class ThresholdChange:
    """A new event threshold.

    Attributes
    ----------
    threshold : float
    actor : str
        Who changed it.
    labels : int
        Number of labelled pairs that it was fitted to.
    reverts : int or None
        Number of the row that it reverts.
    """

    threshold: float
    actor: str
    labels: int = 0
    reverts: int | None = None


def current_threshold(connection: Connection) -> float:
    """Return the event threshold in force."""
    columns = event_thresholds.c
    newest = select(columns.threshold).order_by(columns.number.desc()).limit(1)
    threshold = connection.scalar(newest)
    return DEFAULT_EVENT_THRESHOLD if threshold is None else threshold


def thresholds_since(connection: Connection, seq: int) -> dict[int, float]:
    """Return the thresholds after a change, by the change that they came with."""
    columns = event_thresholds.c
    query = select(columns.seq, columns.threshold).where(columns.seq > seq)
    return {row.seq: row.threshold for row in connection.execute(query)}


def history(connection: Connection) -> Sequence[Row[Any]]:
    """Return all rows, the newest first."""
    query = select(event_thresholds).order_by(event_thresholds.c.number.desc())
    return connection.execute(query).all()


def find_previous(connection: Connection) -> tuple[int, float] | None:
    """Return the row that can be reverted, and the threshold before it; None if there is none."""
    rows = history(connection)
    reverted_numbers = {row.reverts for row in rows}
    in_force = [row for row in rows if row.reverts is None and row.number not in reverted_numbers]
    if not in_force:
        return None
    previous = in_force[1].threshold if len(in_force) > 1 else DEFAULT_EVENT_THRESHOLD
    return in_force[0].number, previous


def next_number(connection: Connection) -> int:
    """Return a number that no row has had before."""
    return (connection.scalar(select(func.max(event_thresholds.c.number))) or 0) + 1


def threshold_row(
    connection: Connection, change: ThresholdChange, seq: int, now: float
) -> dict[str, Any]:
    """Return the row of `event_thresholds` for a new threshold.

    Parameters
    ----------
    connection : Connection
    change : ThresholdChange
    seq : int
        The change from which on it applies.
    now : float
        POSIX seconds.
    """
    return {
        "number": next_number(connection),
        "seq": seq,
        "at": now,
        "actor": change.actor,
        "labels": change.labels,
        "threshold": change.threshold,
        "reverts": change.reverts,
    }

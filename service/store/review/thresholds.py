"""The line: from which mean probability on articles are joined into one event.

Every line that was ever drawn stays on record. A row is written with the change from which on it is
kept to, so that every process comes to it in its place in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from clustering.events.neighbour_graph import DEFAULT_EVENT_THRESHOLD
from service.store.schema import lines


@dataclass(frozen=True, slots=True)
class ThresholdChange:
    """A line that somebody draws.

    Attributes
    ----------
    threshold : float
    actor : str
    judgements : int
        That it was found by.
    reverts : int or None
        The row of `lines` that it takes back.
    """

    threshold: float
    actor: str
    judgements: int = 0
    reverts: int | None = None


def current_threshold(connection: Connection) -> float:
    """The line of now."""
    newest = select(lines.c.threshold).order_by(lines.c.number.desc()).limit(1)
    threshold = connection.scalar(newest)
    return DEFAULT_EVENT_THRESHOLD if threshold is None else threshold


def thresholds_since(connection: Connection, seq: int) -> dict[int, float]:
    """Lines drawn after a change, by the change they came with."""
    query = select(lines.c.seq, lines.c.threshold).where(lines.c.seq > seq)
    return {row.seq: row.threshold for row in connection.execute(query)}


def history(connection: Connection) -> Sequence[Row[Any]]:
    """All lines ever drawn, the newest first."""
    return connection.execute(select(lines).order_by(lines.c.number.desc())).all()


def find_previous(connection: Connection) -> tuple[int, float] | None:
    """The row that can be taken back, and the threshold that holds then; None if there is none."""
    found = history(connection)
    taken_back = {row.takes_back for row in found}
    drawn = [row for row in found if row.takes_back is None and row.number not in taken_back]
    if not drawn:
        return None
    return drawn[0].number, drawn[1].threshold if len(drawn) > 1 else DEFAULT_EVENT_THRESHOLD


def next_number(connection: Connection) -> int:
    """A number that no line ever had."""
    return (connection.scalar(select(func.max(lines.c.number))) or 0) + 1


def threshold_row(
    connection: Connection, change: ThresholdChange, seq: int, now: float
) -> dict[str, Any]:
    """A line as it is stored."""
    return {
        "number": next_number(connection),
        "seq": seq,
        "at": now,
        "actor": change.actor,
        "judgements": change.judgements,
        "threshold": change.threshold,
        "takes_back": change.reverts,
    }

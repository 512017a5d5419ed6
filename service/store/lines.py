"""The line: from which mean probability on articles are joined into one event.

Every line that was ever drawn stays on record. A row is written with the change from which on it is
kept to, so that every process comes to it in its place in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Float, Integer, Row, Table, Text, func, select

from clustering.likeness import JOIN
from service.store.tables import NUMBER, metadata

# `seq` is that of the last change it came with. A row that puts the line before back names the one
# that it takes back; its own threshold is the one that holds again.
lines: Final = Table(
    "lines",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("seq", NUMBER, nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("judgements", Integer, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("takes_back", NUMBER, unique=True),
)


# What was worked out last; there is one row at most.
proposals: Final = Table(
    "proposals",
    metadata,
    Column("at", Float, primary_key=True),
    Column("report", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that somebody draws.

    Attributes
    ----------
    threshold : float
    actor : str
    judgements : int
        That it was found by.
    takes_back : int or None
        The row of `lines` that it takes back.
    """

    threshold: float
    actor: str
    judgements: int = 0
    takes_back: int | None = None


def in_force(transaction: Connection) -> float:
    """The line of now."""
    newest = select(lines.c.threshold).order_by(lines.c.number.desc()).limit(1)
    threshold = transaction.scalar(newest)
    return JOIN if threshold is None else threshold


def since(transaction: Connection, seq: int) -> dict[int, float]:
    """Lines drawn after a change, by the change they came with."""
    query = select(lines.c.seq, lines.c.threshold).where(lines.c.seq > seq)
    return {row.seq: row.threshold for row in transaction.execute(query)}


def history(transaction: Connection) -> Sequence[Row[Any]]:
    """All lines ever drawn, the newest first."""
    return transaction.execute(select(lines).order_by(lines.c.number.desc())).all()


def before(transaction: Connection) -> tuple[int, float] | None:
    """The row that can be taken back, and the threshold that holds then; None if there is none."""
    found = history(transaction)
    taken_back = {row.takes_back for row in found}
    drawn = [row for row in found if row.takes_back is None and row.number not in taken_back]
    if not drawn:
        return None
    return drawn[0].number, drawn[1].threshold if len(drawn) > 1 else JOIN


def next_number(transaction: Connection) -> int:
    """A number that no line ever had."""
    return (transaction.scalar(select(func.max(lines.c.number))) or 0) + 1


def row_of(transaction: Connection, line: Line, seq: int, now: float) -> dict[str, Any]:
    """A line as it is stored."""
    return {
        "number": next_number(transaction),
        "seq": seq,
        "at": now,
        "actor": line.actor,
        "judgements": line.judgements,
        "threshold": line.threshold,
        "takes_back": line.takes_back,
    }

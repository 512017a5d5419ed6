"""What people decided, row by row; nothing is ever changed or taken out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    Row,
    Select,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
)

from clustering.decisions import Decision
from service.store import rows
from service.store.tables import NUMBER, articles, metadata

UNDO: Final = "undo"

# `payload` is what was asked for, by outside names; `said` what it says of articles, by their keys;
# `moved` where articles were before and after. An undo names what it takes back.
decisions: Final = Table(
    "decisions",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("seq", NUMBER, nullable=False),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("moved", Text, nullable=False),
    Column("event_number", NUMBER),
    Column("undoes", NUMBER, unique=True),
    Index("ix_decisions_events", "kind", "event_number"),
)

_undo: Final = decisions.alias("undo")
UNDONE_BY: Final = _undo.c.number.label("undone_by")
EVERY: Final[Select[Any]] = select(decisions, UNDONE_BY).outerjoin(
    _undo, _undo.c.undoes == decisions.c.number
)
"""All rows, each with the number of the row that takes it back."""
STANDING: Final[Select[Any]] = EVERY.where(_undo.c.number.is_(None), decisions.c.kind != UNDO)
"""Those that no other takes back."""


def next_number(transaction: Connection) -> int:
    """A number that no decision ever had."""
    return (transaction.scalar(select(func.max(decisions.c.number))) or 0) + 1


def one(transaction: Connection, number: int) -> Row[Any] | None:
    """One row, with the number of the one that takes it back."""
    return transaction.execute(EVERY.where(decisions.c.number == number)).first()


def standing(transaction: Connection, leaving_out: int = 0) -> list[Decision]:
    """All that stands, about articles that are there; one may be left out as if it did not."""
    query = STANDING.where(decisions.c.number != leaving_out).order_by(decisions.c.number)
    found = transaction.execute(query).all()
    said = {row.number: read(row) for row in found}
    unlocked = {row.event_number: row.number for row in found if row.kind == "unlock_event"}
    known = _known(transaction, {it for one in said.values() for it in one.articles})
    return [
        said[row.number].about(known)
        for row in found
        if row.kind != "lock_event" or unlocked.get(row.event_number, 0) < row.number
    ]


def about(
    transaction: Connection, since: int, events: Collection[int], articles: Collection[int]
) -> set[int]:
    """The rows after a change that are about some events, or some articles, by number."""
    later = transaction.execute(EVERY.where(decisions.c.seq > since)).all()
    undone = {row.undoes for row in later} - {None}
    known = {row.number: row for row in (*_some(transaction, undone), *later)}
    return {row.number for row in later if _is_about(known.get(row.undoes, row), events, articles)}


def _some(transaction: Connection, numbers: Iterable[int]) -> Iterator[Row[Any]]:
    query = EVERY.where(decisions.c.number.in_(bindparam("numbers", expanding=True)))
    for some in rows.in_steps(numbers):
        yield from transaction.execute(query, {"numbers": some})


def _is_about(row: Row[Any], events: Collection[int], articles: Collection[int]) -> bool:
    return row.event_number in events or not read(row).articles.isdisjoint(articles)


def lock_of(transaction: Connection, event: int) -> int | None:
    """The decision by which an event is locked."""
    query = (
        STANDING.where(decisions.c.event_number == event)
        .where(decisions.c.kind.in_(("lock_event", "unlock_event")))
        .order_by(decisions.c.number.desc())
    )
    newest = transaction.execute(query).first()
    return newest.number if newest is not None and newest.kind == "lock_event" else None


def choice_of(transaction: Connection, articles: Iterable[int]) -> dict[int, int]:
    """The decisions by which articles were chosen to stand for their groups, the newest of each."""
    query = STANDING.where(decisions.c.kind == "set_canonical").order_by(decisions.c.number)
    wanted = {*articles}
    found = {read(row).chosen: row.number for row in transaction.execute(query)}
    return {article: number for article, number in found.items() if article in wanted}


def read(row: Row[Any]) -> Decision:
    """What a row says of articles."""
    said = json.loads(row.said)
    return Decision(
        row.number,
        one_event=tuple(said.get("one_event", ())),
        one_group=tuple(said.get("one_group", ())),
        unless=tuple(said.get("unless", ())),
        sides=tuple(map(tuple, said.get("sides", ()))),
        distinct=tuple(said.get("distinct", ())),
        locked=row.event_number if row.kind == "lock_event" else None,
        chosen=said.get("chosen"),
    )


def said(decision: Decision) -> str:
    """What a decision says of articles, as it is stored."""
    parts = {
        name: value
        for name in ("one_event", "one_group", "unless", "sides", "distinct", "chosen")
        if (value := getattr(decision, name))
    }
    return json.dumps(parts)


def _known(transaction: Connection, keys: set[int]) -> set[int]:
    query = select(articles.c.key).where(articles.c.key.in_(bindparam("keys", expanding=True)))
    return {
        key for some in rows.in_steps(keys) for key in transaction.scalars(query, {"keys": some})
    }

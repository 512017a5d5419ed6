"""What people decided, row by row; nothing is ever changed or taken out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    func,
    select,
)

from clustering.constraints.decision import Decision
from service.store import bulk
from service.store.schema import articles, decisions

UNDO_KIND: Final = "undo"


_undo_rows: Final = decisions.alias("undo")
UNDONE_BY: Final = _undo_rows.c.number.label("undone_by")
ALL_DECISIONS: Final[Select[Any]] = select(decisions, UNDONE_BY).outerjoin(
    _undo_rows, _undo_rows.c.undoes == decisions.c.number
)
"""All rows, each with the number of the row that takes it back."""
ACTIVE_DECISIONS: Final[Select[Any]] = ALL_DECISIONS.where(
    _undo_rows.c.number.is_(None), decisions.c.kind != UNDO_KIND
)
"""Those that no other takes back."""


def next_number(connection: Connection) -> int:
    """A number that no decision ever had."""
    return (connection.scalar(select(func.max(decisions.c.number))) or 0) + 1


def find_decision(connection: Connection, number: int) -> Row[Any] | None:
    """One row, with the number of the one that takes it back."""
    return connection.execute(ALL_DECISIONS.where(decisions.c.number == number)).first()


def load_active_decisions(connection: Connection, excluded_number: int = 0) -> list[Decision]:
    """All that stands, about articles that are there; one may be left out as if it did not."""
    query = ACTIVE_DECISIONS.where(decisions.c.number != excluded_number).order_by(
        decisions.c.number
    )
    found = connection.execute(query).all()
    said = {row.number: read_decision(row) for row in found}
    unlocked = {row.event_number: row.number for row in found if row.kind == "unlock_event"}
    known = _existing_keys(connection, {it for one in said.values() for it in one.articles})
    return [
        said[row.number].restricted_to(known)
        for row in found
        if row.kind != "lock_event" or unlocked.get(row.event_number, 0) < row.number
    ]


def find_decisions_about(
    connection: Connection,
    since: int,
    event_numbers: Collection[int],
    article_keys: Collection[int],
) -> set[int]:
    """The rows after a change that are about some events, or some articles, by number."""
    later = connection.execute(ALL_DECISIONS.where(decisions.c.seq > since)).all()
    undone = {row.undoes for row in later} - {None}
    known = {row.number: row for row in (*_fetch_by_number(connection, undone), *later)}
    return {
        row.number
        for row in later
        if _is_about(known.get(row.undoes, row), event_numbers, article_keys)
    }


def _fetch_by_number(connection: Connection, numbers: Iterable[int]) -> Iterator[Row[Any]]:
    query = ALL_DECISIONS.where(decisions.c.number.in_(bindparam("numbers", expanding=True)))
    for some in bulk.chunked(numbers):
        yield from connection.execute(query, {"numbers": some})


def _is_about(row: Row[Any], event_numbers: Collection[int], article_keys: Collection[int]) -> bool:
    return row.event_number in event_numbers or not read_decision(row).articles.isdisjoint(
        article_keys
    )


def find_lock(connection: Connection, event_number: int) -> int | None:
    """The decision by which an event is locked."""
    query = (
        ACTIVE_DECISIONS.where(decisions.c.event_number == event_number)
        .where(decisions.c.kind.in_(("lock_event", "unlock_event")))
        .order_by(decisions.c.number.desc())
    )
    newest = connection.execute(query).first()
    return newest.number if newest is not None and newest.kind == "lock_event" else None


def chosen_canonical_by(connection: Connection, article_keys: Iterable[int]) -> dict[int, int]:
    """The decisions by which articles were chosen to stand for their groups, the newest of each."""
    query = ACTIVE_DECISIONS.where(decisions.c.kind == "set_canonical").order_by(decisions.c.number)
    wanted = {*article_keys}
    found = {read_decision(row).chosen: row.number for row in connection.execute(query)}
    return {article: number for article, number in found.items() if article in wanted}


def read_decision(row: Row[Any]) -> Decision:
    """What a row says of articles."""
    said = json.loads(row.said)
    return Decision(
        row.number,
        one_event=tuple(said.get("one_event", ())),
        one_group=tuple(said.get("one_group", ())),
        unless=tuple(said.get("unless", ())),
        sides=tuple(map(tuple, said.get("sides", ()))),
        distinct=tuple(said.get("distinct", ())),
        locked_event=row.event_number if row.kind == "lock_event" else None,
        chosen=said.get("chosen"),
    )


def constraints_json(decision: Decision) -> str:
    """What a decision says of articles, as it is stored."""
    parts = {
        name: value
        for name in ("one_event", "one_group", "unless", "sides", "distinct", "chosen")
        if (value := getattr(decision, name))
    }
    return json.dumps(parts)


def _existing_keys(connection: Connection, keys: set[int]) -> set[int]:
    query = select(articles.c.key).where(articles.c.key.in_(bindparam("keys", expanding=True)))
    return {key for some in bulk.chunked(keys) for key in connection.scalars(query, {"keys": some})}

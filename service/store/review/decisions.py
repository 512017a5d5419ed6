"""Table of editors' decisions. Rows are only ever added."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from clustering.constraints.decision import Decision
from service.store import bulk
from service.store.schema import articles, decisions

UNDO_KIND: Final = "undo"

_undo_rows: Final = decisions.alias("undo")
UNDONE_BY: Final = _undo_rows.c.number.label("undone_by")
ALL_DECISIONS: Final[Select[Any]] = select(decisions, UNDONE_BY).outerjoin(
    _undo_rows, _undo_rows.c.undoes == decisions.c.number
)
"""All rows, each with the number of the row that undoes it."""
ACTIVE_DECISIONS: Final[Select[Any]] = ALL_DECISIONS.where(
    _undo_rows.c.number.is_(None), decisions.c.kind != UNDO_KIND
)
"""Rows that no other undoes, without the undos themselves."""


def next_number(connection: Connection) -> int:
    """Return a number that no decision has had before."""
    return (connection.scalar(select(func.max(decisions.c.number))) or 0) + 1


def insert_decision(
    connection: Connection, columns: Mapping[str, Any], seq: int, moves: object
) -> None:
    """Store a decision, such as a merge of two events, or an undo.

    Parameters
    ----------
    connection : Connection
    columns : mapping of str to value
        All columns but `seq` and `moves`.
    seq : int
        The last change that the decision made.
    moves : object
        Which articles it moved, from where to where, as JSON can hold it.
    """
    row = {**columns, "seq": seq, "moves": json.dumps(moves)}
    bulk.insert(connection, decisions, [row])


def find_decision(connection: Connection, number: int) -> Row[Any] | None:
    """Return a row, with the number of the row that undoes it; None if there is none."""
    return connection.execute(ALL_DECISIONS.where(decisions.c.number == number)).first()


def load_active_decisions(connection: Connection, excluded_number: int = 0) -> list[Decision]:
    """Return all active decisions, restricted to articles that are in the store.

    Parameters
    ----------
    connection : Connection
    excluded_number : int
        A decision to leave out, as if it had been undone.
    """
    query = ACTIVE_DECISIONS.where(decisions.c.number != excluded_number).order_by(
        decisions.c.number
    )
    rows = connection.execute(query).all()
    decision_of = {row.number: read_decision(row) for row in rows}
    unlocked = {row.event_number: row.number for row in rows if row.kind == "unlock_event"}
    existing_keys = _existing_keys(
        connection, {key for decision in decision_of.values() for key in decision.articles}
    )
    return [
        decision_of[row.number].restricted_to(existing_keys)
        for row in rows
        if row.kind != "lock_event" or unlocked.get(row.event_number, 0) < row.number
    ]


def find_decisions_about(
    connection: Connection,
    since: int,
    event_numbers: Collection[int],
    article_keys: Collection[int],
) -> set[int]:
    """Return the numbers of rows after change `since` that are about given events or articles.

    An undo is about what the decision that it undoes is about.
    """
    later_rows = connection.execute(ALL_DECISIONS.where(decisions.c.seq > since)).all()
    undone_numbers = {row.undoes for row in later_rows} - {None}
    undone_rows = bulk.select_in(connection, ALL_DECISIONS, decisions.c.number, undone_numbers)
    row_of = {row.number: row for row in (*undone_rows, *later_rows)}
    return {
        row.number
        for row in later_rows
        if _is_about(row_of.get(row.undoes, row), event_numbers, article_keys)
    }


def _is_about(row: Row[Any], event_numbers: Collection[int], article_keys: Collection[int]) -> bool:
    return row.event_number in event_numbers or not read_decision(row).articles.isdisjoint(
        article_keys
    )


def find_lock(connection: Connection, event_number: int) -> int | None:
    """Return the number of the decision by which an event is locked; None if it is not."""
    query = (
        ACTIVE_DECISIONS.where(decisions.c.event_number == event_number)
        .where(decisions.c.kind.in_(("lock_event", "unlock_event")))
        .order_by(decisions.c.number.desc())
    )
    newest = connection.execute(query).first()
    return newest.number if newest is not None and newest.kind == "lock_event" else None


def chosen_canonical_by(connection: Connection, article_keys: Iterable[int]) -> dict[int, int]:
    """Return by which decision articles were chosen as canonical, the newest for each."""
    query = ACTIVE_DECISIONS.where(decisions.c.kind == "set_canonical").order_by(decisions.c.number)
    requested_keys = {*article_keys}
    number_of = {read_decision(row).chosen: row.number for row in connection.execute(query)}
    return {key: number for key, number in number_of.items() if key in requested_keys}


def read_decision(row: Row[Any]) -> Decision:
    """Return what a row says about articles."""
    constraints = json.loads(row.constraints)
    return Decision(
        row.number,
        one_event=tuple(constraints.get("one_event", ())),
        one_group=tuple(constraints.get("one_group", ())),
        unless=tuple(constraints.get("unless", ())),
        sides=tuple(map(tuple, constraints.get("sides", ()))),
        distinct=tuple(constraints.get("distinct", ())),
        locked_event=row.event_number if row.kind == "lock_event" else None,
        chosen=constraints.get("chosen"),
    )


def constraints_json(decision: Decision) -> str:
    """Return what a decision says about articles, as JSON for `decisions.constraints`."""
    constraints = {
        name: value
        for name in ("one_event", "one_group", "unless", "sides", "distinct", "chosen")
        if (value := getattr(decision, name))
    }
    return json.dumps(constraints)


def _existing_keys(connection: Connection, keys: set[int]) -> set[int]:
    rows = bulk.select_in(connection, select(articles.c.key), articles.c.key, keys)
    return {row.key for row in rows}

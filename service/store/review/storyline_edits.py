"""Events that people tied into one storyline, or cut apart; it stays when events merge."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, delete, select

from service.store import bulk
from service.store.projections import headlines
from service.store.schema import storyline_edits

EditKind = Literal["tie", "cut"]


def save_edit(
    connection: Connection, first: int, second: int, kind: EditKind | None, actor: str, now: float
) -> None:
    """Store what a person said of two events, in place of what was said before.

    Parameters
    ----------
    connection : Connection
    first, second : int
        Numbers of events, in any order.
    kind : {"tie", "cut"} or None
        None takes back what was said.
    actor : str
    now : float
        POSIX seconds.
    """
    first, second = sorted((first, second))
    columns = storyline_edits.c
    connection.execute(
        delete(storyline_edits).where(columns.first == first, columns.second == second)
    )
    if kind is not None:
        row = {"first": first, "second": second, "kind": kind, "actor": actor, "at": now}
        bulk.insert(connection, storyline_edits, [row])


def load_edits(connection: Connection) -> dict[tuple[int, int], tuple[EditKind, str]]:
    """Return kind and editor by pair of events, the smaller number first.

    Events that have merged are those that they merged into; the newest edit of a pair counts.
    """
    edits: dict[tuple[int, int], tuple[EditKind, str]] = {}
    for row in connection.execute(select(storyline_edits).order_by(storyline_edits.c.at)):
        first, second = sorted(
            headlines.find_surviving_event(connection, number) for number in (row.first, row.second)
        )
        if first != second:
            edits[first, second] = (row.kind, row.actor)
    return edits

"""Drawing the line elsewhere, and putting back the one before.

All events are judged again by it, a few articles at a time. It is kept to from the first of these
transactions on, by every process, and interrupted it is gone on with as any such run. What people
decided stands, whatever the line.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from service import reclustering
from service.calibration.proposal import Proposal
from service.desk import Desk
from service.reclustering import Reclustered
from service.store import Store, lines
from service.store.lines import Line

Progress = Callable[[int], None]
"""Told the number of articles judged so far."""


class LineMovedError(RuntimeError):
    """The line is not where it was when this was worked out, or nothing speaks for another."""


class NoLineBeforeError(LookupError):
    """The line is where it was from the beginning."""


def apply(
    desk: Desk, found: Proposal, actor: str, progress: Progress = lambda _: None
) -> Reclustered:
    """Draw the line where judgements speak for it, and judge all events by it.

    Raises
    ------
    LineMovedError
    """

    def draw(transaction: Connection) -> Line:
        if not found.fit.better:
            raise LineMovedError("nothing speaks for another line")
        if lines.in_force(transaction) != found.fit.present:
            raise LineMovedError("the line has been drawn elsewhere since; work it out again")
        return Line(found.fit.threshold, actor, found.fit.judgements)

    return reclustering.recluster(desk, progress, draw)


def put_back(desk: Desk, actor: str, progress: Progress = lambda _: None) -> Reclustered:
    """Put the line before back, and judge all events by it.

    Raises
    ------
    NoLineBeforeError
    """

    def draw(transaction: Connection) -> Line:
        found = lines.before(transaction)
        if found is None:
            raise NoLineBeforeError("the line is where it was from the beginning")
        number, threshold = found
        return Line(threshold, actor, takes_back=number)

    return reclustering.recluster(desk, progress, draw)


def now(store: Store) -> float:
    """Return the line in force."""
    with store.reading() as transaction:
        return lines.in_force(transaction)

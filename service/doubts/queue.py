"""Which doubts are still to be asked, most useful first.

What people decided, and what follows from it, is asked no more: a pair that is tied or kept apart,
through whatever reprints and other articles; two events that are kept apart by anybody in them; an
event that is locked. Of two events, or of the inside of one, one pair is asked at a time: its
answer may settle the others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, bindparam, func, select

from clustering.decisions import Bonds
from clustering.doubts import worth
from service import ids
from service.dates import moment
from service.desk import Desk
from service.shown import DESCRIBED
from service.store import docket, lines, rows
from service.store import doubts as kept
from service.store.journal import last_seq
from service.store.tables import articles, assignments

_DAY: Final = 86400.0
_ANSWERS: Final = ("same_event", "keep_apart")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtView:
    """Two articles of which it is not sure whether they report the same event."""

    __pydantic_config__ = DESCRIBED

    article_ids: tuple[str, str]
    event_ids: tuple[str, str]
    """Where they are; one and the same if they are together."""
    together: bool
    """Whether they are in one event at present."""
    probability: float
    """Of "same event", when the two were compared."""
    moving: int
    """Articles that would leave their event if the answer is not as things are."""
    published_at: datetime
    """Of the younger article; when it was received, where that is not known or not true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtPage:
    """The most useful doubts."""

    __pydantic_config__ = DESCRIBED

    items: tuple[DoubtView, ...]
    left: int
    """Doubts that are still to be asked, these included."""
    judged_today: int
    """Answers of everybody since midnight (UTC) that stand: `same_event` and `keep_apart`."""
    line: float
    """Probability from which articles are joined."""
    seq: int
    """The newest change that was looked at: to be sent as `seen` with the answer."""


def doubts(desk: Desk, actor: str, limit: int = 50) -> DoubtPage:
    """Return what is worth most to ask somebody.

    Parameters
    ----------
    desk : Desk
    actor : str
        Whose skips are left out.
    limit : int
    """
    with desk.store.reading() as transaction:
        join, settled = lines.in_force(transaction), _Settled(transaction, desk.bonds(transaction))
        found = (row for row in kept.open_(transaction, actor) if not settled.about(row))
        asked = _one_at_a_time(_ask(found, join))
        names = _names(transaction, [it.pair for it in asked[:limit]])
        return DoubtPage(
            items=tuple(_view(it, names) for it in asked[:limit]),
            left=len(asked),
            judged_today=_judged_since(transaction, time.time() // _DAY * _DAY),
            line=join,
            seq=last_seq(transaction),
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    pair: tuple[int, int]
    events: tuple[int, int]
    probability: float
    moving: int
    published: float
    worth: float


def _one_at_a_time(asked: Iterable[_Asked]) -> list[_Asked]:
    """The most useful first, and of two events only one pair."""
    ranked = sorted(asked, key=lambda it: (-it.worth, it.pair))
    first_of = {frozenset(it.events): it for it in reversed(ranked)}
    return [it for it in ranked if first_of[frozenset(it.events)] is it]


def _ask(found: Iterable[Row[Any]], join: float) -> Iterator[_Asked]:
    for row in found:
        together = row.event == row.other_event
        sizes = (row.copies, row.other_copies) if together else (row.size, row.other_size)
        numbers = {"moving": min(sizes), "published": row.published}
        yield _Asked(
            (row.first, row.second),
            (row.event, row.other_event),
            row.probability,
            worth=worth(row.probability, join, together=together, **numbers),
            **numbers,
        )


class _Settled:
    """What people decided, as far as it says something about doubts."""

    def __init__(self, transaction: Connection, bonds: Bonds) -> None:
        self._bonds = bonds
        self._of_group: dict[int, set[int]] = {}
        self._of_event: dict[int, set[int]] = {}
        for row in _placed(transaction, bonds.camp_of):
            camp = bonds.camp_of[row.key]
            self._of_group.setdefault(row.group_number, set()).add(camp)
            self._of_event.setdefault(row.event_number, set()).add(camp)

    def about(self, row: Row[Any]) -> bool:
        """Whether an answer would say nothing new, or could not be kept to."""
        if {row.event, row.other_event} & self._bonds.locked:
            return True
        here, there = (self._of_group.get(it, set()) for it in (row.group, row.other_group))
        if here & there or self._at_odds(here, there):
            return True
        if row.event == row.other_event:
            return False
        events = (row.event, row.other_event)
        return self._at_odds(*(self._of_event.get(it, set()) for it in events))

    def _at_odds(self, here: set[int], there: set[int]) -> bool:
        apart = self._bonds.apart
        return any(there & apart.get(camp, frozenset()) for camp in here)


def _placed(transaction: Connection, keys: Iterable[int]) -> Iterator[Row[Any]]:
    columns = (assignments.c[name] for name in ("key", "group_number", "event_number"))
    query = select(*columns).where(assignments.c.key.in_(bindparam("keys", expanding=True)))
    for some in rows.in_steps(keys):
        yield from transaction.execute(query, {"keys": some})


def _names(transaction: Connection, pairs: Iterable[tuple[int, int]]) -> dict[int, str]:
    query = select(articles.c.key, articles.c.id).where(
        articles.c.key.in_(bindparam("keys", expanding=True))
    )
    return {
        row.key: row.id
        for some in rows.in_steps({key for pair in pairs for key in pair})
        for row in transaction.execute(query, {"keys": some})
    }


def _judged_since(transaction: Connection, moment: float) -> int:
    columns = docket.decisions.c
    at: Column[float] = columns.at
    standing = docket.STANDING.where(at >= moment, columns.kind.in_(_ANSWERS))
    numbers = standing.with_only_columns(columns.number).subquery()
    query = select(func.count()).select_from(numbers)
    return transaction.scalar(query) or 0


def _view(it: _Asked, names: dict[int, str]) -> DoubtView:
    one, other = it.pair
    event, other_event = it.events
    return DoubtView(
        article_ids=(names[one], names[other]),
        event_ids=(ids.encode("e", event), ids.encode("e", other_event)),
        together=event == other_event,
        probability=it.probability,
        moving=it.moving,
        published_at=moment(it.published),
    )

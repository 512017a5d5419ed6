"""What has changed about something since whoever decides about it has looked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Connection, and_, bindparam, or_, select

from service import browse
from service.browse import ChangeView
from service.rulings import MergedError, Placed
from service.store import docket, rows
from service.store.tables import changes

TOLD: Final = 100
"""Changes that are told at most to whoever did not see them."""

_DECIDED: Final = ("decision.made", "decision.undone")


class StaleDecisionError(Exception):
    """What a decision is about has changed since whoever decides has looked."""

    def __init__(self, why: str, *seen: ChangeView) -> None:
        super().__init__(why)
        self.changes = seen


def check_seen(
    transaction: Connection,
    seen: int | None,
    events: Collection[int],
    placed: Iterable[Placed],
) -> None:
    """Refuse a decision about what has changed since.

    Parameters
    ----------
    transaction : Connection
    seen : int or None
        The newest change that whoever decides has seen; None if nothing is said of that.
    events : collection of int
        Those that the decision is about.
    placed : iterable of Placed
        The articles that are in them.

    Raises
    ------
    StaleDecisionError
    """
    if seen is None:
        return
    about = {it.key for it in placed}
    missed = {it.seq: it for it in changed(transaction, seen, events, TOLD)}
    missed |= {it.seq: it for it in _decided(transaction, seen, {*events}, about)}
    if missed:
        told = [missed[seq] for seq in sorted(missed)][:TOLD]
        raise StaleDecisionError("what you decide about has changed since you looked", *told)


def merged(transaction: Connection, error: MergedError) -> StaleDecisionError:
    """Tell of something that it has merged, and when."""
    log = (
        select(changes)
        .where(changes.c.kind == f"{error.kind}.merged", changes.c.source == error.number)
        .order_by(changes.c.seq.desc())
        .limit(1)
    )
    return StaleDecisionError(str(error), *map(browse.as_change, transaction.execute(log)))


def changed(
    transaction: Connection, since: int, events: Iterable[int], most: int
) -> list[ChangeView]:
    """What has happened in some events after a change, the first of it."""
    some: BindParameter[int] = bindparam("events", expanding=True)
    ends = or_(changes.c.source.in_(some), changes.c.target.in_(some))
    moved = and_(or_(*(changes.c.kind.startswith(it) for it in ("article.", "event."))), ends)
    where = or_(changes.c.event_number.in_(some), moved)
    found = {it.seq: it for it in _told(transaction, since, where, "events", events, most)}
    return [found[seq] for seq in sorted(found)[:most]]


def _decided(
    transaction: Connection, since: int, events: set[int], articles: set[int]
) -> Iterator[ChangeView]:
    """Decisions about some events or articles, made or taken back, whether or not they moved any.

    The log does not say what they are about, but the docket does.
    """
    numbers = docket.about(transaction, since, events, articles)
    where = and_(
        changes.c.kind.in_(_DECIDED), changes.c.source.in_(bindparam("numbers", expanding=True))
    )
    return _told(transaction, since, where, "numbers", numbers, TOLD)


def _told(
    transaction: Connection,
    since: int,
    where: ColumnElement[bool],
    name: str,
    numbers: Iterable[int],
    most: int,
) -> Iterator[ChangeView]:
    log = select(changes).where(changes.c.seq > since, where).order_by(changes.c.seq).limit(most)
    for some in rows.in_steps({*numbers}):
        yield from map(browse.as_change, transaction.execute(log, {name: some}))

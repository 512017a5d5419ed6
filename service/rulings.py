"""From a decision as it was posted to what it says of articles, and what is to be done at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, bindparam, select

from clustering.decisions import Decision
from clustering.orders import Order
from service import ids
from service.asked import (
    AboutArticles,
    Asked,
    InvalidDecisionError,
    LockEvent,
    MergeEvents,
    MoveArticle,
    RenameEvent,
    SetCanonical,
    SplitEvent,
)
from service.store import rows
from service.store.tables import articles, assignments, events, groups
from service.submission import Fault

NOTHING_TO_DO: Final = Order()


class Placed(NamedTuple):
    """An article where it is."""

    key: int
    id: str
    group: int
    event: int


class MergedError(Exception):
    """What the decision is about has merged into something else."""

    def __init__(self, kind: Literal["event", "group"], number: int, into: int) -> None:
        letter: ids.Kind = "e" if kind == "event" else "g"
        super().__init__(f"{ids.encode(letter, number)} has merged into {ids.encode(letter, into)}")
        self.kind = kind
        self.number = number


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a decision comes to.

    Attributes
    ----------
    decision : Decision
        What it says of articles.
    order : Order
        What is to be done at once.
    placed : tuple of Placed
        All articles of the events concerned.
    moving : frozenset of int
        Events that may take or lose articles at once.
    event : int or None
        The event that is locked, unlocked or renamed.
    """

    decision: Decision
    placed: tuple[Placed, ...]
    order: Order = NOTHING_TO_DO
    moving: frozenset[int] = frozenset()
    event: int | None = None

    @property
    def events(self) -> frozenset[int]:
        """The events concerned."""
        return frozenset(it.event for it in self.placed)

    @property
    def divided(self) -> frozenset[int]:
        """Groups that are divided at once."""
        parted = {*self.order.parted}
        return frozenset(it.group for it in self.placed if it.key in parted)


def rule(transaction: Connection, number: int, wanted: Asked) -> Ruling:
    """Find out what a decision comes to as things are.

    Raises
    ------
    InvalidDecisionError
        If it names something that is not there, or not where it says.
    MergedError
    """
    room = _Room(transaction, Decision(number))
    if isinstance(wanted, MergeEvents):
        return room.merge(wanted)
    if isinstance(wanted, SplitEvent):
        return room.split(wanted)
    if isinstance(wanted, MoveArticle):
        return room.move(wanted)
    if isinstance(wanted, AboutArticles):
        return room.about(wanted)
    if isinstance(wanted, SetCanonical):
        return room.choose(wanted)
    return room.mark(wanted)


class _Room:
    """Where a ruling is made: looks up what it is about."""

    def __init__(self, transaction: Connection, blank: Decision) -> None:
        self._transaction = transaction
        self._blank = blank

    def merge(self, wanted: MergeEvents) -> Ruling:
        numbers = [self._event(it, f"/event_ids/{at}") for at, it in enumerate(wanted.event_ids)]
        if len({*numbers}) < 2:
            raise InvalidDecisionError(Fault("/event_ids", "must be two different events"))
        placed = self._inside(numbers)
        keys = _keys(placed)
        order = Order(to_event=((keys, min(numbers)),))
        return Ruling(replace(self._blank, one_event=keys), placed, order, frozenset(numbers))

    def split(self, wanted: SplitEvent) -> Ruling:
        event = self._event(wanted.event_id, "/event_id")
        named = self._articles(wanted.article_ids, "/article_ids")
        for at, one in enumerate(named):
            if one.event != event:
                there = f"is not in {wanted.event_id}, but in {ids.encode('e', one.event)}"
                raise InvalidDecisionError(Fault(f"/article_ids/{at}", there))
        placed = self._inside([event])
        leave, stay = _divide(placed, named)
        if not stay:
            raise InvalidDecisionError(Fault("/article_ids", "nobody would stay in the event"))
        decision = replace(self._blank, unless=leave, sides=(leave, stay))
        return Ruling(decision, placed, Order(to_event=((leave, None),)), frozenset([event]))

    def move(self, wanted: MoveArticle) -> Ruling:
        (one,) = self._articles([wanted.article_id], "/article_id")
        event = self._event(wanted.event_id, "/event_id")
        if one.event == event:
            raise InvalidDecisionError(Fault("/event_id", "it is there already"))
        left, joined = self._inside([one.event]), self._inside([event])
        leave, stay = _divide(left, [one])
        sides = (leave, stay) if stay else ()
        decision = replace(self._blank, one_event=(*leave, *_keys(joined)), sides=sides)
        order = Order(to_event=((leave, event),))
        return Ruling(decision, (*left, *joined), order, frozenset([one.event, event]))

    def about(self, wanted: AboutArticles) -> Ruling:
        named = list(dict.fromkeys(self._articles(wanted.article_ids, "/article_ids")))
        if len(named) < 2:
            raise InvalidDecisionError(Fault("/article_ids", "must be two different articles"))
        keys, numbers = _keys(named), frozenset(it.event for it in named)
        placed = self._inside(numbers)
        blank, moving = self._blank, numbers if len(numbers) > 1 else frozenset[int]()
        if wanted.kind == "same_event":
            return Ruling(replace(blank, one_event=keys), placed, Order(one_event=keys), moving)
        if wanted.kind == "duplicate":
            order = Order(one_event=keys, one_group=keys)
            return Ruling(replace(blank, one_group=keys), placed, order, moving)
        if wanted.kind == "not_duplicate":
            order = Order(parted=_meeting(named, "group"))
            return Ruling(replace(blank, distinct=keys), placed, order)
        judged = _meeting(named, "event")
        order = Order(parted=_meeting(named, "group"), judged=judged)
        losing = frozenset(it.event for it in named if it.key in judged)
        decision = replace(blank, sides=tuple((key,) for key in keys))
        return Ruling(decision, placed, order, losing)

    def choose(self, wanted: SetCanonical) -> Ruling:
        group = self._group(wanted.duplicate_group_id)
        (one,) = self._articles([wanted.article_id], "/article_id")
        if one.group != group:
            there = f"is in another group: {ids.encode('g', one.group)}"
            raise InvalidDecisionError(Fault("/article_id", there))
        return Ruling(replace(self._blank, chosen=one.key), self._inside([one.event]))

    def mark(self, wanted: LockEvent | RenameEvent) -> Ruling:
        event = self._event(wanted.event_id, "/event_id")
        locked = event if wanted.kind == "lock_event" else None
        return Ruling(replace(self._blank, locked=locked), self._inside([event]), event=event)

    def _event(self, name: str, field: str) -> int:
        number = ids.decode("e", name)
        query = select(events.c.state, events.c.merged_into).where(events.c.number == number)
        row = None if number is None else self._transaction.execute(query).first()
        if number is not None and row is not None and row.merged_into is not None:
            raise MergedError("event", number, row.merged_into)
        if row is None or number is None or row.state != "open":
            raise InvalidDecisionError(Fault(field, "no such event"))
        return number

    def _group(self, name: str) -> int:
        number = ids.decode("g", name)
        query = select(groups.c.number, groups.c.merged_into).where(groups.c.number == number)
        row = None if number is None else self._transaction.execute(query).first()
        if number is not None and row is not None and row.merged_into is not None:
            raise MergedError("group", number, row.merged_into)
        if row is None or number is None:
            raise InvalidDecisionError(Fault("/duplicate_group_id", "no such duplicate group"))
        return number

    def _articles(self, names: Sequence[str], field: str) -> list[Placed]:
        query = _PLACED.where(articles.c.id.in_(bindparam("ids", expanding=True)))
        found = {row.id: Placed(*row) for row in self._transaction.execute(query, {"ids": names})}
        missing = [
            Fault(field if field == "/article_id" else f"{field}/{at}", "no such article")
            for at, name in enumerate(names)
            if name not in found
        ]
        if missing:
            raise InvalidDecisionError(*missing)
        return [found[name] for name in names]

    def _inside(self, numbers: Iterable[int]) -> tuple[Placed, ...]:
        return inside(self._transaction, numbers)


def inside(transaction: Connection, numbers: Iterable[int]) -> tuple[Placed, ...]:
    """All articles of some events."""
    query = _PLACED.where(assignments.c.event_number.in_(bindparam("numbers", expanding=True)))
    steps = (
        transaction.execute(query, {"numbers": some}).all() for some in rows.in_steps({*numbers})
    )
    return tuple(Placed(*row) for row in chain.from_iterable(steps))


def placed(transaction: Connection, keys: Iterable[int]) -> dict[int, Placed]:
    """Articles where they are, by key."""
    query = _PLACED.where(articles.c.key.in_(bindparam("keys", expanding=True)))
    return {
        row.key: Placed(*row)
        for some in rows.in_steps(keys)
        for row in transaction.execute(query, {"keys": some})
    }


def names(transaction: Connection, keys: Sequence[int]) -> list[str]:
    """The outside names of articles."""
    found = placed(transaction, keys)
    return [found[key].id for key in keys]


_PLACED: Final = (
    select(articles.c.key, articles.c.id, assignments.c.group_number, assignments.c.event_number)
    .join_from(assignments, articles, articles.c.key == assignments.c.key)
    .order_by(articles.c.key)
)


def _keys(placed: Iterable[Placed]) -> tuple[int, ...]:
    return tuple(one.key for one in placed)


def _divide(
    placed: Sequence[Placed], named: Iterable[Placed]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Those that are named with their reprints, and the others."""
    leaving = {one.group for one in named}
    return (
        _keys(one for one in placed if one.group in leaving),
        _keys(one for one in placed if one.group not in leaving),
    )


def _meeting(named: Sequence[Placed], where: str) -> tuple[int, ...]:
    """Those that are in one group, or event, with another of them."""
    there = [getattr(one, where) for one in named]
    return _keys(one for one in named if there.count(getattr(one, where)) > 1)

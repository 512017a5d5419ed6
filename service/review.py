"""Decisions of people, made and taken back: for the interface and the pages alike."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from clustering.decisions import Decision, conflict
from clustering.model import Assignment
from clustering.orders import Order
from service import asked, browse, ids, rulings, stale
from service.asked import Asked, InvalidDecisionError, Undo
from service.browse import ChangeView
from service.desk import Desk
from service.rulings import MergedError, Placed, Ruling
from service.shown import DESCRIBED
from service.stale import check_seen
from service.store import docket, headlines
from service.store.tables import changes
from service.submission import Fault
from service.turn import Turn

Kind = Literal["decision.made", "decision.undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a decision did."""

    __pydantic_config__ = DESCRIBED

    decision_id: str
    changes: tuple[ChangeView, ...]
    """As in the list of changes; the decision itself comes first."""


class ConflictError(Exception):
    """A decision that others stand against; the newest of them first."""

    def __init__(self, why: str, *decisions: int) -> None:
        super().__init__(why)
        self.decisions = tuple(ids.encode("d", number) for number in decisions)


class NoSuchDecisionError(LookupError):
    """There is no decision of that number."""


def decide(desk: Desk, wanted: Asked, actor: str) -> Decided:
    """Make a decision, with all that follows from it at once.

    Parameters
    ----------
    desk : Desk
    wanted : Asked
    actor : str
        Who is to answer for it.

    Raises
    ------
    InvalidDecisionError
        If it names what is not there.
    ConflictError
    StaleDecisionError
    NotReadyError
    """
    with desk.turn() as turn:
        number = docket.next_number(turn.transaction)
        try:
            ruling = rulings.rule(turn.transaction, number, wanted)
        except MergedError as error:
            raise stale.merged(turn.transaction, error) from None
        check_seen(turn.transaction, wanted.seen, ruling.events, ruling.placed)
        standing = _with(turn, wanted, ruling)
        _check_locks(turn.transaction, ruling.moving)
        _check_room(turn, standing, ruling.placed, ruling.divided, number)
        turn.recall(it.key for it in ruling.placed if not turn.holds(it.key))
        said = {"said": docket.said(ruling.decision), "event_number": ruling.event}
        turn.journal.decided = _row(turn, number, wanted, wanted.kind, actor, said)
        if wanted.kind == "rename_event" and ruling.event is not None:
            turn.journal.headlines.add(ruling.event)
        return _carry_out(turn, number, "decision.made", standing, [ruling.order])


def undo(desk: Desk, number: int, wanted: Undo, actor: str) -> Decided:
    """Take a decision back. What follows from all others is as if it had never been.

    Raises
    ------
    NoSuchDecisionError
    ConflictError
        If it is taken back already, or others rest on it.
    StaleDecisionError
    NotReadyError
    """
    with desk.turn() as turn:
        row = docket.one(turn.transaction, number)
        if row is None:
            raise NoSuchDecisionError
        if row.kind == docket.UNDO:
            raise ConflictError("an undo can't be taken back; decide again", number)
        if row.undone_by is not None:
            raise ConflictError("it is taken back already", row.undone_by)
        return _take_back(turn, row, wanted, actor)


def _take_back(turn: Turn, row: Row[Any], wanted: Undo, actor: str) -> Decided:
    transaction, said = turn.transaction, docket.read(row)
    moves = [_Move(*move) for move in json.loads(row.moved)]
    keys = {*said.articles, *(move.key for move in moves)}
    now = rulings.placed(transaction, keys)
    numbers = {it.event for it in now.values()} | {move.event for move in moves}
    placed = rulings.inside(transaction, numbers)
    check_seen(transaction, wanted.seen, numbers, placed)
    back = [move for move in moves if move.key in now and move.is_still_there(now[move.key])]
    _check_locks(transaction, {it for move in back if move.changes_event for it in move.events})
    standing = _without(turn, row)
    number = docket.next_number(transaction)
    _check_room(turn, standing, placed, frozenset(), row.number)
    regrouped = {*said.one_group, *said.distinct, *(it.key for it in moves if it.changes_group)}
    again = Order(judged=tuple(sorted(keys)), regrouped=tuple(sorted(regrouped)))
    led = {move.group_before: move.led_by for move in back if move.changes_lead}
    restored = Order(restored=tuple(move.back() for move in back), standing=tuple(led.items()))
    if stale.changed(transaction, row.seq, numbers, 1):
        orders = [replace(again, restored=restored.restored), again, Order()]
    else:
        orders = [restored, again, Order()]
    turn.recall(it.key for it in placed if not turn.holds(it.key))
    more = {"undoes": row.number, "said": "{}", "event_number": None}
    turn.journal.decided = _row(turn, number, wanted, docket.UNDO, actor, more)
    if row.kind == "rename_event":
        turn.journal.headlines.add(headlines.survivor(transaction, row.event_number))
    return _carry_out(turn, number, "decision.undone", standing, orders)


@dataclass(frozen=True, slots=True)
class _Move:
    """How a decision has moved an article."""

    key: int
    group_before: int
    event_before: int
    duplicate_of_before: int | None
    group: int
    event: int
    duplicate_of: int | None

    @property
    def events(self) -> tuple[int, int]:
        return (self.event_before, self.event)

    @property
    def changes_event(self) -> bool:
        return self.event_before != self.event

    @property
    def changes_group(self) -> bool:
        return self.group_before != self.group

    @property
    def changes_lead(self) -> bool:
        return self.led_by != (self.duplicate_of or self.key)

    @property
    def led_by(self) -> int:
        """Who stood for its group before."""
        return self.duplicate_of_before or self.key

    def is_still_there(self, placed: Placed) -> bool:
        return (placed.group, placed.event) == (self.group, self.event)

    def back(self) -> Assignment:
        return Assignment(self.key, self.group_before, self.event_before)


def _carry_out(
    turn: Turn, number: int, kind: Kind, standing: Collection[Decision], orders: Iterable[Order]
) -> Decided:
    before = turn.journal.last_seq
    turn.decide(number, kind, standing, orders)
    turn.write()
    log = select(changes).where(changes.c.seq > before).order_by(changes.c.seq)
    told = map(browse.as_change, turn.transaction.execute(log))
    # Articles that had retired are live again before anything else.
    made = tuple(change for change in told if change.kind != "article.recalled")
    return Decided(decision_id=ids.encode("d", number), changes=made)


def _row(
    turn: Turn,
    number: int,
    wanted: Asked | Undo,
    kind: str,
    actor: str,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "number": number,
        "at": turn.journal.now,
        "kind": kind,
        "actor": actor,
        "reason": wanted.reason,
        "payload": json.dumps(asked.payload(wanted), ensure_ascii=False),
        "undoes": None,
        **more,
    }


def _with(turn: Turn, wanted: Asked, ruling: Ruling) -> list[Decision]:
    """All decisions that stand with the new one."""
    if wanted.kind not in ("lock_event", "unlock_event") or ruling.event is None:
        return [*turn.decisions, ruling.decision]
    lock = docket.lock_of(turn.transaction, ruling.event)
    if wanted.kind == "lock_event":
        if lock is not None:
            raise ConflictError("the event is locked already", lock)
        return [*turn.decisions, ruling.decision]
    if lock is None:
        raise InvalidDecisionError(Fault("/event_id", "is not locked"))
    return [*(one for one in turn.decisions if one.number != lock), ruling.decision]


def _without(turn: Turn, row: Row[Any]) -> list[Decision]:
    """All decisions that stand without one of them; a lock that was lifted may be back."""
    if row.kind == "unlock_event":
        return docket.standing(turn.transaction, leaving_out=row.number)
    return [one for one in turn.decisions if one.number != row.number]


def _check_locks(transaction: Connection, events: Iterable[int]) -> None:
    for event in sorted({*events}):
        lock = docket.lock_of(transaction, event)
        if lock is not None:
            raise ConflictError(f"{ids.encode('e', event)} is locked", lock)


def _check_room(
    turn: Turn,
    standing: Collection[Decision],
    placed: Iterable[Placed],
    divided: Collection[int],
    number: int,
) -> None:
    """Refuse what the other decisions leave no room for."""
    groups = turn.groups()
    groups.update((it.key, it.group) for it in placed)
    inside: dict[int, list[int]] = {}
    for key, group in groups.items():
        if group not in divided:
            inside.setdefault(group, []).append(key)
    found = conflict(standing, map(tuple, inside.values()))
    if found is not None:
        blamed = [it for it in found.decisions if it != number] or [number]
        names = ", ".join(ids.encode("d", it) for it in blamed)
        one, other = rulings.names(turn.transaction, found.articles)
        raise ConflictError(f"{one} and {other} can't be together and apart: {names}", *blamed)

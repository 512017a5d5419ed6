"""Decisions of people, made and taken back: for the interface and the pages alike."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from clustering.constraints.conflicts import find_conflict
from clustering.constraints.decision import Decision
from clustering.pipeline.edit_plan import EditPlan
from clustering.types import Assignment
from service import queries
from service.common import ids
from service.common.errors import NotFoundError, StateConflictError
from service.common.schema import DOCSTRING_CONFIG
from service.common.validation import FieldError
from service.engine.transaction import WriteTransaction
from service.engine.writer import IndexWriter
from service.queries import ChangeView
from service.review import concurrency, requests, resolve
from service.review.concurrency import check_seen
from service.review.requests import DecisionRequest, InvalidDecisionError, UndoRequest
from service.review.resolve import AlreadyMergedError, AssignedArticle, ResolvedDecision
from service.store.projections import headlines
from service.store.review import decisions as decision_table
from service.store.schema import changes

DecisionChangeKind = Literal["decision.made", "decision.undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a decision did."""

    __pydantic_config__ = DOCSTRING_CONFIG

    decision_id: str
    changes: tuple[ChangeView, ...]
    """As in the list of changes; the decision itself comes first."""


class ConflictError(StateConflictError):
    """A decision that others stand against; the newest of them first."""

    def __init__(self, message: str, *decisions: int) -> None:
        super().__init__(message)
        self.decisions = tuple(ids.encode("d", number) for number in decisions)


class NoSuchDecisionError(NotFoundError):
    """There is no decision of that number."""

    summary = "no such decision"


def decide(writer: IndexWriter, request: DecisionRequest, actor: str) -> DecisionResult:
    """Make a decision, with all that follows from it at once.

    Parameters
    ----------
    writer : IndexWriter
    request : DecisionRequest
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
    with writer.transaction() as turn:
        number = decision_table.next_number(turn.connection)
        try:
            ruling = resolve.resolve(turn.connection, number, request)
        except AlreadyMergedError as error:
            raise concurrency.stale_by_merge(turn.connection, error) from None
        check_seen(turn.connection, request.seen, ruling.events, ruling.articles)
        standing = _decisions_with(turn, request, ruling)
        _check_locks(turn.connection, ruling.affected_events)
        _check_conflicts(turn, standing, ruling.articles, ruling.divided_groups, number)
        turn.reactivate(it.key for it in ruling.articles if not turn.contains(it.key))
        said = {
            "said": decision_table.constraints_json(ruling.decision),
            "event_number": ruling.event,
        }
        turn.change_set.decision_row = _decision_row(
            turn, number, request, request.kind, actor, said
        )
        if request.kind == "rename_event" and ruling.event is not None:
            turn.change_set.renamed_events.add(ruling.event)
        return _execute(turn, number, "decision.made", standing, [ruling.plan])


def undo(writer: IndexWriter, number: int, request: UndoRequest, actor: str) -> DecisionResult:
    """Take a decision back. What follows from all others is as if it had never been.

    Raises
    ------
    NoSuchDecisionError
    ConflictError
        If it is taken back already, or others rest on it.
    StaleDecisionError
    NotReadyError
    """
    with writer.transaction() as turn:
        row = decision_table.find_decision(turn.connection, number)
        if row is None:
            raise NoSuchDecisionError
        if row.kind == decision_table.UNDO_KIND:
            raise ConflictError("an undo can't be taken back; decide again", number)
        if row.undone_by is not None:
            raise ConflictError("it is taken back already", row.undone_by)
        return _undo_decision(turn, row, request, actor)


def _undo_decision(
    turn: WriteTransaction, row: Row[Any], request: UndoRequest, actor: str
) -> DecisionResult:
    transaction, said = turn.connection, decision_table.read_decision(row)
    moves = [_Move(*move) for move in json.loads(row.moved)]
    keys = {*said.articles, *(move.key for move in moves)}
    now = resolve.load_articles(transaction, keys)
    numbers = {it.event for it in now.values()} | {move.event for move in moves}
    placed = resolve.load_events_articles(transaction, numbers)
    check_seen(transaction, request.seen, numbers, placed)
    back = [move for move in moves if move.key in now and move.is_unchanged_in(now[move.key])]
    _check_locks(transaction, {it for move in back if move.changes_event for it in move.events})
    standing = _decisions_without(turn, row)
    number = decision_table.next_number(transaction)
    _check_conflicts(turn, standing, placed, frozenset(), row.number)
    regrouped = {*said.one_group, *said.distinct, *(it.key for it in moves if it.changes_group)}
    again = EditPlan(reclustered=tuple(sorted(keys)), regrouped=tuple(sorted(regrouped)))
    led = {move.group_before: move.canonical_before for move in back if move.changes_canonical}
    restored = EditPlan(
        restored_assignments=tuple(move.inverse() for move in back),
        pinned_canonicals=tuple(led.items()),
    )
    if concurrency.find_changes(transaction, row.seq, numbers, 1):
        orders = [
            replace(again, restored_assignments=restored.restored_assignments),
            again,
            EditPlan(),
        ]
    else:
        orders = [restored, again, EditPlan()]
    turn.reactivate(it.key for it in placed if not turn.contains(it.key))
    more = {"undoes": row.number, "said": "{}", "event_number": None}
    turn.change_set.decision_row = _decision_row(
        turn, number, request, decision_table.UNDO_KIND, actor, more
    )
    if row.kind == "rename_event":
        turn.change_set.renamed_events.add(
            headlines.find_surviving_event(transaction, row.event_number)
        )
    return _execute(turn, number, "decision.undone", standing, orders)


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
    def changes_canonical(self) -> bool:
        return self.canonical_before != (self.duplicate_of or self.key)

    @property
    def canonical_before(self) -> int:
        """Who stood for its group before."""
        return self.duplicate_of_before or self.key

    def is_unchanged_in(self, article: AssignedArticle) -> bool:
        return (article.group, article.event) == (self.group, self.event)

    def inverse(self) -> Assignment:
        return Assignment(self.key, self.group_before, self.event_before)


def _execute(
    transaction: WriteTransaction,
    number: int,
    kind: DecisionChangeKind,
    decisions: Collection[Decision],
    plans: Iterable[EditPlan],
) -> DecisionResult:
    before = transaction.change_set.last_seq
    transaction.decide(number, kind, decisions, plans)
    transaction.flush()
    log = select(changes).where(changes.c.seq > before).order_by(changes.c.seq)
    told = map(queries.to_change_view, transaction.connection.execute(log))
    # Articles that had retired are live again before anything else.
    made = tuple(change for change in told if change.kind != "article.recalled")
    return DecisionResult(decision_id=ids.encode("d", number), changes=made)


def _decision_row(
    transaction: WriteTransaction,
    number: int,
    request: DecisionRequest | UndoRequest,
    kind: str,
    actor: str,
    extra_columns: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "number": number,
        "at": transaction.change_set.now,
        "kind": kind,
        "actor": actor,
        "reason": request.reason,
        "payload": json.dumps(requests.to_payload(request), ensure_ascii=False),
        "undoes": None,
        **extra_columns,
    }


def _decisions_with(
    transaction: WriteTransaction, request: DecisionRequest, resolved: ResolvedDecision
) -> list[Decision]:
    """All decisions that stand with the new one."""
    if request.kind not in ("lock_event", "unlock_event") or resolved.event is None:
        return [*transaction.decisions, resolved.decision]
    lock = decision_table.find_lock(transaction.connection, resolved.event)
    if request.kind == "lock_event":
        if lock is not None:
            raise ConflictError("the event is locked already", lock)
        return [*transaction.decisions, resolved.decision]
    if lock is None:
        raise InvalidDecisionError(FieldError("/event_id", "is not locked"))
    return [*(one for one in transaction.decisions if one.number != lock), resolved.decision]


def _decisions_without(transaction: WriteTransaction, row: Row[Any]) -> list[Decision]:
    """All decisions that stand without one of them; a lock that was lifted may be back."""
    if row.kind == "unlock_event":
        return decision_table.load_active_decisions(
            transaction.connection, excluded_number=row.number
        )
    return [one for one in transaction.decisions if one.number != row.number]


def _check_locks(connection: Connection, events: Iterable[int]) -> None:
    for event in sorted({*events}):
        lock = decision_table.find_lock(connection, event)
        if lock is not None:
            raise ConflictError(f"{ids.encode('e', event)} is locked", lock)


def _check_conflicts(
    transaction: WriteTransaction,
    decisions: Collection[Decision],
    articles: Iterable[AssignedArticle],
    divided_groups: Collection[int],
    number: int,
) -> None:
    """Refuse what the other decisions leave no room for."""
    groups = transaction.constrained_groups()
    groups.update((it.key, it.group) for it in articles)
    inside: dict[int, list[int]] = {}
    for key, group in groups.items():
        if group not in divided_groups:
            inside.setdefault(group, []).append(key)
    found = find_conflict(decisions, map(tuple, inside.values()))
    if found is not None:
        blamed = [it for it in found.decisions if it != number] or [number]
        names = ", ".join(ids.encode("d", it) for it in blamed)
        one, other = resolve.load_article_ids(transaction.connection, found.articles)
        raise ConflictError(f"{one} and {other} can't be together and apart: {names}", *blamed)

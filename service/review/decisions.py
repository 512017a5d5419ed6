"""Make and undo editors' decisions; the API and the pages both call this."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from clustering.constraints.conflicts import find_conflict
from clustering.constraints.decision import Decision
from clustering.pipeline.edit_plan import EditPlan
from service import queries
from service.common import ids
from service.common.docstring_config import DOCSTRING_CONFIG
from service.common.errors import NotFoundError, StateConflictError
from service.common.validation import FieldError
from service.engine.transaction import WriteTransaction
from service.engine.writer import IndexWriter
from service.queries import ChangeView
from service.review import assigned_articles, concurrency, requests, resolve
from service.review.assigned_articles import AssignedArticle
from service.review.concurrency import check_seen
from service.review.requests import DecisionRequest, InvalidDecisionError, UndoRequest
from service.review.resolve import AlreadyMergedError, ResolvedDecision
from service.review.undo_plans import Move, build_undo_plans
from service.store.change_log.change_set import DecisionChangeKind
from service.store.projections import headlines
from service.store.review import decisions as decision_table
from service.store.schema import changes


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a decision changed."""

    __pydantic_config__ = DOCSTRING_CONFIG

    decision_id: str
    changes: tuple[ChangeView, ...]
    """As in the list of changes; the decision itself comes first."""


class ConflictError(StateConflictError):
    """A decision that contradicts other decisions.

    Attributes
    ----------
    decisions : tuple of str
        Ids of these decisions, the newest first.
    """

    def __init__(self, message: str, *decisions: int) -> None:
        super().__init__(message)
        self.decisions = tuple(ids.encode("d", number) for number in decisions)


class NoSuchDecisionError(NotFoundError):
    """There is no decision of that number."""

    summary = "no such decision"


def decide(writer: IndexWriter, request: DecisionRequest, actor: str) -> DecisionResult:
    """Make a decision, and execute what follows from it at once.

    Parameters
    ----------
    writer : IndexWriter
    request : DecisionRequest
    actor : str
        Name of the editor.

    Raises
    ------
    InvalidDecisionError
        If it names something that does not exist.
    ConflictError
        If it contradicts other decisions.
    StaleDecisionError
    NotReadyError
    """
    with writer.transaction() as transaction:
        connection = transaction.connection
        number = decision_table.next_number(connection)
        try:
            resolved = resolve.resolve(connection, number, request)
        except AlreadyMergedError as error:
            raise concurrency.stale_by_merge(connection, error) from None
        check_seen(connection, request.seen, resolved.events, resolved.articles)
        decisions = _decisions_with(transaction, request, resolved)
        _check_locks(connection, resolved.affected_events)
        _check_conflicts(transaction, decisions, resolved.articles, resolved.divided_groups, number)
        _reactivate(transaction, resolved.articles)
        columns = {
            "constraints": decision_table.constraints_json(resolved.decision),
            "event_number": resolved.event,
            "payload": _payload(connection, request),
        }
        transaction.change_set.decision_row = _decision_row(
            transaction, number, request, request.kind, actor, columns
        )
        if request.kind == "rename_event" and resolved.event is not None:
            transaction.change_set.renamed_events.add(resolved.event)
        return _execute(transaction, number, "decision.made", decisions, [resolved.plan])


def undo(writer: IndexWriter, number: int, request: UndoRequest, actor: str) -> DecisionResult:
    """Undo a decision: the remaining decisions apply as if it had never been made.

    Parameters
    ----------
    writer : IndexWriter
    number : int
        Number of the decision to undo.
    request : UndoRequest
    actor : str
        Name of the editor.

    Raises
    ------
    NoSuchDecisionError
    ConflictError
        If it has been undone already, or other decisions depend on it.
    StaleDecisionError
    NotReadyError
    """
    with writer.transaction() as transaction:
        row = decision_table.find_decision(transaction.connection, number)
        if row is None:
            raise NoSuchDecisionError
        if row.kind == decision_table.UNDO_KIND:
            raise ConflictError("an undo cannot be undone; make the decision again", number)
        if row.undone_by is not None:
            raise ConflictError("the decision has been undone already", row.undone_by)
        return _undo_decision(transaction, row, request, actor)


def _undo_decision(
    transaction: WriteTransaction, row: Row[Any], request: UndoRequest, actor: str
) -> DecisionResult:
    connection, decision = transaction.connection, decision_table.read_decision(row)
    moves = [Move(*move) for move in json.loads(row.moves)]
    keys = {*decision.articles, *(move.key for move in moves)}
    current = assigned_articles.load_articles(connection, keys)
    event_numbers = {article.event for article in current.values()}
    event_numbers |= {move.event for move in moves}
    articles = assigned_articles.load_events_articles(connection, event_numbers)
    check_seen(connection, request.seen, event_numbers, articles)
    reversible = [
        move for move in moves if move.key in current and move.is_unchanged_in(current[move.key])
    ]
    _check_locks(
        connection, {event for move in reversible if move.changes_event for event in move.events}
    )
    decisions = _decisions_without(transaction, row)
    number = decision_table.next_number(connection)
    _check_conflicts(transaction, decisions, articles, frozenset(), row.number)
    has_changed = bool(concurrency.find_changes(connection, row.seq, event_numbers, 1))
    plans = build_undo_plans(decision, moves, reversible, keys, has_changed=has_changed)
    _reactivate(transaction, articles)
    payload = json.dumps(requests.to_payload(request), ensure_ascii=False)
    columns = {
        **{"undoes": row.number, "constraints": "{}"},
        **{"event_number": None, "payload": payload},
    }
    transaction.change_set.decision_row = _decision_row(
        transaction, number, request, decision_table.UNDO_KIND, actor, columns
    )
    if row.kind == "rename_event":
        transaction.change_set.renamed_events.add(
            headlines.find_surviving_event(connection, row.event_number)
        )
    return _execute(transaction, number, "decision.undone", decisions, plans)


def _reactivate(transaction: WriteTransaction, articles: Iterable[AssignedArticle]) -> None:
    transaction.reactivate(
        article.key for article in articles if not transaction.contains(article.key)
    )


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
    query = select(changes).where(changes.c.seq > before).order_by(changes.c.seq)
    logged = map(queries.to_change_view, transaction.connection.execute(query))
    # Reactivated articles come before the decision in the log, and are no result of it.
    results = tuple(change for change in logged if change.kind != "article.recalled")
    return DecisionResult(decision_id=ids.encode("d", number), changes=results)


def _payload(connection: Connection, request: DecisionRequest) -> str:
    """Return the request as stored, with the headlines that its events had at the time."""
    payload = requests.to_payload(request)
    event_ids = payload.get("event_ids") or [*filter(None, [payload.get("event_id")])]
    number_of = {event_id: ids.decode("e", event_id) or 0 for event_id in event_ids}
    headline_of = headlines.load_last_headlines(connection, number_of.values())
    if event_ids:
        payload["headlines"] = {
            event_id: headline_of.get(number, "") for event_id, number in number_of.items()
        }
    return json.dumps(payload, ensure_ascii=False)


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
        "undoes": None,
        **extra_columns,
    }


def _decisions_with(
    transaction: WriteTransaction, request: DecisionRequest, resolved: ResolvedDecision
) -> list[Decision]:
    """Return all active decisions, with the new one."""
    if request.kind not in ("lock_event", "unlock_event") or resolved.event is None:
        return [*transaction.decisions, resolved.decision]
    lock = decision_table.find_lock(transaction.connection, resolved.event)
    if request.kind == "lock_event":
        if lock is not None:
            raise ConflictError("the event is already locked", lock)
        return [*transaction.decisions, resolved.decision]
    if lock is None:
        raise InvalidDecisionError(FieldError("/event_id", "is not locked"))
    remaining = (decision for decision in transaction.decisions if decision.number != lock)
    return [*remaining, resolved.decision]


def _decisions_without(transaction: WriteTransaction, row: Row[Any]) -> list[Decision]:
    """Return all active decisions without one; without an unlock, the lock applies again."""
    if row.kind == "unlock_event":
        return decision_table.load_active_decisions(
            transaction.connection, excluded_number=row.number
        )
    return [decision for decision in transaction.decisions if decision.number != row.number]


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
    """Refuse decisions that contradict each other, given the duplicate groups.

    Parameters
    ----------
    transaction : WriteTransaction
    decisions : collection of Decision
        All that would be active.
    articles : iterable of AssignedArticle
        Articles of the events concerned.
    divided_groups : collection of int
        Groups that the decision divides, so that their members need not stay together.
    number : int
        Number of the decision that is made or undone.
    """
    groups = transaction.constrained_groups()
    groups.update((article.key, article.group) for article in articles)
    keys_by_group: dict[int, list[int]] = {}
    for key, group in groups.items():
        if group not in divided_groups:
            keys_by_group.setdefault(group, []).append(key)
    conflict = find_conflict(decisions, map(tuple, keys_by_group.values()))
    if conflict is not None:
        contradicted = [decision for decision in conflict.decisions if decision != number] or [
            number
        ]
        decision_ids = ", ".join(ids.encode("d", decision) for decision in contradicted)
        first, second = assigned_articles.load_article_ids(
            transaction.connection, conflict.articles
        )
        raise ConflictError(
            f"the decisions contradict each other: {first} and {second} would have to be both"
            f" together and apart, because of {decision_ids}",
            *contradicted,
        )

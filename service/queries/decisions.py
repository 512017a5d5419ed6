"""Editors' decisions, the newest first."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Row, Select

from service.common import ids
from service.common.dates import from_timestamp
from service.common.docstring_config import DOCSTRING_CONFIG
from service.queries.views import SeqCursor
from service.store import Store, schema
from service.store.review import decisions as decision_table

ANSWER_KINDS: Final = ("same_event", "keep_apart", "duplicate", "not_duplicate")
"""Kinds of decision that answer a question of the review queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """An editor's decision, or an undo."""

    __pydantic_config__ = DOCSTRING_CONFIG

    decision_id: str
    at: datetime
    kind: str
    """As requested, or "undo"."""
    actor: str
    reason: str
    details: Mapping[str, Any]
    """The other fields of the request, such as `event_ids` and `article_ids`; and `headlines`, by
    event id, as they were before the decision."""
    result_event_id: str | None
    """The event into which it moved articles: after a merge the remaining one, after a split the
    new one; null if it moved none."""
    undoes: str | None
    """The decision that an undo reverts; null for other decisions."""
    undone_by: str | None
    """The undo that reverted it; null while it is active."""
    seq: int
    """The last change of this decision."""


DecisionViewKind = Literal[
    "merge_events",
    "split_event",
    "move_article",
    "same_event",
    "keep_apart",
    "duplicate",
    "not_duplicate",
    "lock_event",
    "unlock_event",
    "rename_event",
    "set_canonical",
    "undo",
]
"""Kinds of decision; an undo is one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """Conditions on a list of decisions; all of them must hold.

    Attributes
    ----------
    active_only : bool
        Leave out undone decisions, and undos.
    kind, actor : str or None
    """

    active_only: bool = False
    kind: DecisionViewKind | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """A page of decisions."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[DecisionView, ...]
    next_cursor: SeqCursor | None
    """Send it as `cursor` for the decisions before these; null on the last page."""


def list_decisions(
    store: Store, filters: DecisionFilter, cursor: int | None = None, limit: int = 50
) -> DecisionPage:
    """Return decisions before number `cursor`, the newest first.

    Parameters
    ----------
    store : Store
    filters : DecisionFilter
    cursor : int or None
    limit : int
    """
    number = schema.decisions.c.number
    query = _select_decisions(filters)
    if cursor is not None:
        query = query.where(number < cursor)
    with store.reading() as connection:
        rows = connection.execute(query.order_by(number.desc()).limit(limit + 1)).all()
    return DecisionPage(
        items=tuple(map(_to_view, rows[:limit])),
        next_cursor=str(rows[limit - 1].number) if len(rows) > limit else None,
    )


def _select_decisions(filters: DecisionFilter) -> Select[Any]:
    columns = schema.decisions.c
    query = decision_table.ALL_DECISIONS
    if filters.active_only:
        query = decision_table.ACTIVE_DECISIONS
    if filters.kind is not None:
        query = query.where(columns.kind == filters.kind)
    if filters.actor is not None:
        query = query.where(columns.actor == filters.actor)
    return query


def get_decision(store: Store, number: int) -> DecisionView | None:
    """Return one decision; None if there is none of that number."""
    with store.reading() as connection:
        row = decision_table.find_decision(connection, number)
    return None if row is None else _to_view(row)


def list_answers(store: Store, actor: str, limit: int) -> tuple[DecisionView, ...]:
    """Return what an editor answered to questions about pairs of articles, the newest first."""
    columns = schema.decisions.c
    query = decision_table.ALL_DECISIONS.where(
        columns.actor == actor, columns.kind.in_(ANSWER_KINDS)
    )
    with store.reading() as connection:
        rows = connection.execute(query.order_by(columns.number.desc()).limit(limit)).all()
    return tuple(map(_to_view, rows))


def list_decisions_about(store: Store, public_id: str, limit: int = 50) -> tuple[DecisionView, ...]:
    """Return the decisions that name an event or an article, the newest first.

    Parameters
    ----------
    store : Store
    public_id : str
        Id of the event or article.
    limit : int
    """
    mentions_id = schema.decisions.c.payload.contains(
        json.dumps(public_id, ensure_ascii=False), autoescape=True
    )
    query = decision_table.ALL_DECISIONS.where(mentions_id).order_by(
        schema.decisions.c.number.desc()
    )
    with store.reading() as connection:
        decisions = map(_to_view, connection.execute(query.limit(limit)).all())
    return tuple(
        decision for decision in decisions if public_id in _referenced_ids(decision.details)
    )


def _referenced_ids(details: Mapping[str, Any]) -> list[str]:
    """Return the ids that a decision names. Other fields, such as a headline, are left out."""
    single_ids = (details.get("event_id"), details.get("article_id"))
    return [
        *filter(None, single_ids),
        *details.get("event_ids", ()),
        *details.get("article_ids", ()),
    ]


def get_decisions_by_id(store: Store, decision_ids: Collection[str]) -> dict[str, DecisionView]:
    """Return decisions by id; ids without a decision are left out."""
    numbers = [ids.decode("d", decision_id) or 0 for decision_id in decision_ids]
    query = decision_table.ALL_DECISIONS.where(schema.decisions.c.number.in_(numbers))
    with store.reading() as connection:
        decisions = map(_to_view, connection.execute(query).all())
    return {decision.decision_id: decision for decision in decisions}


def _find_result_event(row: Row[Any]) -> str | None:
    for _, _, event_before, _, _, event, *_ in json.loads(row.moves):
        if event != event_before:
            return ids.encode("e", event)
    return None


def _to_view(row: Row[Any]) -> DecisionView:
    return DecisionView(
        decision_id=ids.encode("d", row.number),
        at=from_timestamp(row.at),
        kind=row.kind,
        actor=row.actor,
        reason=row.reason,
        details=json.loads(row.payload),
        result_event_id=_find_result_event(row),
        undoes=None if row.undoes is None else ids.encode("d", row.undoes),
        undone_by=None if row.undone_by is None else ids.encode("d", row.undone_by),
        seq=row.seq,
    )

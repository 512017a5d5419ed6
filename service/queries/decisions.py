"""What people decided, the newest first."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from service.common import ids
from service.common.dates import from_timestamp
from service.common.schema import DOCSTRING_CONFIG
from service.queries.schemas import SeqCursor
from service.store import Store, schema
from service.store.review import decisions as decision_table


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """What somebody decided."""

    __pydantic_config__ = DOCSTRING_CONFIG

    decision_id: str
    at: datetime
    kind: str
    """As it was asked for, or "undo"."""
    actor: str
    reason: str
    details: Mapping[str, Any]
    """What it is about, by the names in the request."""
    undoes: str | None
    """Of an undo: the decision that it takes back."""
    undone_by: str | None
    """The undo that took it back; null while it stands."""
    seq: int
    """The last change that it made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """A page of decisions."""

    __pydantic_config__ = DOCSTRING_CONFIG

    items: tuple[DecisionView, ...]
    next_cursor: SeqCursor | None
    """Give it back as `cursor` for the decisions before these; null on the last page."""


def list_decisions(
    store: Store, cursor: int | None = None, limit: int = 50, *, active_only: bool = False
) -> DecisionPage:
    """Return decisions before number `cursor`, the newest first.

    Parameters
    ----------
    store : Store
    cursor : int or None
    limit : int
    active_only : bool
        Only those that stand.
    """
    number = schema.decisions.c.number
    query = decision_table.ACTIVE_DECISIONS if active_only else decision_table.ALL_DECISIONS
    if cursor is not None:
        query = query.where(number < cursor)
    with store.reading() as transaction:
        found = transaction.execute(query.order_by(number.desc()).limit(limit + 1)).all()
    return DecisionPage(
        items=tuple(map(_to_view, found[:limit])),
        next_cursor=str(found[limit - 1].number) if len(found) > limit else None,
    )


def get_decision(store: Store, number: int) -> DecisionView | None:
    """Return one decision; None if there is none of that number."""
    with store.reading() as transaction:
        row = decision_table.find_decision(transaction, number)
    return None if row is None else _to_view(row)


def list_decisions_about(store: Store, public_id: str, limit: int = 50) -> tuple[DecisionView, ...]:
    """Return the decisions that name an event or an article, the newest first.

    Parameters
    ----------
    store : Store
    public_id : str
        Its outside id.
    limit : int
    """
    stands_in = schema.decisions.c.payload.contains(
        json.dumps(public_id, ensure_ascii=False), autoescape=True
    )
    query = decision_table.ALL_DECISIONS.where(stands_in).order_by(schema.decisions.c.number.desc())
    with store.reading() as transaction:
        found = map(_to_view, transaction.execute(query.limit(limit)).all())
    return tuple(it for it in found if public_id in _referenced_ids(it.details))


def _referenced_ids(details: Mapping[str, Any]) -> list[str]:
    """The ids in what a decision is about; a headline may look like one."""
    one = (details.get("event_id"), details.get("article_id"))
    return [*filter(None, one), *details.get("event_ids", ()), *details.get("article_ids", ())]


def get_decisions_by_id(store: Store, decision_ids: Collection[str]) -> dict[str, DecisionView]:
    """Return those of some decisions that there are, by id."""
    numbers = [ids.decode("d", it) or 0 for it in decision_ids]
    query = decision_table.ALL_DECISIONS.where(schema.decisions.c.number.in_(numbers))
    with store.reading() as transaction:
        found = map(_to_view, transaction.execute(query).all())
    return {it.decision_id: it for it in found}


def _to_view(row: Row[Any]) -> DecisionView:
    return DecisionView(
        decision_id=ids.encode("d", row.number),
        at=from_timestamp(row.at),
        kind=row.kind,
        actor=row.actor,
        reason=row.reason,
        details=json.loads(row.payload),
        undoes=None if row.undoes is None else ids.encode("d", row.undoes),
        undone_by=None if row.undone_by is None else ids.encode("d", row.undone_by),
        seq=row.seq,
    )

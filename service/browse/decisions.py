"""What people decided, the newest first."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from service import ids
from service.dates import moment
from service.shown import DESCRIBED
from service.store import Store, docket


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """What somebody decided."""

    __pydantic_config__ = DESCRIBED

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

    __pydantic_config__ = DESCRIBED

    items: tuple[DecisionView, ...]
    next_cursor: str | None
    """Give it back as `cursor` for the decisions before these; null on the last page."""


def decisions(
    store: Store, cursor: int | None = None, limit: int = 50, *, standing: bool = False
) -> DecisionPage:
    """Return decisions before number `cursor`, the newest first.

    Parameters
    ----------
    store : Store
    cursor : int or None
    limit : int
    standing : bool
        Only those that stand.
    """
    number = docket.decisions.c.number
    query = docket.STANDING if standing else docket.EVERY
    if cursor is not None:
        query = query.where(number < cursor)
    with store.reading() as transaction:
        found = transaction.execute(query.order_by(number.desc()).limit(limit + 1)).all()
    return DecisionPage(
        items=tuple(map(_view, found[:limit])),
        next_cursor=str(found[limit - 1].number) if len(found) > limit else None,
    )


def decision(store: Store, number: int) -> DecisionView | None:
    """Return one decision; None if there is none of that number."""
    with store.reading() as transaction:
        row = docket.one(transaction, number)
    return None if row is None else _view(row)


def decisions_about(store: Store, name: str, limit: int = 50) -> tuple[DecisionView, ...]:
    """Return the decisions that name an event or an article, the newest first.

    Parameters
    ----------
    store : Store
    name : str
        Its outside id.
    limit : int
    """
    stands_in = docket.decisions.c.payload.contains(
        json.dumps(name, ensure_ascii=False), autoescape=True
    )
    query = docket.EVERY.where(stands_in).order_by(docket.decisions.c.number.desc())
    with store.reading() as transaction:
        found = map(_view, transaction.execute(query.limit(limit)).all())
    return tuple(it for it in found if name in _named_in(it.details))


def _named_in(details: Mapping[str, Any]) -> list[str]:
    """The ids in what a decision is about; a headline may look like one."""
    one = (details.get("event_id"), details.get("article_id"))
    return [*filter(None, one), *details.get("event_ids", ()), *details.get("article_ids", ())]


def decisions_by_id(store: Store, wanted: Collection[str]) -> dict[str, DecisionView]:
    """Return those of some decisions that there are, by id."""
    numbers = [ids.decode("d", it) or 0 for it in wanted]
    query = docket.EVERY.where(docket.decisions.c.number.in_(numbers))
    with store.reading() as transaction:
        found = map(_view, transaction.execute(query).all())
    return {it.decision_id: it for it in found}


def _view(row: Row[Any]) -> DecisionView:
    return DecisionView(
        decision_id=ids.encode("d", row.number),
        at=moment(row.at),
        kind=row.kind,
        actor=row.actor,
        reason=row.reason,
        details=json.loads(row.payload),
        undoes=None if row.undoes is None else ids.encode("d", row.undoes),
        undone_by=None if row.undone_by is None else ids.encode("d", row.undone_by),
        seq=row.seq,
    )
